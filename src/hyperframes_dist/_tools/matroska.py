"""
Matroska as a head and a row of blocks: as ffmpeg writes it to a pipe, written anew with other
times, and as what pictures are handed to ffmpeg in, each with the time it is shown for.

One track, and only what it takes: no block is opened, and nothing is decoded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import IO, Protocol

import attrs

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_TIME, _SIMPLE, _GROUP = 0xE7, 0xA3, 0xA0
_BLOCK, _REFERENCE = 0xA1, 0xFB
_KEY = 0x80
# What is entered and not read whole; in a pipe nobody knows how long it is.
_ENTERED = frozenset({_SEGMENT, _CLUSTER})
_OPEN_CLUSTER = bytes.fromhex("1f43b675 01ffffffffffffff")
_FARTHEST = 0x7FFF
_LASTS = 0x9B
_DOCUMENT, _TYPE = 0x1A45DFA3, 0x4282
_INFO, _SCALE, _TRACKS, _TRACK = 0x1549A966, 0x2AD7B1, 0x1654AE6B, 0xAE
_NUMBER, _UID, _KIND, _CODEC = 0xD7, 0x73C5, 0x83, 0x86
_VIDEO, _WIDTH, _HEIGHT, _COLOURS = 0xE0, 0xB0, 0xBA, 0x2EB524
_IS_DEFAULT, _SHOWN_IN, _NOBODY_KNOWS = 0x88, 0x54B2, 4
_LONGEST_HEAD = 1 << 24
_BLOCK_HEAD = 3  # Two bytes of its time, one of flags.


class NotMatroska(ValueError):
    """The bytes are not what ffmpeg writes."""


class Readable(Protocol):
    """Anything bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """At most *size* bytes, fewer only at the end."""
        ...


@attrs.frozen
class Block:
    """
    One packet.

    Attributes:
        time: In ticks of its track.
        is_key: Whether decoding can begin with it, as the container says.
        element: All of it, a SimpleBlock or a BlockGroup without its head.
        id: Which of the two.
        place: Where the two bytes of its time lie in *element*.
        start: Where its coded bytes begin there.
        stop: Where they end.
    """

    time: int
    is_key: bool
    element: bytes
    id: int
    place: int
    start: int
    stop: int

    @property
    def data(self) -> memoryview:
        """Its coded bytes."""
        return memoryview(self.element)[self.start : self.stop]


class BlockReader:
    """
    Reads *file*: first what comes before the first cluster, then blocks.

    Attributes:
        head: All before the first cluster, once the first block was asked for.
    """

    def __init__(self, file: Readable) -> None:
        self._file = file
        self.head = b""

    def blocks(self) -> Iterator[Block]:
        """
        The blocks, in the order they lie there.

        Raises:
            NotMatroska: The bytes are none, or end in the midst of one.
        """
        head = bytearray()
        time = 0
        in_head = True
        while (opened := self._open()) is not None:
            name, size, raw = opened
            if name == _CLUSTER and in_head:
                in_head, self.head = False, bytes(head)
            if name in _ENTERED:
                if in_head:
                    head += raw
                continue
            body = self._read(size)
            if in_head:
                head += raw + body
                if len(head) > _LONGEST_HEAD:
                    raise NotMatroska("no cluster in it")
            elif name == _TIME:
                time = int.from_bytes(body)
            elif name == _SIMPLE:
                yield _simple(body, time)
            elif name == _GROUP:
                yield _group(body, time)
        self.head = self.head or bytes(head)

    def _open(self) -> tuple[int, int, bytes] | None:
        first = self._file.read(1)
        if not first:
            return None
        raw = first + self._read(_length(first[0]) - 1)
        size = self._read(1)
        size += self._read(_length(size[0]) - 1)
        return int.from_bytes(raw), _value(size), raw + size

    def _read(self, size: int) -> bytes:
        data = self._file.read(size) if size else b""
        if len(data) != size:
            raise NotMatroska("it ends in the midst of an element")
        return data


def _length(first: int) -> int:
    """How many bytes a number has that begins with the byte *first*."""
    if first == 0:
        raise NotMatroska("a number that is too long")
    return 9 - first.bit_length()


def _value(raw: bytes) -> int:
    return int.from_bytes(raw) & ((1 << (7 * len(raw))) - 1)


