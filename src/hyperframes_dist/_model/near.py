"""
Near misses: what somebody meant who wrote something else.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, TypeVar

import attrs

_Class = TypeVar("_Class")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """
    The one of *known* that *word* is a slip of; None where none is near.

    Near is one slip in a short word, two in one of eight letters or more, where a slip is
    a letter too many, one too few, another one, or two that changed places. What differs
    in nothing but capitals, hyphens and underscores is nearer still.
    """
    best, least = None, _allowed(word) + 1
    plain, letters = _plain(word), set(word.lower())
    for other in known:
        if other == word:
            return other
        if _plain(other) == plain:
            steps = 0
        elif abs(len(other) - len(word)) >= least:
            continue
        elif len(letters.symmetric_difference(other.lower())) > 2 * (least - 1):
            # A slip takes one letter's place, and gives it to another at most.
            continue
        else:
            steps = distance(word.lower(), other.lower(), least)
        if steps < least and steps < max(len(word), len(other)) / 2:
            best, least = other, steps
            if steps == 0:
                break
    return best


def advice(word: str, known: Iterable[str]) -> str:
    """What a message says behind a *word* that is none of the *known*; perhaps nothing."""
    meant = nearest(word, known)
    return f"; did you mean {meant!r}?" if meant else ""


def named_fields(cls: type[_Class]) -> type[_Class]:
    """Have the attrs class *cls* name the nearest of its fields where one is none of them."""
    fitted: Any = cls
    make = fitted.__init__

    @functools.wraps(make)
    def make_named(self: _Class, *args: Any, **fields: Any) -> None:
        known = [field.alias or field.name for field in attrs.fields(fitted)]
        for name in fields:
            if name not in known:
                hint = advice(name, known)
                raise TypeError(f"{cls.__name__} has no field {name!r}{hint}")
        make(self, *args, **fields)

    fitted.__init__ = make_named
    return cls


def _allowed(word: str) -> int:
    return 0 if len(word) < 3 else 1 if len(word) < 8 else 2


def _plain(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "")


def distance(one: str, other: str, limit: int) -> int:
    """How many slips lie between *one* and *other*; *limit* stands for that many or more."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            steps = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                steps = min(steps, last[j - 2] + 1)
            row.append(steps)
        if min(row) >= limit:
            return limit
    return min(row[-1], limit)
