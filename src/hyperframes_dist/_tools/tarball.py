"""
Compressed tars from elsewhere, read in place and forwards only.

A reader of our own, for what is true of every archive it takes: sizes are what they say,
nothing is read twice, no more is unpacked than was allowed, and only one block is held.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from ..progress import Control

_BLOCK = 512
_STEP = 1 << 16
# A name that takes more is no file's; a header that does is there to fill the memory.
_LONGEST_HEADER = 1 << 16
_FILES = (b"0", b"\0", b"7")
# What zlib calls a gzip head and all it may take back.
_GZIP = 31
_MOST_MEMBERS = 1000


class TarballError(Exception):
    """A tarball is damaged, holds more than it may, or is made to mislead its reader."""


class Tarball:
    """
    The gzipped tar *path*, of which at most *limit* bytes are unpacked in one reading.

    Every method raises `TarballError`, and what *control* says while it reads.

    Attributes:
        unpacked: How many bytes the last reading unpacked.
    """

    def __init__(self, path: Path, *, limit: int, control: Control) -> None:
        self._path, self._limit, self._control = path, limit, control
        self.unpacked = 0

    def names(self) -> tuple[str, ...]:
        """The names of its plain files, in its order."""
        return tuple(name for name, _, _ in self._files())

    def read(self, wanted: Callable[[str], bool]) -> bytes | None:
        """The bytes of the first plain file with a *wanted* name; None where none has."""
        for name, size, stream in self._files():
            if wanted(name):
                return stream.take(size)
        return None

    def read_all(self, wanted: Callable[[str], bool]) -> dict[str, bytes]:
        """Every plain file with a *wanted* name, by name; of two, the first."""
        found: dict[str, bytes] = {}
        for name, size, stream in self._files():
            if wanted(name) and name not in found:
                found[name] = stream.take(size)
        return found

    def _files(self) -> Iterator[tuple[str, int, _Stream]]:
        try:
            with self._path.open("rb") as file:
                gunzip = _Gunzip(file, self._control)
                stream = _Stream(gunzip, self._limit, self._control)
                try:
                    yield from _walk(stream)
                finally:
                    self.unpacked = stream.place
        except (EOFError, zlib.error, ValueError) as error:
            raise TarballError(f"it is damaged ({error})") from None


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Gunzip:
    """
    What is packed in *file* as gzip, one member after the other.

    Python's own reader goes from member to member for as long as they hold nothing.
    """

    def __init__(self, file: _Readable, control: Control) -> None:
        self._file, self._control = file, control
        self._member = zlib.decompressobj(_GZIP)
        self._packed, self._members = b"", 1

    def read(self, size: int, /) -> bytes:
        """At most *size* bytes; none at the end."""
        while True:
            self._control.check()
            if self._member.eof and not self._next():
                return b""
            packed = self._packed or self._file.read(_STEP)
            data = self._member.decompress(packed, size)
            member = self._member
            self._packed = member.unused_data if member.eof else member.unconsumed_tail
            if data:
                return data
            if not packed:
                raise EOFError("it ends too early")

    def _next(self) -> bool:
        """Begin with the next member, if there is one."""
        while not self._packed.strip(b"\0"):
            if not (packed := self._file.read(_STEP)):
                return False
            self._control.check()
            self._packed = packed
        # Blocks of tapes are filled with zeros.
        self._packed = self._packed.lstrip(b"\0")
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise EOFError(f"it is packed in more than {_MOST_MEMBERS} pieces")
        self._member = zlib.decompressobj(_GZIP)
        return True


class _Stream:
    """*file*, read forwards until *limit*."""

    def __init__(self, file: _Readable, limit: int, control: Control) -> None:
        self._file, self._limit, self._control = file, limit, control
        self.place = 0

    def take(self, size: int) -> bytes:
        """The next *size* bytes, all of them."""
        return b"".join(self._steps(size))

    def skip(self, place: int) -> None:
        """Go on at *place*, which lies ahead."""
        for _ in self._steps(place - self.place):
            pass

    def _steps(self, size: int) -> Iterator[bytes]:
        if self.place + size > self._limit:
            raise TarballError(f"it unpacks to more than {self._limit} bytes")
        stop = self.place + size
        while self.place < stop:
            self._control.check()
            data = self._file.read(min(_STEP, stop - self.place))
            if not data:
                raise TarballError("it ends too early")
            self.place += len(data)
            yield data


def _walk(stream: _Stream) -> Iterator[tuple[str, int, _Stream]]:
    """Name, size and bytes of each plain file; the bytes are taken or skipped."""
    long_name, long_size = None, None
    while any(head := stream.take(_BLOCK)):
        _check_sum(head)
        kind, size = head[156:157], _number(head[124:136])
        if kind in {b"x", b"L"}:
            rows = _header(stream, size)
            if kind == b"L":
                long_name = _text(rows)
            else:
                facts = _records(rows)
                long_name = facts.get("path", long_name)
                long_size = facts.get("size")
            continue
        size = size if long_size is None else _whole(long_size)
        stop = stream.place + -(-size // _BLOCK) * _BLOCK
        if kind in _FILES:
            yield long_name or _name(head), size, stream
        elif kind == b"S":
            raise TarballError("it holds a file with holes")
        long_name, long_size = None, None
        stream.skip(stop)


def _check_sum(head: bytes) -> None:
    wanted = _number(head[148:156])
    if wanted != sum(head[:148]) + 8 * 32 + sum(head[156:]):
        raise TarballError("it is no tar")


def _number(field: bytes) -> int:
    """A number in octal digits, or in bytes where the first bit says so."""
    if field[0] & 0x80:
        number = int.from_bytes(field, "big", signed=True) + (1 << 8 * len(field) - 1)
        return _whole(str(number if field[0] == 0x80 else -1))
    text = field.partition(b"\0")[0].strip()
    return int(text, 8) if _is_octal(text) else _whole("")


def _is_octal(text: bytes) -> bool:
    return bool(text) and not text.strip(b"01234567")


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise TarballError(f"a size in it is {text[:20]!r}")
    return int(text)


def _header(stream: _Stream, size: int) -> bytes:
    if size > _LONGEST_HEADER:
        raise TarballError(f"a name in it takes {size} bytes")
    rows = stream.take(size)
    stream.skip(stream.place + -size % _BLOCK)
    return rows


def _records(rows: bytes) -> dict[str, str]:
    """The records of a pax header, each ``<length> <key>=<value>`` and a line's end."""
    facts: dict[str, str] = {}
    while rows:
        digits, _, _ = rows.partition(b" ")
        length = _whole(digits.decode("latin-1"))
        row = rows[len(digits) + 1 : length - 1]
        key, equals, value = row.partition(b"=")
        if not equals or not rows[length - 1 : length] == b"\n":
            raise TarballError("a header in it is damaged")
        if key.startswith(b"GNU.sparse."):
            raise TarballError("it holds a file with holes")
        facts[_text(key)] = _text(value)
        rows = rows[length:]
    return facts


def _name(head: bytes) -> str:
    name, prefix = _text(head[:100]), _text(head[345:500])
    return f"{prefix}/{name}" if head[257:262] == b"ustar" and prefix else name


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")
