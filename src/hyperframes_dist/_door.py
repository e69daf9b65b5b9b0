"""
The two doors of a sealed page: one that records while planning, one that only reads.

Both answer the page's own origin from ``compiled/``. The recorder freezes every remote
address it is asked for; the reader knows the frozen ones and refuses all others by name.
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
from .errors import PageError, PlanTooLargeError
from .progress import Control

_FROZEN = f"{COMPILED}/{OWN}/remote"


def _read_local(plan_dir: Path, address: str, where: str) -> Answer:
    name = unquote(urlsplit(address).path).lstrip("/")
    path = resolve_inside(plan_dir / COMPILED, name)
    if path is None:
        raise PageError(f"the page asks for {name!r}, which is not in the {where}")
    return Answer(body=path.read_bytes(), content_type=media_type(name))


class RecordingDoor:
    """
    Answers everything the page asks for while it is planned, and remembers.

    Attributes:
        requests: Remote addresses and their frozen answers, by address.
        artifacts: The frozen files, by path.
        images: Addresses asked for as images.
        floating: Addresses that may mean other bytes next year.
    """

    def __init__(
        self,
        plan_dir: Path,
        resolver: Resolver,
        control: Control,
        *,
        held: int,
        limit: int,
    ) -> None:
        self._plan_dir, self._resolver, self._control = plan_dir, resolver, control
        self._held, self._limit = held, limit
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self.requests: dict[str, Request] = {}
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
        if address.startswith(ORIGIN):
            return _read_local(self._plan_dir, address, "project")
        with lock:
            request = self.requests.get(address) or self._freeze(address)
        body = (self._plan_dir / request.path).read_bytes()
        return Answer(body=body, content_type=request.content_type)

    def _freeze(self, address: str) -> Request:
        found = self._resolver.resolve(address, self._control)
        digest = hashlib.sha256(found.body).hexdigest()
        path, size = f"{_FROZEN}/{digest}", len(found.body)
        with self._lock:
            self._held += size
            if self._held > self._limit:
                raise PlanTooLargeError(self._held, self._limit)
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


class PlanDoor:
    """Answers from a plan directory, and from nothing else."""

    def __init__(self, plan_dir: Path, content: Content) -> None:
        self._plan_dir = plan_dir
        self._requests = {request.address: request for request in content.requests}

    def answer(self, address: str, kind: str) -> Answer:  # noqa: ARG002
        """See `Door.answer`."""
        address = urldefrag(address).url
        if address.startswith(ORIGIN):
            return _read_local(self._plan_dir, address, "plan")
        request = self._requests.get(address)
        if request is None:
            raise PageError(
                f"the page asks for {without_query(address)}, which is not in the plan; "
                "it was not asked for while planning"
            )
        body = (self._plan_dir / request.path).read_bytes()
        return Answer(body=body, content_type=request.content_type)
