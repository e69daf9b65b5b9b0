"""
Whether a page is the same where each frame is drawn several times, as an open shutter has it.

A page that goes by its time is. One that goes a step on whenever it is drawn comes too far; it
is found by showing every frame twice.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from .._browser.door import PlanDoor
from .._model.config import RenderConfig
from .._model.content import Reach
from .._model.manifest import Content
from .._model.shutter import MOTION_BLUR
from ..errors import PageError, UnsupportedFeatureError
from ..progress import Control
from .follow import choose_frames, look_at, show_unseen
from .ledger import Ledger

if TYPE_CHECKING:
    from .._browser.browser import Browser
    from .._browser.page import Page
    from .._compile.project import Document
    from .show import Seen

_T = TypeVar("_T")

# Of a page whose looks are compared so many frames are shown.
_WALKED = 45
_ADVICE = (
    "have it go by the time (performance.now, hf-seek), or remove the attribute, and the "
    "film is sharp"
)


def weigh_ticks(
    content: Content,
    reach: Reach,
    seen: Seen,
    config: RenderConfig,
    ledger: Ledger,
    browser: Callable[[], AbstractContextManager[Browser]],
    control: Control,
    *,
    where: str,
) -> tuple[str, ...]:
    """
    What is doubtful of drawing each frame of *content* several times, for a person.

    Args:
        reach: How workers get to its frames.
        where: The file and the line that ask for it.

    Raises:
        UnsupportedFeatureError: The page is another one for it.
        ChromeError: The browser fails.
    """
    if content.shutter is None or reach.way == "jump":
        return ()
    pages = _Pages(content, seen, config, ledger, browser, control)
    doubt, frame = seen.probed.followed.reason, None
    try:
        if not doubt:
            frame, doubt = pages.find_difference()
        elif _is_kept(doubt):
            frame, doubt = pages.last_walked, ""
        if frame is not None and pages.looks_different(frame):
            why = f"frame {frame} is another one where each frame is drawn twice"
            raise UnsupportedFeatureError(MOTION_BLUR, f"{where}; {why}", _ADVICE)
    except PageError as error:
        doubt = f"it fails where frames are shown twice: {error.reason}"
    if not doubt:
        return ()
    count = content.shutter.samples
    told = (
        f"{where}: {MOTION_BLUR} has each frame drawn {count} times, and frames of this "
        f"page depend on those before them ({doubt}): what goes a step on in every frame "
        f"goes {count} steps. Look at a few frames; {_ADVICE}"
    )
    return (told,)


def _is_kept(doubt: str) -> bool:
    """Whether *doubt* is of a drawing, whose looks tell what no document does."""
    return "canvas" in doubt or "WebGL" in doubt


@attrs.frozen
class _Pages:
    """Fresh pages of a plan, walked anew."""

    content: Content
    seen: Seen
    config: RenderConfig
    ledger: Ledger
    browser: Callable[[], AbstractContextManager[Browser]]
    control: Control

    @property
    def last_walked(self) -> int:
        """The frame that is looked at of a page whose documents do not tell."""
        return min(self._count, _WALKED) - 1

    @property
    def _count(self) -> int:
        duration = self.seen.probed.composition.duration
        return self.content.frame_rate.count_frames(duration)

    def find_difference(self) -> tuple[int | None, str]:
        """
        The first frame that is another one where each is shown twice, and what keeps that
        from being seen; None and empty where none is, and nothing does.

        Raises:
            PageError: The page fails.
        """
        walked = self.seen.probed.followed
        shown, _ = choose_frames(self._count)

        async def compare(page: Page) -> tuple[int | None, str]:
            done = -1
            for frame in sorted(walked.states):
                part = [n for n in shown if done < n <= frame for _ in range(2)]
                done = frame
                facts = await show_unseen(page, part, [frame], self._seconds)
                if facts.reason:
                    return None, facts.reason
                if facts.found.get(str(frame)) != walked.states[frame]:
                    return frame, ""
            return None, ""

        return self._on_a_page(compare)

    def looks_different(self, last: int) -> bool:
        """
        Whether the frame *last* is another picture where each before it is shown twice.

        A document may tell of an animation that is over, and what is seen is the same.

        Raises:
            PageError: The page fails.
        """
        shown = [n for n in choose_frames(self._count)[0] if n <= last]

        def look(times: int) -> str:
            async def walk(page: Page) -> str:
                part = [n for n in shown for _ in range(times)]
                await show_unseen(page, part, [], self._seconds)
                return await look_at(page, last, self._seconds)

            return self._on_a_page(walk)

        return look(1) != look(2)

    @property
    def _seconds(self) -> float:
        return self.config.limits.ready_seconds

    def _on_a_page(self, work: Callable[[Page], Coroutine[Any, Any, _T]]) -> _T:
        content, setup = self.content, self.seen.setup
        door = PlanDoor(self.ledger.draft, content)

        async def load(page: Page) -> _T:
            await page.load(content.page.entry, self._seconds)
            await page.resize(content.page.width, content.page.height)
            await page.evaluate("__hfd.watchVolumes()", timeout=self._seconds)
            return await work(page)

        with (
            self.browser() as browser,
            setup.open(browser, door, self.control) as page,
        ):
            return browser.loop.run(load(page), self.control)


def place_of_shutter(document: Document) -> str:
    """The file and the line of *document* that first speak of a shutter."""
    before, found, _ = document.authored.partition(MOTION_BLUR)
    line = before.count("\n") + 1 if found else 1
    return f"{document.entry}:{line}"
