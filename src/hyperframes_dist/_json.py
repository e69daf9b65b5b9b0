"""
The library's values as JSON, and back: one converter, strict about what it reads.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import cattrs
from cattrs import transform_error
from cattrs.errors import ClassValidationError

from ._config import RenderConfig
from ._frames import FrameRate
from ._manifest import canonical_json
from .errors import InputError

_T = TypeVar("_T")


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind in (Fraction, Path, FrameRate):
        converter.register_unstructure_hook(kind, str)
    converter.register_unstructure_hook_func(lambda t: issubclass_safe(t, Path), str)
    converter.register_structure_hook(Fraction, lambda value, _: Fraction(value))
    converter.register_structure_hook(Path, lambda value, _: Path(value))
    # RenderConfig's own checks say more than a converter could.
    converter.register_structure_hook(
        FrameRate, lambda value, _: FrameRate.parse(value)
    )
    converter.register_structure_hook(int | str, lambda value, _: value)
    return converter


def issubclass_safe(kind: Any, base: type) -> bool:
    """Whether *kind* is a class below *base*; annotations need not be classes."""
    return isinstance(kind, type) and issubclass(kind, base)


_CONVERTER = _make_converter()


def to_json(value: Any) -> bytes:
    """
    The canonical JSON of one of the library's values.

    Raises:
        TypeError: *value* is none of them.
    """
    return canonical_json(_CONVERTER.unstructure(value))


def from_json(data: bytes | str, kind: type[_T]) -> _T:
    """
    Read the JSON of a value of *kind*, such as `RenderConfig` or `ChunkResult`.

    Raises:
        InputError: Not JSON, or fields that are unknown, missing or out of range.
    """
    try:
        return _CONVERTER.structure(json.loads(data), kind)
    except ClassValidationError as error:
        reason = "; ".join(transform_error(error, path=kind.__name__))
    except (ValueError, TypeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
    raise InputError(f"not a {kind.__name__}: {reason}")


__all__ = ["RenderConfig", "from_json", "to_json"]
