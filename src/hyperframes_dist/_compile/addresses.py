"""
Addresses in a nested composition, made to mean the same in the document it moves into.

A plain relative address names the file beside the composition where there is one, and
else the one below the project's root: existence decides.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

import attrs

from .._tools.files import resolve_inside
from .._tools.html import Node, Tree, attribute
from ..progress import Control
from .nested_files import SOURCE
from .scope import rewrite_urls

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|[/#?]", re.IGNORECASE)
_CANDIDATE = re.compile(r"[\s,]*(\S+)")
_SIZE = re.compile(r"[^,]*")
_IMPORTED = re.compile(
    r"(?P<head>(?:\bfrom|\bimport)\s*\(?\s*)(?P<mark>[\"'`])"
    # An address that is put together is its script's own.
    r"(?P<what>\.{1,2}/(?:(?!\$\{)[^\"'`\n])+)(?P=mark)"
)
_ADDRESSES = ("src", "href", "xlink:href", "poster")


@attrs.frozen
class Paths:
    """
    Rewrites addresses of the file *source*.

    Attributes:
        project: The project's directory.
        source: The file's path in it.
        entry: The document's path in it.
    """

    project: Path
    source: str
    entry: str

    def rewrite(self, address: str) -> str:
        """*address* as the document has to ask for it."""
        text = address.strip()
        if not text or _ABSOLUTE.match(text):
            return address
        path, suffix = _split_suffix(text)
        folder = posixpath.dirname(self.source)
        beside = _clamp(posixpath.join(folder, unquote(path)))
        plain = _clamp(unquote(path))
        if path.startswith("../") or self._exists(beside):
            return self._from_document(beside, plain, text, suffix)
        if "/" in self.entry and self._exists(plain):
            return self._from_document(plain, "", text, suffix)
        return address

    def _exists(self, path: str) -> bool:
        return resolve_inside(self.project, path) is not None

    def _from_document(self, path: str, plain: str, text: str, suffix: str) -> str:
        if "/" not in self.entry:
            same = path == plain and not text.startswith(".")
            return text if same else quote(path) + suffix
        return f"/{quote(path)}{suffix}"


def _split_suffix(address: str) -> tuple[str, str]:
    path = re.split(r"[?#]", address, maxsplit=1)[0]
    return path, address[len(path) :]


def _clamp(path: str) -> str:
    """*path* from the project's root; what leads above the root stays at the root."""
    return str(PurePosixPath(posixpath.normpath(f"/{path}")).relative_to("/"))


def rewrite_addresses(
    tree: Tree, rewrite: Callable[[str], str], control: Control | None = None
) -> None:
    """
    Rewrite every address in the markup of *tree*: attributes, sets and styles.

    Raises:
        InputError: A style cannot be read.
        Cancelled, DeadlineExceeded: As *control* says.
    """
    for name in _ADDRESSES:
        local = name.partition(":")[2] or name
        for node in tree.css(f"[{local}]"):
            _set(node, name, rewrite)
    for node in tree.css("[srcset]"):
        _set(node, "srcset", lambda text: _rewrite_set(text, rewrite))
    for node in tree.css("[style]"):
        if "url(" in (attribute(node, "style") or "").lower():
            _set(node, "style", lambda text: rewrite_urls(text, rewrite, control))


def rewrite_imports(text: str, rewrite: Callable[[str], str]) -> str:
    """The script *text*, whose relative imports are rewritten; a name of a package is not."""

    def write(match: re.Match[str]) -> str:
        address = rewrite(match["what"])
        if not _ABSOLUTE.match(address) and not address.startswith("."):
            address = f"./{address}"
        return f"{match['head']}{match['mark']}{address}{match['mark']}"

    return _IMPORTED.sub(write, text)


def _set(node: Node, name: str, change: Callable[[str], str]) -> None:
    value = attribute(node, name)
    if value and attribute(node, SOURCE) != value:
        changed = change(value)
        if changed != value:
            node.attrs[name] = changed


def _rewrite_set(text: str, rewrite: Callable[[str], str]) -> str:
    rows, place = [], 0
    while match := _CANDIDATE.match(text, place):
        address, place, size = match[1].rstrip(","), match.end(), ""
        if address == match[1] and (rest := _SIZE.match(text, place)):
            size, place = rest[0].rstrip(), rest.end()
        if address:
            rows.append(rewrite(address) + size)
    return ", ".join(rows)
