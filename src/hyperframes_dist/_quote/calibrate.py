"""
A short calibration: a few frames of a plan drawn and encoded as a render would, first
by one worker, then by all at once.

What is drawn is thrown away. The time it may take is the caller's.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from .._browser.camera import CameraKeeper
from .._browser.launch import launch
from .._estimate.fit import (
    AGAIN,
    contention_of,
    doubt_of,
    measured,
    prior,
    regions_at,
    replay_of,
)
from .._estimate.interval import spread
from .._estimate.model import CostModel, Region, Work
from .._estimate.record import SegmentSpans
from .._estimate.report import work_of
from .._estimate.spans import Trace, WorkerTrace
from .._model.frames import FrameRange, Segment
from .._model.results import Plan, SegmentRecord
from .._render.pool import Keep, SegmentMaker
from .._render.segments import Make
from .._render.warm import WarmBrowser
from .._tools.seats import Seat
from ..errors import DeadlineExceeded
from ..progress import Control

if TYPE_CHECKING:
    from .._browser.browser import Browser

_PILOT_FRAMES = 6
_PLACES = 4
_FEWEST_FRAMES = 4
# The rest is for opening pages, for seeking, and for frames slower than those before.
_SHARE = 0.6


@attrs.frozen(kw_only=True)
class Calibration:
    """
    A calibration to be made.

    Attributes:
        plan: What is probed.
        warm: Where browsers come from.
        trace: What launching the first one and planning took; told of the probes.
        workers: Workers at once; at least 1.
        seconds: How long the probes may take in all.
        scratch: A directory that what is drawn lies in.
        control: The caller's wishes.
    """

    plan: Plan
    warm: WarmBrowser
    trace: Trace
    workers: int
    seconds: float
    scratch: Path
    control: Control

    def run(self) -> CostModel:
        """
        What the plan's frames cost; a guess, and said so, if the time was too short.

        Raises:
            HyperframesError: As a render of those frames would raise.
        """
        end, work = time.monotonic() + self.seconds, work_of(self.plan.content)
        with contextlib.ExitStack() as stack:
            browsers = [stack.enter_context(self.warm.use(self.control))]
            pilot = self._draw(browsers, [pilot_of(work)], end)
            if not pilot:
                return _too_short(work, self.trace, self.seconds)
            traces = [self.trace.worker() for _ in range(self.workers - 1)]
            for trace in traces:
                with trace.launch:
                    booted = launch(self.warm.source, control=self.control)
                browsers.append(stack.enter_context(booted))
            each = max(pilot[0].frame_seconds, 1e-4) * self.workers
            frames = int((end - time.monotonic()) * _SHARE / each)
            probes = [pilot_of(work), *choose_probes(work, frames)]
            drawn = self._draw(browsers, probes, end)
        return _model(work, self.trace, pilot, drawn, self.workers)

    def _draw(
        self, browsers: Sequence[Browser], probes: Sequence[Segment], end: float
    ) -> tuple[SegmentSpans, ...]:
        """Draw *probes* on each of *browsers* at once; what was finished by *end*."""
        with ThreadPoolExecutor(len(browsers), "hyperframes-probe") as pool:
            started = [
                pool.submit(self._draw_on, browser, probes, end) for browser in browsers
            ]
        return tuple(spans for each in started for spans in each.result())

    def _draw_on(
        self, browser: Browser, probes: Sequence[Segment], end: float
    ) -> tuple[SegmentSpans, ...]:
        wishes, trace = self.control, self.trace.worker()
        last = end if wishes.deadline is None else min(end, wishes.deadline)
        control = Control(None, wishes.cancel, last)
        with contextlib.ExitStack() as stack:
            seat = stack.enter_context(Seat())
            cameras = stack.enter_context(contextlib.closing(CameraKeeper()))
            maker = SegmentMaker(self.plan, browser, cameras, control, trace, seat)
            stack.callback(maker.close)
            try:
                for number, probe in enumerate(probes):
                    length = _room(trace.segments(), len(probes) - number, last)
                    part = cut_segment(probe, length)
                    maker.draw(part, self._keep(trace), lambda: None).result()
            except DeadlineExceeded:
                wishes.check()
        return trace.segments()

    def _keep(self, trace: WorkerTrace) -> Keep:
        def keep(segment: Segment, make: Make) -> SegmentRecord:
            return make(self.scratch / f"{trace.worker}-{segment.frames.start}")

        return keep


def pilot_of(work: Work) -> Segment:
    """The first frames of *work*, which tell how many more there is time for."""
    return cut_segment(work.segments[0], _PILOT_FRAMES)


def choose_probes(work: Work, frames: int) -> tuple[Segment, ...]:
    """
    Segments spread over the timeline of *work*, to draw *frames* in all of.

    At least one and at most four; no more than there are frames for.
    """
    segments = work.segments
    places = max(1, min(_PLACES, len(segments), frames // (2 * _FEWEST_FRAMES)))
    return tuple(
        segments[(2 * place + 1) * len(segments) // (2 * places)]
        for place in range(places)
    )


def cut_segment(segment: Segment, length: int) -> Segment:
    """The first *length* frames of *segment*, or all that it has."""
    frames = segment.frames
    stop = min(frames.stop, frames.start + length)
    return Segment(segment.index, FrameRange(frames.start, stop))


def _room(drawn: Sequence[SegmentSpans], probes: int, end: float) -> int:
    """Frames there is time for in the next of *probes* that are left until *end*."""
    if not drawn:
        return _PILOT_FRAMES
    seconds = (end - time.monotonic()) * _SHARE / probes
    return max(_FEWEST_FRAMES, int(seconds / max(drawn[-1].frame_seconds, 1e-4)))


def _too_short(work: Work, trace: Trace, seconds: float) -> CostModel:
    model = prior(work)
    note = f"the calibration's {seconds:g} s passed before a frame was drawn"
    return attrs.evolve(
        model, plan=measured([trace.plan.seconds]), notes=(*model.notes, note)
    )


def _model(
    work: Work,
    trace: Trace,
    pilot: Sequence[SegmentSpans],
    drawn: Sequence[SegmentSpans],
    workers: int,
) -> CostModel:
    guess, boots = prior(work), trace.boots()
    # The pilot once more, by all: what makes it slower is that there are others.
    again = [spans.frame_seconds for spans in drawn if _is_same(spans, pilot[0])]
    compared = [(1, pilot[0].frame_seconds)]
    compared += [(workers, sum(again) / len(again))] if again else []
    used = [s for s in drawn if not _is_same(s, pilot[0])] or drawn or pilot
    launches = [trace.launch.seconds, *(b.launch for b in boots if b.launch)]
    return attrs.evolve(
        guess,
        source="calibration",
        launch=measured(launches),
        page=measured([boot.page / boot.pages for boot in boots if boot.pages]),
        plan=measured([trace.plan.seconds]),
        replay=replay_of(drawn, guess),
        regions=_regions(work, used),
        finish=measured([spans.finish for spans in used]).widened(AGAIN),
        contention=contention_of(compared),
        workers=workers if drawn else 1,
        cores=trace.machine.cores,
        doubt=doubt_of([trace.machine]),
        notes=_notes(used, workers if drawn else 1),
    )


def _is_same(one: SegmentSpans, other: SegmentSpans) -> bool:
    return (one.start, one.stop) == (other.start, other.stop)


def _regions(work: Work, used: Sequence[SegmentSpans]) -> tuple[Region, ...]:
    """Around each probe, up to half the way to the next one."""
    found: dict[int, list[float]] = {}
    for spans in used:
        found.setdefault(spans.start, []).append(spans.frame_seconds)
    starts = sorted(found)
    begins = [0.0] + [(a + b) / 2 / work.frame_count for a, b in pairwise(starts)]
    regions = regions_at(
        {begin: found[start] for begin, start in zip(begins, starts, strict=True)}
    )
    # What lies between the probes may be as different as they are.
    means = spread([region.seconds.likely for region in regions], least=1.0)
    doubt = 1.0 if means.likely == 0 else means.high / means.likely
    return tuple(Region(r.start, r.seconds.widened(doubt)) for r in regions)


def _notes(used: Sequence[SegmentSpans], workers: int) -> tuple[str, ...]:
    places = sorted({spans.start for spans in used})
    frames = sum(spans.stop - spans.start for spans in used)
    where = ", ".join(map(str, places))
    return (f"calibrated with {frames} frames from {where} on, workers: {workers}",)
