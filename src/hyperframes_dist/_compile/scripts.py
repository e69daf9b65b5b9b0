"""
Scripts of nested compositions: each sees its own instance, and its errors its own file.

An inline script is handed over as text, so that nothing in it can end the element it
lies in, and is evaluated under its file's name at its own line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import attrs

from .._tools.html import Node, Tree, attribute
from .nested_files import NestedFile

_CLASSIC = frozenset(
    {"", "text/javascript", "application/javascript", "text/ecmascript"}
    | {"application/ecmascript", "application/x-javascript"}
)
_KEPT = ("type", "crossorigin", "integrity", "nomodule", "referrerpolicy")
_ORIGIN = "https://composition.invalid/"


def is_script(node: Node) -> bool:
    """Whether *node* is run, rather than data a script reads."""
    return _kind(node) in _CLASSIC | {"module", "importmap"}


def _kind(node: Node) -> str:
    return (attribute(node, "type") or "").strip().lower()


@attrs.define
class Scripts:
    """What the mounts of a document run, in order."""

    _maps: list[str] = attrs.field(factory=list)
    _external: dict[str, dict[str, str]] = attrs.field(factory=dict)
    _inline: list[tuple[str, str]] = attrs.field(factory=list)

    def add(
        self,
        node: Node,
        text: str,
        address: str,
        file: NestedFile,
        facts: Mapping[str, Any],
    ) -> None:
        """
        Add the script *node* of *file*.

        Args:
            text: What it says, its names renamed.
            address: Its rewritten ``src``.
        """
        if address:
            kept = {name: attribute(node, name) for name in _KEPT}
            row = {name: value for name, value in kept.items() if value is not None}
            self._external.setdefault(address, row)
        elif _kind(node) == "importmap":
            self._maps.append(text)
        elif text.strip():
            line = _line_of(node.text(), file)
            self._inline.append(_scoped(_kind(node), text, line, file, facts))

    def put_into(self, tree: Tree, variables: Mapping[str, Any]) -> None:
        """Put all of them into the document *tree*, with the instances' *variables*."""
        assert tree.head is not None
        assert tree.body is not None
        for text in dict.fromkeys(self._maps):
            script = _script(tree, text, {"type": "importmap"})
            if (first := tree.head.first_child) is not None:
                first.insert_before(script)
            else:
                tree.head.insert_child(script)
        if variables:
            table = _literal(variables)
            text = f"window.__hfVariablesByComp = {table};"
            tree.body.insert_child(_script(tree, text, {}))
        present = {attribute(node, "src") for node in tree.css("script[src]")}
        for address, row in self._external.items():
            if address not in present:
                tree.body.insert_child(_script(tree, "", {"src": address, **row}))
        if self._inline:
            scope = (files(__package__) / "scope.js").read_text("utf-8")
            tree.body.insert_child(_script(tree, scope, {}))
        for kind, text in self._inline:
            row = {"type": kind} if kind == "module" else {}
            tree.body.insert_child(_script(tree, text, row))


def _line_of(text: str, file: NestedFile) -> int:
    """How many lines of *file* stand before its script *text*."""
    return file.text.partition(text)[0].count("\n") if text in file.text else 0


def _scoped(
    kind: str, text: str, line: int, file: NestedFile, facts: Mapping[str, Any]
) -> tuple[str, str]:
    place = f"//# sourceURL={_ORIGIN}{quote(file.path)}"
    if kind == "module":
        # Imports come before any statement, wherever they stand; a module that imports
        # a gsap of its own keeps it.
        imported = any("gsap" in row for row in text.splitlines() if "import" in row)
        names = "document, window, __hyperframes" + ("" if imported else ", gsap")
        head = f"const {{ {names} }} = __hfNested({_literal(facts)});"
        return kind, f"{head}{text}\n{place}"
    # The evaluated text begins on the line the script has in its file.
    source = "\n" * line + text
    return (
        kind,
        f"__hfNested({_literal(facts)}, {_literal(source)}, {_literal(place)});",
    )


def _literal(value: Any) -> str:
    """*value* as a JavaScript literal that cannot end a ``<script>`` element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _script(tree: Tree, text: str, attributes: Mapping[str, str]) -> Node:
    script = tree.create_node("script")
    for name, value in attributes.items():
        script.attrs[name] = value
    if text:
        script.insert_child(text)
    return script
