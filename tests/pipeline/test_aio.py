"""The long calls as coroutines: watched on the loop, ended by cancelling."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time

import pytest

import hyperframes_dist as hf
from hyperframes_dist import aio
from pages import strip_page, write_project

WHO = contextvars.ContextVar("WHO", default="nobody")


@pytest.fixture
def project(tmp_path):
    """A second of numbered frames."""
    return write_project(tmp_path / "project", strip_page(1))


def test_a_render_is_watched_on_the_loop(project, tmp_path):
    """With the caller's context, and the same file as without a loop."""
    seen = []

    def look(event: hf.Progress) -> None:
        seen.append((threading.get_ident(), WHO.get(), event))

    async def main() -> hf.OutputResult:
        WHO.set("caller")
        output = tmp_path / "a.mp4"
        return await aio.render(project, output, fps=10, workers=1, progress=look)

    made = asyncio.run(main())

    assert {(threading.get_ident(), "caller")} == {row[:2] for row in seen}
    assert 10 == max(e.done for _, _, e in seen if e.stage == "render")
    again = hf.render(project, tmp_path / "b.mp4", fps=10, workers=1)
    assert again.sha256 == made.sha256


def test_cancelling_the_task_ends_the_browsers(tmp_path):
    """When the task is over nothing of the call is left."""
    project = write_project(tmp_path / "long", strip_page(600))

    async def main() -> None:
        drawn = asyncio.Event()

        def look(event: hf.Progress) -> None:
            if event.stage == "render" and event.done:
                drawn.set()

        task = asyncio.ensure_future(
            aio.render(project, tmp_path / "out.mp4", workers=1, progress=look)
        )
        await asyncio.wait_for(drawn.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())

    assert ["long"] == [path.name for path in tmp_path.iterdir()]


def test_an_error_of_the_callback_is_the_callers(project, tmp_path):
    """It ends the call and arrives as it was raised."""

    def look(event: hf.Progress) -> None:
        raise KeyError(event.stage)

    with pytest.raises(KeyError, match="plan"):
        asyncio.run(aio.plan(project, tmp_path / "plan", progress=look))


def test_a_stream_ends_with_the_film(project, tmp_path):
    """Steps first, the result last."""

    async def main() -> list[object]:
        output = tmp_path / "out.mp4"
        return [event async for event in aio.stream(project, output, fps=5, workers=1)]

    *steps, made = asyncio.run(main())

    assert isinstance(made, hf.OutputResult)
    assert {"plan", "render", "assemble"} == {step.stage for step in steps}


def test_frames_are_told_in_the_thread_of_the_call(project, tmp_path):
    """Whatever draws them; with rate, time and share."""
    seen = []

    def look(event: hf.Progress) -> None:
        seen.append((threading.get_ident(), time.monotonic(), event))

    begun = time.monotonic()
    hf.render(project, tmp_path / "out.mp4", workers=2, progress=look)

    assert {threading.get_ident()} == {thread for thread, _, _ in seen}
    # Each was told after the one before and before it was seen, by one beginning.
    before = [begun, *(now for _, now, _ in seen)]
    since = [was - e.elapsed for was, (_, _, e) in zip(before, seen, strict=False)]
    until = [now - e.elapsed for _, now, e in seen]
    assert max(begun, *since) <= min(until) + 1e-6
    last = [e for _, _, e in seen if e.stage == "render"][-1]
    assert (1, 0) == (last.fraction, last.eta)
    assert last.rate > 0
