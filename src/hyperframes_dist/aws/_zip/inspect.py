"""
A deployment ZIP, recomputed from itself alone: what it lists, and whether that is so.

Knows nothing of how one is built.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

import attrs

from ..._model.codec import from_json
from ..._tools.files import sha256_file
from ...errors import InputError, PackageError
from .elf import machine_of
from .packed import FOLDER, INDEX, PackedFile, PackedIndex, read_index, unpacked
from .wheels import LOCK, Wheel, read_lock
from .zip import Listed, list_zip, size_of_zip

CONTENTS = "hyperframes-dist.json"
"""The list of everything else in the ZIP."""

UNZIPPED_LIMIT = 262_144_000
"""Bytes a function may have unzipped, 250 MiB, all its layers counted."""

_MIB = 1 << 20
_HEAD = 20
_LOCK_PATH = f"hyperframes_dist/aws/_zip/{LOCK}"

PartKind = Literal["library", "runtime", "chrome", "ffmpeg", "wheel"]


@attrs.frozen(kw_only=True)
class PartFiles:
    """
    A part and the files it brings.

    Attributes:
        kind: What sort of part.
        name: What it is called in a breakdown.
        source: Where it came from: a wheel, a package and version, a file.
        digest: Of that source: the sha256 of a wheel or file, the integrity of a package.
        files: Its files in the ZIP.
    """

    kind: PartKind
    name: str
    source: str
    digest: str
    files: tuple[Listed, ...]


@attrs.frozen(kw_only=True)
class Contents:
    """
    What a ZIP says of itself.

    Attributes:
        python: Version of the runtime it is for.
        arch: Processor it is for.
        glibc: The newest C library it was allowed to want.
        chrome: Which browser it holds.
        compressor: What packed its tools.
        parts: All files but this list.
    """

    python: str
    arch: str
    glibc: str
    chrome: str
    compressor: str
    parts: tuple[PartFiles, ...]


@attrs.frozen(kw_only=True)
class Part:
    """One line of a breakdown: *name*, *source*, and *size* in bytes in the ZIP."""

    name: str
    source: str
    size: int


@attrs.frozen(kw_only=True)
class ZipReport:
    """
    What a deployment ZIP is.

    Attributes:
        path: Where it lies.
        sha256: Of the whole file.
        zipped: Its size in bytes.
        unzipped: Bytes of the files in it, which Lambda limits.
        python: Version of the runtime it is for.
        arch: Processor it is for.
        chrome: Which browser it holds.
        chrome_sha256: Of the browser's executable, as plans name it.
        ffmpeg_sha256: Of the ffmpeg, as plans name it.
        compressor: What packed its tools.
        parts: The breakdown, the largest first.
    """

    path: Path
    sha256: str
    zipped: int
    unzipped: int
    python: str
    arch: str
    chrome: str
    chrome_sha256: str
    ffmpeg_sha256: str
    compressor: str
    parts: tuple[Part, ...]

    def breakdown(self) -> str:
        """The parts and their sizes, a line each."""
        rows = [
            f"{part.size / _MIB:8.2f} MiB  {part.name} ({part.source})"
            for part in self.parts
        ]
        return "\n".join(rows)


def verify_zip(path: Path | str, *, limit: int = UNZIPPED_LIMIT) -> ZipReport:
    """
    Recompute everything a deployment ZIP says of itself, from its own bytes.

    Args:
        limit: Most bytes unzipped; the default is Lambda's.

    Raises:
        InputError: *path* is no file.
        PackageError: The ZIP is not what was built, or too large; the message names the entry
            or the sizes.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{str(path)!r} is not a file")
    try:
        with zipfile.ZipFile(path) as archive:
            listed = {row.path: row for row in list_zip(archive)}
            if path.stat().st_size != size_of_zip(listed.values()):
                raise PackageError(str(path), "holds bytes that belong to no entry")
            contents = _check_contents(archive, listed)
            index = _check_packed(archive, listed, contents)
            _check_binaries(archive, listed, contents.arch)
            _check_wheels(archive, contents)
    except zipfile.BadZipFile as error:
        raise PackageError(str(path), f"not a ZIP: {error}") from None
    report = _report(path, listed, contents, index)
    if report.unzipped > limit:
        raise PackageError(str(path), _too_large(report, limit))
    return report


