"""
Seams: a segment begins with the picture that follows from the segment before it.

Where workers jump to their first frames, each names the picture it begins with, and the one
that comes after its last. Here they are compared; nothing is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import pairwise

import attrs

from .._browser.camera import Seam
from .._browser.surface import decode_png
from .._encode.kinds import kind_in
from .._model.manifest import Content
from .._model.results import Plan, SegmentRecord
from ..errors import SeamError


def with_seam(
    record: SegmentRecord, seam: Seam, content: Content, *, raw: bool
) -> SegmentRecord:
    """*record* with the names of the pictures at its ends, *raw* or not, if there are."""
    capture = content.capture
    # Where pixels can be read some hosts forbid it: what is named is the same everywhere.
    pixels = kind_in(content).takes_pixels and capture.format == "png"
    decodes = pixels and not capture.transparent and not raw

    def name(picture: bytes) -> str:
        if not picture:
            return ""
        data = decode_png(picture) if decodes else picture
        return hashlib.sha256(data).hexdigest()

    return attrs.evolve(record, first=name(seam.first), following=name(seam.following))


def check_seams(plan: Plan, records: Iterable[SegmentRecord]) -> None:
    """
    Compare consecutive *records* of *plan* where they meet.

    Raises:
        SeamError: The page remembers what it has shown.
    """
    for before, after in pairwise(records):
        if before.following != after.first and before.following and after.first:
            chunks = plan.manifest.chunks
            within = [c.index for c in chunks if c.first <= after.index < c.stop]
            raise SeamError(after.start, within[0])
