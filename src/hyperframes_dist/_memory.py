"""
Memory passed between processes by calls of Linux that Python has no names for.

A frame's pixels come out of Chrome and go into ffmpeg. Read from a file and written to a
pipe they are copied page by page into fresh memory, which takes longer than all else a
frame costs this process.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
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


@cache
def _find(name: str, *types: type) -> Callable[..., int] | None:
    """The C library's function *name*, if it has one."""
    try:
        call = ctypes.CDLL(None, use_errno=True)[name]
    except (OSError, AttributeError):
        return None
    call.argtypes, call.restype = types, _SIZE
    return call


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
        OSError: It is gone, this host does not let its memory be read, or does not have
            the call.
    """
    shape = (ctypes.c_int, _POINTER, _WORD, _POINTER, _WORD, _WORD)
    call = _find("process_vm_readv", *shape)
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    data = _fresh(length)
    here, there = _Piece(_place(data), length), _Piece(address, length)
    count = call(process, here, 1, there, 1, 0)
    if count < 0:
        raise _error()
    return data if count == length else data[:count]


def _fresh(length: int) -> bytes:
    """Bytes to be filled by who asked for them, not cleared first as a bytearray is."""
    make = ctypes.pythonapi.PyBytes_FromStringAndSize
    make.argtypes, make.restype = (ctypes.c_void_p, _SIZE), ctypes.py_object
    data = make(None, length)
    assert isinstance(data, bytes)
    return data


@attrs.define
class Outlet:
    """
    The end of a pipe that we write and a child reads; made by `open_outlet`.

    The pipe is lent the pages themselves, see vmsplice(2). They must not change until they
    have been read, so they are held that long.
    """

    descriptor: int
    _capacity: int
    _lends: bool
    _given: int = attrs.field(default=0, init=False)
    _held: deque[tuple[int, bytes]] = attrs.field(factory=deque, init=False)

    def put(self, data: bytes, start: int) -> int:
        """
        Give the pipe what it has room for of *data* from *start*; returns how much.

        Raises:
            BlockingIOError: It has none.
            BrokenPipeError: Nobody reads it any more.
        """
        count = self._lend(data, start) if self._lends else None
        if count is None:
            return os.write(self.descriptor, memoryview(data)[start:])
        self._given += count
        self._held.append((self._given, data))
        # What lies further back than the pipe is long has been read.
        while self._held[0][0] + self._capacity <= self._given:
            self._held.popleft()
        return count

    def _lend(self, data: bytes, start: int) -> int | None:
        """How much was lent; None if this host has no such thing."""
        call = _find("vmsplice", ctypes.c_int, _POINTER, _WORD, ctypes.c_uint)
        assert call is not None
        piece = _Piece(_place(data) + start, len(data) - start)
        if (count := call(self.descriptor, piece, 1, _NONBLOCK)) >= 0:
            return count
        if ctypes.get_errno() in _NOT_HERE and not self._given:
            self._lends = False
            return None
        raise _error()


def open_outlet(descriptor: int) -> Outlet:
    """Have the pipe *descriptor* take much at a time, and never block."""
    os.set_blocking(descriptor, False)
    # Refused where this user's pipes hold much already; a narrow one takes longer.
    with contextlib.suppress(OSError):
        fcntl.fcntl(descriptor, _SET_SIZE, _WIDEST)
    try:
        capacity = fcntl.fcntl(descriptor, _GET_SIZE)
    except OSError:
        return Outlet(descriptor, 0, lends=False)
    shape = (ctypes.c_int, _POINTER, _WORD, ctypes.c_uint)
    return Outlet(descriptor, capacity, lends=_find("vmsplice", *shape) is not None)
