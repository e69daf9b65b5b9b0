"""What is typed: near misses, settings from a file, values, progress, completion."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

from hyperframes_dist._cli import common
from hyperframes_dist._cli.bar import ProgressBar
from hyperframes_dist._cli.main import ROOT, main
from hyperframes_dist._cli.options import render_config
from hyperframes_dist.progress import Progress
from pages import composition, write_project


@pytest.fixture
def given(tmp_path, monkeypatch):
    """What a command would be given, in an empty folder; nothing is run."""
    monkeypatch.chdir(tmp_path)
    seen = []

    class Seen(common.Args):
        def __init__(self, **values):
            super().__init__(**values)
            seen.append(self)
            raise KeyboardInterrupt

    def read(*words):
        with monkeypatch.context() as patch:
            patch.setattr(common, "Args", Seen)
            assert main(["render", "project", "out.mp4", *words]) == 130
        return seen[-1]

    return read


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["rendr"], "'render'"),
        (["aws", "presing"], "'presign'"),
        (["render", "--quailty", "draft"], "'--quality'"),
        (["chrome", "list", "--jsn"], "'--json'"),
    ],
)
def test_a_slip_is_told_what_was_meant(words, meant, capsys):
    """Commands, verbs and options have near misses; status 2 says who must act."""
    assert 2 == main(words)

    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert meant in err


@pytest.mark.parametrize(
    "words", [["--json", "rendr"], ["render", "--json"], ["--json"]]
)
def test_words_that_cannot_be_read_answer_in_json_too(words, capsys):
    """A program that asked for JSON reads one object, whatever was wrong."""
    assert 2 == main(words)

    row = json.loads(capsys.readouterr().out)
    assert ("InputError", False) == (row["error"], row["retryable"])


def test_json_may_stand_before_the_command(tmp_path, capsys):
    """As for the commands that follow it."""
    assert 2 == main(["--json", "verify", str(tmp_path / "none")])

    assert "InputError" == json.loads(capsys.readouterr().out)["error"]


def test_settings_stand_in_a_file(given, tmp_path):
    """What is typed wins over it, and a setting of another command is nobody's."""
    text = 'quality = "draft"\nfps = 12\nno-audio = true\ncolumns = 3\n'
    (tmp_path / "hyperframes-dist.toml").write_text(text)

    read, typed = given(), given("--quality", "high")

    assert ("draft", "12", True) == (read.quality, read.fps, read.no_audio)
    assert ("high", "12") == (typed.quality, typed.fps)


def test_settings_stand_in_pyproject(given, tmp_path):
    """Where there is no file of their own."""
    text = '[tool.hyperframes_dist]\nquality = "draft"\n'
    (tmp_path / "pyproject.toml").write_text(text)

    assert "draft" == given().quality


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quality = ", "hyperframes-dist.toml"),
        ("qualiti = 'x'", "quality"),
        ("fps = []", "fps"),
        ("# mine\ncolums = 3", "hyperframes-dist.toml:2: 'colums' is an option of no "),
        ("colums = 3", "did you mean 'columns'?"),
        (
            "columns = 'three'",
            "hyperframes-dist.toml:1: columns: 'three' is not a valid",
        ),
        ("columns = true", "columns: True is no value of it"),
        ("\nquality = 'hgh'", "hyperframes-dist.toml:2: quality 'hgh' is not one of"),
        ("codec = 'h265x'", "hyperframes-dist.toml:1: codec 'h265x' is not one of"),
        ("fps = 'abc'", "hyperframes-dist.toml:1: fps: frame rate 'abc'"),
        ("format = 'mp5'", "hyperframes-dist.toml:1: format 'mp5' is not one of"),
    ],
)
@pytest.mark.parametrize("command", [["render", "project", "out.mp4"], ["check", "."]])
def test_settings_that_cannot_be_read_are_told(
    tmp_path, monkeypatch, capsys, text, said, command
):
    """No TOML, a name of no option, a value of no option, whichever command is run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hyperframes-dist.toml").write_text(text)

    assert 2 == main(command)

    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["format = 'webm'", "format = 'webm'\ncodec = 'vp9'"])
def test_a_setting_of_films_is_none_of_what_a_check_prints(
    tmp_path, monkeypatch, capsys, text
):
    """Both are called format."""
    project = write_project(tmp_path / "project", composition())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hyperframes-dist.toml").write_text(text)

    assert 0 == main(["check", str(project)])

    assert "passed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("hyperframes_dist.toml", "fps = 12", "call it hyperframes-dist.toml"),
        ("pyproject.toml", "[tool.hyperframes-dist]", "write [tool.hyperframes_dist]"),
    ],
)
def test_settings_that_nothing_reads_are_told(
    tmp_path, monkeypatch, capsys, name, text, said
):
    """A file, or a table, whose name is all but the one that is looked for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(text)

    assert 2 == main(["render", "project", "out.mp4"])

    assert said in capsys.readouterr().err


def test_variables_are_set_one_by_one(given):
    """Over those of the object; what is no JSON is text."""
    words = ["--variables", '{"a": 1, "b": 2}', "--set", "b=true", "--set", "c=two = 2"]

    variables = render_config(given(*words)).variables

    assert {"a": 1, "b": True, "c": "two = 2"} == dict(variables)


def test_a_variable_without_a_value_is_refused(tmp_path, capsys):
    """It names the form that is wanted."""
    assert 2 == main(["plan", str(tmp_path), str(tmp_path / "plan"), "--set", "name"])

    assert "NAME=VALUE" in capsys.readouterr().err


EVENTS = [
    Progress(stage="plan", done=1, total=2, detail="compile"),
    Progress(stage="plan", done=2, total=2),
    Progress(stage="render", done=30, total=30),
]


def test_a_log_has_a_line_for_each_phase():
    """It is written when the phase is over, with what it took."""
    stream = io.StringIO()

    with ProgressBar(stream, how="plain") as bar:
        for event in EVENTS:
            bar.update(event)

    lines = [line.partition(" in ")[0] for line in stream.getvalue().splitlines()]
    assert ["plan: 2 of 2 steps", "render: 30 of 30 frames"] == lines


def test_a_program_has_an_object_for_each_step():
    """One a line."""
    stream = io.StringIO()

    with ProgressBar(stream, how="json") as bar:
        for event in EVENTS:
            bar.update(event)

    rows = list(map(json.loads, stream.getvalue().splitlines()))
    assert ["compile", "", ""] == [row["detail"] for row in rows]
    assert (30, 30) == (rows[-1]["done"], rows[-1]["total"])


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("ren", {"render"}),
        ("render --qual", {"--quality"}),
        ("render --quality d", {"draft"}),
    ],
)
def test_a_shell_completes(words, wanted):
    """Commands, options and the values that are known."""
    typed = f"hyperframes-dist {words}"
    done = subprocess.run(
        [sys.executable, "-m", "hyperframes_dist"],
        env={
            **os.environ,
            "_HYPERFRAMES_DIST_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(typed.count(" ")),
        },
        capture_output=True,
        text=True,
        check=True,
    )

    found = {line.partition(",")[2] for line in done.stdout.splitlines()}
    assert wanted == found


def test_every_command_can_be_loaded():
    """The table names modules that have the command, and says of it what its help says."""
    for name in ROOT.list_commands(None):
        assert name == ROOT.get_command(None, name).name
