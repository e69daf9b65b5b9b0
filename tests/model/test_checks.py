"""Numbers: what one is, and whether it is within its bounds."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction

import pytest

from hyperframes_dist import RenderConfig, from_json
from hyperframes_dist._model.checks import (
    check_number,
    check_seconds,
    is_number,
    is_whole,
    read_seconds,
)
from hyperframes_dist.errors import InputError

NO_NUMBERS = (True, False, None, "1", [1], float("nan"), float("inf"), 1j)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number(value):
    """Truth values count as numbers in Python, and in nothing a caller writes."""
    assert (False, False) == (is_whole(value), is_number(value))
    for whole in (True, False):
        with pytest.raises(InputError, match=r"size .* is not a"):
            check_number("size", value, 0, 9, whole=whole)
    with pytest.raises(
        InputError, match=r"wait .* is not a number of seconds from 0 up"
    ):
        check_seconds("wait", value)


def test_bounds_are_within():
    """Both ends may be asked for, and what is beyond them is told."""
    for value in (1, 9):
        check_number("size", value, 1, 9)
    for value in (0, 10, 1.5):
        with pytest.raises(InputError, match="is not a whole number from 1 to 9"):
            check_number("size", value, 1, 9)
    with pytest.raises(InputError, match="is not a number from 1 up"):
        check_number("size", 0.5, 1, float("inf"), whole=False)


@pytest.mark.parametrize(("above", "least"), [(False, "from 0 up"), (True, "above 0")])
def test_seconds_begin_at_nothing(above, least):
    """Or above it, where no time would be no wish."""
    check_seconds("wait", 0.001, above=above)
    for value in (-1, 0) if above else (-1,):
        with pytest.raises(InputError, match=f"is not a number of seconds {least}"):
            check_seconds("wait", value, above=above)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0.1, Fraction(1, 10)),
        ("0.1", Fraction(1, 10)),
        (Decimal("0.1"), Fraction(1, 10)),
        ("1/3", Fraction(1, 3)),
        (2, Fraction(2)),
    ],
)
def test_a_time_is_what_is_written(value, seconds):
    """Not the binary number next to it."""
    assert seconds == read_seconds("at", value)


@pytest.mark.parametrize(
    "value", [*NO_NUMBERS[:3], "x", "1/0", "1e999999999", "2E-4000000"]
)
def test_a_time_that_is_none_is_refused_at_once(value):
    """Also one whose digits would take hours to write down."""
    began = time.process_time()

    with pytest.raises(InputError, match="is not a number of seconds"):
        read_seconds("at", value)
    with pytest.raises(InputError, match=r"segment_seconds .* nor 'auto'"):
        RenderConfig(segment_seconds=value)
    with pytest.raises(InputError):
        from_json(f'{{"segment_seconds": "{value}"}}', RenderConfig)

    assert time.process_time() - began < 5
