"""
What a file is by its bytes, where its name promises something else, or more.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate

_LISTS = MappingProxyType(
    {
        b"<MPD": "a DASH manifest",
        b"#EXTM3U": "an HLS playlist",
        b"ffconcat version": "an ffconcat script",
    }
)
_FONTS = (b"\0\1\0\0", b"true", b"OTTO", b"ttcf", b"wOFF", b"wOF2")
STARTS = MappingProxyType(
    {
        "png": (b"\x89PNG",),
        "gif": (b"GIF8",),
        "jpg": (b"\xff\xd8\xff",),
        "jpeg": (b"\xff\xd8\xff",),
        "webm": (b"\x1a\x45\xdf\xa3",),
        "mkv": (b"\x1a\x45\xdf\xa3",),
        # Chrome draws a font whatever its file is called.
        **dict.fromkeys(("ttf", "otf", "woff", "woff2"), _FONTS),
        "webp": (b"RIFF",),
        "flac": (b"fLaC", b"ID3"),
        "ogg": (b"OggS",),
    }
)
"""How files begin, by the ends of their names."""

PICTURES = tuple(
    start for name in ("png", "gif", "jpg", "webp") for start in STARTS[name]
)
"""How any picture begins: Chrome goes by the bytes."""

_MEDIA = frozenset({"mp4", "mov", "m4v", "m4a", "mp3", "wav", "webp", "avif"})


_TEXTS = frozenset({"css", "js", "mjs", "svg"})
_LARGEST_SVG = 4 << 20
_ELSEWHERE = re.compile(
    rb"<(?:image|use|feImage)\b[^>]*?\bhref\s*=\s*[\"'](?!data:|#)([^\"']{1,200})"
)


def wrong_bytes(file: Path) -> str | None:
    """What is wrong with the bytes of *file*; None where nothing can be told."""
    suffix = file.name.rpartition(".")[2].lower()
    if suffix not in STARTS and suffix not in _MEDIA and suffix not in _TEXTS:
        return None
    if suffix == "svg":
        return _wrong_svg(file)
    with file.open("rb") as stream:
        head = stream.read(512)
        if suffix in _TEXTS:
            # A style sheet or a script of no bytes is one.
            return _stands_in(head) if head else None
        if suffix == "png" and head.startswith(STARTS["png"]):
            return _wrong_png(stream, file.stat().st_size)
        if suffix in {"mp4", "mov", "m4v", "m4a"} and not _stands_in(head):
            return _wrong_boxes(head, stream, file.stat().st_size)
    return _stands_in(head) or _wrong_start(head, suffix)


def elsewhere_in(file: Path) -> str | None:
    """What a picture of SVG takes from elsewhere, which it is not given."""
    if not file.name.lower().endswith(".svg") or file.stat().st_size > _LARGEST_SVG:
        return None
    found = _ELSEWHERE.search(file.read_bytes())
    return None if found is None else found[1].decode("utf-8", "replace")


def _wrong_png(stream: BinaryIO, size: int) -> str | None:
    """Whether a PNG ends before its end."""
    place = len(STARTS["png"][0]) + 4
    for _ in range(100_000):
        stream.seek(place)
        row = stream.read(8)
        place += 12 + int.from_bytes(row[:4])
        if place > size or len(row) < 8:
            return "is cut off"
        if row[4:] == b"IEND":
            return None
    return None


def _wrong_svg(file: Path) -> str | None:
    """What keeps a picture that is SVG from being drawn, or drawn whole."""
    if file.stat().st_size > _LARGEST_SVG:
        return None
    data = file.read_bytes()
    if not data.strip():
        return "is empty"
    if data.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "holds a web page, as a failed download leaves it"
    parser, opened = ParserCreate(), list[tuple[str, dict[str, str]]]()
    parser.StartElementHandler = lambda tag, given: opened.append((tag, given))
    try:
        parser.Parse(data, True)
    except ExpatError as error:
        return f"is no XML, which SVG in a file is: {error}"
    tag, given = opened[0]
    if tag == "svg" and "xmlns" not in given:
        return (
            'lacks xmlns="http://www.w3.org/2000/svg", without which it is no picture'
        )
    return None


def _stands_in(head: bytes) -> str | None:
    """What a file that begins with *head* is in the place of the real one."""
    if not head:
        return "is empty"
    if head.startswith(b"version https://git-lfs"):
        return "is a pointer of Git LFS, not the file; run git lfs pull"
    for mark, name in _LISTS.items():
        if mark in head:
            return f"is {name}, a list of other files"
    if re.match(rb"\s*<(!doctype|html|\?xml|head|body)", head, re.IGNORECASE):
        return "holds a web page, as a failed download leaves it"
    return None


def _wrong_start(head: bytes, suffix: str) -> str | None:
    starts = STARTS.get(suffix, ())
    if not starts or head.startswith(starts):
        return None
    if head.startswith(PICTURES) and suffix in {"png", "gif", "jpg", "jpeg", "webp"}:
        return None  # Chrome goes by the bytes; a picture is a picture.
    return f"does not begin as a .{suffix} does"


def _wrong_boxes(head: bytes, stream: BinaryIO, size: int) -> str | None:
    """What is wrong with an MP4: it is cut off, or holds no index."""
    if head[4:8] not in {b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip", b"pnot"}:
        return "does not begin as an MP4 does"
    place, kinds = 0, set()
    for _ in range(1000):
        stream.seek(place)
        row = stream.read(16)
        if len(row) < 8:
            break
        length, kind = int.from_bytes(row[:4]), row[4:8]
        if length == 1:
            length = int.from_bytes(row[8:16])
        kinds.add(kind)
        if length == 0:
            break
        if length < 8 or place + length > size:
            return None if b"moov" in kinds - {kind} else "is cut off"
        place += length
    return None if b"moov" in kinds else "has no index (moov): it was never finished"
