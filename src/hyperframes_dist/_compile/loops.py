"""
How often a picture that moves is shown again: ``data-loop`` on an ``<img>``.

What a browser repeats stands in the file, so what an author says of it is written into a
copy: GIF's application extension, the ``acTL`` of APNG, the ``ANIM`` of WebP.
"""

from __future__ import annotations

import binascii
import hashlib
import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from .._model.content import OWN, Artifact
from .._tools.address import join
from .._tools.files import resolve_inside
from .._tools.html import Node, Tree, attribute
from .project import write_compiled

LOOP = "data-loop"
"""The attribute of an ``<img>`` that says whether it is shown for ever or once."""

MOST_BYTES = 32 << 20
"""The largest picture that is looked at."""

_HERE = "https://here.invalid/"
_SUFFIXES = {b"GIF8": ".gif", b"\x89PNG": ".png", b"RIFF": ".webp"}
_YES = frozenset({"", "true", "1", "yes"})
_NO = frozenset({"false", "0", "no"})
_NAMES = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B


def loop_pictures(tree: Tree, entry: str, compiled: Path) -> Iterator[Artifact]:
    """
    Give each ``<img data-loop>`` in *tree* a copy of its picture that says the same.

    Args:
        tree: The document *entry*, which is changed.
        compiled: Where the project's files lie, and the copies are put.
    """
    base = tree.css_first("base[href]")
    page = join(_HERE + entry, (base and attribute(base, "href")) or "")
    made = set[str]()
    for node in tree.css(f"img[{LOOP}][src]:not([srcset])"):
        loop = read_loop(attribute(node, LOOP))
        picture = None if loop is None else _picture_of(node, page, compiled)
        looped = None if picture is None else with_loop(picture, loop=bool(loop))
        if looped is None or looped == picture:
            continue
        name = (
            f"{OWN}/loops/{hashlib.sha256(looped).hexdigest()}{_SUFFIXES[looped[:4]]}"
        )
        node.attrs["src"] = f"/{name}"
        if name not in made:
            made.add(name)
            yield write_compiled(compiled, name, looped)


def _picture_of(node: Node, page: str, compiled: Path) -> bytes | None:
    """The bytes *node* shows; None where they are not the project's."""
    source = (attribute(node, "src") or "").strip()
    if source[:5].lower() == "data:":
        return _inline(source[5:])
    address = join(page, source)
    if not address.startswith(_HERE):
        return None
    path = resolve_inside(compiled, unquote(urlsplit(address).path).lstrip("/"))
    if path is None or not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    return path.read_bytes()


def _inline(text: str) -> bytes | None:
    head, _, body = text.partition(",")
    if not head.strip().lower().endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return b64decode(unquote_to_bytes(body))
    except binascii.Error:
        return None


def read_loop(text: str | None) -> bool | None:
    """What ``data-loop`` says; None where it says nothing, or nothing that is known."""
    word = (text or "").strip().lower()
    if text is None or word not in _YES | _NO:
        return None
    return word in _YES


def with_loop(picture: bytes, *, loop: bool) -> bytes | None:
    """
    The moving *picture* shown for ever, or once; None where it is none, or is damaged.
    """
    try:
        if picture.startswith(b"GIF8"):
            return _gif(picture, loop=loop)
        if picture.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(picture, loop=loop)
        if picture.startswith(b"RIFF") and picture[8:12] == b"WEBP":
            return _webp(picture, loop=loop)
    except (IndexError, struct.error):
        return None
    return None


def _gif(data: bytes, *, loop: bool) -> bytes | None:
    head = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    blocks = list(_blocks_of_gif(data, head))
    if sum(data[start] == _IMAGE for start, _ in blocks) < 2:
        return None
    kept = [data[a:b] for a, b in blocks if not data[a + 3 : b].startswith(_NAMES)]
    extension = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" if loop else b""
    rest = data[blocks[-1][1] :]
    return b"".join([data[:head], extension, *kept, rest])


def _blocks_of_gif(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Where each block begins and ends, up to the trailer."""
    while data[at] != _TRAILER:
        start = at
        if data[at] == _EXTENSION:
            at += 2
        elif data[at] == _IMAGE:
            flags = data[at + 9]
            at += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        else:
            raise IndexError(at)
        while data[at]:
            at += data[at] + 1
        at += 1
        yield start, at


def _png(data: bytes, *, loop: bool) -> bytes | None:
    at = 8
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"acTL":
            body = (
                b"acTL" + data[at + 8 : at + 12] + struct.pack(">I", 0 if loop else 1)
            )
            chunk = body + struct.pack(">I", zlib.crc32(body))
            return data[: at + 4] + chunk + data[at + 12 + length :]
        at += 12 + length
    return None


def _webp(data: bytes, *, loop: bool) -> bytes | None:
    at = 12
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"ANIM":
            times = struct.pack("<H", 0 if loop else 1)
            return data[: at + 12] + times + data[at + 14 :]
        at += 8 + length + length % 2
    return None
