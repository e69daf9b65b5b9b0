"""
How workers get to their first frames: a page is walked, another one jumped, and what both
came to is compared.

Which frames are looked at follows from the project alone. Where a page is not surely one
whose frames follow from their times, every worker walks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from .._browser.camera import FRAME_SECONDS
from .._browser.moving import holds_moving_pictures
from .._model.codec import from_page
from .._model.content import Reach
from .._model.facts import FollowedFacts
from ..errors import PageError
from .costs import choose_samples, sample
from .follow import TURNS_OF_A_FRAME, look_at
from .fresh import FreshPages

if TYPE_CHECKING:
    from .._browser.browser import Browser
    from .._browser.page import Page

_MOST_VISITS = 400


@attrs.frozen(kw_only=True)
class Found:
    """
    How workers get to their first frames.

    Attributes:
        reach: As plans hold it.
        why: In words.
        costs: Processor seconds of some frames of the output; empty where none was drawn.
    """

    reach: Reach
    why: str
    costs: Mapping[int, float] = attrs.field(factory=dict)


def find_reach(pages: FreshPages) -> Found:
    """
    How workers get to their first frames, and what frames cost.

    Raises:
        ChromeError: The browser fails.
    """
    content, walked = pages.content, pages.seen.probed.followed
    if pages.config.reach == "walk":
        return _walk("it is asked for")
    if len(content.segments) == 1 and content.first_frame == 0:
        return _walk("the film is one segment")
    if walked.reason:
        return _walk(f"frames depend on those before them: {walked.reason}")
    if holds_moving_pictures(pages.ledger.draft, content):
        return _walk("a picture moves by itself, or may")
    return _compare(pages, walked.starts)


def _walk(why: str) -> Found:
    return Found(reach=Reach(way="walk"), why=f"walks: {why}")


def _compare(pages: FreshPages, starts: tuple[int, ...]) -> Found:
    once = _visit(pages, ())
    if not once.differs:
        why = "jumps: frames follow from their times"
        return Found(reach=Reach(way="jump"), why=why, costs=once.costs)
    if 0 < len(starts) <= _MOST_VISITS:
        late = _visit(pages, starts)
        if not late.differs:
            why = "jumps: frames follow from their times once tweens began, at "
            reach = Reach(way="jump", visits=starts)
            return Found(
                reach=reach, why=f"{why}{len(starts)} frames", costs=late.costs
            )
    return _walk(f"frames depend on those before them: {once.differs}")


@attrs.frozen
class _Visit:
    """
    Of a page that was jumped.

    Attributes:
        differs: Where it has not come to what the walked one had; empty where it has
            everywhere.
        costs: As in `Found`.
    """

    differs: str
    costs: Mapping[int, float] = attrs.field(factory=dict)


def _leap(looked: list[int]) -> list[int]:
    """
    Which of the frames that were *looked* at a jumped page shows: those of the later half.

    A worker leaps from the first frame to its own, and a page may take a little of that for
    what it was, and more of it for a lag.
    """
    return looked[len(looked) // 2 :]


def _visit(pages: FreshPages, visits: tuple[int, ...]) -> _Visit:
    """What a fresh page that stops at *visits* only comes to, and what it costs."""
    with pages.open() as (browser, page):
        try:
            work = _differs(pages, page, visits)
            if differs := browser.loop.run(work, pages.control):
                return _Visit(differs)
        except PageError as error:
            return _Visit(f"it fails where it is jumped: {error.reason}")
        return _Visit("", _sample(pages, page, browser))


def _sample(pages: FreshPages, page: Page, browser: Browser) -> dict[int, float]:
    """What frames cost; nothing of a page that does not go back."""
    first = pages.content.first_frame
    frames = choose_samples(pages.content, pages.config)
    shown = [first + frame for frame in frames]
    work = sample(page, browser, shown, FRAME_SECONDS)
    try:
        found = browser.loop.run(work, pages.control)
    except PageError:
        return {}
    return {frame - first: cost for frame, cost in found.items()}


async def _differs(pages: FreshPages, page: Page, visits: tuple[int, ...]) -> str:
    """Where *page* has not come to what the walked one had; empty where it has."""
    walked, seconds = pages.seen.probed.followed, pages.seconds
    await pages.load(page)
    done = 0
    for frame in _leap(sorted(walked.states)):
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
