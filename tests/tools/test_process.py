"""A child process ends when it should: by itself, at its deadline, or with its caller."""

from __future__ import annotations

import itertools
import os
import resource
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from hyperframes_dist._tools import process as _process
from hyperframes_dist._tools.process import (
    ProcessIdle,
    ProcessTimeout,
    processor_seconds,
    run,
    start,
)
from hyperframes_dist.errors import Cancelled, DeadlineExceeded
from hyperframes_dist.progress import Control
from patience import SOON

FREE = Control()


@attrs.frozen
class CancelAt:
    """A caller who changes its mind at *moment*."""

    moment: float

    def is_set(self) -> bool:
        return time.monotonic() >= self.moment


@attrs.frozen
class Line:
    """A named pipe; whoever holds its other end open lives."""

    path: Path
    descriptor: int

    def says(self) -> bytes:
        """What is said next; nothing when all who could are dead."""
        assert select.select([self.descriptor], [], [], SOON)[0], "somebody lives on"
        return os.read(self.descriptor, 100)

    def is_dead(self) -> bool:
        """Whether, after what was still to be read, nobody holds the other end."""
        while self.says():
            pass
        return True


@pytest.fixture
def line(tmp_path) -> Iterator[Line]:
    path = tmp_path / "line"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield Line(path, descriptor)
    os.close(descriptor)


def family(line: Line) -> list[str]:
    """A shell whose child's child holds *line*, and which waits for them for ever."""
    grandchild = f"exec >{line.path}; echo up; exec sleep 1000"
    return ["sh", "-c", f"sh -c '{grandchild}' & (sh -c '{grandchild}' & wait) & wait"]


def test_a_finished_child_tells_how():
    """Its status, all it printed, and the end of what it complained."""
    code = "import sys; print('out' * 100_000); sys.stderr.write('e' * 9000 + 'end'); exit(3)"

    done = run([sys.executable, "-c", code], control=FREE, timeout=30)

    assert done.code == 3
    assert len(done.stdout) == 300_001
    assert done.stderr.endswith("eend")
    assert len(done.stderr) == 4000


def test_a_signal_is_a_status():
    """A child that was killed says so by a negative code."""
    done = run(["sh", "-c", "kill -9 $$"], control=FREE, timeout=30)

    assert done.code == -signal.SIGKILL


def test_no_such_program():
    """A program that is not there is the caller's to explain."""
    with pytest.raises(FileNotFoundError):
        run(["no-such-program-here"], control=FREE, timeout=5)


def test_place_and_environment_are_given(tmp_path):
    """A child runs where, and with what, it is told to."""
    done = run(
        ["/bin/sh", "-c", "pwd; echo $COLOUR; cat"],
        control=FREE,
        timeout=30,
        env={"COLOUR": "red"},
        cwd=tmp_path,
    )

    assert f"{tmp_path}\nred\n".encode() == done.stdout


def test_a_hung_family_dies_at_its_patience(line):
    """Children and their children end with a child that hangs."""
    began = time.monotonic()

    with pytest.raises(ProcessTimeout, match="still running"):
        run(family(line), control=FREE, timeout=0.5)

    assert time.monotonic() - began < SOON
    assert line.says().startswith(b"up\n")
    assert line.is_dead()


def test_a_hung_family_dies_at_the_deadline(line):
    """The caller's deadline counts where it comes first."""
    control = Control(deadline=time.monotonic() + 0.5)

    with pytest.raises(DeadlineExceeded):
        run(family(line), control=control, timeout=60)

    assert time.monotonic() - (control.deadline or 0) < SOON
    assert line.is_dead()


def test_cancelling_is_honoured_soon(line):
    """A set event ends a wait for a child, and the child with all it started."""
    cancel = CancelAt(time.monotonic() + 0.4)

    with pytest.raises(Cancelled):
        run(family(line), control=Control(cancel=cancel), timeout=60)

    assert time.monotonic() - cancel.moment < SOON
    assert line.is_dead()


