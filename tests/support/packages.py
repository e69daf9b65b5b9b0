"""Packages as the npm client would have cached them, for tests that need no network."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from hyperframes_dist._tools.npm import integrity_of


def tarball(files: Mapping[str, bytes], folder: str = "package") -> bytes:
    """A gzipped tarball as npm packs one."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def put_package(
    cache: Path, name: str, version: str, files: Mapping[str, bytes], **options: str
) -> Path:
    """Put a package into *cache*; returns its tarball."""
    folder = cache / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace('/', '+')}@{version}.tgz"
    data = tarball(files, **options)
    path.write_bytes(data)
    path.with_suffix(".integrity").write_text(integrity_of(data))
    return path
