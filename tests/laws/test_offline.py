"""A project that was frozen is planned where there is no network and no npm client."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import hyperframes_dist as hf
from hyperframes_dist._sources.lock import make_lock, read_lock
from hyperframes_dist._tools import https as _https
from hyperframes_dist._wire.freeze import freeze_remote, installed_chrome
from hyperframes_dist.chrome import SHELL_NAMES
from hyperframes_dist.errors import InputError, ResolveError
from locks import BLUE, RED, SVG_TYPE, lock_of, row
from pages import GSAP, composition, write_project
from remote import Site, serve

TWEEN = """<script>
  const tl = gsap.timeline({ paused: true });
  tl.to("#box", { x: 40, duration: 1 });
  window.__timelines = { main: tl };
</script>"""


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    with serve(tmp_path) as served:
        yield served


@pytest.fixture
def film(tmp_path, site) -> Path:
    """A tween by a script of a CDN, and an image of another host."""
    address = site.put("/a.svg", RED, SVG_TYPE)
    body = f'<img id="box" src="{address}">{TWEEN}'
    html = composition(body, head=f'<script src="{GSAP}"></script>', root="")
    return write_project(tmp_path / "film", html)


def _keep_browser(folder: Path) -> None:
    """What `default_chrome` takes stays: on PATH, or unpacked in a cache."""
    source = hf.default_chrome()
    executable = source.executable()
    if isinstance(source, hf.Sparticuz):
        (folder / "empty").mkdir()
        (folder / "empty/chrome").symlink_to(source.folder.parent)
    else:
        (folder / "bin" / SHELL_NAMES[0]).symlink_to(executable)


@pytest.fixture
def unplug(monkeypatch, tmp_path):
    """No program but a browser, no HTTPS, and nothing in the default cache."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    def pull(*, browser: bool = True) -> None:
        (tmp_path / "bin").mkdir()
        if browser:
            _keep_browser(tmp_path)
        else:
            monkeypatch.delenv("HYPERFRAMES_DIST_CHROME", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setenv("HYPERFRAMES_DIST_CACHE", str(tmp_path / "empty"))
        monkeypatch.setattr(_https.HttpsFetcher, "fetch", refuse)

    return pull


def test_a_frozen_project_is_planned_without_a_network(
    renderer, film, site, tmp_path, unplug
):
    """From what was frozen alone, and with the content it has where there is a network."""
    config = hf.RenderConfig(fps=4)
    dest = tmp_path / "dest"

    held = freeze_remote(film, dest, config)
    online = renderer.plan(film, tmp_path / "online", config)
    unplug()
    alone = attrs.evolve(config, offline=True, cache_dir=dest)
    plan = renderer.plan(film, tmp_path / "plan", alone)

    assert {GSAP, site.url("/a.svg")} == {*held.by_address}
    assert held == read_lock(film)
    names = {path.name for path in (dest / "remote").iterdir()}
    assert {each.sha256 for each in held.addresses} == names
    assert online.content_hash == plan.content_hash
    assert plan.warnings == ()


def test_a_lock_that_lacks_addresses_is_completed(film, tmp_path, site):
    """Where a Chrome is; a pin whose bytes cannot be had is named."""
    other = row("https://other.example/x", b"x")
    lock_of(film, other)

    with pytest.raises(ResolveError, match=r"other\.example"):
        freeze_remote(film, tmp_path / "dest", hf.RenderConfig(fps=4))

    found = read_lock(film)
    assert found is not None
    assert {GSAP, site.url("/a.svg"), other.address} == {*found.by_address}


def test_a_locked_project_is_frozen_without_a_browser(film, tmp_path, site, unplug):
    """On a machine that has none, the lock is taken at its word."""
    cache = tmp_path / "kept"
    held = row(site.url("/a.svg"), RED)
    lock_of(film, held)
    (cache / "remote").mkdir(parents=True)
    (cache / "remote" / held.sha256).write_bytes(RED)
    unplug(browser=False)
    config = hf.RenderConfig(cache_dir=cache)

    assert installed_chrome() is None
    made = freeze_remote(film, tmp_path / "dest", config, runtime=False)

    assert make_lock([held]) == made
    assert (tmp_path / "dest/remote" / held.sha256).read_bytes() == RED
    assert not (tmp_path / "dest/npm").exists()


def test_without_a_lock_freezing_needs_a_browser(film, tmp_path):
    """There is no other way to know what a page asks for."""
    with pytest.raises(InputError, match="/no/such"):
        freeze_remote(
            film, tmp_path / "dest", chrome=hf.HeadlessShell(Path("/no/such"))
        )


@pytest.fixture
def alone(tmp_path, cache) -> hf.RenderConfig:
    """Offline, with a cache that holds the page runtime."""
    (tmp_path / "alone/npm").mkdir(parents=True)
    for path in (cache / "npm").glob("hyperframes@*"):
        shutil.copy(path, tmp_path / "alone/npm")
    return hf.RenderConfig(fps=4, offline=True, cache_dir=tmp_path / "alone")


def failure(renderer, project: Path, config: hf.RenderConfig) -> str:
    """What a plan says of an address it may not fetch; trying again cannot help."""
    with pytest.raises(ResolveError) as caught:
        renderer.plan(project, project.parent / "plan", config)
    assert not caught.value.retryable
    return str(caught.value)


@pytest.mark.parametrize("address", [GSAP, "https://assets.example.com/a.js?s3cret"])
def test_what_is_not_locked_is_refused_by_name(
    renderer, tmp_path, alone, unplug, address
):
    """Not even an address whose package is cached: only the lock knows its bytes."""
    html = composition(head=f'<script src="{address}"></script>')
    project = write_project(tmp_path / "project", html)
    unplug()

    text = failure(renderer, project, alone)

    assert text.startswith(f"{address.partition('?')[0]}: offline")
    assert "hyperframes.lock" in text
    assert "s3cret" not in text


def test_locked_bytes_that_are_not_kept_are_refused_by_name(
    renderer, tmp_path, alone, unplug
):
    """The message names the digest that is missing."""
    held = row("https://assets.example.com/a.svg", RED)
    body = f'<img src="{held.address}">'
    project = write_project(tmp_path / "project", composition(body))
    lock_of(project, held)
    unplug()

    text = failure(renderer, project, alone)

    assert text.startswith(f"{held.address}: offline")
    assert held.sha256[:16] in text


def test_overrides_answer_offline(renderer, tmp_path, alone, unplug):
    """The caller's own files are no network."""
    address = "https://assets.example.com/a.svg"
    body = f'<img src="{address}">'
    project = write_project(tmp_path / "project", composition(body))
    mine = tmp_path / "mine/assets.example.com/a.svg"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(BLUE)
    unplug()

    config = attrs.evolve(alone, overrides_dir=tmp_path / "mine")
    plan = renderer.plan(project, tmp_path / "plan", config)

    assert plan.sources == {address: "overrides"}


def test_the_page_runtime_is_not_fetched_either(
    renderer, tmp_path, alone, cache, unplug
):
    """It comes from the cache, or is the caller's own file."""
    project = write_project(tmp_path / "project", composition())
    official = renderer.plan(project, tmp_path / "official", alone)
    frozen = official.path / "compiled/.hyperframes-dist/runtime.js"
    for kept in ("npm", "runtime"):
        shutil.rmtree(tmp_path / "alone" / kept)
    unplug()

    text = failure(renderer, project, alone)
    own = attrs.evolve(alone, runtime=frozen)
    plan = renderer.plan(project, tmp_path / "own", own)

    assert "npm:hyperframes@" in text
    assert "offline" in text
    assert official.content_hash == plan.content_hash


def test_frozen_bytes_are_named_by_their_digest(film, tmp_path):
    """So that whoever ships them can check them without the lock."""
    freeze_remote(film, tmp_path / "dest", hf.RenderConfig(fps=4), runtime=False)

    for path in (tmp_path / "dest/remote").iterdir():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
