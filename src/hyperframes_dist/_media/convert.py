"""
From a decoded frame to the picture a page shows: ffmpeg's arguments, for whoever decodes.

The pixels are those a page means: turned, square, and in the colours of the source. Nothing
is run here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

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
_HD_HEIGHT = 720


class Looks(Protocol):
    """
    How the frames of a source look when decoded; see `Footage`.
    """

    @property
    def pixels(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def coded_height(self) -> int: ...
    @property
    def matrix(self) -> str: ...
    @property
    def range(self) -> str: ...


def has_alpha(source: Looks) -> bool:
    """Whether pictures of *source* may be seen through."""
    return source.pixels.startswith(_ALPHA)


def decoder_args(codec: str) -> tuple[str, ...]:
    """What chooses the decoder of *codec*."""
    return ("-c:v", _DECODERS[codec]) if codec in _DECODERS else ()


def picture_args(source: Looks) -> tuple[str, ...]:
    """What makes files of the pictures: JPEG, or PNG where there is alpha to keep."""
    # Of the transform a program has one for every processor of its kind, twice as fast as
    # the one it has for all. The best table for each picture saves a tenth of its bytes
    # for a second pass.
    fast = ("-dct", "auto", "-huffman", "default")
    encoder: tuple[str, ...] = ("mjpeg", "-q:v", "2", *fast)
    if has_alpha(source):
        encoder = ("png", "-compression_level", "3", "-pred", "up")
    return ("-c:v", *encoder, "-threads:v", "1", "-flags:v", "+bitexact")


def picture_filters(source: Looks) -> str:
    """Filters from what is decoded to what the pictures hold."""
    matrix = source.matrix if source.matrix in _MATRICES else _guess_matrix(source)
    ranges = "" if source.range == "unknown" else f":in_range={source.range}"
    colors = f"in_color_matrix={matrix}{ranges}"
    size = f"scale=w={source.width}:h={source.height}"
    flags = "flags=bicubic+accurate_rnd+bitexact"
    # Colours that have half the size already keep the samples they have: to be made whole
    # and halved again by a filter blurs every coloured edge.
    keep = "flags=neighbor+accurate_rnd+bitexact"
    alpha = has_alpha(source)
    halved = source.pixels.startswith(_SUBSAMPLED)
    whole = "full_chroma_int+full_chroma_inp"
    if alpha and halved:
        return f"{size}:{flags},scale={colors}:{keep}+{whole},format=rgba"
    if alpha:
        return f"{size}:{colors}:{flags}+{whole},format=rgba"
    if source.pixels in _DIRECT and not (source.width % 2 or source.height % 2):
        return f"{size}:{flags},{_convert_directly(source, matrix)}"
    # JFIF pictures are BT.601 at full range, whatever they were made from.
    jfif = "out_color_matrix=bt601:out_range=full"
    if not halved:
        return f"{size}:{colors}:{jfif}:{flags},format=yuvj420p"
    convert = f"scale={colors}:{keep},format=gbrp,scale={jfif}:{keep}"
    return f"{size}:{flags},{convert},format=yuvj420p"


def _convert_directly(source: Looks, matrix: str) -> str:
    """
    From one matrix and range to JFIF's, each sample by those that lie with it.

    No picture in RGB is rounded in between, so that it is nearer to the source, at an
    eighth of the cost.
    """
    given = "pc" if source.range == "pc" else "tv"
    space = {"bt601": "smpte170m", "bt2020": "bt2020nc"}.get(matrix, matrix)
    # Primaries and curve are those of the page, whatever the source says.
    same = "color_primaries=bt709:color_trc=bt709"
    return (
        f"setparams=range={given}:colorspace={space}:{same}"
        ",colorspace=space=smpte170m:range=pc:primaries=bt709:trc=bt709"
        ":format=yuv420p:fast=1"
    )


_DIRECT = ("yuv420p", "yuv420p10le")
_SUBSAMPLED = ("yuv420p", "yuvj420p", "yuva420p", "nv12", "p010")
_MATRICES = ("bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020")


def _guess_matrix(source: Looks) -> str:
    """What Chrome takes a source for that does not say: by its height."""
    if source.matrix.startswith("bt2020"):
        return "bt2020"
    return "bt709" if source.coded_height >= _HD_HEIGHT else "bt601"


def select_filter(stamps: Iterable[int], known: Sequence[int]) -> str:
    """A filter that passes frames with *stamps*, rising, which are some of all *known*."""
    places = {stamp: place for place, stamp in enumerate(known)}
    return f"select='{_choice(_spans(known, [places[s] for s in stamps]))}'"


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
