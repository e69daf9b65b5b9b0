"""
Characters that no font of a page has, drawn in pinned fonts that have them.

A machine has fonts for other alphabets, symbols and emoji of its own, each machine others.
Here such a font is tried besides those the author names, for just the characters that were
missing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import attrs

from .._tools.html import Tree, add_style, attribute
from .css import Stack, extend_stacks
from .fontsource import Family, Read, all_faces, find_family, write_rules
from .names import (
    BASE,
    MONO,
    PINS,
    SANS,
    SERIF,
    STAND_INS,
    VARIABLE,
    slug_of,
)

Ranges = tuple[tuple[int, int], ...]

EMOJI = "Noto Color Emoji"
_EMOJI_STYLE = 0xFE0F
# What is between the parts of one picture or of one letter, and seldom in a font's list.
_JOINERS = frozenset({0x200C, 0x200D, 0x25CC, 0xFE0E, _EMOJI_STYLE})
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
    *((0x2E80, 0x2FFF), (0x3000, 0x303F), (0x3100, 0x312F), (0x3190, 0x31EF)),
    *((0x3200, 0x9FFF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF)),
    (0x20000, 0x3FFFF),
)
_LETTERS: Ranges = (
    *((0x0100, 0x052F), (0x1C80, 0x1C8F), (0x1D00, 0x1FFF), (0x20A0, 0x20CF)),
    *((0x2100, 0x214F), (0x2C60, 0x2C7F), (0x2DE0, 0x2DFF), (0xA640, 0xA7FF)),
)
_BY_LANGUAGE = (("Noto Sans JP", _KANA), ("Noto Sans KR", _HANGUL))
SCRIPTS: tuple[tuple[str, Ranges], ...] = (
    ("Noto Sans Hebrew", ((0x0590, 0x05FF), (0xFB1D, 0xFB4F))),
    ("Noto Sans Arabic", ((0x0600, 0x06FF), (0x0750, 0x077F), (0x0870, 0x08FF))),
    ("Noto Sans Arabic", ((0xFB50, 0xFDFF), (0xFE70, 0xFEFC))),
    ("Noto Sans Syriac", ((0x0700, 0x074F), (0x0860, 0x086F))),
    ("Noto Sans Thaana", ((0x0780, 0x07BF),)),
    ("Noto Sans NKo", ((0x07C0, 0x07FF),)),
    ("Noto Sans Devanagari", ((0x0900, 0x097F), (0xA8E0, 0xA8FF), (0x1CD0, 0x1CFF))),
    ("Noto Sans Bengali", ((0x0980, 0x09FF),)),
    ("Noto Sans Gurmukhi", ((0x0A00, 0x0A7F),)),
    ("Noto Sans Gujarati", ((0x0A80, 0x0AFF),)),
    ("Noto Sans Oriya", ((0x0B00, 0x0B7F),)),
    ("Noto Sans Tamil", ((0x0B80, 0x0BFF),)),
    ("Noto Sans Telugu", ((0x0C00, 0x0C7F),)),
    ("Noto Sans Kannada", ((0x0C80, 0x0CFF),)),
    ("Noto Sans Malayalam", ((0x0D00, 0x0D7F),)),
    ("Noto Sans Sinhala", ((0x0D80, 0x0DFF), (0x111E0, 0x111FF))),
    ("Noto Sans Thai", ((0x0E00, 0x0E7F),)),
    ("Noto Sans Lao", ((0x0E80, 0x0EFF),)),
    ("Noto Serif Tibetan", ((0x0F00, 0x0FFF),)),
    ("Noto Sans Myanmar", ((0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F))),
    ("Noto Sans Armenian", ((0x0530, 0x058F), (0xFB13, 0xFB17))),
    ("Noto Sans Georgian", ((0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2F))),
    ("Noto Sans Ethiopic", ((0x1200, 0x139F), (0x2D80, 0x2DDF), (0xAB00, 0xAB2F))),
    ("Noto Sans Cherokee", ((0x13A0, 0x13FF), (0xAB70, 0xABBF))),
    ("Noto Sans Canadian Aboriginal", ((0x1400, 0x167F), (0x18B0, 0x18FF))),
    ("Noto Sans Ogham", ((0x1680, 0x169F),)),
    ("Noto Sans Runic", ((0x16A0, 0x16FF),)),
    ("Noto Sans Tagalog", ((0x1700, 0x171F),)),
    ("Noto Sans Hanunoo", ((0x1720, 0x173F),)),
    ("Noto Sans Buhid", ((0x1740, 0x175F),)),
    ("Noto Sans Khmer", ((0x1780, 0x17FF), (0x19E0, 0x19FF))),
    ("Noto Sans Mongolian", ((0x1800, 0x18AF),)),
    ("Noto Sans Limbu", ((0x1900, 0x194F),)),
    ("Noto Sans Tai Le", ((0x1950, 0x197F),)),
    ("Noto Sans New Tai Lue", ((0x1980, 0x19DF),)),
    ("Noto Sans Buginese", ((0x1A00, 0x1A1F),)),
    ("Noto Sans Tai Tham", ((0x1A20, 0x1AAF),)),
    ("Noto Sans Balinese", ((0x1B00, 0x1B7F),)),
    ("Noto Sans Sundanese", ((0x1B80, 0x1BBF), (0x1CC0, 0x1CCF))),
    ("Noto Sans Ol Chiki", ((0x1C50, 0x1C7F),)),
    ("Noto Sans Glagolitic", ((0x2C00, 0x2C5F),)),
    ("Noto Sans Coptic", ((0x03E2, 0x03EF), (0x2C80, 0x2CFF))),
    ("Noto Sans Tifinagh", ((0x2D30, 0x2D7F),)),
    ("Noto Sans Lisu", ((0xA4D0, 0xA4FF),)),
    ("Noto Sans Vai", ((0xA500, 0xA63F),)),
    ("Noto Sans Javanese", ((0xA980, 0xA9DF),)),
    ("Noto Sans Cham", ((0xAA00, 0xAA5F),)),
    ("Noto Sans Tai Viet", ((0xAA80, 0xAADF),)),
    ("Noto Sans Meetei Mayek", ((0xAAE0, 0xAAFF), (0xABC0, 0xABFF))),
    ("Noto Sans Gothic", ((0x10330, 0x1034F),)),
    ("Noto Sans Deseret", ((0x10400, 0x1044F),)),
    ("Noto Sans Osage", ((0x104B0, 0x104FF),)),
    ("Noto Sans Egyptian Hieroglyphs", ((0x13000, 0x1345F),)),
    ("Noto Sans Adlam", ((0x1E900, 0x1E95F),)),
    *_BY_LANGUAGE,
)
"""The families of scripts, and what is written in them."""
_ALL: Ranges = ((0, 0x10FFFF),)
_SYMBOLS: Ranges = ((0x2010, 0x2BFF), (0x1D400, 0x1D7FF))
# Each lacks some of the others'; a character is drawn in the first that has it.
_SYMBOL_FAMILIES = ("Noto Sans Symbols", "Noto Sans Math", "Noto Sans Symbols 2")
# Boxes and blocks join only where they are as wide as the letters of a terminal.
_DRAWN: Ranges = ((0x2500, 0x259F),)
_BOXES = "DejaVu Mono"
# Letters of many alphabets with any mark on them, and most symbols: one file holds all.
_WIDEST = "DejaVu Sans"
# Each has characters that the others' countries do not write.
_HANS = ("Noto Sans SC", "Noto Sans TC", "Noto Sans JP")
_HAN_FAMILIES = {
    "ja": "Noto Sans JP",
    "ko": "Noto Sans KR",
    "zh-tw": "Noto Sans TC",
    "zh-hk": "Noto Sans TC",
    "zh-mo": "Noto Sans TC",
    "zh-hant": "Noto Sans TC",
}


def _is_in(code: int, ranges: Ranges) -> bool:
    """Whether the character *code* lies in one of *ranges*."""
    return any(low <= code <= high for low, high in ranges)


def families_for(missing: Iterable[str], language: str) -> dict[str, tuple[str, ...]]:
    """
    The families to try last, in order, and what each is for.

    Args:
        missing: Characters, each with the marks and signs that are drawn with it.
        language: What the document says its language is; decides whose Han it is.
    """
    rows = sorted(set(missing))
    han = _han_family({ord(each) for text in rows for each in text}, language)
    found: dict[str, list[str]] = {}
    for text in rows:
        for name in dict.fromkeys(_families_of(text, han)):
            found.setdefault(name, []).append(text)
    for name in (_WIDEST, EMOJI):
        # Behind the symbols, which are no pictures unless a page says so.
        if name in found:
            found[name] = found.pop(name)
    return {name: tuple(texts) for name, texts in found.items()}


def _families_of(text: str, han: str) -> Iterator[str]:
    codes = [ord(each) for each in text]
    if _EMOJI_STYLE in codes or any(_is_in(code, _PICTURES) for code in codes):
        yield EMOJI
        return
    for code in codes:
        yield from (name for name, ranges in SCRIPTS if _is_in(code, ranges))
        if _is_in(code, _HAN):
            yield from (han, *_HANS)
        if _is_in(code, _DRAWN):
            yield _BOXES
        if _is_in(code, _LETTERS):
            yield from (SANS, SERIF, MONO, _WIDEST)
        if _is_in(code, _SYMBOLS):
            yield from (*_SYMBOL_FAMILIES, _WIDEST, EMOJI)


def _han_family(codes: Iterable[int], language: str) -> str:
    for name, ranges in _BY_LANGUAGE:
        if any(_is_in(code, ranges) for code in codes):
            return name
    tag = language.lower().replace("_", "-")
    found = (name for start, name in _HAN_FAMILIES.items() if tag.startswith(start))
    return next(found, "Noto Sans SC")


@attrs.frozen
class _Last:
    """Names of the families to add, and their rules."""

    names: tuple[str, ...]
    rules: str

    def after(self, stack: Stack) -> Stack:
        """What to try after *stack*; of the base families, the one like it."""
        own = _base_of(stack)
        others = {_alias(family) for family in BASE if family != own}
        return tuple(name for name in self.names if name not in others)


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
    tree: Tree, missing: Iterable[str], read: Read, sheets: Mapping[str, str]
) -> dict[str, str] | None:
    """
    Give the document *tree* fonts for the characters *missing*, tried last everywhere.

    Args:
        sheets: Style sheets of their own that it is drawn with, by a name of the caller's.

    Returns:
        Those of *sheets* that read otherwise; None where no font has any of them, and the
        document is as it was.

    Raises:
        ResolveError: A pinned package cannot be had.
    """
    language = attribute(tree.css_first("html"), "lang") or ""
    last = _read_last(families_for(missing, language), read)
    if not last.names:
        return None
    for style in tree.css("style"):
        style.inner_html = extend_stacks(style.text(), last.after)
    for node in tree.css("[style]"):
        css = attribute(node, "style") or ""
        node.attrs["style"] = extend_stacks(css, last.after, style=True)
    for node in tree.css("[font-family]"):
        css = f"font-family:{attribute(node, 'font-family')}"
        extended = extend_stacks(css, last.after, style=True)
        node.attrs["font-family"] = extended.removeprefix("font-family:")
    _extend_default(tree, last)
    longer = {name: extend_stacks(css, last.after) for name, css in sheets.items()}
    return {name: css for name, css in longer.items() if css != sheets[name]}


def _read_last(wanted: dict[str, tuple[str, ...]], read: Read) -> _Last:
    names, rules = [], []
    drawn: set[str] = set()
    for name, texts in wanted.items():
        left = [text for text in texts if text not in drawn]
        if not left:
            continue
        variable = f"{VARIABLE}/{slug_of(name)}" in PINS
        family = find_family(name, read, variable=variable)
        held = _held_by(family)
        if name in _HANS:
            # Their lists are exact, and they are the largest files there are.
            drawn.update(text for text in left if _parts_drawing(held, text))
        family = _limited(family, held, left)
        if family.ranges:
            names.append(_alias(name))
            rules.append(write_rules(family, all_faces(family), name=names[-1]))
    return _Last(tuple(names), "\n".join(rules))


def _held_by(family: Family) -> dict[str, Ranges]:
    """The characters of each of its files; an only one is not asked what it has."""
    alone = len(family.ranges) == 1
    return {
        part: () if alone else _parse_ranges(text)
        for part, text in family.ranges.items()
    }


def _limited(
    family: Family, held: Mapping[str, Ranges], texts: Iterable[str]
) -> Family:
    """*family* with the files that can draw one of *texts*, and for those alone."""
    codes: dict[str, set[int]] = {}
    for text in texts:
        for part in _parts_drawing(held, text):
            codes.setdefault(part, set()).update(*_forms(text))
    ranges = {
        part: ",".join(f"U+{code:X}" for code in sorted(codes[part]))
        for part in family.ranges
        if part in codes
    }
    return attrs.evolve(family, ranges=ranges)


def _parts_drawing(held: Mapping[str, Ranges], text: str) -> tuple[str, ...]:
    """The files that have all of *text*, as it is or composed, of a family's *held*."""
    forms = [codes - _JOINERS for codes in _forms(text)[:3]]
    return tuple(
        part
        for part, ranges in held.items()
        # The only file of a family has whatever the family has.
        if len(held) == 1 or any(_has_all(ranges, codes) for codes in forms)
    )


def _has_all(held: Ranges, codes: set[int]) -> bool:
    return bool(codes) and all(_is_in(code, held) for code in codes)


def _forms(text: str) -> list[set[int]]:
    """
    The characters of *text*: as it is, composed, decomposed, and taken apart for drawing.

    A letter with its mark is drawn from either form, and some vowels from their parts.
    """
    forms: tuple[Literal["NFC", "NFD", "NFKD"], ...] = ("NFC", "NFD", "NFKD")
    found = (text, *(unicodedata.normalize(form, text) for form in forms))
    return [{ord(each) for each in form} for form in found]


def _parse_ranges(text: str) -> Ranges:
    rows = [part.strip()[2:].partition("-") for part in text.split(",")]
    return tuple(
        (int(low.replace("?", "0"), 16), int((high or low).replace("?", "F"), 16))
        for low, _, high in rows
    )


def _extend_default(tree: Tree, last: _Last) -> None:
    """The rules themselves, and text whose author names no font."""
    names = "".join(f', "{name}"' for name in last.after(("serif",)))
    default = f':where(html){{font-family:"Times New Roman"{names}}}'
    add_style(tree, f"{last.rules}\n{default}", first=True)
