"""Frames are exact: counted, cut and dealt so that every one is rendered once."""

from __future__ import annotations

import inspect
import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperframes_dist import FrameRate
from hyperframes_dist._model.frames import (
    MAX_RATE,
    Chunk,
    FrameRange,
    auto_chunks,
    frames_per_segment,
    split_chunks,
    split_segments,
)
from hyperframes_dist.errors import InputError
from strategies import RATES

NTSC = FrameRate(30000, 1001)


@pytest.mark.parametrize(
    ("given_rate", "numerator", "denominator"),
    [
        (30, 30, 1),
        ("30", 30, 1),
        (" 25 ", 25, 1),
        ("30000/1001", 30000, 1001),
        ("60/2", 30, 1),
        (Fraction(24000, 1001), 24000, 1001),
        (NTSC, 30000, 1001),
        (1, 1, 1),
        (240, 240, 1),
    ],
)
def test_rates_are_exact(given_rate, numerator, denominator):
    """A rate is read as the fraction it is, in lowest terms."""
    rate = FrameRate.parse(given_rate)

    assert FrameRate(numerator, denominator) == rate


@pytest.mark.parametrize(
    "value",
    [
        *(29.97, "29.97", 30.0, True, None, [], "", "x", "30/0", "30/00", "-30", "1e2"),
        *(0, -1, 241, "0", "241", "1/2", Fraction(1, 2), Fraction(481, 2), "30/1/1"),
        *("٣٠", "9999999999", "30/-1", "30 / 1", "0x1e", "inf", "nan"),
    ],
)
def test_other_rates_are_refused(value):
    """A decimal is not exact, and a rate outside 1 to 240 is nobody's."""
    with pytest.raises(InputError, match="frame rate"):
        FrameRate.parse(value)


@pytest.mark.parametrize(("numerator", "denominator"), [(60, 2), (0, 1), (30, 0)])
def test_a_rate_is_in_lowest_terms(numerator, denominator):
    """Two spellings of one rate would give one video two hashes."""
    with pytest.raises(InputError):
        FrameRate(numerator, denominator)


@given(rate=RATES)
def test_a_rate_survives_its_text(rate):
    """What a plan writes down is what a worker reads."""
    assert rate == FrameRate.parse(str(rate))
    assert 1 <= rate.fraction <= MAX_RATE


@given(rate=RATES, frame=st.integers(0, 10**7))
def test_time_is_exact(rate, frame):
    """Frame times never drift, however late the frame."""
    assert frame == rate.time_of(frame) * rate.fraction


@given(rate=RATES, frames=st.integers(1, 10**6))
def test_whole_frames_are_counted_whole(rate, frames):
    """A duration of whole frames is that many frames, even after JavaScript rounded it."""
    exact = rate.time_of(frames)

    assert frames == rate.count_frames(exact)
    assert frames == rate.count_frames(Fraction(repr(float(exact))))


@given(rate=RATES, duration=st.fractions(Fraction(1, 1000), 10_000))
def test_a_remainder_is_shown(rate, duration):
    """What is left beyond a thousandth of a frame is one more frame."""
    count, frames = rate.count_frames(duration), duration * rate.fraction

    assert count in {math.ceil(frames), round(frames)}
    assert count >= frames - Fraction(1, 1000)


@pytest.mark.parametrize(
    ("duration", "count"),
    [
        (Fraction(0), 0),
        (Fraction(1, 30_000), 0),
        (Fraction(1, 29_999), 1),
        (Fraction(30_001, 30_000), 30),
        (Fraction(30_002, 30_000), 31),
        (Fraction(29_999, 30_000), 30),
        (Fraction("3.3333333333333335"), 100),
    ],
)
def test_tolerance_is_a_thousandth_of_a_frame(duration, count):
    """Rounding is forgiven up to and including a thousandth of a frame."""
    assert count == FrameRate(30).count_frames(duration)


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (5, 4), (-1, 3)])
def test_a_range_holds_a_frame(start, stop):
    """There is no empty or negative range."""
    with pytest.raises(InputError):
        FrameRange(start, stop)


def test_a_range_is_half_open():
    """Its stop is the first frame of the next one."""
    frames = FrameRange(3, 6)

    assert [3, 4, 5] == list(frames)
    assert len(frames) == 3


def test_a_chunk_holds_a_segment():
    """There is no empty chunk."""
    with pytest.raises(InputError):
        Chunk(0, 2, 2)


@pytest.mark.parametrize(
    ("rate", "seconds", "length"),
    [
        (FrameRate(30), Fraction(1), 30),
        (NTSC, Fraction(1), 30),
        (FrameRate(24000, 1001), Fraction(2), 48),
        (FrameRate(1), Fraction(1, 100), 1),
        (FrameRate(60), Fraction(60), 3600),
    ],
)
def test_segment_length(rate, seconds, length):
    """A segment is the nearest whole number of frames, and never none."""
    assert length == frames_per_segment(7, rate, seconds)


