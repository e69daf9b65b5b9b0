"""Descriptions of font packages as npm has them, for tests that need no network."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hyperframes_dist._fonts.names import slug_of
from hyperframes_dist.errors import ResolveError

BASE = "https://cdn.jsdelivr.net/npm"
RANGES = {"greek": "U+0370-03FF", "latin": "U+0000-00FF,U+20AC"}


def describe(
    family: str,
    version: str = "1.2.3",
    *,
    scope: str = "@fontsource",
    weights: Sequence[int] = (400, 700),
    styles: Sequence[str] = ("normal", "italic"),
    axes: dict[str, Any] | None = None,
    unicode: dict[str, str] | None = None,
    **facts: object,
) -> dict[str, bytes]:
    """What the package of *family* says of itself, by address."""
    package = f"{scope}/{slug_of(family)}"
    metadata = {
        "id": slug_of(family),
        "family": family,
        "weights": [*weights],
        "styles": styles,
        "variable": axes or False,
        "defSubset": "latin",
        "category": "sans-serif",
        **facts,
    }
    rows = {
        f"{package}/package.json": {"version": version},
        f"{package}@{version}/metadata.json": metadata,
        f"{package}@{version}/unicode.json": RANGES if unicode is None else unicode,
    }
    return {f"{BASE}/{path}": json.dumps(row).encode() for path, row in rows.items()}


def reader(*packages: dict[str, bytes]) -> Callable[[str], bytes]:
    """Answers for these packages and no other address."""
    pages = {address: data for package in packages for address, data in package.items()}

    def read(address: str) -> bytes:
        if address not in pages:
            raise ResolveError(address, "no such package")
        return pages[address]

    return read
