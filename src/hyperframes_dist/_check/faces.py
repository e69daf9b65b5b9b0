"""
Rules of ``@font-face``: what ``format()`` says of a font's file.

Chrome leaves out a source whose format it does not know, and takes the next one, or another
font; a format it knows is only believed by others, since Chrome goes by the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from .._model.near import nearest
from .project import Project, Source
from .styles import mask, sheets

_FACE = re.compile(r"@font-face\s*\{([^{}]*)\}", re.IGNORECASE)
_SOURCE = re.compile(
    r"""url\(\s*(?P<quote>["']?)(?P<url>[^"')]*)(?P=quote)\s*\)\s*"""
    r"""format\(\s*(?P<mark>["']?)(?P<format>[^"')]*)(?P=mark)\s*\)""",
    re.IGNORECASE,
)
_FORMATS = (
    *("woff2", "woff", "truetype", "opentype", "collection", "truetype-variations"),
    *("opentype-variations", "woff-variations", "woff2-variations"),
)
_MEANT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("ttf", "true-type", "font/ttf", "font-ttf"), "truetype"),
        **dict.fromkeys(("otf", "open-type", "font/otf", "cff"), "opentype"),
        **dict.fromkeys(("font/woff2", "woff-2", "wof2", "application/woff2"), "woff2"),
        **dict.fromkeys(("font/woff", "application/woff"), "woff"),
        "ttc": "collection",
    }
)
_BYTES: Mapping[bytes, tuple[str, ...]] = MappingProxyType(
    {
        b"wOF2": ("woff2",),
        b"wOFF": ("woff",),
        b"OTTO": ("opentype", "truetype"),
        b"\0\1\0\0": ("truetype", "opentype"),
        b"true": ("truetype", "opentype"),
        b"ttcf": ("collection", "truetype", "opentype"),
    }
)
"""How font files begin, and what may be said of them."""

_LONGEST = 4000


def check_faces(project: Project) -> None:
    """All rules of this module."""
    for source, text, start in sheets(project):
        if "format(" not in text:
            continue
        for face in _FACE.finditer(mask(text)):
            stop = min(face.end(1), face.start(1) + _LONGEST)
            for match in _SOURCE.finditer(text, face.start(1), stop):
                _check_format(project, source, match, start + match.start("format"))


def _check_format(
    project: Project, source: Source, match: re.Match[str], start: int
) -> None:
    said, address = match["format"].strip().lower(), match["url"].strip()
    path = project.resolve(source, address)
    real = None if path is None else project.real(path)
    are: tuple[str, ...] = ()
    if real is not None:
        with real.open("rb") as stream:
            are = _BYTES.get(stream.read(4), ())
    if said not in _FORMATS:
        meant = (are and are[0]) or _MEANT.get(said) or nearest(said, _FORMATS)
        project.add(
            "HF603",
            source,
            start,
            f"format({match['format']!r}) is none Chrome loads; the source is left out",
            f"did you mean {meant!r}?" if meant else "use a file of WOFF2, and say so",
        )
    elif are and said.removesuffix("-variations") not in are:
        project.add(
            "HF307",
            source,
            start,
            f"{path!r} is a font of {are[0]}, and its format() says {said}",
            f'write format("{are[0]}")',
            severity="warning",
        )
