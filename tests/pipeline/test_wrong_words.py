"""What somebody gives by mistake is told with what was meant, before a browser starts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist.errors import InputError

PROJECT = Path(__file__).parents[1] / "compositions" / "gsap-basic"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"fps": 29.97}, "give '30000/1001'"),
        ({"fps": "23.976"}, "give '24000/1001'"),
        ({"start": "5s"}, "write 5"),
        ({"start": "00:01"}, "write 1"),
        ({"frames": [1, 2]}, r"give range\(1, 3\)"),
        ({"frames": (1.0, 2.0)}, r"not a range such as range\(100, 201\)"),
        ({"codec": "vp9"}, "it is a codec of webm"),
        ({"qualty": "draft"}, "did you mean 'quality'"),
        ({"progress": True}, "is not a function"),
        ({"cancel": True}, r"threading\.Event"),
        ({"store": 5}, "store 5 is not a path"),
        ({"deadline": "21:00"}, r"give time\.monotonic\(\) \+ 60"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_told_with_the_one_meant(tmp_path, given, said):
    """Also where no type checker looks."""
    with pytest.raises(InputError, match=said):
        hf.render(PROJECT, tmp_path / "film.mp4", **given)


@pytest.mark.parametrize(
    ("project", "said"),
    [
        (None, "project None is not a path"),
        (5, "project 5 is not a path"),
        (PROJECT / "index.html", "give the folder it lies in"),
        (PROJECT.with_name("gsap-bsic"), "did you mean '.*gsap-basic'"),
    ],
    ids=str,
)
def test_a_wrong_project_is_told_with_the_one_meant(tmp_path, project, said):
    """By the calls that render as by those that only look."""
    with pytest.raises(InputError, match=said):
        hf.render(project, tmp_path / "film.mp4")
    with pytest.raises(InputError, match=said):
        hf.check(project)


def test_a_folder_is_no_film(tmp_path):
    """As when project and output have changed places."""
    project = shutil.copytree(PROJECT, tmp_path / "project")

    with pytest.raises(InputError, match="The project comes first"):
        hf.render(tmp_path / "film", project)


def test_a_name_is_no_source_of_chrome(tmp_path):
    """The command line has names for them; from Python they are values."""
    with pytest.raises(InputError, match=r"give Sparticuz\(\)"):
        hf.render(PROJECT, tmp_path / "film.mp4", chrome="sparticuz")


@pytest.mark.parametrize("given", [{"at": 1.0}, {"frames": 3}, {"at": "1.5"}], ids=str)
def test_one_still_is_asked_for_as_one(given):
    """A number alone is no row of moments."""
    with pytest.raises(InputError, match="call still"):
        hf.stills(PROJECT, **given)


def test_no_plan_is_told():
    """By all that take one."""
    for call in (hf.verify_plan, lambda plan: hf.render_chunk(plan, 0, "0.mp4")):
        with pytest.raises(InputError, match="plan None is not a path"):
            call(None)
