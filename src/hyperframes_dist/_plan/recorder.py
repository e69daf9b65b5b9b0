"""
The door of a sealed page that is planned: it answers, and remembers.

It freezes every remote address the page asks for, and makes the stand-ins that `PlanDoor`
answers a ``<video>`` or an ``<audio>`` with.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from base64 import b64decode
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urldefrag, urljoin, urlsplit

import attrs

from .._browser.answer import ASKED_BY_SCRIPTS, NOT_THERE, ORIGIN, Answer
from .._browser.door import MEDIA, find_local, read_frozen
from .._compile.project import is_left_for_later
from .._fonts.google import find_losses, is_sheet
from .._media.stand_in import STAND_IN_TYPE, write_stand_in
from .._model.content import COMPILED, OWN, Artifact, Request
from .._sources.pinned import Sources
from .._tools.ffmpeg import MediaFacts, probe_media
from .._tools.files import copy_file, resolve_inside, write_file
from .._tools.html import attribute, parse
from ..errors import (
    EncodeError,
    PageError,
    PlanTooLargeError,
    UnsupportedFeatureError,
)
from ..progress import Control

_FROZEN = f"{COMPILED}/{OWN}/remote"
_STAND_INS = f"{COMPILED}/{OWN}/media"


class RecordingDoor:
    """
    Answers everything the page asks for while it is planned, and remembers.

    Attributes:
        plan_dir: The plan being made.
        room: Bytes the plan may still grow by.
        requests: Remote addresses and their frozen answers, by address.
        sources: Where those came from, by address.
        stand_ins: Addresses of sound and video and their stand-ins, by address.
        artifacts: The frozen files, by path.
        images: Addresses asked for as images.
        floating: Addresses that may mean other bytes next year.
        absent: Files of the project that a script asked for and that are not there.
        missing: Files of the project that the page cannot do without, in the order it
            asked for them.
    """

    def __init__(
        self,
        plan_dir: Path,
        resolver: Sources,
        control: Control,
        *,
        held: int,
        limit: int,
        scratch: Path,
        project: Path,
    ) -> None:
        self.plan_dir, self._resolver, self._control = plan_dir, resolver, control
        self._held, self._limit, self._scratch = held, limit, scratch
        self._project = project
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._read: set[Path] = set()
        self._sources: set[Path] = set()
        self._facts: dict[Path, MediaFacts] = {}
        self.requests: dict[str, Request] = {}
        self.sources: dict[str, str] = {}
        self.stand_ins: dict[str, Request] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.images: set[str] = set()
        self.floating: set[str] = set()
        self.absent: set[str] = set()
        self.missing: dict[str, None] = {}

    @property
    def room(self) -> int:
        """Bytes the plan may still take."""
        return self._limit - self._held

    def answer(self, address: str, kind: str) -> Answer:
        """See `Door.answer`."""
        address = urldefrag(address).url
        if kind == MEDIA:
            seconds = self._natural(address)
            with self._lock_of(f"stand-in {address}"):
                row = self.stand_ins.get(address) or self._stand_in(address, seconds)
            return read_frozen(self.plan_dir, row)
        if kind == "Image":
            with self._lock:
                self.images.add(address)
        try:
            path, content_type = self._find(address)
        except PageError:
            return self._absent(address, kind)
        with self._lock:
            self._read.add(path.resolve())
        return Answer(body=path.read_bytes(), content_type=content_type)

    def _absent(self, address: str, kind: str) -> Answer:
        """
        What the page gets for a file of its own that is not there.

        A script that asks for one may do without it; anything else leaves a gap.

        Raises:
            PageError: Somebody else than a script asks.
        """
        with self._lock:
            if kind not in ASKED_BY_SCRIPTS:
                self.missing[_name(address)] = None
                raise PageError(f"the page asks for {self._missed}")
            self.requests[address] = Request(
                address=address, path=None, content_type=NOT_THERE.content_type
            )
            self.absent.add(_name(address))
        return NOT_THERE

    @property
    def _missed(self) -> str:
        """What was missing so far, for a message."""
        names = [repr(name) for name in self.missing]
        which = "which is" if len(names) == 1 else "which are"
        return f"{', '.join(names)}, {which} not in the project"

    def explain(self, error: PageError) -> PageError:
        """*error* of the page, or all that was missing until it came, with its cause."""
        if self.missing:
            return PageError(f"the page asks for {self._missed}", error.frame)
        if self.absent:
            names = ", ".join(map(repr, sorted(self.absent)))
            reason = f"{error.reason}; its scripts ask for {names}, not in the project"
            return PageError(reason, error.frame)
        return error

    def foresee(self, entry: str, html: str) -> None:
        """
        Answer for the media in *html* that a variable gives another source.

        Whether Chrome asks for the one they name themselves is a race with the script that
        binds them; a worker's Chrome may ask where the planner's did not.
        """
        for node in parse(html).css(
            "video[data-var-src][src], audio[data-var-src][src]"
        ):
            address = urljoin(ORIGIN + entry, attribute(node, "src") or "")
            if address.startswith(ORIGIN):
                # What is not there is told when it is asked for.
                with contextlib.suppress(PageError):
                    self.answer(address, MEDIA)

    def _find(self, address: str) -> tuple[Path, str]:
        if address.startswith(ORIGIN):
            self._take(_name(address))
            return find_local(self.plan_dir, address, "project")
        with self._lock_of(address):
            row = self.requests.get(address) or self._freeze(address)
        assert row.path is not None  # Only what is the page's own may be absent.
        return self.plan_dir / row.path, row.content_type

    def _take(self, name: str) -> None:
        """Copy the file *name* into the plan, if it is one that waits to be asked for."""
        if not is_left_for_later(name):
            return
        source, row = resolve_inside(self._project, name), f"{COMPILED}/{name}"
        with self._lock_of(row):
            if source is None or row in self.artifacts:
                return
            size, digest = copy_file(source, self.plan_dir / row)
            with self._lock:
                self._hold(size)
                self.artifacts[row] = Artifact(path=row, size=size, sha256=digest)

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > self._limit:
            raise PlanTooLargeError(self._held, self._limit)

    def _lock_of(self, name: str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(name, threading.Lock())

    def source_file(self, address: str) -> Path:
        """
        The whole local file behind the *address* of a medium, frozen if it is remote.

        Raises:
            PageError: It is not in the project.
            ResolveError: No source has it.
            UnsupportedFeatureError: It lives in the page's memory only.
        """
        address = urldefrag(address).url
        scheme = address.partition(":")[0]
        if scheme == "blob":
            advice = "give the element a file of the project"
            raise UnsupportedFeatureError(
                "sound or video made by a script", address, advice
            )
        found = self._unpack(address) if scheme == "data" else self._find(address)[0]
        path = found.resolve()
        with self._lock:
            self._sources.add(path)
        return path

    def _unpack(self, address: str) -> Path:
        path = self._scratch / hashlib.sha256(address.encode()).hexdigest()
        with self._lock_of(str(path)):
            if not path.exists():
                head, _, body = address.partition(",")
                data = unquote_to_bytes(body)
                path.write_bytes(b64decode(data) if head.endswith(";base64") else data)
        return path

    def for_readers(self, artifact: Artifact) -> Artifact:
        """
        *artifact*, marked as read by no segment if only its sound or pictures are used.

        A source of an hour of video then never travels to a worker.
        """
        path = (self.plan_dir / artifact.path).resolve()
        unread = path in self._sources and path not in self._read
        return attrs.evolve(artifact, segments=()) if unread else artifact

    def measure(self, address: str) -> MediaFacts:
        """
        What the file behind the *address* of a medium holds, measured once.

        Raises:
            EncodeError: Nothing ffmpeg can read; others as `source_file` does.
        """
        path = self.source_file(address)
        with self._lock_of(str(path)):
            if path not in self._facts:
                self._facts[path] = probe_media(path, control=self._control)
            return self._facts[path]

    def _natural(self, address: str) -> Fraction:
        try:
            return self.measure(address).natural or Fraction(0)
        except EncodeError:
            # Who is at fault is told by whoever knows the element.
            return Fraction(0)

    def _stand_in(self, address: str, seconds: Fraction) -> Request:
        folder = self.plan_dir / _STAND_INS
        name, size, digest = write_stand_in(seconds, folder, control=self._control)
        path = f"{_STAND_INS}/{name}"
        row = Request(address=address, path=path, content_type=STAND_IN_TYPE)
        with self._lock:
            self.artifacts[path] = Artifact(path=path, size=size, sha256=digest)
            self.stand_ins[address] = row
        return row

    def _freeze(self, address: str) -> Request:
        found = self._resolver.resolve(address, self._control)
        path = self._keep(found.body)
        with self._lock:
            if found.floating:
                self.floating.add(address)
            self.sources[address] = found.source
            request = self.requests[address] = Request(
                address=address, path=path, content_type=found.content_type
            )
        return request

    def losses(self) -> tuple[str, ...]:
        """A sentence for each face of Google Fonts that was asked for and is not there."""
        found: dict[str, None] = {}
        for address, row in sorted(self.requests.items()):
            if is_sheet(address):
                css = read_frozen(self.plan_dir, row).body.decode("utf-8", "replace")
                found.update(dict.fromkeys(find_losses(address, css)))
        return tuple(found)

    def replace(self, address: str, body: bytes) -> None:
        """Answer for the remote *address* with *body* from now on."""
        before = self.requests[address]
        path = self._keep(body)
        with self._lock:
            self.requests[address] = attrs.evolve(before, path=path)
            used = any(row.path == before.path for row in self.requests.values())
            if before.path is not None and not used:
                del self.artifacts[before.path]
                (self.plan_dir / before.path).unlink()

    def _keep(self, body: bytes) -> str:
        """Freeze *body*; gives its path in the plan, which is the same for the same bytes."""
        digest = hashlib.sha256(body).hexdigest()
        path, size = f"{_FROZEN}/{digest}", len(body)
        with self._lock:
            if path not in self.artifacts:
                self._hold(size)
                # Whole before it has its name: another address may be reading it.
                write_file(self.plan_dir / path, body)
                self.artifacts[path] = Artifact(path=path, size=size, sha256=digest)
        return path


def _name(address: str) -> str:
    return unquote(urlsplit(address).path).lstrip("/")
