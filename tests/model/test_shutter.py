"""What the root says of its shutter, and the times a film is drawn at because of it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperframes_dist._model.frames import FrameRate
from hyperframes_dist._model.shutter import (
    Clock,
    Shutter,
    ShutterError,
    read_shutter,
)

ON = "data-motion-blur"
ANGLE = f"{ON}-angle"
PHASE = f"{ON}-phase"
SAMPLES = f"{ON}-samples"


def shutter(angle: int, phase: int, samples: int) -> Shutter:
    return Shutter(angle=Fraction(angle), phase=Fraction(phase), samples=samples)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, None),
        ({ON: "false"}, None),
        ({ON: "0", ANGLE: "90"}, None),
        ({ON: ""}, shutter(240, -120, 32)),
        ({ON: "True"}, shutter(240, -120, 32)),
        ({ON: "auto"}, shutter(240, -120, 32)),
        ({ON: "", ANGLE: "180"}, shutter(180, -90, 32)),
        ({ON: "", ANGLE: " 90 ", PHASE: "0", SAMPLES: "8"}, shutter(90, 0, 8)),
        ({ON: "", "data-shutter-angle": "90"}, shutter(90, -45, 32)),
        ({ON: "", f"{ON}-shutter": "90", ANGLE: "90"}, shutter(90, -45, 32)),
        ({ON: "", f"{ON}-shutter-phase": "-30.5"}, None),
    ],
)
def test_the_root_says_it(said, expected):
    """Degrees of a frame's 360; without more, as HyperFrames has it, about its time."""
    if expected is None and ON in said and said[ON] == "":
        expected = Shutter(angle=Fraction(240), phase=Fraction("-30.5"), samples=32)
    assert read_shutter(said.get) == expected


@pytest.mark.parametrize(
    ("said", "name", "cure"),
    [
        ({ON: "180"}, ON, 'data-motion-blur-angle="180"'),
        ({ON: "0.5"}, ON, 'data-motion-blur-angle="180"'),
        ({ON: "8"}, ON, "data-motion-blur"),
        ({ON: "filter"}, ON, "write data-motion-blur"),
        ({ON: "", ANGLE: "0"}, ANGLE, "more than 0"),
        ({ON: "", ANGLE: "720"}, ANGLE, "at most 360"),
        ({ON: "", ANGLE: "-90"}, ANGLE, "more than 0"),
        ({ON: "", ANGLE: "180deg"}, ANGLE, '"180"'),
        ({ON: "", ANGLE: ""}, ANGLE, '"180"'),
        ({ON: "", "data-shutter-angle": "nan"}, "data-shutter-angle", '="180"'),
        ({ON: "", PHASE: "-361"}, PHASE, "from -360 to 360"),
        ({ON: "", SAMPLES: "1"}, SAMPLES, "from 2 to 64"),
        ({ON: "", SAMPLES: "65"}, SAMPLES, "from 2 to 64"),
        ({ON: "", SAMPLES: "7.5"}, SAMPLES, "a whole number"),
        ({ON: "", SAMPLES: "1e9"}, SAMPLES, "a whole number"),
        ({SAMPLES: "8"}, SAMPLES, "add data-motion-blur"),
        ({ON: "", ANGLE: "90", "data-shutter-angle": "80"}, None, "leave one"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_cure(said, name, cure):
    """The attribute is named, so that its line can be."""
    with pytest.raises(ShutterError) as refused:
        read_shutter(said.get)

    assert cure in refused.value.cure
    assert refused.value.name in said
    assert name in {None, refused.value.name}


def test_ticks_are_in_the_middle_of_equal_parts():
    """Half of a frame about its time, by four: at 3, 1 sixteenths before and after it."""
    clock = Clock(FrameRate(10), shutter(180, -90, 4), Fraction(1))

    found = [clock.time_of(tick) for tick in range(8, 12)]

    assert found == [Fraction(32 + n, 160) for n in (-3, -1, 1, 3)]


def test_nothing_is_drawn_before_the_film_or_past_it():
    """What would be is drawn at its first moment, or just before its end."""
    early = Clock(FrameRate(10), shutter(180, -180, 4), Fraction(1))
    late = Clock(FrameRate(10), shutter(360, 0, 4), Fraction("0.95"))

    assert [early.time_of(tick) for tick in range(4)] == [0, 0, 0, 0]
    assert early.time_of(4) == Fraction(5, 100) + Fraction(1, 160)
    assert late.time_of(9 * 4) == Fraction(9, 10) + Fraction(1, 80)
    assert {late.time_of(tick) for tick in range(9 * 4 + 2, 40)} == {
        Fraction(95, 100) - Fraction(1, 80)
    }


def test_a_film_without_one_is_drawn_once_a_frame():
    """At the very times of its frames."""
    clock = Clock(FrameRate(30000, 1001))

    assert clock.ticks == clock.grid == 1
    assert [clock.time_of(n) for n in range(3)] == [
        Fraction(n * 1001, 30000) for n in range(3)
    ]


@given(
    st.integers(1, 3600),
    st.integers(-3600, 3600),
    st.integers(2, 64),
    st.sampled_from([FrameRate(24), FrameRate(30000, 1001), FrameRate(240)]),
)
def test_ticks_never_go_back(angle, phase, samples, rate):
    """And all of them are on the grid, within the film, whatever is asked for."""
    asked = Shutter(
        angle=Fraction(angle, 10), phase=Fraction(phase, 10), samples=samples
    )
    clock = Clock(rate, asked, Fraction(1, 3))

    parts = [clock.part_of(tick) for tick in range(5 * samples)]

    assert parts == sorted(parts)
    assert parts[0] >= 0
    assert clock.time_of(5 * samples) < Fraction(1, 3)
    assert all((clock.opens + n * clock.step) * clock.grid % 1 == 0 for n in range(3))
