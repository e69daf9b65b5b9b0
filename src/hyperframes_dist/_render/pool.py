"""
Segments made by workers: each worker owns one Chrome, claims the next segment, and gives
back what it could not finish.

Workers are threads; the work is done by the Chrome and ffmpeg processes they own
(docs/decisions/0003). A chunk and a whole film are drawn by the same workers, with the
same patience. Nothing here knows what becomes of a segment.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from .._browser.camera import CameraKeeper, Seam
from .._browser.canary import check_canary
from .._encode.kinds import kind_in
from .._estimate.spans import Arrival, Spans, Trace, WorkerTrace
from .._model.content import COMPILED
from .._model.frames import Segment, frames_in
from .._model.results import Plan, SegmentRecord
from .._planned.authored import say_authored
from .._tools.seats import Seat
from .._tools.spans import span
from ..errors import Cancelled, ChromeError, EncoderLostError, HyperframesError
from ..progress import Cancel, Control
from .handover import Handover
from .seams import with_seam
from .segments import Make, Segments, missing
from .warm import WarmBrowser

if TYPE_CHECKING:
    from .._browser.browser import Browser

logger = logging.getLogger(__name__)

_TRIES = 3


class SegmentMaker:
    """
    One browser making segments of one plan, in rising order wherever it can.

    An encoder looks ahead and so finishes well after its last frame; the next segment
    is drawn meanwhile. What each takes is added to *trace*; *seat* says where all runs.
    """

    def __init__(
        self,
        plan: Plan,
        browser: Browser,
        cameras: CameraKeeper,
        control: Control,
        trace: WorkerTrace,
        seat: Seat,
    ) -> None:
        self._plan, self._browser, self._control = plan, browser, control
        self._cameras, self._trace = cameras, trace
        self._encoders = ThreadPoolExecutor(thread_name_prefix="hyperframes-encoder")
        self._last: Future[SegmentRecord] | None = None
        self._seat = seat

    def draw(
        self, segment: Segment, keep: Keep, on_frame: Callable[[], None]
    ) -> Future[SegmentRecord]:
        """
        Draw all frames of *segment*; its encoder may still be at work afterwards.

        Args:
            keep: Calls its argument with the path to encode into, and publishes it.
            on_frame: Runs once per frame drawn.
        """
        control, content = self._control, self._plan.content
        self._seat.settle(self._browser.process.pid)
        check_canary(self._plan.manifest.notes.canary, self._browser, control)
        with self._authored():
            camera = self._cameras.find(
                self._browser, self._plan, segment, control, self._trace
            )
        spans = self._trace.spans(segment)
        spans.skipped = camera.passes(segment.frames.start)
        seam = Seam(is_last=segment.frames.stop == content.frame_count)
        handover = Handover(spans.wait)

        def encode(path: Path) -> SegmentRecord:
            self._seat.sit()
            frames = handover.frames()
            made = kind_in(content).make(
                frames, segment, content, path, control=control, raw=camera.is_raw
            )
            # Frames end when the seam is known.
            return with_seam(made, seam, content, raw=camera.is_raw)

        def kept() -> SegmentRecord:
            record = keep(segment, encode)
            spans.published = time.perf_counter()
            return record

        facts = {"index": segment.index, "frames": len(segment.frames)}
        with span("segment", **facts), spans.wall, self._authored():
            encoding = self._encoders.submit(kept)
            frames = camera.frames(segment.frames, spans, seam)
            spans.begun = time.perf_counter()
            with contextlib.closing(self._told(frames, on_frame, spans)) as f:
                handover.feed(f, encoding, control)
            spans.handed_over = time.perf_counter()
            # One encoder may lag behind the browser, not a queue of them.
            if self._last is not None:
                wait([self._last])
            self._last = encoding
        logger.debug(
            "segment drawn",
            extra={
                "plan_hash": self._plan.plan_hash,
                "segment": segment.index,
                "frames": len(segment.frames),
            },
        )
        return encoding

    def _authored(self) -> contextlib.AbstractContextManager[None]:
        plan = self._plan
        folder, lines = plan.path / COMPILED, plan.manifest.notes.lines
        return say_authored(folder, plan.content.page.entry, lines)

    def _told(
        self, frames: Iterator[bytes], on_frame: Callable[[], None], spans: Spans
    ) -> Generator[bytes]:
        last = b""
        for frame in frames:
            if self._trace.detailed:
                spans.arrivals.append(Arrival(time.perf_counter(), frame == last))
                last = frame
            yield frame
            self._seat.settle(self._browser.process.pid)
            on_frame()

    @property
    def alive(self) -> bool:
        """Whether the browser still is."""
        return self._browser.alive

    def close(self) -> None:
        """Wait for the encoders; the rest stays its owner's."""
        self._encoders.shutdown()


Keep = Callable[[Segment, Make], SegmentRecord]


