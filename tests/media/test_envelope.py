"""The volume lane of a clip, as its attribute holds it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from hyperframes_dist._media.envelope import read_lanes, volume_lane


@pytest.mark.parametrize("time", ["1e999", "true", '"1"', "null"])
def test_a_point_at_no_time_is_none(time):
    """What is no finite number counts as little for the sound as for the page."""
    points = f'[{{"t":0,"v":0.5}},{{"t":{time},"v":1}}]'
    text = f'{{"version":1,"lanes":[{{"target":"volume","points":{points}}}]}}'

    assert ((Fraction(2), 0.5),) == volume_lane(
        read_lanes(text, "<audio>"), Fraction(2)
    )
