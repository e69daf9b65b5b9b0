"""
How workers get to their first frames: a page is walked, another one jumped, and what both
came to is compared.

Which frames are looked at follows from the project alone. Where a page is not surely one
whose frames follow from their times, every worker walks.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import attrs

from .._browser.door import PlanDoor
from .._browser.moving import holds_moving_pictures
from .._model.codec import from_page
from .._model.config import RenderConfig
from .._model.content import Reach
from .._model.facts import FollowedFacts
from .._model.manifest import Content
from ..errors import PageError
from ..progress import Control
from .follow import TURNS_OF_A_FRAME, look_at
from .ledger import Ledger

if TYPE_CHECKING:
    from .._browser.browser import Browser
    from .._browser.page import Page
    from .show import Seen

_MOST_VISITS = 400
_WALK = Reach(way="walk")


def find_reach(
    content: Content,
    seen: Seen,
    config: RenderConfig,
    ledger: Ledger,
    browser: Callable[[], AbstractContextManager[Browser]],
    control: Control,
) -> tuple[Content, str]:
    """
    *content* with how its workers get to their first frames, and why.

    Raises:
        ChromeError: The browser fails.
    """
    reach, why = _find(content, seen, config, ledger, browser, control)
    return attrs.evolve(content, reach=reach), f"{reach.way}s: {why}"


def _find(
    content: Content,
    seen: Seen,
    config: RenderConfig,
    ledger: Ledger,
    browser: Callable[[], AbstractContextManager[Browser]],
    control: Control,
) -> tuple[Reach, str]:
    walked = seen.probed.followed
    if config.reach == "walk":
        return _WALK, "it is asked for"
    if len(content.segments) == 1 and content.first_frame == 0:
        return _WALK, "the film is one segment"
    if walked.reason:
        return _WALK, f"frames depend on those before them: {walked.reason}"
    if holds_moving_pictures(ledger.draft, content):
        return _WALK, "a picture moves by itself, or may"
    jumping = _Jumping(content, seen, config, ledger, browser, control)
    return _compare(jumping, walked.starts)


def _compare(jumping: _Jumping, starts: tuple[int, ...]) -> tuple[Reach, str]:
    differs = jumping.differs(())
    if not differs:
        return Reach(way="jump"), "frames follow from their times"
    if 0 < len(starts) <= _MOST_VISITS and not jumping.differs(starts):
        many = (
            f"frames follow from their times once tweens began, at {len(starts)} frames"
        )
        return Reach(way="jump", visits=starts), many
    return _WALK, f"frames depend on those before them: {differs}"


@attrs.frozen
class _Jumping:
    """What it takes to jump to frames of a page that was walked."""

    content: Content
    seen: Seen
    config: RenderConfig
    ledger: Ledger
    browser: Callable[[], AbstractContextManager[Browser]]
    control: Control

    def differs(self, visits: tuple[int, ...]) -> str:
        """
        Where a fresh page that stops at *visits* only has not come to what the walked one
        had; empty where it has everywhere.
        """
        setup, seconds = self.seen.setup, self.config.limits.ready_seconds
        door = PlanDoor(self.ledger.draft, self.content)
        with (
            self.browser() as browser,
            setup.open(browser, door, self.control) as page,
        ):
            try:
                return browser.loop.run(
                    self._compare(page, visits, seconds), self.control
                )
            except PageError as error:
                return f"it fails where it is jumped: {error.reason}"

    async def _compare(
        self, page: Page, visits: tuple[int, ...], seconds: float
    ) -> str:
        walked = self.seen.probed.followed
        await page.load(self.content.page.entry, seconds)
        await page.resize(self.content.page.width, self.content.page.height)
        await page.evaluate("__hfd.watchVolumes()", timeout=seconds)
        done = 0
        for frame in sorted(walked.states):
            between = [v for v in visits if done <= v < frame]
            done = frame
            wanted = [*between, frame]
            asked = f"__hfd.follow({wanted},[{frame}])"
            turns = TURNS_OF_A_FRAME * len(wanted)
            said = await page.evaluate(asked, timeout=seconds, frame=frame, turns=turns)
            facts = from_page(said, FollowedFacts)
            if facts.reason:
                return facts.reason
            if facts.found.get(str(frame)) != walked.states[frame]:
                return f"frame {frame} is another one where it is jumped to"
            if frame in walked.pictures:
                picture = await look_at(page, frame, seconds)
                if picture != walked.pictures[frame]:
                    return f"frame {frame} looks different where it is jumped to"
        return ""
