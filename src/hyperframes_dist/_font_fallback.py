"""
Characters that no font of a page has, drawn in pinned fonts that have them.

A machine has fonts for other alphabets, symbols and emoji of its own, each machine others.
Here such a font is tried besides those the author names, for just the characters that were
missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from ._font_css import Stack, extend_stacks
from ._font_names import BASE, MONO, OWN_NAMES, SANS, SERIF, STAND_INS
from ._fontsource import Family, Read, all_faces, find_family, write_rules
from ._html import Tree, add_style, attribute, parse

Ranges = tuple[tuple[int, int], ...]

EMOJI = "Noto Color Emoji"
_EMOJI_STYLE = 0xFE0F
# What is between the parts of one picture belongs to every picture.
_JOINERS = frozenset({0x200D, _EMOJI_STYLE, 0x20E3, *range(0xE0020, 0xE0080)})
_PICTURES: Ranges = (
    *((0x231A, 0x231B), (0x23E9, 0x23EC), (0x23F0, 0x23F0), (0x23F3, 0x23F3)),
    *((0x25FD, 0x25FE), (0x2614, 0x2615), (0x2648, 0x2653), (0x267F, 0x267F)),
    *((0x2693, 0x2693), (0x26A1, 0x26A1), (0x26AA, 0x26AB), (0x26BD, 0x26BE)),
    *((0x26C4, 0x26C5), (0x26CE, 0x26CE), (0x26D4, 0x26D4), (0x26EA, 0x26EA)),
    *((0x26F2, 0x26F3), (0x26F5, 0x26F5), (0x26FA, 0x26FA), (0x26FD, 0x26FD)),
    *((0x2705, 0x2705), (0x270A, 0x270B), (0x2728, 0x2728), (0x274C, 0x274C)),
    *((0x274E, 0x274E), (0x2753, 0x2755), (0x2757, 0x2757), (0x2795, 0x2797)),
    *((0x27B0, 0x27B0), (0x27BF, 0x27BF), (0x2B1B, 0x2B1C), (0x2B50, 0x2B50)),
    *((0x2B55, 0x2B55), (0x1F000, 0x1FAFF)),
)
_KANA: Ranges = ((0x3040, 0x30FF), (0x31F0, 0x31FF))
_HANGUL: Ranges = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))
_HAN: Ranges = (
    *((0x2E80, 0x2FDF), (0x3000, 0x303F), (0x3400, 0x9FFF), (0xF900, 0xFAFF)),
    *((0xFF00, 0xFFEF), (0x20000, 0x3FFFF)),
)
_LETTERS: Ranges = (
    *((0x0100, 0x052F), (0x1C80, 0x1C8F), (0x1D00, 0x1FFF), (0x20A0, 0x20CF)),
    *((0x2100, 0x214F), (0x2C60, 0x2C7F), (0x2DE0, 0x2DFF), (0xA640, 0xA7FF)),
)
_ALPHABETS: tuple[tuple[str, Ranges], ...] = (
    ("Noto Sans Hebrew", ((0x0590, 0x05FF), (0xFB1D, 0xFB4F))),
    ("Noto Sans Arabic", ((0x0600, 0x06FF), (0x0750, 0x077F), (0xFB50, 0xFDFF))),
    ("Noto Sans Arabic", ((0xFE70, 0xFEFC),)),
    ("Noto Sans Devanagari", ((0x0900, 0x097F),)),
    ("Noto Sans Thai", ((0x0E00, 0x0E7F),)),
    ("Noto Sans JP", _KANA),
    ("Noto Sans KR", _HANGUL),
)
_ALL: Ranges = ((0, 0x10FFFF),)
_SYMBOLS: Ranges = ((0x2010, 0x2BFF), (0x1D400, 0x1D7FF))
# Each lacks some of the others'; a character is drawn in the first that has it.
_SYMBOL_FAMILIES = ("Noto Sans Symbols", "Noto Sans Math", "Noto Sans Symbols 2")
_HAN_FAMILIES = {"ja": "Noto Sans JP", "ko": "Noto Sans KR"}


def is_in(code: int, ranges: Ranges) -> bool:
    """Whether the character *code* lies in one of *ranges*."""
    return any(low <= code <= high for low, high in ranges)


def families_for(missing: Iterable[str], language: str) -> dict[str, frozenset[int]]:
    """
    The families to try last, in order, and the characters each is for.

    Args:
        missing: Characters, each perhaps followed by the sign that makes it a picture.
        language: What the document says its language is; decides whose Han it is.
    """
    found: dict[str, set[int]] = {}
    rows = sorted(set(missing))
    codes = [ord(text[0]) for text in rows]
    for text, code in zip(rows, codes, strict=True):
        for name in _families_of(text, code, _han_family(codes, language)):
            found.setdefault(name, set()).add(code)
    if EMOJI in found:
        # Behind the symbols, which are no pictures unless a page says so.
        found[EMOJI] = found.pop(EMOJI) | _JOINERS
    return {name: frozenset(codes) for name, codes in found.items()}


def _families_of(text: str, code: int, han: str) -> Iterator[str]:
    if text.endswith("\ufe0f") or is_in(code, _PICTURES):
        yield EMOJI
        return
    yield from (name for name, ranges in _ALPHABETS if is_in(code, ranges))
    if is_in(code, _HAN):
        yield han
    if is_in(code, _LETTERS):
        yield from (SANS, SERIF, MONO)
    if is_in(code, _SYMBOLS):
        yield from (*_SYMBOL_FAMILIES, EMOJI)


def _han_family(codes: Iterable[int], language: str) -> str:
    for name, ranges in _ALPHABETS[-2:]:
        if any(is_in(code, ranges) for code in codes):
            return name
    return _HAN_FAMILIES.get(language.lower()[:2], "Noto Sans SC")


@attrs.frozen
class _Last:
    """Names of the families to add, their rules, and families the page has already."""

    names: tuple[str, ...]
    rules: str
    brought: frozenset[str]

    def around(self, stack: Stack) -> tuple[Stack, Stack]:
        """What to try before and after *stack*; of the base families, the one like it."""
        own = _base_of(stack)
        others = {_alias(family) for family in BASE if family != own}
        names = tuple(name for name in self.names if name not in others)
        # Chrome does not draw text anew whose first font is one of the machine's when
        # another of its list has loaded. The names are for missing characters alone, so
        # before fonts that do not have them they change nothing else.
        return ((), names) if self._begins_with_brought(stack) else (names, ())

    def _begins_with_brought(self, stack: Stack) -> bool:
        known = (n.lower() for n in stack if n.lower() in self.brought | OWN_NAMES)
        return next(known, "") in self.brought


def _base_of(stack: Stack) -> str:
    for name in reversed(stack):
        for family, names in BASE.items():
            if name.lower() in {n.lower() for n in names} or (
                STAND_INS.get(name.lower()) == family
            ):
                return family
    return SANS


def _alias(family: str) -> str:
    # A name of its own, since the page may know the family by its proper one.
    return f"HyperFrames {family}"


def add_fallbacks(
    html: str, missing: Iterable[str], brought: frozenset[str], read: Read
) -> str:
    """
    The document *html* with fonts for the characters *missing*.

    Args:
        brought: Families the page has faces of, in lower case; in lists that begin with
            one, the fonts are tried last.

    Raises:
        ResolveError: A pinned package cannot be had.
    """
    tree = parse(html)
    language = attribute(tree.css_first("html"), "lang") or ""
    last = _read_last(families_for(missing, language), brought, read)
    if not last.names:
        return html
    for style in tree.css("style"):
        style.inner_html = extend_stacks(style.text(), last.around)
    for node in tree.css("[style]"):
        css = attribute(node, "style") or ""
        node.attrs["style"] = extend_stacks(css, last.around, style=True)
    _extend_default(tree, last)
    return tree.html or ""


def _read_last(
    wanted: dict[str, frozenset[int]], brought: frozenset[str], read: Read
) -> _Last:
    names, rules = [], []
    for name, codes in wanted.items():
        variable = name in BASE or name not in {*_SYMBOL_FAMILIES, EMOJI}
        family = _limited(find_family(name, read, variable=variable), codes)
        if family.ranges:
            names.append(_alias(name))
            rules.append(write_rules(family, all_faces(family), name=names[-1]))
    return _Last(tuple(names), "\n".join(rules), brought)


def _limited(family: Family, codes: frozenset[int]) -> Family:
    """*family* with the files that have one of *codes*, and for those alone."""
    ranges = {}
    for part, text in family.ranges.items():
        # The only file of a family has whatever the family has.
        held = _parse_ranges(text) if len(family.ranges) > 1 else _ALL
        inside = sorted(code for code in codes if is_in(code, held))
        if set(inside) - _JOINERS:
            ranges[part] = ",".join(f"U+{code:X}" for code in inside)
    return attrs.evolve(family, ranges=ranges)


def _parse_ranges(text: str) -> Ranges:
    rows = [part.strip()[2:].partition("-") for part in text.split(",")]
    return tuple(
        (int(low.replace("?", "0"), 16), int((high or low).replace("?", "F"), 16))
        for low, _, high in rows
    )


def _extend_default(tree: Tree, last: _Last) -> None:
    """The rules themselves, and text whose author names no font."""
    names = "".join(f'"{name}", ' for name in last.around(("serif",))[0])
    default = f':where(html){{font-family:{names}"Times New Roman"}}'
    add_style(tree, f"{last.rules}\n{default}", first=True)
