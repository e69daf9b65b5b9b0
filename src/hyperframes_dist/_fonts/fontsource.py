"""
The open fonts on npm: a family's package as ``@font-face`` rules.

Writes rules from what a package says of itself. Which addresses have which bytes is the
reader's business; nothing here fetches a file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from .._tools.css import quote
from ..errors import ResolveError, ResolveUnavailableError
from .names import VARIABLE, package_of

Read = Callable[[str], bytes]
"""The bytes behind an address; raises `ResolveError` where there are none."""

_BASE = "https://cdn.jsdelivr.net/npm"
# A family cut into that many files has a rule for each of them in every weight.
_MANY_FILES = 24
_EMOJI = "emoji"
_COMMON_WEIGHTS = (400, 700)
_STANDARD_AXES = frozenset({"wght", "wdth", "opsz", "slnt"})


@attrs.frozen(kw_only=True)
class Family:
    """
    A family of fonts, as its package describes it.

    Attributes:
        name: What it calls itself.
        id: How its files' names begin.
        package: Name of the package.
        version: Its exact release.
        weights: Weights it is drawn in.
        styles: ``normal`` and perhaps ``italic``.
        axes: Least and greatest value of each axis that can vary.
        ranges: Characters of each of its files, by the part of its name; in the order of
            the rules.
        floating: Whether another release may be found next year.
    """

    name: str
    id: str
    package: str
    version: str
    weights: tuple[int, ...]
    styles: tuple[str, ...]
    axes: dict[str, tuple[str, str]]
    ranges: dict[str, str]
    floating: bool

    @property
    def is_variable(self) -> bool:
        """Whether one file holds all weights."""
        return self.package.startswith(f"{VARIABLE}/")

    @property
    def usual_weights(self) -> tuple[int, ...]:
        """All weights, or regular and bold where every one takes many files."""
        common = tuple(w for w in _COMMON_WEIGHTS if w in self.weights)
        return common if common and len(self.ranges) > _MANY_FILES else self.weights


@attrs.frozen(order=True)
class Face:
    """A *weight* in upright or *italic*; a range of weights where *to* is given."""

    weight: int
    italic: bool = False
    to: int | None = None


def find_family(name: str, read: Read, *, variable: bool = False) -> Family:
    """
    The family called *name*, or the pinned one that has its package.

    Raises:
        ResolveError: No package has it.
        ResolveUnavailableError: Nobody can say.
    """
    package, version = package_of(name, variable=variable)
    floating = version == "latest"
    if floating:
        version = _newest(package, name, read)
    where = f"{package}@{version}"
    facts = _json(read, f"{where}/metadata.json")
    ranges = _json(read, f"{where}/unicode.json")
    try:
        return Family(
            name=str(facts["family"]),
            id=str(facts["id"]),
            package=package,
            version=version,
            weights=tuple(int(weight) for weight in facts["weights"]),
            styles=tuple(map(str, facts["styles"])),
            axes=_axes(facts.get("variable")),
            ranges=_ranges(facts, ranges),
            floating=floating,
        )
    except (KeyError, TypeError, ValueError) as error:
        reason = f"it does not describe itself as a font ({error!r})"
        raise ResolveError(f"npm:{where}", reason) from None


def _newest(package: str, name: str, read: Read) -> str:
    try:
        return str(_json(read, f"{package}/package.json").get("version", ""))
    except ResolveUnavailableError:
        raise
    except ResolveError as error:
        reason = f"no package {package} has the font family {name!r}"
        raise ResolveError(error.address, reason) from None


def _json(read: Read, path: str) -> dict[str, Any]:
    address = f"{_BASE}/{path}"
    try:
        facts = json.loads(read(address))
    except (ValueError, RecursionError):
        raise ResolveError(address, "it is not JSON") from None
    if not isinstance(facts, dict):
        raise ResolveError(address, "it is not an object of JSON")
    return facts


def _axes(variable: Any) -> dict[str, tuple[str, str]]:
    rows = variable.items() if isinstance(variable, dict) else ()
    return {str(axis): (str(row["min"]), str(row["max"])) for axis, row in rows}


def _ranges(facts: dict[str, Any], unicode: dict[str, Any]) -> dict[str, str]:
    # Icons have code points of their own, which the ranges of letters leave out.
    if facts.get("category") == "icons" or not unicode:
        return {str(facts["defSubset"]): ""}
    if facts["defSubset"] == _EMOJI:
        # Its parts hold drawings in SVG, which Chrome does not draw; the whole has others.
        return {_EMOJI: ",".join(map(str, unicode.values()))}
    return {str(part).strip("[]"): str(text) for part, text in unicode.items()}


def write_rules(
    family: Family,
    faces: Iterable[Face],
    *,
    name: str | None = None,
    axes: frozenset[str] = frozenset({"wght"}),
    display: str = "block",
) -> str:
    """
    ``@font-face`` rules for *faces* of *family*.

    Args:
        name: What the page calls it; None takes its own name.
        axes: Axes that vary, in a family whose files have several.
        display: When text is shown in another font instead.
    """
    rows = []
    for face in sorted(set(faces)):
        for part, characters in family.ranges.items():
            lines = [
                f"font-family:{quote(name or family.name)}",
                *_descriptors(family, face, axes),
                f"font-display:{display}",
                f'src:url({_address(family, face, axes, part)}) format("woff2")',
            ]
            if characters:
                lines.append(f"unicode-range:{characters}")
            rows.append("@font-face{" + ";".join(lines) + "}")
    return "\n".join(rows)


def _descriptors(family: Family, face: Face, axes: frozenset[str]) -> Iterator[str]:
    style = "italic" if face.italic else "normal"
    if "slnt" in axes and (slant := family.axes.get("slnt")):
        low, high = sorted(0 - float(value) for value in slant)
        style = f"oblique {low:g}deg {high:g}deg"
    yield f"font-style:{style}"
    weight = f"{face.weight}" if face.to is None else f"{face.weight} {face.to}"
    yield f"font-weight:{weight}"
    if "wdth" in axes and (width := family.axes.get("wdth")):
        yield f"font-stretch:{width[0]}% {width[1]}%"


def _address(family: Family, face: Face, axes: frozenset[str], part: str) -> str:
    style = "italic" if face.italic else "normal"
    which = _which_axes(axes) if family.is_variable else str(face.weight)
    base = f"{_BASE}/{family.package}@{family.version}/files"
    return f"{base}/{family.id}-{part}-{which}-{style}.woff2"


def _which_axes(axes: frozenset[str]) -> str:
    if axes <= {"wght"}:
        return "wght"
    return "standard" if axes <= _STANDARD_AXES else "full"


def all_faces(family: Family) -> tuple[Face, ...]:
    """Every face a page may use without having said which."""
    slanted = [style == "italic" for style in family.styles]
    if family.is_variable and "wght" in family.axes:
        low, high = (int(float(value)) for value in family.axes["wght"])
        return tuple(Face(low, italic, high) for italic in slanted)
    return tuple(
        Face(weight, italic) for italic in slanted for weight in family.usual_weights
    )
