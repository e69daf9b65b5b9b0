"""
What names a segment, or the sound of a plan: all that can change its bytes, and no more.

Segments of the same name have the same bytes, whatever else their plans say otherwise: what
is heard, how chunks are cut, what only other segments read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from .content import Artifact, Footage, PacketRun, Video, VideoRun
from .frames import Segment
from .manifest import Content, digest

_PICTURES_DOMAIN = b"hyperframes-dist/pictures/1\0"
_SOUND_DOMAIN = b"hyperframes-dist/sound/1\0"
_SEGMENT_DOMAIN = b"hyperframes-dist/segment/1\0"
_OWN_DIGITS = 16
# Who draws a segment has shown the frame before it, and looks at the one after it.
_BESIDE = 1


@attrs.frozen
class SegmentNames:
    """
    The names of a plan's segments; `SegmentNames.of` makes them.

    Attributes:
        pictures_hash: Names what all of them share: the page, how it is drawn and coded.
    """

    pictures_hash: str
    _own: tuple[str, ...]

    @classmethod
    def of(cls, content: Content) -> SegmentNames:
        """
        The names of the segments of *content*.

        Who walks passes every frame before its own, so all segments share what all videos
        show; who jumps comes by the first frame alone.
        """
        jumps = content.reach.way == "jump"
        videos = _shown(content.videos, 0, 1) if jumps else content.videos
        rows = tuple(row for row in content.artifacts if row.segments is None)
        shared = attrs.evolve(
            content,
            sound=None,
            artifacts=rows,
            videos=videos,
            footage=_decoded(content.footage, rows),
        )
        read = _read_by(content.artifacts)
        own = tuple(
            _name_own(content, segment, read.get(segment.index, []))
            for segment in content.segments
        )
        return cls(digest(_PICTURES_DOMAIN, shared), own)

    def name(self, index: int) -> str:
        """What segment *index* is called among those of `pictures_hash`."""
        own = self._own[index]
        return f"{index:06d}-{own}" if own else f"{index:06d}"


def name_sound(content: Content) -> str:
    """Names what is heard of *content*: how it is mixed and coded, and from what."""
    paths = frozenset() if content.sound is None else content.sound.paths
    heard = {
        "sound": content.sound,
        "artifacts": tuple(row for row in content.artifacts if row.path in paths),
        "format": content.encoder.format,
        "ffmpeg": content.toolchain.ffmpeg_sha256,
        "library": content.toolchain.library,
    }
    return digest(_SOUND_DOMAIN, heard)


def _read_by(artifacts: tuple[Artifact, ...]) -> dict[int, list[Artifact]]:
    read: dict[int, list[Artifact]] = {}
    for row in artifacts:
        for index in row.segments or ():
            read.setdefault(index, []).append(row)
    return read


def _name_own(content: Content, segment: Segment, read: list[Artifact]) -> str:
    """Names what *segment* reads that others do not; empty where that is nothing."""
    if not read:
        return ""
    start = content.first_frame + segment.frames.start - _BESIDE
    stop = content.first_frame + segment.frames.stop + _BESIDE
    own: dict[str, Any] = {
        "artifacts": tuple(read),
        "videos": _shown(content.videos, start, stop),
        "footage": _decoded(content.footage, read),
    }
    return digest(_SEGMENT_DOMAIN, own)[:_OWN_DIGITS]


def _decoded(
    footage: tuple[Footage, ...], rows: Iterable[Artifact]
) -> tuple[Footage, ...]:
    """*footage* that is decoded from *rows*, with the parts of runs that are there."""
    paths = {row.path for row in rows}
    cut = (
        attrs.evolve(each, runs=tuple(_left(run, paths) for run in each.runs))
        for each in footage
    )
    kept = (
        attrs.evolve(each, runs=tuple(run for run in each.runs if run.parts))
        for each in cut
    )
    return tuple(each for each in kept if each.runs)


def _left(run: PacketRun, paths: set[str]) -> PacketRun:
    parts = tuple(part for part in run.parts if part.path in paths)
    return attrs.evolve(run, parts=parts)


def _shown(videos: tuple[Video, ...], start: int, stop: int) -> tuple[Video, ...]:
    """*videos*, with what they show in the frames ``[start, stop)`` only."""
    return tuple(
        attrs.evolve(
            video,
            runs=tuple(
                _clipped(run, start, stop)
                for run in video.runs
                if run.start < stop and start < run.stop
            ),
        )
        for video in videos
    )


def _clipped(run: VideoRun, start: int, stop: int) -> VideoRun:
    first = max(run.start, start)
    return VideoRun(
        start=first,
        stop=min(run.stop, stop),
        first=run.first + run.step * (first - run.start),
        step=run.step,
    )
