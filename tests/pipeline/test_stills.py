"""Stills: single frames, equal to those of the film, of a project or a plan."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from hyperframes_dist.errors import InputError
from pages import composition, strip_page, write_project


@pytest.fixture(scope="module")
def renderer():
    """One that every test of stills here shares."""
    with hf.Renderer(workers=1) as renderer:
        yield renderer


@pytest.fixture
def project(tmp_path):
    """Two seconds of numbered frames."""
    return write_project(tmp_path / "project", strip_page(2))


def pixels(data: bytes) -> np.ndarray:
    """The colours of a picture."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def number(data: bytes) -> int:
    """The frame's number that a strip shows."""
    row = pixels(data)[16, 5::10, 0] > 127
    return int("".join("1" if cell else "0" for cell in row), 2)


def test_a_still_is_the_frame_it_names(renderer, project):
    """By number or by time; of a time, the frame that is shown then."""
    stills = renderer.stills(project, frames=[45, 3, 30, 3])

    assert [45, 3, 30, 3] == [still.frame for still in stills]
    assert [45, 3, 30, 3] == [number(bytes(still)) for still in stills]
    assert (160, 32, Fraction(3, 2)) == (
        stills[0].width,
        stills[0].height,
        stills[0].time,
    )
    assert 3 == number(renderer.still(project, 0.1).data)
    assert 2 == number(renderer.still(project, "0.0999").data)
    assert 59 == number(renderer.still(project, at=1.99).data)


SCALED = composition(
    """<div id="box" style="position:absolute;left:20px;top:10px;font:20px sans-serif;
      color:#fff;text-shadow:0 2px 3px #f80">Still</div><script>
    const box = document.getElementById("box");
    window.addEventListener("hf-seek", ({ detail: { time } }) => {
      box.style.transform = `scale(${1 + time * 1.7}) rotate(${time * 20}deg)`;
      box.style.willChange = time > 0.3 ? "transform" : "auto";
    });</script>""",
    width=200,
    height=100,
    duration=2,
)


def test_a_still_has_the_very_pixels_of_the_film(renderer, tmp_path):
    """Also where the compositor remembers the frames before: byte for byte."""
    project = write_project(tmp_path / "scaled", SCALED)
    film, plan = tmp_path / "film.tar", tmp_path / "plan"
    renderer.render(project, film, format="png-sequence")

    stills = renderer.stills(
        renderer.plan(project, plan, format="png-sequence"), frames=[0, 17, 40, 59]
    )

    with tarfile.open(film) as tar:
        for still in stills:
            file = tar.extractfile(f"frame_{still.frame + 1:06d}.png")
            assert file.read() == still.data


def test_a_still_alone_is_the_one_among_others(renderer, tmp_path):
    """Pixels that were read have been drawn after all frames of their segment before."""
    project = write_project(tmp_path / "scaled", SCALED)
    all_of_them = renderer.stills(project, frames=range(60))

    for frame in (52, 17):
        assert all_of_them[frame].data == renderer.still(project, frame=frame).data


def test_a_still_of_a_changed_project_is_drawn_anew(renderer, project):
    """The plan kept for the next still is of the project as it is."""
    before = renderer.still(project, frame=0)

    write_project(project, composition("<p style='color:#fff'>New</p>", width=160))

    assert before.data == before._repr_png_()
    assert before.content_hash != renderer.still(project, frame=0).content_hash


def test_a_still_of_a_plan(renderer, project, tmp_path):
    """A plan, or its directory, is taken as it is."""
    plan = renderer.plan(project, tmp_path / "plan")

    assert 7 == number(renderer.still(plan, frame=7).data)
    assert plan.content_hash == renderer.still(plan.path, frame=7).content_hash


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "JPEG"), ("b.webp", "WEBP")])
def test_saved_as_its_suffix_says(renderer, project, tmp_path, name, kind):
    """PNG as it is; others coded anew, the same bytes every time."""
    still = renderer.still(project, frame=21)

    path = still.save(tmp_path / name)
    first = path.read_bytes()
    still.save(path)

    assert kind == Image.open(io.BytesIO(first)).format
    assert 21 == number(first)
    assert first == path.read_bytes()
    assert still.data == still.save(tmp_path / "c.png").read_bytes()


def test_an_output_named_like_a_picture_is_one(renderer, project, tmp_path):
    """The first frame asked for."""
    first = renderer.render(project, tmp_path / "first.png")
    later = renderer.render(project, tmp_path / "later.png", start=1)

    assert (1, first.content_hash) == (first.frame_count, later.content_hash)
    assert [0, 30] == [number(made.path.read_bytes()) for made in (first, later)]


@pytest.mark.parametrize(
    "named",
    [{}, {"at": 2}, {"at": -1}, {"at": "x"}, {"frame": 60}, {"frame": 1, "at": 1}],
)
def test_what_the_film_does_not_have_is_refused(renderer, project, named):
    """By an error that says what there is."""
    with pytest.raises(InputError, match=r"frame|at"):
        renderer.still(project, **named)


def test_a_name_of_no_picture_is_refused(renderer, project, tmp_path):
    """Before anything is written."""
    with pytest.raises(InputError, match=r"name it a\.png"):
        renderer.still(project, frame=0).save(tmp_path / "a.bmp")


FORGETFUL = """
import sys
import hyperframes_dist as hf
renderer = hf.Renderer(workers=1)
print(renderer.still(sys.argv[1], frame=0).frame, flush=True)
"""


def test_who_forgets_to_close_a_renderer_ends_all_the_same(project):
    """The process ends, and the browser with it."""
    done = subprocess.run(
        [sys.executable, "-c", FORGETFUL, str(project)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert ("0\n", "") == (done.stdout, done.stderr)
