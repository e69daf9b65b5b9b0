"""
How long a browser is waited for: as long as it does something.

A slow frame is not a dead browser. On a machine that is busy with other things a frame
takes many times as long, and as many processor seconds as ever: so those are counted. A
browser that uses none, and waits for nothing of ours, is dead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import attrs

from ..errors import ChromeError, ChromeTimeoutError, PageError
from .cdp import reply

_LOOK_SECONDS = 1.0
_DEAD_SECONDS = 30.0
_NEXT_SECONDS = 0.1
# What a Chrome that waits for nothing uses now and then.
_BREATH_SECONDS = 0.02


@attrs.define(kw_only=True)
class Patience:
    """
    With one thing a page was asked for.

    Attributes:
        limit: Most processor seconds it may take.
        frame: What is told to be at fault.
        used: Processor seconds the browser has used so far.
        check: Raises what has gone wrong meanwhile.
        waits_for_us: Whether the browser waits for an answer of ours.
    """

    limit: float
    frame: int | None
    used: Callable[[], float]
    check: Callable[[int | None], None]
    waits_for_us: Callable[[], bool]
    _began: float = attrs.field(factory=time.monotonic, init=False)
    _first: float | None = attrs.field(default=None, init=False)
    _looked: float = attrs.field(factory=time.monotonic, init=False)
    _ours: float = attrs.field(default=0.0, init=False)

    @property
    def seconds(self) -> float:
        """How long it has taken by the clock on the wall, but for what we took."""
        self._look()
        return self._looked - self._began - self._ours

    def _look(self) -> None:
        # Packages are fetched while a page loads: that is not the page's slowness.
        now = time.monotonic()
        if self.waits_for_us():
            self._ours += now - self._looked
        self._looked = now

    async def wait(
        self,
        asked: asyncio.Future[Any],
        what: str,
        *,
        beside: asyncio.Future[Any] | None = None,
    ) -> dict[str, Any]:
        """
        The result of *asked*, which *what* names; *beside* ends it where it fails.

        Raises:
            PageError: Chrome spends more processor time on *asked* than the limit.
            ChromeTimeoutError: The browser does nothing at all.
            HyperframesError: What went wrong in the page meanwhile.
        """
        looked = active = time.monotonic()
        last = 0.0
        while not asked.done():
            both = {asked} if beside is None or beside.done() else {asked, beside}
            await asyncio.wait(
                both, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            self._look()
            if beside is not None and beside.done() and beside.exception():
                return await self._reply(beside, what)
            now = time.monotonic()
            if now - looked < _LOOK_SECONDS:
                continue
            looked = now
            self.check(self.frame)
            used = self.used()
            if abs(used - last) > _BREATH_SECONDS or self.waits_for_us():
                last, active = used, now
            self._judge(what, used, now - active)
        return await self._reply(asked, what)

    async def _reply(self, asked: asyncio.Future[Any], what: str) -> dict[str, Any]:
        try:
            return await reply(asked, what, timeout=_LOOK_SECONDS)
        except ChromeError:
            # What Chrome will not answer is often the page's own doing, which it says next.
            await asyncio.sleep(_NEXT_SECONDS)
            self.check(self.frame)
            raise

    def _judge(self, what: str, used: float, idle: float) -> None:
        self._first = used if self._first is None else self._first
        if idle > _DEAD_SECONDS:
            raise ChromeTimeoutError(
                f"{what}: no answer, and the browser did nothing for {idle:.0f} s"
            )
        if used - self._first > self.limit:
            raise PageError(
                f"the page took more than {self.limit:g} s of processor time",
                self.frame,
            )
