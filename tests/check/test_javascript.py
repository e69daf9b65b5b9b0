"""What is JavaScript is told to be none by no rule: neither its words nor its names."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import hyperframes_dist as hf
from pages import composition, write_project

ROWS = tomllib.loads(Path(__file__).with_name("javascript.toml").read_text("utf-8"))
SCRIPTS = [
    pytest.param(name, text, id=name)
    for kind, start in (("scripts", "<script>"), ("modules", '<script type="module">'))
    for name, text in ((n, f"{start}{t}</script>") for n, t in ROWS[kind].items())
]


@pytest.mark.parametrize(("name", "script"), SCRIPTS)
def test_nothing_is_told_of_what_is_javascript(tmp_path, name, script):
    """However it is written, and whatever its classes' fields are called."""
    project = write_project(tmp_path / name, composition(script), **{"a.js": b""})

    report = hf.check(project)

    assert [] == [str(finding) for finding in report.findings]
