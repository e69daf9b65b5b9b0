"""
Sources of moving pictures: when their frames are shown, and those frames as pictures.

Only the frames asked for are decoded into files, and each is found by its timestamp, so
a variable frame rate is a rate like any other. The pictures have the pixels a page shows:
turned, square, and in the colours the source means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import attrs

from .._tools.ffmpeg import read_from, read_headers, run_ffmpeg, try_ffmpeg
from .._tools.files import list_files
from ..errors import EncodeError, EncoderLostError, InputError
from ..progress import Control
from .convert import (
    decoder_args,
    has_alpha,
    picture_args,
    picture_filters,
    select_filter,
)
from .times import SourceTimes

_SECONDS = 3600.0
STAMPS = ("-copyts", "-start_at_zero")
"""Timestamps as the file has them, from its start on, wherever reading begins."""
_DISCARDED = 4
_FLAGS = re.compile(r"F=0x([0-9a-fA-F]+)")
_FACTS = re.compile(r"\b(fmt|s|sar|i|color_range|color_space|color_trc):(\S+)")
_SHOWN = re.compile(r"\[Parsed_showinfo_0 @ \w+\] (n: *\d+ pts:|color_range:)")
# Seeking lands on a key frame before this much; less is not worth the risk.
_SEEK_FROM = Fraction(10)
_SEEK_MARGIN = Fraction(1)


@attrs.frozen(kw_only=True)
class VideoSource:
    """
    One file with moving pictures.

    Attributes:
        path: The file.
        times: When its frames are shown.
        codec: ffmpeg's name of the codec.
        pixels: ffmpeg's name of the decoded pixels.
        width: Pixels of a frame as it is shown.
        height: Likewise.
        coded_height: Before it is turned.
        matrix: The colour matrix it declares; ``unknown`` where it does not.
        range: ``tv``, ``pc`` or ``unknown``, likewise.
        transfer: The transfer curve it declares, likewise.
        order: The timestamp of each packet as it lies there, those among them that an
            edit list leaves out.
        is_interlaced: Whether a frame may be two pictures.
    """

    path: Path
    times: SourceTimes
    codec: str
    pixels: str
    width: int
    height: int
    coded_height: int
    matrix: str
    range: str
    transfer: str
    order: tuple[int, ...]
    is_interlaced: bool

    @property
    def suffix(self) -> str:
        """Of its pictures: JPEG, or PNG where there is alpha to keep."""
        return "png" if has_alpha(self) else "jpg"

    @property
    def is_hdr(self) -> bool:
        """Whether its colours are beyond what a page shows."""
        return self.transfer in {"smpte2084", "arib-std-b67"}


def open_source(path: Path, name: str, *, control: Control) -> VideoSource:
    """
    Read when the frames of *path* are shown and how they look; *name* names it in errors.

    Raises:
        InputError: ffmpeg finds no moving pictures in it.
    """
    what = f"video {name!r}"
    try:
        listed = _list(STAMPS, path, ("-c", "copy"), what, control)
        head = listed.head
        codec = head.get("codec_id", "")
        facts = _first_frame(path, codec, what, control)
    except EncoderLostError:
        raise
    except EncodeError as error:
        raise InputError(f"{error}; is it a video, and whole?") from None
    width, height = (int(side) for side in facts["s"].split("x"))
    square = facts.get("sar", "0/1").startswith("0/")
    return VideoSource(
        path=path,
        times=listed.times,
        codec=codec,
        pixels=facts.get("fmt", ""),
        coded_height=int(head.get("dimensions", "x0").partition("x")[2]),
        width=width if square else round(width * Fraction(facts["sar"])),
        height=height,
        matrix=facts.get("color_space", "unknown"),
        range=facts.get("color_range", "unknown"),
        transfer=facts.get("color_trc", "unknown"),
        order=listed.order,
        is_interlaced=facts.get("i", "P") != "P",
    )


@attrs.frozen
class _Listed:
    """What ffmpeg's framecrc says of a stream."""

    times: SourceTimes
    order: tuple[int, ...]
    head: dict[str, str]


def _list_frames(source: VideoSource, what: str, control: Control) -> SourceTimes:
    """Decode every frame; slow, and true also where packets hold no frame of their own."""
    first = (*decoder_args(source.codec), *STAMPS)
    kept = ("-fps_mode", "passthrough", "-enc_time_base:v", "demux")
    last = ("-c:v", "wrapped_avframe", *kept)
    return _list(first, source.path, last, what, control).times


def _list(
    first: Sequence[str], path: Path, last: Sequence[str], what: str, control: Control
) -> _Listed:
    args: list[str | Path] = [*first, *read_from(path), "-map", "0:V:0", *last]
    args += ["-f", "framecrc", "-"]
    done = run_ffmpeg(args, what=what, control=control, timeout=_SECONDS)
    lines = done.stdout.decode(errors="replace").splitlines()
    head = read_headers(lines)
    spans: dict[int, int] = {}
    order: list[int] = []
    for line in lines:
        if line and not line.startswith("#"):
            _, _, stamp, length, *_ = line.split(",")
            order.append(int(stamp))
            if not _is_discarded(line):
                spans[int(stamp)] = int(length)
    if not spans or "tb" not in head:
        raise EncodeError(f"{what}: no frames in it")
    stamps = sorted(spans)
    last_length = spans[stamps[-1]] or (stamps[-1] - stamps[-2] if stamps[1:] else 1)
    times = SourceTimes(
        tick=Fraction(head["tb"]), stamps=tuple(stamps), stop=stamps[-1] + last_length
    )
    return _Listed(times, tuple(order), head)


