"""
The picture a browser drew last, read where its compositor keeps it.

Chrome draws every frame into one buffer in the memory of its GPU process, whether or not
anyone wants a picture of it. Asking for one has it draw the page a second time, copy it
three times into fresh memory and code it, which takes longer than all the rest (decision
0020). Reading the buffer takes a copy, and gives the pixels a PNG would have.

Where the buffer lies is found by having a blank page show colours: what follows them in
every pixel is the picture. Linux lets a process read the memory of those it started,
unless a host forbids it; then there is no surface, and pictures are asked for.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from .._tools.ffmpeg import run_ffmpeg
from .._tools.linux import read_memory
from .._tools.process import members
from ..errors import ChromeCrashError, ChromeError
from ..progress import Control

if TYPE_CHECKING:
    from .browser import Browser
    from .page import Page

logger = logging.getLogger(__name__)

Colour = tuple[int, int, int]

_SECONDS = 10.0
_TRIES, _PAUSE = 100, 0.005
_PNG = {"format": "png", "optimizeForSpeed": True}
# Unlike in their red, green and blue, so that their order shows too.
_WALLS: tuple[Colour, ...] = ((90, 23, 195), (166, 62, 41))
_CORNER: Colour = (11, 200, 137)
_WALL = (
    "document.documentElement.innerHTML = "
    '\'<body style="margin: 0; background: rgb{wall}"><div style="position: fixed; '
    "right: 0; bottom: 0; width: 1px; height: 1px; background: rgb{corner}\">'"
)
# Smaller buffers share memory with others and have no mapping of their own; a window may
# be longer than its page, whose picture then lies at its start.
_LEAST_BYTES = 1 << 20
# An allocator rounds up, and may keep a table of its own behind.
_SLACK = 2 << 20
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0\s*$")


@attrs.frozen
class Surface:
    """
    The buffer a compositor draws into.

    Attributes:
        size: Width and height of the picture in pixels.
    """

    size: tuple[int, int]
    _process: int
    _address: int

    def read(self) -> bytes:
        """
        The picture: rows from the top, four bytes a pixel, blue, green, red and 255.

        Raises:
            ChromeCrashError: The browser died.
            ChromeError: The memory is no longer there.
        """
        return self._read(0, 4 * self.size[0] * self.size[1])

    def is_untouched(self) -> bool:
        """Whether it still shows what `find_surface` had it show last."""
        last = 4 * (self.size[0] * self.size[1] - 1)
        ends = self._read(0, 4), self._read(last, 4)
        return ends == (_pixel(_WALLS[1]), _pixel(_CORNER))

    def _read(self, offset: int, length: int) -> bytes:
        try:
            data = read_memory(self._process, self._address + offset, length)
        except ProcessLookupError:
            raise ChromeCrashError(
                "the browser died before its picture was read"
            ) from None
        except OSError as error:
            raise ChromeError(f"the picture cannot be read: {error}") from None
        if len(data) != length:
            raise ChromeError("the picture is no longer where it was")
        return data

    async def check(self, page: Page) -> None:
        """
        Check that what was drawn last is seen here, by asking for it as well.

        Raises:
            ChromeError: Something else is seen; what was read before may be wrong.
        """
        png = base64.b64decode(await page.shoot(_PNG))
        if self.read() != await asyncio.to_thread(decode_png, png):
            raise ChromeError("the compositor draws elsewhere than it did")


async def find_surface(
    browser: Browser, page: Page, size: tuple[int, int], scale: int
) -> Surface | None:
    """
    Where *browser* draws *page*, which is blank; None where that cannot be seen.

    Args:
        size: Width and height of a picture in pixels.
        scale: Pixels per CSS pixel along each side.
    """
    try:
        await browser.resize_window(page.target_id, size[0], _window_height(size))
        return await _search(browser, page, size, scale)
    except (ChromeError, OSError) as error:
        logger.info("pictures are asked for, not read: %s", error)
        return None


async def _search(
    browser: Browser, page: Page, size: tuple[int, int], scale: int
) -> Surface:
    first, second = (_wall(size, scale, colour) for colour in _WALLS)
    found = await _seen(
        page, _WALLS[0], lambda: list(_buffers(browser.process.pid, size, first))
    )
    if found:
        found = await _seen(
            page, _WALLS[1], lambda: [one for one in found if one.read() == second]
        )
    if len(found) != 1:
        raise ChromeError(f"{len(found)} buffers hold what the page shows")
    return found[0]


async def _seen(
    page: Page, colour: Colour, look: Callable[[], list[Surface]]
) -> list[Surface]:
    """What *look* finds once *page* shows *colour*."""
    source = _WALL.format(wall=colour, corner=_CORNER)
    await page.evaluate(source, timeout=_SECONDS)
    # Looking takes longer than drawing, and a page's first draw is always empty.
    await page.draw(None)
    for _ in range(_TRIES):
        await page.draw(None)
        if found := look():
            return found
        await asyncio.sleep(_PAUSE)
    return []


def decode_png(png: bytes) -> bytes:
    """The pixels of *png* as `Surface.read` gives them."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(png)
        file.flush()
        args = (
            "-f",
            "png_pipe",
            "-i",
            Path(file.name),
            "-pix_fmt",
            "bgra",
            "-f",
            "rawvideo",
            "-",
        )
        return run_ffmpeg(args, what="a picture", control=Control(), timeout=60).stdout


def _window_height(size: tuple[int, int]) -> int:
    rows = -(-_LEAST_BYTES // (4 * size[0]))
    if size[1] >= rows:
        return size[1]
    # Places are divided by the height: at a power of two they stay whole pixels.
    return int(2 ** (rows - 1).bit_length())


def _pixel(colour: Colour) -> bytes:
    red, green, blue = colour
    return bytes((blue, green, red, 255))


def _wall(size: tuple[int, int], scale: int, colour: Colour) -> bytes:
    """The whole picture: one colour but for a CSS pixel in the corner."""
    width, height = size
    plain, corner = _pixel(colour), _pixel(_CORNER)
    above = plain * (width * (height - scale))
    return above + (plain * (width - scale) + corner * scale) * scale


def _buffers(group: int, size: tuple[int, int], wall: bytes) -> Iterator[Surface]:
    """
    Memory of the processes of *group* that begins with *wall*.

    Raises:
        ChromeError: The host lets the memory of none of the processes be read.
    """
    length, refusal, readable = 4 * size[0] * _window_height(size), None, False
    for process in members(group):
        for address in _mappings(process, length):
            try:
                begins = read_memory(process, address, 4) == wall[:4]
                if begins and read_memory(process, address, len(wall)) == wall:
                    yield Surface(size, process, address)
                readable = True
            except OSError as error:
                refusal = error
    if refusal is not None and not readable:
        raise ChromeError(f"the browser's memory cannot be read here: {refusal}")


def _mappings(process: int, length: int) -> Iterator[int]:
    """Where *process* has private memory of a little more than *length* bytes."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            if match := _MAPPING.match(line):
                start, stop = (int(number, 16) for number in match.groups())
                if length <= stop - start <= length + _SLACK:
                    yield start
