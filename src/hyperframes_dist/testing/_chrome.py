"""
The promises of a source of Chrome, as code; see `testing.check_chrome_source`.
"""

from __future__ import annotations

import os
import socket
import typing
from pathlib import Path

from .._browser.launch import probe_chrome
from .._browser.process import ARGS
from .._model.results import OutputResult
from .._pipeline.calls import render
from ..chrome import ChromeSource, Sandbox
from ..errors import HyperframesError
from ._promises import SAMPLE_CONFIG, equal, require, write_sample

_CALLER = "<script>new WebSocket('ws://127.0.0.1:%d/').onerror = () => {};</script>"


class ChromeCheck:
    """What `check_chrome_source` runs, in order."""

    def __init__(self, source: ChromeSource, tmp: Path) -> None:
        self._source, self._tmp = source, tmp

    def is_a_program(self) -> None:
        """Not a script around one, and the same one at every call."""
        path = self._source.executable()
        require(isinstance(path, Path), "executable() is a path")
        require(path.is_file() and os.access(path, os.X_OK), f"{path} is a program")
        with path.open("rb") as file:
            magic = file.read(4)
        equal(b"\x7fELF", magic, "it is the binary, which signals reach, and no script")
        equal(
            path, self._source.executable(), "executable() is the same when asked again"
        )

    def asks_for_little(self) -> None:
        """Arguments, environment and sandbox that leave ours as they are."""
        source = self._source
        args, env = source.args(), source.env()
        require(isinstance(args, tuple), "args() is a tuple")
        require(all(isinstance(arg, str) for arg in args), "arguments are texts")
        own = {_name(arg) for arg in ARGS}
        equal(
            [], [arg for arg in args if _name(arg) in own], "args() repeat none of ours"
        )
        texts = (*env.keys(), *env.values())
        require(
            all(isinstance(text, str) for text in texts), "env() maps texts to texts"
        )
        equal(args, source.args(), "args() are the same when asked again")
        equal(dict(env), dict(source.env()), "env() is the same when asked again")
        require(
            source.sandbox in typing.get_args(Sandbox), "sandbox is one of its words"
        )

    def draws_on_command(self) -> None:
        """By ``HeadlessExperimental.beginFrame``."""
        try:
            probe_chrome(self._source)
        except HyperframesError as error:
            raise AssertionError(f"it draws on command: {error}") from error

    def repeats_itself(self) -> None:
        """One browser or two draw the same bytes."""
        project = write_sample(self._tmp / "page")
        one, two = (self._render(project, workers) for workers in (1, 2))
        equal(one.sha256, two.sha256, "one browser or two make the same bytes")

    def reaches_nobody(self) -> None:
        """The wall around a page holds."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            caller = _CALLER % listener.getsockname()[1]
            self._render(write_sample(self._tmp / "caller", more=caller), 1)
            listener.settimeout(0)
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                return
        raise AssertionError("a page reaches no network: it reached a server")

    def _render(self, project: Path, workers: int) -> OutputResult:
        output, chrome = self._tmp / "out.mp4", self._source
        return render(project, output, SAMPLE_CONFIG, workers=workers, chrome=chrome)


def _name(arg: str) -> str:
    return arg.partition("=")[0]
