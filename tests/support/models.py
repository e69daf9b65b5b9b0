"""Cost models and works for tests: legal ones, drawn by hypothesis or made by hand."""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import strategies as st

from hyperframes_dist._estimate.interval import Interval
from hyperframes_dist._estimate.model import CostModel, Region, Work

_SECONDS = st.floats(0, 10)


def exactly(value: float) -> Interval:
    """A quantity that is known."""
    return Interval(value, value, value)


def intervals(numbers: st.SearchStrategy[float] = _SECONDS) -> Any:
    """Any interval with ends among *numbers*."""
    ends = st.lists(numbers, min_size=3, max_size=3).map(sorted)
    return ends.map(lambda three: Interval(*three))


def _regions(starts: set[float]) -> Any:
    places = sorted({0.0, *starts})
    return st.tuples(
        *(st.builds(Region, st.just(place), intervals()) for place in places)
    )


REGIONS = st.sets(st.floats(0, 0.99), max_size=4).flatmap(_regions)
MODELS = st.builds(
    CostModel,
    source=st.just("records"),
    launch=intervals(),
    page=intervals(),
    plan=intervals(),
    turn=intervals(),
    replay=intervals(st.floats(0, 0.1)),
    regions=REGIONS,
    finish=intervals(),
    join=intervals(),
    contention=intervals(st.floats(0, 1)),
    workers=st.integers(1, 8),
    cores=st.integers(1, 8),
    doubt=st.floats(1, 4),
)
WORKS = st.builds(
    Work,
    frame_count=st.integers(1, 300),
    segment_frames=st.integers(1, 60),
    pixels=st.just(64 * 36),
)


def model(*frame_seconds: float, **fields: Any) -> CostModel:
    """A model that is certain; regions of equal length take *frame_seconds*."""
    nothing = exactly(0.0)
    made = CostModel(
        source="records",
        launch=nothing,
        page=nothing,
        plan=nothing,
        turn=nothing,
        replay=nothing,
        regions=tuple(
            Region(number / len(frame_seconds), exactly(seconds))
            for number, seconds in enumerate(frame_seconds)
        ),
        finish=nothing,
        join=nothing,
        contention=nothing,
    )
    return attrs.evolve(made, **fields)
