"""
The two doors of a sealed page: one that records while planning, one that only reads.

Both answer the page's own origin from ``compiled/``. The recorder freezes every remote
address it is asked for; the reader knows the frozen ones and refuses all others by name.
A ``<video>`` or ``<audio>`` is answered with its stand-in, so that the page knows how long
it is whatever this Chrome can decode; its pictures and its sound are not Chrome's.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from ._compile import COMPILED, OWN
from ._files import resolve_inside
from ._https import without_query
from ._manifest import Artifact, Content, Request
from ._page import ORIGIN, Answer
from ._resolve import Resolver, media_type
from ._stand_in import STAND_IN_TYPE, write_stand_in
from .errors import PageError, PlanTooLargeError
from .progress import Control

_FROZEN = f"{COMPILED}/{OWN}/remote"
_STAND_INS = f"{COMPILED}/{OWN}/media"
_MEDIA = "Media"
_PICTURES = f"{ORIGIN}{OWN}/frames/"


def picture_address(path: str) -> str:
    """Where the page finds the picture of a video that lies at *path* of the plan."""
    return f"{ORIGIN}{OWN}/{path}"


def _find_local(plan_dir: Path, address: str, where: str) -> Path:
    name = unquote(urlsplit(address).path).lstrip("/")
    path = resolve_inside(plan_dir / COMPILED, name)
    if path is None:
        raise PageError(f"the page asks for {name!r}, which is not in the {where}")
    return path


def _read_local(plan_dir: Path, address: str, where: str) -> Answer:
    path = _find_local(plan_dir, address, where)
    kind = media_type(unquote(urlsplit(address).path))
    return Answer(body=path.read_bytes(), content_type=kind)


class RecordingDoor:
    """
    Answers everything the page asks for while it is planned, and remembers.

    Attributes:
        requests: Remote addresses and their frozen answers, by address.
        stand_ins: Addresses of sound and video and their stand-ins, by address.
        artifacts: The frozen files, by path.
        images: Addresses asked for as images.
        floating: Addresses that may mean other bytes next year.
    """

    def __init__(
        self, plan_dir: Path, resolver: Resolver, limit: int, control: Control
    ) -> None:
        self._plan_dir, self._resolver = plan_dir, resolver
        self._room, self._control = limit, control
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self.requests: dict[str, Request] = {}
        self.stand_ins: dict[str, Request] = {}
        self.artifacts: dict[str, Artifact] = {}
        self.images: set[str] = set()
        self.floating: set[str] = set()

    def answer(self, address: str, kind: str) -> Answer:
        """See `Door.answer`."""
        address = urldefrag(address).url
        with self._lock:
            if kind == "Image":
                self.images.add(address)
            lock = self._locks.setdefault(address, threading.Lock())
        if kind == _MEDIA:
            source = self.source_file(address)
            with lock:
                row = self.stand_ins.get(address) or self._stand_in(address, source)
            return _read_row(self._plan_dir, row)
        if address.startswith(ORIGIN):
            return _read_local(self._plan_dir, address, "project")
        with lock:
            return _read_row(self._plan_dir, self._frozen(address))

    def source_file(self, address: str) -> Path:
        """
        The whole local file behind the *address* of a medium, frozen if it is remote.

        Raises:
            PageError: It is not in the project.
            ResolveError: No source has it.
        """
        address = urldefrag(address).url
        if address.startswith(ORIGIN):
            return _find_local(self._plan_dir, address, "project")
        with self._lock:
            lock = self._locks.setdefault(address, threading.Lock())
        with lock:
            return self._plan_dir / self._frozen(address).path

    def _frozen(self, address: str) -> Request:
        return self.requests.get(address) or self._freeze(address)

    def _stand_in(self, address: str, source: Path) -> Request:
        folder = self._plan_dir / _STAND_INS
        name, size, digest = write_stand_in(source, folder, control=self._control)
        path = f"{_STAND_INS}/{name}"
        row = Request(
            address=address, path=path, content_type=STAND_IN_TYPE, source="stand-in"
        )
        with self._lock:
            self.artifacts[path] = Artifact(path=path, size=size, sha256=digest)
            self.stand_ins[address] = row
        return row

    def _freeze(self, address: str) -> Request:
        found = self._resolver.resolve(address, self._control)
        digest = hashlib.sha256(found.body).hexdigest()
        path, size = f"{_FROZEN}/{digest}", len(found.body)
        with self._lock:
            self._room -= size
            if self._room < 0:
                raise PlanTooLargeError(size, size + self._room)
            (self._plan_dir / _FROZEN).mkdir(parents=True, exist_ok=True)
            (self._plan_dir / path).write_bytes(found.body)
            self.artifacts[path] = Artifact(path=path, size=size, sha256=digest)
            if found.floating:
                self.floating.add(address)
            request = self.requests[address] = Request(
                address=address,
                path=path,
                content_type=found.content_type,
                source=found.source,
            )
        return request


def _read_row(plan_dir: Path, row: Request) -> Answer:
    body = (plan_dir / row.path).read_bytes()
    return Answer(body=body, content_type=row.content_type)


class PlanDoor:
    """Answers from a plan directory, and from nothing else."""

    def __init__(self, plan_dir: Path, content: Content) -> None:
        self._plan_dir = plan_dir
        self._requests = {request.address: request for request in content.requests}
        self._stand_ins = {row.address: row for row in content.stand_ins}

    def answer(self, address: str, kind: str) -> Answer:
        """See `Door.answer`."""
        address = urldefrag(address).url
        if address.startswith(_PICTURES):
            return self._picture(address)
        if kind != _MEDIA and address.startswith(ORIGIN):
            return _read_local(self._plan_dir, address, "plan")
        rows = self._stand_ins if kind == _MEDIA else self._requests
        request = rows.get(address)
        if request is None:
            raise PageError(
                f"the page asks for {without_query(address)}, which is not in the plan; "
                "it was not asked for while planning"
            )
        return _read_row(self._plan_dir, request)

    def _picture(self, address: str) -> Answer:
        name = address.removeprefix(f"{ORIGIN}{OWN}/")
        path = resolve_inside(self._plan_dir, name)
        if path is None:
            raise PageError(f"the page asks for {name!r}, which is not in the plan")
        return Answer(body=path.read_bytes(), content_type=media_type(name))
