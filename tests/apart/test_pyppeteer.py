"""A plan's page in a pyppeteer script: run by ``nox -s pyppeteer``, with the real package."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pyppeteer.errors import NetworkError, PageError
from pyppeteer.page import Page

import hyperframes_dist as hf
from hyperframes_dist.errors import (
    DeadlineExceeded,
    InputError,
    PlanIntegrityError,
    ToolchainMismatchError,
)
from hyperframes_dist.pyppeteer import PyppeteerChrome, open_page
from pages import composition, strip_page, write_project

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/pyppeteer.md"
READ_STRIP = """() => {
  const {data} = document.querySelector("#strip").getContext("2d").getImageData(0, 0, 160, 1);
  let frame = 0;
  for (let cell = 0; cell < 16; cell++) frame = frame * 2 + (data[cell * 40] ? 1 : 0);
  return frame;
}"""
CONTROLS = """<button id="b" style="position:absolute;left:4px;top:4px">go</button>
<input id="i" style="position:absolute;left:4px;top:40px;width:80px"><script>
document.querySelector("#b").addEventListener("click", () => { self.clicked = true });
self.worker = new Worker("/worker.js");
</script>"""


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    """Profiles of browsers lie in a folder of the test's own, so that strays are seen."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert browsers_of(place) == []
    assert list(place.iterdir()) == []


def browsers_of(place: Path) -> list[int]:
    """Processes whose command line names a profile in *place*."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if f"--user-data-dir={place}".encode() in words:
            found.append(int(process.name))
    return found


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Two seconds of numbered frames."""
    place = tmp_path_factory.mktemp("strip")
    project = write_project(place / "project", strip_page(2))
    return hf.plan(project, place / "plan")


@pytest.fixture(scope="module")
def controls(tmp_path_factory):
    """A page with things to press, and a worker."""
    place = tmp_path_factory.mktemp("controls")
    html = composition(CONTROLS, width=160, height=96)
    files = {"worker.js": b"self.answer = 42"}
    return hf.plan(write_project(place / "project", html, **files), place / "plan")


def test_the_page_shows_the_frame(planned, tmp_path):
    """What a script reads and photographs is what is rendered, to the pixel."""
    config = hf.RenderConfig(format="png-sequence")
    project = planned.path.parent / "project"
    hf.render(project, tmp_path / "frames", config)
    expected = sorted((tmp_path / "frames").rglob("*.png"))[37]

    async def look() -> tuple[object, int, bytes]:
        async with open_page(planned.path, 37) as page:
            number = await page.evaluate(READ_STRIP)
            return type(page), number, await page.screenshot()

    kind, number, picture = asyncio.run(look())

    assert Page is kind
    assert number == 37
    with Image.open(expected) as wanted, Image.open(io.BytesIO(picture)) as shown:
        assert wanted.size == shown.size
        assert wanted.convert("RGB").tobytes() == shown.convert("RGB").tobytes()


def test_a_page_can_be_worked_with(controls):
    """Selectors, the mouse, the keyboard, the console and workers are pyppeteer's own."""

    async def work() -> dict[str, Any]:
        async with open_page(controls, 0) as page:
            said: list[str] = []
            page.on("console", lambda message: said.append(message.text))
            await page.click("#b")
            await page.type("#i", "typed")
            await page.evaluate("console.log('heard')")
            (worker,) = page.workers
            return {
                "clicked": await page.evaluate("self.clicked"),
                "typed": await page.Jeval("#i", "input => input.value"),
                "said": said,
                "worker": await worker.evaluate("self.answer"),
                "viewport": page.viewport,
                "whole": len(await page.screenshot({"fullPage": True})) > 0,
                "again": await page.evaluate("innerWidth"),
            }

    found = asyncio.run(work())

    assert found == {
        "clicked": True,
        "typed": "typed",
        "said": ["heard"],
        "worker": 42,
        "viewport": {"width": 160, "height": 96, "deviceScaleFactor": 1},
        "whole": True,
        "again": 160,
    }


