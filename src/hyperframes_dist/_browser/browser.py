"""
A running Chrome, spoken to over its pipe.

Sync outside; the page it opens lives in an event loop of its own.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any, Self

from ..errors import ChromeCrashError, ChromeError, ChromeLaunchError
from ..progress import Control
from .answer import Door
from .cdp import EventLoop, PipeConnection, command
from .page import Page
from .process import ChromeProcess

logger = logging.getLogger(__name__)

LAUNCH_SECONDS = 30.0


class Browser:
    """
    A running Chrome; make one with `launch`. Use it from one thread at a time.

    Attributes:
        process: Its process.
        connection: Its pipe; whoever uses it knows what is sealed.
        loop: Where all that speaks to it runs.
        product: Product and version, such as ``HeadlessChrome/156.0.8078.79``.
    """

    def __init__(self, chrome: ChromeProcess, *, control: Control) -> None:
        self.process, self.product = chrome.process, ""
        self._blank: str | None = None
        self._stack = contextlib.ExitStack()
        self.loop = EventLoop()
        self._stack.callback(self.loop.close)
        self._stack.callback(chrome.close)
        self.connection = PipeConnection(self.loop.loop)
        self._stack.callback(self._hang_up)
        try:
            self.loop.run(self._greet(chrome), control)
        except ChromeError as error:
            words = _explain(error, chrome.last_words())
            self.close()
            raise ChromeLaunchError(words) from None
        except BaseException:
            self.close()
            raise

    async def _greet(self, chrome: ChromeProcess) -> None:
        await self.connection.open(chrome.reading, chrome.writing)
        version = await self._ask_version()
        self._blank = await self._find_blank()
        self.product = str(version["product"])

    async def _ask_version(self) -> dict[str, Any]:
        connection = self.connection
        return await command(connection, "Browser.getVersion", timeout=LAUNCH_SECONDS)

    async def _find_blank(self) -> str | None:
        """The blank page every Chrome starts with, if it is there yet."""
        found = await command(
            self.connection, "Target.getTargets", timeout=LAUNCH_SECONDS
        )
        pages = [row for row in found["targetInfos"] if row["type"] == "page"]
        return str(pages[0]["targetId"]) if pages else None

    async def _take_target(self) -> str:
        """A blank page: the first one is there already, with a process of its own."""
        blank, self._blank = self._blank, None
        if blank is not None:
            return blank
        made = await command(
            self.connection,
            "Target.createTarget",
            {"url": "about:blank"},
            timeout=LAUNCH_SECONDS,
        )
        return str(made["targetId"])

    async def resize_window(self, target_id: str, width: int, height: int) -> None:
        """Give a page's window a size in pixels; what is outside of it is not drawn."""
        found = await command(
            self.connection,
            "Browser.getWindowForTarget",
            {"targetId": target_id},
            timeout=LAUNCH_SECONDS,
        )
        bounds = {"width": width, "height": height}
        await command(
            self.connection,
            "Browser.setWindowBounds",
            {"windowId": found["windowId"], "bounds": bounds},
            timeout=LAUNCH_SECONDS,
        )

    def _hang_up(self) -> None:
        self.loop.loop.call_soon_threadsafe(self.connection.close)

    @property
    def alive(self) -> bool:
        """Whether the process runs and still listens."""
        return self.process.poll() is None and not self.connection.lost

    @contextlib.contextmanager
    def page(
        self,
        *,
        door: Door,
        scripts: tuple[str, ...],
        width: int,
        height: int,
        control: Control,
        scale: int = 1,
        transparent: bool = False,
    ) -> Iterator[Page]:
        """A fresh page for the length of the block; see `Page.open`."""
        opening = Page.open(
            self.connection,
            self.loop.run(self._take_target(), control),
            door=door,
            scripts=scripts,
            width=width,
            height=height,
            scale=scale,
            transparent=transparent,
        )
        page = self.loop.run(opening, control)
        try:
            yield page
        finally:
            if self.alive:
                self.loop.run(page.close(), Control())

    def close(self) -> None:
        """End Chrome and everything it started; a second call does nothing."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _explain(error: ChromeError, words: list[str]) -> str:
    if isinstance(error, ChromeCrashError):
        return f"Chrome ended while starting: {' | '.join(words) or 'no message'}"
    return f"Chrome did not start: {error}; {' | '.join(words)}"
