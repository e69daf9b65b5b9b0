"""The client of Chrome's pipe: what ends a command is told by its class."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hyperframes_dist as hf
from hyperframes_dist._browser.cdp import PipeConnection, command
from hyperframes_dist._browser.cdp import _Reader as Reader
from hyperframes_dist._browser.door import Answer
from hyperframes_dist._browser.launch import launch
from hyperframes_dist.errors import (
    Cancelled,
    ChromeCrashError,
    ChromeError,
    ChromeLaunchError,
    ChromeTimeoutError,
)
from hyperframes_dist.progress import Control
from patience import SOON

NEVER = {"expression": "new Promise(() => {})", "awaitPromise": True}
WORKER = (
    b"<!doctype html><script>self.w = new Worker('/w.js'); w.onmessage = say</script>"
)
SAID = "self.said = new Promise(done => { self.say = done })"


class Pages:
    """A door with a page that has a worker, and the worker's script."""

    def answer(self, address: str, kind: str) -> Answer:
        if address.endswith(".js"):
            return Answer(body=b"postMessage(1)", content_type="text/javascript")
        return Answer(body=WORKER, content_type="text/html")


@pytest.fixture(scope="module")
def browser():
    """One running browser."""
    with launch(hf.default_chrome(), control=Control()) as running:
        yield running


@pytest.fixture
def page(browser):
    """A fresh page of it."""
    options: dict[str, Any] = {"scripts": (SAID,), "width": 64, "height": 64}
    with browser.page(door=Pages(), control=Control(), **options) as opened:
        yield opened


def run(browser, work):
    return browser.loop.run(work, Control(deadline=time.monotonic() + 20))


def test_a_closed_page_ends_what_it_was_asked_at_once(browser, page):
    """Chrome never answers for a target it has let go of; the client does."""

    async def close_while_asked() -> None:
        asked = page._session.send("Runtime.evaluate", NEVER)
        await page.close()
        await asked

    began = time.monotonic()
    with pytest.raises(Exception, match="page or worker is gone"):
        run(browser, close_while_asked())
    with pytest.raises(ChromeCrashError, match="page or worker is gone"):
        run(browser, page._send("Runtime.enable"))

    assert time.monotonic() - began < SOON
    assert not browser.connection.lost


def test_a_session_chrome_does_not_know_is_gone(browser):
    """Chrome's number for it decides, not its words."""
    stranger = browser.connection.adopt("0123456789ABCDEF")

    with pytest.raises(ChromeCrashError):
        run(browser, command(stranger, "Runtime.enable", timeout=10))


@pytest.mark.parametrize("words", ["is gone", "is closed", "not found"])
def test_a_refusal_is_no_crash_whatever_its_words(browser, words):
    """A command Chrome will not do leaves the browser as alive as it was."""
    with pytest.raises(ChromeError) as caught:
        run(browser, command(browser.connection, f"Page.{words}", timeout=10))

    assert type(caught.value) is ChromeError
    assert words in str(caught.value)
    assert browser.alive


def test_no_answer_in_time_names_the_command(browser, page):
    """A page that never ends a promise costs the command its deadline, and no more."""
    asking = command(page._session, "Runtime.evaluate", NEVER, timeout=0.2)

    with pytest.raises(ChromeTimeoutError, match=r"Runtime\.evaluate.*0\.2 s"):
        run(browser, asking)

    assert run(browser, page.evaluate("6 * 7", timeout=10)) == 42


def test_a_stopped_frame_is_waited_for(browser, page):
    """Who is stopped in a draw leaves a page that can be drawn: none is refused."""

    async def draw() -> list[str]:
        for _ in range(20):
            stopped = asyncio.ensure_future(page.draw(None))
            await asyncio.sleep(0)
            stopped.cancel()
        shot = {"format": "png"}
        return await asyncio.gather(*(page.shoot(shot) for _ in range(3)))

    pictures = run(browser, draw())

    assert all(pictures)


def test_a_cancelled_wait_ends_soon(browser, page):
    """The caller's wish is heard while the page says nothing."""

    class Now:
        def is_set(self) -> bool:
            return True

    began = time.monotonic()
    with pytest.raises(Cancelled):
        browser.loop.run(page._send("Runtime.evaluate", NEVER), Control(cancel=Now()))

    assert time.monotonic() - began < SOON


def test_a_worker_that_ended_is_forgotten(browser, page):
    """A page that goes on making workers does not fill the client with their sessions."""
    sessions = browser.connection._sessions
    run(browser, _load(page))
    assert len(sessions) == 2

    run(browser, page.evaluate("w.terminate()", timeout=10))

    _until(lambda: len(sessions) == 1)


async def _load(page) -> None:
    """Go there, and wait until its worker has said something."""
    await page._send("Page.navigate", {"url": "https://composition.invalid/"})
    await page.evaluate("said.then(() => 0)", timeout=10)


def _until(holds) -> None:
    end = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_killed_browser_fails_everything_that_waits():
    """One death, and every command ends as a crash without its own deadline."""
    with launch(hf.default_chrome(), control=Control()) as doomed:
        connection = doomed.connection

        async def ask_and_kill() -> list[Any]:
            asked = [command(connection, "Tracing.end", timeout=30)]
            asked += [
                command(connection, "Browser.getVersion", timeout=30) for _ in range(3)
            ]
            os.killpg(doomed.process.pid, signal.SIGSTOP)
            waiting = asyncio.gather(*asked, return_exceptions=True)
            await asyncio.sleep(0)
            os.killpg(doomed.process.pid, signal.SIGKILL)
            return await waiting

        began = time.monotonic()
        ended = run(doomed, ask_and_kill())

        assert {type(error) for error in ended} == {ChromeCrashError}
        assert time.monotonic() - began < SOON
        with pytest.raises(ChromeCrashError):
            run(doomed, command(connection, "Browser.getVersion", timeout=30))
        assert not doomed.alive


@pytest.mark.parametrize("says", ["hello", "[1]", '{"id": 1}', '{"params": {}}'])
def test_a_program_that_speaks_something_else_is_no_browser(tmp_path, says):
    """What is no message of the protocol ends the launch at once."""
    fake = tmp_path / "chrome"
    answer = f"head -c 9 <&3 >/dev/null; printf '%s\\0' '{says}' >&4"
    fake.write_text(f"#!/bin/sh\n{answer}\nexec sleep 300\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    began = time.monotonic()

    with pytest.raises(ChromeLaunchError):
        hf.probe_chrome(hf.HeadlessShell(Path(fake)))

    assert time.monotonic() - began < SOON


class Heard(PipeConnection):
    """Keeps messages instead of routing them."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    def on_bytes(self, data: bytes) -> None:
        self.messages.append(data)


@given(
    messages=st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\0", b"."))),
    cuts=st.lists(st.integers(0, 200), max_size=12),
)
def test_messages_are_the_same_however_the_stream_is_cut(messages, cuts):
    """A pipe hands over any number of bytes at a time."""
    stream = b"".join(message + b"\0" for message in messages)
    places = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    heard = Heard()
    reader = Reader(heard)

    for start, stop in itertools.pairwise(places):
        reader.data_received(stream[start:stop])

    assert messages == heard.messages
