"""
Directories of work: gone when their work is, or when the next run finds that it was killed.

Whoever makes one holds a lock on it, which the system lets go of when the process ends,
however it ends. What nobody holds is swept.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_MARK = ".hfd"
# Between a directory's making and its being held passes a moment.
_YOUNG_SECONDS = 60.0


@contextlib.contextmanager
def held_dir(prefix: str, folder: Path | None = None) -> Iterator[Path]:
    """
    A new directory in *folder*, which is there already; gone afterwards.

    Args:
        prefix: What its name begins with.
        folder: None is where temporary files of this machine lie.
    """
    path = Path(tempfile.mkdtemp(prefix=prefix, suffix=_MARK, dir=folder))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, path, ignore_errors=True)
        stack.enter_context(_hold(path))
        yield path


@contextlib.contextmanager
def temp_dir(name: str) -> Iterator[Path]:
    """A directory for *name* among the temporary files of this machine."""
    with held_dir(f"hyperframes-{name}-") as path:
        yield path


def sweep(folder: Path | None = None) -> None:
    """Remove directories of work in *folder* that killed processes have left there."""
    folder = Path(tempfile.gettempdir()) if folder is None else folder
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name.endswith(_MARK) and not path.is_symlink():
                with contextlib.suppress(OSError):
                    _sweep_one(path)


def _sweep_one(path: Path) -> None:
    if time.time() - path.stat().st_mtime < _YOUNG_SECONDS:
        return
    with _hold(path) as holds:
        if holds:
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _hold(path: Path) -> Iterator[bool]:
    """Whether the directory is held by nobody else; this process does, in the block."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock  # noqa: PLC0415

        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (ImportError, OSError):
        # Where nothing can be held, nothing is swept.
        yield False
        return
    try:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
