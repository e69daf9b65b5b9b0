"""
Which font stands for which name, and where the pinned ones come from.

A composition names fonts its author's machine has. The well-known names of those have one
open font each that stands for them everywhere, the ones HyperFrames uses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

import attrs


@attrs.frozen(kw_only=True)
class Pin:
    """One release of a package: its *version* and its tarball's *integrity*."""

    version: str
    integrity: str


STATIC, VARIABLE = "@fontsource", "@fontsource-variable"
"""The scopes of packages with one file per weight, and with one for all of them."""


def _read_pins() -> Mapping[str, Pin]:
    rows = json.loads((files(__package__) / "data" / "pins.json").read_bytes())
    return MappingProxyType({name: Pin(**row) for name, row in rows.items()})


PINS: Mapping[str, Pin] = _read_pins()
"""The packages of the fonts that stand for others, by name."""

GENERIC = frozenset(
    {
        *("serif", "sans-serif", "monospace", "cursive", "fantasy", "math", "emoji"),
        *("system-ui", "ui-serif", "ui-sans-serif", "ui-monospace", "ui-rounded"),
        *("fangsong", "-apple-system", "blinkmacsystemfont"),
    }
)
"""Names that ask for a kind of font, in lower case."""

SANS, SERIF, MONO = "Inter", "EB Garamond", "JetBrains Mono"
"""The three families that are there when a page brings none."""

_STANDS_FOR = {
    SANS: (
        *("Helvetica Neue", "Helvetica", "Arial", "Helvetica Bold", "SF Pro"),
        *("SF Pro Display", "SF Pro Text", "SF Pro Rounded", "Avenir", "Avenir Next"),
        *("Lucida Grande", "Geneva", "Optima", "Verdana", "Tahoma", "Trebuchet MS"),
        *("Calibri", "Candara", "Corbel", "Lucida Sans", "Lucida Sans Unicode"),
        *("Noto Sans", "DejaVu Sans", "Liberation Sans"),
    ),
    SERIF: (
        *("Garamond", "Georgia", "Palatino", "Palatino Linotype", "Book Antiqua"),
        *("Cambria", "Times", "Times New Roman", "DejaVu Serif", "Liberation Serif"),
    ),
    MONO: (
        *("Courier New", "Courier", "SF Mono", "Menlo", "Monaco", "Consolas"),
        *("Lucida Console", "Lucida Sans Typewriter", "Andale Mono"),
        *("DejaVu Sans Mono", "Liberation Mono"),
    ),
    "Montserrat": ("Futura", "DIN Alternate", "Arial Black"),
    "League Gothic": ("Bebas Neue",),
    "Noto Sans JP": ("Noto Sans Japanese",),
    "Roboto": ("Segoe UI",),
    "Outfit": (),
    "Nunito": (),
    "Oswald": (),
    "Archivo Black": (),
    "Space Mono": (),
    "IBM Plex Mono": (),
    "Playfair Display": (),
    "Source Code Pro": (),
    "Open Sans": (),
    "Lato": (),
    "Poppins": (),
}

STAND_INS: Mapping[str, str] = MappingProxyType(
    {
        name.lower(): family
        for family, names in _STANDS_FOR.items()
        for name in (family, *names)
    }
)
"""The pinned family for every name that has one, by the name in lower case."""

WELL_KNOWN = tuple(
    name for family, names in _STANDS_FOR.items() for name in (family, *names)
)
"""The names that have one, as they are written."""

BASE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SANS: (
            *("sans-serif", "system-ui", "ui-sans-serif", "ui-rounded"),
            *("-apple-system", "BlinkMacSystemFont", *_STANDS_FOR[SANS]),
        ),
        SERIF: (
            *("serif", "ui-serif", "cursive", "fantasy", "math", "fangsong"),
            *_STANDS_FOR[SERIF],
        ),
        MONO: ("monospace", "ui-monospace", *_STANDS_FOR[MONO]),
    }
)
"""What each of the three families answers to on a machine that has only them."""

OWN_NAMES = GENERIC | {
    name.lower() for family, names in BASE.items() for name in (family, *names)
}
"""Every name that is there without a page bringing it, in lower case."""


def slug_of(family: str) -> str:
    """How a package calls *family*: ``eb-garamond`` for ``EB Garamond``."""
    return re.sub(r"[^a-z0-9]+", "-", family.lower()).strip("-")


def package_of(family: str, *, variable: bool = False) -> tuple[str, str]:
    """Name and version of the package of *family*; ``latest`` where it is not pinned."""
    names = [f"{scope}/{slug_of(family)}" for scope in (STATIC, VARIABLE)]
    wanted = names[variable]
    # A family that is pinned in one of its two forms is always taken in that one.
    pinned = wanted if wanted in PINS else next((n for n in names if n in PINS), None)
    if pinned is None or (variable and pinned != wanted):
        return wanted, "latest"
    return pinned, PINS[pinned].version


def integrity_of(package: str, version: str) -> str | None:
    """The integrity its tarball must have; None where none is pinned."""
    pin = PINS.get(package)
    return pin.integrity if pin is not None and pin.version == version else None
