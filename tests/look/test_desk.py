"""What a person begins with: templates, what a project is, what the machine has."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import hyperframes_dist as hf
from commands import run
from hyperframes_dist._cli.main import main
from hyperframes_dist._look.info import project_info
from hyperframes_dist._look.new import TEMPLATES, new_project
from hyperframes_dist.errors import InputError
from pages import strip_page, write_project


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_a_film_without_a_mistake(name, tmp_path, renderer):
    """Checked without a finding, drawn without a warning, changed by its variables."""
    project = new_project(tmp_path / "project", name)
    text = next(
        row for row in project_info(project).variables if row.type == "string"
    ).id

    drawn = renderer.still(project, at=2.5, strict=True)
    other = renderer.still(project, at=2.5, variables={text: "Something else"})

    assert () == hf.check(project).findings
    assert ((), 1920, 1080) == (drawn.warnings, drawn.width, drawn.height)
    assert drawn.data != other.data


def test_templates_are_those_that_lie_there():
    """The list is the folder."""
    folder = Path(hf.__file__).parent / "_look/templates"

    assert sorted(TEMPLATES) == sorted(path.name for path in folder.iterdir())


def test_a_new_project_takes_nobodys_place(tmp_path, capsys):
    """What is there stays; a slip of a name is told what was meant."""
    with pytest.raises(InputError, match="is there already"):
        new_project(tmp_path)
    with pytest.raises(InputError, match="did you mean 'captions'"):
        new_project(tmp_path / "new", "caption")
    assert 0 == main(["new", str(tmp_path / "new"), "--json"])
    assert "title" == json.loads(capsys.readouterr().out)["template"]


def test_info_says_what_a_project_is(compositions, capsys):
    """Size, length, variables with their defaults, addresses elsewhere."""
    assert 0 == main(["info", str(compositions / "variables"), "--json"])

    row = json.loads(capsys.readouterr().out)
    assert ("variables", "320", "180", "2") == (
        row["composition"],
        row["width"],
        row["height"],
        row["duration"],
    )
    assert {"headline", "barWidth", "accent"} == {v["id"] for v in row["variables"]}
    assert any("gsap" in address for address in row["remote"])


def test_a_doctor_looks_at_everything(capsys):
    """Each thing by its name; 0 where a render has all it needs."""
    assert 0 == main(["doctor", "--json"])

    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"system", "ffmpeg", "npm", "cache", "disk", "chrome"} < set(rows)
    assert "BeginFrame" in rows["chrome"]["text"]


def test_a_doctor_says_what_is_missing(tmp_path):
    """And what helps; the status is 1."""
    done = run("doctor", "--chrome", "headless-shell", PATH=str(tmp_path))

    assert 1 == done.returncode
    assert "NO  npm" in done.stdout
    assert "install Node" in done.stdout


@pytest.mark.thorough
def test_a_watched_render_is_made_again(tmp_path):
    """When a file changes; a mistake is told and waits for the next change."""
    project = write_project(tmp_path / "project", strip_page(0.5))
    command = [sys.executable, "-m", "hyperframes_dist", "render", project]
    command += [tmp_path / "out.mp4", "--watch", "--workers", "1", "--fps", "4"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "2 frames" in process.stdout.readline()
        (project / "index.html").write_text("<p>nothing")
        assert "HF101" in process.stderr.readline()
        # The stamp of a file is its time, too.
        time.sleep(0.01)
        (project / "index.html").write_text(strip_page(1))
        assert "4 frames" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(30)
