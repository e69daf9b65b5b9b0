"""
The videos of a page in the plan: the packets of what some output frame shows, to be decoded
by whoever shows it, and of each output frame which frame of its source it shows.

Where packets do not surely tell what is decoded from them, or not the same on each machine,
the plan holds pictures instead. Clips of one source share either.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import attrs

from .._model.composition import MediaClip
from .._model.content import Artifact, Footage, PacketRun, Video
from .._model.frames import FrameRate
from .._tools.files import sha256_file
from ..errors import (
    DamagedSourceError,
    EncodeError,
    EncoderLostError,
    InputError,
    PlanTooLargeError,
)
from ..progress import Control
from .extract import VideoSource, extract_pictures, open_source, recount
from .footage import Reel
from .packets import HEAD, cut_packets, number_frames
from .times import pack_runs, shown_frames

FRAMES = "frames"
"""The folder of a plan that holds pictures of videos."""

PACKETS = "media"
"""The folder of a plan that holds their packets."""

# Of what follows from a second beginning, only as much is decoded twice to compare it.
_NEAR = 64
_LONG_SECONDS = 10

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,80}")

Readers = Callable[[int], tuple[int, ...] | None]
"""Which segments show a frame of the composition; None means all."""


@attrs.frozen
class Pictures:
    """What a page's videos came to: their rows, their files, what is doubtful."""

    videos: tuple[Video, ...] = ()
    footage: tuple[Footage, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    warnings: tuple[str, ...] = ()


@attrs.frozen
class _Group:
    """The *clips* of one source, and what they came to."""

    name: str
    folder: str
    clips: list[MediaClip]
    videos: tuple[Video, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    footage: tuple[Footage, ...] = ()
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
        footage: list[Footage] = []
        warnings: list[str] = []
        for address, group in by_source.items():
            name = address.rpartition("/")[2][-80:]
            source = open_source(source_file(address), name, control=control)
            if source.is_hdr:
                warnings.append(f"video {name!r} is HDR; it is shown as SDR")
            made = self._make_group(source, name, group, control)
            rows.update({video.id: video for video in made.videos})
            artifacts += made.artifacts
            footage += made.footage
            warnings += made.warnings
            self._check_room(artifacts)
        ordered = tuple(rows[clip.id] for clip in videos if clip.id in rows)
        return Pictures(
            ordered,
            tuple(sorted(footage, key=lambda row: row.folder)),
            tuple(artifacts),
            tuple(warnings),
        )

    def _make_group(
        self, source: VideoSource, name: str, clips: list[MediaClip], control: Control
    ) -> _Group:
        group = _Group(name, f"{FRAMES}/{_folder_name(clips[0].id)}", clips)
        return self._cut(source, group, control) or self._extract(
            source, group, control
        )

    def _cut(
        self, source: VideoSource, group: _Group, control: Control
    ) -> _Group | None:
        """
        *group* with the packets of its source in the plan; None if that will not do.

        What every segment shows is a picture there, so that no run is every segment's.
        """
        numbers = number_frames(source)
        if numbers is None:
            return None
        shown = self._shown(group, source, numbers)
        every = sorted({number for pairs in shown.values() for _, number in pairs})
        readers = self._readers_of(shown, every)
        wanted = [number for number in every if readers[number] is not None]
        if not wanted:
            return None
        work = self._folder(group.folder)
        runs = cut_packets(source, wanted, work, control=control)
        if not runs:
            return None
        files = {file.path: file for run in runs for file in run.files}
        row = _footage(source, group, [run.row for run in runs])
        row, packets = self._publish_runs(row, work, files, readers)
        everywhere = set(every).difference(wanted)
        samples = _samples(wanted, row.runs)
        made = self._make(source, numbers, {*everywhere, *samples}, control)
        if made is None or not self._is_same(row, packets, wanted, samples, made):
            for artifact in packets:
                (self.draft / artifact.path).unlink()
            return None
        pictures = [
            self._publish(made[n], f"{group.folder}/{n}.{source.suffix}", None)
            for n in sorted(everywhere)
        ]
        videos = self._videos(group, source, shown)
        return attrs.evolve(
            group,
            videos=videos,
            artifacts=(*packets, *pictures),
            footage=(row,),
            warnings=_long_groups(row),
        )

    def _make(
        self,
        source: VideoSource,
        numbers: Sequence[int],
        asked: set[int],
        control: Control,
    ) -> dict[int, Path] | None:
        """Pictures of the frames *asked* for, from *source* itself; None if it has others."""
        work = self._folder("asked")
        indices = [index for index, number in enumerate(numbers) if number in asked]
        paths = extract_pictures(source, indices, work, control=control)
        if paths is None:
            return None
        return {numbers[i]: path for i, path in zip(indices, paths, strict=True)}

    def _is_same(
        self,
        row: Footage,
        packets: tuple[Artifact, ...],
        shown: Sequence[int],
        samples: Sequence[int],
        made: dict[int, Path],
    ) -> bool:
        """Whether *samples* of those *shown* decode from *packets* to what was *made*."""
        files = {artifact.path: artifact for artifact in packets}
        with closing(Reel(self.draft, row, files, shown)) as reel:
            try:
                return all(made[n].read_bytes() == reel.picture(n) for n in samples)
            except EncoderLostError:
                raise
            except (DamagedSourceError, EncodeError):
                return False

    def _publish_runs(
        self,
        row: Footage,
        work: Path,
        files: Mapping[str, Artifact],
        readers: dict[int, tuple[int, ...] | None],
    ) -> tuple[Footage, tuple[Artifact, ...]]:
        """Publish the packets in *work*, each part for those that decode from it."""
        found: list[list[set[int]]] = [[set() for _ in run.parts] for run in row.runs]
        firsts = [run.first for run in row.runs]
        for number, segments in readers.items():
            begin = bisect_right(firsts, number) - 1
            for index in range(begin, begin + 2):
                if segments is None or index >= len(firsts):
                    break
                # All up to the one with which the frame is whole; of open groups that may
                # be one of the run after.
                ends = [part.stop for part in row.runs[index].parts]
                for own in found[index][: bisect_right(ends, number) + 1]:
                    own.update(segments)
                if number < row.runs[index].stop:
                    break
        return self._publish_parts(row, work, files, found)

    def _publish_parts(
        self,
        row: Footage,
        work: Path,
        files: Mapping[str, Artifact],
        found: list[list[set[int]]],
    ) -> tuple[Footage, tuple[Artifact, ...]]:
        """Publish those parts that somebody reads; *row* has no others any more."""
        artifacts: list[Artifact] = []
        runs: list[PacketRun] = []
        for run, readers in zip(row.runs, found, strict=True):
            parts = []
            for part, own in zip(run.parts, readers, strict=True):
                if not own:
                    break
                file = files[part.path.rpartition("/")[2]]
                self._move(work / file.path, part.path)
                parts.append(part)
                segments = tuple(sorted(own))
                artifacts.append(attrs.evolve(file, path=part.path, segments=segments))
            runs.append(attrs.evolve(run, parts=tuple(parts)))
        every = tuple(sorted({n for run in found for own in run for n in own}))
        head = self._publish(work / HEAD, row.head, every)
        return attrs.evolve(row, runs=tuple(runs)), (head, *artifacts)

    def _extract(self, source: VideoSource, group: _Group, control: Control) -> _Group:
        """
        *group* with its pictures in the plan.

        Raises:
            InputError: The source cannot be decoded.
        """
        work = self._folder(group.folder)
        for attempt in (source, None):
            found = attempt or recount(source, group.name, control=control)
            shown = self._shown(group, found, range(len(found.times.stamps)))
            wanted = sorted({index for pairs in shown.values() for _, index in pairs})
            if not wanted:
                return group
            paths = extract_pictures(found, wanted, work, control=control)
            if paths is not None:
                break
            work = self._folder(group.folder)
        else:
            raise InputError(
                f"video {group.name!r} does not decode to the frames it lists"
            )
        numbers = {index: number for number, index in enumerate(wanted)}
        shown = {
            clip: [(frame, numbers[index]) for frame, index in pairs]
            for clip, pairs in shown.items()
        }
        readers = self._readers_of(shown, numbers.values())
        artifacts = tuple(
            self._publish(
                path, f"{group.folder}/{number}.{found.suffix}", readers[number]
            )
            for number, path in enumerate(paths)
        )
        videos = self._videos(group, found, shown)
        return attrs.evolve(group, videos=videos, artifacts=artifacts)

    def _folder(self, name: str) -> Path:
        """An empty directory for files that are being made."""
        (self.work / name).mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=self.work / name))

    def _shown(
        self, group: _Group, source: VideoSource, numbers: Sequence[int]
    ) -> dict[str, list[tuple[int, int]]]:
        """Which frame of *source*, by *numbers*, each clip shows in each output frame."""
        return {
            clip.id: [
                (frame, numbers[index])
                for frame, index in shown_frames(
                    clip, source.times, self.rate, self.frame_count
                )
                if self.readers(frame) != ()
            ]
            for clip in group.clips
        }

    def _videos(
        self,
        group: _Group,
        source: VideoSource,
        shown: dict[str, list[tuple[int, int]]],
    ) -> tuple[Video, ...]:
        return tuple(
            Video(
                id=clip.id,
                folder=group.folder,
                suffix=source.suffix,
                width=source.width,
                height=source.height,
                runs=pack_runs(shown[clip.id]),
            )
            for clip in group.clips
            if shown[clip.id]
        )

    def _readers_of(
        self, shown: dict[str, list[tuple[int, int]]], numbers: Iterable[int]
    ) -> dict[int, tuple[int, ...] | None]:
        """Which segments read each picture."""
        found: dict[int, set[int] | None] = {number: set() for number in numbers}
        for pairs in shown.values():
            for frame, number in pairs:
                known, readers = found[number], self.readers(frame)
                found[number] = (
                    None if known is None or readers is None else known.union(readers)
                )
        return {
            number: None if known is None else tuple(sorted(known))
            for number, known in found.items()
        }

    def _publish(
        self, path: Path, name: str, segments: tuple[int, ...] | None
    ) -> Artifact:
        size, digest = sha256_file(self._move(path, name))
        return Artifact(path=name, size=size, sha256=digest, segments=segments)

    def _move(self, path: Path, name: str) -> Path:
        target = self.draft / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return path.rename(target)

    def _check_room(self, artifacts: list[Artifact]) -> None:
        size = sum(artifact.size for artifact in artifacts)
        if size > self.room:
            raise PlanTooLargeError(size, self.room)


