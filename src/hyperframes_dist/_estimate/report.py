"""
A render's times become its record, and reach whoever asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from .._model.codec import from_json, to_json
from .._model.frames import Chunk
from .._model.manifest import Content
from .._model.results import Plan
from .._tools.files import write_file
from ..errors import InputError
from .fit import prior
from .interval import Interval
from .model import CostModel, Profile, Work, predict_chunk, predict_local
from .record import PERF_SCHEMA, PerfRecord
from .spans import Trace

PerfSink = Path | str | Callable[[PerfRecord], None]
"""Where a record goes: a file, or a function."""


def work_of(content: Content) -> Work:
    """What a plan's content has to be drawn."""
    width, height = content.frame_size
    return Work(
        frame_count=content.frame_count,
        segment_frames=content.segment_frames,
        pixels=width * height,
        visits=_visits(content),
    )


def _visits(content: Content) -> tuple[int, ...] | None:
    if content.reach.way == "walk":
        return None
    return tuple(max(0, v - content.first_frame) for v in content.reach.visits)


def render_record(
    plan: Plan, workers: int, trace: Trace, model: CostModel | None
) -> PerfRecord:
    """The record of a whole render; *workers* is how many there might have been."""
    profile = _profile(plan, trace, model)
    return _record(plan, trace, profile, predict_local(profile, workers).wall)


def chunk_record(
    plan: Plan, chunk: Chunk, trace: Trace, model: CostModel | None
) -> PerfRecord:
    """The record of *chunk*, rendered by itself."""
    profile = _profile(plan, trace, model)
    return _record(plan, trace, profile, predict_chunk(profile, chunk))


def _profile(plan: Plan, trace: Trace, model: CostModel | None) -> Profile:
    work = work_of(plan.content)
    return (model or prior(work, cores=trace.machine.cores)).profile(work)


def _record(
    plan: Plan, trace: Trace, profile: Profile, predicted: Interval
) -> PerfRecord:
    content, boots = plan.content, trace.boots()
    width, height = content.frame_size
    return PerfRecord(
        schema=PERF_SCHEMA,
        content_hash=plan.content_hash,
        width=width,
        height=height,
        frame_count=content.frame_count,
        segment_frames=content.segment_frames,
        format=content.encoder.format,
        codec=content.encoder.codec,
        workers=max(1, len(boots)),
        machine=trace.machine,
        launch=trace.launch.seconds,
        plan=trace.plan.seconds,
        boots=boots,
        segments=trace.segments(),
        join=trace.join.seconds,
        total=trace.total.seconds,
        predicted=predicted,
        predicted_by=profile.model.source,
    )


def check_sink(sink: PerfSink | None) -> None:
    """
    Refuse a *sink* that a record could not reach, before anything is rendered.

    Raises:
        InputError: *sink* is a directory, or neither a path nor a function.
    """
    if sink is None or callable(sink):
        return
    if not isinstance(sink, str | Path):
        raise InputError(f"perf {sink!r} is neither a path nor a function")
    if Path(sink).is_dir():
        raise InputError(f"perf {str(sink)!r} is a directory; name a file")


def hand_over(record: PerfRecord, sink: PerfSink) -> None:
    """Give *record* to *sink*."""
    if callable(sink):
        sink(record)
    else:
        write_file(Path(sink), to_json(record) + b"\n")


def read_records(paths: Iterable[Path]) -> tuple[PerfRecord, ...]:
    """
    The records in the files *paths*.

    Raises:
        InputError: A file cannot be read or is no record; the message names it.
    """
    records = []
    for path in paths:
        try:
            records.append(from_json(path.read_bytes(), PerfRecord))
        except OSError as error:
            raise InputError(f"perf record {str(path)!r}: {error.strerror}") from None
        except InputError as error:
            raise InputError(f"perf record {str(path)!r}: {error}") from None
    return tuple(records)
