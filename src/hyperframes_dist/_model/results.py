"""
What a stage hands over, as values: records of segments and chunks, plans, outputs.

Nothing here touches a file, but for the film a notebook shows.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from html import escape
from pathlib import Path
from types import MappingProxyType

import attrs

from .formats import find_format
from .manifest import Content, Manifest
from .segment_names import SegmentNames, name_sound

_PLAYED = MappingProxyType(
    {".mp4": "video/mp4", ".webm": "video/webm", ".gif": "image/gif"}
    | {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
)
# A notebook keeps what it shows inside itself.
_SHOWN_BYTES = 8 * 1024**2
_SHADES = ("#2f6fde", "#7fa8ee")


@attrs.frozen(kw_only=True)
class SegmentRecord:
    """
    One encoded segment.

    Attributes:
        index: Its place in the plan.
        start: Its first frame.
        stop: The frame after its last one.
        sha256: Digest of its file as the encoder wrote it.
        first: Names its first picture, as it was drawn; empty where nobody jumps.
        following: Names the picture after its last one, as it is drawn by who goes on
            from there: the first one of the next segment. Empty where there is none.
    """

    index: int
    start: int
    stop: int
    sha256: str
    first: str = ""
    following: str = ""


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
class SoundResult:
    """
    The sound of a plan, mixed and coded; its JSON lies beside the file as its sidecar.

    Attributes:
        sound_hash: Names what it was mixed from, and how; see `Plan.sound_hash`.
        size: Bytes of the file.
        sha256: Digest of the file.
        warnings: What is doubtful: whether it was too loud.
    """

    sound_hash: str
    size: int
    sha256: str
    warnings: tuple[str, ...] = ()


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
        warnings: What the planner found doubtful, and *seam*.
        seam: Why it was rendered anew, past every frame; empty where it was not.
        reused: Segments that were in the store, and not drawn.
        drawn_because: What the segments that were drawn have changed in since the last
            render in the store; empty where that is not known.
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
    seam: str = ""
    reused: int = 0
    drawn_because: str = ""

    def _repr_html_(self) -> str:
        """The film in a notebook, if it is one a browser plays and is small."""
        facts = f"{self.width}x{self.height}, {float(self.duration):g} s"
        text = f"<code>{escape(str(self.path))}</code>: {facts}, {self.size} bytes"
        kind = _PLAYED.get(self.path.suffix.lower())
        if kind is None or self.size > _SHOWN_BYTES or not self.path.is_file():
            return f"<p>{text}</p>"
        data = b64encode(self.path.read_bytes()).decode()
        tag = "img" if kind.startswith("image/") else "video controls loop"
        shown = (
            f'<{tag} width="{min(self.width, 640)}" src="data:{kind};base64,{data}">'
        )
        return f"<figure>{shown}{_end(tag)}<figcaption>{text}</figcaption></figure>"


def _end(tag: str) -> str:
    return "" if tag == "img" else "</video>"


@attrs.frozen(kw_only=True, repr=False)
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

    @cached_property
    def segment_names(self) -> SegmentNames:
        """Names each segment by what can change its bytes."""
        return SegmentNames.of(self.content)

    @cached_property
    def sound_hash(self) -> str:
        """Names all that can change a byte of the sound; the same for any pictures."""
        return name_sound(self.content)

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
    def jumps(self) -> bool:
        """Whether workers jump to their first frames; else they pass all before."""
        return self.content.reach.way == "jump"

    @property
    def reach(self) -> str:
        """How workers get to their first frames, and why, for a person."""
        return self.manifest.notes.reach

    @property
    def sources(self) -> Mapping[str, str]:
        """Where the frozen bytes of each remote address came from, by address."""
        return self.manifest.notes.sources

    def __repr__(self) -> str:
        return f"<Plan {str(self.path)!r}: {self._summary}>"

    @property
    def _summary(self) -> str:
        page, chunks = self.content.page, self.chunk_count
        length = f"{self.frame_count} frames in {chunks} chunk{'s' * (chunks != 1)}"
        size = f"{page.width}x{page.height}"
        return f"{length}, {float(self.duration):g} s at {size}"

    def _repr_html_(self) -> str:
        """A notebook's view: its chunks on the timeline, what it has, what is doubtful."""
        spans = [
            (self.content.segments[first].frames.start, self.content.segments[stop - 1])
            for first, stop in self.manifest.schedule.chunks
        ]
        bars = "".join(
            f'<rect x="{start}" width="{max(1, last.frames.stop - start - 1)}" height="1"'
            f' fill="{_SHADES[n % 2]}"><title>chunk {n}</title></rect>'
            for n, (start, last) in enumerate(spans)
        )
        rows = (
            ("length", self._summary),
            ("sound", "yes" if self.content.sound else "none"),
            ("videos", str(len(self.content.videos))),
            ("content hash", self.content_hash),
        )
        table = "".join(
            f"<tr><th>{name}</th><td>{escape(text)}</td></tr>" for name, text in rows
        )
        warned = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        return (
            f"<p><code>{escape(str(self.path))}</code></p>"
            f'<svg viewBox="0 0 {self.frame_count} 1" preserveAspectRatio="none" '
            f'width="640" height="12">{bars}</svg>'
            f"<table>{table}</table>{warned and f'<ul>{warned}</ul>'}"
        )


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
