"""
Whether a page is the same where each frame is drawn several times, as an open shutter has it.

A page that goes by its time is. One that goes a step on whenever it is drawn comes too far; it
is found by showing every frame twice.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from .._model.content import Reach
from .._model.shutter import MOTION_BLUR
from ..errors import PageError, UnsupportedFeatureError
from .follow import choose_frames, look_at, show_unseen
from .fresh import FreshPages

if TYPE_CHECKING:
    from .._browser.page import Page
    from .._compile.project import Document

_T = TypeVar("_T")

# Of a page whose looks are compared so many frames are shown.
_WALKED = 45
_ADVICE = (
    "have it go by the time (performance.now, hf-seek), or remove the attribute, and the "
    "film is sharp"
)


def weigh_ticks(pages: FreshPages, reach: Reach, *, where: str) -> tuple[str, ...]:
    """
    What is doubtful of drawing each frame several times, for a person.

    Args:
        reach: How workers get to the frames.
        where: The file and the line that ask for it.

    Raises:
        UnsupportedFeatureError: The page is another one for it.
        ChromeError: The browser fails.
    """
    shutter, walked = pages.content.shutter, pages.seen.probed.followed
    if shutter is None or reach.way == "jump":
        return ()
    doubt, frame = walked.reason, None
    try:
        if not doubt:
            frame, doubt = _find_difference(pages)
        elif walked.drawing:
            frame, doubt = min(_count(pages), _WALKED) - 1, ""
        if frame is not None and _looks_different(pages, frame):
            why = f"frame {frame} is another one where each frame is drawn twice"
            raise UnsupportedFeatureError(MOTION_BLUR, f"{where}; {why}", _ADVICE)
    except PageError as error:
        doubt = f"it fails where frames are shown twice: {error.reason}"
    if not doubt:
        return ()
    count = shutter.samples
    told = (
        f"{where}: {MOTION_BLUR} has each frame drawn {count} times, and frames of this "
        f"page depend on those before them ({doubt}): what goes a step on in every frame "
        f"goes {count} steps. Look at a few frames; {_ADVICE}"
    )
    return (told,)


def _count(pages: FreshPages) -> int:
    duration = pages.seen.probed.composition.duration
    return pages.content.frame_rate.count_frames(duration)


def _find_difference(pages: FreshPages) -> tuple[int | None, str]:
    """
    The first frame that is another one where each is shown twice, and what keeps that from
    being seen; None and empty where none is, and nothing does.

    Raises:
        PageError: The page fails.
    """
    walked = pages.seen.probed.followed
    shown, _ = choose_frames(_count(pages))

    async def compare(page: Page) -> tuple[int | None, str]:
        done = -1
        for frame in sorted(walked.states):
            part = [n for n in shown if done < n <= frame for _ in range(2)]
            done = frame
            facts = await show_unseen(page, part, [frame], pages.seconds)
            if facts.reason:
                return None, facts.reason
            if facts.found.get(str(frame)) != walked.states[frame]:
                return frame, ""
        return None, ""

    return _on_a_page(pages, compare)


def _looks_different(pages: FreshPages, last: int) -> bool:
    """
    Whether the frame *last* is another picture where each before it is shown twice.

    A document may tell of an animation that is over, and what is seen is the same.

    Raises:
        PageError: The page fails.
    """
    shown = [n for n in choose_frames(_count(pages))[0] if n <= last]

    def look(times: int) -> str:
        async def walk(page: Page) -> str:
            part = [n for n in shown for _ in range(times)]
            await show_unseen(page, part, [], pages.seconds)
            return await look_at(page, last, pages.seconds)

        return _on_a_page(pages, walk)

    return look(1) != look(2)


def _on_a_page(
    pages: FreshPages, work: Callable[[Page], Coroutine[Any, Any, _T]]
) -> _T:
    async def load(page: Page) -> _T:
        await pages.load(page)
        return await work(page)

    with pages.open() as (browser, page):
        return browser.loop.run(load(page), pages.control)


def place_of_shutter(document: Document) -> str:
    """The file and the line of *document* that first speak of a shutter."""
    before, found, _ = document.authored.partition(MOTION_BLUR)
    line = before.count("\n") + 1 if found else 1
    return f"{document.entry}:{line}"
