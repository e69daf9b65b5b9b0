"""A finished film is proved by drawing parts of it again; two of a kind are told apart."""

from __future__ import annotations

import json

import attrs
import pytest

import hyperframes_dist as hf
from commands import run
from hyperframes_dist.errors import AssembleError, InputError
from pages import composition, write_project
from sound import ffmpeg

CONFIG = hf.RenderConfig(fps=10, segment_seconds="1/2", chunks=2, audio=False)
# A bar that grows with the frame's number; from the tenth on there may be one more.
PAGE = """<i id="bar" style="position:absolute;height:9px;background:#fff"></i>
<i id="late" style="position:absolute;top:20px;height:9px;background:#fff"></i><script>
addEventListener("hf-seek", ({ detail }) => {
  const frame = Math.round(detail.time * 10);
  document.getElementById("bar").style.width = `${frame * 4}px`;
  document.getElementById("late").style.width = `${frame > 10 ? %s : 0}px`;
});</script>"""


def make(renderer, place, *, late: int = 0, **settings):
    """A film of two seconds, and its plan."""
    project = write_project(
        place / "project", composition(PAGE % late, width=96, duration=2)
    )
    config = attrs.evolve(CONFIG, **settings)
    planned = renderer.plan(project, place / "plan", config)
    suffix = ".mp4" if config.format == "mp4" else f".{config.format}"
    suffix = "" if config.format == "png-sequence" else suffix
    output = place / f"film{suffix}"
    renderer.render(project, output, config)
    return output, planned


@pytest.fixture(scope="module")
def films(renderer, tmp_path_factory):
    """The film, and the one that has another bar from the tenth frame on."""
    places = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    return [
        make(renderer, place, late=late)
        for place, late in zip(places, (0, 40), strict=True)
    ]


def test_a_film_is_that_of_its_plan(films):
    """Segments that are drawn again have the bytes that are in it."""
    output, planned = films[0]

    found = hf.verify_output(output, planned, segments=2, seed=1)

    assert found.ok
    assert 10 == found.frame_count
    assert planned.content_hash == found.content_hash
    assert 2 == len(set(found.segments))


def test_another_film_is_told_by_its_first_frame(films):
    """Of the segments that were drawn again, which are all if so many are asked for."""
    (_, planned), (other, _) = films

    found = hf.verify_output(other, planned, segments=99)

    assert (0, 1, 2, 3) == found.segments
    # An encoder looks ahead within its segment, so its first frame may be another, too.
    assert found.differing in range(10, 12)
    assert not found.ok


@pytest.mark.parametrize("form", ["webm", "png-sequence"])
def test_other_formats_are_proved_too(renderer, tmp_path, form):
    """A container that counts in milliseconds, and a directory of pictures."""
    output, planned = make(renderer, tmp_path, format=form)

    assert hf.verify_output(output, planned, segments=1).ok


def test_what_cannot_be_proved_says_so(renderer, films, tmp_path):
    """A film with a frame too few, and a GIF, whose frames hang together."""
    output, planned = films[0]
    short = tmp_path / "short.mp4"
    ffmpeg("-i", output, "-frames:v", "9", "-c", "copy", short)
    with pytest.raises(AssembleError, match="planned 20, found 9"):
        hf.verify_output(short, planned)

    gif, its_plan = make(renderer, tmp_path, format="gif")
    with pytest.raises(InputError, match="all of its frames at once"):
        hf.verify_output(gif, its_plan)


def test_films_are_told_apart_by_their_pixels(films):
    """The first frame that looks another way, and nothing where none does."""
    (one, _), (other, _) = films

    # What is coded with loss may show a little of the next frame's doing before it.
    assert hf.diff(one, other).frame in {10, 11}
    assert hf.diff(one, one).same


def test_plans_are_told_apart_by_their_fields(films, renderer, tmp_path):
    """Which file of the project is another, and which setting."""
    (_, one), (_, other) = films
    project = one.path.parent / "project"
    finer = renderer.plan(project, tmp_path / "finer", CONFIG.replace(crf=10))

    assert "artifacts[compiled/index.html].sha256" in {
        row.name for row in hf.diff(one, other).fields
    }
    (field,) = hf.diff(one, finer).fields
    assert ("encoder.crf", "10") == (field.name, field.other)


def test_two_of_a_kind_are_wanted(films, tmp_path):
    """A film is not compared with a plan, nor with what is not there."""
    output, planned = films[0]

    with pytest.raises(InputError, match=r"is a film.*is a plan"):
        hf.diff(output, planned)
    with pytest.raises(InputError, match="is not there"):
        hf.diff(output, tmp_path / "nothing.mp4")


def test_the_commands_say_the_same(films):
    """And end with 1 where something differs."""
    (one, planned), (other, _) = films

    same = run("verify", one, "--plan", planned.path, "--segments=1", "--json")
    apart = run("diff", one, other)

    assert (0, None) == (same.returncode, json.loads(same.stdout)["differing"])
    assert (1, True) == (apart.returncode, "with other pixels" in apart.stdout)


def test_nothing_is_left(films):
    """Neither beside the film nor in the plan."""
    output, planned = films[0]
    assert {"project", "plan", "film.mp4"} == {p.name for p in output.parent.iterdir()}
    assert planned.plan_hash == hf.verify_plan(planned.path).plan_hash
