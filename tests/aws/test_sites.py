"""A site is a project's files and nothing else, in one archive named by its bytes."""

from __future__ import annotations

import hashlib
import os
import tarfile

import pytest

import hyperframes_dist as hf
from cloud import lock_nothing
from hyperframes_dist._tools.archive import unpack
from hyperframes_dist.aws import AwsClient, Stack
from hyperframes_dist.aws._cloud.session import Cloud, Services
from hyperframes_dist.errors import InputError
from hyperframes_dist.transport import open_transport
from pages import strip_page, write_project

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:render"
LOCK = "project/hyperframes.lock"
SECRETS = (
    *(".git/config", "node_modules/x/index.js", ".env", ".env.local", "sub/.env"),
    *(".hyperframes/state.json", "renders/old.mp4", ".DS_Store"),
)


@pytest.fixture
def client(tmp_path) -> AwsClient:
    stack = Stack(state_machine=MACHINE, store="s3://store")
    store = open_transport(f"file://{tmp_path}/store")
    return AwsClient(Cloud(stack=stack, services=Services(clients={}), store=store))


@pytest.fixture
def project(project, monkeypatch):
    """A locked project, on a machine without a Chrome."""
    monkeypatch.setattr("hyperframes_dist._wire.freeze.installed_chrome", lambda: None)
    return lock_nothing(project)


def write(project, *names: str) -> None:
    for name in names:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def deploy(client: AwsClient, project, tmp_path, **config) -> set[str]:
    """Names in the archive of *project*."""
    site = client.deploy_site(project, hf.RenderConfig(**config))
    archive = tmp_path / f"{site.site_hash}.tar"
    client.cloud.store.get(f"sites/{site.site_hash}/project.tar", archive)
    return set(unpack(archive, tmp_path / site.site_hash))


def test_what_must_not_leave_stays(client, project, tmp_path):
    """History, dependencies, secrets and state are in no archive."""
    write(project, *SECRETS, "assets/logo.svg", "a b/ü.txt")

    names = deploy(client, project, tmp_path)

    assert {
        LOCK,
        "project/index.html",
        "project/assets/logo.svg",
        "project/a b/ü.txt",
    } == names


def test_an_author_leaves_out_more(client, project, tmp_path):
    """By patterns as git has them, with exceptions and folders."""
    write(
        project, "raw/a.mov", "raw/keep.mov", "notes.md", "sub/notes.md", "build/x/y.js"
    )
    lines = ["# notes", "raw/*", "!raw/keep.mov", "/notes.md", "build/"]
    (project / ".hyperframesignore").write_text("\n".join(lines))

    names = deploy(client, project, tmp_path)

    assert {
        LOCK,
        "project/index.html",
        "project/raw/keep.mov",
        "project/sub/notes.md",
    } == names


def test_plans_made_in_a_project_stay(client, project, tmp_path):
    """They hold a copy of it; a file that is only called plan.json travels."""
    write(
        project, "out/plan/plan.json", "out/plan/compiled/index.html", "data/plan.json"
    )

    names = deploy(client, project, tmp_path)

    assert {LOCK, "project/index.html", "project/data/plan.json"} == names


def test_the_lock_always_travels(client, project, tmp_path):
    """Also where the author's patterns would leave it out."""
    (project / ".hyperframesignore").write_text("*.lock\n")

    assert "project/hyperframes.lock" in deploy(client, project, tmp_path)


def test_an_entry_that_is_left_out_is_an_error(client, project, tmp_path):
    """At once, not minutes later in the cloud."""
    (project / ".hyperframesignore").write_text("*.html\n")

    with pytest.raises(InputError, match="leaves it out"):
        deploy(client, project, tmp_path)
    with pytest.raises(InputError, match="not there"):
        deploy(client, project, tmp_path, entry_file="film.html")


def test_a_link_out_of_the_project_is_an_error(client, project, tmp_path):
    """A deployed project must not hold what its author did not put in it."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (project / "link.txt").symlink_to(secret)

    with pytest.raises(InputError, match="link out of the project"):
        deploy(client, project, tmp_path)


def test_bytes_do_not_depend_on_the_machine(client, project, tmp_path):
    """Times, modes, owners and the order of a directory are not in the archive."""
    write(project, "b.txt", "a/c.txt", "a.txt")
    first = client.deploy_site(project)
    other = tmp_path / "other"
    write(other, "a.txt", "a/c.txt", "b.txt")
    for name in ("index.html", "hyperframes.lock"):
        (other / name).write_bytes((project / name).read_bytes())
    (other / "a.txt").chmod(0o600)
    os.utime(other / "b.txt", (1, 1))

    again = client.deploy_site(other)

    assert (first.site_hash, True, False) == (
        again.site_hash,
        first.uploaded,
        again.uploaded,
    )


def test_a_changed_byte_is_another_site(client, project, tmp_path):
    """And the first one is still there."""
    first = client.deploy_site(project)
    write(project, "more.txt")

    again = client.deploy_site(project)

    keys = list(client.cloud.store.list("sites"))
    assert first.site_hash != again.site_hash
    assert 2 == len(keys)
    path = tmp_path / "first.tar"
    client.cloud.store.get(f"sites/{first.site_hash}/project.tar", path)
    with tarfile.open(path) as tar:
        assert [LOCK, "project/index.html"] == tar.getnames()


def test_remote_bytes_travel(client, tmp_path):
    """The page's addresses are locked here, and the function asks the internet for none."""
    image = "<img src='https://assets.example.com/logo.svg'>"
    page = strip_page(1).replace("<canvas", f"{image}<canvas", 1)
    project = write_project(tmp_path / "branded", page)
    logo = tmp_path / "overrides/assets.example.com/logo.svg"
    logo.parent.mkdir(parents=True)
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>')

    names = deploy(client, project, tmp_path, overrides_dir=tmp_path / "overrides")

    digest = hashlib.sha256(logo.read_bytes()).hexdigest()
    assert {f"remote/{digest}", LOCK} < names
    assert digest in (project / "hyperframes.lock").read_text()
