"""
One Chrome process: started, spoken to over its pipe, ended with all it started.

Sync outside; the page it opens lives in an event loop of its own.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Self

import attrs

from ._answer import Answer, Door
from ._cdp import EventLoop, PipeConnection, command
from ._font_wall import OWN, write_wall
from ._page import Page
from ._process import kill_group
from .chrome import ChromeSource, default_chrome
from .errors import ChromeCrashError, ChromeError, ChromeLaunchError
from .progress import Control

logger = logging.getLogger(__name__)

LAUNCH_SECONDS = 30.0

ARGS = (
    # Draw on command, one whole frame per command, the same one every time.
    "--deterministic-mode",
    "--enable-begin-frame-control",
    "--run-all-compositor-stages-before-draw",
    "--disable-new-content-rendering-timeout",
    "--disable-threaded-animation",
    "--disable-threaded-scrolling",
    "--disable-checker-imaging",
    "--disable-image-animation-resync",
    "--enable-surface-synchronization",
    # Software compositing: faster than compositing on SwiftShader, and other pixels.
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-gpu-compositing",
    # Whole frames: what is redrawn in part has other edges where the part ends.
    "--ui-disable-partial-swap",
    # Large tiles: one that touches a shadow blurs it again. Twice this height is a third
    # slower at 1080p, since such tiles are not used again (decision 0020).
    "--default-tile-width=1920",
    "--default-tile-height=544",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--hide-scrollbars",
    # Foreign frames stay in the page's process, hence behind its door.
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process,PaintHolding,MediaRouter",
    # The wall: what does not go through the door goes nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # Nothing of Chrome's own happens in between.
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-hang-monitor",
    "--disable-ipc-flooding-protection",
    "--disable-popup-blocking",
    "--disable-sync",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--password-store=basic",
    "--use-mock-keychain",
    "--autoplay-policy=no-user-gesture-required",
    "--lang=en-US",
    "--remote-debugging-pipe",
)
"""What every Chrome is started with."""

_PIPES_TO_3_AND_4 = 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null'
_NO_SANDBOX_HERE = ("No usable sandbox", "without --no-sandbox", "sandbox_linux")


class Browser:
    """
    A running Chrome; make one with `launch`. Use it from one thread at a time.

    Attributes:
        product: Product and version, such as ``HeadlessChrome/156.0.8078.79``.
    """

    def __init__(
        self, source: ChromeSource, *, sandbox: bool, control: Control
    ) -> None:
        self._control = control
        self.product = ""
        self._blank: str | None = None
        self.loop = EventLoop()
        self._stack = contextlib.ExitStack()
        self._stack.callback(self.loop.close)
        try:
            self._start(source, sandbox)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, source: ChromeSource, sandbox: bool) -> None:
        profile = Path(tempfile.mkdtemp(prefix="hyperframes-chrome-"))
        self._stack.callback(shutil.rmtree, profile, ignore_errors=True)
        stderr = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        own = () if sandbox else ("--no-sandbox", "--disable-setuid-sandbox")
        args = [str(source.executable()), *ARGS, *own, *source.args()]
        args += [f"--user-data-dir={profile}", "about:blank"]
        env = _with_wall(source.env(), profile / "hyperframes-fonts")
        self.process, read_fd, write_fd = _spawn(args, env, stderr)
        self._stack.callback(kill_group, self.process)
        self._connection = PipeConnection(self.loop.loop)
        self._stack.callback(self._hang_up)
        try:
            self.loop.run(self._connection.open(read_fd, write_fd), self._control)
            version = self.loop.run(self._ask_version(), self._control)
            self._blank = self.loop.run(self._find_blank(), self._control)
        except ChromeError as error:
            raise ChromeLaunchError(_explain(error, stderr)) from None
        self.product = str(version["product"])

    async def _ask_version(self) -> dict[str, Any]:
        connection = self._connection
        return await command(connection, "Browser.getVersion", timeout=LAUNCH_SECONDS)

    async def _find_blank(self) -> str | None:
        """The blank page every Chrome starts with, if it is there yet."""
        found = await command(
            self._connection, "Target.getTargets", timeout=LAUNCH_SECONDS
        )
        pages = [row for row in found["targetInfos"] if row["type"] == "page"]
        return str(pages[0]["targetId"]) if pages else None

    async def _take_target(self) -> str:
        """A blank page: the first one is there already, with a process of its own."""
        blank, self._blank = self._blank, None
        if blank is not None:
            return blank
        made = await command(
            self._connection,
            "Target.createTarget",
            {"url": "about:blank"},
            timeout=LAUNCH_SECONDS,
        )
        return str(made["targetId"])

    async def resize_window(self, target_id: str, width: int, height: int) -> None:
        """Give a page's window a size in pixels; what is outside of it is not drawn."""
        found = await command(
            self._connection,
            "Browser.getWindowForTarget",
            {"targetId": target_id},
            timeout=LAUNCH_SECONDS,
        )
        bounds = {"width": width, "height": height}
        await command(
            self._connection,
            "Browser.setWindowBounds",
            {"windowId": found["windowId"], "bounds": bounds},
            timeout=LAUNCH_SECONDS,
        )

    def _hang_up(self) -> None:
        self.loop.loop.call_soon_threadsafe(self._connection.close)

    @property
    def alive(self) -> bool:
        """Whether the process runs and still listens."""
        return self.process.poll() is None and not self._connection.lost

    @contextlib.contextmanager
    def page(
        self,
        *,
        door: Door,
        scripts: tuple[str, ...],
        width: int,
        height: int,
        control: Control,
        scale: int = 1,
        transparent: bool = False,
    ) -> Iterator[Page]:
        """A fresh page for the length of the block; see `Page.open`."""
        opening = Page.open(
            self._connection,
            self.loop.run(self._take_target(), control),
            door=door,
            scripts=scripts,
            width=width,
            height=height,
            scale=scale,
            transparent=transparent,
        )
        page = self.loop.run(opening, control)
        try:
            yield page
        finally:
            if self.alive:
                self.loop.run(page.close(), Control())

    def close(self) -> None:
        """End Chrome and everything it started; a second call does nothing."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _with_wall(env: Mapping[str, str], folder: Path) -> Mapping[str, str]:
    """*env*, with fonts of our own unless it says itself which ones there are."""
    return env if OWN & env.keys() else {**write_wall(folder), **env}


def _spawn(
    args: list[str], env: Mapping[str, str], stderr: IO[bytes]
) -> tuple[subprocess.Popen[bytes], int, int]:
    """Start Chrome with the two ends it expects as descriptors 3 and 4."""
    to_chrome, write_fd = os.pipe()
    read_fd, from_chrome = os.pipe()
    try:
        process = subprocess.Popen(
            # The shell only puts the pipes where Chrome wants them and is replaced by it.
            ["/bin/sh", "-c", _PIPES_TO_3_AND_4, *args],
            stdin=to_chrome,
            stdout=from_chrome,
            stderr=stderr,
            env={**os.environ, **env},
            start_new_session=True,
        )
    except BaseException:
        os.close(write_fd)
        os.close(read_fd)
        raise
    finally:
        os.close(to_chrome)
        os.close(from_chrome)
    return process, read_fd, write_fd


def _explain(error: ChromeError, stderr: IO[bytes]) -> str:
    stderr.seek(0)
    lines = stderr.read()[-2000:].decode(errors="replace").strip().splitlines()
    if isinstance(error, ChromeCrashError):
        return f"Chrome ended while starting: {' | '.join(lines[-3:]) or 'no message'}"
    return f"Chrome did not start: {error}; {' | '.join(lines[-3:])}"


def launch(source: ChromeSource, *, control: Control) -> Browser:
    """
    Start a browser of *source*, with its sandbox wherever the host allows one.

    Raises:
        ChromeLaunchError: It does not come up, or needs a sandbox it cannot have.
        UnsupportedPlatformError: Chrome cannot run here.
    """
    if source.sandbox == "off":
        return Browser(source, sandbox=False, control=control)
    root = os.geteuid() == 0
    if root and source.sandbox == "require":
        raise ChromeLaunchError("Chrome has no sandbox as root; run as another user")
    try:
        if not root:
            return Browser(source, sandbox=True, control=control)
    except ChromeLaunchError as error:
        refused = any(word in str(error) for word in _NO_SANDBOX_HERE)
        if source.sandbox == "require" or not refused:
            raise
    logger.warning(
        "Chrome runs without its sandbox: this host does not allow one",
        extra={"root": root},
    )
    return Browser(source, sandbox=False, control=control)


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
        ChromeError: It does not boot, or does not draw on command.
        DeadlineExceeded: *deadline* passed; the browser is ended.
    """
    source, control = source or default_chrome(), Control(deadline=deadline)
    executable = source.executable()
    with launch(source, control=control) as browser:
        page = browser.page(
            door=_Nothing(), scripts=(), width=64, height=64, control=control
        )
        with page as sheet:
            data = browser.loop.run(sheet.shoot({"format": "png"}), control)
        if not data.startswith(_PNG_BASE64):
            raise ChromeError(f"{browser.product} drew something that is not a PNG")
        return ChromeReport(
            executable=executable,
            product=browser.product,
            picture_bytes=len(data) * 3 // 4,
        )
