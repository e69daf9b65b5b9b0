"""
Fonts of a document: every family its styles name and its author does not bring becomes
``@font-face`` rules of a pinned font, so that no machine has a say in it.

Reads styles, and scripts for well-known names; what a page really shows is asked of the
page.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from urllib.parse import quote

from .._tools.address import join, without_query
from .._tools.html import Tree, add_style, attribute
from ..errors import InputError, PageError, ResolveError, ResolveUnavailableError
from ..progress import Control
from .css import FontCss, Stack, read_sheets
from .fontsource import Family, Read, all_faces, find_family, write_rules
from .names import GENERIC, STAND_INS

ReadSheet = Callable[[str], str]
"""The text of the style sheet at an address."""

_MOST_SHEETS = 200
_FONT_OBJECT = re.compile(r"new\s+FontFace\(\s*[\"'`]([^\"'`]+)[\"'`]")
# Named in a script where a style would be: in quotes, in a list, after a size.
_KNOWN = re.compile(
    r"(?:[\"'`,:]\s*|\d(?:px|em|rem|pt|vw|vh|%)\s+)("
    + "|".join(sorted(map(re.escape, STAND_INS), key=len, reverse=True))
    + r")(?=\s*[\"'`,;])",
    re.IGNORECASE,
)
# Families for other alphabets are there for what the ones before them do not have.
_OTHER_ALPHABETS = "noto "


def add_fonts(
    tree: Tree,
    origin: str,
    entry: str,
    *,
    sheet: ReadSheet,
    read: Read,
    control: Control | None = None,
) -> None:
    """
    Give the document *tree* rules for the fonts it names and does not bring.

    Args:
        origin: Where the page believes it lives.
        entry: The document's path there.
        sheet: Gives style sheets; one it cannot give is left to the page to ask for.
        read: Gives the packages' own descriptions.

    Raises:
        ResolveUnavailableError: Whether a font exists cannot be said.
    """
    css = _read_styles(tree, origin + quote(entry), sheet, control)
    scripts = [script.text() for script in tree.css("script")]
    brought = css.brought | {
        name.lower() for text in scripts for name in _FONT_OBJECT.findall(text)
    }
    stacks = [*css.stacks, *((n,) for text in scripts for n in _KNOWN.findall(text))]
    found = [(name, _find(name, read)) for name in _names_to_bring(stacks, brought)]
    rules = [
        write_rules(family, all_faces(family), name=name)
        for name, family in found
        if family
    ]
    if rules:
        add_style(tree, "\n".join(rules), first=True)


def _read_styles(
    tree: Tree, address: str, sheet: ReadSheet, control: Control | None
) -> FontCss:
    """What the document's sheets, those they import and its attributes say."""
    texts = [style.text() for style in tree.css("style")]
    texts += linked_sheets(tree, address, sheet, control).values()
    return read_sheets(texts, _attributes(tree), control=control)


def linked_sheets(
    tree: Tree, address: str, sheet: ReadSheet, control: Control | None = None
) -> dict[str, str]:
    """
    The sheets that the document *tree* at *address* links, and those they import.

    Returns:
        Their texts by their addresses; one that *sheet* cannot give is left out.
    """
    texts = [style.text() for style in tree.css("style")]
    waiting = [
        join(address, attribute(link, "href") or "")
        for link in tree.css('link[rel~="stylesheet" i][href]')
    ]
    imports = read_sheets(texts, control=control).imports
    waiting += [join(address, url) for url in imports]
    return dict(islice(_follow(waiting, sheet, control), _MOST_SHEETS))


def _follow(
    waiting: list[str], sheet: ReadSheet, control: Control | None
) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    while waiting:
        address = waiting.pop(0)
        if address in seen or not address.startswith("https:"):
            continue
        seen.add(address)
        # The page will ask for it too, and what is wrong then has a place and a name.
        with contextlib.suppress(PageError, ResolveError):
            text = sheet(address)
            waiting += [join(address, url) for url in _imports(address, text, control)]
            yield address, text


def _imports(address: str, text: str, control: Control | None) -> tuple[str, ...]:
    try:
        return read_sheets([text], control=control).imports
    except InputError as error:
        raise InputError(f"{without_query(address)}: {error}") from None


def _attributes(tree: Tree) -> Iterator[str]:
    for node in tree.css("[style]"):
        yield attribute(node, "style") or ""
    for name in ("font-family", "data-font-family"):
        for node in tree.css(f"[{name}]"):
            yield f"font-family:{attribute(node, name)}"


def _names_to_bring(stacks: Iterable[Stack], brought: Iterable[str]) -> list[str]:
    """Names that text may be drawn in and nobody has brought, each in one spelling."""
    known = {*brought, *GENERIC}
    names: dict[str, str] = {}
    for stack in stacks:
        settled = False
        for name in stack:
            key = name.lower()
            if not settled or key.startswith(_OTHER_ALPHABETS):
                names.setdefault(key, name)
            settled = settled or key in known or key in STAND_INS
    return [names[key] for key in sorted(names) if key not in known]


def _find(name: str, read: Read) -> Family | None:
    try:
        return find_family(STAND_INS.get(name.lower(), name), read)
    except ResolveUnavailableError:
        raise
    except ResolveError:
        return None  # Whether that is a loss, the page will show.
