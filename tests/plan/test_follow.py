"""How a page is walked that is not looked at."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hyperframes_dist._plan.follow import show_unseen
from hyperframes_dist.errors import PageError

_MOST_CALLS = 10


class Walked:
    """A page that comes to so many frames a call, and has to be painted after each."""

    def __init__(self, *shown: int) -> None:
        self._shown = list(shown)
        self.asked: list[str] = []
        self.painted = 0

    async def evaluate(self, asked: str, **_: Any) -> dict[str, Any]:
        self.asked.append(asked)
        assert len(self.asked) <= _MOST_CALLS, "it is asked for ever"
        shown = self._shown.pop(0) if self._shown else 0
        found = {str(len(self.asked)): "state"}
        row = {"reason": "", "starts": [], "draws": True, "drawing": False}
        return {"found": found, "shown": shown, **row}

    async def begin_views(self, **_: Any) -> None:
        self.painted += 1


def test_a_page_that_is_painted_on_the_way_goes_on_where_it_was():
    """What it came to in every part of the way is told at the end."""
    page = Walked(1, 2)

    facts = asyncio.run(show_unseen(page, [3, 4, 5], [4], 1.0))  # type: ignore[arg-type]

    assert ["__hfd.follow([3, 4, 5],[4])", "__hfd.follow([4, 5],[4])"] == page.asked
    assert {"1": "state", "2": "state"} == facts.found
    assert (3, 2) == (facts.shown, page.painted)


def test_a_page_that_comes_to_no_frame_is_refused():
    """It is told which frame it did not come to, and not asked for ever."""
    page = Walked(1)

    with pytest.raises(PageError, match="2 frames from 4 on and showed none"):
        asyncio.run(show_unseen(page, [3, 4, 5], [], 1.0))  # type: ignore[arg-type]

    assert 2 == len(page.asked)