@pytest.mark.parametrize(
    ("frame_count", "rate", "length"),
    [
        (1, FrameRate(30), 30),
        (239, FrameRate(30), 30),
        (240, FrameRate(30), 30),  # 8 s
        (300, FrameRate(30), 38),
        (480, FrameRate(30), 60),  # 16 s
        (1800, FrameRate(30), 225),  # a minute: eight
        (1920, FrameRate(30), 240),
        (1921, FrameRate(30), 193),  # above 64 s: ten
        (18_000, FrameRate(30), 237),  # ten minutes: seventy-six
        (17_982, NTSC, 237),
    ],
)
def test_automatic_segment_length(frame_count, rate, length):
    """One second in short films, at most eight in long ones."""
    assert length == frames_per_segment(frame_count, rate, "auto")


@given(n=st.integers(1, 200_000), fps=st.integers(1, 240))
def test_automatic_segments_are_many_and_short(n, fps):
    """A film of eight seconds or more has eight at least, and none above eight seconds."""
    length = frames_per_segment(n, FrameRate(fps), "auto")
    segments = split_segments(n, length=length)

    assert length <= max(fps, 8 * fps)
    # Few frames cannot be cut into so many of one length.
    assert n < 8 * fps or n < 64 or len(segments) >= 8


@given(n=st.integers(1, 200_000), length=st.integers(1, 3600))
def test_segments_tile_the_timeline(n, length):
    """Every frame is in exactly one segment; only the last one is shorter."""
    segments = split_segments(n, length=length)

    assert (0, n) == (segments[0].frames.start, segments[-1].frames.stop)
    assert all(a.frames.stop == b.frames.start for a, b in pairwise(segments))
    assert {length} >= {len(segment.frames) for segment in segments[:-1]}
    assert len(segments[-1].frames) <= length
    assert list(range(len(segments))) == [segment.index for segment in segments]


@given(n=st.integers(1, 20_000), k=st.integers(1, 10_000))
def test_chunks_tile_the_segments(n, k):
    """Every segment is in exactly one chunk, and no chunk is a segment longer."""
    chunks = split_chunks(n, chunks=k)

    lengths = [len(chunk) for chunk in chunks]
    assert min(n, k) == len(chunks)
    assert (0, n) == (chunks[0].first, chunks[-1].stop)
    assert all(a.stop == b.first for a, b in pairwise(chunks))
    assert max(lengths) - min(lengths) <= 1
    assert sorted(lengths, reverse=True) == lengths
    assert list(range(len(chunks))) == [chunk.index for chunk in chunks]


def heaviest(weights: list[int], runs: int) -> int:
    """The least that the heaviest of so many runs can weigh, by trying all."""
    if runs == 1:
        return sum(weights)
    splits = range(1, len(weights) - runs + 2)
    return min(max(sum(weights[:n]), heaviest(weights[n:], runs - 1)) for n in splits)


@given(
    weights=st.lists(st.integers(1, 60), min_size=1, max_size=9), k=st.integers(1, 9)
)
def test_the_heaviest_chunk_is_as_light_as_can_be(weights, k):
    """Every segment is in exactly one chunk, and no other way to deal them is fairer."""
    chunks = split_chunks(len(weights), chunks=k, weights=weights)

    count = min(k, len(weights))
    assert count == len(chunks)
    assert (0, len(weights)) == (chunks[0].first, chunks[-1].stop)
    assert all(a.stop == b.first for a, b in pairwise(chunks))
    sums = [sum(weights[chunk.first : chunk.stop]) for chunk in chunks]
    assert heaviest(weights, count) == max(sums)


@pytest.mark.parametrize("weights", [[1, 2], [1, 2, 0]])
def test_weights_are_one_for_each_segment(weights):
    """What is not weighed, or weighs nothing, is no cost."""
    with pytest.raises(InputError):
        split_chunks(3, chunks=2, weights=weights)


@pytest.mark.parametrize(("count", "pieces"), [(0, 1), (1, 0), (-1, 5)])
def test_nothing_cannot_be_split(count, pieces):
    """A count below one is an error, not an empty answer."""
    with pytest.raises(InputError):
        split_segments(count, length=pieces)
    with pytest.raises(InputError):
        split_chunks(count, chunks=pieces)


@pytest.mark.parametrize(
    ("frames", "chunks"),
    [(1, 1), (240, 1), (241, 2), (3600, 15), (3841, 16), (10**9, 16)],
)
def test_auto_chunks(frames, chunks):
    """One chunk per 240 frames, sixteen at most."""
    assert chunks == auto_chunks(frames)


def test_auto_chunks_know_nothing_else():
    """The frame count is all it is given, so no machine can show in a plan."""
    assert ["frame_count"] == list(inspect.signature(auto_chunks).parameters)


@given(a=st.integers(1, 10**6), b=st.integers(1, 10**6))
def test_auto_chunks_rise_with_frames(a, b):
    """More frames are never fewer chunks."""
    assert (auto_chunks(min(a, b))) <= auto_chunks(max(a, b))
