"""
Pictures of videos, decoded when they are asked for from the packets in a plan.

A decoder begins with the key frame before and goes on from there, a few pictures ahead of
who asks, since that is what pipes hold: no more of a source is ever in memory, and nothing on
a disk. Which frame is which is said by its number, which is its time in what the decoder is
fed with. What cannot be decoded is an error; no picture stands in for another one.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import attrs

from .._model.content import Artifact, Footage, Video
from .._tools.ffmpeg import find_ffmpeg
from .._tools.files import require_planned
from .._tools.matroska import Block, BlockReader, NotMatroska
from .._tools.process import Piped, ProcessTimeout
from ..errors import DamagedSourceError, EncodeError, EncoderLostError
from .convert import decoder_args, picture_args, picture_filters, select_filter

_TRIES = 2
# Elements that show one source at times apart have a decoder each, as long as they are few.
_MOST_DECODERS = 4
# Pictures a page may ask for once more.
_KEPT = 4
# What ffmpeg is told to pass in one go; a longer argument is refused by the system.
_MOST_SPANS = 2000
_PART = 1 << 20
_HEARD_SECONDS = 30.0
_SHOWN = re.compile(r"\[Parsed_showinfo_0 @ \w+\] n: *\d+ pts: *(\d+) ")
_CORRUPT = "corrupt decoded frame"
_MOST_WORDS = 20


class Reel:
    """
    The pictures of one source; calls from several threads take turns.

    Args:
        plan_dir: The plan.
        row: The source.
        artifacts: Files of the plan, by path.
        shown: Numbers of the frames that some output frame shows, rising.
    """

    def __init__(
        self,
        plan_dir: Path,
        row: Footage,
        artifacts: Mapping[str, Artifact],
        shown: Sequence[int],
    ) -> None:
        self._plan_dir, self._row = plan_dir, row
        self._artifacts, self._shown = artifacts, shown
        self._lock = threading.Lock()
        self._decoders: list[_Decoder] = []

    def picture(self, number: int) -> bytes:
        """
        The picture of the frame *number*.

        Raises:
            KeyError: No output frame shows it.
            DamagedSourceError: It cannot be decoded, or one it is made from.
            EncoderLostError: The decoder was killed, or did nothing.
            PlanIncompleteError: Packets it is made from are not there.
            PlanIntegrityError: They are not those that were planned.
        """
        place = bisect_left(self._shown, number)
        if self._shown[place : place + 1] != [number]:
            raise KeyError(number)
        with self._lock:
            for decoder in self._decoders:
                if decoder.is_near(number) and (data := decoder.find(number)):
                    # The one that was used last is the last to go.
                    self._decoders.remove(decoder)
                    self._decoders.append(decoder)
                    return data
            for _ in range(_TRIES - 1):
                try:
                    return self._begin(number)
                except EncoderLostError:
                    continue
            return self._begin(number)

    def _begin(self, number: int) -> bytes:
        """The picture *number*, by a decoder that begins for it."""
        while len(self._decoders) >= _MOST_DECODERS:
            self._decoders.pop(0).close()
        decoder = _Decoder(
            self._plan_dir, self._row, self._artifacts, self._shown, number
        )
        self._decoders.append(decoder)
        try:
            return decoder.first()
        except BaseException:
            self._decoders.pop().close()
            raise

    def close(self) -> None:
        """End all decoders, also one that is being waited for."""
        for decoder in tuple(self._decoders):
            decoder.kill()
        with self._lock:
            while self._decoders:
                self._decoders.pop().close()


@attrs.define
class _Heard:
    """
    What a decoder says of itself, line by line: which frames came out of it.

    Attributes:
        next: The frame that is to come out next.
        damaged: The first one that did not, or was not whole.
        words: What else it said last.
    """

    next: int
    damaged: int | None = None
    words: list[str] = attrs.field(factory=list)
    _changed: threading.Condition = attrs.field(factory=threading.Condition)

    def hear(self, line: str) -> None:
        """Take in *line*."""
        match = _SHOWN.match(line)
        if match is None and _CORRUPT not in line:
            if "Parsed_showinfo" not in line:
                self.words = [*self.words[1 - _MOST_WORDS :], line]
            return
        with self._changed:
            if match is None:
                self._damage(self.next)
            elif (number := int(match[1])) >= self.next:
                # What comes before a decoder's first frame is known to be incomplete.
                if number > self.next:
                    self._damage(self.next)
                self.next = number + 1
            self._changed.notify_all()

    def _damage(self, number: int) -> None:
        if self.damaged is None:
            self.damaged = number

    def wait(self, number: int) -> None:
        """Until the frame *number* was heard of."""
        with self._changed:
            self._changed.wait_for(lambda: self.next > number, _HEARD_SECONDS)


class _Decoder:
    """Decodes frames of *row* that are *shown*, from *number* on."""

    def __init__(
        self,
        plan_dir: Path,
        row: Footage,
        artifacts: Mapping[str, Artifact],
        shown: Sequence[int],
        number: int,
    ) -> None:
        self._plan_dir, self._row, self._artifacts = plan_dir, row, artifacts
        self._firsts = [run.first for run in row.runs]
        begin = self._run_of(number)
        self._wanted = self._choose(shown, number)
        self._kept: dict[int, bytes] = {}
        self._heard = _Heard(row.runs[begin].first)
        args = self._args(self._wanted)
        self._child = Piped(args, self._feed(begin), self._heard.hear)
        self._blocks = BlockReader(self._child).blocks()
        self._place = 0

    def _run_of(self, number: int) -> int:
        """Where decoding begins for the frame *number*: the last run that begins by it."""
        return max(0, bisect_right(self._firsts, number) - 1)

    def _choose(self, shown: Sequence[int], number: int) -> list[int]:
        """Those *shown* from *number* on, as far as no run between them is left out."""
        chosen: list[int] = []
        spans, run = 0, self._run_of(number)
        for following in shown[bisect_left(shown, number) :]:
            own = self._run_of(following)
            spans += not chosen or following != chosen[-1] + 1
            if (
                spans > _MOST_SPANS
                or own > run + 1
                or (own > run and self._is_last(run))
            ):
                break
            chosen.append(following)
            run = own
        return chosen

    def _is_last(self, index: int) -> bool:
        """Whether the run after *index* is another part of the source, or there is none."""
        run, after = self._row.runs[index], self._row.runs[index + 1 : index + 2]
        if not after or run.parts[-1].stop != run.stop:
            return True
        return after[0].first - after[0].lead != run.stop

    def _args(self, wanted: Sequence[int]) -> list[str | Path]:
        row = self._row
        known = range(wanted[0], wanted[-1] + 1)
        chain = f"showinfo=checksum=0,{select_filter(wanted, known)}"
        args: list[str | Path] = [find_ffmpeg(), "-hide_banner", "-nostats"]
        args += ["-loglevel", "info", *decoder_args(row.codec), "-threads", "1"]
        args += ["-hwaccel", "none", "-copyts", "-flags:v", "+bitexact"]
        args += ["-f", "matroska", "-i", "pipe:0", "-map", "0:V:0"]
        args += ["-filter_threads", "1", "-filter:v", f"{chain},{picture_filters(row)}"]
        args += ["-fps_mode", "passthrough", "-enc_time_base:v", "demux"]
        args += ["-frames:v", str(len(wanted)), *picture_args(row)]
        return [*args, "-fflags", "+bitexact", "-f", "matroska", "-live", "1", "pipe:1"]

    def _feed(self, begin: int) -> Iterator[bytes]:
        yield from self._read_file(self._row.head)
        for index in range(begin, len(self._row.runs)):
            for part in self._row.runs[index].parts:
                yield from self._read_file(part.path)
            if self._is_last(index):
                return

    def _read_file(self, path: str) -> Iterator[bytes]:
        # Looked at before any of it is decoded: what is drawn carries the plan's hash.
        place = require_planned(self._plan_dir, self._artifacts[path])
        with place.open("rb") as file:
            while data := file.read(_PART):
                yield data

    def is_near(self, number: int) -> bool:
        """Whether going on to *number* is no longer than beginning anew."""
        if number in self._kept:
            return True
        rest = self._wanted[self._place :]
        if not rest or not rest[0] <= number <= rest[-1]:
            return False
        return self._run_of(number) <= self._run_of(rest[0]) + 1

    def find(self, number: int) -> bytes | None:
        """
        The picture *number*, kept or decoded; None where packets before it are not here.

        Raises as `Reel.picture` does.
        """
        if number in self._kept:
            return self._kept[number]
        try:
            while (
                self._place < len(self._wanted) and self._wanted[self._place] <= number
            ):
                self._read()
        except _NoMore:
            return None
        return self._kept.get(number)

    def first(self) -> bytes:
        """The picture it was made for; raises as `Reel.picture` does."""
        number = self._wanted[0]
        try:
            self._read()
        except _NoMore:
            raise self._explain() from None
        return self._kept[number]

    def _read(self) -> None:
        """Read the next picture and keep it."""
        number = self._wanted[self._place]
        block = self._next()
        self._heard.wait(number)
        damaged = self._heard.damaged
        if damaged is not None and damaged <= number:
            raise self._damage(damaged)
        if block.time != number:
            raise EncodeError(f"{self._what}: frame {block.time} for {number}")
        self._kept[number] = bytes(block.data)
        self._place += 1
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]

    def _next(self) -> Block:
        try:
            block = next(self._blocks, None)
        except ProcessTimeout as error:
            raise EncoderLostError(f"{self._what}: ffmpeg {error}") from None
        except NotMatroska:
            block = None
        if block is None:
            raise _NoMore
        return block

    def _explain(self) -> Exception:
        """Why its first picture did not come."""
        try:
            code = self._child.end()
        except ProcessTimeout as error:
            return EncoderLostError(f"{self._what}: ffmpeg {error}")
        except Exception as error:  # noqa: BLE001
            return error
        if code < 0:
            return EncoderLostError(f"{self._what}: ffmpeg was ended by signal {-code}")
        damaged = self._heard.damaged
        return self._damage(self._heard.next if damaged is None else damaged)

    @property
    def _what(self) -> str:
        return f"video {self._row.name!r}"

    def _damage(self, number: int) -> DamagedSourceError:
        words = [
            line for line in self._heard.words if "rror" in line or "nvalid" in line
        ]
        reason = (
            re.sub(r"\[[^\]]*\] *", "", words[0]) if words else "a frame is missing"
        )
        return DamagedSourceError(self._row.name, float(self._time_of(number)), reason)

    def _time_of(self, number: int) -> Fraction:
        """When the frame *number* is shown, as far as the times of its run tell."""
        runs = self._row.runs
        index = self._run_of(number)
        run, begin = runs[index], Fraction(runs[index].begin)
        stop, end = run.stop, Fraction(run.end)
        if not self._is_last(index):
            stop, end = runs[index + 1].first, Fraction(runs[index + 1].begin)
        return begin + (end - begin) * (number - run.first) / (stop - run.first)

    def kill(self) -> None:
        """End it; see `Piped.kill`."""
        self._child.kill()

    def close(self) -> None:
        """End it, and give back all it took."""
        self._child.close()


class _NoMore(Exception):
    """The output of a decoder has ended."""


def shown_numbers(videos: Iterable[Video]) -> list[int]:
    """The numbers of the pictures that *videos* show, rising."""
    found: set[int] = set()
    for video in videos:
        for run in video.runs:
            if run.step:
                found.update(range(run.first, run.first + run.stop - run.start))
            else:
                found.add(run.first)
    return sorted(found)


class Footages:
    """The sources of a plan whose pictures are decoded when they are asked for."""

    def __init__(
        self,
        plan_dir: Path,
        rows: Iterable[Footage],
        videos: Sequence[Video],
        artifacts: Mapping[str, Artifact],
    ) -> None:
        self._reels = {
            row.folder: Reel(
                plan_dir,
                row,
                artifacts,
                shown_numbers(v for v in videos if v.folder == row.folder),
            )
            for row in rows
        }

    def picture(self, path: str) -> bytes | None:
        """
        The picture that would lie at *path* of the plan; None if there is none.

        Raises as `Reel.picture` does.
        """
        folder, _, name = path.rpartition("/")
        reel, number = self._reels.get(folder), name.partition(".")[0]
        if reel is None or not (number.isascii() and number.isdigit()):
            return None
        try:
            return reel.picture(int(number))
        except KeyError:
            return None

    def close(self) -> None:
        """End all that decodes."""
        for reel in self._reels.values():
            reel.close()
