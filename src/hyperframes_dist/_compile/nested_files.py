"""
The files of nested compositions, read and checked before any of them is put in place.

One error names every file that cannot be used, so that an author mends them all at once.
Nothing is rewritten here.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote

import attrs

from .._tools.files import resolve_inside
from .._tools.html import Node, Tree, attribute, parse, parse_content
from .._tools.text import NotTextError, text_of
from ..errors import InputError
from ..progress import Control
from .secrets import leads_to_secret
from .variables import Variable, read_declarations, read_values

SOURCE = "data-composition-src"
COMPOSITION = "data-composition-id"
_DEEPEST = 20
_MOST_MOUNTS = 1000
PAGE_BYTES = 16 << 20
"""Most bytes of text in a document with all it mounts, unless a caller says otherwise."""


@attrs.frozen(kw_only=True)
class NestedFile:
    """
    One file that is mounted somewhere.

    Attributes:
        path: Its path in the project.
        text: All of it.
        content: The markup a host is given: of its first template, else of its body.
        head: The markup of its head, which counts as its own unless it has a template.
        links: Attributes of the style sheets its head links.
        declared: The variables its ``<html>`` declares.
    """

    path: str
    text: str
    content: str
    head: str
    links: tuple[Mapping[str, str], ...]
    declared: tuple[Variable, ...]


def source_path(node: Node) -> str:
    """The path in the project a host names; ``..`` at its front where it leads out."""
    address = re.split(r"[?#]", attribute(node, SOURCE) or "", maxsplit=1)[0].strip()
    return posixpath.normpath(unquote(address).lstrip("/")) if address else ""


def find_hosts(tree: Tree | Node) -> list[Node]:
    """The elements that mount a file, in document order."""
    return tree.css(f"[{SOURCE}]")


def find_root(tree: Tree, composition: str) -> Node | None:
    """
    The composition that becomes the host's content.

    Args:
        composition: The host's composition id: the root has the same one. Empty for a
            host without: its root is the first.
    """
    roots = tree.css(f"[{COMPOSITION}]:not([{SOURCE}])")
    named = [r for r in roots if attribute(r, COMPOSITION) == composition]
    return next(iter(named if composition else roots), None)


def read_nested(
    project: Path,
    tree: Tree,
    entry: str,
    *,
    room: int = PAGE_BYTES,
    control: Control | None = None,
) -> dict[str, NestedFile]:
    """
    Every file *tree*, the document *entry*, mounts, however deep; by path.

    Raises:
        InputError: A file is missing, outside of *project*, blank, without a
            composition, part of a circle or too deep; or its variables cannot be read.
            All such files are named. Or together they hold more than *room* bytes.
        Cancelled, DeadlineExceeded: As *control* says.
    """
    walk = _Walk(project, room, control or Control())
    walk.visit_hosts(find_hosts(tree), (entry,))
    if walk.problems:
        lines = "".join(f"\n  {problem}" for problem in walk.problems)
        raise InputError(f"nested compositions cannot be used:{lines}")
    return walk.files


@attrs.frozen
class _Below:
    """What is mounted below an element: how *depth* it nests, how many, of what *size*."""

    depth: int = 0
    count: int = 0
    size: int = 0


class _Walk:
    def __init__(self, project: Path, room: int, control: Control) -> None:
        self._project, self._room, self._control = project, room, control
        self._seen: dict[str, _Below] = {}
        self._sizes: dict[str, int] = {}
        self.files: dict[str, NestedFile] = {}
        self.problems: list[str] = []

    def visit_hosts(self, hosts: Iterable[Node], above: tuple[str, ...]) -> _Below:
        """What is mounted below *hosts*, and how deep."""
        depth, count, size = 0, 0, 0
        for host in hosts:
            self._control.check()
            self._check_values(host, above[-1])
            path = source_path(host)
            below = self._visit(path, above)
            depth, count = max(depth, 1 + below.depth), count + 1 + below.count
            size += below.size + self._sizes.get(path, 0)
        if len(above) == 1:
            self._check_whole(above[0], depth, count, size)
        return _Below(depth, count, size)

    def _check_whole(self, entry: str, depth: int, count: int, size: int) -> None:
        if depth > _DEEPEST:
            self._complain(entry, f"compositions nest deeper than {_DEEPEST}")
        elif count > _MOST_MOUNTS:
            self._complain(entry, f"mounts more than {_MOST_MOUNTS} compositions")
        elif size > self._room:
            reason = f"{count} mounts hold {size} bytes of text, {self._room} may"
            self._complain(entry, f"{reason}; raise Limits.page_bytes or mount less")

    def _visit(self, path: str, above: tuple[str, ...]) -> _Below:
        if path in above:
            circle = " → ".join((*above[above.index(path) :], path))
            self._complain(path, f"mounts itself ({circle})")
            return _Below()
        if path not in self._seen:
            self._seen[path] = _Below()
            if (file := self._read(path, above[-1])) is not None:
                self.files[path] = file
                hosts = find_hosts(parse_content(file.content))
                self._seen[path] = self.visit_hosts(hosts, (*above, path))
        return self._seen[path]

    def _complain(self, path: str, reason: str) -> None:
        line = f"{path or '(no path)'}: {reason}"
        if line not in self.problems:
            self.problems.append(line)

    def _check_values(self, host: Node, holder: str) -> None:
        try:
            read_values(attribute(host, "data-variable-values"))
        except InputError as error:
            self._complain(holder, f"{error} (on the host of {source_path(host)})")

    def _read(self, path: str, holder: str) -> NestedFile | None:
        try:
            file = _read_file(
                self._project, path, self._room - sum(self._sizes.values())
            )
        except InputError as error:
            self._complain(path, f"{error} (mounted by {holder})")
            return None
        self._sizes[path] = len(file.text.encode())
        return file


def _read_file(project: Path, path: str, room: int) -> NestedFile:
    first = path.partition("/")[0]
    if ":" in first or first == "..":
        raise InputError("is outside of the project")
    real = resolve_inside(project, path) if path else None
    if real is None:
        exists = bool(path) and (project / path).exists()
        raise InputError(
            "is outside of the project or not a file" if exists else "does not exist"
        )
    if leads_to_secret(project, real):
        raise InputError("is history or a secret, which never leaves a project")
    if real.stat().st_size > room:
        raise InputError(
            f"has {real.stat().st_size} bytes of text, {room} may still be mounted; raise "
            "Limits.page_bytes or mount less"
        )
    try:
        text = text_of(real.read_bytes(), document=True)
    except NotTextError as error:
        raise InputError(str(error)) from None
    if not text.strip():
        raise InputError("is empty")
    return _read_text(path, text)


def _read_text(path: str, text: str) -> NestedFile:
    tree = parse(text)
    content, is_template = _content(tree)
    inside = parse_content(content)
    if inside.css_first(f"[{COMPOSITION}]") is None:
        raise InputError(f"holds no composition; an element needs {COMPOSITION}")
    for node in inside.css("[data-composition-variables]"):
        read_declarations(attribute(node, "data-composition-variables"))
    head = tree.head
    links = tree.css("head link[rel=stylesheet], head link[rel=preconnect]")
    return NestedFile(
        path=path,
        text=text,
        content=content,
        head="" if is_template or head is None else head.inner_html or "",
        links=tuple({k: v or "" for k, v in link.attributes.items()} for link in links),
        declared=read_declarations(
            attribute(tree.css_first("html"), "data-composition-variables")
        ),
    )


def _content(tree: Tree) -> tuple[str, bool]:
    """The markup of the first template, else of the body; whether of a template."""
    body = tree.body
    for fragment in tree.template_fragments()[:1]:
        # A template among a page's own content is the page's, not the composition.
        if fragment.css(f"[{COMPOSITION}]") or not tree.css(f"[{COMPOSITION}]"):
            return fragment.html or "", True
    return ("" if body is None else body.inner_html or ""), False
