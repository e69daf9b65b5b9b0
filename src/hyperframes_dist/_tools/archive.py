"""
Plain tars: the same files give the same bytes, and what is unpacked stays in its folder.

Nothing is compressed: what is worth it already is, and compressors' bytes differ between
versions.
"""

from __future__ import annotations

import errno
import os
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import attrs

from ..errors import InputError
from .files import publish_file

_FIELDS = frozenset({"path", "size"})
# What file systems take, with room for where it is unpacked.
_LONGEST_NAME, _LONGEST_PATH = 255, 3000


@attrs.frozen(kw_only=True)
class ArchiveLimits:
    """
    What an archive may hold before it is refused.

    Attributes:
        entries: Most files.
        size: Most bytes, unpacked.
    """

    entries: int = 20_000
    size: int = 4 * 1024**3


def pack(files: Mapping[str, Path], output: Path) -> None:
    """
    Publish *files*, by name, as the tar *output*.

    The bytes follow from names and contents alone: entries are sorted, and times, owners
    and modes are fixed.

    Raises:
        InputError: A name leads out of an archive.
    """
    with (
        publish_file(output) as draft,
        tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in sorted(files):
            _check_name(output, name)
            row = tarfile.TarInfo(name)
            row.mode, row.size = 0o644, files[name].stat().st_size
            with files[name].open("rb") as file:
                tar.addfile(row, file)


def unpack(
    archive: Path, folder: Path, limits: ArchiveLimits | None = None
) -> tuple[str, ...]:
    """
    Write the files in *archive* below *folder*, which holds none of them yet.

    Returns:
        Their names, in the archive's order.

    Raises:
        InputError: *archive* is no tar, is over *limits*, or holds something other than files
            with names inside it. What was written until then stays for the caller, who
            owns the folder, to remove.
    """
    limits = limits or ArchiveLimits()
    names: list[str] = []
    total = 0
    try:
        with tarfile.open(archive, "r:") as tar:
            for row in tar:
                _check_entry(archive, row)
                total += row.size
                names.append(row.name)
                if total > limits.size or len(names) > limits.entries:
                    _refuse(
                        archive,
                        f"is over {limits.entries} files or {limits.size} bytes",
                    )
                _write(tar, row, folder / row.name)
    except InputError:
        raise
    except (tarfile.TarError, ValueError, ArithmeticError, RecursionError) as error:
        # What the reader makes of sizes that are none, and of names for names for names.
        _refuse(archive, f"is no whole archive ({error})")
    except FileExistsError as error:
        _refuse(archive, f"holds a file twice ({Path(error.filename).name})")
    except (NotADirectoryError, IsADirectoryError) as error:
        _refuse(archive, f"holds a file below a file ({Path(error.filename).name})")
    except OSError as error:
        if error.errno != errno.EINVAL or error.filename is not None:
            raise
        _refuse(archive, "is no whole archive (a size in it leads nowhere)")
    return tuple(names)


def _check_entry(archive: Path, row: tarfile.TarInfo) -> None:
    # A sparse file could be terabytes of nothing, a link could lead anywhere.
    plain = row.type in {tarfile.REGTYPE, tarfile.AREGTYPE}
    if row.size < 0:
        _refuse(archive, f"is no whole archive (a size in it is {row.size})")
    if not plain or not row.pax_headers.keys() <= _FIELDS:
        _refuse(archive, f"holds {row.name!r}, which is no plain file")
    _check_name(archive, row.name)


def _check_name(archive: Path, name: str) -> None:
    path = PurePosixPath(name)
    inside = name and not path.is_absolute() and ".." not in path.parts
    longest = max((len(os.fsencode(part)) for part in path.parts), default=0)
    inside = inside and longest <= _LONGEST_NAME and len(name) <= _LONGEST_PATH
    if not inside or path.as_posix() != name or not name.isprintable():
        _refuse(archive, f"holds the name {name[:300]!r}, which is no path inside it")


def _write(tar: tarfile.TarFile, row: tarfile.TarInfo, target: Path) -> None:
    source = tar.extractfile(row)
    assert source is not None, "a plain file has bytes"
    target.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    # Windows has no such flag; there a new file is never opened through a link.
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with source, os.fdopen(os.open(target, flags, 0o644), "wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)


def _refuse(archive: Path, reason: str) -> None:
    raise InputError(f"archive {archive.name!r} {reason}")
