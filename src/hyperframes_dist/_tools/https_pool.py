"""
Connections over TLS that hang up when the time is over, or too much was said.

The only door to urllib3's client, opened when something is fetched: most plans fetch
nothing, and no chunk does.
"""

from __future__ import annotations

import contextlib
import functools
import io
import socket
import threading
import time
from http import client
from typing import Any, Self

from urllib3 import HTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError

from ..errors import HyperframesError
from ..progress import Control

__all__ = ["HTTPError", "HTTPResponse", "Pool", "Timeout", "TooMuch", "Watch"]

_TICK = 0.1


class Watch:
    """
    Hangs up when the time is over or the caller wants to stop.

    A socket's own timeout begins anew with every byte, so a server that trickles would
    hold a plan for as long as it likes.
    """

    def __init__(self, control: Control, end: float) -> None:
        self._control, self._end = control, end
        self._done = threading.Event()

    def begin(self, sock: socket.socket) -> None:
        """Watch over *sock*, which the caller closes."""
        threading.Thread(target=self._run, args=(sock,), daemon=True).start()

    def _run(self, sock: socket.socket) -> None:
        while not self._done.wait(_TICK):
            if self._is_over():
                with contextlib.suppress(OSError):
                    # Below TLS, whose state belongs to the thread that reads.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
                return

    def _is_over(self) -> bool:
        try:
            self._control.check()
        except HyperframesError:
            return True
        return time.monotonic() > self._end

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()


class TooMuch(OSError):
    """The other side said more than an answer may take on the wire."""


class _Counted(io.RawIOBase):
    """*raw*, which gives at most *limit* bytes and raises `TooMuch` where it has more."""

    def __init__(self, raw: io.RawIOBase, limit: int) -> None:
        self._raw, self._left = raw, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count = self._raw.readinto(buffer)
        self._left -= count or 0
        if self._left < 0:
            raise TooMuch("more bytes than an answer may have")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(client.HTTPResponse):
    """
    An answer whose every byte counts: body, head, chunk sizes and what follows them.

    Clients bound the lines of a head, and not those of chunks; the size of a chunk may be
    negative, which reads all there is.
    """

    def __init__(
        self, sock: socket.socket, *args: Any, limit: int, **options: Any
    ) -> None:
        super().__init__(sock, *args, **options)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Counted(raw, limit))


class _Connection(HTTPSConnection):
    """A connection that is watched, and whose answer is counted, from its first byte on."""

    def __init__(self, *args: Any, watch: Watch, limit: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self._watch = watch
        self.response_class = functools.partial(_Answer, limit=limit)

    def connect(self) -> None:
        super().connect()
        self._watch.begin(self.sock)


class Pool(HTTPSConnectionPool):
    """
    Connections that are watched; takes ``watch`` beside its base's arguments, and ``limit``,
    the most bytes of an answer on the wire.
    """

    ConnectionCls = _Connection
