"""
The door of a sealed page that is planned: it answers, and remembers what was asked for.

Files come from the project, remote addresses from the `Freezer`, a ``<video>`` or an
``<audio>`` gets a stand-in of `MediaFiles`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urldefrag

import attrs

from .._browser.door import (
    ASKED_BY_SCRIPTS,
    MEDIA,
    NOT_THERE,
    ORIGIN,
    Answer,
    is_medium,
    read_frozen,
)
from .._model.content import Artifact, Request
from .._tools.address import join, without_query
from .._tools.html import Tree, attribute
from ..errors import PageError, ResolveError
from .finder import Finder, name_of
from .freezer import Freezer
from .ledger import Ledger
from .media_files import MediaFiles, for_readers

# Chrome's types of what an element asks for, which is told by an event that it did not come.
_ASKED_BY_ELEMENTS = frozenset({"Image", "Script", "Stylesheet", "Font", MEDIA})


@attrs.frozen(kw_only=True)
class Recording:
    """
    What a page was given while it was shown.

    Attributes:
        artifacts: The files of the plan, by path, with who reads them.
        requests: Remote addresses and their frozen answers, by address.
        stand_ins: Addresses of sound and video and their stand-ins, by address.
        images: Addresses asked for as images, sorted.
        sources: Where frozen answers came from, by address.
        floating: Addresses that may mean other bytes next year, sorted.
        absent: Files of the project that a script asked for and that are not there.
        spared: Files that are not there, which the page has an answer to.
        unanswered: Remote addresses nobody answers, likewise, and why.
    """

    artifacts: tuple[Artifact, ...]
    requests: tuple[Request, ...]
    stand_ins: tuple[Request, ...]
    images: tuple[str, ...]
    sources: dict[str, str]
    floating: tuple[str, ...]
    absent: tuple[str, ...]
    spared: tuple[str, ...]
    unanswered: dict[str, str]


class RecordingDoor:
    """
    Answers everything the page asks for while it is planned, and remembers.

    Args:
        ledger: The plan being made.
        finder: Finds files.
        freezer: Answers remote addresses.
        media: Answers for sound and video.
    """

    def __init__(
        self, ledger: Ledger, finder: Finder, freezer: Freezer, media: MediaFiles
    ) -> None:
        self._ledger, self._finder = ledger, finder
        self._freezer, self._media = freezer, media
        self._lock = threading.Lock()
        self._shown: set[Path] = set()
        self._images: set[str] = set()
        # Files that are not there, and those of them that others than scripts ask for.
        self._told: dict[str, Request] = {}
        self._missing: dict[str, None] = {}
        self._failed: dict[str, ResolveError] = {}
        self._spared: frozenset[str] | None = None

    def answer(self, address: str, kind: str) -> Answer:
        """See `Door.answer`."""
        address = urldefrag(address).url
        if address in self._failed:
            return NOT_THERE
        try:
            if is_medium(address, kind):
                return read_frozen(self._ledger.draft, self._media.stand_in(address))
            path, content_type = self._finder.find(address)
        except PageError:
            return self._absent(address, kind)
        except ResolveError as error:
            # What is pinned is there; who asks by a script is told by no event of an element.
            if kind not in _ASKED_BY_ELEMENTS or self._freezer.is_pinned(address):
                raise
            with self._lock:
                self._failed[address] = error
            return self._absent(address, kind)
        with self._lock:
            self._shown.add(path.resolve())
            if kind == "Image":
                self._images.add(address)
        return Answer(body=path.read_bytes(), content_type=content_type)

    def _absent(self, address: str, kind: str) -> Answer:
        """What the page gets for a file of its own that is not there."""
        with self._lock:
            if kind not in ASKED_BY_SCRIPTS:
                self._missing[address] = None
            self._told[address] = Request(
                address=address, path=None, content_type=NOT_THERE.content_type
            )
        return NOT_THERE

    def missing(self) -> tuple[str, ...]:
        """Addresses of files that are not there, as others than scripts ask for them."""
        with self._lock:
            return tuple(self._missing)

    def spare(self, spared: Iterable[str]) -> None:
        """
        Heed that the page has an answer to the absence of the *spared* addresses.

        Raises:
            PageError: There are others, and a gap in their place.
            ResolveError: Likewise, of remote ones.
        """
        with self._lock:
            self._spared = frozenset(spared)
            gaps = self._missing.keys() - self._spared
        if refused := next((self._failed[a] for a in gaps if a in self._failed), None):
            raise refused
        if gaps:
            raise PageError(_named(gaps))

    def explain(self, error: PageError) -> PageError | ResolveError:
        """*error* of the page, or all that was missing until it came, with its cause."""
        with self._lock:
            failed = [a for a in self._failed if a not in (self._spared or ())]
        if failed:
            # One the page names is the one it stumbles over.
            named = (a for a in failed if without_query(a) in error.reason)
            return self._failed[next(named, failed[0])]
        missing = self.missing()
        if missing and self._spared is None:
            # What one script does not find is what another stumbles over.
            reason = f"{error.reason}; {_named(missing)}"
            return error.with_facts(reason=reason)
        if told := self._told.keys() - self._missing.keys():
            names = ", ".join(repr(name_of(each)) for each in sorted(told))
            reason = f"{error.reason}; its scripts ask for {names}, not in the project"
            return error.with_facts(reason=reason)
        return error

    def foresee(self, tree: Tree, entry: str) -> None:
        """
        Answer for the media in *tree*, the document *entry*, that a variable gives another
        source.

        Whether Chrome asks for the one they name themselves is a race with the script that
        binds them; a worker's Chrome may ask where the planner's did not.
        """
        for node in tree.css("video[data-var-src][src], audio[data-var-src][src]"):
            address = join(ORIGIN + entry, attribute(node, "src") or "")
            if address.startswith(ORIGIN):
                # What is not there is told when it is asked for.
                with contextlib.suppress(PageError):
                    self._media.stand_in(address)

    def recording(self) -> Recording:
        """What was given so far."""
        with self._lock:
            shown, images = frozenset(self._shown), tuple(sorted(self._images))
            told, missing = dict(self._told), frozenset(self._missing)
        draft, used = self._ledger.draft, self._media.used()
        requests = {row.address: row for row in self._freezer.requests()} | told
        return Recording(
            artifacts=tuple(
                for_readers(row, draft, used=used, shown=shown)
                for row in self._ledger.rows()
            ),
            requests=tuple(requests[address] for address in sorted(requests)),
            stand_ins=self._media.stand_ins(),
            images=images,
            sources=self._freezer.origins(),
            floating=self._freezer.floating(),
            absent=tuple(name_of(each) for each in sorted(told) if each not in missing),
            spared=tuple(map(name_of, sorted(missing - self._failed.keys()))),
            unanswered={
                each: self._failed[each].reason for each in sorted(self._failed)
            },
        )


def _named(addresses: Iterable[str]) -> str:
    """*addresses* of files that are missing, for a message."""
    names = sorted({repr(name_of(address)) for address in addresses})
    which = "which is" if len(names) == 1 else "which are"
    return f"the page asks for {', '.join(names)}, {which} not in the project"
