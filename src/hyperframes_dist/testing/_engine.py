"""
The promises of an engine, as code to run; see `hyperframes_dist.testing.check_engine`.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import attrs

from .._model.config import RenderConfig
from .._model.results import OutputResult
from .._pipeline.calls import render
from ..chrome import ChromeSource
from ..engines import Engine, RenderRequest
from ..engines import render as render_by
from ..errors import Cancelled, DeadlineExceeded, PageError, StoreMissingError
from ..progress import Progress
from ..transport import open_transport
from ._promises import SAMPLE_CONFIG, equal, expected, require, write_sample

_LATE_SECONDS = 30
_BAD = "() => { throw new Error('no such frame'); }"


class EngineCheck:
    """What `check_engine` runs, in order, on one store."""

    def __init__(
        self, engine: Engine, store: str, tmp: Path, chrome: ChromeSource | None
    ) -> None:
        self._engine, self._store, self._tmp = engine, store, tmp
        self._chrome = chrome

    def makes_the_same_bytes(self) -> None:
        """As a local render, told of on the way."""
        project, told = write_sample(self._tmp / "good"), list[Progress]()
        output = self._tmp / "local.mp4"
        wanted = render(project, output, SAMPLE_CONFIG, chrome=self._chrome)

        made = self._render(project, progress=told.append)

        equal(wanted.sha256, made.sha256, "the bytes are those of a local render")
        frames = [event.done for event in told if event.stage == "render"]
        require(frames == sorted(frames), "progress goes forward")
        equal(wanted.frame_count, max(frames, default=0), "every frame is told of")

    def goes_on_from_the_store(self) -> None:
        """Nothing is made that is there."""
        before = set(open_transport(self._store).list())
        (self._tmp / "engine.mp4").rename(self._tmp / "first.mp4")

        self._render(self._tmp / "good")

        first, again = (self._tmp / f"{n}.mp4" for n in ("first", "engine"))
        equal(
            first.read_bytes(), again.read_bytes(), "asking again gives the same file"
        )
        after = set(open_transport(self._store).list())
        equal(set(), after - before, "asking again adds nothing to the store")

    def tells_errors_as_they_are(self) -> None:
        """By class and attributes."""
        with expected(StoreMissingError, "a project that was not deployed is missing"):
            self._engine.render(RenderRequest(store=self._store, site_hash="0" * 64))
        try:
            self._render(write_sample(self._tmp / "bad", seek=_BAD))
        except PageError as error:
            require("no such frame" in error.reason, "an error says what it said")
        else:
            raise AssertionError("a composition's own fault is raised as a PageError")

    def stops_when_told(self) -> None:
        """Before anything is started, and in the middle."""
        cancel = threading.Event()
        cancel.set()
        with expected(Cancelled, "a cancelled render says so"):
            self._render(self._tmp / "good", cancel=cancel)
        config = attrs.evolve(SAMPLE_CONFIG, fps=240)
        begun = time.monotonic()
        with expected(DeadlineExceeded, "a deadline that passes says so"):
            self._render(self._tmp / "good", config, deadline=begun + 1.0)
        late = time.monotonic() - begun
        require(late < _LATE_SECONDS, f"a deadline is kept; it took {late:.0f} s")

    def _render(
        self,
        project: Path,
        config: RenderConfig = SAMPLE_CONFIG,
        **wishes: Any,
    ) -> OutputResult:
        output = self._tmp / "engine.mp4"
        return render_by(
            self._engine,
            project,
            output,
            config,
            store=self._store,
            chrome=self._chrome,
            **wishes,
        )
