"""What continuous integration runs is what CONTRIBUTING.md says, and leaves nothing out."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PYTEST = PROJECT["tool"]["pytest"]["ini_options"]
SESSIONS = (ROOT / "noxfile.py").read_text("utf-8")


def load(path: str) -> ModuleType:
    """A program of the repository as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # What is defined in it looks itself up by this name.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, spec.name, module)
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def ci() -> ModuleType:
    return load(".ci/steps.py")


def test_every_step_is_there_and_bounded(ci):
    """First the block of README.md, then sessions that nox knows, within an hour."""
    steps = ci.read_steps()
    names = [step.name for step in steps]
    known = re.findall(r"^def (\w+)\(session", SESSIONS, re.MULTILINE)

    assert ["README.md, install", "README.md, tests"] == names[:2]
    assert {name.replace("-", "_") for name in names[2:]} <= {*known}
    assert len(names) == len({*names})
    assert {step.name: step.minutes for step in steps}["README.md, tests"] <= 8
    assert 0 < sum(step.minutes for step in steps) <= 60


def test_the_block_is_readmes(ci):
    """Both halves together are the block as it stands; the last line runs the tests."""
    install, test = ci.read_block()

    assert f"```bash\n{install}\n{test}\n```\n" in (ROOT / "README.md").read_text()
    assert "--require-hashes" in install
    assert ".venv/bin/python -m pytest" == test


def test_what_the_default_tests_leave_out_is_run_by_a_step(ci):
    """Every marker that is left out, but campaigns, is asked for by a session that runs."""
    (left_out,) = re.findall(r"not \((.*)\)", " ".join(PYTEST["addopts"]))
    markers = [row.partition(":")[0] for row in PYTEST["markers"]]
    run = [step.name.replace("-", "_") for step in ci.read_steps()]

    assert [*left_out.split(" or ")] == markers
    for marker in markers:
        if marker != "campaign":
            assert marker in run
            assert f'"-m", "{marker}' in SESSIONS


def test_a_step_that_takes_too_long_is_ended(ci, capsys, monkeypatch):
    """With all it started, and counts as failed."""
    step = ci.Step(name="README.md, tests", minutes=0.005, packages=())
    monkeypatch.setattr(ci, "read_block", lambda: ("", "sleep 54321 & sleep 54321"))

    passed = ci.run(step)

    assert not passed
    assert "was ended after" in capsys.readouterr().out
    commands = [read(path) for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert b"sleep\x0054321\x00" not in commands


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


CHANGELOGS = [
    ("0.1.0", "## [Unreleased]\n\n- a\n", True),
    ("0.1.0", "## [0.1.0] - 2026-12-01\n\n- a\n", True),
    ("0.1.0", "## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n\n- a\n", True),
    ("0.2.0", "## [Unreleased]\n\n- b\n\n## [0.1.0] - 2026-12-01\n\n- a\n", True),
    ("0.1.0", "## [Unreleased]\n\n- b\n\n## [0.1.0] - 2026-12-01\n\n- a\n", False),
    ("0.2.0", "## [0.1.0] - 2026-12-01\n\n- a\n", False),
    ("0.1.0", "## [0.2.0] - 2026-12-01\n\n- a\n", False),
    ("0.10.0", "## [0.9.0] - 2026-12-01\n\n- a\n\n## [0.10.0] - 2027\n\n- b\n", False),
    ("0.1.0", "# Changes\n", False),
]


@pytest.mark.parametrize(("version", "text", "agrees"), CHANGELOGS)
def test_a_release_is_in_the_changelog(version, text, agrees):
    """What is released has its section, what is not stands under Unreleased."""
    check = load(".ci/release.py").check_changelog

    if agrees:
        check(version, text)
    else:
        with pytest.raises(SystemExit, match=r"CHANGELOG\.md"):
            check(version, text)


def test_links_lead_somewhere_from_anywhere():
    """On a package index README.md has no neighbours: its links are those of the tag."""
    absolute = load("hatch_build.py").absolute
    page = (
        "[a](docs/a.md#b) ![film](docs/film.gif) [c](https://c.example/) [d](#d)\n"
        '<img src="docs/film.webp"> <img src="https://e.example/x.png">'
    )

    assert (
        "[a](https://host/us/blob/v1.2/docs/a.md#b) "
        "![film](https://host/us/raw/v1.2/docs/film.gif) [c](https://c.example/) [d](#d)\n"
        '<img src="https://host/us/raw/v1.2/docs/film.webp"> '
        '<img src="https://e.example/x.png">'
    ) == absolute(page, "https://host/us", "1.2")
