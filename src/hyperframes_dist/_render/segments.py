"""
Finished segments kept by name: what was made once need not be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

import attrs

from .._model.codec import from_json, to_json
from .._model.frames import Segment
from .._model.keys import segment_key
from .._model.results import Plan, SegmentRecord
from .._tools.files import publish_file, read_note, sha256_file, write_file
from ..errors import InputError

Make = Callable[[Path], SegmentRecord]


class Segments(Protocol):
    """Where the finished segments of one plan are kept."""

    def path(self, segment: Segment) -> Path:
        """The local file of a *segment* that is held or was just kept."""
        ...

    def load(self, segment: Segment) -> SegmentRecord | None:
        """Bring *segment* here, its bytes compared; None unless it is there, whole."""
        ...

    def keep(self, segment: Segment, make: Make) -> SegmentRecord:
        """Publish what *make* writes to the path it is given as *segment*."""
        ...

    @property
    def helping(self) -> bool:
        """Whether somebody else is making these segments, from the first one on."""
        ...

    def news(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """Those of *segments* that somebody else has finished meanwhile, brought here."""
        ...


def missing(store: Segments, segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Those of *segments* that have to be made; all others are here, whole."""
    return tuple(segment for segment in segments if store.load(segment) is None)


@attrs.frozen
class SegmentStore:
    """
    The segments of *plan* below *root*, named by content hash and index.

    Two renders of one plan may share a store; each file appears whole, and both would
    write the same bytes.
    """

    root: Path
    plan: Plan

    helping = False

    def news(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:  # noqa: ARG002
        """See `Segments.news`; nobody else is waited for here."""
        return ()

    def path(self, segment: Segment) -> Path:
        """Where the file of *segment* lies."""
        return self.root / segment_key(self.plan, segment.index)

    def load(self, segment: Segment) -> SegmentRecord | None:
        """See `Segments.load`."""
        path = self.path(segment)
        try:
            record = from_json(read_note(path.with_suffix(".json")), SegmentRecord)
            whole = (segment.index, sha256_file(path)[1])
        except (OSError, InputError):
            return None
        return record if (record.index, record.sha256) == whole else None

    def keep(self, segment: Segment, make: Make) -> SegmentRecord:
        """Publish what *make* writes as the file of *segment*, then its record."""
        path = self.path(segment)
        with publish_file(path) as draft:
            record = make(draft)
        write_file(path.with_suffix(".json"), to_json(record))
        return record
