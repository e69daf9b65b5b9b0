"""
Pictures kept as they were captured: in plain tars whose bytes follow from them alone, and
in a directory of numbered files.

Never decodes a picture; its head says its size.
"""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

from .._model.frames import FrameRange, Segment
from .._model.manifest import Content
from ..errors import AssembleError, EncodeError
from ..progress import Control

_HEAD = struct.Struct(">8s4x4sII")
_IHDR = struct.Struct(">IIBBBBB")
_EIGHT_BIT_RGB, _EIGHT_BIT_RGBA = (8, 2, 0, 0, 0), (8, 6, 0, 0, 0)
# The pixels are many and are looked at once: what a higher level saves takes seconds.
_FAST = 1
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = b"IEND\xaeB`\x82"


def picture_name(frame: int) -> str:
    """The file of *frame*, counted from 0; files are counted from 1."""
    return f"frame_{frame + 1:06d}.png"


def encode_png(pixels: bytes, size: tuple[int, int], *, alpha: bool = False) -> bytes:
    """
    The PNG of raw *pixels*, four bytes each: blue, green, red, and one more.

    Args:
        size: Width and height in pixels.
        alpha: Whether the last one says how far it is seen; else it is not read.
    """
    width, height = size
    places = (2, 1, 0, 3) if alpha else (2, 1, 0)
    count = len(places)
    colours = bytearray(count * width * height)
    for channel, place in enumerate(places):
        colours[channel::count] = pixels[place::4]
    row = count * width
    rows = [colours[start : start + row] for start in range(0, len(colours), row)]
    # Every row begins with the number of its filter, and 0 is none.
    packed = zlib.compress(b"\0" + b"\0".join(rows), _FAST)
    kind = _EIGHT_BIT_RGBA if alpha else _EIGHT_BIT_RGB
    parts = ((b"IHDR", _IHDR.pack(width, height, *kind)), (b"IDAT", packed))
    return _SIGNATURE + b"".join(_png_part(*part) for part in (*parts, (b"IEND", b"")))


def _png_part(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def picture_size(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels that the head of a PNG says."""
    _, _, width, height = _HEAD.unpack_from(picture)
    return width, height


def write_pictures(frames: Iterable[bytes], segment: Segment, output: Path) -> None:
    """
    Write *frames*, which are those of *segment*, as a tar.

    Raises:
        EncodeError: *frames* are not as many as *segment* has.
    """
    count = 0
    with _Writer(output) as tar:
        for count, picture in enumerate(frames, 1):
            tar.add(picture_name(segment.frames.start + count - 1), picture)
    if count != len(segment.frames):
        raise EncodeError(
            f"segment {segment.index}: {count} frames were drawn, "
            f"{len(segment.frames)} were planned"
        )


class _Writer:
    """A tar that says nothing of the machine, the time or the user."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115

    def add(self, name: str, data: bytes) -> None:
        row = tarfile.TarInfo(name)
        row.size, row.mode = len(data), 0o644
        self._tar.addfile(row, io.BytesIO(data))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tar.close()


def read_pictures(parts: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """
    Names and bytes of all pictures in the tars *parts*, in order.

    Raises:
        EncodeError: A part is no tar of pictures.
    """
    for part in parts:
        try:
            with tarfile.open(part, "r:") as tar:
                for row in tar:
                    file = tar.extractfile(row)
                    yield row.name, b"" if file is None else file.read()
        except tarfile.TarError as error:
            raise EncodeError(f"cannot read {part.name}: {error}") from None


def digest_pictures(path: Path, *, control: Control) -> tuple[str, ...]:
    """
    The sha256 of each picture in the tar or the directory *path*, in order.

    Raises:
        EncodeError: *path* is neither.
    """
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.is_file())
        pictures: Iterable[bytes] = (each.read_bytes() for each in files)
    elif path.is_file():
        pictures = (data for _, data in read_pictures([path]))
    else:
        raise EncodeError(f"cannot read {path.name}: it is not there")
    found = []
    for picture in pictures:
        control.check()
        found.append(hashlib.sha256(picture).hexdigest())
    return tuple(found)


def join_pictures(parts: Sequence[Path], output: Path, *, control: Control) -> None:
    """
    Join the tars *parts* into one.

    Raises:
        EncodeError: A part cannot be read.
    """
    with _Writer(output) as tar:
        for name, picture in read_pictures(parts):
            control.check()
            tar.add(name, picture)


def check_pictures(
    path: Path, content: Content, frames: FrameRange, *, control: Control
) -> tuple[str, tuple[int, int]]:
    """
    Check that the tar at *path* holds whole pictures of the planned *frames*, in order.

    Raises:
        AssembleError: A picture is missing, too many, damaged or of another size.
    """
    try:
        check_all(path, read_pictures([path]), content, frames, control=control)
    except EncodeError as error:
        raise AssembleError(str(path), str(error)) from None
    return ("png", content.output_size)


def check_all(
    path: Path,
    pictures: Iterable[tuple[str, bytes]],
    content: Content,
    frames: FrameRange,
    *,
    control: Control,
) -> None:
    """Check *pictures*, found at *path*; raises as `check_pictures` does."""
    count = 0
    for name, data in pictures:
        control.check()
        _check_one(path, name, data, content.output_size)
        if name != (wanted := picture_name(frames.start + count)):
            raise AssembleError(str(path), f"planned {wanted}, found {name}")
        count += 1
    if count != len(frames):
        reason = f"frame count: planned {len(frames)}, found {count}"
        raise AssembleError(str(path), reason)


def _check_one(path: Path, name: str, data: bytes, size: tuple[int, int]) -> None:
    head = _HEAD.unpack_from(data.ljust(_HEAD.size, b"\0"))
    if head[:2] != (_SIGNATURE, b"IHDR") or not data.endswith(_END):
        raise AssembleError(str(path), f"{name} is not a whole PNG")
    if (found := head[2:]) != size:
        wanted = "{}x{}".format(*size)
        actual = "{}x{}".format(*found)
        raise AssembleError(str(path), f"{name}: planned {wanted}, found {actual}")


def unpack_pictures(
    parts: Sequence[Path], content: Content, folder: Path, *, control: Control
) -> None:
    """
    Write every picture of *parts* as a file of its own into *folder*.

    Raises:
        AssembleError: The pictures are not the planned ones.
    """
    frames = FrameRange(0, content.frame_count)

    def write() -> Iterator[tuple[str, bytes]]:
        for name, data in read_pictures(parts):
            yield name, data
            # Checked by its reader before it is asked for the next one.
            (folder / name).write_bytes(data)

    check_all(folder, write(), content, frames, control=control)
