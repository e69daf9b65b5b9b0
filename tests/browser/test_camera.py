"""A renderer goes on with the page it has open, and no byte shows it."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time

import pytest

import hyperframes_dist as hf
from hyperframes_dist.errors import Cancelled, DeadlineExceeded
from pages import composition, write_project

# What a frame shows depends on every frame before it.
SUMS = """<p id="sum" style="color:#fff;margin:0">0</p><script>
let sum = 0;
window.__hf = { duration: 2, seek(time) {
  sum = (sum * 7 + Math.round(time * 30) + 1) % 9973;
  document.getElementById("sum").textContent = sum;
} };</script>"""


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Four chunks of half a second."""
    folder = tmp_path_factory.mktemp("planned")
    project = write_project(folder / "project", composition(SUMS, duration=2))
    config = hf.RenderConfig(fps=30, chunks=4, segment_seconds=0.5)
    return hf.plan(project, folder / "plan", config)


@pytest.fixture
def own():
    """A renderer that nobody has used."""
    with hf.Renderer() as renderer:
        yield renderer


@pytest.fixture
def draw(planned, own, tmp_path):
    """Render a chunk; how many pages that took, and the digest."""

    def drawn(index: int, plan: hf.Plan = planned) -> tuple[int, str]:
        records: list[hf.PerfRecord] = []
        output = tmp_path / f"{index}.mp4"
        result = own.render_chunk(plan.path, index, output, perf=records.append)
        return sum(boot.pages for boot in records[0].boots), result.sha256

    return drawn


@pytest.fixture
def alone(planned, tmp_path):
    """The digest of a chunk rendered by a browser of its own."""

    def rendered(index: int) -> str:
        return hf.render_chunk(planned.path, index, tmp_path / "alone.mp4").sha256

    return rendered


def test_the_next_chunk_goes_on(draw, alone):
    """Also one that leaves some out: those are shown unseen, as in a worker of its own."""
    wanted = [(1, alone(0)), (0, alone(1)), (0, alone(3))]

    assert wanted == [draw(0), draw(1), draw(3)]


def test_an_earlier_chunk_begins_anew(draw, alone):
    """A page cannot go back."""
    draw(2)

    assert draw(1) == (1, alone(1))


def test_another_plans_page_is_not_gone_on_with(draw, own, planned, tmp_path):
    """Neither beside it nor in its place."""
    other = write_project(tmp_path / "other", composition("<p>other</p>", duration=2))
    config = hf.RenderConfig(fps=30, chunks=4, segment_seconds=0.5)
    beside = own.plan(other, tmp_path / "beside", config)
    draw(0)

    first = draw(1, beside)
    shutil.rmtree(planned.path)
    shutil.copytree(beside.path, planned.path)
    second = draw(2)
    alone = hf.render_chunk(beside.path, 2, tmp_path / "alone.mp4")

    assert first[0] == 1
    assert second == (1, alone.sha256)


def test_planning_closes_the_page(draw, own, alone, tmp_path):
    """A browser that plans shows one page only."""
    draw(0)
    other = write_project(tmp_path / "other", composition("<p>other</p>", duration=1))
    own.plan(other, tmp_path / "beside")

    assert draw(1) == (1, alone(1))


def test_a_page_that_was_stopped_is_not_gone_on_with(
    own, draw, alone, planned, tmp_path
):
    """Where it stopped nobody knows."""
    stop = threading.Event()

    def stop_soon(event: hf.Progress) -> None:
        if event.done == 1:
            stop.set()

    with pytest.raises(Cancelled):
        own.render_chunk(
            planned.path, 0, tmp_path / "0.mp4", progress=stop_soon, cancel=stop
        )

    assert draw(1) == (1, alone(1))


def test_a_page_heeds_who_uses_it_now(own, draw, planned, tmp_path):
    """The deadline of a call holds on a page that another call opened."""
    draw(0)

    def hang(event: hf.Progress) -> None:
        if event.done == 5:
            os.killpg(own._warm._browser.process.pid, signal.SIGSTOP)

    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        own.render_chunk(
            planned.path, 1, tmp_path / "1.mp4", progress=hang, deadline=began + 3
        )
    assert time.monotonic() - began < 20
