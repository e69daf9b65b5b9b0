"""
One Chrome process: started with all it needs to draw on command, ended with all it started.

Speaking to it is `_browser`'s.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from .._fonts.fontconfig import OWN, write_wall
from .._tools.leftovers import sweep, temp_dir
from .._tools.process import kill_group
from ..chrome import ChromeSource
from ..errors import ChromeLaunchError

_OFF = (
    "IsolateOrigins,site-per-process,PaintHolding,MediaRouter,AudioServiceOutOfProcess"
)

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
    # Large tiles: one that touches a shadow blurs it again (decision 0020).
    "--default-tile-width=1920",
    "--default-tile-height=544",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--hide-scrollbars",
    # Foreign frames stay in the page's process, hence behind its door.
    "--disable-site-isolation-trials",
    f"--disable-features={_OFF}",
    # Nobody hears a page and no network answers it: neither is worth a process, which the
    # first sound and every boot would wait for. Authors draw HTML into canvases, which Chrome
    # has on trial.
    "--enable-features=NetworkServiceInProcess2,CanvasDrawElement",
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

_NO_SANDBOX = ("No usable sandbox", "without --no-sandbox", "sandbox_linux")
_PIPES_TO_3_AND_4 = 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null'


class NoSandboxHere(ChromeLaunchError):
    """This host does not allow a Chrome its sandbox; `launch` decides what follows."""


class ChromeProcess:
    """
    A Chrome of *source* that was started and need not be up yet; close it.

    Attributes:
        process: Its process, the leader of a group.
        reading: Where it writes.
        writing: Where it reads.

    Raises:
        UnsupportedPlatformError: Chrome cannot run here.
    """

    def __init__(self, source: ChromeSource, *, sandbox: bool) -> None:
        self._stack = contextlib.ExitStack()
        try:
            self._start(source, sandbox)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, source: ChromeSource, sandbox: bool) -> None:
        sweep()
        profile = self._stack.enter_context(temp_dir("chrome"))
        self._stderr = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        own = () if sandbox else ("--no-sandbox", "--disable-setuid-sandbox")
        args = [str(source.executable()), *ARGS, *own, *source.args()]
        args += [f"--user-data-dir={profile}", "about:blank"]
        env = _with_wall(source.env(), profile / "hyperframes-fonts")
        self.process, self.reading, self.writing = _spawn(args, env, self._stderr)
        self._stack.callback(kill_group, self.process)

    def failure(self, how: str) -> ChromeLaunchError:
        """
        The error of a Chrome that did not come up: *how*, and what it said last.

        Chrome tells why only in words, on its standard error: they are read here.
        """
        self._stderr.seek(0)
        text = self._stderr.read()[-2000:].decode(errors="replace")
        said = " | ".join(text.strip().splitlines()[-3:])
        refused = any(words in said for words in _NO_SANDBOX)
        kind = NoSandboxHere if refused else ChromeLaunchError
        return kind(f"{how}: {said or 'no message'}")

    def close(self) -> None:
        """End it and everything it started; a second call does nothing."""
        self._stack.close()


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
