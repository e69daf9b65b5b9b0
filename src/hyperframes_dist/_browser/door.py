"""
What a sealed page gets when it asks for an address, and who decides it.

The door of a page that is rendered, `PlanDoor`, reads a plan and nothing else. The page's
own origin is answered from ``compiled/``, remote addresses with what was frozen while
planning; all others are refused by name. A ``<video>`` or ``<audio>`` is answered with its
stand-in, so that the page knows how long it is whatever this Chrome can decode; its
pictures and its sound are not Chrome's.
"""

from __future__ import annotations

import hashlib
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urldefrag, urlsplit

import attrs

from .._media.footage import Footages
from .._model.content import COMPILED, OWN, Request
from .._tools.address import without_query
from .._tools.files import read_required, resolve_inside
from .._tools.media_types import media_type
from ..errors import PageError, PlanIntegrityError

if TYPE_CHECKING:
    from .._model.manifest import Content

ORIGIN = "https://composition.invalid/"
"""Where the page believes it lives; reserved by RFC 2606, so no such host exists."""


@attrs.frozen(kw_only=True)
class Answer:
    """Bytes for the page, with their media type and the status of HTTP."""

    body: bytes
    content_type: str
    status: int = 200

    def headers(self) -> list[dict[str, str]]:
        """What goes before it, as ``Fetch.fulfillRequest`` takes it."""
        return [
            {"name": "Content-Type", "value": self.content_type},
            # A frozen address answers whoever in the page asks, as a CDN does.
            {"name": "Access-Control-Allow-Origin", "value": "*"},
            {"name": "Access-Control-Allow-Headers", "value": "*"},
            {"name": "Timing-Allow-Origin", "value": "*"},
            {"name": "Cache-Control", "value": "max-age=31536000, immutable"},
        ]


NOT_THERE = Answer(body=b"", content_type="text/plain; charset=utf-8", status=404)
"""What is told who asks for a file of the page's own that is not there."""

ASKED_BY_SCRIPTS = frozenset({"Fetch", "XHR"})
"""Chrome's types of what a script asks for and can do without."""


class Door(Protocol):
    """Decides what the page gets when it asks for an address."""

    def answer(self, address: str, kind: str) -> Answer:
        """
        The answer to *address*, called in a thread.

        Args:
            kind: Chrome's resource type, such as ``Image`` or ``Script``.

        Raises:
            HyperframesError: *address* has no answer; the page fails with this error.
        """
        ...


MEDIA = "Media"
"""Chrome's type of what a ``<video>`` or an ``<audio>`` asks for."""


def is_medium(address: str, kind: str) -> bool:
    """
    Whether *address*, asked for as *kind*, is a sound or a video.

    A ``<track>`` asks for its captions as for a medium.
    """
    return kind == MEDIA and not urlsplit(address).path.endswith(".vtt")


_PICTURES = f"{ORIGIN}{OWN}/frames/"


def picture_address(path: str) -> str:
    """Where the page finds the picture of a video that lies at *path* of the plan."""
    return f"{ORIGIN}{OWN}/{path}"


def find_local(plan_dir: Path, address: str, where: str) -> tuple[Path, str]:
    """
    The file of ``compiled/`` that an *address* of the page's own means, and its type.

    Raises:
        PageError: *where* has none.
    """
    name = unquote(urlsplit(address).path).lstrip("/")
    path = resolve_inside(plan_dir / COMPILED, name)
    if path is None:
        raise PageError(f"the page asks for {name!r}, which is not in the {where}")
    return path, media_type(name)


def read_frozen(plan_dir: Path, row: Request) -> Answer:
    """The answer *row* was frozen as."""
    if row.path is None:
        return NOT_THERE
    body = (plan_dir / row.path).read_bytes()
    return Answer(body=body, content_type=row.content_type)


class PlanDoor:
    """
    Answers from a plan directory, and from nothing else.

    Whatever it hands over is a planned file and has the planned bytes at that moment: a
    directory may change after it was verified, and what was drawn then would carry the
    hash of something else.
    """

    def __init__(self, plan_dir: Path, content: Content) -> None:
        self._plan_dir = plan_dir
        self._requests = {request.address: request for request in content.requests}
        self._stand_ins = {row.address: row for row in content.stand_ins}
        self._absent = {row.address for row in content.requests if row.path is None}
        # What no segment reads does not travel to a worker, and so is nowhere answered.
        self._artifacts = {a.path: a for a in content.artifacts if a.segments != ()}
        self._footage = Footages(
            plan_dir, content.footage, content.videos, self._artifacts
        )

    def answer(self, address: str, kind: str) -> Answer:
        """
        See `Door.answer`.

        Raises:
            PageError: *address* is not in the plan.
            PlanIncompleteError: Its file is gone.
            PlanIntegrityError: Its file has other bytes than were planned.
            DamagedSourceError: It is a picture of a video that cannot be decoded.
            EncoderLostError: What decodes it was killed, or did nothing.
        """
        address = urldefrag(address).url
        if address in self._absent:
            return NOT_THERE
        is_media = is_medium(address, kind)
        rows = self._stand_ins if is_media else self._requests
        if (row := rows.get(address)) is not None and row.path is not None:
            return Answer(body=self._read(row.path), content_type=row.content_type)
        if not is_media and (name := _name_of(address)) is not None:
            return Answer(body=self._read(name), content_type=media_type(name))
        raise PageError(
            f"the page asks for {without_query(address)}, which is not in the plan; "
            "it was not asked for while planning"
        )

    def close(self) -> None:
        """End what decodes videos for it."""
        self._footage.close()

    def _read(self, path: str) -> bytes:
        artifact = self._artifacts.get(path)
        if artifact is None and (picture := self._footage.picture(path)) is not None:
            return picture
        if artifact is None:
            name = path.removeprefix(f"{COMPILED}/")
            raise PageError(f"the page asks for {name!r}, which is not in the plan")
        data = read_required(self._plan_dir, path)
        if len(data) != artifact.size:
            sizes = f"{artifact.size} bytes", f"{len(data)} bytes"
            raise PlanIntegrityError(path, *sizes)
        if (digest := hashlib.sha256(data).hexdigest()) != artifact.sha256:
            raise PlanIntegrityError(path, artifact.sha256, digest)
        return data


def _name_of(address: str) -> str | None:
    """The planned file that an *address* of the page's own means; None for another's."""
    if address.startswith(_PICTURES):
        return address.removeprefix(f"{ORIGIN}{OWN}/")
    if address.startswith(ORIGIN):
        name = unquote(urlsplit(address).path).lstrip("/")
        return f"{COMPILED}/{posixpath.normpath(name)}"
    return None
