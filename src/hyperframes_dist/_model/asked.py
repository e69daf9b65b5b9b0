"""
What a configuration asks of Chrome and of the encoder, as parts of a plan.
"""

from __future__ import annotations

from .config import RenderConfig
from .content import Capture, Encoder

_JPEG_QUALITIES = {"draft": 80, "standard": 98, "high": 98}


def capture_of(config: RenderConfig) -> Capture:
    """How frames are to leave Chrome."""
    jpeg = config.capture == "jpeg"
    return Capture(
        format="jpeg" if jpeg else "png",
        quality=_JPEG_QUALITIES[config.quality] if jpeg else None,
        scale=config.output_scale,
        transparent=config.codec_row.alpha,
    )


def encoder_of(config: RenderConfig) -> Encoder:
    """How they are to become segments."""
    quality = config.quality_row
    by_crf = quality.crf if config.crf is None else config.crf
    return Encoder(
        format=config.format,
        codec=config.codec_name,
        preset=quality.preset,
        crf=None if config.bitrate is not None else by_crf,
        bitrate=config.bitrate,
        pixel_format=config.codec_row.pixel_format,
    )
