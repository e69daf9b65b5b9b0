"""Characters no font of a page has are drawn in pinned fonts that have them."""

from __future__ import annotations

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from fontsource import BASE, describe, reader
from hyperframes_dist._fonts.fallback import (
    EMOJI,
    SCRIPTS,
    add_fallbacks,
    families_for,
)
from hyperframes_dist._fonts.names import PINS, package_of
from hyperframes_dist._tools.html import parse

BASES = ["Inter", "EB Garamond", "JetBrains Mono"]
SYMBOLS = ["Noto Sans Symbols", "Noto Sans Math", "Noto Sans Symbols 2"]
WIDE = "DejaVu Sans"
SC, TC, JP = "Noto Sans SC", "Noto Sans TC", "Noto Sans JP"


@pytest.mark.parametrize(
    ("text", "language", "families"),
    [
        (["Ж"], "", [*BASES, WIDE]),
        (["ż"], "", [*BASES, WIDE]),
        (["x\u0302"], "", [*BASES, WIDE]),
        (["한"], "", ["Noto Sans KR"]),
        (["\u1112\u1161\u11ab"], "", ["Noto Sans KR"]),
        (["漢"], "", [SC, TC, JP]),
        (["漢"], "ja-JP", [JP, SC, TC]),
        (["漢"], "zh_Hant", [TC, SC, JP]),
        (["漢"], "ko", ["Noto Sans KR", SC, TC, JP]),
        (["漢", "か"], "zh", [JP, SC, TC]),
        (["漢", "한"], "", ["Noto Sans KR", SC, TC, JP]),
        (["ㄅ"], "", [SC, TC, JP]),
        (["שָׁ"], "", ["Noto Sans Hebrew"]),
        (["مٌ"], "", ["Noto Sans Arabic"]),
        (["क्ष"], "", ["Noto Sans Devanagari"]),
        (["น้ำ"], "", ["Noto Sans Thai"]),
        (["བོ"], "", ["Noto Serif Tibetan"]),
        (["→"], "", [*SYMBOLS, WIDE, EMOJI]),
        (["█"], "", ["DejaVu Mono", *SYMBOLS, WIDE, EMOJI]),
        (["😀"], "", [EMOJI]),
        (["⭐"], "", [EMOJI]),
        (["1\ufe0f\u20e3"], "", [EMOJI]),
        (["→", "😀"], "", [*SYMBOLS, WIDE, EMOJI]),
        (["𒀀"], "", []),
    ],
)
def test_families_for_characters(text, language, families):
    """By script; symbols before pictures, and Han as the language has it."""
    found = families_for(text, language)

    assert families == list(found)


def test_every_family_is_pinned():
    """Each that stands in for a script has one release, by its hash."""
    names = {name for name, _ in SCRIPTS} | {*SYMBOLS, WIDE, EMOJI, SC, TC, JP}

    packages = {package_of(name)[0] for name in names}

    assert {name for name in packages if name not in PINS} == set()


def test_a_symbol_is_a_picture_where_the_page_says_so():
    """By the sign that follows it."""
    assert [EMOJI] == list(families_for(["❤\ufe0f"], ""))
    assert [*SYMBOLS, WIDE, EMOJI] == list(families_for(["❤"], ""))


@pytest.fixture
def read():
    """The base families with Greek and Latin, and one with a single file."""
    axes = {"wght": {"min": "100", "max": "900"}}
    scope = "@fontsource-variable"
    wide = describe(WIDE, package_of(WIDE)[1], unicode={})
    return reader(
        *(
            describe(name, package_of(name, variable=True)[1], scope=scope, axes=axes)
            for name in BASES
        ),
        wide,
    )


PAGE = """<!doctype html><html><head><style>p{font-family:Georgia}
code{font:12px monospace}b{font-family:var(--x)}</style></head><body>
<p style="color:red;font-family:A">x</p><svg><text font-family="B"></text></svg>
</body></html>"""
INTER, MONO = (
    f'"HyperFrames {name}", "HyperFrames DejaVu Sans"'
    for name in ("Inter", "JetBrains Mono")
)
GARAMOND = '"HyperFrames EB Garamond", "HyperFrames DejaVu Sans"'


def extended(missing: set[str], read) -> str:
    """The page with fonts for the characters *missing*."""
    tree = parse(PAGE)
    assert add_fallbacks(tree, missing, read, {}) == {}
    return tree.html or ""


def test_last_in_every_list(read):
    """One of the three that is like the others, and by default; never before a name."""
    page = extended({"Ω"}, read)

    tree = LexborHTMLParser(page)
    rules, own = (style.text() for style in tree.css("style"))
    assert f"p{{font-family:Georgia, {GARAMOND}}}" in own
    assert f"code{{font:12px monospace, {MONO}}}" in own
    assert f"b{{font-family:var(--x), {INTER}}}" in own
    expected = f"color:red;font-family:A, {INTER}"
    assert expected == tree.css_first("p").attributes["style"]
    assert f"B, {INTER}" == tree.css_first("text").attributes["font-family"]
    default = f':where(html){{font-family:"Times New Roman", {GARAMOND}}}'
    assert rules.endswith(default)


def test_sheets_that_are_linked(read):
    """They read as the document's own; one without families stays as it is."""
    sheets = {"a.css": "p{font-family:Georgia}", "b.css": "p{color:red}"}

    changed = add_fallbacks(parse(PAGE), {"Ω"}, read, sheets)

    assert {"a.css": f"p{{font-family:Georgia, {GARAMOND}}}"} == changed


def test_for_the_missing_characters_alone(read):
    """Nothing that was drawn before is drawn otherwise."""
    page = extended({"Ω"}, read)

    css = LexborHTMLParser(page).css_first("style").text()
    assert css.count("@font-face") == css.count("unicode-range:U+3A9}") == 10
    address = (
        f"{BASE}/@fontsource-variable/inter@5.3.0/files/inter-greek-wght-normal.woff2"
    )
    assert f"url({address})" in css
    assert "inter-latin-" not in css


def test_a_letter_and_its_mark_come_from_one_font(read):
    """A file with only one of them is none; composed, one character may do for both."""
    page = extended({"x\u0302", "\u03b1\u0301"}, read)

    rules = LexborHTMLParser(page).css_first("style").text().split("@font-face")
    ranges = {
        re.search(r'"HyperFrames ([^"]*)"', rule)[1]: re.search(r"range:(.*?)}", rule)[
            1
        ]
        for rule in rules[1:]
    }
    assert ranges == {
        **dict.fromkeys(BASES, "U+301,U+3AC,U+3B1"),
        WIDE: "U+78,U+301,U+302,U+3AC,U+3B1",
    }


def test_a_character_of_no_family_changes_nothing(read):
    """The warning stays; the document does, too."""
    tree = parse(PAGE)

    assert add_fallbacks(tree, {"𒀀"}, read, {}) is None
    assert tree.html == parse(PAGE).html
