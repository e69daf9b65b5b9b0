"""
The time of a page: held by the renderer, and granted a frame at a time.

While time is held Chrome runs no task of the page. A grant runs all that can run, in the
order in which it was posted, waits for what was asked of the network, and then moves every
clock that Chrome has (of animations, pictures that move, SVG, images of SVG) by what was
granted, with what falls due on the way. Nothing here knows what a frame is.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self

from .cdp import Session, command

GRANT = "Emulation.setVirtualTimePolicy"
_SPENT = "Emulation.virtualTimeBudgetExpired"
# Too little to be seen: Chrome counts no less.
_LEAST_US = 1
# Chrome runs a task that another one posts in the same grant only while some of it is left.
_TURN_US = 1000
# When it begins by the calendar, in seconds: what is not a frame's is near it, as in workers.
_EPOCH = 0.001
# A page is told times to a tenth of a millisecond, and a random number decides which of two:
# of all numbers only a whole one is always told as it is.
_DRAW_US = 100
# The turns that a machine has a page take before a frame is drawn take less than this.
_LEEWAY_US = 500
# The film begins at a whole one, however many turns the page took to load.
_WHOLE_US = 1000
# A page that goes on posting to itself does so that often, and then time goes on.
_MOST_TASKS = 1000


class HeldTime:
    """
    Time granted to the page behind *session*; make one with `hold`.

    It is counted in whole microseconds, as Chrome does. Every goal is counted from the
    film's beginning, so that what was granted in between, while other threads were at
    work, adds up to nothing.
    """

    def __init__(self, session: Session, base: float) -> None:
        self._session, self._base = session, round(base * 1000)
        self._spent = self._zero = self._drawn = 0
        self._due: int | None = None
        self._granted: asyncio.Future[Any] | None = None
        session.on(_SPENT, lambda _: self._on_spent())

    @classmethod
    async def hold(cls, session: Session) -> Self:
        """Hold the time of a page that is to be loaded."""
        held = await command(
            session,
            GRANT,
            {"policy": "pause", "initialVirtualTime": _EPOCH},
            timeout=30,
        )
        return cls(session, float(held["virtualTimeTicksBase"]))

    def begin_film(self) -> None:
        """Say that the film begins next: at a time no draw and no grant has reached."""
        reached = max(self._spent, self._drawn)
        self._zero = (reached // _WHOLE_US + 1) * _WHOLE_US

    def grant(
        self, until: float | None = None, *, turns: int = 0
    ) -> asyncio.Future[Any]:
        """
        Let time go on to *until* milliseconds of the film, or by the least there is.

        Args:
            turns: How often the page may wait for time to go on, where a film is looked
                through and not drawn: nothing that moves by itself is seen of it.

        Returns:
            Done when all that can happen by then has happened.
        """
        goal = self._spent + (turns * _TURN_US or _LEAST_US)
        if until is not None:
            due = self._zero + round(until * 1000)
            goal, self._due = max(goal, due), due + _LEEWAY_US
        budget, self._spent = goal - self._spent, goal
        granted = self._granted = asyncio.get_running_loop().create_future()
        params = {
            # Time stands while an answer is under way, however long it takes.
            "policy": "pauseIfNetworkFetchesPending",
            "budget": to_chrome(budget),
            "maxVirtualTimeTaskStarvationCount": _MOST_TASKS,
        }

        def on_refused(sent: asyncio.Future[Any]) -> None:
            if granted.done() or sent.cancelled():
                return
            if error := sent.exception():
                granted.set_exception(error)

        self._session.send(GRANT, params).add_done_callback(on_refused)
        return granted

    async def release(self) -> None:
        """Let time run for good, as fast as the page has nothing to do."""
        await command(self._session, GRANT, {"policy": "advance"}, timeout=30)

    def _on_spent(self) -> None:
        if self._granted is not None and not self._granted.done():
            self._granted.set_result({})

    def tick(self) -> float:
        """
        The time of the next draw for Chrome: the frame's, and later than the last.

        It is the same whatever turns the page took, and animations go by it.
        """
        due = self._spent if self._due is None else self._due
        self._drawn = max(self._drawn + _DRAW_US, round(due / _DRAW_US) * _DRAW_US)
        return to_chrome(self._base + self._drawn)


def to_chrome(microseconds: int) -> float:
    """
    What Chrome reads as *microseconds*: it is told milliseconds, and cuts off what is over.

    A draw that it reads as no later than the one before is never answered.
    """
    return (microseconds + 0.5) / 1000
