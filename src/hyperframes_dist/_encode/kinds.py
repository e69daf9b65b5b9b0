"""
The kinds of output, one class each: how segments are made, parts joined and checked, and the
deliverable published.

A part, which is a segment or a chunk, is a coded stream, or a tar of pictures where the
output is pictures or is made from all of them at once. Which kind an output is of is asked
here, once.
"""

from __future__ import annotations

import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import attrs

from .._model.formats import FORMATS, Format, find_format
from .._model.frames import FrameRange, Segment
from .._model.manifest import Content
from .._model.results import SegmentRecord
from .._tools.ffmpeg import hash_frames
from .._tools.files import digest_folder, publish_file, publish_folder, sha256_file
from ..errors import InputError
from ..progress import Control
from .mux import Part, check_sound, check_stream, join_segments
from .pictures import (
    check_pictures,
    digest_pictures,
    join_pictures,
    picture_name,
    read_pictures,
    unpack_pictures,
    write_pictures,
)
from .segment import PLAIN, encode_segment, feed_ffmpeg, picture_input
from .shrink import is_smaller, shrink_pictures

_T = TypeVar("_T")
_TAR = ".tar"
# Each is a short process that mostly starts.
_LOOKS_AT_ONCE = 4


@attrs.frozen
class Kind(ABC):
    """
    One kind of output.

    Attributes:
        row: The format.
    """

    row: Format

    takes_pixels = False
    """Whether frames may be pixels, blue, green, red, alpha, instead of files."""

    @abstractmethod
    def check_place(self, output: Path) -> None:
        """
        Refuse an *output* whose name belongs to another format, or whose place is taken.

        Raises:
            InputError: *output* cannot be used; the message says which name or format to
                give.
        """

    def make(
        self,
        frames: Iterator[bytes],
        segment: Segment,
        content: Content,
        path: Path,
        *,
        control: Control,
        raw: bool = False,
    ) -> SegmentRecord:
        """
        Make *frames*, which are those of *segment*, into the file *path*.

        Args:
            raw: The frames are pixels, see `takes_pixels`.

        Raises:
            EncodeError: The encoder failed, or the frames were not as many.
        """
        self._write(frames, segment, content, path, control, raw=raw)
        return SegmentRecord(
            index=segment.index,
            start=segment.frames.start,
            stop=segment.frames.stop,
            sha256=sha256_file(path)[1],
        )

    @abstractmethod
    def _write(
        self,
        frames: Iterator[bytes],
        segment: Segment,
        content: Content,
        path: Path,
        control: Control,
        *,
        raw: bool,
    ) -> None: ...

    @abstractmethod
    def join(
        self, parts: Sequence[Part], content: Content, path: Path, *, control: Control
    ) -> None:
        """
        Join *parts*, which follow one another, into the part *path*.

        Raises:
            EncodeError: A part cannot be read.
        """

    @abstractmethod
    def check(
        self, path: Path, content: Content, frames: FrameRange, *, control: Control
    ) -> object:
        """
        Check that the part at *path* is the planned *frames*.

        Returns:
            What must be equal in all parts that are to be joined.

        Raises:
            AssembleError: The part is damaged, or not what was planned.
        """

    @abstractmethod
    def digests(self, path: Path, *, control: Control) -> tuple[str, ...]:
        """
        One for each frame of the part or the output at *path*, of its bytes as encoded.

        Raises:
            InputError: Frames of such an output have no bytes of their own.
            EncodeError: *path* cannot be read.
        """

    def publish(
        self,
        parts: Sequence[Part],
        content: Content,
        output: Path,
        *,
        sound: Path | None,
        checking: Callable[[], None],
        control: Control,
    ) -> tuple[int, str]:
        """
        Join all *parts* of an output into the checked *output*, whole or not at all.

        Args:
            sound: The plan's mixed sound; None where nothing sounds.
            checking: Called between joining and checking.

        Returns:
            Its bytes and its sha256.

        Raises:
            EncodeError: A part cannot be read, or ffmpeg fails.
            AssembleError: The result is not what was planned.
        """
        with publish_file(output) as draft:
            self._finish(parts, content, draft, sound, control)
            checking()
            self._check_finished(draft, content, control)
            return sha256_file(draft)

    @abstractmethod
    def _finish(
        self,
        parts: Sequence[Part],
        content: Content,
        draft: Path,
        sound: Path | None,
        control: Control,
    ) -> None: ...

    @abstractmethod
    def _check_finished(
        self, draft: Path, content: Content, control: Control
    ) -> None: ...

    def _check_name(self, output: Path) -> None:
        """Refuse an *output* that is not one file with the format's suffix."""
        suffix = output.suffix.lower()
        if not output.name:
            raise InputError(f"output {str(output)!r} has no name")
        if suffix != self.row.suffix:
            others = [
                r.name for r in FORMATS.values() if r.suffix and r.suffix == suffix
            ]
            advice = f", or ask for format {others[0]}" if others else ""
            if output.is_dir() and not suffix:
                raise InputError(
                    f"output {str(output)!r} is a directory; name a file in it, such as "
                    f"film{self.row.suffix}. The project comes first, then the output"
                )
            raise InputError(
                f"output {output.name!r} is not named like {self.row.name}; "
                f"name it {output.stem}{self.row.suffix}{advice}"
            )
        _check_file(output)


