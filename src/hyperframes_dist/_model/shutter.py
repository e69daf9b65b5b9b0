"""
How long the shutter is open in each frame, and the times a film is drawn at because of it.

A frame without a shutter is drawn once, at its time. With one it is the mean of several
drawings, each in the middle of an equal part of the time the shutter is open.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from types import MappingProxyType

import attrs

from ..errors import InputError
from .frames import FrameRate

MOTION_BLUR = "data-motion-blur"
ANGLES = (
    "data-motion-blur-angle",
    "data-motion-blur-shutter-angle",
    "data-motion-blur-shutter",
    "data-shutter-angle",
)
PHASES = (
    "data-motion-blur-phase",
    "data-motion-blur-shutter-phase",
    "data-shutter-phase",
)
SAMPLES = ("data-motion-blur-samples",)

_ON = frozenset({"", "true", "on", "yes", "1", "auto", "capture"})
_OFF = frozenset({"false", "off", "no", "0", "none"})
_NUMBER = re.compile(r"[+-]?(?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})", re.ASCII)
_TURN = 360
_DEFAULT_ANGLE, _DEFAULT_SAMPLES = Fraction(240), 32
_LEAST_SAMPLES, _MOST_SAMPLES = 2, 64
_CURES = MappingProxyType(
    {
        MOTION_BLUR: f'write {MOTION_BLUR}, or {ANGLES[0]}="180" for how long',
        ANGLES[0]: f'write {ANGLES[0]}="180", more than 0 and at most {_TURN} degrees',
        PHASES[0]: f'write {PHASES[0]}="-90", from -{_TURN} to {_TURN} degrees',
        SAMPLES[0]: f'write {SAMPLES[0]}="16", a whole number from '
        f"{_LEAST_SAMPLES} to {_MOST_SAMPLES}",
    }
)


class ShutterError(InputError):
    """
    An attribute says nothing of a shutter that can be meant.

    Attributes:
        name: The attribute.
        cure: What to write instead.
    """

    def __init__(self, name: str, reason: str, cure: str) -> None:
        self.name, self.reason, self.cure = name, reason, cure
        super().__init__(f"{reason}; {cure}")


@attrs.frozen(kw_only=True)
class Shutter:
    """
    When a frame is drawn.

    Attributes:
        angle: How long the shutter is open, in degrees of which a frame has 360.
        phase: When it opens, in degrees from the frame's time.
        samples: How many drawings a frame is the mean of.
    """

    angle: Fraction
    phase: Fraction
    samples: int

    @property
    def is_sound(self) -> bool:
        """Whether each of them is within its bounds."""
        return (
            _opens_for(self.angle) and _opens_at(self.phase) and _is_count(self.samples)
        )


def _opens_for(angle: Fraction) -> bool:
    return 0 < angle <= _TURN


def _opens_at(phase: Fraction) -> bool:
    return abs(phase) <= _TURN


def _is_count(samples: Fraction | int) -> bool:
    whole = Fraction(samples).denominator == 1
    return whole and _LEAST_SAMPLES <= samples <= _MOST_SAMPLES


def read_shutter(get: Callable[[str], str | None]) -> Shutter | None:
    """
    The shutter that the attributes of a composition's root ask for; None without one.

    Args:
        get: The value of an attribute of the root; None where it has none.

    Raises:
        ShutterError: They ask for none there can be.
    """
    angle = _said(get, ANGLES)
    phase = _said(get, PHASES)
    samples = _said(get, SAMPLES)
    if not _is_on(get):
        return None
    open_for = _DEFAULT_ANGLE if angle is None else _number(*angle, ANGLES[0])
    if not _opens_for(open_for):
        raise _refused(*_must(angle), ANGLES[0])
    opens = -open_for / 2 if phase is None else _number(*phase, PHASES[0])
    if not _opens_at(opens):
        raise _refused(*_must(phase), PHASES[0])
    count = Fraction(_DEFAULT_SAMPLES)
    if samples is not None:
        count = _number(*samples, SAMPLES[0])
    if not _is_count(count):
        raise _refused(*_must(samples), SAMPLES[0])
    return Shutter(angle=open_for, phase=opens, samples=int(count))


def _is_on(get: Callable[[str], str | None]) -> bool:
    value = get(MOTION_BLUR)
    if value is None:
        named = (*ANGLES[:-1], *PHASES[:-1], *SAMPLES)
        if alone := next((name for name in named if get(name) is not None), None):
            reason = f"{alone} says nothing without {MOTION_BLUR}"
            raise ShutterError(alone, reason, f"add {MOTION_BLUR}, or remove it")
        return False
    word = value.strip().lower()
    if word not in _ON | _OFF:
        raise _refused(MOTION_BLUR, value, MOTION_BLUR)
    return word in _ON


def _said(
    get: Callable[[str], str | None], names: tuple[str, ...]
) -> tuple[str, str] | None:
    """The one of *names* that stands there, and what it says."""
    found = [(name, value) for name in names if (value := get(name)) is not None]
    if len({value.strip() for _, value in found}) > 1:
        (first, _), (name, value) = found[:2]
        reason = f"{name} is {value!r}, and {first} says something else"
        raise ShutterError(name, reason, "leave one of them")
    return found[0] if found else None


def _number(name: str, value: str, kind: str) -> Fraction:
    if not _NUMBER.fullmatch(value.strip()):
        raise _refused(name, value, kind)
    return Fraction(value.strip())


def _must(said: tuple[str, str] | None) -> tuple[str, str]:
    assert said is not None  # What is taken where nothing is said is within bounds.
    return said


def _refused(name: str, value: str, kind: str) -> ShutterError:
    cure = _CURES[kind].replace(kind, name) if kind != MOTION_BLUR else _CURES[kind]
    return ShutterError(name, f"{name} is {value!r}, which says no shutter", cure)


@attrs.frozen
class Clock:
    """
    The times a film is drawn at: one tick after another, as many for each frame.

    All lie on a grid that divides every frame alike, so that each is exact for a page too.

    Attributes:
        rate: Frames per second.
        shutter: What is open in each frame; None where a frame is drawn once, at its time.
        duration: Seconds of the composition: no tick is before its beginning, or at its
            end or past it.
    """

    rate: FrameRate
    shutter: Shutter | None = None
    duration: Fraction = Fraction(0)

    @property
    def ticks(self) -> int:
        """How many ticks a frame has."""
        return 1 if self.shutter is None else self.shutter.samples

    @property
    def opens(self) -> Fraction:
        """When a frame's first tick is, in frames from its time."""
        return Fraction(0) if self.shutter is None else self._opens(self.shutter)

    @staticmethod
    def _opens(shutter: Shutter) -> Fraction:
        half = shutter.angle / (2 * shutter.samples)
        return (shutter.phase + half) / _TURN

    @property
    def step(self) -> Fraction:
        """How far its ticks are apart, in frames."""
        if self.shutter is None:
            return Fraction(1)
        return self.shutter.angle / (_TURN * self.shutter.samples)

    @property
    def grid(self) -> int:
        """Into how many parts a frame is divided, so that all ticks fall between them."""
        if self.shutter is None:
            return 1
        return math.lcm(self.opens.denominator, self.step.denominator)

    @property
    def last(self) -> int | None:
        """The last part of the film in which anything is drawn; None without a shutter."""
        if self.shutter is None:
            return None
        parts = self.duration * self.rate.fraction * self.grid
        return max(0, math.ceil(parts) - 1)

    def part_of(self, tick: int) -> int:
        """At which part of the film *tick* is drawn."""
        frame, number = divmod(tick, self.ticks)
        part = int((frame + self.opens + number * self.step) * self.grid)
        return part if self.last is None else min(max(part, 0), self.last)

    def time_of(self, tick: int) -> Fraction:
        """Seconds from the start of the composition to *tick*."""
        return Fraction(
            self.part_of(tick) * self.rate.denominator, self.rate.numerator * self.grid
        )
