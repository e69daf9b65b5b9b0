"""
Pictures a person looks at: a still of a composition, a contact sheet.

They are PNG files in memory; saved under another suffix they are coded anew.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import attrs

from .._tools.files import disk_errors, publish_file, write_file
from ..errors import InputError
from ..progress import Control
from .segment import feed_ffmpeg

# Coded once, by one thread, so that the same picture has the same bytes.
_CODERS = {
    ".jpg": ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj444p"),
    ".jpeg": ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj444p"),
    ".webp": ("-c:v", "libwebp", "-quality", "90"),
}
_PNG = ".png"

PICTURES = (_PNG, *_CODERS)
"""The suffixes of files a `Picture` can be saved in."""


@attrs.frozen(kw_only=True, repr=False)
class Picture:
    """
    A picture as the bytes of a PNG file; a notebook shows it.

    Attributes:
        data: The file; ``bytes(picture)`` is the same.
        width: Pixels.
        height: Pixels.
    """

    data: bytes
    width: int
    height: int

    def save(self, path: Path | str) -> Path:
        """
        Write the picture to *path*, whose suffix says how it is coded.

        A PNG holds ``data`` as it is. A JPEG has nearly its colours and, like a video, no
        transparency; a WebP is a fifth of its size.

        Returns:
            *path*; the file appears whole or not at all, and what was there is replaced.

        Raises:
            InputError: The suffix is none of ``.png``, ``.jpg``, ``.jpeg``, ``.webp``.
            DiskFullError: The disk has no room for the picture.
        """
        path = Path(path)
        check_picture_path(path)
        with disk_errors(path):
            if path.suffix.lower() == _PNG:
                write_file(path, self.data)
            else:
                with publish_file(path) as draft:
                    recode(self.data, draft, path.suffix.lower(), control=Control())
        return path

    def __bytes__(self) -> bytes:
        return self.data

    def _repr_png_(self) -> bytes:
        return self.data

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.width}x{self.height}>"


@attrs.frozen(kw_only=True, repr=False)
class Still(Picture):
    """
    One frame of a composition, with the pixels its render has there before encoding.

    Attributes:
        data: The bytes of a PNG file.
        width: Pixels.
        height: Pixels.
        frame: Its number, from 0.
        time: Seconds from the start of the composition to the start of the frame, exact.
        content_hash: Content hash of the plan it was drawn from.
        warnings: What the planner found doubtful.
    """

    frame: int
    time: Fraction
    content_hash: str
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        size = f"{self.width}x{self.height}"
        return f"<Still of frame {self.frame} at {float(self.time):.3f} s, {size}>"


def is_picture_name(path: Path) -> bool:
    """Whether *path* is named like a picture."""
    return path.suffix.lower() in PICTURES


def check_picture_path(path: Path) -> None:
    """
    Refuse a *path* that is not named like a picture.

    Raises:
        InputError: *path* has a suffix of no picture.
    """
    if not is_picture_name(path):
        known = ", ".join(PICTURES)
        raise InputError(
            f"picture {path.name!r} has none of the suffixes {known}; "
            f"name it {path.stem or 'still'}.png"
        )


def recode(picture: bytes, output: Path, suffix: str, *, control: Control) -> None:
    """
    Code *picture*, a file in memory, into *output* as *suffix* says.

    Raises:
        EncodeError: ffmpeg cannot.
    """
    coder = _CODERS.get(suffix, ("-c:v", "png"))
    muxer = "webp" if suffix == ".webp" else "image2"
    single = ("-frames:v", "1", "-threads", "1", "-map_metadata", "-1")
    exact = ("-fflags", "+bitexact", "-flags:v", "+bitexact")
    feed_ffmpeg(
        [picture],
        # A single picture's name is no pattern to count with.
        [
            *("-f", "image2pipe", "-i", "pipe:0", *single, *exact, *coder),
            *(("-update", "1") if muxer == "image2" else ()),
            *("-f", muxer, "-y", output.absolute()),
        ],
        "a picture",
        control=control,
    )
