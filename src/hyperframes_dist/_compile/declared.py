"""
Variables in a document: what it declares, as custom properties its styles can use.

The page runtime sets them too, but only once the document is loaded; a style sheet is in
force when the first script reads a computed style.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._tools.css import selector_of
from .._tools.html import Node, Tree, add_style, attribute
from ..errors import InputError
from .nested import Instance
from .variables import (
    Variable,
    check_values,
    css_rule,
    defaults_of,
    defined_in,
    read_declarations,
)

_DECLARES = "data-composition-variables"
_MARK = "data-hf-var-scope"

Declarers = tuple[tuple[Node, tuple[Variable, ...]], ...]


def find_declarers(tree: Tree, entry: str) -> Declarers:
    """
    The elements of the document *entry* that declare variables, with what they declare.

    Raises:
        InputError: A declaration cannot be read.
    """
    try:
        return tuple(
            (node, read_declarations(attribute(node, _DECLARES)))
            for node in tree.css(f"[{_DECLARES}]")
        )
    except InputError as error:
        raise InputError(f"{entry}: {error}") from None


def check_overrides(declarers: Declarers, overrides: Mapping[str, Any]) -> None:
    """
    Refuse *overrides* the document does not declare, or declares as something else.

    Raises:
        InputError: *overrides* holds such names; all are named.
    """
    check_values(overrides, [row for _, declared in declarers for row in declared])


def add_properties(
    tree: Tree,
    declarers: Declarers,
    instances: tuple[Instance, ...],
    overrides: Mapping[str, Any],
) -> None:
    """Give *tree* a style sheet with every variable as a custom property."""
    written = "\n".join(style.text() for style in tree.css("style"))
    rules = [css_rule(":root", overrides)]
    for number, (node, declared) in enumerate(declarers, 1):
        defaults = _unwritten(defaults_of(declared), written)
        given = {r.id: overrides[r.id] for r in declared if r.id in overrides}
        selector = ":root"
        if node.tag != "html":
            node.attrs[_MARK] = str(number)
            selector = selector_of(_MARK, str(number))
        rules.append(css_rule(selector, {**defaults, **given}))
    for instance in instances:
        rules += _instance_rules(instance, overrides, written)
    if css := "\n".join(filter(None, rules)):
        add_style(tree, css)


def _unwritten(values: Mapping[str, Any], written: str) -> dict[str, Any]:
    # A default is for what the author's own style sheets leave open.
    return {k: v for k, v in values.items() if not defined_in(written, k)}


def _instance_rules(
    instance: Instance, overrides: Mapping[str, Any], written: str
) -> list[str]:
    known = {**instance.defaults, **instance.values}
    given = {**instance.values}
    given |= {name: overrides[name] for name in known if name in overrides}
    defaults = _unwritten(instance.defaults, written)
    # The file's own ":root" speaks of the box, so what is given is said there as well.
    boxes = dict.fromkeys((instance.host, instance.box))
    rules = [css_rule(instance.host, {**defaults, **given})]
    return [*rules, css_rule(", ".join(boxes), given)]
