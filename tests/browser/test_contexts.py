"""Nothing a page leaves behind is found by the next page of the same browser."""

from __future__ import annotations

import pytest

import hyperframes_dist as hf
from hyperframes_dist._browser.clock import read_clock
from hyperframes_dist._browser.door import ORIGIN, Answer
from hyperframes_dist._browser.launch import launch
from hyperframes_dist.chrome import default_chrome
from hyperframes_dist.progress import Control
from pages import composition, write_project

# Each leaves something in a store of its own, and finds what was left there.
LEAVE = {
    "localStorage": "localStorage.setItem('k', 'v')",
    "cookie": "document.cookie = 'k=v; max-age=9999; path=/'",
    "cache": "(await caches.open('k')).put('/logo.svg', new Response('v'))",
    "indexedDB": """await new Promise((done) => {
        const asked = indexedDB.open('k');
        asked.onsuccess = done; asked.onupgradeneeded = () => {};
    })""",
    "files": """await (await navigator.storage.getDirectory())
        .getFileHandle('k', { create: true })""",
}
FIND = {
    "localStorage": "localStorage.length",
    "cookie": "document.cookie.length",
    "cache": "(await caches.keys()).length",
    "indexedDB": "(await indexedDB.databases()).length",
    "files": """(await Array.fromAsync(
        (await navigator.storage.getDirectory()).keys())).length""",
}


class Door:
    """An empty page."""

    def answer(self, address: str, kind: str) -> Answer:
        return Answer(body=b"<!doctype html><title>k</title>", content_type="text/html")


@pytest.fixture(scope="module")
def browser():
    with launch(default_chrome(), control=Control()) as browser:
        yield browser


def visit(browser, script, *, scripts=()):
    """What *script* comes to on a fresh page of *browser*; *scripts* run before it."""
    control = Control()

    async def run(page):
        await page._send("Page.navigate", {"url": f"{ORIGIN}/"})
        return await page.evaluate(f"(async () => {{ {script} }})()", timeout=20)

    with browser.page(
        door=Door(), scripts=scripts, width=64, height=64, control=control
    ) as page:
        return browser.loop.run(run(page), control)


@pytest.mark.parametrize("store", LEAVE)
def test_a_store_is_a_pages_own(browser, store):
    """What is left in *store* is found by its own page, and not by the next one."""
    own = visit(browser, f"{LEAVE[store]}; return {FIND[store]}")

    other = visit(browser, f"return {FIND[store]}")

    assert bool(own)
    assert not other


def test_a_page_has_no_workers_that_outlive_it(browser):
    """Service workers and shared ones are not there to be asked for."""
    asked = "return ['serviceWorker' in navigator, 'SharedWorker' in window]"

    assert [False, False] == visit(browser, asked, scripts=(read_clock("clock.js"),))


HOSTILE = """<script>
  localStorage.setItem("colour", "red"); document.cookie = "colour=red; path=/";
  const answer = () => new Response("<svg xmlns='http://www.w3.org/2000/svg'/>");
  caches.open("k").then((cache) => cache.put("/logo.svg", answer()));
  navigator.serviceWorker?.register("/service.js");
</script>"""
READER = """<img src="logo.svg" style="position: absolute"><script>
  const visits = Number(localStorage.getItem("visits")) + 1;
  localStorage.setItem("visits", visits);
  const found = document.cookie || localStorage.getItem("colour") || visits > 1;
  document.getElementById("root").style.background = found ? "red" : "green";
</script>"""
LOGO = b"""<svg xmlns='http://www.w3.org/2000/svg' width='32' height='32'>
<rect width='32' height='32' fill='blue'/></svg>"""


def test_a_film_is_the_same_after_a_hostile_one(renderer, tmp_path):
    """A warm browser that rendered a hostile film renders the next as a new one does."""
    hostile = write_project(
        tmp_path / "hostile",
        composition(HOSTILE, duration="0.2"),
        **{"service.js": b"onfetch = (e) => e.respondWith(new Response('red'))"},
    )
    project = write_project(
        tmp_path / "project",
        composition(READER, duration="0.4"),
        **{"logo.svg": LOGO},
    )
    renderer.plan(hostile, tmp_path / "a")
    renderer.render_chunk(tmp_path / "a", 0, tmp_path / "a.mp4")
    renderer.plan(project, tmp_path / "b")
    renderer.render_chunk(tmp_path / "b", 0, tmp_path / "b.mp4")
    again = renderer.render_chunk(tmp_path / "b", 0, tmp_path / "again.mp4")

    with hf.Renderer() as fresh:
        alone = fresh.render_chunk(tmp_path / "b", 0, tmp_path / "alone.mp4")

    assert alone.sha256 == again.sha256
    assert (tmp_path / "alone.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
