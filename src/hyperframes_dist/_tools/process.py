"""
Child processes: each in a group of its own, each with a deadline, none left behind.

Knows nothing of the programs it runs.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import attrs

from ..progress import Control
from .linux import Outlet, open_outlet, widen_pipe

_TICK = 0.1
_STDERR_TAIL = 4000
# More than any program says of one file, and little enough to hold.
_MOST_STDERR = 8 << 20
_REAP_SECONDS = 10.0
_LOOK_SECONDS = 1.0
_LONGEST_LINE = 1 << 16
_LONGEST_READ = 3600.0
_AT_ONCE = 1 << 20
_IDLE_LOOKS = 30
_STATE, _GROUP, _USER, _SYSTEM = 0, 2, 11, 12
# It waits for a disk, which nothing but the disk can end.
_UNINTERRUPTIBLE = "D"


class ProcessTimeout(Exception):
    """A child did not finish, or did not take its input, in time."""


class ProcessIdle(ProcessTimeout):
    """A child that was waited for did nothing at all, as if it were stopped."""


@attrs.frozen
class Finished:
    """
    How a child ended.

    Attributes:
        code: Its exit code.
        stdout: What it wrote to its standard output.
        log: What it wrote to its standard error; facts are looked for here.
    """

    code: int
    stdout: bytes
    log: str

    @property
    def stderr(self) -> str:
        """The end of *log*, short enough for a message."""
        return self.log[-_STDERR_TAIL:].strip()


# CPUCLOCK_SCHED of the kernel: what the scheduler has counted of a whole process.
_PROCESS_CLOCK = 2


def kill_group(process: subprocess.Popen[Any]) -> None:
    """End *process* and all it started, and reap it."""
    # The leader may be gone while others of its group live on.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:
            process.kill()
    # A number that was reaped may be another process's by now.
    if process.poll() is None:
        with _watch_end(process) as end:
            _wait(process, end, _REAP_SECONDS)


def processes() -> Iterator[tuple[int, list[str]]]:
    """
    Every process this host lets us see, and its facts: state, parent, group and so on.

    In the order of proc_pid_stat(5), from the third on.
    """
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "stat").read_text()
        except OSError:
            continue
        # The name before them, in brackets, may hold anything.
        yield int(process.name), text.rpartition(")")[2].split()


def members(group: int) -> Iterator[int]:
    """The processes of *group*."""
    return (number for number, facts in processes() if int(facts[_GROUP]) == group)


def processor_seconds(group: int) -> float:
    """Processor time the living processes of *group* have used, in seconds."""
    return _use_of(group)[0]


def exact_seconds(group: int) -> float:
    """
    As `processor_seconds`, to the microsecond; clock_getcpuclockid(3) says which clock.

    0 where this host does not let one look.
    """
    used = 0.0
    for number in members(group):
        with contextlib.suppress(OSError):
            used += time.clock_gettime((~number << 3) | _PROCESS_CLOCK)
    return used


def _use_of(group: int) -> tuple[float, bool]:
    """Processor seconds used by *group*, and whether one of it waits for a disk."""
    own = [facts for _, facts in processes() if int(facts[_GROUP]) == group]
    ticks = sum(int(facts[_USER]) + int(facts[_SYSTEM]) for facts in own)
    waits = any(facts[_STATE] == _UNINTERRUPTIBLE for facts in own)
    return ticks / os.sysconf("SC_CLK_TCK"), waits


@attrs.define
class _Watch:
    """
    Of a child of *group* that is waited for, for so many *seconds*.

    One that *works*, and so waits for nobody, is given up long before if it does nothing.
    Looks are counted and not time, so that a machine that was suspended, and all
    processes with it, is not taken for that.
    """

    group: int
    seconds: float
    works: bool
    _began: float = attrs.field(factory=time.monotonic, init=False)
    _looked: float = attrs.field(factory=time.monotonic, init=False)
    _used: float = attrs.field(default=-1.0, init=False)
    _idle: int = attrs.field(default=0, init=False)

    def check(self, what: str) -> None:
        """
        Raise if it has taken too long; *what* says which.

        Raises:
            ProcessIdle: It did nothing.
            ProcessTimeout: It did not come to an end.
        """
        now = time.monotonic()
        if now - self._began > self.seconds:
            raise ProcessTimeout(f"{what} {self.seconds:g} s")
        if not self.works or now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        used, waits = _use_of(self.group)
        self._idle = 0 if used != self._used or waits else self._idle + 1
        self._used = used
        if self._idle >= _IDLE_LOOKS:
            raise ProcessIdle(f"did nothing for {now - self._began:.0f} s")


@attrs.define
class Child:
    """A running child whose output goes to files, so that it can never block on us."""

    process: subprocess.Popen[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]
    _end: int | None
    _works: bool
    _input: Outlet | None = None

    def write(self, data: bytes, control: Control, timeout: float) -> None:
        """
        Feed *data* to the child's standard input, which was asked for.

        Raises:
            BrokenPipeError: The child has closed its input.
            ProcessTimeout: It took no byte for *timeout* seconds.
            ProcessIdle: It took none, and did nothing else.
        """
        assert self._input is not None
        descriptor, done = self._input.descriptor, 0
        watch = self._watch(timeout)
        while done < len(data):
            control.check()
            if _is_ready(descriptor, select.POLLOUT, control.slice(_TICK)):
                done += self._input.put(data, done)
                watch = self._watch(timeout)
            else:
                watch.check("took no input for")

    def finish(self, control: Control, timeout: float) -> Finished:
        """
        Close the input, wait for the end, and tell how it ended.

        Raises:
            ProcessTimeout: It runs on after *timeout* seconds.
            ProcessIdle: It has done nothing for a while.
        """
        if self.process.stdin is not None:
            self.process.stdin.close()
        watch = self._watch(timeout)
        while (code := _wait(self.process, self._end, control.slice(_TICK))) is None:
            control.check()
            watch.check("still running after")
        return Finished(code, _read(self.stdout), self._log())

    def _watch(self, seconds: float) -> _Watch:
        return _Watch(self.process.pid, seconds, self._works)

    def tail(self) -> str:
        """The end of what it wrote to its standard error."""
        return self._log()[-_STDERR_TAIL:].strip()

    def _log(self) -> str:
        size = self.stderr.seek(0, os.SEEK_END)
        self.stderr.seek(max(0, size - _MOST_STDERR))
        return self.stderr.read().decode(errors="replace")


def _is_ready(descriptor: int, event: int, seconds: float) -> bool:
    # Unlike select, poll takes the high numbers an application with many files has.
    poller = select.poll()
    poller.register(descriptor, event)
    return bool(poller.poll(seconds * 1000))


@contextlib.contextmanager
def _watch_end(process: subprocess.Popen[bytes]) -> Iterator[int | None]:
    """
    A descriptor that can be read once *process* has ended; None where there is none.

    Without it `Popen.wait` looks now and then, and so returns up to 50 ms late.
    """
    if not hasattr(os, "pidfd_open"):
        yield None
        return
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _wait(
    process: subprocess.Popen[bytes], end: int | None, seconds: float
) -> int | None:
    """How *process* ended, if it does within *seconds*; *end* is from `_watch_end`."""
    if end is not None:
        _is_ready(end, select.POLLIN, seconds)
        return process.poll()
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None


def _read(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


@contextlib.contextmanager
def start(
    args: Sequence[str | Path],
    *,
    stdin: bool = False,
    works: bool = False,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Child]:
    """
    Run *args* for the length of the block; its whole group is ended afterwards.

    Args:
        stdin: Give it an input to write to.
        works: It waits for nothing but its input: while it does nothing, it is lost.
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [str(arg) for arg in args],
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            bufsize=0,
            start_new_session=True,
            env=env,
            cwd=cwd,
        )
        stream = process.stdin
        pipe = None if stream is None else open_outlet(stream.fileno())
        try:
            with _watch_end(process) as end:
                yield Child(process, stdout, stderr, end, works, pipe)
        finally:
            kill_group(process)
            if process.stdin is not None:
                process.stdin.close()


