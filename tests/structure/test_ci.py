"""What continuous integration runs is what CONTRIBUTING.md says, and leaves nothing out."""

from __future__ import annotations

import importlib.util
import os
import re
import select
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from sampling import choose

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
    markers.remove("sampled(n)")
    run = [step.name.replace("-", "_") for step in ci.read_steps()]

    assert [*left_out.split(" or ")] == markers
    for marker in markers:
        if marker != "campaign":
            assert marker in run
            assert f'"-m", "{marker}' in SESSIONS


def test_a_sample_is_the_same_each_time_and_shows_every_value():
    """Whatever is asked of it first; and no two of few share a value without need."""
    cases = {
        f"t[{rate}-{length}]": {"rate": rate, "length": length}
        for rate in range(4)
        for length in range(4)
    }

    chosen = choose(cases, 4)

    assert chosen == choose(dict(reversed(cases.items())), 4)
    assert [*range(4)] == sorted(cases[name]["rate"] for name in chosen)
    assert [*range(4)] == sorted(cases[name]["length"] for name in chosen)
    assert {*cases} == {*choose(cases, 99)}


FAMILY = """
import pytest

@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", range(9))
def test_family(n): ...

@pytest.mark.sampled(1)
@pytest.mark.parametrize("n", [pytest.param(0, marks=pytest.mark.campaign), 1, 2])
def test_other(n): ...

def test_alone(): ...
"""


@pytest.mark.thorough
def test_what_is_sampled_and_the_rest_are_all(tmp_path):
    """Together both runs have every case once; a case that is named is run."""
    hook = "from sampling import mark_the_rest as pytest_collection_modifyitems\n"
    (tmp_path / "conftest.py").write_text(hook)
    (tmp_path / "test_it.py").write_text(FAMILY)

    few = names(tmp_path, "test_it.py")
    rest = names(tmp_path, "test_it.py", "-m", "thorough")
    left_out = next(name for name in rest if "family" in name)

    assert 2 + 1 + 1 == len(few)
    assert 7 + 1 == len(rest)
    assert not {*few} & {*rest}
    assert [left_out] == names(tmp_path, left_out)


def names(place: Path, *words: str) -> list[str]:
    """Tests in *place* that would be run, under the project's own settings."""
    own = ["-c", ROOT / "pyproject.toml", "--rootdir", place, "--collect-only"]
    run = [sys.executable, "-m", "pytest", "-n", "0", "-q", *own, *words]
    done = subprocess.run(
        run, cwd=place, capture_output=True, text=True, timeout=60, check=False
    )
    return [line for line in done.stdout.splitlines() if "::" in line]


def test_a_step_that_takes_too_long_is_ended(ci, capsys, monkeypatch, tmp_path):
    """With all it started, and counts as failed."""
    step = ci.Step(name="README.md, tests", minutes=0.02, packages=())
    started = tmp_path / "started"
    command = f"sleep 54321 & echo $! > {started}; sleep 54321"
    monkeypatch.setattr(ci, "read_block", lambda: ("", command))

    passed = ci.run(step)

    assert not passed
    assert "was ended after" in capsys.readouterr().out
    assert ends(int(started.read_text()))


def ends(pid: int) -> bool:
    """Whether what was told to end has done so, or does shortly."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 5)[0])
    finally:
        os.close(descriptor)


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


def test_links_of_the_long_description_lead_somewhere():
    """A package index has no files beside README.md: it names them in the sources."""
    unlinked = load("hatch_build.py").unlinked
    page = "![f](f.webp)[a](docs/a.md#b), [`c`](C.md) [d](https://d.example/) [e](#e)"

    assert (
        "fa (`docs/a.md`), `c` (`C.md`) [d](https://d.example/) [e](#e)"
    ) == unlinked(page)
