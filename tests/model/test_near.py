"""Near misses: what somebody meant who wrote something else."""

from __future__ import annotations

import pytest

from hyperframes_dist._model.near import advice, distance, nearest


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("widht", ["width", "height"], "width"),
        ("durration", ["duration"], "duration"),
        ("data_start", ["data-start"], "data-start"),
        ("end", ["and"], "and"),
        ("top", ["left"], None),
        ("id", ["in"], None),
    ],
)
def test_near_is_a_slip_or_two(word, known, near):
    """Short words allow fewer slips than long ones."""
    assert near == nearest(word, known)


def test_letters_that_change_places_are_one_slip():
    """Which is what fingers do most."""
    assert 1 == distance("abcd", "acbd", 3)


def test_advice_is_given_where_there_is_some():
    """A message ends with it, or as it would without."""
    known = ("draft", "standard", "high")

    assert "; did you mean 'high'?" == advice("hihg", known)
    assert "" == advice("low", known)
