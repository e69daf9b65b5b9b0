"""
The videos of a page become pictures in the plan: those some output frame shows, no others.

Clips of one source share its pictures, and one pass of ffmpeg makes them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import attrs

from .._model.composition import MediaClip
from .._model.content import Artifact, Video
from .._model.frames import FrameRate
from .._tools.files import sha256_file
from ..errors import InputError, PlanTooLargeError
from ..progress import Control
from .extract import VideoSource, extract_pictures, open_source, recount
from .times import pack_runs, shown_frames

FRAMES = "frames"
"""The folder of a plan that holds pictures of videos."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,80}")

Readers = Callable[[int], tuple[int, ...] | None]
"""Which segments show a frame of the composition; None means all."""


@attrs.frozen
class Pictures:
    """What a page's videos came to: their rows, their files, what is doubtful."""

    videos: tuple[Video, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    warnings: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class PictureMaker:
    """
    Makes the pictures of one plan.

    Attributes:
        draft: The plan directory being built.
        work: A directory for files that are no part of it, in the same file system.
        rate: Frame rate of the output.
        frame_count: Frames of the composition, up to the last one that is rendered.
        readers: Which segments show a frame of the composition.
        room: Bytes the pictures may hold.
    """

    draft: Path
    work: Path
    rate: FrameRate
    frame_count: int
    readers: Readers
    room: int

    def make(
        self,
        clips: Iterable[MediaClip],
        source_file: Callable[[str], Path],
        *,
        control: Control,
    ) -> Pictures:
        """
        Write the pictures of the videos among *clips*; *source_file* finds their sources.

        Raises:
            InputError: A source cannot be decoded.
            EncodeError: ffmpeg failed to write its pictures.
            PlanTooLargeError: The pictures hold more bytes than there is room for.
        """
        by_source: dict[str, list[MediaClip]] = {}
        videos = [clip for clip in clips if clip.kind == "video"]
        for clip in videos:
            by_source.setdefault(clip.src, []).append(clip)
        rows: dict[str, Video] = {}
        artifacts: list[Artifact] = []
        warnings: list[str] = []
        for address, group in by_source.items():
            name = address.rpartition("/")[2][-80:]
            source = open_source(source_file(address), name, control=control)
            if source.is_hdr:
                warnings.append(f"video {name!r} is HDR; it is shown as SDR")
            made, files = self._make_group(source, name, group, control)
            rows.update({video.id: video for video in made})
            artifacts += files
            self._check_room(artifacts)
        ordered = tuple(rows[clip.id] for clip in videos if clip.id in rows)
        return Pictures(ordered, tuple(artifacts), tuple(warnings))

    def _make_group(
        self, source: VideoSource, name: str, clips: list[MediaClip], control: Control
    ) -> tuple[list[Video], list[Artifact]]:
        folder = f"{FRAMES}/{_folder_name(clips[0].id)}"
        work = self.work / folder
        for attempt in (source, None):
            found = attempt or recount(source, name, control=control)
            shown = {
                clip.id: [
                    pair
                    for pair in shown_frames(
                        clip, found.times, self.rate, self.frame_count
                    )
                    if self.readers(pair[0]) != ()
                ]
                for clip in clips
            }
            wanted = sorted({index for pairs in shown.values() for _, index in pairs})
            if not wanted:
                return [], []
            work.mkdir(parents=True)
            paths = extract_pictures(found, wanted, work, control=control)
            if paths is not None:
                break
            work = work.with_name(f"{work.name}.again")
        else:
            raise InputError(f"video {name!r} does not decode to the frames it lists")
        numbers = {index: number for number, index in enumerate(wanted)}
        readers = self._readers_of(shown, numbers)
        artifacts = [
            self._publish(path, f"{folder}/{number}.{found.suffix}", readers[number])
            for number, path in enumerate(paths)
        ]
        videos = [
            Video(
                id=clip.id,
                folder=folder,
                suffix=found.suffix,
                width=found.width,
                height=found.height,
                runs=pack_runs((frame, numbers[i]) for frame, i in shown[clip.id]),
            )
            for clip in clips
            if shown[clip.id]
        ]
        return videos, artifacts

    def _readers_of(
        self, shown: dict[str, list[tuple[int, int]]], numbers: dict[int, int]
    ) -> list[tuple[int, ...] | None]:
        """Which segments read each picture."""
        found: list[set[int] | None] = [set() for _ in numbers]
        for pairs in shown.values():
            for frame, index in pairs:
                number, readers = numbers[index], self.readers(frame)
                known = found[number]
                found[number] = (
                    None if known is None or readers is None else known.union(readers)
                )
        return [None if known is None else tuple(sorted(known)) for known in found]

    def _publish(
        self, path: Path, name: str, segments: tuple[int, ...] | None
    ) -> Artifact:
        target = self.draft / name
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        size, digest = sha256_file(target)
        return Artifact(path=name, size=size, sha256=digest, segments=segments)

    def _check_room(self, artifacts: list[Artifact]) -> None:
        size = sum(artifact.size for artifact in artifacts)
        if size > self.room:
            raise PlanTooLargeError(size, self.room)


def _folder_name(render_id: str) -> str:
    """A name any file system takes; the id itself where it is plain."""
    if _PLAIN.fullmatch(render_id):
        return render_id
    return f"id-{hashlib.sha256(render_id.encode()).hexdigest()[:24]}"
