"""
Which file of the plan an address of the page means, also if it comes only when asked for.
"""

from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .._browser.door import ORIGIN, find_local
from .._compile.project import is_left_for_later
from .._compile.secrets import leads_to_secret
from .._model.content import COMPILED, Artifact
from .._model.manifest import is_safe_path
from .._tools.files import copy_file, resolve_inside
from .freezer import Freezer
from .ledger import Ledger


class Finder:
    """
    Finds files of *project* in the plan of *ledger*, and remote ones by *freezer*.

    What a project holds too much of to be copied, such as installed packages, is copied file
    by file, as the page asks.
    """

    def __init__(self, project: Path, ledger: Ledger, freezer: Freezer) -> None:
        self._project, self._ledger, self._freezer = project, ledger, freezer
        self._lock = threading.Lock()

    def find(self, address: str) -> tuple[Path, str]:
        """
        The file of the draft that *address* means, and its media type.

        Raises:
            PageError: The file is not in the project.
            ResolveError: No source has it.
        """
        if address.startswith(ORIGIN):
            self._take(name_of(address))
            return find_local(self._ledger.draft, address, "project")
        row = self._freezer.freeze(address)
        assert row.path is not None  # Only what is the page's own may be absent.
        return self._ledger.draft / row.path, row.content_type

    def _take(self, name: str) -> None:
        """Copy the file *name* into the plan, if it is one that waits to be asked for."""
        # Where a link is on the way, a step back leads elsewhere here than in the plan.
        if not (is_safe_path(name) and is_left_for_later(name)):
            return
        source, target = resolve_inside(self._project, name), f"{COMPILED}/{name}"
        with self._lock:
            if source is None or leads_to_secret(self._project, source):
                return
            if (self._ledger.draft / target).exists():
                return
            size, digest = copy_file(source, self._ledger.draft / target)
            self._ledger.enter(Artifact(path=target, size=size, sha256=digest))


def name_of(address: str) -> str:
    """The path in the project that an *address* of the page's own spells."""
    return unquote(urlsplit(address).path).lstrip("/")
