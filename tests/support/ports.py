"""Ports of loopback for servers that have to be told theirs."""

from __future__ import annotations

import contextlib
import socket

_HERE = "127.0.0.1"


def reserve_ports(count: int) -> list[int]:
    """
    *count* ports, each another, that the system gives to nobody else for a minute.

    Each has a connection that was closed from its own end, and so lies in TIME-WAIT
    (RFC 9293, 3.6.1): who asks the system for any free port is not given it, and a server
    that names it, by SO_REUSEADDR as servers do, is.
    """
    with contextlib.ExitStack() as stack:
        return [_reserve(stack) for _ in range(count)]


def _reserve(stack: contextlib.ExitStack) -> int:
    listener = stack.enter_context(socket.socket())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((_HERE, 0))
    listener.listen(1)
    with socket.create_connection(listener.getsockname()):
        own, _ = listener.accept()
        # Who closes first is the one that waits.
        own.close()
    return int(listener.getsockname()[1])
