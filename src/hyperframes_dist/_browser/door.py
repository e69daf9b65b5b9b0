"""
The door of a sealed page that is rendered: it reads a plan, and nothing else.

The page's own origin is answered from ``compiled/``, remote addresses with what was frozen
while planning; all others are refused by name. A ``<video>`` or ``<audio>`` is answered
with its stand-in, so that the page knows how long it is whatever this Chrome can decode;
its pictures and its sound are not Chrome's.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from .._model.content import COMPILED, OWN, Request
from .._model.manifest import Content
from .._tools.address import without_query
from .._tools.files import resolve_inside
from .._tools.media_types import media_type
from ..errors import PageError
from .answer import NOT_THERE, ORIGIN, Answer

MEDIA = "Media"
"""Chrome's type of what a ``<video>`` or an ``<audio>`` asks for."""

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
    """Answers from a plan directory, and from nothing else."""

    def __init__(self, plan_dir: Path, content: Content) -> None:
        self._plan_dir = plan_dir
        self._requests = {request.address: request for request in content.requests}
        self._stand_ins = {row.address: row for row in content.stand_ins}
        self._withheld = {
            (plan_dir / artifact.path).resolve()
            for artifact in content.artifacts
            if artifact.segments == ()
        }

    def answer(self, address: str, kind: str) -> Answer:
        """See `Door.answer`."""
        address = urldefrag(address).url
        if address.startswith(_PICTURES):
            return self._picture(address)
        rows = self._stand_ins if kind == MEDIA else self._requests
        row = rows.get(address)
        if row is None and kind != MEDIA and address.startswith(ORIGIN):
            path, content_type = find_local(self._plan_dir, address, "plan")
            if path not in self._withheld:
                return Answer(body=path.read_bytes(), content_type=content_type)
        if row is None:
            raise PageError(
                f"the page asks for {without_query(address)}, which is not in the plan; "
                "it was not asked for while planning"
            )
        return read_frozen(self._plan_dir, row)

    def _picture(self, address: str) -> Answer:
        name = address.removeprefix(f"{ORIGIN}{OWN}/")
        path = resolve_inside(self._plan_dir, name)
        if path is None:
            raise PageError(f"the page asks for {name!r}, which is not in the plan")
        return Answer(body=path.read_bytes(), content_type=media_type(name))
