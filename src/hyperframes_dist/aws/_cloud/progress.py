"""
How far a render is, from what the store holds and the service says.

The files that are finished are what is counted: they only grow in number, survive
retries, and need no worker to report anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Literal

import attrs

from ..._model.codec import from_json
from ..._model.config import RenderConfig
from ..._model.frames import FrameRate, frames_per_segment, split_chunks, split_segments
from ..._model.keys import (
    chunks_folder,
    marks_folder,
    planned_key,
    render_folder,
    segments_folder,
    walking_key,
)
from ..._tools.retry import Retry, is_retryable
from ..._wire.jobs import Planned
from ..._wire.layout import get_bytes
from ...errors import InputError, RenderFailedError
from ...progress import Cancel, Control
from .executions import count_children, describe, events_of, read_object, status_of
from .history import History, read_cause, read_history
from .session import Cloud
from .values import (
    CloudOutput,
    OnProgress,
    PlanFacts,
    Render,
    RenderFault,
    RenderProgress,
)

_PLANNED, _DRAWN = 0.05, 0.95
_INDEX = re.compile(r"(?:.*/)?(\d{4,6})(?:-\w+)?\.json$|(?:.*/)?(\d{4,6})\.\w+\.json$")
_SLOWEST_LOOK = 10
_RETRY = Retry(tries=31, first=10.0, growth=1)


def get_progress(cloud: Cloud, render: Render) -> RenderProgress:
    """
    How far *render* is.

    Raises:
        InputError: The render does not exist.
        CloudError: The service refused.
        TransportError: The store did not answer.
    """
    row = describe(cloud, render)
    status = status_of(row)
    if status == "running":
        return _look_into_store(cloud, render, row)
    history = read_history(events_of(cloud, render.execution))
    done = read_object(row.get("output"))
    plan = _plan_of(done, history)
    frames = 0 if plan is None else _count_frames(cloud, plan, row)
    if status == "succeeded" and plan is not None:
        frames = plan.frame_count
    return RenderProgress(
        render=render,
        status=status,
        fraction=_fraction(status, frames, plan),
        frames_done=frames,
        frames_total=None if plan is None else plan.frame_count,
        attempts=len(history.attempts) + _count_children(cloud, render, history),
        faults=_faults(row, history),
        plan=plan,
        output=_output_of(done, plan),
    )


def _look_into_store(
    cloud: Cloud, render: Render, row: Mapping[str, Any]
) -> RenderProgress:
    """How far a render is that goes on; its history is read once, when it has ended."""
    keys = [*cloud.store.list(render_folder(render.name))]
    plan = _noted_plan(cloud, render, keys)
    frames = 0 if plan is None else _count_frames(cloud, plan, row)
    marks = f"{marks_folder(render.name)}/"
    return RenderProgress(
        render=render,
        status="running",
        fraction=_fraction("running", frames, plan),
        frames_done=frames,
        frames_total=None if plan is None else plan.frame_count,
        # A job's marks lie in a folder of its own.
        attempts=len({key.rpartition("/")[0] for key in keys if key.startswith(marks)}),
        faults=(),
        plan=plan,
        output=None,
    )


def _noted_plan(cloud: Cloud, render: Render, keys: Iterable[str]) -> PlanFacts | None:
    """The plan that jobs of *render* have noted, or the one that took its place."""
    there = set(keys)
    for key in (walking_key(render.name), planned_key(render.name)):
        if key in there:
            planned = from_json(get_bytes(cloud.store, key), Planned)
            return PlanFacts(
                plan_hash=planned.plan_hash,
                content_hash=planned.content_hash,
                pictures_hash=planned.pictures_hash,
                frame_count=planned.frame_count,
                chunk_count=planned.chunk_count,
                frame_rate=planned.frame_rate,
            )
    return None


def wait(
    cloud: Cloud,
    render: Render,
    *,
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> RenderProgress:
    """
    Look at *render* until it ends; returns the last look.

    A service or store that does not answer for a moment is asked again.

    Raises:
        RenderFailedError: The render ended without a video.
        DeadlineExceeded: *deadline* passed; the render goes on.
        Cancelled: *cancel* was set; the render goes on.
    """
    control = Control(cancel=cancel, deadline=deadline)
    pause = first = cloud.services.look_seconds
    seen = None
    while True:
        seen = _not_less(look(cloud, render, control), seen)
        if on_progress is not None:
            on_progress(seen)
        if seen.finished:
            return require_success(seen)
        control.sleep(pause)
        pause = min(pause * 1.5, first * _SLOWEST_LOOK)


def require_success(seen: RenderProgress) -> RenderProgress:
    """
    *seen*, if it is of a render that succeeded.

    Raises:
        RenderFailedError: The render ended otherwise.
    """
    if seen.status in {"succeeded", "running"}:
        return seen
    fault = seen.ending or RenderFault(where="", error="", reason="")
    raise RenderFailedError(seen.render.name, seen.status, fault.error, fault.reason)


def _not_less(seen: RenderProgress, last: RenderProgress | None) -> RenderProgress:
    """*seen*, or more: a service may answer with what was true a moment ago."""
    if last is None or seen.finished:
        return seen
    return attrs.evolve(
        seen,
        fraction=max(seen.fraction, last.fraction),
        frames_done=max(seen.frames_done, last.frames_done),
        frames_total=seen.frames_total or last.frames_total,
        plan=seen.plan or last.plan,
    )


def look(
    cloud: Cloud, render: Render, control: Control, *, retry: Retry = _RETRY
) -> RenderProgress:
    """One look; no answer for a while is no reason to give up on a render."""
    control.check()
    return retry.call(lambda: get_progress(cloud, render), is_retryable, control)


def _count_children(cloud: Cloud, render: Render, history: History) -> int:
    if not history.fans_out:
        return 0
    return count_children(cloud, render.execution)


def _fraction(status: str, frames: int, plan: PlanFacts | None) -> float:
    if status == "succeeded":
        return 1.0
    if plan is None:
        return 0.0
    return _PLANNED + (_DRAWN - _PLANNED) * frames / plan.frame_count


def _plan_of(done: Mapping[str, Any], history: History) -> PlanFacts | None:
    # A plan may have taken the place of another.
    rows = [done.get("Plan"), *reversed(history.outputs)]
    for row in rows:
        if isinstance(row, Mapping) and {"ContentHash", "TotalFrames"} <= row.keys():
            return PlanFacts(
                plan_hash=row["PlanHash"],
                content_hash=row["ContentHash"],
                pictures_hash=row.get("PicturesHash", ""),
                frame_count=row["TotalFrames"],
                chunk_count=row["ChunkCount"],
                frame_rate=str(FrameRate.parse(row["Fps"])),
            )
    return None


def _output_of(done: Mapping[str, Any], plan: PlanFacts | None) -> CloudOutput | None:
    row = done.get("Output")
    if plan is None or not isinstance(row, Mapping) or "OutputS3Uri" not in row:
        return None
    return CloudOutput(
        uri=row["OutputS3Uri"],
        sha256=row["Sha256"],
        size=row["FileSize"],
        frame_count=row["FramesEncoded"],
        plan_hash=plan.plan_hash,
    )


def _faults(row: Mapping[str, Any], history: History) -> tuple[RenderFault, ...]:
    if history.faults or not row.get("error"):
        return history.faults
    reason = read_cause(row.get("cause") or "")
    return (RenderFault(where="", error=row["error"], reason=reason),)


def _count_frames(cloud: Cloud, plan: PlanFacts, row: Mapping[str, Any]) -> int:
    """Frames in finished segments and chunks; a segment in both counts once."""
    rate = FrameRate.parse(plan.frame_rate)
    length = frames_per_segment(plan.frame_count, rate, _segment_seconds(row))
    segments = split_segments(plan.frame_count, length=length)
    done = _indices(cloud.store.list(segments_folder(plan.pictures_hash)))
    if len(done) < len(segments):
        chunks = split_chunks(len(segments), chunks=plan.chunk_count)
        whole = _indices(cloud.store.list(chunks_folder(plan.plan_hash)))
        for chunk in chunks:
            if chunk.index in whole:
                done |= set(range(chunk.first, chunk.stop))
    return sum(len(each.frames) for each in segments if each.index in done)


def _segment_seconds(row: Mapping[str, Any]) -> Fraction | Literal["auto"]:
    config = read_object(row.get("input")).get("Config") or {}
    try:
        given = {"segment_seconds": config["segment_seconds"]}
        return RenderConfig(**given).segment_seconds
    except (KeyError, InputError):
        return RenderConfig().segment_seconds


def _indices(keys: Iterable[str]) -> set[int]:
    """Numbers of what is whole: its record is written last."""
    found = set()
    for key in keys:
        if match := _INDEX.fullmatch(key):
            found.add(int(match[1] or match[2]))
    return found