def _check_file(output: Path) -> None:
    try:
        mode = output.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"output {str(output)!r} is a directory")
        if not stat.S_ISREG(mode):
            raise InputError(
                f"output {str(output)!r} is a pipe, a socket or a device, which a finished "
                "film cannot take the place of; name a file"
            )
    except FileNotFoundError:
        pass
    except OSError as error:
        name = f"{str(output)[:200]!r}"
        raise InputError(f"output {name} cannot be written: {error.strerror}") from None
    if "\n" in str(output.parent.resolve()):
        raise InputError(
            f"output {str(output)[:200]!r} is in a directory with a line break in its "
            "name, which ffmpeg cannot be told; name another place"
        )


class Video(Kind):
    """A coded stream and its sound in a container; segments are such streams."""

    takes_pixels = True

    def check_place(self, output: Path) -> None:
        """See `Kind.check_place`."""
        self._check_name(output)

    def _write(
        self,
        frames: Iterator[bytes],
        segment: Segment,
        content: Content,
        path: Path,
        control: Control,
        *,
        raw: bool,
    ) -> None:
        encode_segment(frames, segment, content, path, control=control, raw=raw)

    def join(
        self, parts: Sequence[Part], content: Content, path: Path, *, control: Control
    ) -> None:
        """See `Kind.join`."""
        join_segments(parts, content, path, control=control)

    def check(
        self, path: Path, content: Content, frames: FrameRange, *, control: Control
    ) -> object:
        """See `Kind.check`."""
        stream = check_stream(path, content, len(frames), control)
        return (stream.codec, stream.size, stream.extradata)

    def digests(self, path: Path, *, control: Control) -> tuple[str, ...]:
        """See `Kind.digests`."""
        return hash_frames(path, decoded=False, control=control)

    def _finish(
        self,
        parts: Sequence[Part],
        content: Content,
        draft: Path,
        sound: Path | None,
        control: Control,
    ) -> None:
        join_segments(parts, content, draft, sound=sound, control=control)

    def _check_finished(self, draft: Path, content: Content, control: Control) -> None:
        looks: list[Callable[[], object]] = [
            partial(check_stream, draft, content, content.frame_count, control),
            partial(check_sound, draft, content, control),
        ]
        at_once(looks)


class _OfPictures(Kind):
    """What is made of tars of pictures."""

    def _write(
        self,
        frames: Iterator[bytes],
        segment: Segment,
        content: Content,
        path: Path,
        control: Control,
        *,
        raw: bool,  # noqa: ARG002
    ) -> None:
        pictures: Iterator[bytes] = frames
        if is_smaller(content):
            pictures = shrink_pictures(frames, content, path, control=control)
        write_pictures(pictures, segment, path)

    def join(
        self,
        parts: Sequence[Part],
        content: Content,  # noqa: ARG002
        path: Path,
        *,
        control: Control,
    ) -> None:
        """See `Kind.join`."""
        join_pictures(_paths(parts), path, control=control)

    def check(
        self, path: Path, content: Content, frames: FrameRange, *, control: Control
    ) -> object:
        """See `Kind.check`."""
        return check_pictures(path, content, frames, control=control)

    def digests(self, path: Path, *, control: Control) -> tuple[str, ...]:
        """See `Kind.digests`."""
        return digest_pictures(path, control=control)


