"""Workers keep to a processor each while there is a worker for every processor."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist import _affinity
from hyperframes_dist._affinity import Seat
from hyperframes_dist._process import members, start
from pages import strip_page, write_project

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
    monkeypatch.setattr(_affinity, "_name", lambda number: f"\0{realm}/{number}")
    first, second, *_ = sorted(before)
    os.sched_setaffinity(0, {first, second})
    yield first, second
    os.sched_setaffinity(0, before)


@pytest.fixture
def group() -> Iterator[int]:
    """A process group of two."""
    with start(["/bin/sh", "-c", "sleep 60 & sleep 60"]) as child:
        while len(list(members(child.process.pid))) < 3:
            pass
        yield child.process.pid


@contextlib.contextmanager
def held_elsewhere(processor: int) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the seat of *processor*."""
    name = _affinity._name(processor)[1:]
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
    return {frozenset(os.sched_getaffinity(one)) for one in _affinity._threads(group)}


def free(processor: int) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as claim:
        try:
            claim.bind(_affinity._name(processor))
        except OSError:
            return False
    return True


def test_a_worker_alone_uses_all_processors(two, group):
    seat = Seat()

    seat.settle(group)

    assert where(group) == {frozenset(two)}
    seat.close()


def test_workers_keep_to_their_own_processor_once_all_are_taken(two, group):
    first, second = Seat(), Seat()

    first.settle(group)
    bound = where(group)
    second.settle(group)

    assert bound == {frozenset({two[0]})}
    assert where(group) == {frozenset({two[1]})}
    for seat in (first, second):
        seat.close()


def test_a_worker_spreads_again_when_another_one_is_done(two, group):
    first, second = Seat(), Seat()
    first.settle(group)

    second.close()
    first.settle(group)

    assert where(group) == {frozenset(two)}
    assert free(two[1])
    first.close()


def test_a_worker_leaves_its_browser_as_it_was(two, group):
    first, second = Seat(), Seat()
    first.settle(group)

    first.close()

    assert where(group) == {frozenset(two)}
    assert free(two[0])
    second.close()


def test_a_browser_that_replaces_another_is_bound_too(two, group):
    with Seat() as first, Seat(), start(["/bin/sleep", "60"]) as other:
        first.settle(group)

        first.settle(other.process.pid)

        assert where(group) == {frozenset(two)}
        assert where(other.process.pid) == {frozenset({two[0]})}


def test_a_worker_more_than_there_are_processors_is_not_bound(two, group):
    seats = [Seat(), Seat(), Seat()]

    seats[2].settle(group)

    assert where(group) == {frozenset(two)}
    for seat in seats:
        seat.close()


def test_a_thread_sits_where_its_worker_does_and_interrupts_nobody(two, group):
    first, second = Seat(), Seat()
    first.settle(group)

    def sit() -> tuple[set[int], int]:
        first.sit()
        return os.sched_getaffinity(0), os.sched_getscheduler(0)

    with ThreadPoolExecutor() as pool:
        assert pool.submit(sit).result() == ({two[0]}, os.SCHED_BATCH)
    for seat in (first, second):
        seat.close()


def test_workers_of_other_processes_count_until_they_die(two, group):
    with held_elsewhere(two[0]) as other:
        seat = Seat()
        seat.settle(group)
        bound = where(group)

        other.send_signal(signal.SIGKILL)
        other.wait(10)
        seat.settle(group)

    assert bound == {frozenset({two[1]})}
    assert where(group) == {frozenset(two)}
    seat.close()


def test_what_cannot_be_claimed_is_left_alone(two, group, monkeypatch):
    monkeypatch.setattr(_affinity, "_name", lambda _: "\0" + "x" * 200)
    seats = [Seat(), Seat()]

    seats[0].settle(group)

    assert where(group) == {frozenset(two)}
    for seat in seats:
        seat.close()


def children() -> list[int]:
    """The process groups this process leads its browsers and encoders in."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            facts = (process / "stat").read_text().rpartition(")")[2].split()
            if int(facts[1]) == os.getpid():
                found.append(int(process.name))
    return found


class Watch:
    """A progress callback that looks where and how everything runs while frames are drawn."""

    def __init__(self) -> None:
        self.seen: set[frozenset[int]] = set()
        self.policies: set[int] = set()

    def __call__(self, told: hf.Progress) -> None:
        if told.stage == "render":
            for group in children():
                with contextlib.suppress(OSError):
                    self.seen |= where(group)
                    self.policies.add(os.sched_getscheduler(group))


def test_a_render_with_a_worker_per_processor_binds_each_to_one(tmp_path, two):
    project, watch = write_project(tmp_path / "project", strip_page(2)), Watch()
    alone, config = Watch(), hf.RenderConfig(fps=30, segment_seconds=0.5)

    made = hf.render(project, tmp_path / "2.mp4", config, workers=2, progress=watch)
    same = hf.render(project, tmp_path / "1.mp4", config, workers=1, progress=alone)

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
