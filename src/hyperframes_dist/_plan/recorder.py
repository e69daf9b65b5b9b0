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
from urllib.parse import unquote_to_bytes, urldefrag, urljoin

import attrs

from .._browser.answer import ORIGIN, Answer
from .._browser.door import MEDIA, find_local, read_frozen
from .._fonts.google import find_losses, is_sheet
from .._media.stand_in import STAND_IN_TYPE, write_stand_in
from .._model.content import COMPILED, OWN, Artifact, Request
from .._sources.pinned import Sources
from .._tools.ffmpeg import MediaFacts, probe_media
from .._tools.files import write_file
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
    ) -> None:
        self.plan_dir, self._resolver, self._control = plan_dir, resolver, control
        self._held, self._limit, self._scratch = held, limit, scratch
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
            return Answer(
                body=read_frozen(self.plan_dir, row), content_type=STAND_IN_TYPE
            )
        if kind == "Image":
            with self._lock:
                self.images.add(address)
        path, content_type = self._find(address)
        with self._lock:
            self._read.add(path.resolve())
        return Answer(body=path.read_bytes(), content_type=content_type)

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
            return find_local(self.plan_dir, address, "project")
        with self._lock_of(address):
            row = self.requests.get(address) or self._freeze(address)
        return self.plan_dir / row.path, row.content_type

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
                css = read_frozen(self.plan_dir, row).decode("utf-8", "replace")
                found.update(dict.fromkeys(find_losses(address, css)))
        return tuple(found)

    def replace(self, address: str, body: bytes) -> None:
        """Answer for the remote *address* with *body* from now on."""
        before = self.requests[address]
        path = self._keep(body)
        with self._lock:
            self.requests[address] = attrs.evolve(before, path=path)
            if all(row.path != before.path for row in self.requests.values()):
                del self.artifacts[before.path]
                (self.plan_dir / before.path).unlink()

    def _keep(self, body: bytes) -> str:
        """Freeze *body*; gives its path in the plan, which is the same for the same bytes."""
        digest = hashlib.sha256(body).hexdigest()
        path, size = f"{_FROZEN}/{digest}", len(body)
        with self._lock:
            if path not in self.artifacts:
                self._held += size
                if self._held > self._limit:
                    raise PlanTooLargeError(self._held, self._limit)
                # Whole before it has its name: another address may be reading it.
                write_file(self.plan_dir / path, body)
                self.artifacts[path] = Artifact(path=path, size=size, sha256=digest)
        return path
