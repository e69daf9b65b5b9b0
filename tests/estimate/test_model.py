"""What a render takes is arithmetic, and more workers never make it slower by themselves."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hyperframes_dist as hf
from hyperframes_dist._estimate.interval import Interval
from hyperframes_dist._estimate.model import (
    CostModel,
    Fleet,
    Region,
    Work,
    predict_chunks,
    predict_local,
)
from hyperframes_dist.errors import InputError
from models import MODELS, WORKS, exactly, intervals, model

_HUNDRED = Work(frame_count=100, segment_frames=10, pixels=1)
_NO_START = Fleet(at_once=100, cores=1.0, start=exactly(0), factor=exactly(1))
FLEETS = st.builds(
    Fleet,
    at_once=st.integers(1, 40),
    cores=st.floats(0.5, 8),
    start=intervals(),
    factor=intervals(),
)


def no_more(one: Interval, other: Interval) -> bool:
    """Whether each end of *one* is at most that of *other*, but for rounding."""
    pairs = zip(attrs.astuple(one), attrs.astuple(other), strict=True)
    return all(mine <= theirs * (1 + 1e-9) + 1e-9 for mine, theirs in pairs)


def test_parts_add_up():
    """One worker takes each part once, every frame once, and every segment's turn."""
    parts = {"launch": 1, "plan": 2, "page": 3, "finish": 4, "join": 5, "turn": 0.1}
    made = model(0.5, **{name: exactly(value) for name, value in parts.items()})

    wall = predict_local(made.profile(_HUNDRED), 1).wall

    assert pytest.approx((1 + 2 + 3 + 4 + 5) + 10 * 0.1 + 100 * 0.5) == wall.likely
    assert wall.low == wall.likely == wall.high


def test_workers_without_contention_share_evenly():
    """Four of them take a quarter of the time, whatever part of it is slow."""
    made = model(0.1, 0.9)

    assert pytest.approx(50) == predict_local(made.profile(_HUNDRED), 1).wall.likely
    assert pytest.approx(12.5) == predict_local(made.profile(_HUNDRED), 4).wall.likely


def test_frames_cost_what_their_region_does():
    """A segment is in the region its middle lies in."""
    made = model(0.1, 0.5, 0.2, turn=exactly(1.0))

    costs = made.profile(Work(frame_count=100, segment_frames=20, pixels=1)).costs

    assert pytest.approx([3, 3, 11, 5, 5]) == [cost.likely for cost in costs]


def test_the_costliest_segment_is_a_bound():
    """However many workers there are, one of them makes it, undisturbed at its end."""
    made = model(0.0, 0.9, 0.0, contention=exactly(0.5))
    costly = Work(frame_count=30, segment_frames=10, pixels=1)

    assert pytest.approx(9) == predict_local(made.profile(costly), 3).wall.likely


def test_more_processors_than_measured_are_no_faster():
    """A worker alone was not disturbed, so nothing is won by leaving it more alone."""
    made = model(0.5, contention=exactly(0.5), cores=2)

    walls = {
        predict_chunks(
            made.profile(_HUNDRED), 1, attrs.evolve(_NO_START, cores=cores)
        ).wall.likely
        for cores in (2.0, 6.0)
    }

    assert {50.0} == {round(wall, 6) for wall in walls}


def test_workers_in_full_contention_win_nothing():
    """One processor is one processor."""
    made = model(0.5, contention=exactly(1.0))

    walls = {predict_local(made.profile(_HUNDRED), n).wall.likely for n in (1, 2, 5)}

    assert pytest.approx([50] * len(walls)) == sorted(walls)


def test_times_hold_where_they_were_measured():
    """What two workers took is what two workers take, however unsure their contention."""
    made = model(0.5, contention=Interval(0.1, 0.5, 1.0), workers=2)

    wall = predict_local(made.profile(_HUNDRED), 2).wall

    assert pytest.approx((25, 25, 25)) == attrs.astuple(wall)


