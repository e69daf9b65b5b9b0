"""
The library's values as JSON, and back: one converter, strict about what it reads.
"""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeVar

import attrs
import cattrs
import rfc8785
from cattrs import transform_error
from cattrs.errors import ClassValidationError
from cattrs.v import format_exception

from ..errors import InputError, PageError
from .checks import exact
from .config import RenderConfig
from .frames import FrameRate

_T = TypeVar("_T")
_LARGEST_EXACT_INTEGER = 2**53 - 1
_LONGEST_REASON = 2000


def canonical_json(value: Any) -> bytes:
    """
    The RFC 8785 form of plain JSON *value*.

    Raises:
        ValueError: *value* holds a number JSON cannot carry exactly, or no JSON at all.
    """
    return rfc8785.dumps(value)


def parse_whole(digits: str) -> int | float:
    """
    A JSON number without fraction or exponent, as JavaScript holds it.

    Canonical JSON writes the float 1e20 with all its digits; it is a float again here.
    """
    number = int(digits)
    # Of the digits and not of the number: one too large for a float is no error here.
    return number if abs(number) <= _LARGEST_EXACT_INTEGER else float(digits)


def _strict(kind: type) -> Any:
    def structure(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{value!r} is not {kind.__name__}")
        return value

    return structure


def strict_converter() -> cattrs.Converter:
    """One that takes whole numbers, text and truth values as they are, and no other field."""
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind in (int, str, bool):
        # cattrs would turn "7" into 7; two spellings of one plan must not both pass.
        converter.register_structure_hook(kind, _strict(kind))
    return converter


# As long as the exact value of the smallest float, and without an exponent.
_EXACT = re.compile(r"-?[0-9]{1,1100}(/[0-9]{1,1100})?", re.ASCII)


def plan_converter() -> cattrs.Converter:
    """A strict one for what a plan holds, in which exact numbers are text."""

    def structure(value: Any, _: Any) -> Fraction:
        if not (isinstance(value, str) and _EXACT.fullmatch(value)):
            raise TypeError("not a fraction")
        return Fraction(value)

    converter = strict_converter()
    converter.register_unstructure_hook(Fraction, str)
    converter.register_structure_hook(Fraction, structure)
    return converter


def _make_converter() -> cattrs.Converter:
    converter = strict_converter()
    for kind in (Fraction, FrameRate):
        converter.register_unstructure_hook(kind, str)
    converter.register_unstructure_hook(Path, _spelt)
    converter.register_unstructure_hook_func(lambda t: issubclass_safe(t, Path), _spelt)
    converter.register_structure_hook(Fraction, lambda value, _: _fraction(value))
    converter.register_structure_hook(Path, lambda value, _: Path(value))
    # RenderConfig's own checks say more than a converter could.
    converter.register_structure_hook(
        FrameRate, lambda value, _: FrameRate.parse(value)
    )
    unchecked: tuple[Any, ...] = (
        int | str,
        int | Literal["auto"],
        Fraction | Literal["auto"],
        float,
    )
    for hint in unchecked:
        converter.register_structure_hook(hint, lambda value, _: value)
    return converter


def _spelt(path: Path) -> str:
    """*path* as text: JSON is UTF-8, and a name of a file need not be."""
    return bytes(path).decode("utf-8", "backslashreplace")


def _fraction(value: Any) -> Fraction:
    try:
        return exact(value) if isinstance(value, str) else Fraction(value)
    except (TypeError, ValueError, ArithmeticError):
        raise InputError(f"{value!r} is not a fraction") from None


def issubclass_safe(kind: Any, base: type) -> bool:
    """Whether *kind* is a class below *base*; annotations need not be classes."""
    return isinstance(kind, type) and issubclass(kind, base)


_CONVERTER = _make_converter()


def _number(value: Any, _: Any) -> float:
    """A number of the page's own; what JSON cannot say, as infinity, came as nothing."""
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _make_page_converter() -> cattrs.Converter:
    converter = strict_converter()
    converter.register_structure_hook(float, _number)
    return converter


_PAGE_CONVERTER = _make_page_converter()


def to_json(value: Any) -> bytes:
    """
    The canonical JSON of one of the library's values.

    Raises:
        TypeError: *value* is none of them.
    """
    if not attrs.has(type(value)):
        raise TypeError(f"{type(value).__name__} is not a value of this library")
    return canonical_json(_CONVERTER.unstructure(value))


def from_json(data: bytes | str, kind: type[_T]) -> _T:
    """
    Read the JSON of a value of *kind*, such as `RenderConfig` or `ChunkResult`.

    Raises:
        InputError: Not JSON, or fields that are unknown, missing or out of range.
    """
    try:
        return _CONVERTER.structure(_parse(data), kind)
    except ClassValidationError as error:
        reason = "; ".join(transform_error(error, kind.__name__, _format))
    except (ValueError, TypeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
    # What is told of a text may hold all of it.
    raise InputError(f"not a {kind.__name__}: {reason[:_LONGEST_REASON]}")


def from_page(value: Any, kind: type[_T]) -> _T:
    """
    Read what a page answered as a value of *kind*.

    Raises:
        PageError: Fields are unknown, missing or no numbers; a script of the page wrote over
            ours.
    """
    try:
        return _PAGE_CONVERTER.structure(value, kind)
    except ClassValidationError as error:
        reason = "; ".join(transform_error(error, kind.__name__, _format))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
    raise PageError(f"the page's own answer is not a {kind.__name__}: {reason}")


def read_object(data: bytes | str) -> dict[str, Any]:
    """
    The JSON object in *data*, its values unchecked.

    Raises:
        InputError: *data* is no JSON, or no object.
    """
    try:
        return _parse(data)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"not an object: {type(error).__name__}: {error}") from None


def _parse(data: bytes | str) -> dict[str, Any]:
    raw = json.loads(data, parse_int=parse_whole)
    if not isinstance(raw, dict):
        raise TypeError(f"an object was wanted, found {raw!r}")
    return raw


def _format(error: BaseException, kind: type | None) -> str:
    # The values' own checks name the field; cattrs would say "invalid value".
    if isinstance(error, InputError):
        return str(error)
    return format_exception(error, kind)


__all__ = ["RenderConfig", "from_json", "from_page", "to_json"]
