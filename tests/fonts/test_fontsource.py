"""A family's package becomes ``@font-face`` rules."""

from __future__ import annotations

import pytest

from fontsource import BASE, RANGES, describe, reader
from hyperframes_dist._fonts.fontsource import Face, all_faces, find_family, write_rules
from hyperframes_dist._fonts.names import (
    BASE as THREE,
)
from hyperframes_dist._fonts.names import (
    PINS,
    STAND_INS,
    integrity_of,
    package_of,
    slug_of,
)
from hyperframes_dist.errors import ResolveError, ResolveUnavailableError

AXES = {axis: {"min": low, "max": high} for axis, low, high in [
    ("wght", "200", "800"), ("wdth", "75", "125"), ("slnt", "-10", "0"), ("GRAD", "0", "1"),
]}  # fmt: skip


def test_rules_of_a_static_family():
    """One for each face and file, with the characters the file has."""
    family = find_family("Test Sans", reader(describe("Test Sans")))

    css = write_rules(
        family, [Face(700, italic=True)], name='My "Test"', display="swap"
    )

    base = f"{BASE}/@fontsource/test-sans@1.2.3/files/test-sans"
    expected = [
        '@font-face{font-family:"My \\"Test\\"";font-style:italic;font-weight:700;'
        f'font-display:swap;src:url({base}-{part}-700-italic.woff2) format("woff2");'
        f"unicode-range:{characters}}}"
        for part, characters in RANGES.items()
    ]
    assert expected == css.splitlines()
    assert family.floating


@pytest.mark.parametrize(
    ("axes", "file", "descriptors"),
    [
        ({"wght"}, "wght", "font-style:normal;font-weight:200 800;"),
        (
            {"wght", "wdth"},
            "standard",
            "font-style:normal;font-weight:200 800;font-stretch:75% 125%;",
        ),
        (
            {"wght", "slnt", "GRAD"},
            "full",
            "font-style:oblique 0deg 10deg;font-weight:200 800;",
        ),
    ],
)
def test_rules_of_a_variable_family(axes, file, descriptors):
    """The file that has the axes asked for; the rule says how far they go."""
    package = describe("Test Sans", scope="@fontsource-variable", axes=AXES)
    family = find_family("Test Sans", reader(package), variable=True)

    css = write_rules(family, [Face(200, to=800)], axes=frozenset(axes))

    assert f"/test-sans-latin-{file}-normal.woff2)" in css
    assert descriptors in css


def test_every_face():
    """All weights upright and italic; of a variable family, all in two files."""
    static = find_family("A", reader(describe("A")))
    package = describe("A", scope="@fontsource-variable", axes=AXES, styles=["normal"])
    variable = find_family("A", reader(package), variable=True)

    expected = {Face(400), Face(700), Face(400, True), Face(700, True)}
    assert expected == set(all_faces(static))
    assert (Face(200, to=800),) == all_faces(variable)


def test_a_family_of_many_files_is_taken_in_the_common_weights():
    """Chinese in nine weights would be a thousand rules."""
    unicode = {f"[{part}]": f"U+{part:X}" for part in range(100)}
    package = describe("Han", weights=range(100, 1000, 100), unicode=unicode)

    family = find_family("Han", reader(package))

    assert {400, 700} == {face.weight for face in all_faces(family)}
    assert "/han-42-400-normal.woff2)" in write_rules(family, [Face(400)])


def test_icons_have_characters_of_their_own():
    """The ranges of letters would leave them out."""
    family = find_family("Icons", reader(describe("Icons", category="icons")))

    assert "unicode-range" not in write_rules(family, [Face(400)])


def test_emoji_come_from_the_whole_file():
    """The parts are drawings in SVG, which Chrome leaves blank."""
    package = describe("Faces", defSubset="emoji", unicode={"[0]": "U+1", "[1]": "U+2"})

    css = write_rules(find_family("Faces", reader(package)), [Face(400)])

    assert "/faces-emoji-400-normal.woff2)" in css
    assert "unicode-range:U+1,U+2" in css


def test_no_package_has_it():
    """The error names the family and the package looked for."""
    with pytest.raises(ResolveError, match=r"@fontsource/no-such .*'No Such'"):
        find_family("No Such", reader())


def test_nobody_can_say():
    """A registry that does not answer is not a family that does not exist."""

    def read(address):
        raise ResolveUnavailableError(address, "no answer")

    with pytest.raises(ResolveUnavailableError):
        find_family("No Such", read)


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff"])
def test_a_package_that_is_not_what_it_seems(data):
    """What is no object of JSON is refused by its address."""
    with pytest.raises(ResolveError, match=r"package\.json"):
        find_family("A", lambda _: data)


def test_pinned_families():
    """Every name that has a stand-in leads to a pinned package, and needs no look-up."""
    for family in {*STAND_INS.values(), *THREE}:
        package, version = package_of(family)
        assert PINS[package].version == version
        assert integrity_of(package, version) == PINS[package].integrity

    assert package_of("Nobody's") == ("@fontsource/nobody-s", "latest")
    assert integrity_of("@fontsource/inter", "0.0.1") is None


@pytest.mark.parametrize(
    ("family", "slug"),
    [
        ("EB Garamond", "eb-garamond"),
        ("M PLUS 1p", "m-plus-1p"),
        ("../x", "x"),
        ("é", ""),
    ],
)
def test_names_of_packages(family, slug):
    """Small letters and digits, and nothing that leads elsewhere."""
    assert slug == slug_of(family)
