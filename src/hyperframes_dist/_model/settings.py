"""
Everyday settings as keywords of a call, laid over a configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import PurePath
from typing import Any, TypedDict

import attrs

from ..errors import InputError
from .config import RenderConfig, ResolutionName
from .formats import CodecName, FormatName, QualityName, format_of
from .frames import FrameRange, FrameRate
from .near import advice

_SHORT = {"scale": "output_scale"}


Time = int | float | str | Fraction
"""Seconds; a float or text is taken as the decimal number it is written as."""


class PageSettings(TypedDict, total=False):
    """
    What decides how a page is shown; each is the field of `RenderConfig` of that name.

    Attributes:
        scale: ``output_scale``.
    """

    fps: int | str | Fraction | FrameRate | None
    variables: Mapping[str, Any] | None
    scale: Any
    resolution: ResolutionName | None
    entry_file: str | None
    offline: bool | None


class Settings(PageSettings, total=False):
    """Everyday settings of a film; each is the field of `RenderConfig` of that name."""

    format: FormatName | None
    codec: CodecName | None
    quality: QualityName | None
    crf: int | None
    bitrate: str | None
    chunks: Any
    audio: bool | None
    frames: range | tuple[int, int] | FrameRange | None
    start: Time | None
    end: Time | None


def settle(
    config: RenderConfig | None,
    settings: Mapping[str, Any],
    output: PurePath | None = None,
) -> RenderConfig:
    """
    *config* with *settings* over it.

    The format is that of the *output*'s suffix where neither asks for another than mp4.

    Raises:
        InputError: *config* is no configuration, a setting is unknown or cannot be used.
    """
    if not isinstance(config, RenderConfig | None):
        raise InputError(
            f"config is {type(config).__name__}, not a RenderConfig; "
            "give RenderConfig(...), or its fields as keywords"
        )
    base = config or RenderConfig()
    given = {_field(n): value for n, value in settings.items() if value is not None}
    if output is not None and base.format == "mp4":
        given.setdefault("format", format_of(output) or base.format)
    return attrs.evolve(base, **given)


def _field(name: str) -> str:
    known = [field.name for field in attrs.fields(RenderConfig)]
    field = _SHORT.get(name, name)
    if field not in known:
        hint = advice(name, [*known, *_SHORT])
        raise InputError(f"there is no setting {name!r}{hint}")
    return field
