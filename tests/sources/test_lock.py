"""A lock says what each remote address of a project means, and a plan keeps to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import hyperframes_dist as hf
from commands import run
from hyperframes_dist._sources.lock import dump_lock, make_lock, read_lock
from hyperframes_dist._sources.pinned import locked_resolver
from hyperframes_dist._tools.cache import KeptBytes
from hyperframes_dist._tools.files import list_files
from hyperframes_dist.errors import InputError, PageError, ResolveError
from hyperframes_dist.progress import Control
from locks import BLUE, RED, SVG_TYPE, lock_of, row
from packages import put_package
from pages import composition, write_project
from remote import Site, serve


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    with serve(tmp_path) as served:
        yield served


@pytest.fixture
def config(tmp_path, cache) -> hf.RenderConfig:
    """A cache of the test's own, which has the page runtime."""
    (tmp_path / "cache/npm").mkdir(parents=True)
    for path in (cache / "npm").glob("hyperframes@*"):
        shutil.copy(path, tmp_path / "cache/npm")
    return hf.RenderConfig(fps=4, cache_dir=tmp_path / "cache")


@pytest.fixture
def image(tmp_path, site) -> tuple[Path, str]:
    """A project with an image of the site, and the image's address."""
    address = site.put("/a.svg", RED, SVG_TYPE) + "?sig=s3cret"
    body = f'<img src="{address}">'
    return write_project(tmp_path / "project", composition(body)), address


def test_a_lock_has_one_spelling(tmp_path):
    """Sorted, a line per fact, for people and for version control."""
    one, two = row("https://a.example/ü", RED), row("https://b.example/", BLUE)
    lock_of(tmp_path, two, one)

    text = (tmp_path / "hyperframes.lock").read_text("utf-8")

    assert make_lock([one, two]) == read_lock(tmp_path)
    assert text.encode() == dump_lock(make_lock([one, two]))
    assert text.splitlines()[3] == '      "address": "https://a.example/ü",'
    assert {*json.loads(text)} == {"addresses", "version"}


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda t: "<<<<<<< HEAD\n" + t, "JSON"),
        (lambda t: t.replace('"version": 1', '"version": 2'), "version 2"),
        (lambda t: t.replace('"version": 1', '"v": 1'), "version"),
        (lambda t: t.replace('"size": ', '"size": "1", "length": '), "size"),
        (lambda t: t.replace("b.example", "a.example"), "https://a.example/ twice"),
        (lambda t: t.replace('"sha256": "', '"sha256": "G'), "hexadecimal"),
        (lambda _: "[]", "object"),
        (lambda _: "", "JSON"),
    ],
)
def test_a_spoilt_lock_is_refused(renderer, project, tmp_path, edit, reason):
    """The message names the file and what is wrong in it, and no query."""
    lock_of(
        project,
        row("https://a.example/?s3cret", RED),
        row("https://b.example/?s3cret", RED),
    )
    path = project / "hyperframes.lock"
    path.write_text(edit(path.read_text()))

    with pytest.raises(InputError, match=r"hyperframes\.lock") as caught:
        renderer.plan(project, tmp_path / "plan")

    assert reason in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_lock_elsewhere_is_no_lock(project, tmp_path):
    """A link out of the project, or a directory, is refused by name."""
    (tmp_path / "other").write_bytes(dump_lock(make_lock([])))
    (project / "hyperframes.lock").symlink_to(tmp_path / "other")
    with pytest.raises(InputError, match="not a file in the project"):
        read_lock(project)

    (project / "hyperframes.lock").unlink()
    assert read_lock(project) is None


def test_locking_pins_what_the_page_asks_for(renderer, site, image, config):
    """Address, digest, size, type and source; the bytes are kept under their digest."""
    project, address = image

    made = renderer.lock(project, config)

    assert make_lock([row(address, RED)]) == made == read_lock(project)
    kept = config.cache_dir / "remote" / made.addresses[0].sha256
    assert kept.read_bytes() == RED
    assert sorted(path.name for path in project.iterdir()) == [
        *("hyperframes.lock", "index.html"),
    ]
    assert list((config.cache_dir / "lock").iterdir()) == []


