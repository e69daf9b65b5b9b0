"""
What a Linux binary says of itself: its processor, the libraries it names, the C library
it wants.

Reads 64-bit little-endian ELF, which is all that Lambda runs; never loads or runs a file.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

import attrs

from ...errors import PackageError

MACHINES = {62: "x86_64", 183: "aarch64"}
"""``e_machine`` by the names Python's platform tags use."""

_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRTAB, _RPATH, _RUNPATH = 1, 5, 15, 29
_VERNEED, _VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF


@attrs.frozen(kw_only=True)
class Elf:
    """
    The dynamic section of a binary.

    Attributes:
        machine: Processor, such as ``x86_64``; ``machine 40`` where it has no name here.
        needed: Libraries it is linked against, by name, in order.
        run_path: Where it asks the loader to look first; ``$ORIGIN`` is its own folder.
        versions: Symbol versions it wants, such as ``GLIBC_2.34``.
    """

    machine: str
    needed: tuple[str, ...] = ()
    run_path: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()

    @property
    def glibc(self) -> tuple[int, ...]:
        """The highest version of glibc it wants; empty for none."""
        wanted = [v for v in self.versions if v.startswith("GLIBC_2")]
        return max((version_of(v.removeprefix("GLIBC_")) for v in wanted), default=())


def version_of(text: str) -> tuple[int, ...]:
    """``2.34`` as numbers, which compare as versions do."""
    return tuple(int(part) for part in text.split("."))


def machine_of(head: bytes) -> str | None:
    """The processor of the binary whose first 20 bytes are *head*; None for no binary."""
    if len(head) < 20 or head[:4] != b"\x7fELF":
        return None
    if head[4:6] != b"\x02\x01":
        return "not 64-bit little-endian"
    number = int(struct.unpack_from("<H", head, 18)[0])
    return MACHINES.get(number, f"machine {number}")


def read_elf(path: Path) -> Elf | None:
    """
    What the file at *path* says of itself; None where it is no binary.

    Raises:
        PackageError: The file begins as a binary and is damaged.
    """
    with path.open("rb") as file:
        machine = machine_of(file.read(20))
        if machine is None:
            return None
        if machine not in MACHINES.values():
            return Elf(machine=machine)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _Reader(data).read(machine)
            except (struct.error, IndexError, ValueError) as error:
                raise PackageError(str(path), f"a damaged binary: {error}") from None


@attrs.define
class _Reader:
    """One file's bytes; addresses become offsets through its load segments."""

    data: mmap.mmap
    loads: list[tuple[int, int, int]] = attrs.field(factory=list)

    def read(self, machine: str) -> Elf:
        rows = [row for offset in self._segments() for row in self._rows(offset)]
        tags = dict(rows)
        if _STRTAB not in tags:
            return Elf(machine=machine)
        names = self._offset(tags[_STRTAB])
        needed = [self._text(names + value) for tag, value in rows if tag == _NEEDED]
        path = [self._text(names + v) for t, v in rows if t in {_RPATH, _RUNPATH}]
        return Elf(
            machine=machine,
            needed=tuple(needed),
            run_path=tuple(part for each in path for part in each.split(":") if part),
            versions=tuple(self._versions(tags, names)),
        )

    def _segments(self) -> list[int]:
        """Offsets of the dynamic segments; fills the table of load segments."""
        (start,) = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        found = []
        for index in range(count):
            row = struct.unpack_from("<IIQQQQ", self.data, start + index * size)
            kind, _, offset, address, _, length = row
            if kind == _LOAD:
                self.loads.append((address, length, offset))
            elif kind == _DYNAMIC:
                found.append(offset)
        return found

    def _rows(self, offset: int) -> Iterator[tuple[int, int]]:
        while True:
            tag, value = struct.unpack_from("<qQ", self.data, offset)
            if tag == 0:
                return
            yield tag, value
            offset += 16

    def _offset(self, address: int) -> int:
        for start, length, offset in self.loads:
            if start <= address < start + length:
                return address - start + offset
        raise ValueError(f"address {address:#x} is in no segment")

    def _text(self, offset: int) -> str:
        return self.data[offset : self.data.find(b"\0", offset)].decode("ascii")

    def _versions(self, tags: dict[int, int], names: int) -> Iterator[str]:
        """A file row (library) leads to its version rows, each by distances in bytes."""
        at = self._offset(tags[_VERNEED]) if _VERNEED in tags else 0
        for _ in range(tags.get(_VERNEEDNUM, 0)):
            _, count, _, first, following = struct.unpack_from("<HHIII", self.data, at)
            row = at + first
            for _ in range(count):
                name, step = struct.unpack_from("<II", self.data, row + 8)
                yield self._text(names + name)
                row += step
            at += following


__all__ = ["MACHINES", "Elf", "machine_of", "read_elf", "version_of"]
