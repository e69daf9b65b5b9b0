"""The planner takes the best of all ways to render, and stays within its bounds."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperframes_dist._estimate.choose import (
    MOST_CHUNKS,
    Machines,
    choose_chunks,
    choose_workers,
    chunk_counts,
)
from hyperframes_dist._estimate.interval import Interval
from hyperframes_dist._estimate.model import (
    CostModel,
    Fleet,
    Prediction,
    Work,
    predict_local,
)
from hyperframes_dist.errors import InputError
from models import MODELS, WORKS, exactly, model

_HUNDRED = Work(frame_count=100, segment_frames=10, pixels=1)


def machines(
    memory: int = 1024, at_once: int = 100, longest: float = 1e9, start: float = 0.0
) -> Machines:
    """Machines with a processor per GB, paid by GB and second."""

    def price(prediction: Prediction) -> Interval:
        return prediction.busy * (memory / 1024)

    fleet = Fleet(
        at_once=at_once, cores=memory / 1024, start=exactly(start), factor=exactly(1)
    )
    return Machines(fleet=fleet, memory_mb=memory, longest=longest, price=price)


KINDS = st.lists(
    st.builds(
        machines,
        memory=st.sampled_from([512, 1024, 4096]),
        at_once=st.integers(1, 8),
        start=st.floats(0, 3),
    ),
    min_size=1,
    max_size=2,
)


def by_hand(made: CostModel, work: Work, chunks: int, kind: Machines) -> list[float]:
    """Likely wall time and cost, by playing the render through second by second."""
    share = max(1.0, made.cores / kind.fleet.cores) - 1
    c = made.contention.likely
    slower = (1 + c * share) / (1 + c * (made.workers - 1))
    start = kind.fleet.start.likely
    costs = [cost.likely for cost in made.profile(work).costs]
    count = min(chunks, len(costs))
    lengths = [len(costs) // count + (n < len(costs) % count) for n in range(count)]
    fixed = sum(p.likely for p in (made.launch, made.page, made.finish, made.join))
    free, busy, first = [0.0] * kind.fleet.at_once, 0.0, 0
    for length in lengths:
        seek = made.replay.likely * first * work.segment_frames
        drawing = sum(costs[first : first + length])
        seconds = start + (fixed + seek + drawing) * slower
        soonest = free.index(min(free))
        free[soonest] += seconds
        busy, first = busy + seconds, first + length
    ends = 2 * start
    ends += (made.launch.likely + made.plan.likely + made.join.likely) * slower
    return [max(free) + ends, (busy + ends) * kind.memory_mb / 1024]


@given(MODELS, WORKS, KINDS, st.integers(1, 12))
def test_the_fastest_is_the_fastest_of_all(made, work, kinds, most):
    """Nothing is sooner by more than a fiftieth, and nothing as soon is cheaper."""
    made = attrs.evolve(made, doubt=1.0)
    limit = min(most, len(work.segments))
    ways = [by_hand(made, work, n + 1, kind) for kind in kinds for n in range(limit)]

    found = choose_chunks(made, work, kinds, most=most)

    soonest = min(wall for wall, _ in ways)
    close = [cost for wall, cost in ways if wall <= soonest * 1.02 * (1 - 1e-9)]
    assert 1 <= found.chunks <= limit
    assert [found.prediction.wall.likely, found.cost.likely] in [
        pytest.approx(way) for way in ways
    ]
    assert found.prediction.wall.likely <= soonest * 1.02 * (1 + 1e-9)
    assert all(found.cost.likely <= cost * (1 + 1e-9) for cost in close)


@given(MODELS, WORKS, KINDS, st.integers(1, 12), st.floats(0.1, 3000))
def test_under_a_deadline_the_cheapest_is_the_cheapest(
    made, work, kinds, most, deadline
):
    """If it can be met at all; else the fastest is taken, and said to be late."""
    each = [choose_chunks(made, work, [kind], most=most) for kind in kinds]
    counts = range(1, min(most, len(work.segments)) + 1)
    certain = attrs.evolve(made, doubt=1.0)
    ways = [by_hand(certain, work, n, kind) for kind in kinds for n in counts]

    found = choose_chunks(made, work, kinds, most=most, deadline=deadline)

    if found.in_time:
        assert found.prediction.wall.high <= deadline
    else:
        assert all(choice.prediction.wall.high > deadline for choice in each)
        soonest = min(wall for wall, _ in ways)
        assert found.prediction.wall.likely <= soonest * 1.02 * (1 + 1e-9)


@given(WORKS, KINDS, st.integers(1, 12), st.floats(0.1, 300), st.floats(0.01, 1))
def test_a_certain_model_knows_the_cheapest(work, kinds, most, deadline, seconds):
    """No way that would be in time costs less."""
    made = model(seconds, launch=exactly(1.0), join=exactly(0.5))
    counts = range(1, min(most, len(work.segments)) + 1)
    ways = [by_hand(made, work, n, kind) for kind in kinds for n in counts]

    found = choose_chunks(made, work, kinds, most=most, deadline=deadline)

    costs = [cost for wall, cost in ways if wall <= deadline * (1 - 1e-9)]
    assert found.in_time or not costs
    assert all(found.cost.likely <= cost * (1 + 1e-9) for cost in costs)


@given(MODELS, WORKS, st.integers(1, 64))
def test_workers_are_the_best_there_can_be(made, work, most):
    """Never more than allowed, nor than there are segments; none is clearly sooner."""
    limit = min(most, len(work.segments))
    walls = [predict_local(made.profile(work), n + 1).wall.likely for n in range(limit)]

    found = choose_workers(made, work, most=most)

    assert 1 <= found.workers <= limit
    assert found.prediction.wall.likely <= min(walls) * 1.02


@given(MODELS, WORKS, st.integers(1, 63))
def test_leave_to_use_more_workers_never_hurts(made, work, most):
    """One more may be left unused."""
    few = choose_workers(made, work, most=most)
    many = choose_workers(made, work, most=most + 1)

    assert many.prediction.wall.likely <= few.prediction.wall.likely * 1.02


def test_a_deadline_takes_the_fewest_workers_that_keep_it():
    """Two are enough for half the time; the others are left to somebody else."""
    found = choose_workers(model(0.1), _HUNDRED, most=8, deadline=5.0)

    assert (2, True) == (found.workers, found.in_time)


def test_the_upper_bound_keeps_the_deadline():
    """Being probably in time is not enough."""
    unsure = attrs.evolve(model(0.1), doubt=2.0)

    found = choose_workers(unsure, _HUNDRED, most=8, deadline=5.0)

    assert (4, True) == (found.workers, found.in_time)


def test_what_cannot_be_in_time_is_said():
    """The fastest is chosen then."""
    found = choose_workers(model(0.1), _HUNDRED, most=2, deadline=1.0)

    assert (2, False) == (found.workers, found.in_time)


@given(st.integers(1, 40_000), st.integers(1, MOST_CHUNKS))
def test_counts_worth_a_look(segments, most):
    """Rising, in bounds, few; and every length of a chunk is among them."""
    counts = list(chunk_counts(segments, most))

    assert sorted(set(counts)) == counts
    assert counts[0] == 1
    assert counts[-1] <= min(segments, most)
    assert len(counts) <= 64 + 2 * segments**0.5
    lengths = {-(-segments // count) for count in counts}
    for asked in {1, most // 2 or 1, most}:
        length = -(-segments // min(asked, segments))
        assert -(-segments // -(-segments // length)) > most or length in lengths


def test_a_thousand_chunks_at_most():
    """Whatever is asked for: no map of a state machine takes more."""
    long = Work(frame_count=5000, segment_frames=1, pixels=1)

    found = choose_chunks(model(1.0), long, [machines(at_once=5000)], most=5000)

    assert MOST_CHUNKS == found.chunks


def test_no_job_is_longer_than_a_function_may_run():
    """So there are more chunks than would be cheapest."""
    found = choose_chunks(
        model(1.0), _HUNDRED, [machines(longest=25.0, start=1.0)], deadline=1000.0
    )

    assert 5 == found.chunks


def test_a_job_must_surely_end_in_time():
    """Its upper bound has to fit: one that is ended is paid for and lost."""
    unsure = attrs.evolve(model(1.0), doubt=2.0)

    found = choose_chunks(
        unsure, _HUNDRED, [machines(longest=45.0, start=0.1)], deadline=1e6
    )

    assert 5 == found.chunks


def test_a_segment_that_no_function_can_finish_is_an_error():
    """It says what to change."""
    with pytest.raises(InputError, match="shorter segments"):
        choose_chunks(model(1.0), _HUNDRED, [machines(longest=5.0)])


@pytest.mark.parametrize("bounds", [{"most": 0}, {"most": 1.5}, {"deadline": 0.0}])
def test_bounds_are_checked(bounds):
    """Before anything is predicted."""
    with pytest.raises(InputError, match=next(iter(bounds))):
        choose_chunks(model(1.0), _HUNDRED, [machines()], **bounds)
