"""What a page's text shows of its fonts is judged: names, and characters."""

from __future__ import annotations

import pytest

from hyperframes_dist._fonts.check import ShownFonts, check_fonts
from hyperframes_dist._model.codec import from_page
from hyperframes_dist.errors import InputError


def shown(*stacks: str, brought=(), refused=(), missing=()):
    rows = [
        {"stack": stack.split("|"), "where": "<p>", "missing": [*missing]}
        for stack in stacks
    ]
    page = {"rows": rows, "brought": [*brought], "refused": [*refused]}
    return from_page(page, ShownFonts)


@pytest.mark.parametrize(
    "stack",
    ["sans-serif", "Inter", "HELVETICA", "-apple-system|Brand", "Mine|Brand|serif"],
)
def test_names_that_are_there(stack):
    """Kinds of fonts, the library's own three, and those the page has faces of."""
    assert check_fonts(shown(stack, brought=["Mine"]), strict=True) == ()


@pytest.mark.parametrize(
    ("stack", "named", "drawn"),
    [
        ("Brand", ["Brand"], "EB Garamond"),
        ("Brand|sans-serif", ["Brand"], "sans-serif"),
        ("Brand|Other|Mine|Third", ["Brand", "Other"], "Mine"),
        ("Futura", ["Futura"], "EB Garamond"),
    ],
)
def test_names_that_are_not(stack, named, drawn):
    """Each is named with the element that asks for it and what it is drawn in."""
    found = check_fonts(shown(stack, stack, brought=["Mine"]), strict=False)

    assert [
        f"font {name!r} of <p> is not in the plan, the text is drawn in {drawn!r}; "
        "bring it with @font-face or name another"
        for name in named
    ] == list(found)


def test_names_whose_file_is_no_font():
    """It is said that the page brings it, and in vain."""
    (found,) = check_fonts(shown("Brand|serif", refused=["brand"]), strict=False)

    assert found == (
        "font 'Brand' of <p> has an @font-face with no source that can be drawn from, the "
        "text is drawn in 'serif'; put a whole font file where its src says"
    )


def test_characters_nobody_draws():
    """They are shown and numbered, at most twenty."""
    (found,) = check_fonts(
        shown("Inter", missing=["漢", "❤\ufe0f", "x\u0302"]), strict=False
    )

    assert found.startswith(
        "no font of <p> has 漢 (U+6F22 CJK UNIFIED IDEOGRAPH-6F22), "
        "❤\ufe0f (U+2764 HEAVY BLACK HEART), x\u0302 (U+0078 U+0302 LATIN SMALL LETTER X); "
    )


@pytest.mark.parametrize("page", [shown("Brand"), shown("Inter", missing=["漢"])])
def test_strict(page):
    """The first loss is an error that says what else can be done."""
    with pytest.raises(InputError, match=r'of <p> .*, or render with fonts="warn"$'):
        check_fonts(page, strict=True)
