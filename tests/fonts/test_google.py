"""Addresses of Google Fonts are answered with the same families from npm."""

from __future__ import annotations

import pytest

from fontsource import describe, reader
from hyperframes_dist._fonts.css import read_faces
from hyperframes_dist._fonts.fontsource import Face
from hyperframes_dist._fonts.google import (
    Wanted,
    find_losses,
    make_sheet,
    parse_address,
)
from hyperframes_dist.errors import ResolveError

GOOGLE = "https://fonts.googleapis.com"
AXES = {"wght": {"min": "100", "max": "900"}, "opsz": {"min": "8", "max": "144"}}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("family=A", [Wanted("A", (Face(400),))]),
        ("family=A+B&display=swap", [Wanted("A B", (Face(400),))]),
        ("family=A%20B:wght@700", [Wanted("A B", (Face(700),))]),
        ("family=A:ital@1", [Wanted("A", (Face(400, True),))]),
        ("family=A:ital", [Wanted("A", (Face(400, True),))]),
        (
            "family=A:ital,wght@0,400;1,700&family=B:wght@300;500&text=Hi",
            [
                Wanted("A", (Face(400), Face(700, True))),
                Wanted("B", (Face(300), Face(500))),
            ],
        ),
        (
            "family=A:wght@100..900",
            [Wanted("A", (Face(100, False, 900),), frozenset({"wght"}))],
        ),
        (
            "family=A:ital,opsz,wght@0,8..144,400;1,8..144,400",
            [Wanted("A", (Face(400), Face(400, True)), frozenset({"opsz"}))],
        ),
        (
            "family=A:ital,wght@0..1,100..900",
            [
                Wanted(
                    "A",
                    (Face(100, False, 900), Face(100, True, 900)),
                    frozenset({"wght"}),
                )
            ],
        ),
        (
            "family=A:GRAD,wght@-50..200,400",
            [Wanted("A", (Face(400),), frozenset({"GRAD"}))],
        ),
    ],
)
def test_new_addresses(query, wanted):
    """Families, weights, italics and ranges of axes, as /css2 has them."""
    assert tuple(wanted) == parse_address(f"{GOOGLE}/css2?{query}")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("family=A", [Wanted("A", (Face(400),))]),
        ("family=A+B:300,700italic", [Wanted("A B", (Face(300), Face(700, True)))]),
        ("family=A:b,i&subset=latin,greek", [Wanted("A", (Face(700), Face(400, True)))]),
        ("family=A|B:i:greek", [Wanted("A", (Face(400),)), Wanted("B", (Face(400, True),))]),
        ("family=A:bolditalic,regular", [Wanted("A", (Face(700, True), Face(400)))]),
    ],
)  # fmt: skip
def test_old_addresses(query, wanted):
    """The same as /css has them, several families with a bar between."""
    assert tuple(wanted) == parse_address(f"{GOOGLE}/css?{query}")


@pytest.mark.parametrize(
    "address",
    [
        *("https://fonts.gstatic.com/s/a/v1/x.woff2", f"{GOOGLE}/other?family=A"),
        *(
            "https://example.com/css2?family=A",
            "https://fonts.googleapis.com.evil/css2",
        ),
    ],
)
def test_other_addresses(address):
    """A look-alike is not Google Fonts."""
    assert parse_address(address) is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("css2", "names no family"),
        ("css2?family=", "names no family"),
        ("css2?family=A:wght@thin", "thin"),
        ("css2?family=A:ital,wght@400", "ital, wght"),
        ("css?family=A:heavy", "heavy"),
        ("css2?family=C", "@fontsource/c"),
        ("css2?family=A&family=C", "@fontsource/c"),
    ],
)
def test_addresses_nothing_answers(path, reason):
    """The error says what was asked for and what there is."""
    read = reader(describe("A"))

    with pytest.raises(ResolveError, match=reason):
        make_sheet(f"{GOOGLE}/{path}", read)


def test_a_sheet():
    """Rules under the names asked for, and the releases they come from."""
    variable = describe(
        "A", "2.0.0", scope="@fontsource-variable", axes=AXES, weights=[400]
    )
    read = reader(variable, describe("B"))

    sheet = make_sheet(
        f"{GOOGLE}/css2?family=A:wght@100..900&family=B&display=swap", read
    )

    assert sheet is not None
    assert ("@fontsource-variable/a@2.0.0", "@fontsource/b@1.2.3") == sheet.packages
    assert sheet.floating
    assert sheet.css.count("@font-face{") == 4
    assert sheet.css.count("font-display:swap") == 4
    assert 'font-family:"A";font-style:normal;font-weight:100 900;' in sheet.css
    assert "/b-latin-400-normal.woff2)" in sheet.css


@pytest.mark.parametrize(
    ("query", "faces", "losses"),
    [
        ("A:wght@700;900", ["normal 700"], ["weight 900"]),
        ("A:wght@900", ["normal 700"], ["weight 900"]),
        ("A:wght@100..900", ["normal 400", "normal 700"], []),
        ("A:ital,wght@0,400;1,700", ["normal 400", "italic 700"], []),
        (
            "B:ital,wght@0,400;1,700",
            ["normal 400", "normal 700"],
            ["weight 700 in italic"],
        ),
        (
            "V:ital,wght@0,100..900;1,100..900",
            ["normal 100 900"],
            ["weight 100 in italic"],
        ),
    ],
)
def test_faces_a_family_lacks(query, faces, losses):
    """What there is is drawn, at least the nearest face, and the rest is told."""
    variable = describe("V", scope="@fontsource-variable", axes=AXES, styles=["normal"])
    read = reader(describe("A"), describe("B", styles=["normal"]), variable)
    address = f"{GOOGLE}/css2?family={query}"

    sheet = make_sheet(address, read)

    found = [
        f"{row['font-style']} {row['font-weight']}" for row in read_faces(sheet.css)
    ]
    assert faces == [*dict.fromkeys(found)]
    said = [
        f"{query[0]} of Google Fonts has no {loss}; another of its faces is drawn"
        for loss in losses
    ]
    assert said == list(find_losses(address, sheet.css))


def test_icons_bring_their_class():
    """Google's sheets of icons do, and pages count on it."""
    name = "Material Symbols Outlined"
    package = describe(name, scope="@fontsource-variable", axes=AXES, category="icons")

    sheet = make_sheet(
        f"{GOOGLE}/css2?family=Material+Symbols+Outlined:wght@100..900", reader(package)
    )

    assert sheet is not None
    assert '.material-symbols-outlined{font-family:"Material Symbols Out' in sheet.css
