"""
The packets of a source put into a plan as they are: in runs that each begin where decoding
can, so that who shows a part of the source needs no more than that part.

Nothing is coded anew. Where a source is not surely one whose frames its packets tell, there
are no runs, and its pictures are made while planning instead.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import attrs

from .._model.content import Artifact, PacketPart, PacketRun
from .._tools.ffmpeg import QUIET, find_ffmpeg, read_from
from .._tools.matroska import Block, BlockReader, BlockWriter, NotMatroska
from .._tools.process import Piped, ProcessTimeout
from ..errors import EncoderLostError
from ..progress import Control
from .convert import has_alpha
from .entry import can_begin, is_shown
from .extract import STAMPS, VideoSource

HEAD = "head.mkv"
"""What goes before the runs of a source, in the folder of its packets."""

# Decoders of these give the same pixels on every processor, by their specifications.
_EXACT = frozenset({"h264", "hevc", "vp9", "av1"})
# Shorter groups of pictures share a run; longer ones are in parts of this length.
_SHORTEST_SECONDS = 1


@attrs.frozen
class Run:
    """A run of packets: what the plan says of it, and its files."""

    row: PacketRun
    files: tuple[Artifact, ...]


def number_frames(source: VideoSource) -> tuple[int, ...] | None:
    """
    The number of each frame of *source* among all its packets, as they are shown.

    None where packets are not surely its frames, one each, or decode to the same pixels
    on every machine.
    """
    is_known = source.codec in _EXACT and not source.is_hdr and not source.is_interlaced
    places = {stamp: n for n, stamp in enumerate(sorted(set(source.order)))}
    if not is_known or len(places) != len(source.order):
        return None
    return tuple(places[stamp] for stamp in source.times.stamps)


def cut_packets(
    source: VideoSource, wanted: Sequence[int], folder: Path, *, control: Control
) -> tuple[Run, ...]:
    """
    Write the packets that the frames *wanted* need into the empty *folder*.

    Args:
        wanted: Numbers of frames, rising; see `number_frames`.

    Returns:
        The runs they are in, in files of *folder*, where `HEAD` goes before them; none
        where decoding cannot begin with its first packet, or packets are mixed up.

    Raises:
        EncoderLostError: Ffmpeg did nothing.
    """
    cutter = _Cutter(source, wanted, folder, control)
    # What ffmpeg says is said again where the pictures are made instead.
    with closing(Piped(_copy_args(source), (), lambda _: None)) as child:
        try:
            reader = BlockReader(child)
            is_whole = cutter.cut(reader) and child.end() == 0
        except NotMatroska:
            return ()
        except ProcessTimeout as error:
            what = f"video {source.path.name!r}"
            raise EncoderLostError(f"{what}: ffmpeg {error}") from None
    if not is_whole:
        return ()
    (folder / HEAD).write_bytes(reader.head)
    return tuple(cutter.runs)


def _copy_args(source: VideoSource) -> list[str | Path]:
    alpha = ("-metadata:s:v:0", "alpha_mode=1") if has_alpha(source) else ()
    args: list[str | Path] = [find_ffmpeg(), *QUIET, *STAMPS, *read_from(source.path)]
    args += ["-map", "0:V:0", "-map_metadata", "-1", "-c", "copy", *alpha]
    return [*args, "-fflags", "+bitexact", "-f", "matroska", "-live", "1", "pipe:1"]


class _Open:
    """A run that is being written into *folder*, which begins with *first* at *stamp*."""

    def __init__(self, folder: Path, first: int, stamp: int) -> None:
        self.folder, self.first, self.stamp = folder, first, stamp
        self.numbers: set[int] = set()
        self.files: list[Artifact] = []
        # How many packets each part ends with.
        self._ends: list[int] = []
        self._order: list[int] = []
        self._begin(stamp)

    def _begin(self, stamp: int) -> None:
        self.path = self.folder / f"{self.first:08d}-{len(self.files):03d}.part"
        self._file = self.path.open("wb")
        self._writer, self.part_stamp = BlockWriter(self._file), stamp

    def add(self, block: Block, number: int) -> None:
        """Write *block*, which is the frame *number*."""
        self._writer.write(block, number)
        self.numbers.add(number)
        self._order.append(number)

    def cut(self, stamp: int) -> None:
        """Go on in another file, with the packet at *stamp*."""
        self.close()
        self._begin(stamp)

    def close(self) -> None:
        """Note the file that is being written as whole."""
        self._file.close()
        writer, self._ends = self._writer, [*self._ends, len(self._order)]
        digest = writer.digest.hexdigest()
        self.files.append(
            Artifact(path=self.path.name, size=writer.size, sha256=digest)
        )

    def parts(self) -> tuple[PacketPart, ...]:
        """Its parts, each with the first frame that is not in it or those before."""
        found: list[PacketPart] = []
        held: set[int] = set()
        stop, begin = min(self.numbers), 0
        for file, end in zip(self.files, self._ends, strict=True):
            held.update(self._order[begin:end])
            begin = end
            while stop in held:
                stop += 1
            found.append(PacketPart(path=file.path, stop=stop))
        return tuple(found)


@attrs.define
class _Cutter:
    source: VideoSource
    wanted: Sequence[int]
    folder: Path
    control: Control
    runs: list[Run] = attrs.field(factory=list)
    # When each frame begins, and the last one ends.
    _stamps: list[int] = attrs.field(init=False)
    # The last run that was closed; whether it is needed is known at the next one.
    _last: Run | None = None

    def __attrs_post_init__(self) -> None:
        order = sorted(self.source.order)
        self._stamps = [*order, max(self.source.times.stop, order[-1])]

    def cut(self, reader: BlockReader) -> bool:
        """Write the blocks of *reader*; whether they are what was promised."""
        order = self.source.order
        places = {stamp: n for n, stamp in enumerate(self._stamps)}
        run: _Open | None = None
        count = 0
        for count, block in enumerate(reader.blocks(), 1):
            self.control.check()
            if count > len(order):
                return False
            stamp = order[count - 1]
            if self._begins(block, stamp, run):
                if run is not None and not self._close(run):
                    return False
                run = _Open(self.folder, places[stamp], stamp)
            elif run is not None and self._is_long(run.part_stamp, stamp):
                run.cut(stamp)
            if run is None or not is_shown(self.source.codec, block.data):
                return False
            run.add(block, places[stamp])
        if run is None or count != len(order) or not self._close(run):
            return False
        assert self._last is not None
        self._settle(self._last, len(order))
        return bool(self.runs) and self.wanted[0] >= self.runs[0].row.first

    def _begins(self, block: Block, stamp: int, run: _Open | None) -> bool:
        long = run is None or self._is_long(run.stamp, stamp)
        return block.is_key and long and can_begin(self.source.codec, block.data)

    def _is_long(self, begin: int, stamp: int) -> bool:
        return (stamp - begin) * self.source.times.tick >= _SHORTEST_SECONDS

    def _close(self, run: _Open) -> bool:
        """Note *run* as whole; whether its frames are those between its neighbours'."""
        run.close()
        low, stop = min(run.numbers), max(run.numbers) + 1
        before = 0 if self._last is None else self._last.row.stop
        times = self.source.times
        if stop - low != len(run.numbers) or low != before:
            return False
        if self._last is not None:
            self._settle(self._last, run.first)
        row = PacketRun(
            parts=run.parts(),
            first=run.first,
            lead=run.first - low,
            stop=stop,
            begin=str(run.stamp * times.tick),
            end=str(self._stamps[stop] * times.tick),
        )
        self._last = Run(row, tuple(run.files))
        return True

    def _settle(self, run: Run, following: int) -> None:
        """Keep *run*, which the one that begins with *following* comes after, or not."""
        low, wanted = run.row.first - run.row.lead, self.wanted
        place = bisect_left(wanted, low)
        if place < len(wanted) and wanted[place] < following:
            self.runs.append(run)
        else:
            for file in run.files:
                (self.folder / file.path).unlink()
