"""
A running Chrome, spoken to over its pipe.

Sync outside; the page it opens lives in an event loop of its own.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from typing import Any, Self

import attrs

from .._tools.process import processor_seconds
from ..errors import ChromeCrashError, ChromeError, ChromeTimeoutError
from ..progress import Control
from .cdp import EventLoop, PipeConnection, command
from .door import Door
from .page import Page
from .process import ChromeProcess

logger = logging.getLogger(__name__)

LAUNCH_SECONDS = 30.0
_LEAVE_SECONDS = 5.0


@attrs.frozen
class _Blank:
    """A blank page nobody has used: its *target*, alone in its browser *context*."""

    target: str
    context: str


class Browser:
    """
    A running Chrome; make one with `launch`. Use it from one thread at a time.

    Attributes:
        process: Its process.
        connection: Its pipe; whoever uses it knows what is sealed.
        loop: Where all that speaks to it runs.
        product: Product and version, such as ``HeadlessChrome/156.0.8078.79``.
        canary: What it draws, once `draw_canary` has looked.
    """

    def __init__(self, chrome: ChromeProcess, *, control: Control) -> None:
        self.process, self.product = chrome.process, ""
        self.canary: Mapping[str, str] | None = None
        self._blank: _Blank | None = None
        self._stack = contextlib.ExitStack()
        self.loop = EventLoop()
        self._stack.callback(self.loop.close)
        self._stack.callback(chrome.close)
        self.connection = PipeConnection(self.loop.loop)
        self._stack.callback(self._hang_up)
        try:
            self.loop.run(self._greet(chrome), control)
        except ChromeError as error:
            failure = chrome.failure(_explain(error))
            self.close()
            raise failure from None
        except BaseException:
            self.close()
            raise

    async def _greet(self, chrome: ChromeProcess) -> None:
        await self.connection.open(chrome.reading, chrome.writing)
        version = await self._ask_version()
        self._blank = await self._make_blank()
        await self._close_others(self._blank)
        self.product = str(version["product"])

    async def _ask_version(self) -> dict[str, Any]:
        connection = self.connection
        return await command(connection, "Browser.getVersion", timeout=LAUNCH_SECONDS)

    async def _make_blank(self) -> _Blank:
        """
        A blank page in a browser context of its own.

        A context has its own cookies, caches, storage, files and workers, kept in memory
        and gone with it: nothing a page leaves behind is found by another one.
        """
        made = await self._ask("Target.createBrowserContext", {"disposeOnDetach": True})
        context = str(made["browserContextId"])
        where = {"url": "about:blank", "browserContextId": context}
        target = await self._ask("Target.createTarget", where)
        return _Blank(str(target["targetId"]), context)

    async def _close_others(self, blank: _Blank) -> None:
        """Close the page Chrome starts with: it shares what all contexts do not."""
        found = await self._ask("Target.getTargets", {})
        for row in found["targetInfos"]:
            if row["type"] == "page" and row["targetId"] != blank.target:
                await self._ask("Target.closeTarget", {"targetId": row["targetId"]})

    async def _take_blank(self) -> _Blank:
        """A blank page nobody has used; the first one was made while Chrome booted."""
        blank, self._blank = self._blank, None
        return blank or await self._make_blank()

    async def _leave(self, page: Page, blank: _Blank) -> None:
        """Close *page*, and end the context that was its own; who hangs is given up."""
        await page.close()
        context = {"browserContextId": blank.context}
        dispose = "Target.disposeBrowserContext"
        try:
            await command(self.connection, dispose, context, timeout=_LEAVE_SECONDS)
        except ChromeTimeoutError as error:
            logger.debug("ending a page's context: %s", error)
            self.connection.on_lost()
        except ChromeError as error:
            logger.debug("ending a page's context: %s", error)

    async def _ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return await command(self.connection, method, params, timeout=LAUNCH_SECONDS)

    async def resize_window(self, target_id: str, width: int, height: int) -> None:
        """Give a page's window a size in pixels; what is outside of it is not drawn."""
        found = await self._ask("Browser.getWindowForTarget", {"targetId": target_id})
        bounds = {"width": width, "height": height}
        await self._ask(
            "Browser.setWindowBounds",
            {"windowId": found["windowId"], "bounds": bounds},
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
        blank = self.loop.run(self._take_blank(), control)
        opening = Page.open(
            self.connection,
            blank.target,
            door=door,
            scripts=scripts,
            width=width,
            height=height,
            scale=scale,
            transparent=transparent,
            used=lambda: processor_seconds(self.process.pid),
        )
        page = self.loop.run(opening, control)
        try:
            yield page
        finally:
            if self.alive:
                self.loop.run(self._leave(page, blank), Control())

    def close(self) -> None:
        """End Chrome and everything it started; a second call does nothing."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _explain(error: ChromeError) -> str:
    if isinstance(error, ChromeCrashError):
        return "Chrome ended while starting"
    return f"Chrome did not start, {error}"
