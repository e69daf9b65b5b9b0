"""
One row per output format: its suffix, its codecs, and how a quality becomes settings.

Adding a format is adding a row; nothing else in the library branches on a format's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from .errors import InputError


@attrs.frozen(kw_only=True)
class Quality:
    """
    What one quality name means for a codec.

    Attributes:
        preset: The encoder's speed preset.
        crf: Constant rate factor used when the caller gives neither crf nor bitrate.
        capture: How Chrome hands a frame over, ``jpeg`` or ``png`` (lossless).
        capture_quality: JPEG quality, 1 to 100; None for png.
    """

    preset: str
    crf: int
    capture: str
    capture_quality: int | None


@attrs.frozen(kw_only=True)
class Format:
    """
    An output format.

    Attributes:
        name: What a caller asks for.
        suffix: File name suffix of chunks and outputs, with its dot.
        pixel_format: ffmpeg's name for the coded pixels.
        codecs: Per codec name, its qualities by name; the first codec is the default.
        max_crf: Highest crf the codecs take.
        audio_codec: ffmpeg's encoder for the sound.
        audio_bitrate: Bits per second of the sound, as ffmpeg reads it.
    """

    name: str
    suffix: str
    pixel_format: str
    codecs: Mapping[str, Mapping[str, Quality]]
    max_crf: int
    audio_codec: str
    audio_bitrate: str

    @property
    def default_codec(self) -> str:
        """The codec used when the caller names none."""
        return next(iter(self.codecs))


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "mp4": Format(
            name="mp4",
            suffix=".mp4",
            pixel_format="yuv420p",
            codecs={
                "h264": {
                    "draft": Quality(
                        preset="ultrafast", crf=28, capture="jpeg", capture_quality=80
                    ),
                    "standard": Quality(
                        preset="medium", crf=18, capture="jpeg", capture_quality=95
                    ),
                    "high": Quality(
                        preset="slow", crf=15, capture="png", capture_quality=None
                    ),
                }
            },
            max_crf=51,
            audio_codec="aac",
            audio_bitrate="192k",
        )
    }
)


def find_format(name: str) -> Format:
    """
    The row called *name*.

    Raises:
        InputError: There is none; the message lists those there are.
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise InputError(
            f"format {name!r} is not one of {', '.join(sorted(FORMATS))}"
        ) from None