def test_a_locked_plan_has_the_same_content(renderer, site, image, config, tmp_path):
    """No warning, no fetch, and the hash of a plan that has just fetched the same bytes."""
    project, address = image
    free = renderer.plan(project, tmp_path / "free", config)
    renderer.lock(project, config)
    site.seen.clear()

    locked = renderer.plan(project, tmp_path / "locked", config)

    assert len(free.warnings) == 1
    assert "s3cret" not in free.warnings[0]
    assert locked.warnings == ()
    assert locked.sources == free.sources == {address: "https"}
    assert free.content_hash == locked.content_hash
    assert site.seen == []
    assert not [p for p in list_files(locked.path) if "hyperframes.lock" in p]


def test_content_does_not_tell_the_source(renderer, image, config, tmp_path):
    """Equal bytes from a lock, from HTTPS or from a file of the caller's are one content."""
    project, address = image
    mine = tmp_path / "mine/127.0.0.1/a.svg"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(RED)
    by_file = attrs.evolve(config, overrides_dir=tmp_path / "mine")
    plans = [renderer.plan(project, tmp_path / "0", by_file)]
    renderer.lock(project, config)
    plans += [renderer.plan(project, tmp_path / "1", c) for c in (config,)]
    plans += [renderer.plan(project, tmp_path / "2", c) for c in (by_file,)]

    assert len({plan.content_hash for plan in plans}) == 1
    assert [plan.sources[address] for plan in plans] == ["overrides", "https", "https"]


def test_other_bytes_than_pinned_are_refused(renderer, site, image, config, tmp_path):
    """Neither a plan nor a lock takes them silently; the message says what to do."""
    project, address = image
    held = renderer.lock(project, config)
    shutil.rmtree(config.cache_dir / "remote")
    site.put("/a.svg", BLUE, SVG_TYPE)

    for call in (
        lambda: renderer.plan(project, tmp_path / "plan", config),
        lambda: renderer.lock(project, config),
    ):
        with pytest.raises(ResolveError) as caught:
            call()
        assert site.url("/a.svg") == caught.value.address
        assert held.addresses[0].sha256[:16] in str(caught.value)
        assert "lock PROJECT` --update" in str(caught.value)
        assert "s3cret" not in str(caught.value)
        assert not caught.value.retryable
    assert held == read_lock(project)
    assert held != renderer.lock(project, config, update=True)
    assert make_lock([row(address, BLUE)]) == read_lock(project)


def test_an_override_counts_even_where_the_pinned_bytes_are_kept(
    renderer, image, config, tmp_path
):
    """What a plan holds does not depend on what lies in a cache."""
    project, _ = image
    renderer.lock(project, config)
    mine = tmp_path / "mine/127.0.0.1/a.svg"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(BLUE)

    with pytest.raises(ResolveError, match="overrides has"):
        renderer.plan(
            project,
            tmp_path / "plan",
            attrs.evolve(config, overrides_dir=tmp_path / "mine"),
        )


def test_kept_bytes_that_were_damaged_are_fetched_again(
    renderer, site, image, config, tmp_path
):
    """A digest is compared at every use, and the good bytes take their place."""
    project, _ = image
    made = renderer.lock(project, config)
    kept = config.cache_dir / "remote" / made.addresses[0].sha256
    kept.write_bytes(BLUE)

    plan = renderer.plan(project, tmp_path / "plan", config)

    (request,) = plan.content.requests
    assert (plan.path / request.path).read_bytes() == RED == kept.read_bytes()


def test_pins_are_kept_and_missing_ones_added(renderer, site, image, config):
    """Another entry or other variables may ask for what this page does not."""
    project, address = image
    first = row("https://first.example/x.js", b"1")
    lock_of(project, first)

    added = renderer.lock(project, config)
    site.put("/a.svg", BLUE, SVG_TYPE)
    again = renderer.lock(project, config)
    anew = renderer.lock(project, config, update=True)

    assert {first.address, address} == {*added.by_address}
    assert added == again
    assert make_lock([row(address, BLUE)]) == anew == read_lock(project)


