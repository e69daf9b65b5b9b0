"""
One row per output format: its suffix, its codecs, and how a quality becomes settings.

Adding a format is adding a row; nothing else in the library branches on a format's name.
What a row says in ``{braces}`` is filled in from the plan by the encoder or the muxer.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import PurePath
from types import MappingProxyType
from typing import Literal

import attrs

from ..errors import InputError

FormatName = Literal["mp4", "webm", "mov", "png-sequence", "gif"]
CodecName = Literal["h264", "h265", "av1", "vp9", "prores", "png", "gif"]
QualityName = Literal["draft", "standard", "high"]


@attrs.frozen(kw_only=True)
class Quality:
    """
    What one quality name means for a codec.

    Attributes:
        preset: The encoder's speed preset; for gif, how colours are dithered.
        crf: Constant rate factor used when the caller gives neither crf nor bitrate;
            None where a codec has none.
    """

    preset: str = ""
    crf: int | None = None


@attrs.frozen(kw_only=True)
class Container:
    """
    A file a muxer writes.

    Attributes:
        muxer: ffmpeg's name of it.
        options: Given whenever one is written.
        join_options: Given when segments are joined.
        stamp: Ticks of packet ``N``, or of one at about ``TIME`` ticks where packets
            come out of order, in the unit of the file's own clock.
        stamp_length: Ticks of one frame; empty where the file has no such field.
        sound_options: Given when sound is laid beside the pictures.
        sound_file: Given for the file of its own that sound is coded into before.
        sound_suffix: The suffix of that file.
    """

    muxer: str
    options: tuple[str, ...] = ()
    join_options: tuple[str, ...] = ()
    stamp: str = "floor(TIME/{rate_denominator}+0.5)*{rate_denominator}"
    stamp_length: str = "{rate_denominator}"
    sound_options: tuple[str, ...] = ()
    sound_file: tuple[str, ...] = ()
    sound_suffix: str = ""


@attrs.frozen(kw_only=True)
class Codec:
    """
    How pictures are coded.

    Attributes:
        stream: What ffmpeg calls the coded stream.
        qualities: Settings by quality name.
        encoder: ffmpeg's name of the encoder; empty where pictures stay what they are.
        options: The encoder's own arguments.
        crf_options: Arguments for a constant rate factor.
        tags: What the file says of the stream; lost in a copy, so given at each mux.
        max_crf: Highest crf it takes; None where it has none.
        bitrate: Whether it takes a bitrate.
        pixel_format: ffmpeg's name for the coded pixels.
        alpha: Whether transparency survives.
        even: Whether sizes must be even.
    """

    stream: str
    qualities: Mapping[str, Quality]
    encoder: str = ""
    options: tuple[str, ...] = ()
    crf_options: tuple[str, ...] = ("-crf", "{crf}")
    tags: tuple[str, ...] = ()
    max_crf: int | None = None
    bitrate: bool = False
    pixel_format: str = "yuv420p"
    alpha: bool = False
    even: bool = False

    def coded_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """The size of a coded picture whose frame is *size*."""
        if not self.even:
            return size
        return (size[0] + size[0] % 2, size[1] + size[1] % 2)


@attrs.frozen(kw_only=True)
class Format:
    """
    An output format.

    Attributes:
        name: What a caller asks for.
        suffix: Suffix of the output, with its dot; empty for a directory of pictures.
        part_suffix: Suffix of segments and chunks.
        container: What segments, chunks and output are; None where segments and chunks
            are tars of pictures.
        codecs: By name; the first one is the default.
        audio: ffmpeg's encoder for the sound of an output; None where it has none.
        ticks: Ticks per second that times are rounded to; None where they are exact.
        max_rate: Highest frame rate players show; None for any.
    """

    name: str
    suffix: str
    part_suffix: str
    container: Container | None
    codecs: Mapping[str, Codec]
    audio: str | None = None
    ticks: int | None = None
    max_rate: Fraction | None = None

    @property
    def default_codec(self) -> str:
        """The codec used when the caller names none."""
        return next(iter(self.codecs))


_TIMESCALE = ("-video_track_timescale", "{rate_numerator}")
# The box's bit rates are read off the first input file, so grouping would show.
_NO_BIT_RATES = ("-write_btrt", "0")
# The index comes first, so that a player can start before the file has arrived.
_MP4 = Container(
    muxer="mp4",
    options=(*_TIMESCALE, *_NO_BIT_RATES),
    join_options=("-movflags", "+faststart"),
    # Edit lists count in the file's own ticks, which are milliseconds unless told; they
    # say that the encoder's first packet comes before time 0, and a click stays on its
    # sample.
    sound_options=("-movie_timescale", "48000"),
    sound_file=("-movie_timescale", "48000", *_NO_BIT_RATES, "-f", "mp4"),
    sound_suffix=".m4a",
)
_MOV = attrs.evolve(_MP4, muxer="mov")
_WEBM = Container(
    muxer="webm",
    join_options=("-cues_to_front", "1"),
    stamp="floor(N*{rate_denominator}*1000/{rate_numerator}+0.5)",
    stamp_length="",
    # Vorbis decoders give nothing for the first packet, which overlaps with the second. A
    # file coded in one go says that as a codec delay as well, and browsers then leave out
    # as much again of what is heard. Ogg says it by its own times, of which a page has one.
    sound_file=("-page_duration", "1", "-f", "ogg"),
    sound_suffix=".ogg",
    sound_options=("-bsf:a", "setts=pts=max(PTS\\,0):dts=max(DTS\\,0)"),
)

# One thread, one closed group of pictures: a segment's bytes then depend on its frames
# alone, and it can be shown without those around it. The group is as long in the shorter
# last segment: encoders write other parameter sets for a group of one picture, and such
# files do not join.
_GROUP = ("-threads", "1", "-g", "{group}", "-keyint_min", "{group}")

# What a frame's milliseconds buy here is in docs/decisions/0010.
_X264 = (
    "open-gop=0:scenecut=0:cpu-independent=1:aq-mode=2:aq-strength=0.4:mbtree=1:b-adapt=0:"
    "rc-lookahead=8:direct=auto:chroma-qp-offset=-1"
)

_H264 = Codec(
    stream="h264",
    encoder="libx264",
    options=(
        *(*_GROUP, "-preset", "{preset}", "-sc_threshold", "0"),
        *("-x264-params", _X264),
    ),
    max_crf=51,
    bitrate=True,
    even=True,
    qualities={
        "draft": Quality(preset="ultrafast", crf=28),
        "standard": Quality(preset="veryfast", crf=18),
        "high": Quality(preset="slow", crf=15),
    },
)

_X265 = (
    "keyint={group}:min-keyint={group}:open-gop=0:scenecut=0:bframes=0:aq-mode=3:"
    "pools=none:frame-threads=1:info=0:log-level=error"
)

_H265 = Codec(
    stream="hevc",
    encoder="libx265",
    options=(
        *(*_GROUP, "-preset", "{preset}", "-bf", "0"),
        # info=0: no note of version and settings in the stream.
        *("-x265-params", _X265),
    ),
    # QuickTime and Safari do not play the default hev1.
    tags=("-tag:v", "hvc1"),
    max_crf=51,
    bitrate=True,
    even=True,
    qualities={
        "draft": Quality(preset="ultrafast", crf=28),
        "standard": Quality(preset="fast", crf=20),
        "high": Quality(preset="slow", crf=15),
    },
)

_AV1 = Codec(
    stream="av1",
    encoder="libsvtav1",
    options=(
        *("-g", "{group}", "-preset", "{preset}"),
        *("-svtav1-params", "lp=1:scd=0:irefresh-type=2"),
    ),
    max_crf=63,
    bitrate=True,
    even=True,
    # From 9 on a preset shows a frame of the scene before after a cut, whatever the crf.
    qualities={
        "draft": Quality(preset="8", crf=40),
        "standard": Quality(preset="6", crf=28),
        "high": Quality(preset="4", crf=20),
    },
)

_VP9 = Codec(
    stream="vp9",
    encoder="libvpx-vp9",
    options=(
        *(*_GROUP, "-deadline", "good", "-cpu-used", "{preset}", "-row-mt", "0"),
        # A hidden reference frame has no place beside an alpha plane.
        *("-auto-alt-ref", "0"),
    ),
    crf_options=("-crf", "{crf}", "-b:v", "0"),
    tags=("-metadata:s:v:0", "alpha_mode=1"),
    max_crf=63,
    bitrate=True,
    pixel_format="yuva420p",
    alpha=True,
    qualities={
        "draft": Quality(preset="5", crf=32),
        "standard": Quality(preset="4", crf=20),
        "high": Quality(preset="2", crf=15),
    },
)

_PRORES = Codec(
    stream="prores",
    encoder="prores_ks",
    options=("-threads", "1", "-profile:v", "4444", "-vendor", "apl0"),
    pixel_format="yuva444p10le",
    alpha=True,
    # The codec's own rate is the quality; the names mean the same.
    qualities={"draft": Quality(), "standard": Quality(), "high": Quality()},
)

_PNG = Codec(
    stream="png",
    pixel_format="rgba",
    alpha=True,
    # Lossless, so the names mean the same.
    qualities={"draft": Quality(), "standard": Quality(), "high": Quality()},
)

_GIF = Codec(
    stream="gif",
    encoder="gif",
    pixel_format="pal8",
    qualities={
        "draft": Quality(preset="bayer"),
        "standard": Quality(preset="sierra2_4a"),
        "high": Quality(preset="floyd_steinberg"),
    },
)

_ROWS = (
    Format(
        name="mp4",
        suffix=".mp4",
        part_suffix=".mp4",
        container=_MP4,
        codecs={"h264": _H264, "h265": _H265, "av1": _AV1},
        audio="aac",
    ),
    Format(
        name="webm",
        suffix=".webm",
        part_suffix=".webm",
        container=_WEBM,
        codecs={"vp9": _VP9, "av1": _AV1},
        # Not Opus, whose encoder writes other bytes on other processors.
        audio="libvorbis",
        ticks=1000,
    ),
    Format(
        name="mov",
        suffix=".mov",
        part_suffix=".mov",
        container=_MOV,
        codecs={"prores": _PRORES},
        audio="aac",
    ),
    Format(
        name="png-sequence",
        suffix="",
        part_suffix=".tar",
        container=None,
        codecs={"png": _PNG},
    ),
    Format(
        name="gif",
        suffix=".gif",
        part_suffix=".tar",
        container=None,
        codecs={"gif": _GIF},
        ticks=100,
        # Browsers show a picture that should last one hundredth for ten of them.
        max_rate=Fraction(50),
    ),
)

FORMATS: Mapping[str, Format] = MappingProxyType({row.name: row for row in _ROWS})


def require_h264(format_name: str, codec: str) -> None:
    """
    Refuse what browsers play no fragments of, as a live preview has them.

    Raises:
        InputError: The pictures are not coded as H.264.
    """
    if codec != "h264":
        raise InputError(
            f"a live preview is of pictures coded as H.264, and {format_name} is {codec} "
            "here; ask for format mp4 and codec h264, or for no live preview"
        )


def find_format(name: str) -> Format:
    """
    The row called *name*.

    Raises:
        InputError: No format is called so; the message lists those there are.
    """
    try:
        return FORMATS[name]
    except (KeyError, TypeError):
        raise InputError(
            f"format {name!r} is not one of {', '.join(FORMATS)}"
        ) from None


def _other_formats(codec_name: str) -> str:
    """What a message says behind a codec of another format's."""
    found = [row.name for row in FORMATS.values() if codec_name in row.codecs]
    return f"; it is a codec of {' and '.join(found)}" if found else ""


def find_codec(format_name: str, codec_name: str) -> Codec:
    """
    The codec *codec_name* of the format called *format_name*.

    Raises:
        InputError: The format has no such codec; the message lists those it has.
    """
    codecs = find_format(format_name).codecs
    try:
        return codecs[codec_name]
    except (KeyError, TypeError):
        raise InputError(
            f"codec {codec_name!r} is not one of {', '.join(codecs)} ({format_name})"
            + _other_formats(codec_name)
        ) from None


def format_of(path: PurePath) -> str | None:
    """The format whose outputs have the suffix of *path*, if one has."""
    for row in FORMATS.values():
        if row.suffix and row.suffix == path.suffix.lower():
            return row.name
    return None
