"""
HTML, parsed and written as HTML5 says; the one door to selectolax.

Knows nothing of compositions. A node belongs to the tree it was parsed into and is not
moved to another one: markup is handed over as text.
"""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser as Tree
from selectolax.lexbor import LexborNode as Node

__all__ = [
    "Node",
    "Tree",
    "add_style",
    "attribute",
    "parse",
    "parse_content",
    "shorten",
]


def parse(text: str) -> Tree:
    """The document *text*; a head and a body are made where there are none."""
    return Tree(text)


def parse_content(markup: str) -> Tree:
    """A document whose body holds *markup*, parsed as the inside of a body is."""
    tree = Tree("<!doctype html><html><head></head><body></body></html>")
    assert tree.body is not None
    tree.body.inner_html = markup
    return tree


def attribute(node: Node | None, name: str) -> str | None:
    """The attribute *name*: None where it is absent, empty where it has no value."""
    if node is None or name not in node.attributes:
        return None
    return node.attributes[name] or ""


def add_style(
    tree: Tree, css: str, *, first: bool = False, media: str | None = None
) -> None:
    """Put a ``<style>`` with *css* at the end of the head, or at its beginning."""
    style = tree.create_node("style")
    style.insert_child(css)
    if media is not None:
        style.attrs["media"] = media
    head = tree.head
    assert head is not None  # An HTML5 parser makes one where there is none.
    if first and (child := head.first_child) is not None:
        child.insert_before(style)
    else:
        head.insert_child(style)


def shorten(node: Node) -> str:
    """The start tag of *node*, shortened, for a message."""
    text = (node.html or "").partition(">")[0] + ">"
    return text if len(text) <= 200 else text[:197] + "…>"
