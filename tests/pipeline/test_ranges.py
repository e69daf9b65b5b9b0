"""A part of a composition: its frames, its sound beside them, the same bytes always."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import hyperframes_dist as hf
from hyperframes_dist._tools.ffmpeg import probe_length_of_sound
from hyperframes_dist.errors import InputError
from hyperframes_dist.progress import Control
from pages import composition, strip_page, write_project
from sound import RATE, clicks, mixed, streams
from video import decode_grey, read_strip


@pytest.fixture(scope="module")
def renderer():
    """One that every test of ranges here shares."""
    with hf.Renderer(workers=2) as renderer:
        yield renderer


@pytest.fixture
def project(tmp_path):
    """Three seconds of numbered frames, and three clicks."""
    page = strip_page(3).replace("</canvas>", '</canvas><audio id="a" src="c.wav">')
    page = page.replace('src="c.wav">', 'src="c.wav" data-start="0" data-duration="3">')
    page = page.replace("<script>", "</audio><script>", 1)
    return write_project(
        tmp_path / "project", page, **{"c.wav": clicks(3, 0.5, 1.25, 2.5)}
    )


def numbers(result: hf.OutputResult) -> list[int]:
    """The frames' numbers that a film of a strip shows."""
    frames = decode_grey(result.path, result.width, result.height)
    return [read_strip(frame) for frame in frames]


def test_a_range_is_what_it_names(renderer, project, tmp_path):
    """Frames by number, half-open; the sound has the same samples as in the whole."""
    whole = renderer.plan(project, tmp_path / "whole")
    part = renderer.plan(project, tmp_path / "part", frames=range(20, 65))

    film = renderer.render(project, tmp_path / "part.mp4", frames=range(20, 65))

    assert list(range(20, 65)) == numbers(film)
    assert (20, 45) == (part.content.first_frame, part.frame_count)
    assert (Fraction(3, 2), 45) == (film.duration, film.frame_count)
    heard = mixed(part)
    first = 20 * RATE // 30
    same = mixed(whole)[first : first + len(heard)]
    assert len(heard) == part.content.sound.samples == RATE * 3 // 2
    assert np.abs(heard).max() > 0
    assert (same == heard).all()


def test_times_name_frames(renderer, project, tmp_path):
    """From the frame shown at the start, up to the end."""
    film = renderer.render(project, tmp_path / "a.mp4", start="0.5", end=1.2)

    assert list(range(15, 36)) == numbers(film)


@pytest.mark.thorough
def test_a_range_has_the_same_bytes_in_chunks(renderer, project, tmp_path):
    """However it is cut, whoever draws it."""
    film = renderer.render(project, tmp_path / "a.mp4", frames=range(10, 85))
    plan = renderer.plan(project, tmp_path / "p", frames=range(10, 85), chunks=3)
    for index in (2, 0, 1):
        renderer.render_chunk(plan, index, tmp_path / "chunks" / f"{index}.mp4")

    joined = hf.assemble(plan, tmp_path / "chunks", tmp_path / "b.mp4")

    assert film.sha256 == joined.sha256


def test_frames_before_a_range_have_happened(renderer, tmp_path):
    """A page that counts its frames shows in a range what it shows in the whole."""
    body = """<canvas id="strip" width="160" height="32"></canvas><script>
      const context = document.getElementById("strip").getContext("2d");
      let seen = -1;
      window.addEventListener("hf-seek", () => {
        seen += 1;
        for (let cell = 0; cell < 16; cell++) {
          context.fillStyle = (seen >> (15 - cell)) & 1 ? "#fff" : "#000";
          context.fillRect(cell * 10, 0, 10, 32);
        }
      });
    </script>"""
    page = composition(body, width=160, height=32, duration=2)
    project = write_project(tmp_path / "counting", page)

    whole = numbers(renderer.render(project, tmp_path / "a.mp4"))
    part = numbers(renderer.render(project, tmp_path / "b.mp4", frames=range(37, 50)))

    assert whole[37:50] == part


def test_a_video_shows_in_a_range_what_it_shows_in_the_whole(renderer, tmp_path):
    """Only the packets that are shown there are in the plan."""
    film = renderer.render(
        write_project(tmp_path / "source", strip_page(3)), tmp_path / "v.mp4", crf=1
    )
    video = """<video id="v" src="v.mp4" muted data-start="0" data-duration="3"
      style="position:absolute;left:0;top:0;width:160px;height:32px"></video>"""
    page = composition(video, width=160, height=32, duration=3)
    project = write_project(
        tmp_path / "project", page, **{"v.mp4": film.path.read_bytes()}
    )

    part = renderer.plan(project, tmp_path / "plan", frames=range(40, 60))
    shown = numbers(renderer.render(project, tmp_path / "b.mp4", frames=range(40, 60)))

    (row,) = part.content.footage
    pictures = [a for a in part.content.artifacts if a.path.startswith("frames/")]
    assert list(range(40, 60)) == shown
    assert [(30, 60)] == [(run.first, run.stop) for run in row.runs]
    # Of frame 0, which every worker draws.
    assert ["frames/v/0.jpg"] == [artifact.path for artifact in pictures]


def test_without_sound(renderer, project, tmp_path):
    """Nothing is heard, and nothing mixed."""
    film = renderer.render(project, tmp_path / "a.mp4", audio=False, end=1)

    assert ["video"] == streams(film.path)
    assert probe_length_of_sound(film.path, control=Control()) is None


@pytest.mark.parametrize(
    "asked",
    [
        {"frames": range(80, 91)},
        {"frames": range(5, 5)},
        {"frames": range(0, 10, 2)},
        {"frames": range(5), "start": 1},
        {"start": 3},
        {"start": 2, "end": 1},
        {"end": 3.5},
        {"start": "soon"},
    ],
)
def test_a_range_the_composition_does_not_have_is_refused(
    renderer, project, tmp_path, asked
):
    """By an error that names what was asked for."""
    with pytest.raises(InputError, match=r"frame|start|seconds"):
        renderer.render(project, tmp_path / "a.mp4", **asked)


def test_a_plan_names_its_chunks(renderer, project, tmp_path):
    """As many names as chunks, with the suffix that its format wants."""
    plan = renderer.plan(project, tmp_path / "p", chunks=2, format="webm")

    assert ("0000.webm", "0001.webm") == plan.chunk_names()


def test_a_plan_is_replaced_where_that_is_asked_for(renderer, project, tmp_path):
    """Only a plan, and nothing else that lies there."""
    first = renderer.plan(project, tmp_path / "p")
    with pytest.raises(InputError, match="replace=True"):
        renderer.plan(project, tmp_path / "p")
    other = tmp_path / "mine"
    write_project(other, "mine")

    second = renderer.plan(project, tmp_path / "p", replace=True, fps=10)

    assert second.content_hash == hf.verify_plan(tmp_path / "p").content_hash
    assert first.content_hash != second.content_hash
    with pytest.raises(InputError, match="exists already"):
        renderer.plan(project, other, replace=True)
    assert "mine" == (other / "index.html").read_text()
