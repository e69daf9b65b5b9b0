"""
Memory passed between processes by calls of Linux that Python has no names for.

A frame's pixels come out of Chrome and go into ffmpeg. Read from a file and written to a
pipe they are copied page by page into fresh memory, most of what a frame costs us.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections import deque
from collections.abc import Callable
from functools import cache

import attrs

# Those of Linux; a system without them has none of the calls either.
_SET_SIZE, _GET_SIZE = 1031, 1032
_WIDEST = 1 << 20  # The most an ordinary user may ask for.
_NONBLOCK = 2
# What a host answers that does not have a call, or forbids it.
_NOT_HERE = {errno.ENOSYS, errno.EPERM, errno.EINVAL}


class _Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


_POINTER, _WORD, _SIZE = ctypes.POINTER(_Piece), ctypes.c_ulong, ctypes.c_ssize_t
_READ = "process_vm_readv", ctypes.c_int, _POINTER, _WORD, _POINTER, _WORD, _WORD
_LEND = "vmsplice", ctypes.c_int, _POINTER, _WORD, ctypes.c_uint

_Call = Callable[..., int]


@cache
def _find(name: str, *types: type) -> _Call | None:
    """The C library's function *name*, if it has one."""
    try:
        call = ctypes.CDLL(None, use_errno=True)[name]
    except (OSError, AttributeError):
        return None
    call.argtypes, call.restype = types, _SIZE
    return call


@cache
def _make_bytes() -> Callable[[None, int], bytes]:
    """What makes bytes to be filled, not cleared first as a bytearray is."""
    # Looked up by index it is ours: as an attribute it is shared with whoever uses ctypes.
    make = ctypes.pythonapi["PyBytes_FromStringAndSize"]
    make.argtypes, make.restype = (ctypes.c_void_p, _SIZE), ctypes.py_object
    return make


def _error() -> OSError:
    code = ctypes.get_errno()
    return OSError(code, os.strerror(code))


def _place(data: bytes) -> int:
    """Where *data* lies."""
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0


def read_memory(process: int, address: int, length: int) -> bytes:
    """
    The *length* bytes that *process* has at *address*, fewer where its memory ends.

    See process_vm_readv(2).

    Raises:
        OSError: *process* is gone, this host does not let its memory be read, or does not have
            the call.
    """
    if (call := _find(*_READ)) is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    data = _make_bytes()(None, length)
    here, there = _Piece(_place(data), length), _Piece(address, length)
    count = call(process, here, 1, there, 1, 0)
    if count < 0:
        raise _error()
    return data if count == length else data[:count]


@attrs.define
class Outlet:
    """
    The end of a pipe that we write and a child reads; made by `open_outlet`.

    The pipe is lent the pages themselves, see vmsplice(2). They must not change until they
    have been read, so they are held that long. A host without the call has them copied.
    """

    descriptor: int
    _capacity: int
    _vmsplice: _Call | None
    _given: int = attrs.field(default=0, init=False)
    _held: deque[tuple[int, bytes]] = attrs.field(factory=deque, init=False)

    def put(self, data: bytes, start: int) -> int:
        """
        Give the pipe what it has room for of *data* from *start*; returns how much.

        Raises:
            BlockingIOError: The pipe has no room.
            BrokenPipeError: Nobody reads it any more.
        """
        if (count := self._lend(data, start)) is None:
            return os.write(self.descriptor, memoryview(data)[start:])
        self._given += count
        self._held.append((self._given, data))
        # What lies further back than the pipe is long has been read.
        while self._held[0][0] + self._capacity <= self._given:
            self._held.popleft()
        return count

    def _lend(self, data: bytes, start: int) -> int | None:
        """How much was lent; None if this host has no such thing."""
        if self._vmsplice is None:
            return None
        piece = _Piece(_place(data) + start, len(data) - start)
        if (count := self._vmsplice(self.descriptor, piece, 1, _NONBLOCK)) >= 0:
            return count
        if ctypes.get_errno() in _NOT_HERE and not self._given:
            self._vmsplice = None
            return None
        raise _error()


def widen_pipe(descriptor: int) -> None:
    """Have the pipe of *descriptor* hold as much as an ordinary user may ask for."""
    # Loaded by what also runs where there are no such pipes, such as assembling.
    import fcntl  # noqa: PLC0415

    # Refused where this user's pipes hold much already; a narrow one takes longer.
    with contextlib.suppress(OSError):
        fcntl.fcntl(descriptor, _SET_SIZE, _WIDEST)


def open_outlet(descriptor: int) -> Outlet:
    """Have the pipe *descriptor* take much at a time, and never block."""
    import fcntl  # noqa: PLC0415

    os.set_blocking(descriptor, False)
    widen_pipe(descriptor)
    try:
        capacity = fcntl.fcntl(descriptor, _GET_SIZE)
    except OSError:
        return Outlet(descriptor, 0, None)
    return Outlet(descriptor, capacity, _find(*_LEND))
