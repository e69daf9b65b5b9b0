"""
Frames are the only clock: counting them, splitting them, naming their times.

A time is an exact `Fraction` of a second; a range is half-open, ``[start, stop)``.
Nothing here touches a file, a process or the network.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

import attrs

from ..errors import InputError
from .checks import is_whole

MAX_RATE = 240
"""Highest frame rate taken, in frames per second."""

# What is said of film and television, and what it is.
_NTSC = MappingProxyType(
    {
        "23.976": "24000/1001",
        "23.98": "24000/1001",
        "29.97": "30000/1001",
        "59.94": "60000/1001",
        "119.88": "120000/1001",
    }
)
_RATE = re.compile(r"(\d{1,9})(?:/0*([1-9]\d{0,8}))?", re.ASCII)
# A duration computed in JavaScript misses a whole frame by rounding only;
# 1e-3 frames is the tolerance the HyperFrames format states.
_WHOLE_FRAME = Fraction(1, 1000)

_AUTO_SEGMENTS = 8
_LONGEST_SECONDS = 8


@attrs.frozen
class FrameRate:
    """
    An exact frame rate in lowest terms.

    Attributes:
        numerator: Frames per *denominator* seconds, at least 1.
        denominator: Seconds, at least 1.
    """

    numerator: int
    denominator: int = 1

    def __attrs_post_init__(self) -> None:
        if self.numerator < 1 or self.denominator < 1:
            raise InputError(f"frame rate {self} is not positive")
        if math.gcd(self.numerator, self.denominator) != 1:
            raise InputError(f"frame rate {self} is not in lowest terms")
        if not 1 <= self.fraction <= MAX_RATE:
            raise InputError(f"frame rate {self} is outside 1 to {MAX_RATE}")

    @classmethod
    def parse(cls, value: int | str | Fraction | FrameRate) -> FrameRate:
        """
        Read ``30``, ``"30000/1001"`` or a `Fraction`; decimals are not exact and refused.

        Raises:
            InputError: *value* is no rate between 1 and `MAX_RATE`.
        """
        if isinstance(value, FrameRate):
            return value
        if isinstance(value, str) and (match := _RATE.fullmatch(value.strip())):
            value = Fraction(int(match[1]), int(match[2] or 1))
        if not (is_whole(value) or isinstance(value, Fraction)):
            known = _NTSC.get(str(value).strip())
            give = f"'{known}'" if known else "30, '30000/1001' or a Fraction"
            raise InputError(f"frame rate {value!r} is not exact; give {give}")
        return cls(*Fraction(value).as_integer_ratio())

    @property
    def fraction(self) -> Fraction:
        """Frames per second."""
        return Fraction(self.numerator, self.denominator)

    def time_of(self, frame: int) -> Fraction:
        """Seconds from the start of the timeline to the start of *frame*."""
        return Fraction(frame * self.denominator, self.numerator)

    def count_frames(self, duration: Fraction) -> int:
        """Frames needed to show *duration* seconds: whole when nearly so, else rounded up."""
        frames = duration * self.fraction
        nearest = round(frames)
        return nearest if abs(frames - nearest) <= _WHOLE_FRAME else math.ceil(frames)

    def __str__(self) -> str:
        if self.denominator == 1:
            return str(self.numerator)
        return f"{self.numerator}/{self.denominator}"


@attrs.frozen
class FrameRange:
    """Frames ``[start, stop)`` of the output, counted from 0; never empty."""

    start: int
    stop: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise InputError(
                f"frame range [{self.start}, {self.stop}) is empty or negative"
            )

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.stop))


@attrs.frozen
class Segment:
    """One closed GOP with an encoder of its own: the atom of retry and reuse."""

    index: int
    frames: FrameRange


@attrs.frozen
class Chunk:
    """A run of whole segments ``[first, stop)`` handed to one worker."""

    index: int
    first: int
    stop: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.first < self.stop:
            raise InputError(f"chunk {self.index} holds no segment")

    def __len__(self) -> int:
        return self.stop - self.first


def frames_per_segment(
    frame_count: int, rate: FrameRate, seconds: Fraction | Literal["auto"]
) -> int:
    """
    Length of every segment but the last, in frames; at least 1.

    Args:
        frame_count: Frames of the output.
        seconds: Seconds of one segment. ``"auto"`` means one second in films below eight;
            longer ones are cut into eight, or into as many more, an even number, as keep
            each within eight seconds. A segment begins with a whole picture, which is most of
            what a quiet film holds; eight of a length, or their multiples, are shared without
            a rest by two, four or eight workers.
    """
    if seconds != "auto":
        return max(1, round(rate.fraction * seconds))
    length = Fraction(frame_count) / rate.fraction
    if length < _AUTO_SEGMENTS:
        return max(1, round(rate.fraction))
    pairs = math.ceil(length / (2 * _LONGEST_SECONDS))
    return -(-frame_count // max(_AUTO_SEGMENTS, 2 * pairs))


def frames_in(segments: tuple[Segment, ...]) -> FrameRange:
    """The frames of consecutive *segments*."""
    return FrameRange(segments[0].frames.start, segments[-1].frames.stop)


def split_segments(frame_count: int, *, length: int) -> tuple[Segment, ...]:
    """
    Cut ``[0, frame_count)`` into segments of *length* frames, the last one shorter.

    Raises:
        InputError: A count is below 1.
    """
    if frame_count < 1 or length < 1:
        raise InputError(f"cannot cut {frame_count} frames into segments of {length}")
    starts = range(0, frame_count, length)
    return tuple(
        Segment(index, FrameRange(start, min(start + length, frame_count)))
        for index, start in enumerate(starts)
    )


def split_chunks(
    segment_count: int, *, chunks: int, weights: Sequence[int] = ()
) -> tuple[Chunk, ...]:
    """
    Deal *segment_count* segments into at most *chunks* runs of near-equal cost.

    Args:
        weights: What each segment costs beside the others, at least 1; empty where all
            cost the same.

    Returns:
        ``min(chunks, segment_count)`` chunks in output order, the heaviest as light as can
        be. Without *weights* their lengths differ by at most one segment, the longer ones
        first.

    Raises:
        InputError: A count is below 1, or *weights* are not one for each segment.
    """
    if segment_count < 1 or chunks < 1:
        raise InputError(f"cannot deal {segment_count} segments into {chunks} chunks")
    if weights and (len(weights) != segment_count or min(weights) < 1):
        raise InputError(f"{len(weights)} weights for {segment_count} segments")
    count = min(chunks, segment_count)
    if weights:
        firsts = _least_heavy(weights, count)
    else:
        size, longer = divmod(segment_count, count)
        firsts = [index * size + min(index, longer) for index in range(count + 1)]
    return tuple(Chunk(i, firsts[i], firsts[i + 1]) for i in range(count))


def _least_heavy(weights: Sequence[int], count: int) -> list[int]:
    """Where *count* runs of *weights* begin, and the last one ends."""
    low, high = max(weights), sum(weights)
    while low < high:
        middle = (low + high) // 2
        if len(_fill(weights, count, middle)) <= count + 1:
            high = middle
        else:
            low = middle + 1
    return _fill(weights, count, low)


def _fill(weights: Sequence[int], count: int, most: int) -> list[int]:
    """Where runs of at most *most* begin, at least *count* of them, and the last one ends."""
    firsts, held = [0], 0
    for index, weight in enumerate(weights):
        left = len(weights) - index
        is_full = held + weight > most or left <= count - len(firsts)
        if index and is_full:
            firsts.append(index)
            held = 0
        held += weight
    return [*firsts, len(weights)]


def auto_chunks(frame_count: int) -> int:
    """
    How many chunks ``chunks="auto"`` means: one per 240 frames, at most 16.

    A function of the frame count alone, so that a plan does not depend on the machine
    that made it.
    """
    return max(1, min(16, -(-frame_count // 240)))
