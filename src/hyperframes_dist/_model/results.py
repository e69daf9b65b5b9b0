"""
What a stage hands over, as values: records of segments and chunks, plans, outputs.

Nothing here touches a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import attrs

from .formats import find_format
from .manifest import Content, Manifest


@attrs.frozen(kw_only=True)
class SegmentRecord:
    """
    One encoded segment.

    Attributes:
        index: Its place in the plan.
        start: Its first frame.
        stop: The frame after its last one.
        sha256: Digest of its file as the encoder wrote it.
    """

    index: int
    start: int
    stop: int
    sha256: str


@attrs.frozen(kw_only=True)
class ChunkResult:
    """
    One rendered chunk; its JSON lies beside the chunk as its sidecar.

    Attributes:
        content_hash: Content hash of the plan it belongs to.
        index: Its place in the plan's schedule.
        frame_count: Frames in it.
        size: Bytes of the file.
        sha256: Digest of the file.
        segments: The segments in it, in order.
    """

    content_hash: str
    index: int
    frame_count: int
    size: int
    sha256: str
    segments: tuple[SegmentRecord, ...]


@attrs.frozen(kw_only=True)
class OutputResult:
    """
    A finished, verified video.

    Attributes:
        path: Where it lies.
        size: Bytes; of all files of a directory.
        sha256: Digest of the file; of what ``sha256sum *`` prints in a directory.
        width: Coded width in pixels.
        height: Coded height in pixels.
        frame_count: Frames in it.
        duration: Seconds, exact.
        content_hash: Content hash of its plan.
        warnings: What the planner found doubtful.
    """

    path: Path
    size: int
    sha256: str
    width: int
    height: int
    frame_count: int
    duration: Fraction
    content_hash: str
    warnings: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Plan:
    """
    A plan directory that was verified when this value was made.

    Attributes:
        path: The directory.
        manifest: Its parsed ``plan.json``.
    """

    path: Path
    manifest: Manifest

    @property
    def content(self) -> Content:
        """Everything that can change a byte of the output."""
        return self.manifest.content

    @property
    def content_hash(self) -> str:
        """Names the output's bytes, for one toolchain."""
        return self.manifest.content_hash

    @property
    def plan_hash(self) -> str:
        """Names content, schedule and notes together."""
        return self.manifest.plan_hash

    @property
    def frame_count(self) -> int:
        """Frames of the output."""
        return self.content.frame_count

    @property
    def chunk_count(self) -> int:
        """Chunks in the schedule."""
        return len(self.manifest.schedule.chunks)

    def chunk_names(self) -> tuple[str, ...]:
        """What the chunks' files may be called: ``0000.mp4`` and on, in order."""
        suffix = find_format(self.content.encoder.format).part_suffix
        return tuple(f"{index:04d}{suffix}" for index in range(self.chunk_count))

    @property
    def duration(self) -> Fraction:
        """Seconds of the output, exact."""
        return self.content.frame_rate.time_of(self.frame_count)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the planner found doubtful."""
        return self.manifest.notes.warnings

    @property
    def sources(self) -> Mapping[str, str]:
        """Where the frozen bytes of each remote address came from, by address."""
        return self.manifest.notes.sources


@attrs.frozen(kw_only=True)
class Site:
    """
    A project in a store, ready to be rendered any number of times.

    Attributes:
        site_hash: sha256 of its archive; the same project has the same one.
        uri: Where the archive lies.
        bytes: Its size.
        uploaded: Whether it was uploaded now; False if the store had it.
    """

    site_hash: str
    uri: str
    bytes: int
    uploaded: bool
