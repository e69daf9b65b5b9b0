"""
What work costs in time: a model as a value, and what it predicts.

A model is measured where some number of workers were at work at once on some number of
processors; elsewhere its times are scaled by how much workers disturb each other. All of
it is arithmetic: nothing here measures anything.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

import attrs

from .._model.frames import Chunk, Segment, split_chunks, split_segments
from ..errors import InputError
from .interval import NOTHING, Interval, about, total


@attrs.frozen
class Region:
    """
    A part of the timeline, up to the next one.

    Attributes:
        start: Where it begins: a share of the timeline in [0, 1).
        seconds: Seconds per frame in it.
    """

    start: float
    seconds: Interval


@attrs.frozen(kw_only=True)
class Work:
    """
    A composition as frames to draw.

    Attributes:
        frame_count: Frames of the output; at least 1.
        segment_frames: Frames of every segment but the last; at least 1.
        pixels: Pixels of a captured frame.
        visits: Frames a worker stops at on its way to its first one, rising; None where
            it passes all.
    """

    frame_count: int
    segment_frames: int
    pixels: int
    visits: tuple[int, ...] | None = None

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments, in order."""
        return split_segments(self.frame_count, length=self.segment_frames)

    def passed(self, frame: float) -> float:
        """Frames the page is taken through, undrawn, before it can draw *frame*."""
        return frame if self.visits is None else bisect_left(self.visits, frame)


@attrs.frozen(kw_only=True)
class CostModel:
    """
    Seconds that each part of a render takes, each with its uncertainty.

    Attributes:
        source: What it rests on: ``prior`` (nothing was measured), ``records`` or
            ``calibration``.
        launch: Start of a browser.
        page: From a fresh page until it can draw.
        plan: Planning.
        turn: Going on to another segment.
        replay: Taking the page through one frame undrawn.
        regions: Seconds per frame, over the timeline; the first starts at 0.
        finish: From a segment's last frame until it is encoded.
        join: From the last segment to the published, verified file.
        contention: By what part of its own time one more worker slows each of the
            others on this machine: 0 not at all, 1 so that nothing is won.
        workers: Workers at once where *regions* was measured.
        cores: Processors there.
        doubt: Factor every prediction is widened by: how busy with other things the
            machine was.
        notes: What a person should know of it.
    """

    source: str
    launch: Interval
    page: Interval
    plan: Interval
    turn: Interval
    replay: Interval
    regions: tuple[Region, ...]
    finish: Interval
    join: Interval
    contention: Interval
    workers: int = 1
    cores: int = 1
    doubt: float = 1.0
    notes: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        starts = [region.start for region in self.regions]
        if not starts or starts[0] != 0 or sorted(set(starts)) != starts:
            raise InputError(f"regions of a cost model start at {starts!r}")
        if self.contention.high > 1 or min(self.workers, self.cores, self.doubt) < 1:
            raise InputError(
                "contention is over 1, or workers, cores or doubt are below 1"
            )

    def profile(self, work: Work) -> Profile:
        """What each segment of *work* costs, to predict from."""
        starts = [region.start for region in self.regions]
        costs = []
        for segment in work.segments:
            middle = (segment.frames.start + segment.frames.stop) / 2
            found = bisect_right(starts, middle / work.frame_count) - 1
            frames = self.regions[found].seconds * len(segment.frames)
            costs.append(self.turn + frames)
        return Profile(model=self, work=work, costs=tuple(costs))

    def slowdown(self, workers: float) -> Interval:
        """
        Factor on a worker's times with *workers* at once on such a machine.

        Args:
            workers: At least 1. Need not be whole: a machine with half as many
                processors is like one with twice as many workers.
        """
        factors = [
            (1 + part * (workers - 1)) / (1 + part * (self.workers - 1))
            for part in attrs.astuple(self.contention)
        ]
        return Interval(min(factors), factors[1], max(factors))


@attrs.frozen(kw_only=True)
class Profile:
    """
    Work as its model sees it: made once, predicted from many times.

    Attributes:
        model: The model.
        work: The work.
        costs: Seconds each segment takes its worker, where the model was measured.
        sums: Seconds of all segments before each, once for each end of the intervals.
    """

    model: CostModel
    work: Work
    costs: tuple[Interval, ...]
    sums: tuple[tuple[float, ...], ...] = attrs.field(init=False)

    @sums.default
    def _sums(self) -> tuple[tuple[float, ...], ...]:
        ends = zip(*map(attrs.astuple, self.costs), strict=True)
        return tuple(tuple(accumulate(end, initial=0.0)) for end in ends)


