"""
Rules of ``data-loop``, which says whether an image that moves is shown for ever or once.
"""

from __future__ import annotations

import re

from .._compile.loops import LOOP, MOST_BYTES, read_loop, with_loop
from .._tools.markup import Element
from .project import Document, Project

_REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_BRACED = re.compile(r"\{\{|\$\{|<%|__[A-Z]")


def check_loops(project: Project) -> None:
    """All rules of this module."""
    for document in project.documents:
        for node in document.shown():
            row = node.attributes.get(LOOP)
            if row is None or node.tag != "img" or _BRACED.search(row.value):
                continue
            if found := _fault_of(project, document, node):
                message, hint = found
                project.add(
                    *("HF213", document.source, row.start, message, hint), element=node
                )


def _fault_of(
    project: Project, document: Document, node: Element
) -> tuple[str, str] | None:
    """Why nothing is shown by what *node* says, and what to do; None where it is."""
    value, source = node.get(LOOP) or "", (node.get("src") or "").strip()
    if read_loop(value) is None:
        what = f"{LOOP} is {value!r}, which is neither true nor false: it says nothing"
        return what, f'write {LOOP}="true", or "false" to show it once'
    if node.get("srcset") is not None:
        what = f"with srcset {LOOP} is not looked at: the file decides how often it is shown"
        return what, "leave srcset out"
    if _REMOTE.match(source):
        what = f"{LOOP} of a remote image is not looked at: its file decides"
        return what, "put the file into the project"
    if source[:5].lower() == "data:":
        return None
    return _fault_of_file(project, _name_of(project, document, source))


def _fault_of_file(project: Project, name: str | None) -> tuple[str, str] | None:
    """Why nothing is shown by what is said of the file *name*, and what to do."""
    path = None if name is None else project.real(name)
    if path is None or not path.is_file():
        return None
    if path.stat().st_size > MOST_BYTES:
        what = f"{name!r} is larger than 32 MiB, and {LOOP} of it is not looked at"
        return what, "make it smaller, or show it as a video"
    if with_loop(path.read_bytes(), loop=True):
        return None
    what = (
        f"{LOOP} is for pictures that move, and {name!r} is no such GIF, WebP or APNG"
    )
    return what, f"remove {LOOP}, or show a picture that moves"


def _name_of(project: Project, document: Document, source: str) -> str | None:
    return project.resolve(document.source, source) if source else None
