"""
A quantity nobody knows exactly: what is likely, and what it lies between.

Ends are added to ends: errors are taken to have one cause, such as a slower machine, so
a sum is as uncertain as its parts and never less.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import attrs

from .._model.checks import is_number
from ..errors import InputError


@attrs.frozen
class Interval:
    """
    A quantity that is probably *likely* and seldom outside ``[low, high]``.

    Raises:
        InputError: The three are not finite, ordered and at least 0.
    """

    low: float
    likely: float
    high: float

    def __attrs_post_init__(self) -> None:
        ends = (self.low, self.likely, self.high)
        if not (
            all(map(is_number, ends)) and 0 <= self.low <= self.likely <= self.high
        ):
            raise InputError(f"interval {ends!r} is not 0 <= low <= likely <= high")

    def __add__(self, other: Interval) -> Interval:
        return self.combine(other, lambda mine, theirs: mine + theirs)

    def __mul__(self, factor: float) -> Interval:
        return Interval(self.low * factor, self.likely * factor, self.high * factor)

    def times(self, other: Interval) -> Interval:
        """The product, end by end."""
        return self.combine(other, lambda mine, theirs: mine * theirs)

    def combine(
        self, other: Interval, make: Callable[[float, float], float]
    ) -> Interval:
        """What *make*, which must not fall in either argument, gives for each end."""
        pairs = zip(attrs.astuple(self), attrs.astuple(other), strict=True)
        return Interval(*(make(mine, theirs) for mine, theirs in pairs))

    def widened(self, factor: float) -> Interval:
        """The same likely value, each end further out by *factor*, which is at least 1."""
        return Interval(self.low / factor, self.likely, self.high * factor)

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


NOTHING = Interval(0.0, 0.0, 0.0)


def about(value: float, factor: float) -> Interval:
    """*value*, wrong by at most *factor* either way."""
    return Interval(value, value, value).widened(factor)


def total(parts: Iterable[Interval]) -> Interval:
    """The sum of *parts*."""
    rows = [attrs.astuple(part) for part in parts]
    return Interval(*map(sum, zip(*rows, strict=True))) if rows else NOTHING


def spread(values: Sequence[float], *, least: float) -> Interval:
    """
    The mean of measured *values*, wrong by what their scatter says.

    Args:
        values: At least one; none below 0.
        least: Factor the mean may be wrong by however well the values agree.
    """
    mean = sum(values) / len(values)
    if mean == 0:
        return NOTHING
    scatter = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return about(mean, least + scatter / mean / math.sqrt(len(values)))
