"""A style sheet is read for fonts, and its lists of families made longer."""

from __future__ import annotations

import pytest

from hyperframes_dist._fonts.css import extend_stacks, read_sheets


@pytest.mark.parametrize(
    ("css", "stacks"),
    [
        ("p{font-family:Inter}", [("Inter",)]),
        ("p{font-family:'EB Garamond', serif}", [("EB Garamond", "serif")]),
        (
            "p{font-family:Helvetica Neue,Arial!important}",
            [("Helvetica Neue", "Arial")],
        ),
        ("p{font:italic 700 20px/1.2 Lato, serif}", [("Lato", "serif")]),
        ("p{font:1em 'A B'}", [("A B",)]),
        ("@media print{@layer a{p{font-family:A}}}", [("A",)]),
        ("p{color:red;&:hover{font-family:A}}", [("A",)]),
        ("@keyframes a{to{font-family:A}}", [("A",)]),
        ("p{font:inherit} q{font-family:unset} a{font:caption}", []),
        (":root{--f:A, serif} p{font-family:var(--f)}", [("A", "serif")]),
        (":root{--f:A;--g:var(--f)} p{font:1px var(--g), B}", [("A", "B")]),
        ("p{font-family:var(--f, A, B)}", [("A", "B")]),
        (":root{--a:var(--b);--b:var(--a)} p{font-family:var(--a)}", []),
        (":root{--ease:in, out} p{transition:x}", []),
        ("p{font-family:}} q{font-family:A", [("A",)]),
        ("/* p{font-family:A} */", []),
    ],
)
def test_families_asked_for(css, stacks):
    """In declarations of either kind, through custom properties, at any depth."""
    assert stacks == list(read_sheets([css]).stacks)


def test_families_brought():
    """What an ``@font-face`` rule describes is brought, not asked for."""
    found = read_sheets(["@media all{@font-face{font-family:'My Font';src:url(x)}}"])

    assert frozenset({"my font"}) == found.brought
    assert found.stacks == ()


def test_imports():
    """All three ways to write an address."""
    css = "@import 'a.css';@import url(b.css) screen;@import url('c.css');p{}"

    assert ("a.css", "b.css", "c.css") == read_sheets([css]).imports


def test_style_attributes():
    """Their values use the custom properties of the sheets."""
    found = read_sheets(
        ["html{--f:A}"], ["color:red;font-family:var(--f)", "font:1px B"]
    )

    assert (("A",), ("B",)) == found.stacks


@pytest.mark.parametrize(
    ("css", "longer"),
    [
        ("p{font-family:A}", 'p{font-family:A, "L"}'),
        (
            "p{font-family: A!important;x:y}",
            'p{font-family: A, "L"!important;x:y}',
        ),
        ("@media x{p{font:1px A, B}}", '@media x{p{font:1px A, B, "L"}}'),
        ("p{font-family:var(--f)}", 'p{font-family:var(--f), "L"}'),
        ("p{font:var(--f)}", 'p{font:var(--f), "L"}'),
        ("p{font:1px var(--f)}", 'p{font:1px var(--f), "L"}'),
        ("p{font:inherit}", "p{font:inherit}"),
        (
            "@font-face{font-family:A}p{font-family:A}",
            '@font-face{font-family:A}p{font-family:A, "L"}',
        ),
        (":root{--f:A}/*font-family:B*/", ":root{--f:A}/*font-family:B*/"),
        ("font:hover{color:red}", "font:hover{color:red}"),
    ],
)
def test_more_families(css, longer):
    """After every list; all else stays as it is written."""
    assert longer == extend_stacks(css, lambda _: ("L",))


def test_more_families_in_an_attribute():
    """The names of the list decide what is tried besides."""
    asked = []

    def after(stack):
        asked.append(stack)
        return ("L",)

    css = extend_stacks("color:red;font-family:A B, 'C'", after, style=True)

    assert css == 'color:red;font-family:A B, "C", "L"'
    assert [("A B", "C")] == asked


def test_hostile_sheets():
    """Neither depth nor variables in variables take long, or end in a traceback."""
    deep = "a{" * 900 + "font-family:A" + "}" * 900
    wide = "".join(
        f"p{{--a:var(--b){i};--b:var(--c){i};--c:var(--d){i}}}" for i in range(99)
    )

    assert read_sheets([deep]).stacks == ()
    assert deep == extend_stacks(deep, lambda _: ("L",))
    assert read_sheets([wide + "p{font-family:var(--a)}"]).brought == frozenset()
