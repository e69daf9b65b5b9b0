"""
The planner: how many workers, or chunks on which machines, for the fastest render, or
for the cheapest one under a deadline.

Every candidate is predicted and the best is taken; functions of their arguments alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import attrs

from .._model.checks import check_number, check_seconds
from .._model.config import MOST_CHUNKS
from ..errors import InputError
from .interval import Interval
from .model import (
    CostModel,
    Fleet,
    Prediction,
    Profile,
    Work,
    predict_chunks,
    predict_local,
)

_EVERY = 64
# What is sooner by less than this is not worth another machine.
_CLOSE = 1.02


@attrs.frozen(kw_only=True)
class Choice:
    """
    One way to render.

    Attributes:
        chunks: Chunks of the plan.
        workers: Browsers, or machines, at work at once.
        memory_mb: Memory of each machine; None on this machine.
        prediction: What it will take.
        cost: What it will cost: US dollars in the cloud, workers here.
        in_time: Whether its upper bound is within the deadline, if there was one.
    """

    chunks: int
    workers: int
    memory_mb: int | None = None
    prediction: Prediction
    cost: Interval
    in_time: bool = True


@attrs.frozen(kw_only=True)
class Machines:
    """
    Machines that can be had for money.

    Attributes:
        fleet: Those of one memory size.
        memory_mb: That size.
        longest: Seconds after which a job is ended, done or not.
        price: What a prediction costs there, in US dollars.
    """

    fleet: Fleet
    memory_mb: int
    longest: float
    price: Callable[[Prediction], Interval]


def choose_workers(
    model: CostModel, work: Work, *, most: int, deadline: float | None = None
) -> Choice:
    """
    How many workers `render` should have on this machine.

    Args:
        most: Most there may be; at least 1.
        deadline: Seconds within which the upper bound must be, for the fewest workers;
            None for the fastest.

    Raises:
        InputError: A bound is out of its own.
    """
    _check(most, deadline)
    profile = model.profile(work)
    limit = min(most, len(profile.costs))
    return _best(
        (_on_this_machine(profile, workers) for workers in range(1, limit + 1)),
        deadline,
    )


def _on_this_machine(profile: Profile, workers: int) -> Choice:
    prediction = predict_local(profile, workers)
    return Choice(
        chunks=workers,
        workers=workers,
        prediction=prediction,
        cost=Interval(workers, workers, workers),
    )


def choose_chunks(
    model: CostModel,
    work: Work,
    machines: Iterable[Machines],
    *,
    most: int = MOST_CHUNKS,
    deadline: float | None = None,
) -> Choice:
    """
    How many chunks to cut into, and on which of *machines* to render them.

    Args:
        machines: At least one.
        most: Most chunks there may be, 1 to 1000.
        deadline: Seconds within which the upper bound must be, for the cheapest; None
            for the fastest.

    Raises:
        InputError: A bound is out of its own, or nothing fits: even the smallest chunk
            takes longer than a job may.
    """
    _check(most, deadline)
    profile, limit = model.profile(work), min(most, MOST_CHUNKS)
    counts = tuple(chunk_counts(len(profile.costs), limit))
    choices = [
        _on_machines(profile, kind, count) for kind in machines for count in counts
    ]
    fitting = [choice for choice, longest in choices if _fits(choice, longest)]
    if not fitting:
        shortest = min(choice.prediction.longest.high for choice, _ in choices)
        raise InputError(
            f"a job may take {shortest:.0f} s and is ended before; take shorter "
            "segments, more memory or a longer timeout"
        )
    return _best(fitting, deadline)


def chunk_counts(segments: int, most: int) -> Iterator[int]:
    """
    Counts of chunks worth a look: all that are small, then the fewest of each length.

    More chunks whose longest is no shorter would end no sooner, or hardly, and each
    begins with a start of its own.
    """
    yield from range(1, min(segments, most, _EVERY) + 1)
    last = _EVERY
    for length in range(-(-segments // _EVERY), 0, -1):
        count = -(-segments // length)
        if last < count <= most:
            last = count
            yield count


def _on_machines(profile: Profile, kind: Machines, count: int) -> tuple[Choice, float]:
    prediction = predict_chunks(profile, count, kind.fleet)
    choice = Choice(
        chunks=count,
        workers=min(count, kind.fleet.at_once),
        memory_mb=kind.memory_mb,
        prediction=prediction,
        cost=kind.price(prediction),
    )
    return choice, kind.longest


def _fits(choice: Choice, longest: float) -> bool:
    return choice.prediction.longest.high <= longest


def _best(choices: Iterable[Choice], deadline: float | None) -> Choice:
    made = tuple(choices)
    if deadline is not None:
        in_time = [c for c in made if c.prediction.wall.high <= deadline]
        if in_time:
            return min(in_time, key=lambda c: (c.cost.likely, c.prediction.wall.likely))
    soonest = min(c.prediction.wall.likely for c in made)
    close = [c for c in made if c.prediction.wall.likely <= soonest * _CLOSE]
    best = min(close, key=lambda c: (c.cost.likely, c.prediction.wall.likely))
    return attrs.evolve(best, in_time=deadline is None)


def _check(most: int, deadline: float | None) -> None:
    check_number("most", most, 1, math.inf)
    if deadline is not None:
        check_seconds("deadline", deadline, above=True)
