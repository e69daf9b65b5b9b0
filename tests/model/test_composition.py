"""A composition nobody can mean is refused before anything is drawn."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest

from hyperframes_dist import Limits
from hyperframes_dist._model.composition import Composition
from hyperframes_dist.errors import InputError

FULL_HD = Composition(id="main", width=1920, height=1080, duration=Fraction(10))


@pytest.mark.parametrize(
    "edit",
    [
        {},
        {"width": 2, "height": 2},
        {"width": 7680, "height": 4320},
        {"duration": Fraction(86_400)},
        {"duration": Fraction(1, 1000)},
        {"id": ""},
    ],
    ids=str,
)
def test_what_is_within_the_limits_passes(edit):
    """A limit is the last value that is allowed."""
    attrs.evolve(FULL_HD, **edit).check(Limits())


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        ({"width": 0}, "0x1080"),
        ({"height": 1}, "1920x1"),
        ({"width": -5}, "-5x1080"),
        ({"width": 7680, "height": 4321}, "7680x4321"),
        ({"width": 10**9}, "1000000000x1080"),
        ({"duration": Fraction(0)}, "no duration"),
        ({"duration": Fraction(-1)}, "no duration"),
        ({"duration": Fraction(86_401)}, "86401 s"),
        ({"duration": Fraction(10**30)}, "unbounded"),
    ],
    ids=str,
)
def test_what_is_beyond_is_refused_by_number(edit, found):
    """The error says what was found, and what to set."""
    with pytest.raises(InputError, match=found):
        attrs.evolve(FULL_HD, **edit).check(Limits())


def test_limits_are_the_callers():
    """A caller who allows less or more is asked, not a constant."""
    with pytest.raises(InputError, match="100 pixels"):
        FULL_HD.check(Limits(pixels=100))
    with pytest.raises(InputError, match=r"0\.5 s"):
        FULL_HD.check(Limits(seconds=0.5))
    attrs.evolve(FULL_HD, duration=Fraction(10**6)).check(Limits(seconds=1e6))
