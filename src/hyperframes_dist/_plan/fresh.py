"""
Pages of a plan that are opened anew, after what they ask for was frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import attrs

from .._browser.door import PlanDoor
from .._model.config import RenderConfig
from .._model.manifest import Content
from ..progress import Control
from .ledger import Ledger

if TYPE_CHECKING:
    from .._browser.browser import Browser
    from .._browser.page import Page
    from .show import Seen


@attrs.frozen
class FreshPages:
    """
    Pages of *content*, each as a worker will find it.

    Attributes:
        content: What is planned.
        seen: What the page was when it was shown first.
        ledger: Where its files are.
        browser: Opens a browser, or lends one.
    """

    content: Content
    seen: Seen
    config: RenderConfig
    ledger: Ledger
    browser: Callable[[], AbstractContextManager[Browser]]
    control: Control

    @property
    def seconds(self) -> float:
        """Longest wait for an answer of a page."""
        return self.config.limits.ready_seconds

    @contextmanager
    def open(self) -> Iterator[tuple[Browser, Page]]:
        """A page that is not loaded yet, and the browser it is in."""
        door = PlanDoor(self.ledger.draft, self.content)
        with (
            self.browser() as browser,
            self.seen.setup.open(browser, door, self.control) as page,
        ):
            yield browser, page

    async def load(self, page: Page) -> None:
        """
        Have *page* ready to be walked.

        Raises:
            PageError: The page fails.
        """
        shown = self.content.page
        await page.load(shown.entry, self.seconds)
        await page.resize(shown.width, shown.height)
        await page.evaluate("__hfd.watchVolumes()", timeout=self.seconds)
