"""
A canary: a small picture of all that a browser draws with, named cell by cell.

Equal executables draw other pixels where a processor, a font or a library below them is
another one. A plan names what its planner's browser drew; a worker draws the same before
its first frame, and leaves where it sees something else. It is no part of a film, and no
byte of one depends on it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..errors import ChromeError, ToolchainMismatchError
from ..progress import Control
from .door import NOT_THERE, Answer

if TYPE_CHECKING:
    from .browser import Browser
    from .page import Page

_WIDTH, _CELL = 64, 16
_SECONDS = 10.0
_PNG = {"format": "png", "optimizeForSpeed": True}
_DIGITS = 16
_TEXT = "Ragl 41&amp;"
_CELLS = {
    "text in sans-serif": f'<p style="font-family:sans-serif">{_TEXT}</p>',
    "text in serif": f'<p style="font-family:serif">{_TEXT}</p>',
    "text in monospace": f'<p style="font-family:monospace">{_TEXT}</p>',
    "linear gradients": '<p style="background:linear-gradient(93deg,#123,#fed 40%,#a3f)">',
    "conic gradients": '<p style="background:conic-gradient(red,blue,lime)">',
    "turned edges and shadows": (
        '<p style="width:40px;height:9px;margin:3px 9px;border-radius:5px;'
        'background:#246;transform:rotate(7deg);box-shadow:1px 1px 3px #000">'
    ),
    "filters": '<p style="filter:blur(1.3px);background:radial-gradient(#f40,#048)">',
    "blending": (
        '<p style="background:#29c"><b style="display:block;height:9px;opacity:.37;'
        'mix-blend-mode:hard-light;background:#e71"></b>'
    ),
    "SVG": (
        '<svg width="64" height="15"><path d="M2 12C20-9 40 30 62 3" fill="none" '
        'stroke="#a20" stroke-width="2.3"/></svg>'
    ),
    "canvas": '<canvas width="64" height="15"></canvas>',
}
# A row of a PNG may be told from the row above: a line of nothing keeps cells apart.
_SHEET = (
    '<body style="margin:0;background:#fff"><style>div{width:64px;height:15px;'
    "overflow:hidden;margin-bottom:1px}p{margin:0;height:15px;font-size:13px;"
    "line-height:15px}svg,canvas{display:block}</style>"
    + "".join(f"<div>{cell}</div>" for cell in _CELLS.values())
)
_DRAW = f"""document.documentElement.innerHTML = {json.dumps(_SHEET)};
{{
  const sheet = document.querySelector("canvas").getContext("2d");
  sheet.translate(0.3, 0.7);
  sheet.fillStyle = "#3a7";
  sheet.arc(20, 7, 6.1, 0, 7);
  sheet.fill();
  sheet.drawImage(sheet.canvas, 9, 0, 24, 15, 30.2, 1.1, 31, 12);
}}"""


class _NoDoor:
    """A door of a page that asks for nothing."""

    def answer(self, address: str, kind: str) -> Answer:  # noqa: ARG002
        return NOT_THERE


def draw_canary(browser: Browser, control: Control) -> Mapping[str, str]:
    """
    What *browser* draws: for each cell of the canary by its name, the name of its pixels.

    It is drawn once for each browser.

    Raises:
        ChromeError: The browser fails, or draws no such picture.
    """
    if browser.canary is None:
        size = (_WIDTH, _CELL * len(_CELLS))
        with browser.page(
            door=_NoDoor(), scripts=(), width=size[0], height=size[1], control=control
        ) as page:
            picture = browser.loop.run(_shoot(page), control)
        rows = _rows(base64.b64decode(picture), size)
        browser.canary = {
            name: _name(rows[n * _CELL : (n + 1) * _CELL])
            for n, name in enumerate(_CELLS)
        }
    return browser.canary


def check_canary(
    planned: Mapping[str, str], browser: Browser, control: Control
) -> None:
    """
    Refuse *browser* where it draws something else than *planned*; nothing is if that is empty.

    Raises:
        ToolchainMismatchError: It does; it is said what.
        ChromeError: The browser fails.
    """
    if not planned:
        return
    found = draw_canary(browser, control)
    names = [name for name in planned if planned[name] != found.get(name)]
    if names:
        raise ToolchainMismatchError(
            f"what Chrome draws ({', '.join(names)})",
            ", ".join(planned[name] for name in names),
            ", ".join(found.get(name, "none") for name in names),
        )


async def _shoot(page: Page) -> str:
    await page.evaluate(_DRAW, timeout=_SECONDS)
    # A page's first draw is always empty.
    await page.draw(None)
    return await page.shoot(_PNG)


def _rows(png: bytes, size: tuple[int, int]) -> list[bytes]:
    """
    The rows of a *png*, filtered as they are.

    Which filter they have follows from the encoder alone, and how they are packed from the
    processor too.
    """
    try:
        head, data = _unpack(png)
    except (zlib.error, struct.error, KeyError):
        raise ChromeError("the browser drew something that is not a PNG") from None
    length = len(data) // size[1]
    if head != size or len(data) != length * size[1]:
        raise ChromeError(f"the browser drew a picture of {head} instead of {size}")
    return [data[start : start + length] for start in range(0, len(data), length)]


def _unpack(png: bytes) -> tuple[tuple[int, int], bytes]:
    parts: dict[bytes, bytes] = {}
    for kind, part in _parts(png):
        parts[kind] = parts.get(kind, b"") + part
    width, height = struct.unpack_from(">II", parts[b"IHDR"])
    return (width, height), zlib.decompress(parts[b"IDAT"])


def _parts(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(png):
        length, kind = struct.unpack_from(">I4s", png, place)
        yield kind, png[place + 8 : place + 8 + length]
        place += 12 + length


def _name(rows: list[bytes]) -> str:
    return hashlib.sha256(b"".join(rows)).hexdigest()[:_DIGITS]
