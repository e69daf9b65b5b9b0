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
from .times import SourceTimes

_SECONDS = 3600.0
# Timestamps as the file has them, from its start on, wherever reading begins.
_STAMPS = ("-copyts", "-start_at_zero")
_DISCARDED = 4
_FLAGS = re.compile(r"F=0x([0-9a-fA-F]+)")
_FACTS = re.compile(r"\b(fmt|s|sar|color_range|color_space|color_trc):(\S+)")
_SHOWN = re.compile(r"\[Parsed_showinfo_0 @ \w+\] (n: *\d+ pts:|color_range:)")
_ALPHA = (
    "yuva",
    "rgba",
    "argb",
    "bgra",
    "abgr",
    "gbrap",
    "ya8",
    "ya16",
    "ayuv",
    "pal8",
)
# ffmpeg's own decoders of these leave the alpha channel out.
_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
# Seeking lands on a key frame before this much; less is not worth the risk.
_SEEK_FROM = Fraction(10)
_SEEK_MARGIN = Fraction(1)
_HD_HEIGHT = 720


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

    @property
    def has_alpha(self) -> bool:
        """Whether its pictures may be seen through."""
        return self.pixels.startswith(_ALPHA)

    @property
    def suffix(self) -> str:
        """Of its pictures: JPEG, or PNG where there is alpha to keep."""
        return "png" if self.has_alpha else "jpg"

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
        times, head = _list(_STAMPS, path, ("-c", "copy"), what, control)
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
        times=times,
        codec=codec,
        pixels=facts.get("fmt", ""),
        coded_height=int(head.get("dimensions", "x0").partition("x")[2]),
        width=width if square else round(width * Fraction(facts["sar"])),
        height=height,
        matrix=facts.get("color_space", "unknown"),
        range=facts.get("color_range", "unknown"),
        transfer=facts.get("color_trc", "unknown"),
    )


def _list_frames(source: VideoSource, what: str, control: Control) -> SourceTimes:
    """Decode every frame; slow, and true also where packets hold no frame of their own."""
    first = (*_decoder(source.codec), *_STAMPS)
    last = ("-c:v", "wrapped_avframe", "-fps_mode", "passthrough")
    times, _ = _list(
        first, source.path, (*last, "-enc_time_base:v", "demux"), what, control
    )
    return times


def _list(
    first: Sequence[str], path: Path, last: Sequence[str], what: str, control: Control
) -> tuple[SourceTimes, dict[str, str]]:
    args: list[str | Path] = [*first, *read_from(path), "-map", "0:V:0", *last]
    args += ["-f", "framecrc", "-"]
    done = run_ffmpeg(args, what=what, control=control, timeout=_SECONDS)
    lines = done.stdout.decode(errors="replace").splitlines()
    head = read_headers(lines)
    spans: dict[int, int] = {}
    for line in lines:
        if line and not line.startswith("#") and not _is_discarded(line):
            _, _, stamp, length, *_ = line.split(",")
            spans[int(stamp)] = int(length)
    if not spans or "tb" not in head:
        raise EncodeError(f"{what}: no frames in it")
    stamps = sorted(spans)
    last_length = spans[stamps[-1]] or (stamps[-1] - stamps[-2] if stamps[1:] else 1)
    times = SourceTimes(
        tick=Fraction(head["tb"]), stamps=tuple(stamps), stop=stamps[-1] + last_length
    )
    return times, head


def _is_discarded(line: str) -> bool:
    """Whether an edit list leaves the packet out; it is decoded for others' sake."""
    match = _FLAGS.search(line)
    return match is not None and bool(int(match[1], 16) & _DISCARDED)


def _first_frame(path: Path, codec: str, what: str, control: Control) -> dict[str, str]:
    args: list[str | Path] = ["-loglevel", "info", *_decoder(codec)]
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


def _decoder(codec: str) -> tuple[str, ...]:
    return ("-c:v", _DECODERS[codec]) if codec in _DECODERS else ()


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
    script.write_text(_filters(source, indices))
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
    encoder: tuple[str, ...] = ("mjpeg", "-q:v", "2", "-dct", "int")
    if source.has_alpha:
        encoder = ("png", "-compression_level", "3", "-pred", "up")
    args: list[str | Path] = [*_decoder(source.codec), *_STAMPS, *seek]
    args += ["-flags:v", "+bitexact", *read_from(source.path), "-map", "0:V:0"]
    args += ["-/filter:v", script, "-fps_mode", "passthrough"]
    args += ["-enc_time_base:v", "demux", "-frames:v", str(len(stamps))]
    args += ["-c:v", *encoder, "-threads:v", "1"]
    return [*args, "-flags:v", "+bitexact", "-fflags", "+bitexact"]


def _filters(source: VideoSource, indices: Sequence[int]) -> str:
    select = f"select='{_choice(_spans(source.times.stamps, indices))}'"
    if source.is_hdr:
        return f"{select},{_tone_map(source)}"
    matrix = source.matrix if source.matrix in _MATRICES else _guess_matrix(source)
    ranges = "" if source.range == "unknown" else f":in_range={source.range}"
    colors = f"in_color_matrix={matrix}{ranges}"
    size = f"scale=w={source.width}:h={source.height}"
    flags = "flags=bicubic+accurate_rnd+bitexact"
    # Colours that have half the size already keep the samples they have: to be made whole
    # and halved again by a filter blurs every coloured edge.
    keep = "flags=neighbor+accurate_rnd+bitexact"
    halved = source.pixels.startswith(_SUBSAMPLED)
    whole = "full_chroma_int+full_chroma_inp"
    if source.has_alpha and halved:
        return f"{select},{size}:{flags},scale={colors}:{keep}+{whole},format=rgba"
    if source.has_alpha:
        return f"{select},{size}:{colors}:{flags}+{whole},format=rgba"
    # JFIF pictures are BT.601 at full range, whatever they were made from.
    jfif = "out_color_matrix=bt601:out_range=full"
    if not halved:
        return f"{select},{size}:{colors}:{jfif}:{flags},format=yuvj420p"
    convert = f"scale={colors}:{keep},format=gbrp,scale={jfif}:{keep}"
    return f"{select},{size}:{flags},{convert},format=yuvj420p"


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


_SUBSAMPLED = ("yuv420p", "yuvj420p", "yuva420p", "nv12", "p010")
_MATRICES = ("bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020")


def _guess_matrix(source: VideoSource) -> str:
    """What Chrome takes a source for that does not say: by its height."""
    if source.matrix.startswith("bt2020"):
        return "bt2020"
    return "bt709" if source.coded_height >= _HD_HEIGHT else "bt601"


def _spans(stamps: Sequence[int], indices: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of consecutive *indices* as the stamps of their first and last frame."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and runs[-1][1] + 1 == index:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return [(stamps[first], stamps[last]) for first, last in runs]


def _choice(spans: Sequence[tuple[int, int]]) -> str:
    """
    An expression that is true for a stamp in one of *spans*.

    A search tree: ffmpeg evaluates a long sum by recursion, and gives up at a depth of
    about a hundred.
    """
    if len(spans) == 1:
        return f"between(pts,{spans[0][0]},{spans[0][1]})"
    middle = len(spans) // 2
    left, right = _choice(spans[:middle]), _choice(spans[middle:])
    return f"if(lt(pts,{spans[middle][0]}),{left},{right})"
