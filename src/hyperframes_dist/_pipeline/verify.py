"""
A finished film held against its plan: some of its segments are drawn once more.

Reads the film and the plan, and changes neither.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import attrs

from .._encode.kinds import kind_in
from .._estimate.spans import Trace
from .._model.checks import check_number
from .._model.frames import Segment
from .._model.results import Plan
from .._planned.directory import check_artifacts, load_plan, needed_by
from .._planned.toolchain import check_toolchain
from .._render.chunk import parts_of
from .._render.pool import make_segments
from .._render.segments import SegmentStore
from .._render.warm import WarmBrowser
from .._tools.files import path_of
from .._tools.leftovers import temp_dir
from ..chrome import ChromeSource
from ..errors import AssembleError
from ..progress import Cancel, Control, ProgressCallback, soonest

__all__ = ["Verification", "verify_output"]


@attrs.frozen(kw_only=True)
class Verification:
    """
    What came of drawing parts of a film once more.

    Attributes:
        path: The film.
        content_hash: Content hash of its plan.
        segments: The segments that were drawn again, in order.
        frame_count: Frames in them.
        differing: The first of those frames that the film holds in other bytes; None where
            all are the same.
    """

    path: Path
    content_hash: str
    segments: tuple[int, ...]
    frame_count: int
    differing: int | None

    @property
    def ok(self) -> bool:
        """Whether every frame that was compared is the same."""
        return self.differing is None


def verify_output(
    output: Path | str,
    plan_dir: Plan | Path | str,
    *,
    segments: int = 3,
    seed: int = 0,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
) -> Verification:
    """
    Prove a finished film: draw some of its segments again, and compare what is in it.

    Each frame's bytes are compared as the encoder wrote them. What is heard is not drawn
    again; the file's own shape, its count of frames, is looked at as a whole.

    Args:
        output: The video, or the directory or tar of pictures; only read.
        plan_dir: The plan it was rendered from.
        segments: How many to draw again, at least 1; all where there are fewer.
        seed: What they are drawn by lot with: another one chooses others.
        chrome: Where the browser comes from; None takes `default_chrome`.
        progress: Told of each segment.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.

    Raises:
        InputError: The output is a GIF, which is made from all frames at once.
        AssembleError: The output has not as many frames as planned.
        PlanIntegrityError: The plan was changed since it was made.
        ToolchainMismatchError: Other tools than planned would draw other bytes.
        HyperframesError: As `render_chunk` raises.
    """
    control = Control(progress, cancel, soonest(deadline, timeout))
    check_number("segments", segments, 1, math.inf)
    path = path_of(output, "output")
    folder = plan_dir.path if isinstance(plan_dir, Plan) else path_of(plan_dir, "plan")
    plan = load_plan(folder)
    kind, content = kind_in(plan.content), plan.content
    with WarmBrowser(chrome) as warm, temp_dir("verify") as scratch:
        there = kind.digests(path, control=control)
        if len(there) != content.frame_count:
            reason = f"frame count: planned {content.frame_count}, found {len(there)}"
            raise AssembleError(str(path), reason)
        chosen = _choose(content.segments, segments, seed)
        check_toolchain(content.toolchain, warm.source, control)
        check_artifacts(plan, needed_by(plan, chosen))
        store = SegmentStore(scratch, plan)
        differing = None
        for number, segment in enumerate(chosen):
            control.tell("render", number, len(chosen), f"segment {segment.index}")
            quiet = Control(None, control.cancel, control.deadline)
            make_segments(plan, (segment,), store, [warm], control=quiet, trace=Trace())
            if differing is None:
                # What joins segments may put their parameters into their first frames.
                joined = scratch / f"joined{store.path(segment).suffix}"
                kind.join(parts_of(store, [segment]), content, joined, control=control)
                drawn = kind.digests(joined, control=control)
                differing = _first(segment, there, drawn)
    return Verification(
        path=path,
        content_hash=plan.content_hash,
        segments=tuple(segment.index for segment in chosen),
        frame_count=sum(len(segment.frames) for segment in chosen),
        differing=differing,
    )


def _choose(segments: Sequence[Segment], count: int, seed: int) -> tuple[Segment, ...]:
    """So many of *segments*, in order, so that one page may pass from one to the next."""
    chosen = sorted(range(len(segments)), key=lambda index: _lot(seed, index))[:count]
    return tuple(segments[index] for index in sorted(chosen))


def _lot(seed: int, index: int) -> bytes:
    return hashlib.sha256(f"{seed} {index}".encode()).digest()


def _first(segment: Segment, there: Sequence[str], drawn: Sequence[str]) -> int | None:
    """The first frame of *segment* that is not *there* as it was *drawn*."""
    held = there[segment.frames.start : segment.frames.stop]
    for number, (one, other) in enumerate(zip(held, drawn, strict=True)):
        if one != other:
            return segment.frames.start + number
    return None
