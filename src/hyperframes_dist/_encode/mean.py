"""
The mean of several pictures: what a frame is while a shutter is open.

Pictures are pixels or PNG files, as they were captured, and so is their mean. Each of its
values is the mean of theirs, halves rounded up; of pictures that can be seen through, of
their colours as far as they are seen. Values are as they are stored, not as light: so do
After Effects and browsers mix. Of pictures that are all the same the mean is the first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from functools import cache

import attrs

from .._model.manifest import Content
from .._tools.leftovers import temp_dir
from ..errors import EncodeError
from ..progress import Control
from .pictures import encode_png
from .segment import PLAIN, feed_ffmpeg, picture_input

# Pieces of a picture that are compared and summed at once: they stay in a processor's cache,
# and what stands still is mostly in other pieces than what moves.
_PIECE = 1 << 16
# A sum of 64 values times a factor of this precision is exact, and fits in four bytes.
_BITS = 20
# In the head of a PNG.
_COLOUR_TYPE = 25
_ALONE = ("-threads", "1", "-filter_threads", "1", "-filter_complex_threads", "1")


def means(
    pictures: Iterator[bytes],
    count: int,
    content: Content,
    *,
    raw: bool,
    control: Control,
) -> Generator[bytes]:
    """
    The mean of each *count* of *pictures*, at most 64, in order.

    Args:
        raw: They are pixels, not files.

    Raises:
        EncodeError: A file cannot be decoded.
    """
    with contextlib.ExitStack() as stack:
        if isinstance(pictures, Generator):
            stack.enter_context(contextlib.closing(pictures))
        while True:
            group = _Pixels(count) if raw else _Files(count)
            for picture in pictures:
                group.add(picture)
                if group.is_whole:
                    break
            else:
                return
            yield group.mean(content, control)


@attrs.define
class _Runs:
    """Pictures of one frame as they come, the same ones that follow each other as one."""

    count: int
    _held: bytes = b""
    _times: int = 0
    _seen: int = 0

    @property
    def is_whole(self) -> bool:
        return self._seen == self.count

    def add(self, picture: bytes) -> None:
        self._seen += 1
        # What did not change is the very same object, or else the same file.
        if picture is self._held or (self._times and self._is_same(picture)):
            self._times += 1
            return
        self._flush()
        self._held, self._times = picture, 1

    def _is_same(self, picture: bytes) -> bool:  # noqa: ARG002
        return False

    def _flush(self) -> None:
        raise NotImplementedError

    def mean(self, content: Content, control: Control) -> bytes:
        raise NotImplementedError


@attrs.define
class _Files(_Runs):
    _files: list[tuple[bytes, int]] = attrs.field(factory=list)

    def _is_same(self, picture: bytes) -> bool:
        return picture == self._held

    def _flush(self) -> None:
        if self._times:
            self._files.append((self._held, self._times))

    def mean(self, content: Content, control: Control) -> bytes:
        self._flush()
        if len(self._files) == 1:
            return self._held
        return _mean_of_files(self._files, self.count, content, control)


def _mean_of_files(
    files: list[tuple[bytes, int]], count: int, content: Content, control: Control
) -> bytes:
    if len({file[_COLOUR_TYPE] for file, _ in files}) > 1:
        files = _alike(files, content, control)
    pictures = (file for file, times in files for _ in range(times))
    mixed = f"tmix=frames={count},select=eq(n\\,{count - 1})"
    if content.capture.transparent:
        chain, pixels = _seen_through(mixed), "gray16le"
    else:
        chain = f"[0:v]{PLAIN},format=rgb24,format=gbrp,{mixed},format=bgr0"
        pixels = "bgr0"
    with temp_dir("mean") as folder:
        path = folder / "mean"
        feed_ffmpeg(
            pictures,
            [
                *(*_ALONE, *picture_input(content), "-filter_complex", chain),
                *("-frames:v", "1", "-f", "rawvideo", "-pix_fmt", pixels, path),
            ],
            "the mean of a frame's pictures",
            control=control,
        )
        found = path.read_bytes()
    width, height = content.frame_size
    if len(found) != width * height * (8 if content.capture.transparent else 4):
        raise EncodeError("the mean of a frame's pictures is of another size")
    if content.capture.transparent:
        return encode_png(_of_planes(found), content.frame_size, alpha=True)
    return encode_png(found, content.frame_size)


def _alike(
    files: list[tuple[bytes, int]], content: Content, control: Control
) -> list[tuple[bytes, int]]:
    """
    *files* as pictures that all have alpha.

    Chrome leaves it out where everything is seen, and ffmpeg forgets what it has summed where
    it comes or goes.
    """
    with temp_dir("mean") as folder:
        args = [*_ALONE, *picture_input(content), "-vf", f"{PLAIN},format=rgba"]
        args += ["-fps_mode", "passthrough", "-c:v", "png", "-compression_level", "1"]
        args += ["-f", "image2", "-start_number", "0"]
        feed_ffmpeg(
            (file for file, _ in files),
            [*args, folder / "%d.png"],
            "pictures with alpha",
            control=control,
        )
        return [
            ((folder / f"{number}.png").read_bytes(), times)
            for number, (_, times) in enumerate(files)
        ]


# The scaler does not make sixteen bits of eight exactly, nor eight of sixteen.
_PRODUCT = "lut2=c0=x*{}:d=16"
# Of whole numbers it would run over.
_QUOTIENT = "blend=all_expr='if(B,floor(255*A/B+0.5)*256,0)'"


def _seen_through(mixed: str) -> str:
    """
    Filters for the mean of pictures with alpha: red, green, blue and alpha, one below the
    other, each value in the upper byte of two.

    A colour is the sum of all, each times its alpha, by the sum of those.
    """
    colours, count = "rgb", len("rgb")
    product, wide = _PRODUCT.format("y"), _PRODUCT.format(255)
    weights = "".join(f"[a{c}]" for c in colours)
    sums = "".join(f"[s{c}]" for c in colours)
    rows = [
        f"[0:v]{PLAIN},format=rgba,extractplanes=r+g+b+a[r][g][b][a]",
        f"[a]split={count + 3}{weights}[w][v][alpha]",
        f"[w][v]{wide},{mixed},split={count}{sums}",
        f"[alpha]{mixed},split=2[one][other]",
        f"[one][other]{_PRODUCT.format(256)}[seen]",
    ]
    for c in colours:
        rows += [
            f"[{c}][a{c}]{product},{mixed}[m{c}]",
            f"[m{c}][s{c}]{_QUOTIENT}[{c}{c}]",
        ]
    ends = "".join(f"[{c}{c}]" for c in colours)
    return ";".join([*rows, f"{ends}[seen]vstack=inputs={count + 1}"])


def _of_planes(found: bytes) -> bytes:
    """Pixels with alpha in the order blue, green, red of what `_seen_through` makes."""
    values = found[1::2]
    size = len(values) // 4
    red, green, blue, alpha = (values[n * size : (n + 1) * size] for n in range(4))
    seen = int.from_bytes(alpha.translate(b"\0" + b"\xff" * 255), "little")
    pixels = bytearray(4 * size)
    for place, colour in enumerate((blue, green, red)):
        kept = int.from_bytes(colour, "little") & seen
        pixels[place::4] = kept.to_bytes(size, "little")
    pixels[3::4] = alpha
    return bytes(pixels)


@attrs.define
class _Pixels(_Runs):
    """
    Sums of pixels, by pieces.

    A piece is one number with its bytes as digits. Of each sum two are kept: of all bytes,
    carrying over, and of every other one alone; what is left of the first is the others'.
    """

    _first: bytes = b""
    _before: int = 0
    _sums: dict[int, tuple[int, int]] = attrs.field(factory=dict)

    def _flush(self) -> None:
        picture, times = self._held, self._times
        if not times:
            return
        self._first = self._first or picture
        for start in range(0, len(picture), _PIECE):
            piece, stop = picture[start : start + _PIECE], start + _PIECE
            sums = self._sums.get(start)
            if sums is None:
                if piece == self._first[start:stop]:
                    continue
                sums = _weigh(self._first[start:stop], self._before)
            whole, even = _weigh(piece, times)
            self._sums[start] = (sums[0] + whole, sums[1] + even)
        self._before += times

    def mean(self, content: Content, control: Control) -> bytes:  # noqa: ARG002
        if self._held and not self._before:
            return self._held
        self._flush()
        pieces = []
        for start in range(0, len(self._first), _PIECE):
            piece = self._first[start : start + _PIECE]
            sums = self._sums.get(start)
            pieces.append(_divide(*sums, self.count, len(piece)) if sums else piece)
        return b"".join(pieces)


def _weigh(piece: bytes, times: int) -> tuple[int, int]:
    """*piece* so many *times*, and its even bytes alone."""
    number = int.from_bytes(piece, "little")
    return number * times, (number & _mask(1, 2, len(piece))) * times


def _divide(whole: int, even: int, count: int, length: int) -> bytes:
    odd = (whole - even) >> 8
    return (_round(even, count, length) | _round(odd, count, length) << 8).to_bytes(
        length, "little"
    )


def _round(sums: int, count: int, length: int) -> int:
    """Each two bytes of *sums* divided by *count*."""
    half = _halves(count // 2, length)
    # Larger than the exact factor by less than one in a million.
    factor = -(-(1 << _BITS) // count)
    found, wide = 0, _mask(2, 4, length)
    for shift in (0, 16):
        lanes = ((sums + half) >> shift) & wide
        found |= ((lanes * factor >> _BITS) & _mask(1, 4, length)) << shift
    return found


@cache
def _halves(half: int, length: int) -> int:
    """*half* in each two bytes of *length*."""
    return _mask(2, 2, length) // 0xFFFF * half


@cache
def _mask(size: int, apart: int, length: int) -> int:
    """The first *size* bytes of every *apart* of *length*, each full of ones."""
    unit = b"\xff" * size + b"\0" * (apart - size)
    return int.from_bytes((unit * (length // apart + 1))[:length], "little")
