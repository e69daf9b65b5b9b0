"""
Child processes: each in a group of its own, each with a deadline, none left behind.

Knows nothing of the programs it runs.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import attrs

from ..progress import Control
from .linux import Outlet, open_outlet

_TICK = 0.1
_STDERR_TAIL = 4000
# More than any program says of one file, and little enough to hold.
_MOST_STDERR = 8 << 20
_REAP_SECONDS = 10.0


class ProcessTimeout(Exception):
    """A child did not finish, or did not take its input, in time."""


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
    return (number for number, facts in processes() if int(facts[2]) == group)


@attrs.define
class Child:
    """A running child whose output goes to files, so that it can never block on us."""

    process: subprocess.Popen[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]
    _end: int | None
    _input: Outlet | None = None

    def write(self, data: bytes, control: Control, timeout: float) -> None:
        """
        Feed *data* to the child's standard input, which was asked for.

        Raises:
            BrokenPipeError: The child has closed its input.
            ProcessTimeout: It took no byte for *timeout* seconds.
        """
        assert self._input is not None
        descriptor, done = self._input.descriptor, 0
        patience = time.monotonic() + timeout
        while done < len(data):
            control.check()
            if _is_ready(descriptor, select.POLLOUT, control.slice(_TICK)):
                done += self._input.put(data, done)
                patience = time.monotonic() + timeout
            elif time.monotonic() > patience:
                raise ProcessTimeout(f"took no input for {timeout:g} s")

    def finish(self, control: Control, timeout: float) -> Finished:
        """
        Close the input, wait for the end, and tell how it ended.

        Raises:
            ProcessTimeout: It runs on after *timeout* seconds.
        """
        if self.process.stdin is not None:
            self.process.stdin.close()
        patience = time.monotonic() + timeout
        while (code := _wait(self.process, self._end, control.slice(_TICK))) is None:
            control.check()
            if time.monotonic() > patience:
                raise ProcessTimeout(f"still running after {timeout:g} s")
        return Finished(code, _read(self.stdout), self._log())

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
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Child]:
    """Run *args* for the length of the block; its whole group is ended afterwards."""
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
                yield Child(process, stdout, stderr, end, pipe)
        finally:
            kill_group(process)
            if process.stdin is not None:
                process.stdin.close()


def run(
    args: Sequence[str | Path],
    *,
    control: Control,
    timeout: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Finished:
    """
    Run *args* to its end.

    Raises:
        FileNotFoundError: The program does not exist.
        ProcessTimeout: It runs on after *timeout* seconds.
    """
    with start(args, env=env, cwd=cwd) as child:
        return child.finish(control, timeout)
