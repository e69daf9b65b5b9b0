"""
Tools that lie compressed in a deployment ZIP: how they are packed, listed and unpacked.

The only door to Zstandard. Never decides what is packed.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import attrs
from backports import zstd

from ..._model.codec import from_json
from ..._tools.files import disk_errors, publish_file, sha256_file, write_file
from ...errors import InputError, PackageError

FOLDER = "packed"
"""Where the packed tools lie in the ZIP."""

INDEX = "index.json"
LEVEL = 12
COMPRESSOR = f"zstd {zstd.zstd_version} level {LEVEL}"
"""Equal input is packed to equal bytes by an equal compressor only."""

_BLOCK = 1 << 20


@attrs.frozen(kw_only=True)
class PackedFile:
    """
    One file and the blob that holds it.

    Attributes:
        path: Where it is unpacked to, relative, POSIX.
        sha256: Of the file.
        size: Of the file, in bytes.
        executable: Whether it may be run.
        packed_sha256: Of the blob, which is called ``<sha256>.zst``.
        packed_size: Of the blob, in bytes.
    """

    path: str
    sha256: str
    size: int
    executable: bool
    packed_sha256: str
    packed_size: int

    def __attrs_post_init__(self) -> None:
        path = PurePosixPath(self.path)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise InputError(f"packed path {self.path!r} leads elsewhere")

    @property
    def blob(self) -> str:
        """Name of the blob; files of equal bytes share one."""
        return f"{self.sha256}.zst"


@attrs.frozen(kw_only=True)
class PackedIndex:
    """
    What is packed.

    Attributes:
        arch: Processor the binaries are for.
        chrome: Kind of Chrome, ``sparticuz`` or ``headless-shell``.
        chrome_path: Its executable, among *files*.
        ffmpeg_path: The ffmpeg, among *files*.
        runtime: The page runtime, relative to the ZIP's root.
        compressor: What packed it.
        files: All packed files, by path.
    """

    arch: str
    chrome: str
    chrome_path: str
    ffmpeg_path: str
    runtime: str
    compressor: str
    files: tuple[PackedFile, ...]


def read_index(data: bytes) -> PackedIndex:
    """
    Parse an index.

    Raises:
        PackageError: *data* is no index of packed files.
    """
    try:
        return from_json(data, PackedIndex)
    except InputError as error:
        raise PackageError(f"{FOLDER}/{INDEX}", str(error)) from None


def pack_file(source: Path, name: str, *, executable: bool, cache: Path) -> PackedFile:
    """
    Pack *source*, to be unpacked as *name*; the blob is kept in *cache*.

    See `blob_path` for where it lies.
    """
    size, digest = sha256_file(source)
    blob = blob_path(cache, digest)
    if not _is_whole(blob):
        with publish_file(blob) as draft:
            draft.write_bytes(zstd.compress(source.read_bytes(), level=LEVEL))
        write_file(blob.with_suffix(".sha256"), sha256_file(blob)[1].encode())
    packed_size, packed_digest = sha256_file(blob)
    return PackedFile(
        path=name,
        sha256=digest,
        size=size,
        executable=executable,
        packed_sha256=packed_digest,
        packed_size=packed_size,
    )


def blob_path(cache: Path, digest: str) -> Path:
    """The blob of the file whose sha256 is *digest*, by this compressor."""
    return cache / "packed" / COMPRESSOR.replace(" ", "-") / f"{digest}.zst"


def _is_whole(blob: Path) -> bool:
    try:
        return blob.with_suffix(".sha256").read_text() == sha256_file(blob)[1]
    except OSError:
        return False


def unpacked(blob: IO[bytes], row: PackedFile) -> Iterator[bytes]:
    """
    The bytes of *row*, packed in *blob*, block by block.

    Raises:
        PackageError: *blob* cannot be unpacked, or holds other bytes; some of them may have
            been given by then.
    """
    digest, size, name = hashlib.sha256(), 0, f"{FOLDER}/{row.blob}"
    try:
        with zstd.ZstdFile(blob) as file:
            # A few bytes can unpack to terabytes.
            while size <= row.size and (block := file.read(_BLOCK)):
                digest.update(block)
                size += len(block)
                yield block
    except (zstd.ZstdError, EOFError) as error:
        raise PackageError(name, f"cannot be unpacked: {error}") from None
    if (digest.hexdigest(), size) != (row.sha256, row.size):
        wanted = f"{row.path} is listed with {row.size} bytes and sha256 {row.sha256}"
        raise PackageError(name, f"{wanted}, found {size} and {digest.hexdigest()}")


def unpack_file(row: PackedFile, blob: Path, target: Path, scratch: Path) -> None:
    """
    Unpack *blob* as *target*, whole or not at all, by way of *scratch*.

    Nothing is flushed to the disk: what is unpacked lives no longer than its host, and a
    damaged file is unpacked again.

    Raises:
        DiskFullError: No room.
        PackageError: The blob does not hold the listed bytes.
    """
    with disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=scratch)
        with _open(blob) as source, open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123
            for block in unpacked(source, row):
                file.write(block)
        Path(name).chmod(0o755 if row.executable else 0o644)
        os.replace(name, target)  # noqa: PTH105


def _open(blob: Path) -> IO[bytes]:
    try:
        return blob.open("rb")
    except FileNotFoundError:
        raise PackageError(f"{FOLDER}/{blob.name}", "missing from the ZIP") from None
