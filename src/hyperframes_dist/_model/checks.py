"""
Numbers a caller may ask for, each within its bounds.
"""

from __future__ import annotations

import math
from typing import Any

import attrs

from ..errors import InputError


def check_number(
    name: str, value: Any, least: float, most: float, *, whole: bool = True
) -> None:
    """
    Refuse a *value* of *name* that is no number from *least* to *most*.

    Raises:
        InputError: *value* is no number, or outside its bounds.
    """
    kinds = int if whole else (int, float)
    is_one = isinstance(value, kinds) and not isinstance(value, bool)
    if not (is_one and least <= value <= most):
        kind = "whole number" if whole else "number"
        raise InputError(f"{name} {value!r} is not a {kind} from {least} to {most}")


def number(least: float, most: float, *, whole: bool = True) -> Any:
    """A validator of a field that `check_number` checks."""

    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        check_number(attribute.name, value, least, most, whole=whole)

    return check


def _seconds(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    number = type(value) in {int, float}
    if not (number and math.isfinite(value) and value >= 0):
        raise InputError(f"{attribute.name} {value!r} is not a number from 0 up")


def _whole(lowest: int) -> Any:
    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if type(value) is not int or value < lowest:
            raise InputError(
                f"{attribute.name} {value!r} is not a whole number from {lowest} up"
            )

    return check


def span() -> Any:
    """A field of seconds, or of anything else that is a number from 0 up."""
    return attrs.field(validator=_seconds)


def count(lowest: int = 0) -> Any:
    """A field that is a whole number from *lowest* up."""
    return attrs.field(validator=_whole(lowest))
