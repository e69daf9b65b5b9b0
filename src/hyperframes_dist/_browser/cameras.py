"""
The camera of the plan drawn last, kept for whoever goes on with that plan.

A worker that draws one chunk after another of a plan need not load its page again: what a
page has shown and what it has yet to show are the same as in one long chunk.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from .._encode.kinds import kind_in
from .._estimate.spans import WorkerTrace
from .._model.frames import Segment
from .._model.results import Plan
from ..progress import Control
from .camera import Camera, open_camera

if TYPE_CHECKING:
    from .browser import Browser


@attrs.define
class CameraKeeper:
    """At most one open camera, of one browser; close it before its browser."""

    _pages: contextlib.ExitStack = attrs.field(factory=contextlib.ExitStack)
    _camera: Camera | None = None
    _of: tuple[Path, str] | None = None

    def find(
        self,
        browser: Browser,
        plan: Plan,
        segment: Segment,
        control: Control,
        trace: WorkerTrace,
    ) -> Camera:
        """
        A camera that can show *segment* of *plan*, and heeds *control*.

        A new one is opened on *browser* where the kept one is another plan's or past it.
        """
        camera = self._camera if self._of == _name(plan) else None
        if camera is None or camera.next_frame > segment.frames.start:
            camera = self._open(browser, plan, control, trace)
        camera.control = control
        return camera

    def _open(
        self, browser: Browser, plan: Plan, control: Control, trace: WorkerTrace
    ) -> Camera:
        self.close()
        raw = kind_in(plan.content).takes_pixels
        opened = open_camera(browser, plan.path, plan.content, control, raw=raw)
        trace.pages += 1
        with trace.page:
            self._camera = camera = self._pages.enter_context(opened)
        self._of = _name(plan)
        return camera

    def close(self) -> None:
        """Close the camera and its page."""
        self._camera = self._of = None
        self._pages.close()


def _name(plan: Plan) -> tuple[Path, str]:
    return plan.path.absolute(), plan.content_hash
