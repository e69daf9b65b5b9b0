"""The documentation is true: its code runs, its links lead somewhere, it is up to date."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from hyperframes_dist._cli import common
from hyperframes_dist._cli.main import main
from hyperframes_dist._compile.project import IGNORED, IGNORED_AT_TOP
from hyperframes_dist._model.content import OWN
from hyperframes_dist._model.manifest import Content
from pages import strip_page, write_project

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
IDS = [page.relative_to(ROOT).as_posix() for page in PAGES]
README, TUTORIAL = ROOT / "README.md", ROOT / "docs/tutorial.md"
CLUSTERS = ROOT / "docs/how-to/clusters.md"
COMMAND = "python -m hyperframes_dist "
LAST_WORDS = {
    "docs/aws.md": "16 chunks: 52 s, $0.053",
    "docs/tutorial.md": "True",
    "docs/how-to/remote-addresses.md": (
        "https://assets.example.com/logo.svg?v=2 from overrides"
    ),
    "docs/how-to/lock-remote-addresses.md": "()",
    "docs/reference/plan-directory.md": "True",
}


def blocks(page: Path, language: str) -> list[str]:
    """The code of *page* in *language*, in order; indented blocks lose their indent."""
    pattern = rf"^( *)```{language}\n(.*?)^\1```$"
    found = re.findall(pattern, page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [re.sub(rf"(?m)^{indent}", "", code) for indent, code in found]


# Run where what they need is installed: tests/apart.
QUEUES = ("celery", "rq", "prefect", "airflow", "modal", "pyppeteer")
APART = {ROOT / f"docs/how-to/{name}.md" for name in QUEUES}
WITH_PYTHON = [page for page in PAGES if blocks(page, "python") and page not in APART]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty directory to work in, but for the projects the documentation names."""
    for name in ("project", "examples/launch-film"):
        write_project(tmp_path / name, strip_page(1.5))
    for html in blocks(TUTORIAL, "html"):
        write_project(tmp_path / "hello", html)
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    bin_dir = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{bin_dir}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def run_code(code: str, place: Path) -> str:
    """What *code* prints, run as a program of its own in *place*."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "page", WITH_PYTHON, ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_python_runs(place, page):
    """The Python of a page runs from its first block to its last, as one program."""
    printed = run_code("\n".join(blocks(page, "python")), place).splitlines()

    name = page.relative_to(ROOT).as_posix()
    assert printed
    assert LAST_WORDS.get(name, printed[-1]) == printed[-1]


@pytest.mark.parametrize(
    ("page", "film"), [(TUTORIAL, "hello"), (CLUSTERS, "film")], ids=["start", "jobs"]
)
def test_commands_run(place, page, film):
    """The commands of a page do what it says they do."""
    code = "\n".join(b for b in blocks(page, "bash") if b.startswith(COMMAND))

    subprocess.run(["bash", "-e", "-c", code], check=True, capture_output=True)

    assert (place / f"out/{film}.mp4").is_file()


def test_readme_commands_run(place):
    """The README's commands, one after another, make one file in both ways."""
    code = next(b for b in blocks(README, "bash") if b.startswith(COMMAND))

    subprocess.run(["bash", "-e", "-c", code], check=True, capture_output=True)

    film, joined = place / "out/film.mp4", place / "out/joined.mp4"
    assert film.read_bytes() == joined.read_bytes()


def test_readme_begins_with_demo_and_tests():
    """The first block renders the demo, the second runs the tests; both are shell."""
    found = re.findall(r"^```(\w+)$", README.read_text("utf-8"), re.MULTILINE)
    demo, tests = blocks(README, "bash")[:2]

    assert found[:2] == ["bash", "bash"]
    assert "examples/launch-film out/launch-film.mp4" in demo
    assert "--require-hashes" in tests
    assert "-m pytest" in tests


class Understood(Exception):
    """A command's words were read, up to where it would run."""


def understood(**_: object) -> None:
    raise Understood


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_commands_are_commands(page, monkeypatch):
    """Every line that starts the library would be understood by it."""
    monkeypatch.setattr(common, "Args", understood)
    for block in blocks(page, "bash"):
        subprocess.run(["bash", "-n", "-c", block], check=True)
        for line in block.splitlines():
            _, found, rest = line.partition(COMMAND)
            if found and not rest.startswith("--"):
                with pytest.raises(Understood):
                    main(shlex.split(rest.partition(" #")[0]))


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page):
    """A relative link names a file that is there, and a heading that is in it."""
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page

        assert path.exists(), f"{target} in {page.name}"
        assert not anchor or anchor in headings(path), f"{target} in {page.name}"


