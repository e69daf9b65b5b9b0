"""Whatever a page's door raises fails the page, at once and with its cause."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import threading
import time

import pytest

from hyperframes_dist import RenderConfig
from hyperframes_dist._browser.door import Answer
from hyperframes_dist._browser.threads import in_thread
from hyperframes_dist._plan.recorder import RecordingDoor
from hyperframes_dist._tools.npm import integrity_of
from hyperframes_dist.errors import (
    DeadlineExceeded,
    DiskFullError,
    HyperframesError,
    PageError,
    ResolveError,
    ResourceLimitError,
)
from mounts import PIXEL
from pages import composition, write_project

IMAGE = '<img src="https://cdn.jsdelivr.net/npm/a@1.0.0/a.png">'
FAULTS = {
    "gzip": (b"no gzip at all", ResolveError, "its tarball"),
    "tar": (b"\x1f\x8b\x08" + bytes(20), ResolveError, "its tarball"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_bad_package_is_told(renderer, tmp_path, kind):
    """A tarball nobody can read, with the address of it."""
    data, error, words = FAULTS[kind]
    tarball = tmp_path / "cache/npm/a@1.0.0.tgz"
    tarball.parent.mkdir(parents=True)
    tarball.write_bytes(data)
    tarball.with_suffix(".integrity").write_text(integrity_of(data))
    project = write_project(tmp_path / "project", composition(IMAGE))
    began = time.monotonic()

    with pytest.raises(error, match=words):
        renderer.plan(
            project, tmp_path / "plan", RenderConfig(cache_dir=tmp_path / "cache")
        )

    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("raised", "wanted"),
    [
        (ValueError("odd bytes"), PageError),
        (RecursionError("too deep"), PageError),
        (MemoryError(), ResourceLimitError),
        (RuntimeError("can't start new thread"), ResourceLimitError),
        (OSError(errno.EIO, "broken disk"), PageError),
        (OSError(errno.ENOSPC, "full"), DiskFullError),
        (StopIteration(), HyperframesError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_unforeseen_error_is_told(renderer, tmp_path, monkeypatch, raised, wanted):
    """Its kind and its words, within seconds and not after the page's patience."""
    real = RecordingDoor.answer

    def answer(self, address: str, kind: str) -> Answer:
        if address.endswith("odd.png"):
            raise raised
        return real(self, address, kind)

    monkeypatch.setattr(RecordingDoor, "answer", answer)
    project = write_project(tmp_path / "project", composition('<img src="odd.png">'))
    (project / "odd.png").write_bytes(PIXEL)
    began = time.monotonic()

    with pytest.raises(wanted) as caught:
        renderer.plan(project, tmp_path / "plan", RenderConfig())

    assert time.monotonic() - began < 20
    if wanted is PageError:
        assert "odd.png cannot be answered" in str(caught.value)
        assert type(raised).__name__ in str(caught.value)


def test_a_door_that_never_answers_holds_up_nobody(renderer, tmp_path, monkeypatch):
    """The caller's deadline ends the call, though the thread goes on."""
    stuck = threading.Event()
    real = RecordingDoor.answer

    def answer(self, address: str, kind: str) -> Answer:
        if address.endswith("stuck.png"):
            stuck.wait(60)
        return real(self, address, kind)

    monkeypatch.setattr(RecordingDoor, "answer", answer)
    project = write_project(tmp_path / "project", composition('<img src="stuck.png">'))
    (project / "stuck.png").write_bytes(PIXEL)
    began = time.monotonic()

    try:
        with pytest.raises(DeadlineExceeded):
            renderer.plan(
                project, tmp_path / "plan", RenderConfig(), deadline=began + 6
            )
        assert time.monotonic() - began < 15
    finally:
        stuck.set()


def test_a_process_ends_though_a_thread_does_not():
    """Neither the interpreter nor the loop waits for what never answers."""
    program = """
import asyncio, time
from hyperframes_dist._browser.threads import in_thread
async def main():
    try:
        await asyncio.wait_for(in_thread(lambda: time.sleep(1000)), 0.2)
    except TimeoutError:
        print("went on")
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        timeout=60,
        check=True,
        env=dict(os.environ),
    )

    assert done.stdout == b"went on\n"


def test_a_thread_gives_back_what_it_has():
    """A value, or the very error."""
    error = KeyError("x")

    def fail() -> None:
        raise error

    async def both() -> tuple[int, list[object]]:
        value = await in_thread(lambda: 7)
        return value, await asyncio.gather(in_thread(fail), return_exceptions=True)

    assert asyncio.run(both()) == (7, [error])
