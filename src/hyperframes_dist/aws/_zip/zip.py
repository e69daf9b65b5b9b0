"""
ZIP files that are equal when their contents are: sorted, with fixed times, modes and
origin, and stored rather than compressed, since compressors' bytes differ.
"""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import attrs

from ...errors import PackageError

TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest a ZIP can tell."""

_UNIX = 3
_BLOCK = 1 << 20
_MODES = {stat.S_IFREG | 0o644: False, stat.S_IFREG | 0o755: True}


@attrs.frozen(kw_only=True)
class Entry:
    """One file to be: its *name*, its *content*, and whether it is *executable*."""

    name: str
    content: bytes | Path
    executable: bool = False

    def blocks(self) -> Iterator[bytes]:
        """The content, in pieces."""
        if isinstance(self.content, bytes):
            yield self.content
            return
        with self.content.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block


@attrs.frozen(kw_only=True)
class Listed:
    """One file of a ZIP: *path*, *size*, *sha256*, and whether it is *executable*."""

    path: str
    size: int
    sha256: str
    executable: bool


def list_entry(entry: Entry) -> Listed:
    """What the ZIP will hold for *entry*."""
    digest, size = hashlib.sha256(), 0
    for block in entry.blocks():
        digest.update(block)
        size += len(block)
    return Listed(
        path=entry.name,
        size=size,
        sha256=digest.hexdigest(),
        executable=entry.executable,
    )


def write_zip(path: Path, entries: Iterable[Entry]) -> None:
    """
    Write *entries* as the ZIP *path*.

    Raises:
        PackageError: Two of them have one name.
    """
    previous = ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name == previous:
                raise PackageError(entry.name, "two parts of the ZIP bring this file")
            previous = entry.name
            info = zipfile.ZipInfo(entry.name, TIME)
            info.create_system = _UNIX
            mode = 0o755 if entry.executable else 0o644
            info.external_attr = (stat.S_IFREG | mode) << 16
            with archive.open(info, "w") as file:
                for block in entry.blocks():
                    file.write(block)


def size_of_zip(rows: Iterable[Listed]) -> int:
    """How large a ZIP of these files is that hides nothing between or around them."""
    # A local header, a row of the directory and its end; each row has the name twice.
    return 22 + sum(30 + 46 + 2 * len(row.path.encode()) + row.size for row in rows)


def list_zip(archive: zipfile.ZipFile) -> Iterator[Listed]:
    """
    Every file of *archive*, read whole.

    Raises:
        PackageError: An entry is not what `write_zip` writes, or cannot be read.
    """
    names = archive.namelist()
    if names != sorted(set(names)):
        raise PackageError("entries", "not sorted, or one name twice")
    for info in archive.infolist():
        name, mode = info.filename, info.external_attr >> 16
        facts = (info.date_time, info.create_system, info.compress_type)
        path = PurePosixPath(name)
        outside = path.is_absolute() or ".." in path.parts
        if outside or mode not in _MODES or facts != (TIME, _UNIX, zipfile.ZIP_STORED):
            raise PackageError(name, "not an entry that build-zip writes")
        digest, size = hashlib.sha256(), 0
        for block in _blocks(archive, info):
            digest.update(block)
            size += len(block)
        yield Listed(
            path=name,
            size=size,
            sha256=digest.hexdigest(),
            executable=_MODES[mode],
        )


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(info) as file:
            while block := file.read(_BLOCK):
                yield block
    except (zipfile.BadZipFile, EOFError) as error:
        raise PackageError(info.filename, f"cannot be read: {error}") from None