def test_nothing_gets_out(planned):
    """No address but the plan's is reached, whatever the script asks for."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]

        async def try_all() -> list[str]:
            errors = []
            async with open_page(planned, 0) as page:
                address = f"http://127.0.0.1:{port}/"
                fetched = await page.evaluate(
                    f"() => fetch('{address}').then(() => 'out', () => 'sealed')"
                )
                socketed = await page.evaluate(
                    f"""() => new Promise(done => {{
                      const socket = new WebSocket("ws://127.0.0.1:{port}/");
                      socket.onopen = () => done("out");
                      socket.onerror = () => done("sealed");
                    }})"""
                )
                for where in (address, "file:///etc/hostname"):
                    with pytest.raises(PageError, match="ERR_ADDRESS_UNREACHABLE"):
                        await page.goto(where)
                with pytest.raises(NetworkError, match="page alone"):
                    await page.browser.newPage()
                with pytest.raises(NetworkError, match="page alone"):
                    await page.browser.createIncognitoBrowserContext()
                errors += [fetched, socketed]
            return errors

        assert asyncio.run(try_all()) == ["sealed", "sealed"]
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_closed_page_is_closed(planned):
    """Its own ``close`` works, and after the block every command fails at once."""

    async def close() -> None:
        async with open_page(planned, 0) as page:
            await page.close()
            assert page.isClosed()
        async with open_page(planned, 1) as page:
            waiting = asyncio.ensure_future(
                page.evaluate("() => new Promise(() => {})")
            )
            await asyncio.sleep(0)
        with pytest.raises(NetworkError):
            await asyncio.wait_for(waiting, 10)
        with pytest.raises(NetworkError, match="ended with its block"):
            await asyncio.wait_for(page.evaluate("1"), 10)

    asyncio.run(close())


def test_an_error_in_the_block_ends_the_browser(planned):
    """The error is the caller's, and `own_place` finds nothing left."""

    async def fail() -> None:
        async with open_page(planned, 0):
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        asyncio.run(fail())


@pytest.mark.parametrize("seconds", [0.05, 0.4, 3])
def test_who_is_cancelled_leaves_no_browser(planned, seconds):
    """While the browser starts, while the page loads, and in the block."""

    async def stay() -> None:
        async with open_page(planned, 30):
            await asyncio.sleep(60)

    async def cancel() -> float:
        task = asyncio.ensure_future(stay())
        await asyncio.sleep(seconds)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert asyncio.run(cancel()) < 10


def test_a_killed_browser_is_an_error_of_pyppeteers(planned, own_place):
    """The script is told at once, and the block ends as any other."""

    async def kill() -> None:
        async with open_page(planned, 0) as page:
            waiting = asyncio.ensure_future(
                page.evaluate("() => new Promise(() => {})")
            )
            await asyncio.sleep(0.2)
            for process in browsers_of(own_place):
                os.kill(process, signal.SIGKILL)
            with pytest.raises(NetworkError):
                await asyncio.wait_for(waiting, 10)

    asyncio.run(kill())


@pytest.mark.parametrize("frame", [-1, 60, True, 1.0, "1", None])
def test_a_frame_the_plan_lacks_is_named(planned, frame):
    """The message says which frames there are."""

    async def ask() -> None:
        async with open_page(planned, frame):
            pass

    with pytest.raises(
        InputError, match=re.escape(f"{frame!r} is not a whole number from 0")
    ):
        asyncio.run(ask())


def test_what_was_changed_since_planning_is_not_shown(tmp_path):
    """The page's file was altered: what would be seen is not what would be rendered."""
    project = write_project(tmp_path / "project", strip_page(1))
    plan = hf.plan(project, tmp_path / "plan")
    entry = plan.path / "compiled/index.html"
    entry.write_bytes(entry.read_bytes().replace(b"#fff", b"#ffe"))

    async def look() -> None:
        async with open_page(plan, 0):
            pass

    with pytest.raises(PlanIntegrityError):
        asyncio.run(look())


