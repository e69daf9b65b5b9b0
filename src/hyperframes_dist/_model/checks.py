"""
What a number is, and whether it is within its bounds: every check of one is here.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any, TypeGuard

import attrs

from ..errors import InputError

# More than any float has; an exact number of a billion digits takes hours to make.
_HUGE = re.compile(r"e[-+]?0*[1-9]\d{3}", re.IGNORECASE)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether *value* is a whole number; Python counts its truth values as such."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Whether *value* is a number, and a finite one."""
    return is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def exact(text: str) -> Fraction:
    """
    The very number *text* is.

    Raises:
        ValueError: *text* is none, or one that nobody needs and everybody waits for.
    """
    if _HUGE.search(text):
        raise ValueError(f"{text[:40]!r} has too large an exponent")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise ValueError(f"{text[:40]!r} divides by zero") from None


def check_number(
    name: str, value: Any, least: float, most: float, *, whole: bool = True
) -> None:
    """
    Refuse a *value* of *name* that is no number from *least* to *most*.

    Raises:
        InputError: *value* is no number, or outside its bounds.
    """
    is_one = is_whole(value) if whole else is_number(value)
    if not (is_one and least <= value <= most):
        kind = "whole number" if whole else "number"
        bounds = f"from {least} up" if most == math.inf else f"from {least} to {most}"
        raise InputError(f"{name} {value!r} is not a {kind} {bounds}")


def check_seconds(name: str, value: Any, *, above: bool = False) -> None:
    """
    Refuse a *value* of *name* that is no number of seconds from 0 up.

    Args:
        above: Refuse 0 as well.

    Raises:
        InputError: *value* is no number, or too small.
    """
    if not (is_number(value) and value >= 0) or (above and value == 0):
        least = "above 0" if above else "from 0 up"
        raise InputError(f"{name} {value!r} is not a number of seconds {least}")


def read_seconds(name: str, value: Any) -> Fraction:
    """
    *value* as an exact number of seconds: a number, or one as text.

    Raises:
        InputError: *value* is neither.
    """
    try:
        # A decimal means what it is written as, not the binary number next to it.
        return exact(str(value))
    except ValueError:
        hint = _seconds_meant(value) if isinstance(value, str) else ""
        raise InputError(f"{name} {value!r} is not a number of seconds{hint}") from None


def _seconds_meant(text: str) -> str:
    """What a message says behind a time that has a unit, or is written as a clock's."""
    if match := re.fullmatch(
        r"\s*([\d.]+)\s*(s|sec|seconds?|ms)\s*", text, re.IGNORECASE
    ):
        whole = match[2].lower() != "ms"
        return f"; write {match[1]}" if whole else "; give seconds, without a unit"
    if match := re.fullmatch(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)", text.strip()):
        hours, minutes = int(match[1] or 0), int(match[2])
        return f"; write {3600 * hours + 60 * minutes + float(match[3]):g}"
    return ""


def number(least: float, most: float, *, whole: bool = True) -> Any:
    """A validator of a field that `check_number` checks."""

    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        check_number(attribute.name, value, least, most, whole=whole)

    return check


def span() -> Any:
    """A field of seconds, or of anything else that is a number from 0 up."""
    return attrs.field(validator=number(0, math.inf, whole=False))


def count(lowest: int = 0) -> Any:
    """A field that is a whole number from *lowest* up."""
    return attrs.field(validator=number(lowest, math.inf))
