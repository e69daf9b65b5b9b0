"""The commands that make pictures and many films."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from PIL import Image

import hyperframes_dist as hf
from commands import run
from hyperframes_dist._cli.main import main
from pages import composition, strip_page, write_project


@pytest.fixture
def project(tmp_path):
    """A second of numbered frames."""
    return write_project(tmp_path / "project", strip_page(1))


def test_a_still_is_the_picture_the_library_draws(project, tmp_path, renderer):
    """The same frame from a shell and from Python."""
    path = tmp_path / "still.png"

    done = run("still", project, path, "--frame", "5", "--json")

    row = json.loads(done.stdout)
    assert (5, 160, 32) == (row["frame"], row["width"], row["height"])
    drawn = renderer.still(project, frame=5).data
    with Image.open(BytesIO(drawn)) as wanted, Image.open(path) as made:
        assert wanted.tobytes() == made.tobytes()


@pytest.mark.parametrize("words", [[], ["--at", "1", "--frame", "2"]])
def test_a_still_is_of_one_frame(project, tmp_path, words, capsys):
    """Named by its time or by its number."""
    assert 2 == main(["still", str(project), str(tmp_path / "a.png"), *words])

    assert "--at SECONDS or by --frame N" in capsys.readouterr().err


def test_a_sheet_shows_the_whole_film(project, tmp_path):
    """So many pictures, so many beside each other."""
    path = tmp_path / "sheet.png"

    done = run("sheet", project, path, "--count", "4", "--columns", "2")

    assert done.returncode == 0, done.stderr
    with Image.open(path) as made:
        assert f"{made.width}x{made.height}" in done.stdout
        assert made.height < made.width


def test_a_batch_tells_each_row(tmp_path):
    """As it is done; a row that fails makes the status 1 and ends nothing."""
    page = composition(
        """<p id="p"></p><script>
        const { size } = window.__hyperframes.getVariables();
        if (size > 2) throw new Error("too large");
        document.getElementById("p").textContent = size;</script>"""
    ).replace(
        "<html>",
        """<html data-composition-variables='[{"id":"size","type":"number",
        "label":"Size","default":1}]'>""",
    )
    project = write_project(tmp_path / "project", page)
    rows = tmp_path / "rows.csv"
    rows.write_text("key,size\none,1\nmany,3\n")
    out = tmp_path / "out"

    words = ["--fps", "4", "--workers", "1", "--json"]
    done = run("batch", project, rows, out / "{key}.mp4", *words)

    told = {row["key"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert 1 == done.returncode
    assert ("done", "failed") == (told["one"]["status"], told["many"]["status"])
    assert "too large" in told["many"]["error"]
    assert [out / "one.mp4"] == sorted(out.glob("*.mp4"))


def test_a_plan_is_replaced_when_it_is_forced(project, tmp_path):
    """Without that, what is there is an error."""
    plan_dir = tmp_path / "plan"
    words = ["plan", str(project), str(plan_dir), "--quiet"]

    assert [0, 2] == [main(words), main(words)]
    assert 0 == main([*words, "--force", "--fps", "5"])
    assert 5 == hf.verify_plan(plan_dir).frame_count
