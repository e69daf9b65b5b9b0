"""
The one door to pyppeteer: its page, spoken to over the library's own pipe.

pyppeteer lives in the caller's event loop, the pipe in the browser's: commands and events
cross here, and nowhere else. Nothing that is not sealed can be opened through it.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyppeteer.browser import Browser as PyppeteerBrowser
from pyppeteer.chromium_downloader import chromium_executable
from pyppeteer.connection import CDPSession, Connection
from pyppeteer.errors import NetworkError
from pyppeteer.target import Target

from .._browser.cdp import PipeConnection, ProtocolError, Session
from ..errors import ChromeError

if TYPE_CHECKING:
    from .._browser.browser import Browser
    from .._browser.page import Page

# A command that takes longer may wait for a frame, and nobody else asks for one.
_PATIENCE_SECONDS = 0.05
_ALLOWED = ("Browser.getVersion", "Target.closeTarget")


def find_chromium() -> Path:
    """Where pyppeteer has, or would have, its Chromium."""
    return Path(chromium_executable())


async def hand_over(browser: Browser, shown: Page, viewport: dict[str, int]) -> Any:
    """The page *shown* as one of pyppeteer's, for the event loop that runs."""
    connection = _Connection(browser, shown)
    target = await connection.find_target()
    page = await target.page()
    # Chrome has been told already.
    page._viewport = viewport  # noqa: SLF001
    return page


class _Connection(Connection):
    """What pyppeteer takes for its websocket, reduced to the one page there is."""

    def __init__(self, browser: Browser, page: Page) -> None:
        # The base's own constructor opens a websocket; only the emitter below it is wanted.
        super(Connection, self).__init__()
        self._loop = asyncio.get_running_loop()
        self._url = ""
        self._pipe: PipeConnection = browser.connection
        self._theirs = browser.loop.loop
        self._shown = page
        self._target: Target | None = None

    async def find_target(self) -> Target:
        """The one page, as a target of a browser of pyppeteer's."""
        info = await self.ask(
            self._pipe, "Target.getTargetInfo", {"targetId": self._shown.target_id}
        )
        browser = PyppeteerBrowser(self, [], False, None)
        await browser._targetCreated({"targetInfo": info["targetInfo"]})  # noqa: SLF001
        (self._target,) = browser.targets()
        return self._target

    async def createSession(self, targetInfo: dict[str, Any]) -> CDPSession:  # noqa: N802, N803
        """One more session with the page."""
        attached = await self.ask(
            self._pipe,
            "Target.attachToTarget",
            {"targetId": targetInfo["targetId"], "flatten": True},
        )
        return self.open_session(targetInfo["type"], attached["sessionId"])

    def open_session(self, kind: str, session_id: str) -> CDPSession:
        """The caller's end of a session that Chrome has made."""
        return _PageSession(self, kind, self._pipe.adopt(session_id))

    def send(
        self, method: str, params: dict[str, Any] | None = None
    ) -> asyncio.Future[Any]:
        """A command to the browser itself, where it opens nothing."""
        if method not in _ALLOWED:
            raise NetworkError(f"{method}: this browser shows the plan's page alone")
        return asyncio.ensure_future(self._tell(method, params))

    async def _tell(self, method: str, params: dict[str, Any] | None) -> Any:
        result = await self.ask(self._pipe, method, params)
        if method == "Target.closeTarget" and self._target is not None:
            self._target._closedCallback()  # noqa: SLF001
        return result

    def ask(
        self,
        whom: Session | PipeConnection,
        method: str,
        params: dict[str, Any] | None,
    ) -> asyncio.Future[Any]:
        """What Chrome answers, for the caller's event loop."""
        if self._theirs.is_closed():
            raise NetworkError(f"{method}: the browser has ended with its block")
        asked = asyncio.run_coroutine_threadsafe(
            self._wait(whom, method, params), self._theirs
        )
        return asyncio.wrap_future(asked, loop=self._loop)

    async def _wait(
        self,
        whom: Session | PipeConnection,
        method: str,
        params: dict[str, Any] | None,
    ) -> Any:
        asked = whom.send(method, params)
        while not (await asyncio.wait({asked}, timeout=_PATIENCE_SECONDS))[0]:
            with contextlib.suppress(ChromeError):
                await self._shown.draw(None)
        try:
            return asked.result()
        except ProtocolError as error:
            raise NetworkError(f"Protocol error ({method}): {error}") from None

    def hear(self, session: CDPSession, event: str, params: dict[str, Any]) -> None:
        """Hand an event over to the caller's event loop, if that still runs."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(session.emit, event, params)


class _PageSession(CDPSession):
    """A session of pyppeteer's over a flat session of ours."""

    def __init__(self, connection: _Connection, kind: str, session: Session) -> None:
        super().__init__(connection, kind, session.id, connection._loop)  # noqa: SLF001
        self._session = session
        session.hear_all(lambda *event: connection.hear(self, *event))

    def send(
        self, method: str, params: dict[str, Any] | None = None
    ) -> asyncio.Future[Any]:
        """A command to the page; the future ends with its result or a `NetworkError`."""
        if method == "Target.setAutoAttach":
            params = {**(params or {}), "flatten": True}
        asked: asyncio.Future[Any] = self._connection.ask(self._session, method, params)
        return asked

    def _createSession(self, targetType: str, sessionId: str) -> CDPSession:  # noqa: N802, N803
        return self._connection.open_session(targetType, sessionId)