class Pictures(_OfPictures):
    """A directory of numbered pictures, or one tar of them."""

    def check_place(self, output: Path) -> None:
        """See `Kind.check_place`."""
        suffix = output.suffix.lower()
        if not output.name:
            raise InputError(f"output {str(output)!r} has no name")
        if suffix == _TAR:
            _check_file(output)
            return
        if suffix in {".png", *(r.suffix for r in FORMATS.values() if r.suffix)}:
            raise InputError(
                f"output {output.name!r} names one file and {self.row.name} is a "
                f"directory; name it {output.stem}, or {output.stem}{_TAR} for one file"
            )
        _check_folder(output)

    def publish(
        self,
        parts: Sequence[Part],
        content: Content,
        output: Path,
        *,
        sound: Path | None,
        checking: Callable[[], None],
        control: Control,
    ) -> tuple[int, str]:
        """See `Kind.publish`."""
        if output.suffix.lower() == _TAR:
            return super().publish(
                parts, content, output, sound=sound, checking=checking, control=control
            )
        with publish_folder(output) as draft:
            unpack_pictures(_paths(parts), content, draft, control=control)
            checking()
            result = digest_folder(draft)
            # The place may have been taken since.
            _check_folder(output)
        return result

    def _finish(
        self,
        parts: Sequence[Part],
        content: Content,
        draft: Path,
        sound: Path | None,  # noqa: ARG002
        control: Control,
    ) -> None:
        self.join(parts, content, draft, control=control)

    def _check_finished(self, draft: Path, content: Content, control: Control) -> None:
        self.check(draft, content, FrameRange(0, content.frame_count), control=control)


def _check_folder(output: Path) -> None:
    """Only what an earlier render left may be replaced, never a person's files."""
    if output.is_symlink() or (output.exists() and not output.is_dir()):
        raise InputError(f"output {str(output)!r} is there and is not a directory")
    if not output.exists():
        return
    for number, entry in enumerate(sorted(output.iterdir())):
        if entry.name != picture_name(number) or entry.is_symlink():
            raise InputError(
                f"output directory {str(output)!r} holds {entry.name!r}, which is not of "
                "an earlier render; empty it or name another place"
            )


_ONE_THREAD = ("-threads", "1", "-filter_threads", "1", "-filter_complex_threads", "1")
# Chrome's PNG has an alpha plane even where nothing is transparent.
_OPAQUE = f"{PLAIN},format=rgb24"


class Gif(_OfPictures):
    """
    One GIF: colours chosen from all frames, then all frames drawn in them.

    Made once, from every picture of the output, so that it cannot show how the work was dealt
    out. Two passes over the tars; nothing is unpacked.
    """

    def check_place(self, output: Path) -> None:
        """See `Kind.check_place`."""
        self._check_name(output)

    def digests(self, path: Path, *, control: Control) -> tuple[str, ...]:  # noqa: ARG002
        """See `Kind.digests`."""
        raise InputError(
            f"{path.name}: a GIF is made from all of its frames at once, so no part of it "
            "can be compared; render it again and compare the files"
        )

    def _finish(
        self,
        parts: Sequence[Part],
        content: Content,
        draft: Path,
        sound: Path | None,  # noqa: ARG002
        control: Control,
    ) -> None:
        palette = draft.with_suffix(".palette.png")
        what = "cannot make the GIF"
        first: list[str | Path] = [
            *_ONE_THREAD,
            *picture_input(content),
            *("-vf", f"{_OPAQUE},palettegen=stats_mode=diff:reserve_transparent=0"),
            *("-frames:v", "1", "-f", "image2pipe", "-c:v", "png", palette),
        ]
        graph = f"[0:v]{_OPAQUE}[a];[a][1:v]paletteuse=dither={content.encoder.preset}"
        second: list[str | Path] = [
            *_ONE_THREAD,
            *picture_input(content),
            *("-f", "png_pipe", "-i", palette),
            *("-lavfi", graph, "-fps_mode", "passthrough", "-c:v", "gif"),
            *(
                "-fflags",
                "+bitexact",
                "-flags:v",
                "+bitexact",
            ),
            *("-loop", str(content.encoder.loop)),
            *("-f", "gif", draft),
        ]
        try:
            for args in (first, second):
                pictures = (data for _, data in read_pictures(_paths(parts)))
                feed_ffmpeg(pictures, args, what, control=control)
        finally:
            palette.unlink(missing_ok=True)

    def _check_finished(self, draft: Path, content: Content, control: Control) -> None:
        check_stream(draft, content, content.frame_count, control)


def _paths(parts: Sequence[Part]) -> list[Path]:
    return [part.path for part in parts]


def kind_of(row: Format) -> Kind:
    """What outputs of the format *row* are."""
    if row.container is not None:
        return Video(row)
    return Gif(row) if row.suffix else Pictures(row)


def kind_in(content: Content) -> Kind:
    """What the output of a plan is."""
    return kind_of(find_format(content.encoder.format))


def at_once(looks: Iterable[Callable[[], _T]]) -> list[_T]:
    """What each of *looks* returns, several at a time, or the first one's error."""
    with ThreadPoolExecutor(_LOOKS_AT_ONCE) as pool:
        return list(pool.map(lambda look: look(), looks))
