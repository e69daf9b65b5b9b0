"""
The first use: README and tutorial, every block in order, in an empty home.

A person copies what is printed and nothing else; what a block needs, an earlier one has made.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
_KEPT = ("PATH", "LANG", "LC_ALL", "NODE_PATH", "SSL_CERT_FILE", "TMPDIR")
_MOST_COMMANDS, _MOST_SECONDS = 12, 180


def blocks(page: Path) -> list[tuple[str, str]]:
    """The blocks of *page*, each with its language, in order."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(), re.DOTALL | re.M)
    return [(language, code) for language, code in found]


@pytest.fixture
def place(tmp_path):
    """A checkout, and an empty home beside it."""
    args = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(args, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            target = tmp_path / "checkout" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)
    (tmp_path / "home").mkdir()
    return tmp_path / "checkout"


class Person:
    """Who copies blocks into one shell, and Python's into one interpreter."""

    def __init__(self, place: Path) -> None:
        self._place, self._shell, self._python = place, "", ""
        self.commands = 0

    def copy(self, language: str, code: str) -> None:
        """Run a block; what it prints is nobody's."""
        if language in {"bash", "sh"}:
            lines = [line for line in code.splitlines() if line.strip()]
            self.commands += sum(not line.lstrip().startswith("#") for line in lines)
            # An environment that was entered stays entered.
            entered = [line for line in lines if "activate" in line]
            self._run(self._shell + code)
            self._shell += "".join(f"{line}\n" for line in entered)
        elif language == "python":
            self.commands += 1
            self._python += code
            script = self._place / "copied.py"
            script.write_text(self._python)
            self._run(f"{self._shell}rm -rf out/hello-plan\npython copied.py\n")
        elif language == "html":
            page = self._place / "hello" / "index.html"
            page.parent.mkdir(exist_ok=True)
            page.write_text(code)

    def _run(self, code: str) -> None:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        sources = {n: v for n, v in os.environ.items() if re.match("(?i)pip_|npm_", n)}
        home = str(self._place.parent / "home")
        done = subprocess.run(
            ["bash", "-e", "-c", code],
            cwd=self._place,
            env={**kept, **sources, "HOME": home},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"


def spent() -> float:
    """Processor seconds of all that was run here and has ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.timeout(1800)
def test_an_own_composition_is_on_the_screen_within_twelve_commands(place):
    """And three minutes of a processor, from an empty home; then the rest runs too."""
    person, before = Person(place), spent()
    shown = None

    for language, code in blocks(TUTORIAL):
        person.copy(language, code)
        if shown is None and (place / "out" / "hello.mp4").is_file():
            shown = person.commands, spent() - before

    assert shown is not None
    assert shown[0] <= _MOST_COMMANDS
    assert shown[1] <= _MOST_SECONDS


@pytest.mark.timeout(1800)
def test_every_block_of_the_readme_runs_as_it_is_printed(place):
    """But for the two that take long, which are run elsewhere: the tests, the benchmarks."""
    person = Person(place)

    for language, code in blocks(ROOT / "README.md"):
        if "pytest" not in code and "benchmarks/" not in code:
            person.copy(language, code)

    films = ("launch-film.mp4", "film.mp4", "joined.mp4")
    assert [] == [name for name in films if not (place / "out" / name).is_file()]
