"""
The frames of a composition that are asked for, cut into segments.
"""

from __future__ import annotations

import math
from fractions import Fraction

import attrs

from .._browser.camera import segments_showing
from .._model.config import RenderConfig
from .._model.frames import FrameRange, FrameRate, frames_per_segment
from ..errors import InputError
from .show import Seen


@attrs.frozen(kw_only=True)
class Timeline:
    """
    The frames of a composition, cut into segments.

    Attributes:
        rate: Frames per second.
        first_frame: The frame of the composition that the output begins with.
        frame_count: Frames of the output.
        segment_frames: Frames of every segment but the last.
    """

    rate: FrameRate
    first_frame: int
    frame_count: int
    segment_frames: int

    @property
    def duration(self) -> Fraction:
        """Seconds of the output."""
        return self.rate.time_of(self.frame_count)

    @property
    def segment_count(self) -> int:
        """How many segments the output has."""
        return -(-self.frame_count // self.segment_frames)

    def readers(self, frame: int) -> tuple[int, ...] | None:
        """Which segments show *frame* of the composition; None means all."""
        frames = FrameRange(self.first_frame, self.first_frame + self.frame_count)
        return segments_showing(frame, self.segment_frames, frames)


def cut_timeline(seen: Seen, config: RenderConfig) -> Timeline:
    """
    The timeline of a page that was *seen*, cut as *config* asks.

    Raises:
        InputError: The composition is shorter than one frame.
    """
    rate = seen.setup.clock.rate
    count = rate.count_frames(seen.probed.composition.duration)
    if count < 1:
        raise InputError("the composition is shorter than one frame")
    wanted = choose_range(config, rate, count)
    return Timeline(
        rate=rate,
        first_frame=wanted.start,
        frame_count=len(wanted),
        segment_frames=frames_per_segment(len(wanted), rate, config.segment_seconds),
    )


def choose_range(config: RenderConfig, rate: FrameRate, count: int) -> FrameRange:
    """
    The frames of a composition of *count* frames that *config* asks for.

    Raises:
        InputError: The composition does not have them.
    """
    if config.frames is not None:
        wanted, said = config.frames, "frames"
        start, stop = wanted.start, wanted.stop
    else:
        said, end = "start and end", config.end
        start = math.floor((config.start or 0) * rate.fraction)
        stop = count if end is None else rate.count_frames(end)
    if not start < stop <= count:
        raise InputError(
            f"{said} ask for the frames from {start} to below {stop}; the composition "
            f"has those from 0 to below {count}, {float(rate.time_of(count)):g} seconds"
        )
    return FrameRange(start, stop)
