"""
The composition as a value: what the document and the page say it is.

Read by the compiler and the probe, frozen into the plan; nothing here parses anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import attrs

from ..errors import InputError
from .config import Limits


@attrs.frozen(kw_only=True)
class Composition:
    """
    A composition ready to be cut into frames.

    Attributes:
        id: Its ``data-composition-id``; empty for a page that brings its own seek.
        width: Width of a frame in CSS pixels.
        height: Height of a frame in CSS pixels.
        duration: Length in seconds.
    """

    id: str
    width: int
    height: int
    duration: Fraction

    def check(self, limits: Limits, *, scale: int = 1) -> None:
        """
        Refuse a composition nobody can mean; *scale* is pixels per CSS pixel.

        Raises:
            InputError: No size, no duration, or more of either than *limits* allow.
        """
        if self.width < 2 or self.height < 2:
            raise InputError(
                f"composition is {self.width}x{self.height}; "
                "data-width and data-height must be at least 2"
            )
        check_pixels(self.width, self.height, limits, scale)
        if self.duration <= 0:
            raise InputError(
                "composition has no duration; set data-duration on its root, "
                "or register a timeline that has one"
            )
        if self.duration > Fraction(limits.seconds):
            raise InputError(
                f"composition lasts {float(self.duration):g} s, over the limit of "
                f"{limits.seconds:g} s; is a repeat unbounded? set data-duration"
            )


def check_pixels(width: int, height: int, limits: Limits, scale: int) -> None:
    """
    Refuse frames of *width* by *height* CSS pixels, either of which may not be known yet.

    Raises:
        InputError: They hold more pixels than *limits* allow.
    """
    width, height = width * scale, height * scale
    if max(width, 1) * max(height, 1) > limits.pixels:
        raise InputError(
            f"a frame of the composition is {width}x{height}, "
            f"over the limit of {limits.pixels} pixels"
        )


@attrs.frozen(kw_only=True)
class Effect:
    """
    One effect on sound.

    Attributes:
        kind: Its type in the format.
        id: What lanes of automation call it; empty where nothing does.
        numbers: Its settings, within their bounds.
        word: The curve of a saturation; empty for others.
        is_gentle: Whether a pass filter falls by 6 dB an octave, not 12.
        preset: The preset it is of; empty for one of its own.
        amount: How much of that preset is heard, 0 to 1.
        gain: ``(seconds of the composition, gain)`` pairs that drive a gain; empty for a
            constant one.
    """

    kind: str
    id: str
    numbers: Mapping[str, float]
    word: str = ""
    is_gentle: bool = False
    preset: str = ""
    amount: float = 1.0
    gain: tuple[tuple[Fraction, float], ...] = ()


@attrs.frozen(kw_only=True)
class Bus:
    """
    A group of clips whose sound goes through effects together.

    Attributes:
        id: Its element's id.
        effects: What it goes through.
        volume: Its linear gain.
        volume_keyframes: Its gain over time; empty for a constant *volume*.
    """

    id: str
    effects: tuple[Effect, ...]
    volume: float
    volume_keyframes: tuple[tuple[Fraction, float], ...] = ()


@attrs.frozen(kw_only=True)
class MediaClip:
    """
    One media element of a page, as the page resolves it.

    Attributes:
        id: Its render id: unique among the page's media, stable between loads.
        kind: ``video`` or ``audio``.
        src: The address its bytes come from, as the page asks for it.
        start: When it begins, in seconds of the composition.
        end: When it is over; it is not shown at *end* itself.
        media_start: Seconds of its source that are skipped.
        playback_rate: Seconds of source per second of composition, 0.1 to 10.
        loop: Whether the source begins again when it is over.
        muted: Whether it contributes no sound.
        volume: Linear gain, 0 to 3.981.
        volume_keyframes: ``(seconds of the composition, gain)`` pairs, in order, joined
            linearly; empty for a constant *volume*.
        effects: What its sound goes through before its volume.
        bus: The group whose effects its sound goes through with that of others; None
            where it goes through none.
    """

    id: str
    kind: Literal["video", "audio"]
    src: str
    start: Fraction
    end: Fraction
    media_start: Fraction = Fraction(0)
    playback_rate: Fraction = Fraction(1)
    loop: bool = False
    muted: bool = False
    volume: float = 1.0
    volume_keyframes: tuple[tuple[Fraction, float], ...] = ()
    effects: tuple[Effect, ...] = ()
    bus: Bus | None = None