def run(
    args: Sequence[str | Path],
    *,
    control: Control,
    timeout: float,
    works: bool = False,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Finished:
    """
    Run *args* to its end; *works* as for `start`.

    Raises:
        FileNotFoundError: The program does not exist.
        ProcessTimeout: It runs on after *timeout* seconds.
        ProcessIdle: It works, and has done nothing for a while.
    """
    with start(args, works=works, env=env, cwd=cwd) as child:
        return child.finish(control, timeout)


def _write_all(stream: IO[bytes], data: bytes) -> None:
    """Write *data*; an unbuffered stream takes as much of it as the pipe has room for."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


class _Output(io.RawIOBase):
    """What *process* writes, as a file that waits for it no longer than it works."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._stream, self._group = process.stdout, process.pid

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        watch = _Watch(self._group, _LONGEST_READ, works=True)
        while not _is_ready(self._stream.fileno(), select.POLLIN, _TICK):
            watch.check("wrote nothing for")
        return os.readv(self._stream.fileno(), [buffer])

    def close(self) -> None:
        self._stream.close()
        super().close()


class Piped:
    """
    A child at work between two pipes: fed by a thread of its own, read as it writes.

    It does as much ahead as the pipes hold, and no more.

    Args:
        args: The program and its arguments.
        parts: What it is fed with; asked for in the feeding thread.
        on_line: Given each line of its standard error, in a thread of its own.
    """

    def __init__(
        self,
        args: Sequence[str | Path],
        parts: Iterable[bytes],
        on_line: Callable[[str], None],
    ) -> None:
        self._process = subprocess.Popen(
            [str(arg) for arg in args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            widen_pipe(stream.fileno())
        self._output = io.BufferedReader(_Output(self._process), _AT_ONCE)
        self._failure: BaseException | None = None
        self._threads = [
            threading.Thread(target=target, args=(what,), daemon=True)
            for target, what in ((self._feed, parts), (self._hear, on_line))
        ]
        for thread in self._threads:
            thread.start()

    def _feed(self, parts: Iterable[bytes]) -> None:
        stream = self._process.stdin
        assert stream is not None
        try:
            # What has enough closes its input, and is not to be fed to its end.
            with contextlib.suppress(BrokenPipeError), stream:
                for part in parts:
                    _write_all(stream, part)
        except BaseException as error:  # noqa: BLE001
            # It is the reader's to hear of, once it misses what was to come.
            self._failure = error

    def _hear(self, on_line: Callable[[str], None]) -> None:
        stream: Any = self._process.stderr
        with io.BufferedReader(stream) as lines:
            while line := lines.readline(_LONGEST_LINE):
                on_line(line.decode(errors="replace").rstrip())

    def read(self, size: int, /) -> bytes:
        """
        Its next *size* bytes; fewer only where its output ends.

        Raises:
            ProcessIdle: It writes none, and does nothing.
        """
        return self._output.read(size)

    def end(self) -> int:
        """
        Wait until it has ended by itself, and been heard; returns its exit code.

        Raises:
            Exception: What kept it from being fed.
            ProcessTimeout: It runs on, though its output has ended.
        """
        with _watch_end(self._process) as end:
            code = _wait(self._process, end, _REAP_SECONDS)
        if code is None:
            raise ProcessTimeout(f"still running after {_REAP_SECONDS:g} s")
        for thread in self._threads:
            thread.join()
        if self._failure is not None:
            raise self._failure
        return code

    def kill(self) -> None:
        """End it, whatever it does; who reads finds the end of its output."""
        kill_group(self._process)

    def close(self) -> None:
        """End it, and give back all it took; nobody may be reading."""
        self.kill()
        for thread in self._threads:
            thread.join()
        self._output.close()
