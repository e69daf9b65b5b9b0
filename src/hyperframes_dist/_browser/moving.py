"""
Which plans hold pictures that move by themselves: GIF, WebP, APNG, AVIF.

Such a picture begins when it is first painted, so on the way to a frame it has to be. SVG
that moves is shown as it is due, by ``moving.js``.
"""

from __future__ import annotations

import re
from pathlib import Path

from .._model.manifest import Content

_MOST_BYTES = 32 << 20
_HEAD = 1 << 16
_WEBP_MOVES = 0x02
_GIF_FRAME = b"\x21\xf9\x04"
_MOVING_SVG = re.compile(rb"<(animate|set)[\s:>A-Z]|@keyframes|animation\s*:", re.ASCII)
_INLINE = re.compile(rb"data:image/(gif|webp|apng|avif)", re.I)
_TEXTS = {".html", ".htm", ".css", ".js", ".mjs", ".json", ".svg"}


def holds_moving_pictures(plan_dir: Path, content: Content) -> bool:
    """Whether a picture that moves by itself is among the files of a plan."""
    return any(
        _moves(plan_dir / artifact.path)
        for artifact in content.artifacts
        if artifact.segments is None and artifact.size <= _MOST_BYTES
    )


def is_moving_svg(path: Path) -> bool:
    """Whether the file at *path* is SVG with an animation of its own."""
    if path.stat().st_size > _MOST_BYTES:
        return False
    text = path.read_bytes()
    return b"<svg" in text[:_HEAD] and _MOVING_SVG.search(text) is not None


def _moves(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"GIF8"):
        return path.read_bytes().count(_GIF_FRAME) > 1
    if head.startswith(b"RIFF"):
        # The flag stands before an ICC profile, which may be large; the chunk behind it.
        extended = head[8:16] == b"WEBPVP8X"
        return extended and bool(int.from_bytes(head[20:21]) & _WEBP_MOVES)
    if head.startswith(b"\x89PNG"):
        return b"acTL" in head
    if head[4:8] == b"ftyp":
        return b"avis" in head[:64]
    # What a document carries in itself is not looked into: it may move.
    return path.suffix in _TEXTS and _INLINE.search(path.read_bytes()) is not None