def _check_contents(archive: zipfile.ZipFile, listed: dict[str, Listed]) -> Contents:
    if CONTENTS not in listed:
        raise PackageError(
            CONTENTS, "missing; this is no deployment ZIP of this library"
        )
    try:
        contents = from_json(archive.read(CONTENTS), Contents)
    except InputError as error:
        raise PackageError(CONTENTS, str(error)) from None
    planned = [row for part in contents.parts for row in part.files]
    known = {row.path: row for row in planned}
    for name in sorted({*known, *listed} - {CONTENTS}):
        if name not in listed:
            raise PackageError(name, f"missing, and listed in {CONTENTS}")
        if known.get(name) != listed[name]:
            wanted = known[name].sha256 if name in known else "no such file"
            reason = f"listed with {wanted}, found {listed[name].sha256}"
            raise PackageError(name, reason)
    if len(planned) != len(known):
        raise PackageError(CONTENTS, "lists one file twice")
    return contents


def _check_packed(
    archive: zipfile.ZipFile, listed: dict[str, Listed], contents: Contents
) -> PackedIndex:
    if (name := f"{FOLDER}/{INDEX}") not in listed:
        raise PackageError(name, "missing")
    index = read_index(archive.read(name))
    if (index.arch, index.chrome) != (contents.arch, contents.chrome):
        raise PackageError(name, f"is for other tools than {CONTENTS} says")
    paths = {row.path for row in index.files}
    for wanted in (index.chrome_path, index.ffmpeg_path):
        if wanted not in paths:
            raise PackageError(name, f"names {wanted}, and does not list it")
    if index.runtime not in listed:
        raise PackageError(index.runtime, "missing, and named as the page runtime")
    blobs = {f"{FOLDER}/{row.blob}" for row in index.files}
    stray = {n for n in listed if n.startswith(f"{FOLDER}/")} - blobs - {name}
    if stray:
        raise PackageError(min(stray), f"not in {name}")
    for row in index.files:
        _check_blob(archive, listed, row, contents.arch)
    return index


def _check_blob(
    archive: zipfile.ZipFile, listed: dict[str, Listed], row: PackedFile, arch: str
) -> None:
    name = f"{FOLDER}/{row.blob}"
    found = listed.get(name)
    if found is None or found.sha256 != row.packed_sha256:
        raise PackageError(name, f"holds {row.path}; missing or not what is listed")
    head = b""
    with archive.open(name) as blob:
        for block in unpacked(blob, row):
            head = head or block[:_HEAD]
    _check_machine(row.path, head, arch)


def _check_binaries(
    archive: zipfile.ZipFile, listed: dict[str, Listed], arch: str
) -> None:
    for name in listed:
        with archive.open(name) as file:
            _check_machine(name, file.read(_HEAD), arch)


def _check_machine(name: str, head: bytes, arch: str) -> None:
    machine = machine_of(head)
    if machine not in {None, arch}:
        raise PackageError(name, f"is for {machine}, the function is {arch}")


def _check_wheels(archive: zipfile.ZipFile, contents: Contents) -> None:
    """Every wheel the ZIP was made of is in the lock it carries, and the other way round."""
    try:
        lock = read_lock(archive.read(_LOCK_PATH))
    except KeyError:
        raise PackageError(_LOCK_PATH, "missing") from None
    locked = {_row(wheel) for wheel in lock.wheels(contents.python, contents.arch)}
    used = {
        (part.source, part.digest) for part in contents.parts if part.kind == "wheel"
    }
    if used != locked:
        odd = sorted(used ^ locked)[0]
        where = "used and not locked" if odd in used else "locked and not used"
        raise PackageError(odd[0], f"{where} for Python {contents.python}")


def _row(wheel: Wheel) -> tuple[str, str]:
    return wheel.file, wheel.sha256


def _report(
    path: Path, listed: dict[str, Listed], contents: Contents, index: PackedIndex
) -> ZipReport:
    zipped, digest = sha256_file(path)
    packed = {row.path: row.sha256 for row in index.files}
    parts = [
        Part(
            name=part.name,
            source=part.source,
            size=sum(row.size for row in part.files),
        )
        for part in contents.parts
    ]
    return ZipReport(
        path=path,
        sha256=digest,
        zipped=zipped,
        unzipped=sum(row.size for row in listed.values()),
        python=contents.python,
        arch=contents.arch,
        chrome=contents.chrome,
        chrome_sha256=packed[index.chrome_path],
        ffmpeg_sha256=packed[index.ffmpeg_path],
        compressor=contents.compressor,
        parts=tuple(sorted(parts, key=lambda part: (-part.size, part.source))),
    )


def _too_large(report: ZipReport, limit: int) -> str:
    sizes = [f"{part.name} {part.size / _MIB:.1f}" for part in report.parts]
    return (
        f"{report.unzipped / _MIB:.1f} MiB unzipped, the limit is {limit / _MIB:.1f} MiB; "
        f"in MiB: {', '.join(sizes)}"
    )
