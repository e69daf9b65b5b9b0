"""
A cold start: the packed tools become files, once per host, before anything is rendered.

Several processes of one host may boot at once. Nothing is fetched.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs

from ..._tools.files import disk_errors, file_lock, sha256_cached
from ...chrome import Sandbox
from ...errors import PackageError
from .._zip.packed import (
    FOLDER,
    INDEX,
    PackedFile,
    PackedIndex,
    read_index,
    unpack_file,
)

logger = logging.getLogger(__name__)

_NAME = "hyperframes_dist-tools"
_THREADS = 2
"""One for Chrome and one for ffmpeg, which are nearly all of the bytes."""


@attrs.frozen(kw_only=True)
class PackedChrome:
    """
    The Chrome of a deployment ZIP, unpacked; a `ChromeSource`.

    Attributes:
        path: The executable.
        scratch: Where it may keep what it likes.
        sandbox: Off: a function's host allows none, and is itself one. Asking first would
            cost a failed start each time.
    """

    path: Path
    scratch: Path
    sandbox: Sandbox = "off"

    def executable(self) -> Path:
        """See `ChromeSource.executable`."""
        return self.path

    def args(self) -> tuple[str, ...]:
        """See `ChromeSource.args`."""
        return ()

    def env(self) -> Mapping[str, str]:
        """See `ChromeSource.env`; its own libraries come before the host's."""
        folder, inherited = self.path.parent, os.environ.get("LD_LIBRARY_PATH")
        own = str(folder / "lib")
        return {
            "LD_LIBRARY_PATH": f"{own}:{inherited}" if inherited else own,
            "HOME": str(self.scratch),
            "XDG_CACHE_HOME": str(self.scratch),
            "XDG_CONFIG_HOME": str(self.scratch),
        }


@attrs.frozen(kw_only=True)
class Booted:
    """
    What a render needs and the ZIP brought.

    Attributes:
        ffmpeg: The ffmpeg; `imageio_ffmpeg` has been told.
        chrome: The browser.
        kind: Which browser it is, ``sparticuz`` or ``headless-shell``.
        runtime: The pinned page runtime, for `RenderConfig.runtime`.
        seconds: How long it took.
    """

    ffmpeg: Path
    chrome: PackedChrome
    kind: str
    runtime: Path
    seconds: float


def boot(task: Path | None = None, scratch: Path | None = None) -> Booted:
    """
    Unpack what is packed, unless it lies there whole, and make it known.

    Sets ``IMAGEIO_FFMPEG_EXE``, which `imageio_ffmpeg` reads, and
    ``HYPERFRAMES_DIST_CACHE`` where it is unset.

    Args:
        task: Root of the unzipped ZIP; None takes the one this module lies in.
        scratch: Where to unpack; None takes the temporary directory.

    Raises:
        PackageError: This is not a deployment ZIP, or it is damaged.
        DiskFullError: No room to unpack.
    """
    began = time.monotonic()
    task = task or Path(__file__).parents[3]
    root = (scratch or Path(tempfile.gettempdir())) / _NAME
    index = _read_index(task)
    with disk_errors(root), file_lock(root / "lock"):
        _restore(index, task / FOLDER, root)
    os.environ["IMAGEIO_FFMPEG_EXE"] = str(root / index.ffmpeg_path)
    os.environ.setdefault("HYPERFRAMES_DIST_CACHE", str(root / "cache"))
    seconds = time.monotonic() - began
    logger.info("tools unpacked", extra={"seconds": round(seconds, 3)})
    return Booted(
        ffmpeg=root / index.ffmpeg_path,
        chrome=PackedChrome(path=root / index.chrome_path, scratch=root / "home"),
        kind=index.chrome,
        runtime=task / index.runtime,
        seconds=seconds,
    )


def _read_index(task: Path) -> PackedIndex:
    path = task / FOLDER / INDEX
    try:
        return read_index(path.read_bytes())
    except OSError as error:
        reason = f"no packed tools: {error.strerror}; build the ZIP with aws build-zip"
        raise PackageError(str(path), reason) from None


def _restore(index: PackedIndex, source: Path, root: Path) -> None:
    """Unpack every file that is missing or not what is listed, the largest first."""
    drafts = root / "drafts"
    shutil.rmtree(drafts, ignore_errors=True)
    for folder in (drafts, root / "home"):
        folder.mkdir(parents=True, exist_ok=True)
    rows = sorted(index.files, key=lambda row: -row.size)

    def restore(row: PackedFile) -> None:
        if not _holds(row, root):
            unpack_file(row, source / row.blob, root / row.path, drafts)

    with ThreadPoolExecutor(_THREADS) as pool:
        # Reading the results raises the first error.
        list(pool.map(restore, rows))


def _holds(row: PackedFile, root: Path) -> bool:
    path = root / row.path
    try:
        if path.stat().st_size != row.size or path.is_symlink():
            return False
        return sha256_cached(path, root / "cache") == row.sha256
    except OSError:
        return False