def _simple(body: bytes, time: int) -> Block:
    return _block(body, _SIMPLE, 0, len(body), time, key=None)


def _group(body: bytes, time: int) -> Block:
    at, found, key = 0, None, True
    while at < len(body):
        name = _length(body[at])
        if at + name >= len(body):
            break
        start = at + name + _length(body[at + name])
        stop = start + _value(body[at + name : start])
        kind = int.from_bytes(body[at : at + name])
        if kind == _BLOCK:
            found = (start, stop)
        elif kind == _REFERENCE:
            key = False
        at = stop
    if found is None or at != len(body):
        raise NotMatroska("a group without a block")
    return _block(body, _GROUP, *found, time, key=key)


def _block(
    element: bytes, name: int, start: int, stop: int, time: int, *, key: bool | None
) -> Block:
    place = start + _length(element[start]) if start < stop else stop
    if place + _BLOCK_HEAD > stop:
        raise NotMatroska("a block without a head")
    own = int.from_bytes(element[place : place + 2], signed=True)
    if key is None:
        key = bool(element[place + 2] & _KEY)
    return Block(time + own, key, element, name, place, place + _BLOCK_HEAD, stop)


class BlockWriter:
    """
    Writes blocks to *file* as clusters, with times of their own.

    What is written is to be read behind a head, and may follow what another one wrote.

    Attributes:
        size: Bytes written.
        digest: The sha256 of all of them.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._time: int | None = None
        self.size = 0
        self.digest = hashlib.sha256()

    def _put(self, data: bytes | memoryview) -> None:
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)

    def write(self, block: Block, time: int) -> None:
        """Write *block*, which is shown at *time*; not negative."""
        if self._time is None or abs(time - self._time) > _FARTHEST:
            self._time = time
            body = time.to_bytes(max(1, (time.bit_length() + 7) // 8))
            self._put(_OPEN_CLUSTER + _head(_TIME, len(body)) + body)
        own = (time - self._time).to_bytes(2, signed=True)
        element, place = block.element, block.place
        self._put(_head(block.id, len(element)))
        self._put(element[:place] + own)
        self._put(memoryview(element)[place + 2 :])


def _head(name: int, size: int) -> bytes:
    length = 1
    # All bits set means that nobody knows.
    while size >= (1 << (7 * length)) - 1:
        length += 1
    own = name.to_bytes((name.bit_length() + 7) // 8)
    return own + (size | 1 << (7 * length)).to_bytes(length)


def head_of_pixels(size: tuple[int, int], colours: str) -> bytes:
    """
    What comes before pictures of *size* whose pixels are in the order *colours*.

    Times are in nanoseconds: no frame rate is cut short by them.
    """
    picture = (
        _whole(_WIDTH, size[0])
        + _whole(_HEIGHT, size[1])
        + _element(_COLOURS, colours.encode())
        # Else the file would say that pixels are square, as no file of raw pixels does.
        + _whole(_SHOWN_IN, _NOBODY_KNOWS)
    )
    track = (
        *(_whole(_NUMBER, 1), _whole(_UID, 1), _whole(_KIND, 1)),
        # A row of raw pixels says of itself as little.
        _whole(_IS_DEFAULT, 0),
        *(_element(_CODEC, b"V_UNCOMPRESSED"), _element(_VIDEO, picture)),
    )
    return (
        _element(_DOCUMENT, _element(_TYPE, b"matroska"))
        + _open(_SEGMENT)
        + _element(_INFO, _whole(_SCALE, 1))
        + _element(_TRACKS, _element(_TRACK, b"".join(track)))
    )


def head_of_picture(start: int, stop: int, size: int) -> bytes:
    """What comes before the *size* bytes of one that is shown from *start* to *stop*."""
    lasts = _whole(_LASTS, stop - start)
    # Of track 1, at its cluster's own time, with no flags.
    block = bytes((0x81, 0, 0, 0))
    inner = lasts + _head(_BLOCK, len(block) + size) + block
    return (
        _open(_CLUSTER)
        + _whole(_TIME, start)
        + _head(_GROUP, len(inner) + size)
        + inner
    )


def _open(name: int) -> bytes:
    """The head of an element of a length that nobody knows."""
    return name.to_bytes(4) + bytes.fromhex("01ffffffffffffff")


def _element(name: int, body: bytes) -> bytes:
    return _head(name, len(body)) + body


def _whole(name: int, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))
