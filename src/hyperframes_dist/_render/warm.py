"""
A browser kept warm between calls: started when first needed, replaced when it has died
or served long enough.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Self

from .._browser.camera import CameraKeeper
from .._browser.launch import launch
from ..chrome import ChromeSource, check_platform, default_chrome
from ..errors import ChromeError, DeadlineExceeded, HyperframesError, InputError
from ..progress import Control

if TYPE_CHECKING:
    from .._browser.browser import Browser
    from .._tools.seats import Seat

# A long-lived browser grows; this many pages are minutes of work.
_PAGES_PER_BROWSER = 64


def _is_source(source: object) -> bool:
    """Whether *source* may be one; it is asked for nothing before a browser is wanted."""
    known = inspect.getattr_static(source, "executable", None) is not None
    return known or hasattr(type(source), "__getattr__")


class WarmBrowser:
    """
    At most one running browser of *source*; calls from several threads take turns.

    Attributes:
        source: Where browsers come from.
        cameras: What was opened on the browser for the plan drawn last.
    """

    def __init__(self, source: ChromeSource | None) -> None:
        check_platform()
        if source is not None and not _is_source(source):
            raise InputError(
                f"chrome {source!r} is no source of Chrome; give Sparticuz(), "
                "HeadlessShell(path) or None"
            )
        self.source = source or default_chrome()
        self.cameras = CameraKeeper()
        self._lock = threading.Lock()
        self._browser: Browser | None = None
        self._pages = 0
        self._aside: list[threading.Thread] = []

    @contextlib.contextmanager
    def use(
        self,
        control: Control,
        launching: AbstractContextManager[object] | None = None,
        *,
        goes_on: bool = False,
        seat: Seat | None = None,
    ) -> Iterator[Browser]:
        """
        The browser, for the length of the block; one that fails in it is ended.

        Args:
            launching: Held while it boots.
            goes_on: Leave the camera open that an earlier use may have left.
            seat: Taken from when it is this call's turn, and before a browser boots.
        """
        self._settle()
        with self._lock, seat or contextlib.nullcontext():
            if not goes_on:
                self.cameras.close()
            if self._is_spent():
                self._end()
            if self._browser is None:
                with launching or contextlib.nullcontext():
                    self._browser = launch(self.source, control=control)
            self._pages += 1
            try:
                yield self._browser
            except (ChromeError, DeadlineExceeded):
                # Whatever it did not answer, or not in time, it is not to be asked again.
                self._end()
                raise

    def _is_spent(self) -> bool:
        browser = self._browser
        if browser is None:
            return False
        return not browser.alive or self._pages >= _PAGES_PER_BROWSER

    def _end(self) -> None:
        if self._browser is not None:
            self._browser.close()
        # A page ends with its browser; nobody is asked to close it first.
        self.cameras.close()
        self._browser, self._pages = None, 0

    @property
    def is_running(self) -> bool:
        """Whether there is a browser to end, or will be."""
        return self._browser is not None or any(t.is_alive() for t in self._aside)

    def boot(self, control: Control) -> None:
        """Begin to start the browser beside what the caller does next; see `use`."""
        # The caller is told in its own thread only.
        quiet = Control(None, control.cancel, control.deadline)

        def begin() -> None:
            # Who uses it tries again, and is told why there is none.
            with self._lock, contextlib.suppress(HyperframesError):
                if self._browser is None:
                    self._browser = launch(self.source, control=quiet)

        self._beside(begin, "boot")

    def retire(self) -> None:
        """Begin to end the browser beside what the caller does next; see `close`."""
        self._beside(self.discard, "retire")

    def _beside(self, work: Callable[[], None], name: str) -> None:
        before = [thread for thread in self._aside if thread.is_alive()]

        def after() -> None:
            for thread in before:
                thread.join()
            work()

        thread = threading.Thread(target=after, name=name)
        self._aside = [*before, thread]
        thread.start()

    def close(self) -> None:
        """End the browser and wait until it has; a later use starts another one."""
        self._settle()
        self.discard()

    def _settle(self) -> None:
        """Wait for what was begun beside."""
        for thread in tuple(self._aside):
            thread.join()

    def discard(self) -> None:
        """End the browser at once; a later use starts another one."""
        with self._lock:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