class FrameCounter:
    """
    Counts finished frames over all workers and tells the caller, one at a time.

    The caller is told in the thread that made the counter, which is the one of the call: a
    worker's frames wait there for `tell_until`.
    """

    def __init__(self, total: int, control: Control) -> None:
        self._done, self._total, self._control = 0, total, control
        self._lost = 0
        self._lock = threading.Lock()
        self._caller = threading.get_ident()
        self._waiting: queue.SimpleQueue[int | None] = queue.SimpleQueue()

    def add(self, frames: int = 1) -> None:
        """Count *frames* more."""
        with self._lock:
            again = min(self._lost, frames)
            self._lost -= again
            self._done += frames - again
            if threading.get_ident() != self._caller:
                self._waiting.put(self._done)
                return
        self._control.tell("render", self._done, self._total)

    def end(self) -> None:
        """Say that one of the workers counts no more."""
        self._waiting.put(None)

    def tell_until(self, workers: int) -> None:
        """Tell the caller of every frame, until so many *workers* count no more."""
        while workers:
            done = self._waiting.get()
            if done is None:
                workers -= 1
            else:
                self._control.tell("render", done, self._total)

    def lose(self, frames: int) -> None:
        """Count the next *frames* as those that were counted before and are drawn again."""
        with self._lock:
            self._lost += frames