def _is_discarded(line: str) -> bool:
    """Whether an edit list leaves the packet out; it is decoded for others' sake."""
    match = _FLAGS.search(line)
    return match is not None and bool(int(match[1], 16) & _DISCARDED)


def _first_frame(path: Path, codec: str, what: str, control: Control) -> dict[str, str]:
    args: list[str | Path] = ["-loglevel", "info", *decoder_args(codec)]
    args += [*read_from(path), "-map", "0:V:0", "-frames:v", "1"]
    # A file's own words are logged before its first frame, and may look like anything.
    args += ["-vf", "showinfo=checksum=0", "-map_metadata", "-1", "-f", "null", "-"]
    done = try_ffmpeg(args, what=what, control=control, timeout=_SECONDS)
    facts: dict[str, str] = {}
    for line in done.log.splitlines():
        if _SHOWN.match(line):
            facts.update(_FACTS.findall(line))
    if done.code != 0 or "fmt" not in facts:
        raise EncodeError(f"{what}: ffmpeg cannot decode it: {done.stderr[-400:]}")
    return facts


def recount(source: VideoSource, name: str, *, control: Control) -> VideoSource:
    """
    *source* with the times of its frames as they leave the decoder.

    Raises:
        InputError: *source* cannot be decoded.
    """
    try:
        times = _list_frames(source, f"video {name!r}", control)
    except EncoderLostError:
        raise
    except EncodeError as error:
        raise InputError(str(error)) from None
    return attrs.evolve(source, times=times)


def extract_pictures(
    source: VideoSource, wanted: Iterable[int], folder: Path, *, control: Control
) -> tuple[Path, ...] | None:
    """
    Write the frames *wanted* of *source*, by index, into the empty *folder*.

    Returns:
        Their files in rising order of index; None if the decoder gave other frames than
        the file promised, see `recount`.

    Raises:
        EncodeError: ffmpeg failed.
    """
    indices = sorted(set(wanted))
    stamps = [source.times.stamps[index] for index in indices]
    script = folder.with_suffix(".filter")
    select = select_filter(stamps, source.times.stamps)
    convert = _tone_map(source) if source.is_hdr else picture_filters(source)
    script.write_text(f"{select},{convert}")
    args = _extract_args(source, stamps, script)
    args += ["-f", "image2", "-frame_pts", "1", folder / f"%d.{source.suffix}"]
    what = f"video {source.path.name!r}"
    run_ffmpeg(args, what=what, control=control, timeout=_SECONDS)
    paths = tuple(folder / f"{stamp}.{source.suffix}" for stamp in stamps)
    found = {folder / name for name in list_files(folder)}
    return paths if found == set(paths) else None


def _extract_args(
    source: VideoSource, stamps: Sequence[int], script: Path
) -> list[str | Path]:
    begin = stamps[0] * source.times.tick
    seek: tuple[str, ...] = ()
    if begin > _SEEK_FROM:
        seek = ("-noaccurate_seek", "-ss", f"{float(begin - _SEEK_MARGIN):.3f}")
    args: list[str | Path] = [*decoder_args(source.codec), *STAMPS, *seek]
    args += ["-flags:v", "+bitexact", *read_from(source.path), "-map", "0:V:0"]
    args += ["-/filter:v", script, "-fps_mode", "passthrough"]
    args += ["-enc_time_base:v", "demux", "-frames:v", str(len(stamps))]
    return [*args, *picture_args(source), "-fflags", "+bitexact"]


# BT.2408: what is white on paper has 203 cd/m² where SDR has its brightest.
_WHITE_NITS = 203
_PEAK_NITS = 1000


def _tone_map(source: VideoSource) -> str:
    """
    HDR as a page shows it.

    Up to 0.8 of the reference white colours are what they were; what is brighter is rolled
    off by Möbius' curve, so that 1000 cd/m² are the brightest there is.
    """
    matrix = source.matrix if source.matrix.startswith("bt2020") else "bt2020nc"
    given = "pc" if source.range == "pc" else "tv"
    peak = f"{_PEAK_NITS / _WHITE_NITS:.6f}"
    return (
        f"zscale=tin={source.transfer}:pin=bt2020:min={matrix}:rin={given}"
        f":t=linear:npl={_WHITE_NITS}:p=bt709:m=gbr,format=gbrpf32le"
        f",tonemap=mobius:param=0.8:desat=0:peak={peak}"
        ",zscale=t=iec61966-2-1:r=full,format=gbrp"
        f",scale=w={source.width}:h={source.height}"
        ":out_color_matrix=bt601:out_range=full:flags=bicubic+accurate_rnd+bitexact"
        ",format=yuvj420p"
    )
