"""
What a render took, as values: a record of its spans beside what had been predicted.

A record is about one run on one machine. Nothing of it is hashed, and no output's byte
depends on it.
"""

from __future__ import annotations

import attrs

from .._model.checks import count, span
from .._model.machine import Machine
from ..errors import InputError
from .interval import Interval

PERF_SCHEMA = 1
"""Version of the record's structure."""


@attrs.frozen(kw_only=True)
class WorkerSpans:
    """
    How a worker got ready, in seconds.

    Attributes:
        worker: Which one, from 0.
        launch: Start of its browser; 0 if it was given one that ran.
        page: From a fresh page until it could draw, over all pages it opened.
        pages: How many those were.
    """

    worker: int = count()
    launch: float = span()
    page: float = span()
    pages: int = count()


@attrs.frozen(kw_only=True)
class SegmentSpans:
    """
    Where a segment's time went, in seconds.

    Drawing is one frame ahead of its reader, so *show* and *draw* overlap with *decode*
    and *wait*, and *show* with the end of *draw*, since the page goes on while its last
    frame is read; *wall* is what they came to.

    Attributes:
        index: Its place in the plan.
        start: Its first frame.
        stop: The frame after its last one.
        worker: Who made it.
        skipped: Frames the page was taken through, undrawn, to get to *start*.
        seek: Getting there, and forgetting what the compositor remembers.
        show: Telling the page each frame's time, and its scripts' and media's answer.
        draw: Layout, paint, picture and its way here: one BeginFrame per frame.
        decode: Text into bytes.
        wait: Until the encoder took the frames.
        finish: From the last frame handed over until the segment was published.
        wall: The worker's own time, the wait for the encoder before included.
    """

    index: int = count()
    start: int = count()
    stop: int = count(1)
    worker: int = count()
    skipped: int = count()
    seek: float = span()
    show: float = span()
    draw: float = span()
    decode: float = span()
    wait: float = span()
    finish: float = span()
    wall: float = span()

    def __attrs_post_init__(self) -> None:
        if self.stop <= self.start:
            raise InputError(f"segment {self.index} of a record holds no frames")

    @property
    def frame_seconds(self) -> float:
        """Seconds per frame, the way to the first one left out."""
        return max(0.0, self.wall - self.seek) / (self.stop - self.start)


@attrs.frozen(kw_only=True)
class PerfRecord:
    """
    One render: what was made, where, how long each part took, and what was expected.

    Attributes:
        schema: Version of this structure.
        content_hash: Content hash of its plan.
        width: Width of a captured frame in pixels.
        height: Height of a captured frame in pixels.
        frame_count: Frames of the output.
        segment_frames: Frames of every segment but the last.
        format: Output format.
        codec: Its codec.
        workers: Browsers at work at once.
        machine: Where it ran.
        launch: Seconds until the first browser ran.
        plan: Seconds of planning.
        boots: Each worker's start.
        segments: The segments made; those a store held are not among them.
        join: Seconds from the last segment to the published output.
        total: Seconds of the whole call.
        predicted: What *total* was expected to be, before the first frame was drawn.
        predicted_by: What the prediction rested on: ``prior``, ``records`` or
            ``calibration``.
    """

    schema: int
    content_hash: str
    width: int = count(1)
    height: int = count(1)
    frame_count: int = count(1)
    segment_frames: int = count(1)
    format: str
    codec: str
    workers: int = count(1)
    machine: Machine
    launch: float = span()
    plan: float = span()
    boots: tuple[WorkerSpans, ...]
    segments: tuple[SegmentSpans, ...]
    join: float = span()
    total: float = span()
    predicted: Interval
    predicted_by: str

    def __attrs_post_init__(self) -> None:
        if self.schema != PERF_SCHEMA:
            raise InputError(
                f"perf record has schema {self.schema!r}, this library reads "
                f"{PERF_SCHEMA}; render again with it"
            )

    @property
    def pixels(self) -> int:
        """Pixels of a captured frame."""
        return self.width * self.height
