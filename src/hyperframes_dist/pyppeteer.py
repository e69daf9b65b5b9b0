"""
For people who know pyppeteer: its Chromium as a source, and a plan's page to look around in.

Needs the extra ``pyppeteer``. Rendering needs none of this: the library speaks to Chrome
itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import attrs

from ._browser.camera import open_camera
from ._browser.launch import launch
from ._model.checks import check_number
from ._model.frames import FrameRange
from ._model.results import Plan
from ._planned.directory import check_artifacts, load_plan, needed_by
from ._planned.toolchain import check_toolchain
from .chrome import ChromeSource, Sandbox, check_platform, default_chrome
from .errors import InputError
from .progress import Control

if TYPE_CHECKING:
    from pyppeteer.page import Page as PyppeteerPage

    from ._browser.browser import Browser
    from ._browser.page import Page

__all__ = ["PyppeteerChrome", "open_page"]

_T = TypeVar("_T")


@attrs.frozen
class PyppeteerChrome:
    """
    The Chromium that a pyppeteer installation has downloaded: a `ChromeSource`.

    It is where ``PYPPETEER_HOME`` and ``PYPPETEER_CHROMIUM_REVISION`` say, as for pyppeteer
    itself. Nothing is downloaded; ``pyppeteer-install`` does that. A Chromium draws on
    command up to version 131; `probe_chrome` tells.

    Attributes:
        sandbox: What to do about Chrome's sandbox.
    """

    sandbox: Sandbox = "auto"

    def executable(self) -> Path:
        """
        The Chromium pyppeteer would start.

        Raises:
            InputError: pyppeteer is not installed, or has downloaded none.
            UnsupportedPlatformError: Chrome is not driven on this machine.
        """
        check_platform()
        path = Path(_load_bridge().find_chromium())
        if not path.is_file():
            raise InputError(
                f"pyppeteer has no Chromium at {str(path)!r}; run pyppeteer-install, or set "
                "PYPPETEER_HOME and PYPPETEER_CHROMIUM_REVISION to where there is one"
            )
        return path

    def args(self) -> tuple[str, ...]:
        """See `ChromeSource.args`; only the old headless mode draws on command."""
        return ("--headless=old",)

    def env(self) -> Mapping[str, str]:
        """See `ChromeSource.env`."""
        return {}


@contextlib.asynccontextmanager
async def open_page(
    plan: Plan | Path | str,
    frame: int,
    *,
    chrome: ChromeSource | None = None,
    deadline: float | None = None,
) -> AsyncIterator[PyppeteerPage]:
    """
    A plan's page at one frame, as a page of pyppeteer's, for the length of the block.

    The page is the one `render_chunk` would draw: sealed, so that every request is answered
    from the plan or fails, with its clock standing still at *frame*. What is done to the
    page changes no plan. Timers of the page and of pyppeteer's ``waitFor`` stand still with
    its clock; ``evaluate``, selectors, ``screenshot`` and input work. Other pages cannot be
    opened. The browser ends with the block, however the block ends.

    Args:
        plan: A plan, or its directory, which is only read.
        frame: Number of the frame to show, from 0.
        chrome: The browser the plan was made with; None takes `default_chrome`.
        deadline: When the page must be there, on the clock of `time.monotonic`.

    Yields:
        A ``pyppeteer.page.Page``, for the event loop that runs.

    Raises:
        InputError: pyppeteer is not installed, or the plan has no such frame.
        PlanError: The plan is incomplete, or not what was planned.
        ToolchainMismatchError: The browser, or another tool, is not the plan's.
        PageError: The page fails before it shows the frame.
        ChromeError: The browser fails.
        DeadlineExceeded: *deadline* passed before the page was there.
    """
    bridge, stop, stack = _load_bridge(), threading.Event(), contextlib.ExitStack()
    control = Control(cancel=stop, deadline=deadline)
    shown = _show(plan, frame, chrome or default_chrome(), control)
    try:
        opened = await _do_aside(lambda: stack.enter_context(shown), stop)
        yield await bridge.hand_over(*opened)
    finally:
        await _do_aside(stack.close, stop)


@contextlib.contextmanager
def _show(
    plan: Plan | Path | str, frame: int, chrome: ChromeSource, control: Control
) -> Iterator[tuple[Browser, Page, dict[str, int]]]:
    """The page of *plan*, which has just shown *frame*: its browser, and its viewport."""
    loaded = load_plan(plan.path if isinstance(plan, Plan) else Path(plan))
    content = loaded.content
    check_number("frame", frame, 0, content.frame_count - 1)
    segments = [each for each in content.segments if frame in each.frames]
    check_toolchain(content.toolchain, chrome, control)
    check_artifacts(loaded, needed_by(loaded, segments))
    with (
        launch(chrome, control=control) as browser,
        open_camera(browser, loaded.path, content, control) as camera,
    ):
        for _ in camera.frames(FrameRange(frame, frame + 1)):
            pass
        browser.loop.run(camera.page.release(), control)
        viewport = {
            "width": content.page.width,
            "height": content.page.height,
            "deviceScaleFactor": content.capture.scale,
        }
        yield browser, camera.page, viewport


async def _do_aside(work: Callable[[], _T], stop: threading.Event) -> _T:
    """
    What *work* returns, in a thread of its own.

    It always comes to its end, since it holds a browser: who is cancelled meanwhile sets
    *stop*, and waits.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work))
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            stop.set()
            cancelled = error
    if cancelled is not None:
        task.exception()  # The caller has another wish; what failed is no leak.
        raise cancelled
    return task.result()


def _load_bridge() -> ModuleType:
    try:
        from ._look import pyppeteer_bridge  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            f"{error}; install the extra: pip install 'hyperframes_dist[pyppeteer]'"
        ) from None
    return pyppeteer_bridge