def test_the_deadline_is_the_callers(planned):
    """A page that is not there in time is none."""

    async def look() -> None:
        async with open_page(planned, 59, deadline=time.monotonic() + 0.1):
            pass

    with pytest.raises(DeadlineExceeded):
        asyncio.run(look())


def test_two_pages_at_once_and_in_threads(planned):
    """Each has a browser of its own, and the event loop of whoever opened it."""
    found: list[int] = []

    async def read(frame: int) -> int:
        async with open_page(planned, frame) as page:
            return int(await page.evaluate(READ_STRIP))

    async def both() -> None:
        found.extend(await asyncio.gather(read(3), read(4)))

    thread = threading.Thread(target=lambda: asyncio.run(both()))
    thread.start()
    thread.join(120)

    assert found == [3, 4]


FROM_PYPPETEER = """
import asyncio, json, sys
import hyperframes_dist as hf
from hyperframes_dist.pyppeteer import PyppeteerChrome, open_page

place, chrome = sys.argv[1], PyppeteerChrome()
plan = hf.plan(f"{place}/project", f"{place}/plan", chrome=chrome)
result = hf.render_chunk(plan.path, 0, f"{place}/0.mp4", chrome=chrome)

async def title():
    async with open_page(plan, 2, chrome=chrome) as page:
        return await page.evaluate("document.querySelectorAll('canvas').length")

print(json.dumps([str(chrome.executable()), result.frame_count, asyncio.run(title())]))
"""


def _in_pyppeteers_home(home: Path, code: str, *args: str) -> Any:
    # pyppeteer reads its surroundings when it is imported.
    revision = {"PYPPETEER_HOME": str(home), "PYPPETEER_CHROMIUM_REVISION": "77"}
    return subprocess.run(
        [sys.executable, "-c", code, *args],
        env={**os.environ, **revision},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_pyppeteers_chromium_renders(tmp_path, own_place):
    """A browser where pyppeteer keeps its own plans, renders and shows."""
    write_project(tmp_path / "project", strip_page(0.2))
    place = tmp_path / "home/local-chromium/77/chrome-linux"
    place.mkdir(parents=True)
    (place / "chrome").symlink_to(hf.HeadlessShell().executable())

    done = _in_pyppeteers_home(tmp_path / "home", FROM_PYPPETEER, str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert f'["{place / "chrome"}", 6, 1]' == done.stdout.strip()


def test_without_a_chromium_nothing_is_downloaded(tmp_path):
    """The error says what to do, and pyppeteer's folder stays as it was."""
    code = (
        "from hyperframes_dist.pyppeteer import PyppeteerChrome as C; C().executable()"
    )
    home = tmp_path / "home"
    home.mkdir()

    done = _in_pyppeteers_home(home, code)

    assert done.returncode == 1
    assert "InputError: pyppeteer has no Chromium at" in done.stderr
    assert "pyppeteer-install" in done.stderr
    assert list(home.iterdir()) == []


def test_another_browser_than_the_plans_is_refused(planned, tmp_path, monkeypatch):
    """What it would show is not what would be rendered."""
    copy = tmp_path / "chrome"
    copy.write_bytes(b"#!/bin/sh\n")
    copy.chmod(0o755)

    async def look() -> None:
        async with open_page(planned, 0, chrome=hf.HeadlessShell(copy)):
            pass

    with pytest.raises(ToolchainMismatchError):
        asyncio.run(look())
    assert isinstance(PyppeteerChrome(), hf.ChromeSource)


def test_the_documentation_runs(tmp_path, monkeypatch):
    """Every Python block of the page about it, in order, in one place."""
    write_project(tmp_path / "project", strip_page(2))
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.S | re.M)

    for block in blocks:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", block],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    assert len(blocks) >= 1
    assert (tmp_path / "out/frame-37.png").is_file()
