"""Pages come out of another process and go into a pipe as they were."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import mmap
import os
import random
import select
import subprocess
import threading

import pytest

from hyperframes_dist._tools import linux as _memory
from hyperframes_dist._tools.linux import open_outlet, read_memory


class Reader(threading.Thread):
    """Reads a pipe to its end, now and then slowly."""

    def __init__(self, descriptor: int, seed: int) -> None:
        super().__init__()
        self.digest, self._random = hashlib.sha256(), random.Random(seed)
        self._descriptor = descriptor

    def run(self) -> None:
        pause = threading.Event()
        while data := os.read(self._descriptor, self._random.choice((999, 70_000))):
            self.digest.update(data)
            if self._random.random() < 0.05:
                pause.wait(0.001)


def wait_for_room(writing: int) -> None:
    assert select.select([], [writing], [], 20)[1], "nobody reads"


@pytest.mark.parametrize("lends", [True, False])
@pytest.mark.parametrize("length", [1, 4096, 70_001, 1_200_000])
def test_a_pipe_gives_what_was_put_into_it(lends, length):
    """Though the bytes are dropped at once and their memory is used again."""
    reading, writing = os.pipe()
    outlet = open_outlet(writing)
    assert outlet._vmsplice is not None
    if not lends:
        outlet._vmsplice = None
    reader, wanted = Reader(reading, seed=length), hashlib.sha256()
    reader.start()
    for number in range(40):
        data = random.Random(number).randbytes(length)
        wanted.update(data)
        done = 0
        while done < length:
            wait_for_room(writing)
            done += outlet.put(data, done)
        del data
    os.close(writing)
    reader.join(30)
    os.close(reading)

    assert reader.digest.digest() == wanted.digest()


def test_what_was_read_is_let_go():
    """No more is held than a pipe is long, and pieces at its ends."""
    reading, writing = os.pipe()
    outlet = open_outlet(writing)
    reader = Reader(reading, seed=1)
    reader.start()
    most, size = 0, 10_000
    for _ in range(2000):
        data, done = bytes(size), 0
        # A full pipe takes a part of it: then the same piece is held twice.
        while done < size:
            wait_for_room(writing)
            done += outlet.put(data, done)
            held = {id(piece): len(piece) for _, piece in outlet._held}
            most = max(most, sum(held.values()))
    os.close(writing)
    reader.join(30)
    os.close(reading)

    assert 0 < most <= outlet._capacity + 2 * size


def test_a_pipe_nobody_reads_is_broken():
    """As `os.write` says it."""
    reading, writing = os.pipe()
    outlet = open_outlet(writing)
    os.close(reading)

    with pytest.raises(BrokenPipeError):
        outlet.put(b"x" * 5000, 0)

    os.close(writing)


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EPERM])
def test_a_host_without_the_call_has_bytes_copied(code):
    """One that forbids it as well."""
    reading, writing = os.pipe()
    outlet = open_outlet(writing)

    def refuse(*_: object) -> int:
        ctypes.set_errno(code)
        return -1

    outlet._vmsplice = refuse
    assert outlet.put(b"x" * 5000, 0) == 5000
    assert os.read(reading, 9000) == b"x" * 5000
    os.close(reading)
    os.close(writing)


def test_memory_is_read_to_its_end():
    """And no further: what is missing is missing."""
    page = mmap.PAGESIZE
    memory = mmap.mmap(-1, 3 * page, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory[:] = random.Random(1).randbytes(3 * page)
    pinned = ctypes.c_char.from_buffer(memory)
    address, whole = ctypes.addressof(pinned), memory[:]

    assert read_memory(os.getpid(), address + 7, page) == whole[7 : page + 7]
    assert read_memory(os.getpid(), address, 3 * page) == whole
    protect = ctypes.CDLL(None)["mprotect"]
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    assert protect(address + 2 * page, page, 0) == 0
    assert read_memory(os.getpid(), address, 3 * page) == whole[: 2 * page]


def test_memory_of_nobody_is_an_error():
    """A process that ended has none."""
    with subprocess.Popen(["true"]) as child:
        child.wait()

    with pytest.raises(ProcessLookupError):
        read_memory(child.pid, 4096, 10)


def test_memory_nobody_mapped_is_an_error():
    """As the kernel says it."""
    with pytest.raises(OSError, match="Bad address"):
        read_memory(os.getpid(), 4096, 10)


def test_a_system_without_the_call_says_so(monkeypatch):
    """So that pictures are asked for instead."""
    monkeypatch.setattr(_memory, "_find", lambda *_: None)

    with pytest.raises(OSError, match="not implemented"):
        read_memory(os.getpid(), 4096, 10)
