"""
What frames cost to draw, by place in the film: sampled, rounded, and made into weights.

Only where chunks begin follows from it, and no byte of the output: it may come out another
way on another day.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .._model.config import RenderConfig
from .._model.frames import Segment, auto_chunks
from .._model.manifest import Content
from .._tools.process import exact_seconds
from .follow import TURNS_OF_A_FRAME

if TYPE_CHECKING:
    from .._browser.browser import Browser
    from .._browser.page import Page

_FRAMES_A_SAMPLE = 60
_MOST_SAMPLES = 24
# A short film that nobody has cut is drawn where it is planned, by workers that take one
# segment after another.
_SHORT_FRAMES = 900
# What a frame costs besides, whatever it shows: to be taken and encoded.
_FRAME_SECONDS = 0.002
_PIXEL_SECONDS = 3e-9
# Differences below that are the machine's as often as the film's.
_FLAT = 2.0
# Steps of a factor of two. Within a step chunks are as equal as they would be without.
_STEPS = 2
_SCALE = 4


def count_chunks(content: Content, config: RenderConfig) -> int:
    """How many chunks *config* asks of *content*."""
    asked = config.chunks
    return auto_chunks(content.frame_count) if asked == "auto" else int(asked)


def choose_samples(content: Content, config: RenderConfig) -> tuple[int, ...]:
    """
    Frames of the output to sample, rising; none where it would change no chunk.

    At most one of sixty, so that they cost next to nothing of what is drawn later.
    """
    chunks, segments = count_chunks(content, config), len(content.segments)
    is_short = config.chunks == "auto" and content.frame_count < _SHORT_FRAMES
    if is_short or not 1 < chunks < segments:
        return ()
    count = min(_MOST_SAMPLES, content.frame_count // _FRAMES_A_SAMPLE)
    if count < 2:
        return ()
    # In the middle of each part of the film, and with a frame before it.
    return tuple((2 * n + 1) * content.frame_count // (2 * count) for n in range(count))


async def sample(
    page: Page, browser: Browser, frames: Sequence[int], timeout: float
) -> dict[int, float]:
    """
    Processor seconds *browser* takes for each of *frames* of *page*, the one before drawn.

    Raises:
        PageError: The page fails.
    """
    group = browser.process.pid
    found = {}
    for frame in frames:
        await _draw(page, frame - 1, timeout)
        began = exact_seconds(group)
        await _draw(page, frame, timeout)
        found[frame] = exact_seconds(group) - began
    return found


async def _draw(page: Page, frame: int, timeout: float) -> None:
    survey = f"__hfd.survey([{frame}])"
    turns = TURNS_OF_A_FRAME
    await page.evaluate(survey, timeout=timeout, frame=frame, turns=turns)
    await page.draw(None)


def weigh_segments(
    segments: Sequence[Segment], samples: Mapping[int, float], pixels: int
) -> tuple[int, ...]:
    """
    What each of *segments* costs beside the others, of *samples* by frame.

    A sample that stands alone is taken for an accident, and what is nearly the same for
    the same.

    Args:
        pixels: Of a frame.

    Returns:
        One for each, at least 1; empty where all cost the same.
    """
    if not samples:
        return ()
    fixed = _FRAME_SECONDS + _PIXEL_SECONDS * pixels
    costs = [fixed + max(0.0, cost) for cost in samples.values()]
    edged = [costs[0], *costs, costs[-1]]
    calm = [statistics.median(edged[n : n + 3]) for n in range(len(costs))]
    least = min(calm)
    if max(calm) < _FLAT * least:
        return ()
    frames = list(samples)
    levels = [_round(cost / least) for cost in calm]
    return tuple(
        levels[_nearest(frames, segment.frames.start, segment.frames.stop)]
        * len(segment.frames)
        for segment in segments
    )


def _round(ratio: float) -> int:
    level = 1.0
    while level * 2 ** (0.5 / _STEPS) < ratio:
        level *= 2 ** (1 / _STEPS)
    return round(level * _SCALE)


def _nearest(frames: Sequence[int], start: int, stop: int) -> int:
    """Which of *frames* lies nearest to the middle of a segment."""
    middle = (start + stop) / 2
    return min(range(len(frames)), key=lambda index: abs(frames[index] - middle))
