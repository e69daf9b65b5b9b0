"""
A browser made ready: Chrome started, spoken to while it boots, and tried out.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ..chrome import ChromeSource, check_platform, default_chrome, fetch_chrome
from ..errors import ChromeError, ChromeLaunchError
from ..progress import Control
from .door import Answer
from .process import ChromeProcess, NoSandboxHere

if TYPE_CHECKING:
    from .browser import Browser

logger = logging.getLogger(__name__)


def launch(source: ChromeSource, *, control: Control) -> Browser:
    """
    Start a browser of *source*, with its sandbox wherever the host allows one.

    Raises:
        ChromeLaunchError: Chrome does not come up, or needs a sandbox it cannot have.
        UnsupportedPlatformError: Chrome cannot run here.
    """
    check_platform()
    fetch_chrome(source, control)
    if source.sandbox == "off":
        return _speak(source, False, control)
    root = os.geteuid() == 0
    if root and source.sandbox == "require":
        raise ChromeLaunchError("Chrome has no sandbox as root; run as another user")
    try:
        if not root:
            return _speak(source, True, control)
    except NoSandboxHere as error:
        if source.sandbox == "require":
            raise ChromeLaunchError(str(error)) from None
    logger.warning(
        "Chrome runs without its sandbox: this host does not allow one",
        extra={"root": root},
    )
    return _speak(source, False, control)


def _speak(source: ChromeSource, sandbox: bool, control: Control) -> Browser:
    chrome = ChromeProcess(source, sandbox=sandbox)
    try:
        # What speaks to Chrome takes as long to import as Chrome takes to boot.
        from .browser import Browser  # noqa: PLC0415

        return Browser(chrome, control=control)
    except BaseException:
        chrome.close()
        raise


@attrs.frozen(kw_only=True)
class ChromeReport:
    """
    What a probe found.

    Attributes:
        executable: The binary that ran.
        product: Product and version it calls itself.
        picture_bytes: Size of the PNG it drew.
    """

    executable: Path
    product: str
    picture_bytes: int


class _Nothing:
    """A door behind which there is an empty page."""

    def answer(self, address: str, kind: str) -> Answer:  # noqa: ARG002
        return Answer(
            body=b"<!doctype html><title>probe</title>", content_type="text/html"
        )


_PNG_BASE64 = "iVBORw0KGgo"


def probe_chrome(
    source: ChromeSource | None = None, *, deadline: float | None = None
) -> ChromeReport:
    """
    Boot a browser and have it draw one PNG by ``HeadlessExperimental.beginFrame``.

    Args:
        source: Which browser; None takes `default_chrome`.
        deadline: When to give up, on the clock of `time.monotonic`.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        ChromeError: The browser does not boot, or does not draw on command.
        DeadlineExceeded: *deadline* passed; the browser is ended.
    """
    check_platform()
    source, control = source or default_chrome(), Control(deadline=deadline)
    with launch(source, control=control) as browser:
        page = browser.page(
            door=_Nothing(), scripts=(), width=64, height=64, control=control
        )
        with page as sheet:
            data = browser.loop.run(sheet.shoot({"format": "png"}), control)
        if not data.startswith(_PNG_BASE64):
            raise ChromeError(f"{browser.product} drew something that is not a PNG")
        return ChromeReport(
            executable=source.executable(),
            product=browser.product,
            picture_bytes=len(data) * 3 // 4,
        )
