"""
The ledger of a plan that is being made: every file in its draft, and the bytes it may take.

The one thing that changes while a project is planned, and what its page asks for in several
threads at once is written here; what has been read out of it does not change any more.
"""

from __future__ import annotations

import threading
from pathlib import Path

from .._model.content import COMPILED, Artifact
from .._tools.files import write_file
from ..errors import PlanTooLargeError


class Ledger:
    """
    The files of a *draft*, which becomes the plan directory.

    Args:
        draft: The directory that is filled.
        limit: Bytes the plan may hold.

    Attributes:
        draft: Likewise.
    """

    def __init__(self, draft: Path, *, limit: int) -> None:
        self.draft, self._limit = draft, limit
        self._lock = threading.Lock()
        self._rows: dict[str, Artifact] = {}
        self._held = 0

    @property
    def compiled(self) -> Path:
        """Where the files of the page lie."""
        return self.draft / COMPILED

    @property
    def room(self) -> int:
        """Bytes the plan may still take."""
        with self._lock:
            return self._limit - self._held

    def work(self, name: str) -> Path:
        """An empty directory beside the draft, for files that are no part of the plan."""
        path = self.draft.parent / name
        path.mkdir()
        return path

    def rows(self) -> tuple[Artifact, ...]:
        """The files there are now, by path."""
        with self._lock:
            return tuple(self._rows[path] for path in sorted(self._rows))

    def enter(self, *rows: Artifact) -> None:
        """
        Note files that lie in the draft, in the place of those so called before.

        Raises:
            PlanTooLargeError: The plan is over its limit.
        """
        with self._lock:
            for row in rows:
                before = self._rows.get(row.path)
                self._held += row.size - (0 if before is None else before.size)
                self._rows[row.path] = row
            if self._held > self._limit:
                raise PlanTooLargeError(self._held, self._limit)

    def write(self, path: str, data: bytes, sha256: str) -> None:
        """
        Write *data*, whose digest is *sha256*, as *path* of the draft.

        Raises:
            PlanTooLargeError: The plan is over its limit; nothing was written.
        """
        self.enter(Artifact(path=path, size=len(data), sha256=sha256))
        write_file(self.draft / path, data)

    def remove(self, path: str) -> None:
        """Take the file *path* out of the draft."""
        with self._lock:
            self._held -= self._rows.pop(path).size
        (self.draft / path).unlink()
