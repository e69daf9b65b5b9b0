"""
One sealed page: every request answered by us, every frame drawn on our command.

Async, used inside the browser's event loop only. The rules of order are Chrome's: a seek
is awaited before its frame is drawn, and one page draws at a time in a browser.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from ..errors import (
    ChromeError,
    ChromeTimeoutError,
    PageError,
)
from .cdp import PipeConnection, Session, command
from .door import ORIGIN, Door
from .hearing import REQUESTS, Hearing, describe
from .patience import Patience
from .turn import GRANT, HeldTime, to_chrome

logger = logging.getLogger(__name__)

_COMMAND_SECONDS = 30.0
# Processor seconds: a draw waits for all a page has had its graphics do before.
_DRAW_SECONDS = 900.0
_EVALUATE = "Runtime.evaluate"
_BEGIN_FRAME = "HeadlessExperimental.beginFrame"
_INTERVAL_MS = 1000 / 60
# What other threads do for a page is waited for without taking a processor from them.
_EAGER, _PAUSE_SECONDS, _MOST_TURNS = 20, 0.002, 1000
# A page that is not loaded has no time; any will do that does not go back.
_TICK_US = 10
_EMPTY_RETRIES = 300  # An overloaded machine has no picture for a while.
# Where a page thinks it is.
_PLACE: dict[str, dict[str, Any]] = {
    "setTimezoneOverride": {"timezoneId": "UTC"},
    "setLocaleOverride": {"locale": "en-US"},
    "setHardwareConcurrencyOverride": {"hardwareConcurrency": 4},
}
_FENCE = "self.__hfSettled?.()"
# A page and a worker that answer one another for ever are not heard to the end.
_MOST_ROUNDS = 50
VIEWS = "views"
"""What a page owes that waits for a transition between views to begin; see ``bridge.js``."""
# One that waits for more than draws begins when that has come.
_MOST_VIEWS = 10
_ATTACH = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
_NOTHING = {"r": 0, "g": 0, "b": 0, "a": 0}


@attrs.frozen
class Asked:
    """
    What a page was asked for: its *value* to come, and the time *granted* for it.

    *turns* is whether it waits for time to go on.
    """

    value: asyncio.Future[Any]
    granted: asyncio.Future[Any] | None
    turns: bool = False


class Page:
    """
    A page attached to by a flat session; make one with `Page.open`.

    Attributes:
        draws: How often it was drawn.
        time: The time it is granted; None until it is loaded.
    """

    def __init__(
        self,
        session: Session,
        connection: PipeConnection,
        hearing: Hearing,
        used: Callable[[], float],
    ) -> None:
        self._session = session
        self._connection = connection
        self._hearing, self._used = hearing, used
        self.draws = 0
        self.time: HeldTime | None = None
        self._frame_asked: asyncio.Future[Any] | None = None

    @classmethod
    async def open(
        cls,
        connection: PipeConnection,
        target_id: str,
        *,
        door: Door,
        scripts: tuple[str, ...],
        width: int,
        height: int,
        scale: int = 1,
        transparent: bool = False,
        used: Callable[[], float],
    ) -> Page:
        """
        The blank page *target_id*, its door *door*; *scripts* run first in every document.

        Args:
            width: Viewport width in CSS pixels.
            height: Viewport height in CSS pixels.
            scale: Pixels of a picture per CSS pixel along each side.
            transparent: Draw on nothing instead of white.
            used: Processor seconds the browser has used so far.
        """
        attached = await command(
            connection,
            "Target.attachToTarget",
            {"targetId": target_id, "flatten": True},
            timeout=30,
        )
        session = connection.adopt(attached["sessionId"])
        hearing = Hearing(session, connection, target_id, door)
        page = cls(session, connection, hearing, used)
        page.target_id = target_id
        page._scale, page._transparent = scale, transparent
        await page._prepare(scripts, width, height)
        return page

    target_id: str = ""
    _scale: int = 1
    _transparent: bool = False

    async def _prepare(self, scripts: tuple[str, ...], width: int, height: int) -> None:
        first: list[tuple[str, dict[str, Any] | None]] = [
            *(
                (f"{domain}.enable", None)
                for domain in ("Page", "Runtime", "Inspector")
            ),
            ("Fetch.enable", dict(REQUESTS)),
            ("Target.setAutoAttach", _ATTACH),
            # A window without a pointer has one at its corner, which hovers there and moves
            # when the window is sized, at a moment nobody decides.
            ("Input.setIgnoreInputEvents", {"ignore": True}),
            # Nothing has the focus in a window that has none itself.
            ("Emulation.setFocusEmulationEnabled", {"enabled": True}),
        ]
        first += [(f"Emulation.{name}", value) for name, value in _PLACE.items()]
        if self._transparent:
            ground = "Emulation.setDefaultBackgroundColorOverride"
            first.append((ground, {"color": _NOTHING}))
        add = "Page.addScriptToEvaluateOnNewDocument"
        first += [(add, {"source": source}) for source in scripts]
        # Done in the order they are sent, so nothing is gained by waiting in between.
        await asyncio.gather(*(self._send(*each) for each in first))
        await self.resize(width, height)

    async def resize(self, width: int, height: int) -> None:
        """Give the viewport *width* by *height* CSS pixels."""
        scale = self._scale
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale}
        # A headless view has one pixel per CSS pixel whatever the page is told, so it is
        # drawn larger too; the pixels are those of --force-device-scale-factor.
        larger = {} if scale == 1 else {"scale": scale}
        await self._send(
            "Emulation.setDeviceMetricsOverride",
            {**metrics, **larger, "mobile": False},
        )
        if scale != 1:
            visible = {"width": width * scale, "height": height * scale}
            await self._send("Emulation.setVisibleSize", visible)

    async def load(self, path: str, timeout: float) -> Any:
        """
        Go to *path* and wait until the bridge says what the page is.

        From here on the page's time stands still but for what it is granted. Nothing is
        drawn meanwhile: a first paint that races the decoding of an image settles whether
        it counts as opaque, and with that its edges, for good.

        Raises:
            PageError: The page fails or is not ready within *timeout* seconds.
            HyperframesError: The door refused an address.
        """
        self.time = await HeldTime.hold(self._session)
        await self._send("Page.navigate", {"url": ORIGIN + path}, timeout=timeout)
        try:
            return await self.evaluate("__hfd.ready()", timeout=timeout)
        finally:
            self.check(None)

    async def evaluate(
        self,
        expression: str,
        *,
        timeout: float,
        frame: int | None = None,
        turns: int = 0,
    ) -> Any:
        """
        The value *expression* resolves to; the page is granted the time it takes.

        Args:
            turns: As `HeldTime.grant` reads it; a guess saves time.

        Raises:
            PageError: *expression* throws, or the page fails meanwhile; *frame* is named.
        """
        asked = self.ask(expression, turns=turns)
        return await self.answer(asked, timeout=timeout, frame=frame)

    def ask(
        self, expression: str, until: float | None = None, *, turns: int = 0
    ) -> Asked:
        """
        Have the page begin with *expression*; `answer` waits for what it comes to.

        Args:
            until: Milliseconds of the film by the end of which it has begun; the least
                time there is where it is None.
            turns: As `HeldTime.grant` reads it.
        """
        params = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        value = self._session.send(_EVALUATE, params)
        granted = None if self.time is None else self.time.grant(until, turns=turns)
        return Asked(value, granted, turns > 0)

    async def answer(
        self, asked: Asked, *, timeout: float, frame: int | None = None
    ) -> Any:
        """What `ask` began; waits, and raises, as `evaluate` does."""
        patience = self._patience(timeout, frame)
        await self._pump(asked, patience)
        answer = await patience.wait(asked.value, _EVALUATE)
        self.check(frame)
        if details := answer.get("exceptionDetails"):
            raise self._hearing.tell(describe(details), frame)
        return answer["result"].get("value")

    async def _pump(self, asked: Asked, patience: Patience) -> None:
        """Grant the page time until it has an answer."""
        granted, turns, elsewhere = asked.granted, 0, True
        while granted is not None and self.time is not None:
            await patience.wait(granted, GRANT, beside=asked.value)
            # What was resolved in the granted time has been said before its end.
            if asked.value.done():
                return
            turns += 1
            if turns > _EAGER and elsewhere:
                await asyncio.sleep(_PAUSE_SECONDS)
            wake = f"window.__hfd?.grant({patience.seconds * 1000:.0f})"
            params = {"expression": wake, "returnByValue": True}
            woken = self._session.send(_EVALUATE, params)
            granted = self.time.grant(turns=int(asked.turns))
            answer = await patience.wait(woken, _EVALUATE)
            said = _granted(answer["result"].get("value"))
            elsewhere = bool(said.get("elsewhere", True))
            if turns > _MOST_TURNS and patience.seconds > patience.limit:
                what = said.get("what") or "the page still waits"
                raise PageError(f"{what} within {patience.limit:g} s", patience.frame)

    def _patience(self, limit: float, frame: int | None) -> Patience:
        return Patience(
            limit=limit,
            frame=frame,
            used=self._used,
            check=self.check,
            waits_for_us=lambda: self._hearing.is_answering,
        )

    async def begin_film(self) -> None:
        """
        Have the film begin now: what moves by itself counts from here, to the microsecond.

        Raises:
            PageError: The page fails.
        """
        if self.time is None:
            return
        self.time.begin_film()
        await self.answer(self.ask("void __hfd.begin()", 0.0), timeout=_COMMAND_SECONDS)
        await self.draw(None)

    async def release(self) -> None:
        """Let the page go its own way from here, time with it, and a person's pointer."""
        await self.catch_up()
        await self._send("Input.setIgnoreInputEvents", {"ignore": False})
        await self.evaluate("__hfd.unveil()", timeout=_COMMAND_SECONDS)
        if self.time is not None:
            await self.time.release()

    async def draw(self, shot: Mapping[str, Any] | None) -> str:
        """One BeginFrame; with *shot*, the base64 of the picture, perhaps empty."""
        return str((await self._frame(shot)).get("screenshotData", ""))

    async def catch_up(self) -> None:
        """
        Have the page do all it does for a frame, and paint none.

        What the protocol calls a frame without display updates.
        """
        await self._frame(None, shown=False)

    async def is_changed(self) -> bool:
        """Draw unseen; whether that shows anything the last unseen draw did not."""
        return bool((await self._frame(None))["hasDamage"])

    async def begin_views(self, *, timeout: float, frame: int | None = None) -> None:
        """
        Draw until the transitions between views that were started have begun.

        A browser takes a picture of the old view, has the page make the new one, and goes on
        when it has both: so many draws that belong to one frame.
        """
        for _ in range(_MOST_VIEWS):
            await self.draw(None)
            counted = "__hfd.settle().then(__hfd.owes)"
            owes = await self.evaluate(counted, timeout=timeout, frame=frame)
            if owes != VIEWS:
                return

    async def _frame(
        self, shot: Mapping[str, Any] | None, *, shown: bool = True
    ) -> dict[str, Any]:
        self.draws += 1
        params: dict[str, Any] = {
            "frameTimeTicks": self._tick(),
            "interval": _INTERVAL_MS,
            "noDisplayUpdates": not shown,
        }
        if shot is not None:
            params["screenshot"] = shot
        await self._finish_frame()
        self._frame_asked = self._session.send(_BEGIN_FRAME, params)
        patience = self._patience(_DRAW_SECONDS, None)
        return await patience.wait(self._frame_asked, _BEGIN_FRAME)

    def _tick(self) -> float:
        if self.time is not None:
            return self.time.tick()
        return to_chrome(self.draws * _TICK_US)

    async def _finish_frame(self) -> None:
        """
        Wait for a frame whose asker was stopped, since Chrome refuses a second one.

        Raises:
            ChromeTimeoutError: The frame is still not there.
        """
        end = time.monotonic() + _COMMAND_SECONDS
        while (asked := self._frame_asked) is not None and not asked.done():
            if not (left := end - time.monotonic()) > 0:
                raise ChromeTimeoutError(f"{_BEGIN_FRAME}: the last one has no answer")
            await asyncio.wait({asked}, timeout=left)

    async def shoot(self, shot: Mapping[str, Any], frame: int | None = None) -> str:
        """
        The base64 of the page's picture.

        Raises:
            ChromeError: Chrome goes on handing over nothing.
        """
        for _ in range(_EMPTY_RETRIES):
            if data := await self.draw(shot):
                self.check(frame)
                return data
            await asyncio.sleep(0.05)
            await self.draw(None)
        raise ChromeError(f"BeginFrame gave no picture in {_EMPTY_RETRIES} tries")

    def check(self, frame: int | None) -> None:
        """Raise what went wrong in the page or at its door since it was opened."""
        self._hearing.check(frame)

    @property
    def requests(self) -> int:
        """How many addresses it has asked for."""
        return self._hearing.requests

    async def settle(
        self, requests: int, *, timeout: float, frame: int | None = None
    ) -> None:
        """
        Wait until what the page has asked for since *requests* has come and done its work.

        What came may ask for more. What the door refuses is known before the next frame.

        Raises:
            PageError: Something still loads, or works, after *timeout* seconds.
            HyperframesError: The door refused an address.
        """
        end = time.monotonic() + timeout
        while self.requests != requests:
            requests = self.requests
            await self.evaluate("__hfd.settle()", timeout=timeout, frame=frame)
            if time.monotonic() > end:
                raise PageError(f"the page still loads after {timeout:g} s", frame)
        if self._hearing.workers:
            await self._hear_workers(timeout, frame)
        self.check(frame)

    async def _hear_workers(self, timeout: float, frame: int | None) -> None:
        """Have the page's workers finish, and hear what they have to say."""
        heard = None
        for _ in range(_MOST_ROUNDS):
            for worker in tuple(self._hearing.workers):
                await self._fence(worker, timeout, frame)
            last = heard
            counted = "__hfd.settle().then(__hfd.sent)"
            heard = await self.evaluate(counted, timeout=timeout, frame=frame)
            if heard == last:
                return

    async def _fence(self, worker: Session, timeout: float, frame: int | None) -> None:
        """Wait until *worker* has done what was posted to it."""
        patience = self._patience(timeout, frame)
        params = {"expression": _FENCE, "awaitPromise": True}
        value = worker.send(_EVALUATE, params)
        granted = None if self.time is None else self.time.grant()
        try:
            await self._pump(Asked(value, granted), patience)
            await patience.wait(value, _EVALUATE)
        except ChromeError as error:
            # A worker may end at any time.
            logger.debug("a worker: %s", error)
            self._hearing.workers.discard(worker)

    async def close(self) -> None:
        """Close the page; a browser that is gone has closed it already."""
        self._hearing.stop()
        try:
            await command(
                self._connection,
                "Target.closeTarget",
                {"targetId": self.target_id},
                timeout=5,
            )
        except ChromeError as error:
            logger.debug("closing a page: %s", error)

    async def _send(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        timeout: float = _COMMAND_SECONDS,
    ) -> dict[str, Any]:
        return await command(self._session, method, params, timeout=timeout)


def _granted(said: Any) -> dict[str, Any]:
    """What `grant` of the bridge said: nothing before it is there, or after its page."""
    if said is None or isinstance(said, dict):
        return said or {}
    raise PageError(
        "the page's own answer to a grant is none; a script of the page wrote over ours"
    )
