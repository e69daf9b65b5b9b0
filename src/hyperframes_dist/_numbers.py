"""
Numbers a caller may ask for, each within its bounds.
"""

from __future__ import annotations

from typing import Any

import attrs

from .errors import InputError


def check_number(
    name: str, value: Any, least: float, most: float, *, whole: bool = True
) -> None:
    """
    Refuse a *value* of *name* that is no number from *least* to *most*.

    Raises:
        InputError: It is none.
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
