"""
Stop-watches for the long waits of a render, cheap enough to always run.

They measure and decide nothing: no frame, byte or order depends on what they show.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Self

import attrs

from .._model.frames import Segment
from .._model.machine import Machine
from .._tools.machine import this_machine
from .record import SegmentSpans, WorkerSpans

if TYPE_CHECKING:
    from asyncio import Future


@attrs.define
class Stopwatch:
    """Adds up the seconds spent in its ``with`` blocks, which must not overlap."""

    seconds: float = 0.0
    _since: float = 0.0

    def __enter__(self) -> Self:
        self._since = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._since

    def until(self, end: Future[Any]) -> None:
        """Count from now until *end* is there, in the thread whose loop it belongs to."""
        since = time.perf_counter()

        def add(_: object) -> None:
            self.seconds += time.perf_counter() - since

        end.add_done_callback(add)


@attrs.frozen
class Arrival:
    """When a frame was there, and whether it is the one before it, to the bit."""

    at: float
    is_same: bool


@attrs.frozen
class Drawn:
    """
    A segment as it was drawn, on the clock of the trace.

    Attributes:
        segment: Which one.
        worker: Who drew it.
        begun: When the way to its first frame began.
        ended: When its last frame was handed over.
        arrivals: One a frame.
    """

    segment: Segment
    worker: int
    begun: float
    ended: float
    arrivals: tuple[Arrival, ...]


@attrs.define
class Spans:
    """
    The stop-watches of one segment; what each measures is said in `SegmentSpans`.

    Each is used by one thread, so none needs a lock.
    """

    seek: Stopwatch = attrs.field(factory=Stopwatch)
    show: Stopwatch = attrs.field(factory=Stopwatch)
    draw: Stopwatch = attrs.field(factory=Stopwatch)
    decode: Stopwatch = attrs.field(factory=Stopwatch)
    wait: Stopwatch = attrs.field(factory=Stopwatch)
    wall: Stopwatch = attrs.field(factory=Stopwatch)
    skipped: int = 0
    begun: float = 0.0
    handed_over: float = 0.0
    published: float = 0.0
    arrivals: list[Arrival] = attrs.field(factory=list)

    def report(self, segment: Segment, worker: int) -> SegmentSpans:
        """As a value, once *segment* is published."""
        return SegmentSpans(
            index=segment.index,
            start=segment.frames.start,
            stop=segment.frames.stop,
            worker=worker,
            skipped=self.skipped,
            seek=self.seek.seconds,
            show=self.show.seconds,
            draw=self.draw.seconds,
            decode=self.decode.seconds,
            wait=self.wait.seconds,
            finish=max(0.0, self.published - self.handed_over),
            wall=self.wall.seconds,
        )


@attrs.define
class WorkerTrace:
    """One worker's times; belongs to its thread until the worker has ended."""

    worker: int
    detailed: bool = False
    launch: Stopwatch = attrs.field(factory=Stopwatch)
    page: Stopwatch = attrs.field(factory=Stopwatch)
    pages: int = 0
    _drawn: list[tuple[Segment, Spans]] = attrs.field(factory=list)

    def spans(self, segment: Segment) -> Spans:
        """Stop-watches for *segment*, to be filled in."""
        spans = Spans()
        self._drawn.append((segment, spans))
        return spans

    def boot(self) -> WorkerSpans:
        """How the worker got ready."""
        return WorkerSpans(
            worker=self.worker,
            launch=self.launch.seconds,
            page=self.page.seconds,
            pages=self.pages,
        )

    def segments(self) -> tuple[SegmentSpans, ...]:
        """The segments that were published, in the order they were drawn."""
        return tuple(
            spans.report(segment, self.worker) for segment, spans in self.published()
        )

    def published(self) -> list[tuple[Segment, Spans]]:
        """The stop-watches of those, as they are."""
        return [(segment, spans) for segment, spans in self._drawn if spans.published]


@attrs.define
class Trace:
    """
    The times of one render: its stages, and all its workers.

    Attributes:
        detailed: Whether each frame is looked at, and not segments alone.
        began: When it was made, on the clock of `time.perf_counter`.
        launch: Start of the first browser.
        plan: Planning.
        join: From the last segment to the published output.
        total: All of it.
        machine: Where, as it was at the start.
    """

    detailed: bool = False
    began: float = attrs.field(factory=time.perf_counter)
    launch: Stopwatch = attrs.field(factory=Stopwatch)
    plan: Stopwatch = attrs.field(factory=Stopwatch)
    join: Stopwatch = attrs.field(factory=Stopwatch)
    total: Stopwatch = attrs.field(factory=Stopwatch)
    machine: Machine = attrs.field(factory=this_machine)
    _workers: list[WorkerTrace] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def worker(self) -> WorkerTrace:
        """A trace for one more worker."""
        with self._lock:
            made = WorkerTrace(len(self._workers), detailed=self.detailed)
            self._workers.append(made)
            return made

    def boots(self) -> tuple[WorkerSpans, ...]:
        """How each worker got ready."""
        return tuple(worker.boot() for worker in self._workers)

    def drawn(self) -> tuple[Drawn, ...]:
        """Every segment published, with its frames; of a trace that is detailed."""
        return tuple(
            Drawn(
                segment=segment,
                worker=worker.worker,
                begun=spans.begun - self.began,
                ended=spans.handed_over - self.began,
                arrivals=tuple(
                    attrs.evolve(one, at=one.at - self.began) for one in spans.arrivals
                ),
            )
            for worker in self._workers
            for segment, spans in worker.published()
        )

    def segments(self) -> tuple[SegmentSpans, ...]:
        """Every segment published, by its place in the plan."""
        found = [spans for worker in self._workers for spans in worker.segments()]
        return tuple(sorted(found, key=lambda spans: spans.start))
