"""
What a page comes to in frames that are looked at, while its timeline is walked.

Nothing is drawn but for a few pictures; see ``history.js``.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from itertools import count as count_from
from typing import TYPE_CHECKING

import attrs

from .._model.codec import from_page
from .._model.facts import FollowedFacts
from ..errors import PageError

if TYPE_CHECKING:
    from .._browser.page import Page

_SURVEYED_FRAMES = 240
# Processor seconds a frame may take besides.
_SURVEYED_FRAME_SECONDS = 6.0
_LOOKED_FRAMES = 24
TURNS_OF_A_FRAME = 3
"""How often a frame waits for time to go on, about."""
# At the usual rates tenths, eighths and fifths of a second are multiples of its factors.
_ROUND = 30
_PNG = {"format": "png", "optimizeForSpeed": True}


@attrs.frozen(kw_only=True)
class Followed:
    """
    A page that was walked.

    Attributes:
        states: What some frames came to, by frame.
        pictures: What fewer of them look like, by frame.
        reason: What makes frames depend on those before them; empty where nothing was
            seen to.
        drawing: Whether *reason* is what a canvas keeps, of which its document tells nothing.
        starts: Frames at which tweens began; empty where not every frame was shown.
    """

    states: dict[int, str]
    pictures: dict[int, str]
    reason: str
    drawing: bool
    starts: tuple[int, ...]


def choose_frames(count: int) -> tuple[list[int], list[int]]:
    """
    Which of *count* frames are shown, and which of them looked at, both rising.

    The last one is, and no two that follow each other but for it. The others are at no round
    times, at which things begin: who comes to a beginning exactly is as if it had walked.
    """
    step, last = max(1, count // _SURVEYED_FRAMES), count - 1
    apart = max(2, -(-count // _LOOKED_FRAMES))
    uneven = {_uneven(frame) for frame in range(apart, last, apart)}
    looked = sorted({*(frame for frame in uneven if frame < last), last})
    return sorted({*range(0, count, step), *looked}), looked


def _uneven(frame: int) -> int:
    """The first frame from *frame* on that is no multiple of a tenth or so of a second."""
    return next(n for n in count_from(frame) if math.gcd(n, _ROUND) == 1)


async def follow(page: Page, count: int, timeout: float) -> Followed:
    """Walk the timeline of *page*, which has *count* frames."""
    shown, looked = choose_frames(count)
    photographed = {looked[len(looked) // 2], looked[-1]}
    states: dict[int, str] = {}
    pictures: dict[int, str] = {}
    reason, drawing, starts, after = "", False, tuple[int, ...](), 0
    for stop in [1, *(shown.index(frame) + 1 for frame in looked)]:
        part, after = shown[after:stop], stop
        if not part:
            continue
        patience = timeout + _SURVEYED_FRAME_SECONDS * len(part)
        facts = await show_unseen(page, part, looked, patience)
        states |= {int(frame): state for frame, state in facts.found.items()}
        reason, drawing, starts = facts.reason, facts.drawing, facts.starts
        if part[-1] in photographed and not reason:
            pictures[part[-1]] = await look_at(page, part[-1], patience)
        if stop == 1 or stop == len(shown) or len(shown) // 2 in range(after, stop):
            await page.evaluate("__hfd.noteFonts()", timeout=timeout)
    dense = len(shown) == count
    return Followed(
        states=states,
        pictures=pictures,
        reason=reason,
        drawing=drawing,
        starts=starts if dense else (),
    )


async def show_unseen(
    page: Page, frames: Sequence[int], looked: Sequence[int], timeout: float
) -> FollowedFacts:
    """
    Show *frames* of *page* in order, and nothing of them; a page that has to be painted before
    it goes on is.

    Args:
        frames: At least one; one that comes twice is shown twice.
        looked: Those of which it is told what they came to.
        timeout: Longest wait for an answer of the page, in seconds.

    Raises:
        PageError: The page comes to none of the frames it is asked for.
    """
    found: dict[str, str] = {}
    left = list(frames)
    while True:
        asked = f"__hfd.follow({left},{list(looked)})"
        turns = TURNS_OF_A_FRAME * len(left)
        said = await page.evaluate(asked, timeout=timeout, turns=turns)
        facts = from_page(said, FollowedFacts)
        # However little it shows, it shows the first; else it would be asked for ever.
        if facts.shown < 1:
            raise PageError(
                f"the page was asked for {len(left)} frames from {left[0]} on and "
                "showed none",
                frame=left[0],
                hint="a script may have replaced what every page needs, as "
                "Array.prototype[Symbol.iterator]",
            )
        found |= facts.found
        left = left[facts.shown :]
        if facts.draws:
            await page.begin_views(timeout=timeout)
        if not left:
            return attrs.evolve(facts, found=found, shown=len(frames))


async def look_at(page: Page, frame: int, timeout: float) -> str:
    """
    Name the picture of *frame*, which *page* has come to, as a segment begins with it.

    What the compositor remembers is forgotten, so that the picture follows from the frame
    alone.
    """
    for hidden in ("true", "false"):
        await page.evaluate(f"__hfd.hide({hidden})", timeout=timeout, frame=frame)
        await page.draw(None)
    survey = f"__hfd.survey([{frame}])"
    turns = TURNS_OF_A_FRAME
    await page.evaluate(survey, timeout=timeout, frame=frame, turns=turns)
    picture = await page.shoot(_PNG, frame)
    return hashlib.sha256(picture.encode()).hexdigest()
