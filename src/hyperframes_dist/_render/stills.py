"""
Single frames of a plan as PNG files, each with the very pixels its render encodes.

What a compositor draws depends on the frames of its segment before, so those are drawn
too; a frame that is looked at alone is the one in the film.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .._browser.camera import CameraKeeper
from .._encode.pictures import encode_png
from .._estimate.spans import WorkerTrace
from .._model.content import COMPILED
from .._model.frames import FrameRange, Segment
from .._model.results import Plan
from .._planned.authored import say_authored
from ..progress import Control

if TYPE_CHECKING:
    from .._browser.browser import Browser


def draw_frames(
    plan: Plan,
    frames: Sequence[int],
    *,
    browser: Browser,
    cameras: CameraKeeper,
    control: Control,
) -> Iterator[tuple[int, bytes]]:
    """
    The pictures of *frames* of *plan*, in rising order, as ``(frame, picture)``.

    A picture is a PNG, or a JPEG where the plan captures its frames so.

    Raises:
        PageError: The page fails; the frame is named.
        ChromeError: The browser fails.
    """
    length = plan.content.segment_frames
    for index in sorted({frame // length for frame in frames}):
        segment = plan.content.segments[index]
        wanted = sorted(frame for frame in frames if frame // length == index)
        yield from _draw(plan, segment, wanted, browser, cameras, control)


def _draw(
    plan: Plan,
    segment: Segment,
    wanted: Sequence[int],
    browser: Browser,
    cameras: CameraKeeper,
    control: Control,
) -> Iterator[tuple[int, bytes]]:
    # Stop-watches nobody reads.
    trace = WorkerTrace(0)
    content, span = plan.content, FrameRange(segment.frames.start, max(wanted) + 1)
    lines = plan.manifest.notes.lines
    with say_authored(plan.path / COMPILED, content.page.entry, lines):
        camera = cameras.find(browser, plan, segment, control, trace)
        for frame, picture in zip(span, camera.frames(span), strict=True):
            if frame in wanted and camera.is_raw:
                yield frame, encode_png(picture, content.frame_size)
            elif frame in wanted:
                yield frame, picture