@attrs.frozen(kw_only=True)
class Prediction:
    """
    What a render will take.

    Attributes:
        wall: Seconds from call to result.
        busy: Seconds of all workers together, planning and joining included.
        longest: Seconds of the longest single job.
        jobs: Jobs that are started: planning, chunks, joining.
    """

    wall: Interval
    busy: Interval
    longest: Interval
    jobs: int

    def widened(self, factor: float) -> Prediction:
        """As likely, but *factor* less certain."""
        return attrs.evolve(
            self,
            wall=self.wall.widened(factor),
            busy=self.busy.widened(factor),
            longest=self.longest.widened(factor),
        )


def predict_local(profile: Profile, workers: int) -> Prediction:
    """
    The work in one call of `render` with *workers*, which claim segment by segment.

    They share what there is to do, so all end at about the same time; no sooner than the
    costliest segment allows.
    """
    model, costs = profile.model, profile.costs
    workers = min(workers, len(costs))
    # Worker n begins near n/workers of the timeline.
    begins = (profile.work.frame_count * n / workers for n in range(1, workers))
    skipped = sum(map(profile.work.passed, begins))
    shared = total(costs) + model.replay * skipped + model.launch * (workers - 1)
    slower = shared.times(model.slowdown(workers)) * (1 / workers)
    costliest = _largest(costs).times(model.slowdown(1))
    drawing = model.page + slower.combine(costliest, max) + model.finish
    ends = model.launch + model.plan + model.join
    busy = ends + drawing * workers
    wall = ends + drawing
    made = Prediction(wall=wall, busy=busy, longest=wall, jobs=1)
    return made.widened(model.doubt)


def predict_chunk(profile: Profile, chunk: Chunk) -> Interval:
    """Seconds of *chunk* alone on a machine like the model's."""
    alone = Fleet(
        at_once=1, cores=profile.model.cores, start=NOTHING, factor=about(1, 1)
    )
    (seconds,) = zip(*_jobs(profile, (chunk,), alone), strict=True)
    return Interval(*sorted(seconds)).widened(profile.model.doubt)


@attrs.frozen(kw_only=True)
class Fleet:
    """
    Machines that render one chunk each.

    Attributes:
        at_once: Most of them at work at once.
        cores: Processors of each; need not be whole.
        start: Seconds until a job begins on one, and its files are there.
        factor: What any time measured elsewhere is multiplied by.
    """

    at_once: int
    cores: float
    start: Interval
    factor: Interval


def predict_chunks(profile: Profile, chunks: int, fleet: Fleet) -> Prediction:
    """The work as *chunks*, each a job of its own on a machine of *fleet*."""
    model, slower = profile.model, _slower(profile.model, fleet)
    plan = fleet.start + (model.launch + model.plan).times(slower)
    join = fleet.start + model.join.times(slower)
    jobs = _jobs(profile, split_chunks(len(profile.costs), chunks=chunks), fleet)
    drawing = _by_end([_last_end(ends, fleet.at_once) for ends in jobs])
    longest = _by_end([max(ends) for ends in jobs])
    made = Prediction(
        wall=plan + drawing + join,
        busy=plan + _by_end([sum(ends) for ends in jobs]) + join,
        longest=_largest((longest, plan, join)),
        jobs=len(jobs[0]) + 2,
    )
    return made.widened(model.doubt)


def _slower(model: CostModel, fleet: Fleet) -> Interval:
    """What times of *model* are multiplied by on a machine of *fleet*."""
    return model.slowdown(max(1.0, model.cores / fleet.cores)).times(fleet.factor)


def _jobs(profile: Profile, runs: Sequence[Chunk], fleet: Fleet) -> list[list[float]]:
    """Seconds of each chunk's job, once for each end of the intervals."""
    model = profile.model
    once = model.launch + model.page + model.finish + model.join
    work = profile.work
    passed = [work.passed(run.first * work.segment_frames) for run in runs]
    fixed = map(attrs.astuple, (fleet.start, once, _slower(model, fleet), model.replay))
    return [
        [
            begun + (ready + seek * before + sums[run.stop] - sums[run.first]) * slow
            for run, before in zip(runs, passed, strict=True)
        ]
        for begun, ready, slow, seek, sums in zip(*fixed, profile.sums, strict=True)
    ]


def _by_end(ends: Sequence[float]) -> Interval:
    # Sums of floats may differ in their last digit where the ends are equal.
    return Interval(*sorted(ends))


def _largest(costs: Sequence[Interval]) -> Interval:
    rows = [attrs.astuple(cost) for cost in costs]
    return Interval(*map(max, zip(*rows, strict=True)))


def _last_end(seconds: Sequence[float], at_once: int) -> float:
    """When the last job ends, each begun as soon as a machine is free."""
    free = list(seconds[:at_once])
    heapq.heapify(free)
    for job in seconds[at_once:]:
        heapq.heapreplace(free, free[0] + job)
    return max(free)
