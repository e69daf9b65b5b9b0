"""
Addresses of Google Fonts' style sheets, answered with the same families from npm.

Google's own answers differ by browser and change at will; the packages have releases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

import attrs

from .._tools.address import split
from .._tools.css import quote
from ..errors import ResolveError, ResolveUnavailableError
from .css import read_faces
from .fontsource import Face, Family, Read, find_family, write_rules
from .names import slug_of

HOST, FILES_HOST = "fonts.googleapis.com", "fonts.gstatic.com"

_PATHS = frozenset({"/css", "/css2", "/icon"})
_DISPLAYS = frozenset({"auto", "block", "swap", "fallback", "optional"})
_NUMBER = r"-?\d+(?:\.\d+)?"
_VALUE = re.compile(rf"(?P<low>{_NUMBER})(?:\.\.(?P<high>{_NUMBER}))?")
_OLD_WEIGHT = re.compile(r"(?P<weight>[1-9]00)?(?P<name>[a-z]*)")
_OLD_NAMES = {
    "": (400, False),
    "regular": (400, False),
    "normal": (400, False),
    "r": (400, False),
    "i": (400, True),
    "italic": (400, True),
    "b": (700, False),
    "bold": (700, False),
    "bi": (700, True),
    "bolditalic": (700, True),
}
_ICONS = ("Material Icons", "Material Symbols")


@attrs.frozen
class Wanted:
    """A family by *name*, in *faces*; *axes* are those asked for in a range."""

    name: str
    faces: tuple[Face, ...]
    axes: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Sheet:
    """
    A style sheet made from packages.

    Attributes:
        css: Its text.
        packages: Their names and releases.
        floating: Whether another release of one may be found next year.
    """

    css: str
    packages: tuple[str, ...]
    floating: bool


def is_sheet(address: str) -> bool:
    """Whether *address* is that of a style sheet of Google Fonts."""
    parts = split(address)
    return parts.hostname == HOST and parts.path in _PATHS


def parse_address(address: str) -> tuple[Wanted, ...] | None:
    """
    The families a style sheet's address asks for; None for any other address.

    Raises:
        ResolveError: *address* is one of Google's and cannot be read.
    """
    if not is_sheet(address):
        return None
    parts = split(address)
    values = [v for k, v in parse_qsl(parts.query) if k == "family" and v.strip()]
    if not values:
        raise _refuse("it names no family")
    if parts.path == "/css2":
        return tuple(map(_parse_new, values))
    return tuple(_parse_old(each) for value in values for each in value.split("|"))


def _refuse(reason: str) -> ResolveError:
    return ResolveError(f"https://{HOST}", reason)


def _parse_new(text: str) -> Wanted:
    """``Name:ital,wght@0,400;1,700``, or ``Name:wght@100..900``."""
    name, _, rest = text.partition(":")
    tags, _, tuples = rest.partition("@")
    axes = [tag.strip() for tag in tags.split(",")]
    if not rest:
        return Wanted(name.strip(), (Face(400),))
    if not tuples:
        # ":ital" alone asks for the italic only.
        return Wanted(name.strip(), (Face(400, axes == ["ital"]),))
    rows = [_values(name, axes, row) for row in tuples.split(";") if row]
    faces = tuple(face for row in rows for face in _faces(row))
    varied = {
        axis for row in rows for axis, (_, high) in row.items() if high is not None
    }
    return Wanted(name.strip(), faces, frozenset(varied - {"ital"}))


def _values(
    name: str, axes: list[str], text: str
) -> dict[str, tuple[float, float | None]]:
    found = [_VALUE.fullmatch(value.strip()) for value in text.split(",")]
    if len(found) != len(axes) or not all(found):
        raise _refuse(f"{name!r} has {text!r} for the axes {', '.join(axes)}")
    row = {}
    for axis, match in zip(axes, found, strict=True):
        assert match is not None
        high = match["high"]
        row[axis] = (float(match["low"]), None if high is None else float(high))
    return row


def _faces(row: dict[str, tuple[float, float | None]]) -> Iterable[Face]:
    low, high = row.get("wght", (400.0, None))
    slant, both = row.get("ital", (0.0, None))
    for italic in sorted({bool(slant), bool(both or slant)}):
        yield Face(int(low), italic, None if high is None else int(high))


def _parse_old(text: str) -> Wanted:
    """``Name:400,700italic``, as the first version of the interface has it."""
    name, _, rest = text.partition(":")
    weights, _, _ = rest.partition(":")  # What follows is a list of alphabets.
    faces = tuple(_old_face(name, weight) for weight in weights.split(","))
    return Wanted(name.strip(), faces)


def _old_face(name: str, text: str) -> Face:
    match = _OLD_WEIGHT.fullmatch(text.strip().lower())
    if match is None or match["name"] not in _OLD_NAMES:
        raise _refuse(f"{name!r} has the weight {text!r}, which is none")
    weight, italic = _OLD_NAMES[match["name"]]
    return Face(int(match["weight"] or weight), italic)


def make_sheet(address: str, read: Read) -> Sheet | None:
    """
    The style sheet behind *address*; None where it is not one of Google Fonts.

    Raises:
        ResolveError: No package has the family.
        ResolveUnavailableError: A package could not be had.
    """
    wanted = parse_address(address)
    if wanted is None:
        return None
    display = dict(parse_qsl(split(address).query)).get("display", "")
    display = display if display in _DISPLAYS else "auto"
    rows = [_fitted(row, read) for row in wanted]
    families = [family for _, family in rows]
    return Sheet(
        css="\n".join(_write(row, family, display) for row, family in rows),
        packages=tuple(f"{f.package}@{f.version}" for f in families),
        floating=any(f.floating for f in families),
    )


def _fitted(wanted: Wanted, read: Read) -> tuple[Wanted, Family]:
    """What there is of *wanted*: as Google, who leaves out the faces a family lacks."""
    family = _find(wanted, read)
    if family.is_variable:
        faces = {face for face in wanted.faces if _has_style(face, family)}
        faces = faces or {attrs.evolve(face, italic=False) for face in wanted.faces}
        return attrs.evolve(wanted, faces=tuple(sorted(faces))), family
    faces = {each for face in wanted.faces for each in _static(face, family)}
    return Wanted(wanted.name, tuple(sorted(faces))), family


def _find(wanted: Wanted, read: Read) -> Family:
    if wanted.axes:
        try:
            return find_family(wanted.name, read, variable=True)
        except ResolveUnavailableError:
            raise
        except ResolveError:
            pass  # A family that does not vary, asked for in a range.
    return find_family(wanted.name, read)


def _has_style(face: Face, family: Family) -> bool:
    return not face.italic or "italic" in family.styles


def _static(face: Face, family: Family) -> tuple[Face, ...]:
    """The faces of *family* that *face* means; the nearest where there is none."""
    italic = face.italic and "italic" in family.styles
    low, high = face.weight, face.weight if face.to is None else face.to
    inside = [weight for weight in family.weights if low <= weight <= high]
    nearest = min(family.weights, key=lambda w: (abs(w - face.weight), w))
    return tuple(Face(weight, italic) for weight in inside or [nearest])


def find_losses(address: str, css: str) -> tuple[str, ...]:
    """A sentence for each face that *address* asks for and its sheet *css* lacks."""
    try:
        wanted = parse_address(address) or ()
    except ResolveError:
        return ()  # Whoever answered it understood it.
    drawn = read_faces(css)
    return tuple(
        f"{row.name} of Google Fonts has no {_called(face)}; another of its faces is drawn"
        for row in wanted
        for face in row.faces
        if not any(_covers(each, row.name, face) for each in drawn)
    )


def _covers(rule: Mapping[str, str], name: str, face: Face) -> bool:
    if rule.get("font-family", "").lower() != name.lower():
        return False
    upright = rule.get("font-style", "normal") == "normal"
    weights = [int(part) for part in rule.get("font-weight", "400").split()]
    low, high = weights[0], weights[-1]
    inside = low <= face.weight <= high or face.to is not None
    return inside and (not face.italic or not upright)


def _called(face: Face) -> str:
    return f"weight {face.weight}{' in italic' if face.italic else ''}"


def _write(wanted: Wanted, family: Family, display: str) -> str:
    axes = wanted.axes or frozenset({"wght"})
    css = write_rules(
        family, wanted.faces, name=wanted.name, axes=axes, display=display
    )
    if not wanted.name.startswith(_ICONS):
        return css
    # Google's sheets of icons bring the class their documentation tells one to use.
    return (
        f"{css}\n.{slug_of(wanted.name)}{{font-family:{quote(wanted.name)};"
        "font-weight:normal;font-style:normal;font-size:24px;line-height:1;letter-spacing:normal;"
        "text-transform:none;display:inline-block;white-space:nowrap;"
        "word-wrap:normal;direction:ltr}"
    )
