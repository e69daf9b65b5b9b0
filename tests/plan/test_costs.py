"""Chunks are alike in what their frames cost, where that is known to differ."""

from __future__ import annotations

from itertools import pairwise

import pytest

import hyperframes_dist as hf
from contents import make_content
from hyperframes_dist._model.frames import split_segments
from hyperframes_dist._plan.costs import choose_samples, weigh_segments
from pages import composition, write_project

SEGMENTS = split_segments(600, length=30)
PIXELS = 1280 * 720


def samples(*milliseconds: float) -> dict[int, float]:
    """What ten frames spread over 600 cost."""
    return {30 + 60 * n: each / 1000 for n, each in enumerate(milliseconds)}


def test_a_heavy_third_weighs_more():
    """A frame that takes ten times as long to draw is told from the others."""
    weights = weigh_segments(SEGMENTS, samples(*[8] * 7, *[80] * 3), PIXELS)

    assert len(SEGMENTS) == len(weights)
    assert 1 == len(set(weights[:14])) == len(set(weights[14:]))
    # What any frame costs besides is in both.
    assert 84.8 / 12.8 == pytest.approx(weights[-1] / weights[0], rel=0.25)


@pytest.mark.parametrize(
    "costs",
    [
        pytest.param(samples(*[8, 9, 10, 11, 12] * 2), id="noise"),
        pytest.param(samples(*[8] * 4, 200, *[8] * 5), id="an accident"),
        pytest.param(samples(*[0.1, 0.9] * 5), id="next to nothing"),
        pytest.param({}, id="nothing"),
    ],
)
def test_what_is_nearly_the_same_is_the_same(costs):
    """A uniform film has the chunks it always had, on a machine that is busy as well."""
    assert () == weigh_segments(SEGMENTS, costs, PIXELS)


def test_a_shorter_last_segment_weighs_less():
    """Its frames are fewer."""
    segments = split_segments(605, length=30)
    weights = weigh_segments(segments, samples(*[8] * 7, *[80] * 3), PIXELS)

    assert weights[-1] * 6 == weights[-2]


SHORT, LONG = 240, 1800


@pytest.mark.parametrize(
    ("frames", "length", "chunks", "count"),
    [
        (SHORT, 30, "auto", 0),
        (SHORT, 30, 4, 4),
        (SHORT, 30, 8, 0),
        (SHORT, 30, 1, 0),
        (100, 10, 4, 0),
        (LONG, 30, "auto", 24),
        (LONG, 450, 4, 0),
    ],
)
def test_samples_are_few_and_of_use(frames, length, chunks, count):
    """None where no chunk could begin elsewhere, or nobody asked for any."""
    content = make_content("mp4", "h264", count=frames, length=length)
    found = choose_samples(content, hf.RenderConfig(chunks=chunks))

    assert count == len(found)
    assert all(before + 1 < after for before, after in pairwise(found))
    assert all(0 < frame < frames for frame in found)


FILM = """<canvas id=c width=320 height=180></canvas><script>
  const pen = c.getContext("2d");
  addEventListener("hf-seek", ({ detail: { time } }) => {
    pen.clearRect(0, 0, 320, 180);
    for (let i = 0; i < (time < 4 ? 20 : 3000); i++) {
      pen.fillStyle = `hsl(${i} 70% 50%)`;
      pen.beginPath();
      pen.arc(160 + 120 * Math.sin(time + i), 90 + 70 * Math.cos(time + 2 * i), 9, 0, 7);
      pen.fill();
    }
  });
  </script>"""


@pytest.mark.thorough
def test_chunks_of_a_film_that_gets_heavy(renderer, tmp_path):
    """Who draws the heavy half draws less of it."""
    html = composition(FILM, width=320, height=180, duration=8)
    project = write_project(tmp_path / "p", html)
    config = hf.RenderConfig(fps=30, chunks=4, segment_seconds=0.5)

    plan = renderer.plan(project, tmp_path / "plan", config)

    first, *_, last = [stop - first for first, stop in plan.manifest.schedule.chunks]
    assert (True, True) == (last <= 3, first >= 6), plan.manifest.schedule
