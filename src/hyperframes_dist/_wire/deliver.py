"""
A finished video out of a store: fetched, compared with what was delivered, published whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from .._tools.archive import ArchiveLimits, unpack
from .._tools.files import digest_folder, publish_file, publish_folder, work_dir
from ..errors import StoreDamagedError
from ..transport import Transport


class Facts(Protocol):
    """What is known of a video that was delivered."""

    @property
    def sha256(self) -> str:
        """Digest of the file in the store."""
        ...

    @property
    def size(self) -> int:
        """Its bytes."""
        ...

    @property
    def frame_count(self) -> int:
        """Frames in it."""
        ...


def fetch_output(
    transport: Transport, key: str, made: Facts, path: Path
) -> tuple[int, str]:
    """
    Publish the video under *key* as *path*; pictures as a directory, or as a ``.tar``.

    Args:
        made: What was reported of it.

    Returns:
        Its bytes and its sha256, as `OutputResult` has them.

    Raises:
        StoreDamagedError: What lies in the store is not what was made.
    """
    if not key.endswith(".tar") or path.suffix.lower() == ".tar":
        with publish_file(path) as draft:
            _get(transport, key, made, draft)
        return made.size, made.sha256
    limits = ArchiveLimits(entries=made.frame_count, size=made.size)
    with work_dir(path) as scratch, publish_folder(path) as folder:
        _get(transport, key, made, scratch / "pictures.tar")
        unpack(scratch / "pictures.tar", folder, limits)
        return digest_folder(folder)


def _get(transport: Transport, key: str, made: Facts, path: Path) -> None:
    stored = transport.get(key, path)
    if stored.sha256 != made.sha256:
        where = f"{transport.url}/{key}"
        raise StoreDamagedError(where, made.sha256, stored.sha256)