@attrs.define
class Claims:
    """
    The segments still to be made, and how often each was tried.

    A worker is given the segment after its last one while that is free, since going on
    is cheaper than seeking there; else the longest free run, from its middle if another
    worker is on the way to its start.

    Attributes:
        waiting: Numbers of segments that nobody is making.
        alone: There is one worker only: it takes the first one each time, since a page goes
            ahead by its scripts and back by being opened again.
        helping: Somebody else makes them too, from the first one on: each run is begun in
            its middle, so that both meet late.
    """

    waiting: set[int]
    alone: bool = False
    helping: bool = False
    _busy: set[int] = attrs.field(factory=set, init=False)
    _tries: dict[int, int] = attrs.field(factory=dict, init=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def take(self, last: int | None) -> int | None:
        """The next segment for a worker that made *last*; None when all are taken."""
        with self._lock:
            if last is not None:
                self._busy.discard(last)
            index = self._choose(last)
            if index is not None:
                self.waiting.discard(index)
                self._busy.add(index)
            return index

    def _choose(self, last: int | None) -> int | None:
        if last is not None and last + 1 in self.waiting:
            return last + 1
        if not self.waiting:
            return None
        if self.alone and not self.helping:
            return min(self.waiting)
        # Of equals the first; who helps takes the last, where whoever is helped comes late.
        ahead = 1 if self.helping else -1
        runs = _runs(self.waiting)
        start, length = max(runs, key=lambda run: (run[1], ahead * run[0]))
        met = self.helping or start - 1 in self._busy
        return start + length // 2 if met else start

    def jumps(self, last: int | None) -> bool:
        """Whether the worker that made *last* does not just go on."""
        with self._lock:
            return last is None or last + 1 not in self.waiting

    def drop(self, indices: Iterable[int]) -> None:
        """Let nobody make the segments *indices*: they are there."""
        with self._lock:
            self.waiting.difference_update(indices)

    def give_back(self, index: int) -> bool:
        """Whether *index* may be tried again; then another claim will find it."""
        with self._lock:
            self._busy.discard(index)
            tries = self._tries[index] = self._tries.get(index, 0) + 1
            if tries < _TRIES:
                self.waiting.add(index)
            return tries < _TRIES


def _runs(numbers: set[int]) -> list[tuple[int, int]]:
    """Runs of consecutive *numbers* as ``(start, length)``."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and sum(runs[-1]) == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs


@attrs.frozen
class _AnyCancel:
    """Set when the caller cancels or another worker fails."""

    failed: threading.Event
    caller: Cancel | None

    def is_set(self) -> bool:
        return self.failed.is_set() or (
            self.caller is not None and self.caller.is_set()
        )


def make_segments(
    plan: Plan,
    segments: tuple[Segment, ...],
    store: Segments,
    browsers: Sequence[WarmBrowser],
    *,
    control: Control,
    trace: Trace,
) -> int:
    """
    Draw those of consecutive *segments* that *store* lacks; each is kept once it is done.

    A segment whose Chrome fails is tried again on a new one, and one whose encoder is lost
    on the same, three times in all.

    Args:
        browsers: A worker draws on each; they stay their owner's.
        trace: Told what everything took.

    Returns:
        How many were drawn.

    Raises:
        HyperframesError: The first failure that another try could not mend.
    """
    lacking = missing(store, segments)
    if not lacking:
        return 0
    frames = len(frames_in(segments))
    counter = FrameCounter(frames, control)
    counter.add(frames - sum(len(segment.frames) for segment in lacking))
    _Workers(plan, store, counter, control, trace).run(lacking, browsers)
    return len(lacking)


@attrs.define
class _Workers:
    """
    Draw segments on several browsers at once.

    Attributes:
        plan: What is rendered.
        store: Keeps finished segments.
        counter: Told of every frame.
        control: The caller's wishes.
        trace: Told what everything took.
    """

    plan: Plan
    store: Segments
    counter: FrameCounter
    control: Control
    trace: Trace
    _errors: list[BaseException] = attrs.field(factory=list, init=False)
    _failed: threading.Event = attrs.field(factory=threading.Event, init=False)

    def run(
        self, segments: tuple[Segment, ...], browsers: Sequence[WarmBrowser]
    ) -> None:
        """
        Make *segments*, a worker on each of *browsers*, which stay their owner's.

        Raises:
            HyperframesError: The first failure that a second try could not mend.
        """
        waiting = {segment.index for segment in segments}
        claims = Claims(waiting, alone=len(browsers) == 1, helping=self.store.helping)
        threads = [
            threading.Thread(
                # Each in a copy of the caller's context: its spans are below the caller's.
                target=contextvars.copy_context().run,
                args=(self._worker, claims, browser),
                name=f"worker-{n}",
            )
            for n, browser in enumerate(browsers[: len(segments)])
        ]
        try:
            for thread in threads:
                thread.start()
            self.counter.tell_until(len(threads))
            for thread in threads:
                thread.join()
        except BaseException:
            # An interrupt reaches the waiting thread only; the workers must end first.
            self._failed.set()
            for thread in threads:
                thread.join()
            raise
        if self._errors:
            # What the others saw is only that they were told to stop.
            real = [e for e in self._errors if not isinstance(e, Cancelled)]
            raise (real or self._errors)[0]

    def _worker(self, claims: Claims, warm: WarmBrowser) -> None:
        try:
            self._work(claims, warm)
        except BaseException as error:  # noqa: BLE001
            # A thread's exception belongs to the caller who waits for all of them.
            self._errors.append(error)
            self._failed.set()
        finally:
            self.counter.end()

    def _work(self, claims: Claims, warm: WarmBrowser) -> None:
        cancel = _AnyCancel(self._failed, self.control.cancel)
        control = Control(None, cancel, self.control.deadline)
        trace = self.trace.worker()
        with contextlib.ExitStack() as stack:
            maker: SegmentMaker | None = None
            drawn: list[_Drawn] = []
            last: int | None = None
            while (last := self._take(claims, last, drawn)) is not None:
                segment = self.plan.content.segments[last]
                if self.store.news((segment,)):
                    self.counter.add(len(segment.frames))
                    continue
                if maker is None or not maker.alive:
                    stack.close()
                    seat = Seat()
                    using = warm.use(control, trace.launch, goes_on=True, seat=seat)
                    browser = stack.enter_context(using)
                    maker = SegmentMaker(
                        self.plan, browser, warm.cameras, control, trace, seat
                    )
                    stack.callback(maker.close)
                counted = _Counted(self.counter)
                try:
                    encoding = maker.draw(segment, self.store.keep, counted.add)
                    drawn.append(_Drawn(segment, encoding))
                except ChromeError as error:
                    self._again(claims, segment, error, counted.frames)
                    stack.close()
                    warm.discard()
                    maker = last = None
                except EncoderLostError as error:
                    self._again(claims, segment, error, counted.frames)
                    last = None
                self._settle(drawn, claims, leave=1)

    def _take(
        self, claims: Claims, last: int | None, drawn: list[_Drawn]
    ) -> int | None:
        """The next segment, which may be one that was drawn and never encoded."""
        if self.store.helping and claims.jumps(last):
            self._drop_news(claims)
        if (index := claims.take(last)) is None and drawn:
            self._settle(drawn, claims, leave=0)
            index = claims.take(None)
        return index

    def _drop_news(self, claims: Claims) -> None:
        """Make nothing that whoever is helped has made since."""
        segments = self.plan.content.segments
        news = self.store.news([segments[index] for index in sorted(claims.waiting)])
        claims.drop(segment.index for segment in news)
        self.counter.add(sum(len(segment.frames) for segment in news))

    def _settle(self, drawn: list[_Drawn], claims: Claims, leave: int) -> None:
        """Wait until no more than *leave* of those *drawn* are still being encoded."""
        while len(drawn) > leave:
            each = drawn.pop(0)
            try:
                each.encoding.result()
            except EncoderLostError as error:
                self._again(claims, each.segment, error, len(each.segment.frames))

    def _again(
        self, claims: Claims, segment: Segment, error: HyperframesError, counted: int
    ) -> None:
        """Give *segment* back, or raise *error* where it was tried often enough."""
        if not claims.give_back(segment.index):
            raise error
        self.counter.lose(counted)
        logger.warning(
            "the segment is tried again: %s",
            error,
            extra={"segment": segment.index, "plan_hash": self.plan.plan_hash},
        )


@attrs.frozen
class _Drawn:
    """A *segment* that was drawn, and its encoder's work."""

    segment: Segment
    encoding: Future[SegmentRecord]


@attrs.define
class _Counted:
    """How many frames of one try were told to *counter*."""

    counter: FrameCounter
    frames: int = 0

    def add(self) -> None:
        """Count one more."""
        self.frames += 1
        self.counter.add()
