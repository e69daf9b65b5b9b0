"""
Numbers in attributes: what stands there, and what was meant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

import attrs

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LEADING = re.compile(
    r"\s*([+-]?(?:\d+(?:[.,]\d+)?|\.\d+))\s*(ms|s|sec|secs|seconds?|min|px|%|fps|x|db)?\s*$",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)$")
_FRACTION = re.compile(r"(\d+)\s*/\s*([1-9]\d*)")
_LEADING_DIGITS = re.compile(r"\s*([+-]?\d+)", re.ASCII)
# As people part them by thousands.
_PARTED = re.compile(r"\d{1,3}(?:[ ,._'\u2019\u00a0\u2009\u202f]\d{3})+", re.ASCII)
_UNIT = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*(s|ms|sec|seconds?)\s*", re.I)
_MOST_DIGITS, _LONGEST_SECONDS = 9, 200
_FACTORS: Mapping[str, float] = MappingProxyType({"ms": 0.001, "%": 0.01, "min": 60.0})


@attrs.frozen
class Measure:
    """
    What an attribute counts: *what*, with its bounds; *least* itself is allowed.

    *whole* ones have no fractions; of *pixels* the digits in front are read, and no more.
    """

    what: str
    least: float | None = None
    most: float | None = None
    above: bool = False
    whole: bool = False
    pixels: bool = False


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "data-width": Measure("a number of pixels", 0, above=True, pixels=True),
        "data-height": Measure("a number of pixels", 0, above=True, pixels=True),
        "data-duration": Measure("a number of seconds", 0, above=True),
        "data-composition-duration": Measure("a number of seconds", 0, above=True),
        "data-end": Measure("a number of seconds", 0),
        "data-media-start": Measure("a number of seconds", 0),
        "data-playback-start": Measure("a number of seconds", 0),
        "data-playback-rate": Measure("a factor from 0.1 to 5", 0.1, 5),
        "data-volume": Measure("a factor from 0 to 3.981", 0, 3.982),
        "data-track-index": Measure("a whole number", whole=True),
        "data-fade-in": Measure("a number of seconds", 0),
        "data-fade-out": Measure("a number of seconds", 0),
    }
)
"""Attributes that hold one number."""


def read_number(text: str | None) -> float | None:
    """The number *text* is for the format; None where it is none."""
    if text is None or not _PLAIN.fullmatch(text.strip()):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def read_seconds(text: str) -> float | None:
    """The seconds somebody meant who wrote *text* with a unit, as 200ms; None without."""
    match = None if len(text) > _LONGEST_SECONDS else _UNIT.fullmatch(text)
    if match is None:
        return None
    return float(match[1]) * (0.001 if match[2].lower() == "ms" else 1)


def read_pixels(text: str) -> int | None:
    """The number of pixels *text* is read as: the digits it begins with; None without."""
    match = _LEADING_DIGITS.match(text)
    return int(match[1]) if match and len(match[1]) < _MOST_DIGITS else None


def pixels_meant(text: str) -> str | None:
    """The number of pixels somebody meant; None where nobody can tell."""
    if _PARTED.fullmatch(text.strip()):
        return re.sub(r"\D", "", text)
    value = read_number(text)
    if value is not None:
        return f"{round(value)}" if abs(value) < 10**_MOST_DIGITS else None
    return meant(text)


def meant(text: str) -> str | None:
    """The number somebody meant who wrote *text*; None where nobody can tell."""
    if clock := _CLOCK.match(text.strip()):
        hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return f"{hours * 3600 + minutes * 60 + seconds:g}"
    if match := _FRACTION.fullmatch(text.strip()):
        return f"{float(match[1]) / float(match[2]):.4g}"
    if match := _LEADING.match(text):
        value = float(match[1].replace(",", "."))
        if (match[2] or "").lower() == "db":
            return f"{10 ** (value / 20):.3g}"
        return f"{value * _FACTORS.get((match[2] or '').lower(), 1):g}"
    return None
