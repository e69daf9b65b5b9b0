"""
Gain over time, as points ``(seconds of the composition, gain)`` joined linearly.

Before the first point and after the last one their gains hold. Nothing here knows files.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from .._model.checks import is_number
from ..errors import InputError, UnsupportedFeatureError

MAX_GAIN = 10 ** (12 / 20)
"""Loudest a clip can be made: +12 dB."""

Envelope = tuple[tuple[Fraction, float], ...]

_MAX_POINTS = 512
# How closely a curve, or the product of two slopes, is followed.
_STEP = Fraction(1, 100)


def gain_at(envelope: Envelope, time: Fraction) -> float:
    """The gain at *time*."""
    index = bisect_right(envelope, time, key=lambda point: point[0])
    if index == 0 or index == len(envelope):
        return envelope[min(index, len(envelope) - 1)][1]
    (t0, g0), (t1, g1) = envelope[index - 1], envelope[index]
    return g0 + (g1 - g0) * float((time - t0) / (t1 - t0))


def multiply(first: Envelope, second: Envelope) -> Envelope:
    """The product of two envelopes, followed closely where both move."""
    times = sorted({time for time, _ in (*first, *second)})
    found = []
    for start, stop in pairwise(times):
        still = any(gain_at(e, start) == gain_at(e, stop) for e in (first, second))
        count = 1 if still else max(1, int((stop - start) / _STEP))
        found += [start + (stop - start) * n / count for n in range(count)]
    return tuple(
        (t, gain_at(first, t) * gain_at(second, t)) for t in [*found, *times[-1:]]
    )


def fades(
    start: Fraction, length: Fraction, fade_in: float, fade_out: float
) -> Envelope:
    """Linear fades at both ends of a clip; fades that overlap share its length."""
    into, out = Fraction(repr(fade_in)), Fraction(repr(fade_out))
    if into + out > length:
        into, out = (part * length / (into + out) for part in (into, out))
    points = [(start, 0.0), (start + into, 1.0)] if into else []
    points += [(start + length - out, 1.0), (start + length, 0.0)] if out else []
    return tuple(dict(points).items())


_UNREADABLE = (
    *(ValueError, TypeError, KeyError, AttributeError),
    *(OverflowError, RecursionError),
)

Lanes = Mapping[str, list[dict[str, float]]]
"""The points of each lane of an automation, by what it drives, in order."""


def read_lanes(text: str, tag: str) -> Lanes:
    """
    The lanes of a ``data-automation`` attribute.

    Args:
        tag: The element, for a message.

    Raises:
        InputError: The attribute is not what the format says.
        UnsupportedFeatureError: The attribute drives the playback rate.
    """
    if not text.strip():
        return {}
    try:
        lanes = _lanes(json.loads(text))
    except _UNREADABLE as error:
        raise InputError(f"{tag}: data-automation is not readable: {error}") from None
    if lanes.get("rate"):
        advice = "use data-playback-rate, or cut the clip where its speed changes"
        raise UnsupportedFeatureError("a speed ramp in data-automation", tag, advice)
    return lanes


def volume_lane(lanes: Lanes, start: Fraction) -> Envelope:
    """
    The ``volume`` lane of *lanes*; empty where they have none.

    Args:
        start: When the clip begins; a lane's times are seconds of its clip.
    """
    points = _within(lanes.get("volume", []), 0.0, MAX_GAIN)
    return tuple((start + Fraction(repr(t)), gain) for t, gain in _follow(points))


def decibel_lane(
    points: list[dict[str, float]], start: Fraction, least: float, most: float
) -> Envelope:
    """The gain over time that *points* say in decibels, from *least* to *most*."""
    followed = _follow(_within(points, least, most), closely=True)
    return tuple(
        (start + Fraction(repr(t)), float(10 ** (decibels / 20)))
        for t, decibels in followed
    )


def _lanes(value: Any) -> dict[str, list[dict[str, float]]]:
    if value["version"] != 1:
        raise ValueError(f"version {value['version']!r}")
    return {str(lane["target"]): _points(lane["points"]) for lane in value["lanes"]}


def _points(raw: Iterable[dict[str, Any]]) -> list[dict[str, float]]:
    """Points in order; of two at the same time the later one counts."""
    rows = [{key: float(p[key]) for key in p if is_number(p[key])} for p in raw]
    by_time = {max(0.0, row["t"]): row for row in rows if "t" in row and "v" in row}
    return [{**by_time[t], "t": t} for t in sorted(by_time)][:_MAX_POINTS]


def _within(
    points: list[dict[str, float]], least: float, most: float
) -> list[dict[str, float]]:
    return [{**p, "v": min(most, max(least, p["v"]))} for p in points]


def _follow(
    points: list[dict[str, float]], *, closely: bool = False
) -> list[tuple[float, float]]:
    """
    What lies on the way through *points*.

    Args:
        closely: What is straight is followed closely too: it will be bent.
    """
    found = []
    for here, after in pairwise(points):
        length, rise = after["t"] - here["t"], after["v"] - here["v"]
        bent = closely or _is_bent(here)
        steps = max(1, round(length / float(_STEP))) if bent else 1
        for step in range(steps):
            part = step / steps
            found.append(
                (here["t"] + length * part, here["v"] + rise * _bend(part, here))
            )
    return found + [(p["t"], p["v"]) for p in points[-1:]]


def _is_bent(point: dict[str, float]) -> bool:
    return bool(point.get("curve")) or _via(point) is not None


def _via(point: dict[str, float]) -> tuple[float, float] | None:
    if "viaX" not in point or "viaY" not in point:
        return None
    x, y = (min(0.999, max(0.001, point[key])) for key in ("viaX", "viaY"))
    return None if abs(x - y) < 1e-6 else (x, y)


def _bend(part: float, point: dict[str, float]) -> float:
    """Progress of a segment at *part* of its length, as the page runtime shapes it."""
    via = _via(point)
    if via is None:
        return float(part ** (2 ** (2 * min(1, max(-1, point.get("curve", 0))))))
    # A rational quadratic from corner to corner whose midpoint is the via point, with
    # the smallest weight that keeps it monotone.
    pulls = [n - 0.5 for n in via]
    rooms = [0.999 - n if d > 0 else n - 0.001 for n, d in zip(via, pulls, strict=True)]
    needs = [abs(d) / r if r > 0 else 1e6 for d, r in zip(pulls, rooms, strict=True)]
    weight = min(1e6, max(1.0, *needs))
    cx, cy = (n + d / weight for n, d in zip(via, pulls, strict=True))
    a = part * (2 - 2 * weight) - 1 + 2 * weight * cx
    b = -part * (2 - 2 * weight) - 2 * weight * cx
    t = _arc(a, b, part)
    below = (1 - t) ** 2 + 2 * weight * t * (1 - t) + t * t
    return (2 * weight * cy * t * (1 - t) + t * t) / below if below > 0 else part


def _arc(a: float, b: float, c: float) -> float:
    if abs(a) < 1e-12:
        return c if abs(b) < 1e-12 else -c / b
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    for found in ((-b + root) / (2 * a), (-b - root) / (2 * a)):
        if -1e-9 <= found <= 1 + 1e-9:
            return min(1.0, max(0.0, found))
    return c
