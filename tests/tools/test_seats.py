"""Workers keep to a processor each while there is a worker for every processor."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import hyperframes_dist as hf
from hyperframes_dist._render.pool import SegmentMaker
from hyperframes_dist._tools.process import members, processes, start
from hyperframes_dist._tools.seats import Seat, threads
from hyperframes_dist.progress import Control
from pages import strip_page, write_project
from patience import SOON

pytestmark = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="there is nothing to choose from"
)

HOLD = """import socket, sys
claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
claim.bind(chr(0) + sys.argv[1])
print("held", flush=True)
sys.stdin.read()"""


@pytest.fixture(autouse=True)
def two(monkeypatch) -> Iterator[tuple[int, int]]:
    """Two processors for this thread, whose seats no other test takes."""
    realm, before = uuid.uuid4().hex, os.sched_getaffinity(0)
    monkeypatch.setattr(Seat, "realm", realm)
    first, second, *_ = sorted(before)
    os.sched_setaffinity(0, {first, second})
    yield first, second
    os.sched_setaffinity(0, before)


@pytest.fixture
def group() -> Iterator[int]:
    """A process group of three."""
    with start(["/bin/sh", "-c", "sleep 60 & sleep 60"]) as child:
        end = time.monotonic() + SOON
        while len(list(members(child.process.pid))) < 3:
            assert time.monotonic() < end
            time.sleep(0.01)
        yield child.process.pid


@contextlib.contextmanager
def held_elsewhere(processor: int) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the seat of *processor*."""
    name = Seat.name_of(processor)[1:]
    command = [sys.executable, "-c", HOLD, name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            other.kill()


def where(group: int) -> set[frozenset[int]]:
    """Where the threads of *group* may run."""
    return {frozenset(os.sched_getaffinity(one)) for one in threads(group)}


def free(processor: int) -> bool:
    """Whether no worker has the seat of *processor*."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as claim:
        try:
            claim.bind(Seat.name_of(processor))
        except OSError:
            return False
        return True


def test_a_worker_alone_uses_all_processors(two, group):
    with Seat() as seat:
        seat.settle(group)

        assert where(group) == {frozenset(two)}


def test_workers_keep_to_their_own_processor_once_all_are_taken(two, group):
    with Seat() as first, Seat() as second:
        first.settle(group)
        bound = where(group)
        second.settle(group)

        assert bound == {frozenset({two[0]})}
        assert where(group) == {frozenset({two[1]})}


def test_a_worker_spreads_again_when_another_one_is_done(two, group):
    with Seat() as first:
        with Seat():
            first.settle(group)
        first.settle(group)

        assert where(group) == {frozenset(two)}
        assert free(two[1])


def test_a_worker_leaves_its_browser_as_it_was(two, group):
    with Seat():
        with Seat() as second:
            second.settle(group)
            bound = where(group)

        assert bound == {frozenset({two[1]})}
        assert where(group) == {frozenset(two)}
        assert free(two[1])


def test_a_browser_that_replaces_another_is_bound_too(two, group):
    with Seat() as first, Seat(), start(["/bin/sleep", "60"]) as other:
        first.settle(group)

        first.settle(other.process.pid)

        assert where(group) == {frozenset(two)}
        assert where(other.process.pid) == {frozenset({two[0]})}


def test_a_worker_more_than_there_are_processors_is_not_bound(two, group):
    with Seat(), Seat(), Seat() as third:
        third.settle(group)

        assert where(group) == {frozenset(two)}


def test_a_thread_sits_where_its_worker_does_and_interrupts_nobody(two, group):
    with Seat() as first, Seat(), ThreadPoolExecutor(1) as pool:
        first.settle(group)

        pool.submit(first.sit).result()

        place = (
            pool.submit(os.sched_getaffinity, 0),
            pool.submit(os.sched_getscheduler, 0),
        )
        assert [each.result() for each in place] == [{two[0]}, os.SCHED_BATCH]


def test_workers_of_other_processes_count_until_they_die(two, group):
    with held_elsewhere(two[0]) as other, Seat() as seat:
        seat.settle(group)
        bound = where(group)

        other.send_signal(signal.SIGKILL)
        other.wait()
        seat.settle(group)

        assert bound == {frozenset({two[1]})}
        assert where(group) == {frozenset(two)}


def test_what_cannot_be_claimed_is_left_alone(two, group, monkeypatch):
    monkeypatch.setattr(Seat, "realm", "x" * 200)
    with Seat() as seat, Seat():
        seat.settle(group)

        assert where(group) == {frozenset(two)}


def children() -> list[int]:
    """The browsers and encoders of this process."""
    return [number for number, facts in processes() if int(facts[1]) == os.getpid()]


class Watch:
    """Looks where and how everything runs while frames are drawn; a progress callback."""

    def __init__(self) -> None:
        self.seen: set[frozenset[int]] = set()
        self.policies: set[int] = set()

    def __call__(self, told: hf.Progress) -> None:
        if told.stage == "render":
            self.look()

    def look(self) -> None:
        for process in children():
            with contextlib.suppress(OSError):
                self.seen |= where(process)
                self.policies.add(os.sched_getscheduler(process))


@pytest.fixture
def side_by_side(monkeypatch) -> Callable[[int, Callable[[], None]], None]:
    """Has so many workers begin together, and each look around with every frame of its."""
    draw = SegmentMaker.draw

    def begin(workers: int, look: Callable[[], None]) -> None:
        door, begun = threading.Barrier(workers), set[int]()

        def together(self, segment, keep, on_frame):
            if (worker := threading.get_ident()) not in begun:
                begun.add(worker)
                door.wait(60)

            def seen() -> None:
                look()
                on_frame()

            return draw(self, segment, keep, seen)

        monkeypatch.setattr(SegmentMaker, "draw", together)

    return begin


def test_a_render_with_a_worker_per_processor_binds_each_to_one(
    tmp_path, two, side_by_side
):
    project, watch = write_project(tmp_path / "project", strip_page(2)), Watch()
    alone, config = Watch(), hf.RenderConfig(fps=30, segment_seconds=0.5)

    side_by_side(2, watch.look)
    made = hf.render(project, tmp_path / "2.mp4", config, workers=2)
    side_by_side(1, alone.look)
    same = hf.render(project, tmp_path / "1.mp4", config, workers=1)

    assert {frozenset({two[0]}), frozenset({two[1]})} <= watch.seen
    assert alone.seen == {frozenset(two)}
    assert watch.policies == {os.sched_getscheduler(0), os.SCHED_BATCH}
    assert made.sha256 == same.sha256
    assert all(map(free, two))


def test_a_chunk_beside_another_process_is_bound_and_its_browser_then_let_go(
    tmp_path, two
):
    project, watch = write_project(tmp_path / "project", strip_page(2)), Watch()
    with hf.Renderer() as renderer, held_elsewhere(two[0]):
        planned = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=30))
        renderer.render_chunk(planned.path, 0, tmp_path / "c.mp4", progress=watch)
        browser = renderer._warm._browser
        assert browser is not None

        after = where(browser.process.pid)

    assert frozenset({two[1]}) in watch.seen
    assert after == {frozenset(two)}
    assert os.sched_getaffinity(0) == set(two)


def test_a_caller_that_waits_for_its_turn_takes_no_processor(tmp_path, two):
    """One browser is at work, whoever else wants it."""
    project = write_project(tmp_path / "project", strip_page(1))
    with hf.Renderer() as renderer:
        planned = renderer.plan(project, tmp_path / "plan")
        draw = threading.Thread(
            target=renderer.render_chunk, args=(planned.path, 0, tmp_path / "c.mp4")
        )
        with renderer._warm.use(Control(), seat=Seat()):
            draw.start()
            time.sleep(0.5)

            assert [free(number) for number in two] == [False, True]
        draw.join(60)

    assert (tmp_path / "c.mp4").is_file()
    assert all(map(free, two))
