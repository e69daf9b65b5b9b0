"""
Which frame of its source a video shows in which frame of the output.

Exact fractions only; no file is opened and no process started here.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from fractions import Fraction

import attrs

from .._model.composition import MediaClip
from .._model.content import VideoRun
from .._model.frames import FrameRange, FrameRate

# A start that JavaScript has computed misses a frame's time by rounding only.
_ROUNDING = Fraction(1, 1_000_000)
# Frames; what the page runtime takes for a frame's own time, so that 0.6667 s is 2/3 s.
_NEAR_FRAME = 1e-3
# Containers round a frame's time to their tick (WebM: 1 ms); the time it means is at
# most half a tick away. A coarser tick than that is one frame long, and exact.
_WIDEST_TICK = Fraction(1, 1000)


@attrs.frozen(kw_only=True)
class SourceTimes:
    """
    When the frames of a source are shown.

    Attributes:
        tick: Seconds of one unit of the other two.
        stamps: When each frame begins, rising; never empty.
        stop: When the last one ends.
    """

    tick: Fraction
    stamps: tuple[int, ...]
    stop: int

    @property
    def duration(self) -> Fraction:
        """Seconds from time 0 to the end of the last frame."""
        return self.stop * self.tick

    def index_at(self, time: Fraction) -> int:
        """
        The frame shown at *time* seconds: the last one that has begun.

        The first is shown before it begins, and the last one for ever.
        """
        slack = max(_ROUNDING, min(self.tick, _WIDEST_TICK) / 2)
        reached = math.floor((time + slack) / self.tick)
        return max(0, bisect_right(self.stamps, reached) - 1)


def shown_range(
    clip: MediaClip, rate: FrameRate, frame_count: int
) -> FrameRange | None:
    """The output frames in ``[clip.start, clip.end)``; None if there is none."""

    def first_at(time: Fraction) -> int:
        # In floating point, as the page runtime reckons: a time so near to the limit must
        # not hide the picture of a video that it shows.
        position = float(time) * float(rate.fraction)
        nearest = math.floor(position + 0.5)
        near = abs(position - nearest) <= _NEAR_FRAME
        return min(max(nearest if near else math.ceil(position), 0), frame_count)

    start, stop = first_at(clip.start), first_at(clip.end)
    return FrameRange(start, stop) if start < stop else None


def source_time(clip: MediaClip, time: Fraction, duration: Fraction) -> Fraction:
    """
    The time in the source of *clip* that it shows at *time* of the composition.

    Args:
        duration: Seconds of the whole source; a loop begins again there.
    """
    played = max(Fraction(0), time - clip.start) * clip.playback_rate
    whole = duration - clip.media_start
    if clip.loop and whole > 0:
        # Rounding in the start must not show the last frame once more at a loop's seam.
        turn = (played + _ROUNDING) % whole
        played = max(Fraction(0), turn - _ROUNDING)
    return clip.media_start + played


def shown_frames(
    clip: MediaClip, times: SourceTimes, rate: FrameRate, frame_count: int
) -> Iterator[tuple[int, int]]:
    """Pairs of an output frame and the source frame *clip* shows in it, in order."""
    for frame in shown_range(clip, rate, frame_count) or ():
        time = source_time(clip, rate.time_of(frame), times.duration)
        yield frame, times.index_at(time)


def pack_runs(pairs: Iterable[tuple[int, int]]) -> tuple[VideoRun, ...]:
    """*pairs* of consecutive output frames and pictures, as few runs as a scan finds."""
    runs: list[VideoRun] = []
    for frame, picture in pairs:
        last = runs[-1] if runs else None
        if last is not None and frame == last.stop:
            length = last.stop - last.start
            step = picture - last.first if length == 1 else last.step
            if step in {0, 1} and picture == last.first + step * length:
                runs[-1] = attrs.evolve(last, stop=frame + 1, step=step)
                continue
        runs.append(VideoRun(start=frame, stop=frame + 1, first=picture, step=0))
    return tuple(runs)
