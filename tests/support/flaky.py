"""
A bad network: an HTTP proxy on loopback that does to a request what a test asks for.

Every request goes on unchanged unless a fault waits for it; signatures stay valid, since
the name of the host is passed on as the client wrote it.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import urlsplit

import attrs

_UPSTREAM_SECONDS = 60
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@attrs.frozen(kw_only=True)
class Fault:
    """
    What happens to a request.

    Attributes:
        kind: ``status`` answers it with *status* and S3's *code*, instead of the server;
            ``cut`` ends the connection after *after* bytes of the body; ``lose`` resets
            it when the server has done its work; ``garble`` changes a byte of the answer,
            ``spoil`` one of the request; ``stall`` lets *seconds* pass.
        method: Of the request; any if empty.
        path: A part of its path with its query.
        times: How many requests meet it.
    """

    kind: Literal["status", "cut", "lose", "garble", "spoil", "stall"]
    method: str = ""
    path: str = ""
    times: int = 1
    status: int = 503
    code: str = ""
    after: int = 0
    seconds: float = 0.0


class Flaky:
    """The proxy's faults, and what went through it."""

    def __init__(self, endpoint: str) -> None:
        self.upstream = urlsplit(endpoint)
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.endpoint = ""
        self._faults: list[list[Any]] = []
        self._lock = threading.Lock()

    def will(self, kind: Any, **facts: Any) -> None:
        """Let the next requests that match meet a fault; the first asked for comes first."""
        fault = Fault(kind=kind, **facts)
        with self._lock:
            self._faults.append([fault, fault.times])

    def meet(self, method: str, path: str, headers: dict[str, str]) -> Fault | None:
        """The fault that waits for a request, if any."""
        with self._lock:
            self.requests.append((method, path, headers))
            for entry in self._faults:
                fault, left = entry
                if left and fault.method in {"", method} and fault.path in path:
                    entry[1] -= 1
                    return fault
        return None

    def count(self, method: str, path: str = "") -> int:
        """How many requests matched."""
        return sum(m == method and path in p for m, p, _ in self.requests)


@contextlib.contextmanager
def flaky(endpoint: str) -> Iterator[Flaky]:
    """A proxy in front of *endpoint*, gone when the block ends."""
    proxy = Flaky(endpoint)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}
    )
    thread.start()
    proxy.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


class _Handler(BaseHTTPRequestHandler):
    proxy: Flaky
    protocol_version = "HTTP/1.1"
    timeout = _UPSTREAM_SECONDS

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = self.proxy.meet(self.command, self.path, headers)
        kind = fault.kind if fault else ""
        if kind == "stall":
            time.sleep(fault.seconds)
        if kind == "status":
            self.answer(fault.status, [], _error(fault.code))
            return
        status, fields, data = self.ask(_changed(body) if kind == "spoil" else body)
        if kind in {"cut", "lose"}:
            self.break_off(status, fields, data, fault)
        else:
            self.answer(status, fields, _changed(data) if kind == "garble" else data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_any  # noqa: N815

    def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = self.proxy.upstream
        connection = http.client.HTTPConnection(
            str(upstream.hostname), upstream.port, timeout=_UPSTREAM_SECONDS
        )
        with contextlib.closing(connection):
            connection.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                if name.lower() not in {"connection", "expect"}:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def answer(self, status: int, fields: list[tuple[str, str]], data: bytes) -> None:
        self.head(status, fields, len(data))
        if self.command != "HEAD":
            self.wfile.write(data)

    def head(self, status: int, fields: list[tuple[str, str]], size: int) -> None:
        length = size
        self.send_response_only(status)
        for name, value in fields:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = int(value)
            if name.lower() not in _HOP:
                self.send_header(name, value)
        if status not in {204, 304}:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def break_off(
        self, status: int, fields: list[tuple[str, str]], data: bytes, fault: Fault
    ) -> None:
        if fault.kind == "cut":
            self.head(status, fields, len(data))
            self.wfile.write(data[: fault.after])
            self.wfile.flush()
            # A reset may overtake what was sent; the end of the stream does not.
            self.connection.shutdown(socket.SHUT_WR)
        else:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def _error(code: str) -> bytes:
    """An answer of S3 that says *code*."""
    return f"<Error><Code>{code}</Code></Error>".encode() if code else b""


def _changed(data: bytes) -> bytes:
    """*data* with its middle byte inverted."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]