def test_a_late_worker_goes_through_what_came_before():
    """The second of two begins in the middle."""
    made = model(0.0, replay=exactly(0.2))

    assert pytest.approx(0) == predict_local(made.profile(_HUNDRED), 1).wall.likely
    assert (
        pytest.approx(0.2 * 50 / 2)
        == predict_local(made.profile(_HUNDRED), 2).wall.likely
    )


@given(MODELS, WORKS, st.integers(1, 40), st.integers(1, 40))
def test_more_workers_are_slower_by_fixed_costs_at_most(made, work, one, other):
    """Each launch, and the way to where each begins, is all that more workers cost."""
    few, many = sorted((one, other))

    start = (made.launch + made.replay * (work.frame_count / 2)) * made.doubt
    extra = start.times(made.slowdown(min(many, len(work.segments)))).widened(
        made.doubt
    )
    fewer, more = (predict_local(made.profile(work), n).wall for n in (few, many))

    assert no_more(more, fewer + extra)


@given(MODELS, WORKS, st.integers(1, 40), st.integers(1, 40))
def test_without_fixed_costs_more_workers_are_never_slower(made, work, one, other):
    """At any contention up to the full one."""
    nothing = exactly(0.0)
    made = attrs.evolve(made, launch=nothing, replay=nothing)
    few, many = sorted((one, other))

    fewer, more = (predict_local(made.profile(work), n).wall for n in (few, many))

    assert no_more(more, fewer)


@given(MODELS, WORKS, st.integers(1, 60), FLEETS, st.integers(0, 40))
def test_more_machines_are_never_slower(made, work, chunks, fleet, more):
    """Chunks begin in order, so one more machine only lets them begin sooner."""
    larger = attrs.evolve(fleet, at_once=fleet.at_once + more)

    assert no_more(
        predict_chunks(made.profile(work), chunks, larger).wall,
        predict_chunks(made.profile(work), chunks, fleet).wall,
    )


@given(MODELS, WORKS, st.integers(1, 60), st.integers(1, 60))
def test_more_even_chunks_are_slower_by_the_way_there_at_most(made, work, one, other):
    """Where all frames cost the same and there is a machine for each chunk."""
    made = attrs.evolve(made, regions=made.regions[:1], doubt=1.0)
    few, many = sorted((one, other))
    fleet = attrs.evolve(_NO_START, at_once=60)

    slower = made.slowdown(max(1.0, made.cores / fleet.cores))
    way = (made.replay * work.frame_count).times(slower)
    fewer, more = (
        predict_chunks(made.profile(work), n, fleet).wall for n in (few, many)
    )

    assert no_more(more, fewer + way)


@given(MODELS, WORKS, st.integers(1, 60), FLEETS)
def test_a_prediction_is_in_order(made, work, chunks, fleet):
    """No chunk outlasts the render, and the render not the work of all machines."""
    made = attrs.evolve(made, doubt=1.0)

    found = predict_chunks(made.profile(work), chunks, fleet)

    assert found.jobs == min(chunks, len(work.segments)) + 2
    assert no_more(found.longest, found.wall)
    assert no_more(found.wall, found.busy)


@given(MODELS, WORKS, st.integers(1, 40))
def test_doubt_widens_and_moves_nothing(made, work, workers):
    """A busy machine makes a prediction less certain, not another one."""
    calm = predict_local(attrs.evolve(made, doubt=1.0).profile(work), workers).wall
    busy = predict_local(attrs.evolve(made, doubt=3.0).profile(work), workers).wall

    assert busy == calm.widened(3.0)


@pytest.mark.parametrize("ends", [(2, 1, 3), (-1, 0, 1), (0, 1, float("inf"))])
def test_an_interval_is_in_order(ends):
    """Ends that make no sense are refused."""
    with pytest.raises(InputError, match="low <= likely <= high"):
        Interval(*ends)


def test_regions_begin_at_the_beginning():
    """Every frame is in one."""
    with pytest.raises(InputError, match="regions"):
        attrs.evolve(model(1.0), regions=(Region(0.5, exactly(1.0)),))


def test_a_model_is_one_of_the_librarys_values():
    """It can be kept beside the quote it made."""
    made = model(0.1, 0.2, notes=("from a test",))

    assert made == hf.from_json(hf.to_json(made), CostModel)
