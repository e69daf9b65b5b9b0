"""
Coded pictures and sound as fragments of MP4, which players take one after the other.

What was coded is copied, never coded again. A fragment's times are those of the film, so that
who begins anywhere, or leaves one out, shows each frame at its time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import attrs

from .._model.formats import require_h264
from .._model.manifest import Content
from .._tools.ffmpeg import read_from, run_ffmpeg
from .._tools.files import work_dir
from ..errors import EncodeError
from ..progress import Control
from .segment import fill_in

SOUND_SECONDS = 6
"""About how long a fragment of sound is."""

_BITEXACT = ("-fflags", "+bitexact", "-map_metadata", "-1")
# A moment before 0 would have everything else moved; times stay those of the film.
_MUXER = ("-avoid_negative_ts", "disabled", "-f", "mp4", "-movflags")
_FLAGS = "+empty_moov+default_base_moof+frag_discont+omit_tfhd_offset"
# The first picture of a segment is decoded at its own time, and none of them before 0.
_PICTURE_FLAGS = f"{_FLAGS}+frag_keyframe+negative_cts_offsets"
_STAMPS = (
    "setts=pts=floor((PTS-STARTPTS)/{rate_denominator}+0.5)*{rate_denominator}+FIRST:"
    "dts=floor((DTS-STARTPTS)/{rate_denominator}+0.5)*{rate_denominator}+FIRST:"
    "duration={rate_denominator}"
)
# Coding begins with samples that nobody is to hear; a player of fragments would not know.
_HEARD = "noise=drop='lt(pts,0)'"


@attrs.frozen
class Fragments:
    """
    What one file was cut into.

    Attributes:
        head: What a player reads first.
        parts: The fragments, in order.
        starts: When each begins, in ticks of *scale*.
        scale: Ticks a second.
        codec: What players are told of the coding, such as ``avc1.640028``.
    """

    head: bytes
    parts: tuple[bytes, ...]
    starts: tuple[int, ...]
    scale: int
    codec: str


def check_fragments(content: Content) -> None:
    """
    Refuse what browsers play no fragments of.

    Raises:
        InputError: The pictures are not coded as H.264.
    """
    require_h264(content.encoder.format, content.encoder.codec)


def cut_pictures(
    source: Path, content: Content, first: int, *, control: Control
) -> Fragments:
    """
    Cut a segment or a chunk that begins with frame *first*: a fragment for each segment.

    Raises:
        EncodeError: ffmpeg cannot read *source*.
    """
    stamps = _STAMPS.replace("FIRST", str(first * content.frame_rate.denominator))
    scale = ("-video_track_timescale", "{rate_numerator}")
    args = (
        *("-map", "0:v:0", "-c", "copy", "-bsf:v", *fill_in([stamps], content)),
        *(*fill_in(scale, content), *_BITEXACT, "-flags:v", "+bitexact"),
        *(*_MUXER, _PICTURE_FLAGS),
    )
    return _cut(source, args, control)


def cut_sound(source: Path, *, control: Control) -> Fragments:
    """
    Cut a mixed and coded sound into fragments of about `SOUND_SECONDS`.

    Raises:
        EncodeError: ffmpeg cannot read *source*.
    """
    args = (
        *("-map", "0:a:0", "-c", "copy", "-bsf:a", _HEARD, *_BITEXACT),
        *("-flags:a", "+bitexact", "-frag_duration", str(SOUND_SECONDS * 1_000_000)),
        *(*_MUXER, _FLAGS),
    )
    return _cut(source, args, control)


def _cut(source: Path, args: tuple[str, ...], control: Control) -> Fragments:
    what = f"cannot cut {source.name} into fragments"
    with work_dir(source) as scratch:
        made = scratch / "fragments.mp4"
        run_ffmpeg([*read_from(source), *args, made], what=what, control=control)
        data = made.read_bytes()
    head, parts = b"", list[bytes]()
    for kind, box in _boxes(data):
        if kind == b"moof":
            parts.append(box)
        elif kind == b"mdat" and parts:
            parts[-1] += box
        elif kind in {b"ftyp", b"moov"}:
            head += box
    try:
        return Fragments(
            head=head,
            parts=tuple(parts),
            starts=tuple(_start(part) for part in parts),
            scale=struct.unpack(">I", _after(head, b"mdhd", 12, 4))[0],
            codec=codec_in(head),
        )
    except (ValueError, struct.error) as error:
        raise EncodeError(f"{what}: {error}") from None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each box of the file *data*, by its kind."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        if size == 1:
            (size,) = struct.unpack(">Q", data[at + 8 : at + 16])
        if size < 8:
            return
        yield kind, data[at : at + size]
        at += size


def _after(data: bytes, kind: bytes, skip: int, length: int) -> bytes:
    """*length* bytes of the box *kind*, after *skip* of its own."""
    at = data.index(kind) + 4 + skip
    return data[at : at + length]


def _start(part: bytes) -> int:
    """When a fragment begins; ffmpeg writes that in 64 bits."""
    return int.from_bytes(_after(part, b"tfdt", 4, 8), "big")


def codec_in(head: bytes) -> str:
    """The coding that *head* is of, as RFC 6381 spells it."""
    if b"avcC" in head:
        return f"avc1.{_after(head, b'avcC', 1, 3).hex()}"
    return "mp4a.40.2"


def lengths(cut: Fragments, whole: Fraction) -> tuple[Fraction, ...]:
    """Seconds of each fragment of what lasts *whole* seconds in all."""
    starts = [Fraction(start, cut.scale) for start in cut.starts]
    stops = [*starts[1:], max(whole, starts[-1] if starts else Fraction(0))]
    return tuple(stop - start for start, stop in zip(starts, stops, strict=True))
