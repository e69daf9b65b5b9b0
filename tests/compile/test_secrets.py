"""A project's history and secrets stay in it, by whatever name they are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from pathspec import GitIgnoreSpec

import hyperframes_dist as hf
from hyperframes_dist import Limits, RenderConfig
from hyperframes_dist._compile.project import list_project, read_document
from hyperframes_dist._compile.secrets import is_secret
from hyperframes_dist._wire.site import list_site
from hyperframes_dist.errors import InputError, PageError
from pages import composition, write_project

SECRET = "s3cret"
HIDDEN = [
    *(".env", ".env.local", ".envrc", ".ENV", "sub/.env.production", ".git/config"),
    *("sub/.git/objects/aa/bb", ".hg/store", ".svn/entries"),
    *(".ssh/id_rsa", ".aws/credentials", ".npmrc", "sub/.netrc", ".git-credentials"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = write_project(tmp_path / "project", composition("<p>x</p>"))
    for name in HIDDEN:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(SECRET)
    return folder


def names(project: Path) -> list[str]:
    return [name for name, _ in list_project(project, Limits())]


@pytest.mark.parametrize("target", HIDDEN)
@pytest.mark.parametrize("link", ["logo.png", "assets/data.json"])
def test_a_link_gives_it_no_other_name(project, target, link):
    """Neither in a plan nor in what is deployed."""
    (project / link).parent.mkdir(exist_ok=True)
    (project / link).symlink_to(project / target)

    assert names(project) == ["index.html"]
    travels = list_site(project, RenderConfig(), GitIgnoreSpec([]))
    assert list(travels) == ["index.html"]


@pytest.mark.parametrize("target", [".git", ".hg", ".svn", "sub/.git/objects"])
def test_a_link_to_a_folder_neither(project, target):
    """And what lies in it has names of its own."""
    (project / "open").symlink_to(project / target)

    assert names(project) == ["index.html"]


def test_a_link_to_a_link_neither(project):
    """What counts is where it ends."""
    (project / "a").symlink_to("b")
    (project / "b").symlink_to(".env")

    assert names(project) == ["index.html"]


@pytest.mark.parametrize("target", HIDDEN)
@pytest.mark.parametrize("by", ["name", "link"])
def test_it_is_not_mounted(project, target, by):
    """A file of secrets is no composition, even if it reads like one."""
    (project / target).write_text(f'<div data-composition-id="x">{SECRET}</div>')
    (project / "link.html").symlink_to(project / target)
    source = target if by == "name" else "link.html"
    page = f'<div data-composition-id="m" data-composition-src="{source}"></div>'
    (project / "index.html").write_text(page)

    with pytest.raises(InputError, match="never leaves a project"):
        read_document(project, RenderConfig())


@pytest.mark.parametrize("target", HIDDEN)
def test_it_is_no_document(project, target):
    """Nor is what leads to it."""
    (project / target).write_text(composition(SECRET))
    (project / "index.html").unlink()
    (project / "index.html").symlink_to(project / target)

    with pytest.raises(InputError, match="history or a secret"):
        read_document(project, RenderConfig())
    with pytest.raises(InputError) as raised:
        hf.check(project)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("by", ["name", "link"])
def test_it_is_no_style_sheet_of_a_part(project, by):
    """A sheet that one part links alone goes into the document as it is."""
    (project / ".env").write_text(f".a {{ --token: {SECRET} }}")
    (project / "link.css").symlink_to(project / ".env")
    sheet = ".env" if by == "name" else "link.css"
    (project / "part.html").write_text(
        f'<head><link rel="stylesheet" href="{sheet}"></head>'
        '<body><p data-composition-id="part">x</p></body>'
    )
    mount = '<p data-composition-id="part" data-composition-src="part.html"></p>'
    (project / "index.html").write_text(composition(mount))

    document = read_document(project, RenderConfig())

    assert SECRET not in (document.tree.html or "")
    assert SECRET not in str(hf.check(project))


@pytest.mark.parametrize(
    "address",
    [
        *(
            ".env",
            "/.git/config",
            "node_modules/x",
            "output/x",
            "node_modules/x/../../.env",
        ),
        *(
            "node_modules/x/..%2F..%2F.env",
            "sub/%2Eenv.production",
            "node_modules%2F..%2F.env",
        ),
    ],
)
def test_a_page_cannot_ask_for_it(renderer, project, tmp_path, address):
    """Nor for what leads to it from where files wait to be asked for."""
    for folder in ("node_modules", "output"):
        (project / folder).mkdir()
        (project / folder / "x").symlink_to(project / ".env")
    html = composition(f'<img src="{address}">')
    (project / "index.html").write_text(html)

    with pytest.raises(PageError, match=r"not in the project|to a secret"):
        renderer.plan(project, tmp_path / "plan", hf.RenderConfig())


def test_a_step_back_over_a_link_writes_nowhere(renderer, tmp_path):
    """The folder behind a link is another one in the plan than in the project."""
    root = tmp_path / "a/b/c"
    root.mkdir(parents=True)
    address = "node_modules/link/..%2F..%2F..%2F..%2F..%2Fdeep/x.dat"
    project = write_project(root / "p", composition(f'<img src="{address}">'))
    (project / "1/2/3/4/5").mkdir(parents=True)
    (project / "deep").mkdir()
    (project / "deep/x.dat").write_bytes(b"of the project")
    (project / "node_modules").mkdir()
    (project / "node_modules/link").symlink_to(project / "1/2/3/4/5")
    before = {path for path in tmp_path.rglob("*") if "work" not in path.name}

    with pytest.raises(PageError, match="not in the project"):
        renderer.plan(project, root / "plan", hf.RenderConfig())

    assert before == set(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    "name",
    [".envelope.png", ".environment.jpg", "env", ".env_map.hdr", "x.env", ".gitkeep"],
)
def test_names_that_begin_alike_are_files(project, name):
    """Only the names that are known for secrets are left out."""
    (project / name).write_bytes(b"x")

    assert name in names(project)


@pytest.mark.parametrize("name", [".env", ".ENV", ".env.x", ".Git", ".hg", ".envrc"])
def test_in_any_spelling(name):
    """Some file systems take two spellings for one name."""
    assert is_secret(name)
