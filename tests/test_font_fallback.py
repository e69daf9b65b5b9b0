"""Characters no font of a page has are drawn in pinned fonts that have them."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from fontsource import BASE, describe, reader
from hyperframes_dist._font_fallback import EMOJI, add_fallbacks, families_for
from hyperframes_dist._font_names import PINS, package_of

BASES = ["Inter", "EB Garamond", "JetBrains Mono"]
SYMBOLS = ["Noto Sans Symbols", "Noto Sans Math", "Noto Sans Symbols 2"]


@pytest.mark.parametrize(
    ("text", "language", "families"),
    [
        ("Жж", "", BASES),
        ("ż", "", BASES),
        ("한", "", ["Noto Sans KR"]),
        ("漢", "", ["Noto Sans SC"]),
        ("漢", "ja-JP", ["Noto Sans JP"]),
        ("漢", "ko", ["Noto Sans KR"]),
        ("漢か", "zh", ["Noto Sans JP"]),
        ("漢한", "", ["Noto Sans KR"]),
        ("עם", "", ["Noto Sans Hebrew"]),
        ("سلام", "", ["Noto Sans Arabic"]),
        ("नम", "", ["Noto Sans Devanagari"]),
        ("ไทย", "", ["Noto Sans Thai"]),
        ("→", "", [*SYMBOLS, EMOJI]),
        ("😀", "", [EMOJI]),
        ("⭐", "", [EMOJI]),
        ("→😀", "", [*SYMBOLS, EMOJI]),
        ("ꦏ", "", []),
    ],
)
def test_families_for_characters(text, language, families):
    """By alphabet; symbols before pictures, and Han as the language has it."""
    found = families_for(text, language)

    assert families == list(found)
    assert all("latest" not in package_of(f, variable=True)[1] or package_of(f)[0] in PINS
               for f in families)  # fmt: skip


def test_a_symbol_is_a_picture_where_the_page_says_so():
    """By the sign that follows it."""
    assert [EMOJI] == list(families_for(["❤\ufe0f"], ""))
    assert [*SYMBOLS, EMOJI] == list(families_for(["❤"], ""))


@pytest.fixture
def read():
    """The three base families, with Greek and Latin."""
    axes = {"wght": {"min": "100", "max": "900"}}
    scope = "@fontsource-variable"
    return reader(
        *(
            describe(name, package_of(name, variable=True)[1], scope=scope, axes=axes)
            for name in BASES
        )
    )  # fmt: skip


PAGE = """<!doctype html><html><head><style>p{font-family:Georgia}
code{font:12px monospace}</style></head><body><p style="color:red;font-family:A">x</p>
</body></html>"""


def test_in_every_list(read):
    """One of the three that is like the others, and by default; last after a web font."""
    page = add_fallbacks(PAGE, {"Ω"}, frozenset({"a"}), read)

    tree = LexborHTMLParser(page)
    rules, own = (style.text() for style in tree.css("style"))
    assert 'p{font-family:"HyperFrames EB Garamond", Georgia}' in own
    assert 'code{font:12px"HyperFrames JetBrains Mono",  monospace}' in own
    expected = 'color:red;font-family:A, "HyperFrames Inter"'
    assert expected == tree.css_first("p").attributes["style"]
    default = ':where(html){font-family:"HyperFrames EB Garamond", "Times New Roman"}'
    assert rules.endswith(default)


def test_for_the_missing_characters_alone(read):
    """Nothing that was drawn before is drawn otherwise."""
    page = add_fallbacks(PAGE, {"Ω"}, frozenset(), read)

    css = LexborHTMLParser(page).css_first("style").text()
    assert css.count("@font-face") == 6
    assert css.count("unicode-range:U+3A9}") == 6
    address = (
        f"{BASE}/@fontsource-variable/inter@5.3.0/files/inter-greek-wght-normal.woff2"
    )
    assert f"url({address})" in css
    assert "-latin-" not in css


def test_a_character_of_no_family_changes_nothing(read):
    """The warning stays; the document does, too."""
    assert add_fallbacks(PAGE, {"ꦏ"}, frozenset(), read) == PAGE
