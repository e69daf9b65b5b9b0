"""
Finished segments kept by name: what was made once need not be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from ._files import publish_file, sha256_file, write_file
from ._formats import find_format
from ._frames import Segment
from ._json import from_json, to_json
from ._results import Plan, SegmentRecord
from .errors import InputError


@attrs.frozen
class SegmentStore:
    """
    The segments of *plan* below *root*, named by content hash and index.

    Two renders of one plan may share a store; each file appears whole, and both would
    write the same bytes.
    """

    root: Path
    plan: Plan

    def path(self, segment: Segment) -> Path:
        """Where the file of *segment* lies."""
        folder = self.root / "segments" / self.plan.content_hash
        suffix = find_format(self.plan.content.encoder.format).part_suffix
        return folder / f"{segment.index:06d}{suffix}"

    def holds(self, segment: Segment) -> bool:
        """Whether *segment* is there, whole."""
        path = self.path(segment)
        try:
            record = from_json(path.with_suffix(".json").read_bytes(), SegmentRecord)
            return (record.index, record.sha256) == (
                segment.index,
                sha256_file(path)[1],
            )
        except (OSError, InputError):
            return False

    def keep(
        self, segment: Segment, make: Callable[[Path], SegmentRecord]
    ) -> SegmentRecord:
        """Publish what *make* writes as the file of *segment*, then its record."""
        path = self.path(segment)
        with publish_file(path) as draft:
            record = make(draft)
        write_file(path.with_suffix(".json"), to_json(record))
        return record
