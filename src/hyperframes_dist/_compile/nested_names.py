"""
Names of nested compositions: one per mount, and the references that follow them.

A composition mounted more than once is ``id__hf1``, ``id__hf2``, … in the page, and keeps
the id its author wrote beside it. Of ``id`` attributes knows `own_names`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from itertools import chain, count
from pathlib import PurePosixPath

import attrs

from .._tools.css import selector_of
from .._tools.html import Node, Tree, attribute, parse_content
from .nested_files import (
    COMPOSITION,
    SOURCE,
    NestedFile,
    find_hosts,
    find_root,
    source_path,
)

ORIGINAL = "data-hf-original-composition-id"
# From clip to clip; the page goes on where it is longer.
_LONGEST_WAY = 100
_NAME = re.compile(r"[\w.:-]+", re.ASCII)
_OFFSET = re.compile(r"([\w.:-]+?)\s*([+-])\s*(\d+(?:\.\d+)?|\.\d+)", re.ASCII)


class Names:
    """Gives every mount of *tree* its own composition id."""

    def __init__(self, tree: Tree, files: Mapping[str, NestedFile]) -> None:
        self._files = files
        self._contents = {f.path: parse_content(f.content) for f in files.values()}
        self._at_top: Counter[str] = Counter()
        self._all: Counter[str] = Counter()
        self._taken: set[str] = set()
        self._count_hosts(tree, at_top=True)
        self._count_plain(tree, "")
        plain = tree.css(f"[{COMPOSITION}]:not([{SOURCE}])")
        self._taken |= {attribute(node, COMPOSITION) or "" for node in plain}

    def authored_id(self, host: Node) -> str:
        """The id a host has, or takes over from the file it mounts, or from its name."""
        own = (attribute(host, COMPOSITION) or "").strip()
        root = find_root(self._contents[source_path(host)], "")
        inner = (attribute(root, COMPOSITION) or "").strip()
        return own or inner or PurePosixPath(source_path(host)).stem

    def _count_hosts(self, tree: Tree, *, at_top: bool) -> None:
        for host in find_hosts(tree):
            authored = self.authored_id(host)
            self._all[authored] += 1
            self._at_top[authored] += at_top
            content = self._contents[source_path(host)]
            self._count_plain(content, authored)
            self._count_hosts(content, at_top=False)

    def _count_plain(self, tree: Tree, mounted_as: str) -> None:
        root = find_root(tree, mounted_as) if mounted_as else None
        for node in tree.css(f"[{COMPOSITION}]:not([{SOURCE}])"):
            if root is None or node.mem_id != root.mem_id:
                self._all[attribute(node, COMPOSITION) or ""] += 1

    def name_hosts(self, tree: Tree, *, at_top: bool) -> dict[str, str]:
        """
        Name what *tree*, a document or the content of a mount, mounts itself.

        Returns:
            What selects each renamed composition, by the id its author wrote.
        """
        counts = self._at_top if at_top else self._all
        renamed = {}
        for host in find_hosts(tree):
            authored = self.authored_id(host)
            if self._name(host, authored, repeated=counts[authored] > 1):
                renamed[authored] = selector_of(ORIGINAL, authored)
        return renamed

    def name_plain(self, tree: Tree, root: Node | None) -> dict[str, str]:
        """Likewise for the compositions written out in the content of a mount."""
        renamed = {}
        for node in tree.css(f"[{COMPOSITION}]:not([{SOURCE}])"):
            authored = attribute(node, COMPOSITION) or ""
            is_root = root is not None and node.mem_id == root.mem_id
            if not is_root and self._name(node, authored, self._all[authored] > 1):
                renamed[authored] = selector_of(ORIGINAL, authored)
        return renamed

    def _name(self, node: Node, authored: str, repeated: bool) -> bool:
        numbered = (f"{authored}__hf{number}" for number in count(1))
        names = numbered if repeated else chain((authored,), numbered)
        name = next(name for name in names if name not in self._taken)
        self._taken.add(name)
        node.attrs[COMPOSITION] = name
        if name != authored:
            node.attrs[ORIGINAL] = authored
        return name != authored


def settle_starts(tree: Tree, *, local: bool) -> None:
    """
    Make references between clips mean this mount's own clips.

    The page looks a name up in the whole document, where the first mount would answer
    for all of them.

    Args:
        local: Whether *tree* is the content of a mount: then a reference becomes the
            number it stands for, where the markup tells it.
    """
    clips = _Clips.of(tree)
    for node in tree.css("[data-start]"):
        reference = _reference(attribute(node, "data-start") or "")
        target = None if reference is None else clips.named.get(reference[0])
        if reference is None or target is None:
            continue
        start = clips.start(node) if local else None
        if start is not None:
            node.attrs["data-start"] = str(start)
        elif attribute(target, ORIGINAL) == reference[0]:
            name, offset = attribute(target, COMPOSITION), reference[1]
            sign = "-" if offset < 0 else "+"
            node.attrs["data-start"] = f"{name} {sign} {abs(offset)}"


def _reference(text: str) -> tuple[str, Decimal] | None:
    """The clip a ``data-start`` names, and the seconds after its end; None for a number."""
    text = text.strip()
    if _number(text) is not None:
        return None
    if _NAME.fullmatch(text):
        return text, Decimal(0)
    match = _OFFSET.fullmatch(text)
    return None if match is None else (match[1], Decimal(match[2] + match[3]))


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@attrs.frozen
class _Clips:
    """
    Clips of one tree.

    Attributes:
        named: Its elements by their ids, else by their compositions' names.
    """

    named: Mapping[str, Node]

    @classmethod
    def of(cls, tree: Tree) -> _Clips:
        """Those of *tree*."""
        found: dict[str, Node] = {}
        for kind in ("id", COMPOSITION, ORIGINAL):
            for node in tree.css(f"[{kind}]"):
                found.setdefault(attribute(node, kind) or "", node)
        return cls(found)

    def start(self, node: Node, depth: int = 0) -> Decimal | None:
        """When *node* begins in its composition's own time; None if only the page knows."""
        text = (attribute(node, "data-start") or "0").strip()
        if (number := _number(text)) is not None:
            return max(number, Decimal(0))
        reference = _reference(text)
        target = self.named.get(reference[0]) if reference else None
        # A circle is a way without an end.
        if reference is None or target is None or depth == _LONGEST_WAY:
            return None
        end = self._end(target, depth + 1)
        known = end is not None and _is_level(node, target)
        return (
            max(end + reference[1], Decimal(0)) if known and end is not None else None
        )

    def _end(self, node: Node, depth: int) -> Decimal | None:
        start = self.start(node, depth)
        length = _number(attribute(node, "data-duration"))
        if length is not None and length > 0:
            return None if start is None else start + length
        return _number(attribute(node, "data-end"))


def _is_level(one: Node, other: Node) -> bool:
    """Whether the starts of both are counted from the same composition's start."""
    return _holder(one) == _holder(other)


def _holder(node: Node) -> int:
    above = node.parent
    while above is not None and attribute(above, COMPOSITION) is None:
        above = above.parent
    return 0 if above is None else above.mem_id