def headings(page: Path) -> set[str]:
    """The anchors of *page*, as its host makes them from headings."""
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", title.lower()) for title in titles]
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_named_tests_exist(page):
    """A test that is named as evidence is there."""
    for name in re.findall(r"\btests/\w+\.py", page.read_text("utf-8")):
        assert (ROOT / name).is_file(), name


def test_reference_is_up_to_date():
    """Names, commands with their help, and errors are those of the library."""
    done = subprocess.run(
        [sys.executable, ROOT / "docs/generate_reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_what_a_plan_holds_is_described():
    """What is left out of a plan is listed, and every field of its content."""
    left_out = (ROOT / "SECURITY.md").read_text("utf-8")
    described = (ROOT / "docs/reference/plan-directory.md").read_text("utf-8")

    assert [n for n in IGNORED | IGNORED_AT_TOP if f"`{n}`" not in left_out] == []
    assert [
        f.name for f in attrs.fields(Content) if f"`{f.name}`" not in described
    ] == []
    assert f"{OWN}/\n" in described


def test_architecture_names_only_what_is_there():
    """Each module and function the page names in a walk is in the library."""
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    source = ROOT / "src/hyperframes_dist"

    named = re.findall(r"`((?:_?\w+/)+\w+)\.(\w+)`", page)
    places = [(source / f"{module}.py", name) for module, name in named]
    assert len(places) > 20
    assert [
        f"{path.relative_to(source)}: {name}"
        for path, name in places
        if not path.exists() or not re.search(rf"\b{name}\b", path.read_text("utf-8"))
    ] == []


def test_log_records_are_those_of_the_library():
    """Each message the documentation names is in the library's source."""
    page = (ROOT / "docs/how-to/debugging.md").read_text("utf-8")
    sources = (ROOT / "src/hyperframes_dist").rglob("*.py")
    code = "".join(path.read_text("utf-8") for path in sources)

    messages = re.findall(r"^\| `([^`]+)` \| (?:DEBUG|WARNING)", page, re.MULTILINE)
    assert len(messages) == 3
    assert [m for m in messages if m.removesuffix("…").strip() not in code] == []


def test_decisions_are_listed():
    """The index of decisions links to every record."""
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text("utf-8")

    records = sorted(path.name for path in folder.glob("0*.md"))

    assert records == re.findall(r"\((0\d+-[\w-]+\.md)\)", index)


def tracked_texts() -> dict[str, str]:
    """Every text file that belongs to the project, by path."""
    args = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(args, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        paths = [ROOT / name for name in names if name]
    else:
        folders = (".ci", "benchmarks", "docs", "examples", "src", "tests")
        paths = [p for folder in folders for p in (ROOT / folder).rglob("*")]
        paths += ROOT.glob("*.*")
    found = {}
    for path in paths:
        if path.is_file() and "__pycache__" not in path.parts:
            data = path.read_bytes()
            if b"\0" not in data:
                found[path.relative_to(ROOT).as_posix()] = data.decode("utf-8")
    return found


def test_no_file_names_a_machine():
    """No registry's host and no path of the machine it was written on is in any file."""
    # Put together here, so that this file does not hold them either.
    hosts = ("registry." + "npmjs", "pypi" + ".org", "python" + "hosted.org")
    paths = re.compile(r"(?<![\w.\-/}])/(?:" + "root|work" + r")(?![\w-])")

    texts = tracked_texts()

    assert "README.md" in texts
    for name, text in texts.items():
        assert not [host for host in hosts if host in text], name
        assert paths.search(text) is None, name


def test_the_cookbooks_application_is_the_one_that_is_run():
    """What `nox -s beside` starts stands on the page, line by line."""
    (shown, *_) = blocks(ROOT / "docs/cookbook.md", "py")
    run = (ROOT / "tests/apart/film_server.py").read_text("utf-8")

    assert shown.partition("app = FastAPI()")[2] == run.partition("app = FastAPI()")[2]


def test_every_engine_made_one_film():
    """The table that tests have written names one film, and says of each page what runs."""
    text = (ROOT / "docs/engines.md").read_text("utf-8")
    made, _, pages = text.partition("<!-- Until here. -->")
    rows = re.findall(r"^\| (\w[^|]*?) \| (.*) \|$", made, re.MULTILINE)[1:]
    films = {film for _, cells in rows for film in re.findall(r"`(\w+)`", cells)}

    wanted = {"Celery", "Prefect", "RQ", "Ray", "Temporal", "dask", "processes"}
    assert wanted <= {name for name, _ in rows}
    assert 1 == len(films)
    for name in ("engines", "celery", "rq", "prefect", "airflow", "modal", "clusters"):
        assert f"how-to/{name}.md" in pages