def test_a_family_dies_with_an_interrupt(line):
    """Whatever ends the block ends the group."""

    def work() -> None:
        with start(family(line)):
            assert line.says().startswith(b"up\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()

    assert line.is_dead()


def test_orphans_die_with_the_group(line):
    """A child that ended well leaves nobody behind either."""
    script = f"(exec >{line.path}; echo up; exec sleep 1000) & read _ <{line.path}.go"
    os.mkfifo(f"{line.path}.go")

    with start(["sh", "-c", script]) as child:
        assert line.says() == b"up\n"
        Path(f"{line.path}.go").write_text("go\n")
        assert child.finish(FREE, 10).code == 0

    assert line.is_dead()


def test_a_child_that_stops_is_ended(line):
    """Even one that was stopped and can answer no signal but the last."""
    with start(family(line)) as child:
        line.says()
        os.killpg(child.process.pid, signal.SIGSTOP)

    assert child.process.returncode == -signal.SIGKILL
    assert line.is_dead()


def test_a_child_that_reads_nothing_costs_its_patience():
    """Writing to it gives up when no byte was taken for so long."""
    with start(["sleep", "1000"], stdin=True) as child:
        began = time.monotonic()
        with pytest.raises(ProcessTimeout, match="took no input"):
            child.write(b"x" * (4 << 20), FREE, 0.5)

    assert 0.5 <= time.monotonic() - began < SOON


@pytest.mark.parametrize("wish", ["cancel", "deadline"])
def test_writing_heeds_the_caller(wish):
    """A write that waits is stopped as any other wait is."""
    moment = time.monotonic() + 0.3
    control = (
        Control(cancel=CancelAt(moment))
        if wish == "cancel"
        else Control(deadline=moment)
    )

    with (
        start(["sleep", "1000"], stdin=True) as child,
        pytest.raises((Cancelled, DeadlineExceeded)),
    ):
        child.write(b"x" * (4 << 20), control, 60)

    assert time.monotonic() - moment < SOON


def test_a_slow_reader_is_waited_for():
    """As long as it takes a byte now and then, it has all the time it needs."""
    with start(["cat"], stdin=True) as child:
        for _ in range(40):
            child.write(b"x" * 100_000, FREE, 5)
        done = child.finish(FREE, 30)

    assert len(done.stdout) == 4_000_000


def test_a_child_that_closed_its_input_is_a_broken_pipe():
    """The writer learns it and can ask why."""
    with start(["sh", "-c", "exec 0<&-; echo why >&2; exit 7"], stdin=True) as child:
        with pytest.raises(BrokenPipeError):
            child.write(b"x" * 10_000_000, FREE, 30)
        done = child.finish(FREE, 30)

    assert (done.code, done.stderr) == (7, "why")


@pytest.fixture
def many_files() -> Iterator[None]:
    """An application with more open files than ``select`` can number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    yield
    for descriptor in files:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_an_application_may_have_many_files_open():
    """What is waited for may have any number."""
    with start(["cat"], stdin=True) as child:
        child.write(b"x" * 1_000_000, FREE, 30)
        done = child.finish(FREE, 30)

    assert len(done.stdout) == 1_000_000


def test_the_end_of_a_child_is_seen_at_once(monkeypatch):
    """The system tells of it: nobody looks now and then, and sleeps in between."""
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)

    with start(["sh", "-c", "sleep 0.2"]) as child:
        assert child.finish(FREE, 30).code == 0

    assert slept == []


def test_children_of_threads_do_not_hold_each_others_pipes():
    """Each child sees the end of its own input, whatever was started meanwhile."""
    results: list[int] = []

    def feed() -> None:
        with start(["wc", "-c"], stdin=True) as child:
            child.write(b"x" * 10_000, FREE, 30)
            barrier.wait(30)
            results.append(int(child.finish(FREE, 30).stdout))

    barrier = threading.Barrier(6)
    threads = [threading.Thread(target=feed) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [10_000] * 6


@pytest.fixture
def short_patience(monkeypatch):
    """Idleness is noticed after a fifth of a second."""
    monkeypatch.setattr(_process, "_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(_process, "_IDLE_LOOKS", 2)


def test_a_worker_that_is_stopped_is_given_up(short_patience):
    """Long before its time is over, whether it should take bytes or end."""
    with start(["cat"], stdin=True, works=True) as child:
        os.kill(child.process.pid, signal.SIGSTOP)

        with pytest.raises(ProcessIdle, match="did nothing"):
            child.write(b"x" * (8 << 20), FREE, 60)
        with pytest.raises(ProcessIdle, match="did nothing"):
            child.finish(FREE, 60)


def test_a_worker_at_work_is_waited_for(short_patience, line, monkeypatch):
    """However long it takes nothing, as long as it uses its processor."""
    os.mkfifo(f"{line.path}.go")
    looks = itertools.count(1)

    def use_of(_: int) -> tuple[float, bool]:
        if (number := next(looks)) == 6:
            Path(f"{line.path}.go").write_text("go\n")
        return float(number), False

    monkeypatch.setattr(_process, "_use_of", use_of)
    waiting = f"read _ <{line.path}.go"

    assert run(["sh", "-c", waiting], control=FREE, timeout=60, works=True).code == 0
    assert next(looks) > 6


def test_what_a_worker_uses_is_counted():
    """Of its processor, as the system tells it; it rises while there is work."""
    with start([sys.executable, "-c", "while True: pass"]) as child:
        end = time.monotonic() + SOON
        while not processor_seconds(child.process.pid):
            assert time.monotonic() < end
            time.sleep(0.01)


def test_who_waits_for_others_is_waited_for(short_patience):
    """A program that has the network to wait for may do nothing for its whole time."""
    assert run(["sleep", "1"], control=FREE, timeout=60).code == 0
