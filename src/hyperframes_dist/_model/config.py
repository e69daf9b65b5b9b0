"""
What a caller may ask for, checked once, on construction.

Nothing here looks at a project, a file or the environment.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Self

import attrs

from ..errors import InputError
from .checks import check_number, is_whole, number, read_seconds
from .formats import (
    Codec,
    CodecName,
    Format,
    FormatName,
    Quality,
    QualityName,
    find_codec,
    find_format,
)
from .frames import FrameRange, FrameRate
from .near import advice, named_fields

_BITRATE = re.compile(r"[1-9]\d{0,8}(\.\d{1,3})?[kM]?", re.ASCII)
_LARGEST_EXACT_INTEGER = 2**53
# Far below what any JSON reader on the way to the page gives up at.
_DEEPEST = 100
_MIN_SCALE, _MAX_SCALE = Fraction(1, 16), 8
_HERE = ("runtime", "overrides_dir", "cache_dir")

ResolutionName = Literal[
    "720p", "1080p", "1440p", "4k", "landscape", "portrait", "square"
]
_SHORT_SIDES = {"720p": 720, "1080p": 1080, "1440p": 1440, "4k": 2160}
_SIZES = {
    "landscape": (1920, 1080),
    "portrait": (1080, 1920),
    "square": (1080, 1080),
}

MOST_CHUNKS = 1000
"""Most chunks of a render that travels; `States.ArrayRange` makes no more elements."""

_SECONDS = number(0.001, math.inf, whole=False)
_AMOUNT = number(1, math.inf, whole=False)


@named_fields
@attrs.frozen(kw_only=True)
class Limits:
    """
    What a composition may cost before it is refused.

    Attributes:
        seconds: Longest composition, in seconds.
        pixels: Most pixels of one frame.
        plan_bytes: Most bytes in a plan directory.
        files: Most files in a project.
        page_bytes: Most bytes of text in the document with all compositions it mounts.
        remote_bytes: Most bytes behind one remote address, and of an npm package unpacked.
        remote_seconds: Longest wait for one remote address, in seconds.
        ready_seconds: Longest wait, while planning, until the page is ready to be drawn.
    """

    seconds: float = attrs.field(default=86_400, validator=_SECONDS)
    pixels: int = attrs.field(default=7680 * 4320, validator=_AMOUNT)
    plan_bytes: int = attrs.field(default=2 * 1024**3, validator=_AMOUNT)
    files: int = attrs.field(default=20_000, validator=_AMOUNT)
    page_bytes: int = attrs.field(default=16 * 1024**2, validator=_AMOUNT)
    remote_bytes: int = attrs.field(default=256 * 1024**2, validator=_AMOUNT)
    remote_seconds: float = attrs.field(default=60, validator=_SECONDS)
    ready_seconds: float = attrs.field(default=45, validator=_SECONDS)


def _truth(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, bool):
        raise InputError(f"{attribute.name} must be True or False, found {value!r}")


def _one_of(*names: str) -> Any:
    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value not in names:
            known = " or ".join(map(repr, names))
            raise InputError(f"{attribute.name} must be {known}, found {value!r}")

    return check


def _rate(value: Any) -> FrameRate | None:
    try:
        return None if value is None else FrameRate.parse(value)
    except InputError as error:
        raise InputError(f"fps: {error}") from None


def _seconds(value: Any) -> Fraction | Literal["auto"]:
    if value == "auto":
        return "auto"
    try:
        seconds = read_seconds("segment_seconds", value)
    except InputError as error:
        raise InputError(f"{error}, nor 'auto'") from None
    if not 0 < seconds <= 60:
        raise InputError(f"segment_seconds {value!r} is outside (0, 60]")
    return seconds


def _time(value: Any) -> Fraction | None:
    return None if value is None else read_seconds("time", value)


def _frames(value: Any) -> FrameRange | None:
    if value is None or isinstance(value, FrameRange):
        return value
    if isinstance(value, range) and value.step == 1:
        return FrameRange(value.start, value.stop)
    several = isinstance(value, tuple | list) and all(map(is_whole, value))
    if several and value:
        # Two numbers may be a start and an end, or two frames.
        first, last = min(value), max(value)
        raise InputError(
            f"frames {value!r} are frames by number, and a run of them is rendered; give "
            f"range({first}, {last + 1}), or call stills(frames=…)"
        )
    raise InputError(f"frames {value!r} is not a range such as range(100, 201)")


def _path(value: Any) -> Path | None:
    # What cannot be a path is left for the check that knows the field's name; an empty text
    # would be this directory.
    return Path(value) if isinstance(value, str | PathLike) and value != "" else value


def _entry(value: Any) -> str:
    path = PurePosixPath(value) if isinstance(value, str) else None
    if path is None or not value or path.is_absolute() or ".." in path.parts:
        raise InputError(f"entry_file {value!r} is not a path inside the project")
    if path.suffix.lower() not in {".html", ".htm"}:
        raise InputError(f"entry_file {value!r} is not an .html file")
    return path.as_posix()


def check_json(value: Any, where: str, *, depth: int = _DEEPEST) -> Any:
    """
    A deep copy of *value* if it is plain JSON with exact numbers.

    Raises:
        InputError: Something in *value* is not; *where* plus its path names it.
    """
    if depth < 0:
        raise InputError(f"{where[:40]}… is nested too deeply, or in a cycle")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _check_text(value, where)
    if isinstance(value, int | float):
        return _check_number(value, where)
    if isinstance(value, list | tuple):
        return [
            check_json(item, f"{where}[{i}]", depth=depth - 1)
            for i, item in enumerate(value)
        ]
    if isinstance(value, Mapping):
        return {
            _check_text(key, where): check_json(item, f"{where}.{key}", depth=depth - 1)
            for key, item in value.items()
        }
    raise InputError(f"{where} holds {type(value).__name__}, which is not JSON")


def _check_text(value: Any, where: str) -> str:
    try:
        value.encode()
    except (AttributeError, UnicodeEncodeError):
        raise InputError(f"{where} holds {value!r}, which is not text") from None
    return str(value)


def _check_number(value: float, where: str) -> float:
    if isinstance(value, int) and abs(value) >= _LARGEST_EXACT_INTEGER:
        raise InputError(f"{where} is {value}, which JavaScript cannot hold exactly")
    if not math.isfinite(value):
        raise InputError(f"{where} is {value}, which is not JSON")
    return value


def _variables(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError("variables must be an object of names to JSON values")
    return dict(check_json(value, "variables"))


def _scale(value: Any) -> int | Fraction:
    found = None
    if isinstance(value, int | float | str | Fraction) and not isinstance(value, bool):
        # A float is the decimal number it is written as.
        with contextlib.suppress(ValueError, ZeroDivisionError):
            found = Fraction(str(value))
    if found is None or not _MIN_SCALE <= found <= _MAX_SCALE:
        raise InputError(
            f"output_scale {value!r} is neither a whole number nor a fraction from "
            f"{_MIN_SCALE} to {_MAX_SCALE}, such as 2, 0.5 or '2/3'"
        )
    return found.numerator if found.denominator == 1 else found


@named_fields
@attrs.frozen(kw_only=True, repr=False)
class RenderConfig:
    """
    What to render, and how.

    Attributes:
        fps: Frame rate: ``30``, ``"30000/1001"`` or a `Fraction`; None takes the
            composition's ``data-fps``, else 30.
        format: Output format, a name in the formats table.
        codec: Codec of that format; None takes its default.
        quality: ``draft``, ``standard`` or ``high``.
        crf: Constant rate factor instead of the quality's; excludes *bitrate*.
        bitrate: Target bits per second such as ``"4M"``; excludes *crf*.
        gif_loop: How often a GIF is shown again after the first time, to 65535; 0 is for
            ever.
        capture: How a frame leaves Chrome: ``lossless``, read or as PNG; or ``jpeg``, nearly
            lossless, for hosts that do not let a picture be read, where PNG is slow.
        output_scale: Output pixels per CSS pixel along each side, up to 8: ``2``, ``0.5``
            or ``"2/3"``. The page keeps its size and is drawn finer; where it is no whole
            number, as fine as the next one, and the pictures are made smaller.
        resolution: The output's size by name, instead of *output_scale*: ``720p``,
            ``1080p``, ``1440p`` and ``4k`` are its shorter side, whichever that is;
            ``landscape`` (1920x1080), ``portrait`` (1080x1920) and ``square`` (1080x1080)
            are for a page of that shape.
        variables: JSON values the page reads as ``window.__hfVariables``.
        strict_variables: Whether a variable the composition does not declare, or declares
            with another type, is an error.
        strict: Whether what `check` warns of is an error.
        entry_file: The composition's document, relative to the project.
        segment_seconds: Seconds of one segment, in (0, 60]; decides bytes, not speed
            alone. ``"auto"`` is one second in films below eight and up to eight in
            longer ones: a function of the frame count and the rate.
        chunks: Most chunks to cut into, or ``"auto"``: a function of the frame count.
        reach: How a worker gets to its first frame. ``"auto"`` jumps there if planning
            finds that the page's frames follow from their times alone; ``"walk"`` passes
            every frame before it, which costs the more the later it is.
        audio: Whether the output has the composition's sound.
        frames: Render only these frames of the composition, such as ``range(100, 201)``,
            with the sound beside them; None renders all. Excludes *start* and *end*.
        start: Render from the frame shown at so many seconds; None is the first.
        end: Render up to, and without, the frame shown at so many seconds; None is the
            end of the composition.
        runtime: A page runtime of the caller's own; None takes the pinned official one.
        fonts: What to do about text in a font that is not in the plan, or with characters
            no font has: ``warn``, and draw it in another one, the same on every machine;
            or ``strict``, an error.
        overrides_dir: Directory looked up first for remote addresses, as
            ``<host>/<path>``.
        offline: Whether nothing may be fetched: remote addresses come from
            *overrides_dir* or, locked, from the cache; the page runtime from *runtime* or
            the cache; anything else is an error, unless the page has an answer to its absence.
        cache_dir: Where npm packages, locked bytes and tools are kept; None takes the
            default cache.
        limits: What the composition may cost.

    Raises:
        InputError: A field cannot be used; the message names it.
    """

    fps: FrameRate | None = attrs.field(default=None, converter=_rate)
    format: FormatName = "mp4"
    codec: CodecName | None = None
    quality: QualityName = "standard"
    crf: int | None = None
    bitrate: str | None = None
    gif_loop: int = attrs.field(default=0, validator=number(0, 65535))
    capture: Literal["lossless", "jpeg"] = attrs.field(
        default="lossless", validator=_one_of("lossless", "jpeg")
    )
    output_scale: int | Fraction = attrs.field(default=1, converter=_scale)
    resolution: ResolutionName | None = None
    variables: Mapping[str, Any] = attrs.field(
        factory=dict, converter=_variables, hash=False
    )
    strict_variables: bool = attrs.field(default=False, validator=_truth)
    strict: bool = attrs.field(default=False, validator=_truth)
    entry_file: str = attrs.field(default="index.html", converter=_entry)
    segment_seconds: Fraction | Literal["auto"] = attrs.field(
        default="auto", converter=_seconds
    )
    chunks: int | Literal["auto"] = "auto"
    reach: Literal["auto", "walk"] = attrs.field(
        default="auto", validator=_one_of("auto", "walk")
    )
    audio: bool = attrs.field(default=True, validator=_truth)
    frames: FrameRange | None = attrs.field(default=None, converter=_frames)
    start: Fraction | None = attrs.field(default=None, converter=_time)
    end: Fraction | None = attrs.field(default=None, converter=_time)
    runtime: Path | None = attrs.field(default=None, converter=_path)
    fonts: Literal["warn", "strict"] = attrs.field(
        default="warn", validator=_one_of("warn", "strict")
    )
    overrides_dir: Path | None = attrs.field(default=None, converter=_path)
    offline: bool = attrs.field(default=False, validator=_truth)
    cache_dir: Path | None = attrs.field(default=None, converter=_path)
    limits: Limits = attrs.field(factory=Limits)

    def replace(self, **fields: Any) -> Self:
        """
        The same with other values of *fields*, named as the attributes are.

        Raises:
            InputError: A field is unknown, or its value cannot be used.
        """
        known = [field.name for field in attrs.fields(type(self))]
        for name in fields:
            if name not in known:
                raise InputError(
                    f"RenderConfig has no field {name!r}{advice(name, known)}"
                )
        return attrs.evolve(self, **fields)

    def __repr__(self) -> str:
        """What was asked for; defaults are left out."""
        plain = type(self)()
        names = [field.name for field in attrs.fields(type(self))]
        given = [n for n in names if getattr(self, n) != getattr(plain, n)]
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in given)
        return f"{type(self).__name__}({shown})"

    def __attrs_post_init__(self) -> None:
        self._check_types()
        self._check_resolution()
        self._check_codec()
        self._check_rate_control()
        if self.gif_loop and self.format != "gif":
            raise InputError(
                f"gif_loop is for GIF, not for {self.format}; leave it out"
            )
        self._check_range()
        if self.fps is not None:
            self.check_rate(self.fps)
        if self.chunks != "auto":
            check_number("chunks (or 'auto'):", self.chunks, 1, 10_000)
        if not isinstance(self.limits, Limits):
            raise InputError("limits must be a Limits value")

    def _check_types(self) -> None:
        kinds = {
            str: ("format", "codec", "quality", "resolution"),
            Path: ("runtime", "overrides_dir", "cache_dir"),
        }
        for kind, names in kinds.items():
            for name in names:
                value = getattr(self, name)
                if value is not None and not isinstance(value, kind):
                    what = "a path" if kind is Path else "a name"
                    raise InputError(f"{name} {value!r} is not {what}")

    def _check_resolution(self) -> None:
        if self.resolution is None:
            return
        known = (*_SHORT_SIDES, *_SIZES)
        if self.resolution not in known:
            hint = advice(self.resolution, known)
            raise InputError(
                f"resolution {self.resolution!r} is not one of {', '.join(known)}{hint}"
            )
        if self.output_scale != 1:
            raise InputError("resolution and output_scale exclude each other; give one")

    def sized(self, width: int, height: int) -> Self:
        """
        The same for a page of *width* and *height*, with a scale in the place of a name.

        Raises:
            InputError: The page has another shape than the resolution, or the scale would
                be out of its bounds.
        """
        if self.resolution is None:
            return self
        side = _SHORT_SIDES.get(self.resolution)
        wanted = _SIZES.get(self.resolution, (width, height))
        if wanted[0] * height != wanted[1] * width:
            size = f"{wanted[0]}x{wanted[1]}"
            raise InputError(
                f"resolution {self.resolution!r} is {size}, and the page is "
                f"{width}x{height}, of another shape; give one such as '1080p', which is "
                "the shorter side, or output_scale"
            )
        scale = (
            Fraction(side, min(width, height)) if side else Fraction(wanted[0], width)
        )
        return attrs.evolve(self, resolution=None, output_scale=scale)

    def _check_codec(self) -> None:
        qualities = self.codec_row.qualities
        if self.quality not in qualities:
            known = ", ".join(qualities)
            hint = advice(str(self.quality), qualities)
            raise InputError(f"quality {self.quality!r} is not one of {known}{hint}")
        if self.capture == "jpeg" and not self._is_video_on_a_ground():
            raise InputError(
                f"{self.format} ({self.codec_name}) cannot be made from JPEG; "
                "leave capture out"
            )

    def _is_video_on_a_ground(self) -> bool:
        return self.format_row.container is not None and not self.codec_row.alpha

    def _check_rate_control(self) -> None:
        if self.crf is not None and self.bitrate is not None:
            raise InputError("crf and bitrate exclude each other; give one")
        codec, where = self.codec_row, f"codec {self.codec_name} ({self.format})"
        if self.crf is not None:
            if codec.max_crf is None:
                raise InputError(f"{where} takes no crf; leave it out")
            check_number(f"crf of {where}:", self.crf, 0, codec.max_crf)
        if self.bitrate is not None:
            if not codec.bitrate:
                raise InputError(f"{where} takes no bitrate; leave it out")
            text = isinstance(self.bitrate, str)
            if not (text and _BITRATE.fullmatch(self.bitrate)):
                raise InputError(f"bitrate {self.bitrate!r} is not like '800k' or '4M'")

    def _check_range(self) -> None:
        if self.frames is not None and (self.start, self.end) != (None, None):
            raise InputError("frames excludes start and end; give one of them")
        start = Fraction(0) if self.start is None else self.start
        if start < 0 or (self.end is not None and self.end <= start):
            raise InputError(
                f"start {self.start} and end {self.end} hold no time; "
                "give seconds from 0 up, the end after the start"
            )

    def check_rate(self, rate: FrameRate) -> None:
        """
        Refuse a *rate* that players do not show in this format.

        Raises:
            InputError: *rate* is too high.
        """
        highest = self.format_row.max_rate
        if highest is not None and rate.fraction > highest:
            raise InputError(
                f"{self.format} shows at most {highest} frames per second, "
                f"found {rate}; give a lower fps"
            )

    @property
    def capture_scale(self) -> int:
        """Pixels per CSS pixel that a page is drawn with."""
        return math.ceil(self.output_scale)

    @property
    def format_row(self) -> Format:
        """The row of the formats table asked for."""
        return find_format(self.format)

    @property
    def codec_name(self) -> str:
        """The codec asked for, or the format's default."""
        return self.format_row.default_codec if self.codec is None else self.codec

    @property
    def codec_row(self) -> Codec:
        """The row of that codec."""
        return find_codec(self.format, self.codec_name)

    @property
    def quality_row(self) -> Quality:
        """What *quality* means for that codec."""
        return self.codec_row.qualities[self.quality]


def check_portable(config: RenderConfig) -> None:
    """
    Refuse a *config* that only means something on the machine it was written on.

    Raises:
        InputError: *config* names a local path, or more chunks than a render may have.
    """
    for name in _HERE:
        if getattr(config, name) is not None:
            raise InputError(
                f"{name} is a path of this machine, which another one cannot read; "
                "what a project needs travels with it"
            )
    if config.chunks != "auto" and int(config.chunks) > MOST_CHUNKS:
        raise InputError(f"chunks {config.chunks}: a render has at most {MOST_CHUNKS}")