def test_a_floating_address_stays_at_its_pinned_release(tmp_path, monkeypatch):
    """The release is read from the lock, and taken from the cache without the client."""
    monkeypatch.setenv("PATH", "")
    put_package(tmp_path, "a", "1.0.0", {"x.js": b"old"})
    address = "https://unpkg.com/a@1/x.js"
    held = make_lock([row(address, b"old", source="npm:a@1.0.0/x.js")])
    sources = locked_resolver(hf.RenderConfig(cache_dir=tmp_path), held)

    found = sources.resolve(address, Control())

    assert (found.body, found.floating) == (b"old", False)
    assert KeptBytes(tmp_path / "remote").get(held.addresses[0].sha256) == b"old"


@pytest.mark.parametrize(
    "source", ["npm:a@^1.0.0/x.js", "npm:../../a@1.0.0/x.js", "npm:a"]
)
def test_a_source_is_no_command(tmp_path, monkeypatch, source):
    """What a lock says of a source is a hint; only the digest decides."""
    monkeypatch.setenv("PATH", "")
    held = make_lock([row("https://unpkg.com/a@1.0.0/x.js", b"old", source=source)])
    put_package(tmp_path, "a", "1.0.0", {"x.js": b"new"})
    sources = locked_resolver(hf.RenderConfig(cache_dir=tmp_path), held)

    with pytest.raises(ResolveError, match="pins sha256"):
        sources.resolve(held.addresses[0].address, Control())


def test_what_is_not_locked_still_resolves(renderer, site, image, config, tmp_path):
    """With the warning it always had; what is locked has none."""
    project, _ = image
    renderer.lock(project, config)
    late = site.put("/late.svg", BLUE, SVG_TYPE)
    page = project / "index.html"
    page.write_text(page.read_text().replace("<img", f'<img src="{late}"><img'))

    plan = renderer.plan(project, tmp_path / "plan", config)

    assert len(plan.warnings) == 1
    assert late in plan.warnings[0]


def test_a_lazy_address_is_locked(renderer, site, config, tmp_path):
    """The page is walked to its end, as for a plan."""
    address = site.put("/late.json", b"[1]", "application/json")
    script = f"""<script>
      let asked = false;
      addEventListener("hf-seek", ({{ detail }}) => {{
        if (detail.time < 4.5 || asked) return;
        asked = true;
        detail.waitUntil(fetch("{address}").then((answer) => answer.json()));
      }});
    </script>"""
    project = write_project(tmp_path / "project", composition(script, duration=5))

    made = renderer.lock(project, config)

    assert [address] == [each.address for each in made.addresses]


def test_a_project_without_remote_addresses_has_an_empty_lock(
    renderer, project, config
):
    """It says so, which spares others the look."""
    assert make_lock([]) == renderer.lock(project, config) == read_lock(project)


def test_a_lock_that_fails_changes_nothing(renderer, image, config):
    """The page's own fault, or a file in the way, leaves what was there."""
    project, _ = image
    held = renderer.lock(project, config)
    page = project / "index.html"
    whole = page.read_text()
    page.write_text(whole + "<script>throw new Error('kaputt')</script>")
    with pytest.raises(PageError, match="kaputt"):
        renderer.lock(project, config, update=True)
    assert held == read_lock(project)

    page.write_text(whole)
    (project / "hyperframes.lock").unlink()
    (project / "hyperframes.lock").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        renderer.lock(project, config, update=True)


def test_the_command_locks(tmp_path):
    """It prints one line, or the lock itself as JSON; --update forgets old pins."""
    body = '<img src="https://assets.example.com/a.svg">'
    project = write_project(tmp_path / "project", composition(body))
    mine = tmp_path / "mine/assets.example.com/a.svg"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(RED)
    lock_of(project, row("https://old.example/", b"old"))
    options = [project, "--overrides", tmp_path / "mine", "--fps", "4"]

    kept = run("lock", *options)
    anew = run("lock", *options, "--update", "--json")

    assert (kept.returncode, kept.stderr) == (0, "")
    assert kept.stdout == f"{project}/hyperframes.lock: 2 addresses\n"
    made = hf.from_json(anew.stdout, hf.Lock)
    address = "https://assets.example.com/a.svg"
    assert (
        make_lock([row(address, RED, source="overrides")]) == made == read_lock(project)
    )
