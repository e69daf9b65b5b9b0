"""
Cost models from what is known: nothing but the size of a frame, or measured spans.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import attrs

from .._model.machine import Machine
from ..errors import InputError
from .interval import Interval, about, spread
from .model import CostModel, Region, Work
from .record import PerfRecord, SegmentSpans

# Measured times of one machine and composition scatter by this factor on a busy day.
AGAIN = 1.25
# A mean over other compositions, scaled by the number of pixels, says less.
_OTHER = 2.0
_DOUBT = 3.0
_WARM = 0.01
# Draw, paint, transport and encoder of one frame: a part that every frame has, and a part
# per million pixels.
_FRAME_SECONDS = 0.012
_MEGAPIXEL_SECONDS = 0.035
_MEGA = 1e6
# Workers on processors they share win something and rarely all; nobody measured it here.
_CONTENTION = Interval(0.1, 0.5, 1.0)


def frame_prior(pixels: int) -> float:
    """Seconds a frame of *pixels* takes on a processor of today, roughly."""
    return _FRAME_SECONDS + _MEGAPIXEL_SECONDS * pixels / _MEGA


def prior(work: Work, *, cores: int = 2) -> CostModel:
    """What *work* costs as far as can be said without measuring anything."""
    return CostModel(
        source="prior",
        launch=about(0.4, _DOUBT),
        page=about(0.3, _DOUBT),
        plan=about(1.0, _DOUBT),
        turn=about(0.03, _DOUBT),
        replay=about(0.0005, _DOUBT),
        regions=(Region(0.0, about(frame_prior(work.pixels), _DOUBT)),),
        finish=about(0.2, _DOUBT),
        join=about(0.12 + 0.0007 * work.frame_count, _DOUBT),
        contention=_CONTENTION,
        cores=cores,
        notes=("nothing was measured: calibrate, or give records of earlier renders",),
    )


def fit_records(
    records: Sequence[PerfRecord], work: Work, content_hash: str | None = None
) -> CostModel:
    """
    A model of *work* from *records* of earlier renders.

    Records of the same plan, by *content_hash*, say what each part of the timeline costs;
    else the mean over all is scaled by the number of pixels, which is a guess.

    Args:
        records: At least one; those of the machine that had most are taken.

    Raises:
        InputError: No record is of a render that drew a frame.
    """
    drawn = [record for record in records if record.segments]
    if not drawn:
        raise InputError("no perf record has a segment that was drawn")
    same = [record for record in drawn if record.content_hash == content_hash]
    used = _of_one_kind(same or drawn)
    factor = 1.0 if same else _OTHER
    model = _fit(used, work, factor)
    if same:
        return attrs.evolve(
            model,
            regions=_regions_of(used, work),
            contention=contention_of([(r.workers, _mean_frame(r)) for r in same]),
        )
    note = "the records are of other compositions: frames were scaled by their pixels"
    return attrs.evolve(model, notes=(*model.notes, note))


def _of_one_kind(records: Sequence[PerfRecord]) -> list[PerfRecord]:
    """The records with the commonest number of workers and processors."""
    kinds = [(record.workers, record.machine.cores) for record in records]
    most = max(kinds, key=lambda kind: (kinds.count(kind), kind))
    return [r for r in records if (r.workers, r.machine.cores) == most]


def _fit(records: Sequence[PerfRecord], work: Work, factor: float) -> CostModel:
    guess, first = prior(work), records[0]
    segments = [spans for record in records for spans in record.segments]
    boots = [boot for record in records for boot in record.boots]
    pages = [boot.page / boot.pages for boot in boots if boot.pages]
    launches = [record.launch for record in records]
    launches += [boot.launch for boot in boots]
    # A browser that ran already takes no time, and a chunk has been planned before.
    launches = [seconds for seconds in launches if seconds > _WARM]
    plans = [record.plan for record in records if record.plan]
    return attrs.evolve(
        guess,
        source="records",
        launch=measured(launches, 1.0) if launches else guess.launch,
        page=measured(pages, factor) if pages else guess.page,
        plan=measured(plans, factor) if plans else guess.plan,
        turn=turn_of(segments, guess),
        replay=replay_of(segments, guess),
        regions=(Region(0.0, _scaled_frame(records, work, factor)),),
        finish=measured([spans.finish for spans in _last(records)], factor),
        join=measured([record.join for record in records], factor),
        contention=_CONTENTION,
        workers=first.workers,
        cores=first.machine.cores,
        doubt=doubt_of([record.machine for record in records]),
        notes=_notes(records),
    )


def doubt_of(machines: Sequence[Machine]) -> float:
    """
    Factor a prediction may be wrong by, more than otherwise, since others were at work.

    Between a machine that is as busy and one that is idle lies the whole load; its root
    stands for both being unlikely.
    """
    loads = [max(1.0, machine.load / machine.cores) for machine in machines]
    return math.sqrt(max(loads))


def measured(values: Sequence[float], factor: float = 1.0) -> Interval:
    """What was measured as *values*, *factor* less certain than that it happens again."""
    return spread(values, least=AGAIN).widened(factor)


def _last(records: Iterable[PerfRecord]) -> Iterable[SegmentSpans]:
    return (record.segments[-1] for record in records)


def _notes(records: Sequence[PerfRecord]) -> tuple[str, ...]:
    return (f"records used: {len(records)}, workers: {records[0].workers}",)


def contention_of(measured: Iterable[tuple[int, float]]) -> Interval:
    """
    How much workers disturb each other, from what a frame took with how many.

    Args:
        measured: Workers at once and seconds per frame of the same frames.
    """
    rows = sorted(measured)
    (few, first), (many, last) = rows[0], rows[-1]
    if few == many or first <= 0:
        return _CONTENTION
    ratio = last / first
    # Of ratio = (1 + c (many - 1)) / (1 + c (few - 1)).
    part = (ratio - 1) / max(many - 1 - ratio * (few - 1), 1e-9)
    part = min(1.0, max(0.0, part))
    return Interval(max(0.0, part - 0.2), part, min(1.0, part + 0.2))


def _mean_frame(record: PerfRecord) -> float:
    seconds = sum(max(0.0, spans.wall - spans.seek) for spans in record.segments)
    return seconds / sum(spans.stop - spans.start for spans in record.segments)


def _scaled_frame(records: Sequence[PerfRecord], work: Work, factor: float) -> Interval:
    size = frame_prior(work.pixels)
    seconds = [_mean_frame(r) * size / frame_prior(r.pixels) for r in records]
    return spread(seconds, least=AGAIN).widened(factor)


def _regions_of(records: Sequence[PerfRecord], work: Work) -> tuple[Region, ...]:
    """One region per segment that any record has; it reaches to the next one."""
    found: dict[int, list[float]] = {}
    for record in records:
        for spans in record.segments:
            found.setdefault(spans.start, []).append(spans.frame_seconds)
    return regions_at(
        {start / work.frame_count: values for start, values in found.items()}
    )


def regions_at(seconds: dict[float, list[float]]) -> tuple[Region, ...]:
    """
    Regions around the places of the timeline where frames took *seconds*.

    What lies before the first belongs to it.
    """
    places = sorted(seconds)
    return tuple(
        Region(place if number else 0.0, spread(seconds[place], least=AGAIN))
        for number, place in enumerate(places)
    )


def turn_of(segments: Iterable[SegmentSpans], guess: CostModel) -> Interval:
    """Seconds between two segments that follow each other."""
    seeks = [s.seek for s in segments if s.start and not s.skipped]
    return measured(seeks, 1.0) if seeks else guess.turn


def replay_of(segments: Iterable[SegmentSpans], guess: CostModel) -> Interval:
    """Seconds per frame the page was taken through undrawn."""
    turn = turn_of(segments := list(segments), guess).likely
    far = [s for s in segments if s.skipped]
    if not far:
        return guess.replay
    seconds = sum(max(0.0, s.seek - turn) for s in far)
    return about(seconds / sum(s.skipped for s in far), AGAIN * 1.6)


__all__ = [
    "AGAIN",
    "contention_of",
    "doubt_of",
    "fit_records",
    "frame_prior",
    "measured",
    "prior",
    "regions_at",
    "replay_of",
    "turn_of",
]