def _folder_name(render_id: str) -> str:
    """A name any file system takes; the id itself where it is plain."""
    if _PLAIN.fullmatch(render_id):
        return render_id
    return f"id-{hashlib.sha256(render_id.encode()).hexdigest()[:24]}"


def _footage(source: VideoSource, group: _Group, runs: Sequence[PacketRun]) -> Footage:
    place = f"{PACKETS}/{group.folder.removeprefix(f'{FRAMES}/')}"
    return Footage(
        folder=group.folder,
        name=group.name,
        head=f"{place}/{HEAD}",
        runs=tuple(_placed(run, place) for run in runs),
        codec=source.codec,
        pixels=source.pixels,
        width=source.width,
        height=source.height,
        coded_height=source.coded_height,
        matrix=source.matrix,
        range=source.range,
    )


def _placed(run: PacketRun, folder: str) -> PacketRun:
    parts = (attrs.evolve(part, path=f"{folder}/{part.path}") for part in run.parts)
    return attrs.evolve(run, parts=tuple(parts))


def _samples(wanted: Sequence[int], runs: Sequence[PacketRun]) -> list[int]:
    """
    Frames among those *wanted* that are decoded both ways and compared.

    The first one, and where a decoder that begins with the second run gives the first one
    that it can, if that is near.
    """
    second = [run.first for run in runs[1:2] if run.first < _NEAR]
    near = [n for first in second for n in wanted if n >= first]
    return [wanted[0], *near[:1]]


def _long_groups(row: Footage) -> tuple[str, ...]:
    """What there is to say where key frames are far apart."""
    longest = max(Fraction(run.end) - Fraction(run.begin) for run in row.runs)
    if longest <= _LONG_SECONDS:
        return ()
    said = f"video {row.name!r} has no key frame for {float(longest):.1f} s"
    cost = "whoever begins within fetches and decodes all of that"
    return (f"{said}: {cost}; encode it with one every few seconds",)
