"""
Connections over TLS that hang up when the time is over.

The only door to urllib3's client, opened when something is fetched: most plans fetch
nothing, and no chunk does.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any, Self

from urllib3 import HTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError

from .errors import HyperframesError
from .progress import Control

__all__ = ["HTTPError", "HTTPResponse", "Pool", "Timeout", "Watch"]

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


class _Connection(HTTPSConnection):
    """A connection that is watched from its first byte on."""

    def __init__(self, *args: Any, watch: Watch, **options: Any) -> None:
        super().__init__(*args, **options)
        self._watch = watch

    def connect(self) -> None:
        super().connect()
        self._watch.begin(self.sock)


class Pool(HTTPSConnectionPool):
    """Connections that are watched; takes ``watch`` beside its base's arguments."""

    ConnectionCls = _Connection
