"""
Lambda's Runtime API on loopback: hands events to functions and takes what they answer.

Several functions may ask one server; each event goes to whichever asks first.
"""

from __future__ import annotations

import json
import queue
import select
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, Self

import attrs

_PREFIX = "/2018-06-01/runtime/"
_TICK = 0.1
_NONE: Mapping[str, str] = MappingProxyType({})


class LambdaFunctionError(Exception):
    """
    A function failed, as Lambda reports it.

    Attributes:
        error_type: Name of the exception's class.
        message: Its text.
    """

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(error_type, message)
        self.error_type, self.message = error_type, message


@attrs.define
class _Invocation:
    event: bytes
    deadline: float
    future: Future[Any] = attrs.field(factory=Future)
    id: str = attrs.field(factory=lambda: str(uuid.uuid4()))


class LambdaApi:
    """
    A server; use it as a context manager.

    Attributes:
        address: Host and port, as ``AWS_LAMBDA_RUNTIME_API`` wants them.
    """

    def __init__(self) -> None:
        self._waiting: queue.Queue[_Invocation] = queue.Queue()
        self._running: dict[str, _Invocation] = {}
        self._closed = threading.Event()
        self._lock, self._asking = threading.Lock(), 0
        self._init_error: LambdaFunctionError | None = None
        api = self

        class Handler(_Handler):
            server_api = api

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def invoke(self, event: Any, timeout: float) -> Any:
        """
        What a function answers to *event*; *timeout* seconds are also what it is told.

        Raises:
            LambdaFunctionError: It raised, or no function could be loaded.
            TimeoutError: None answered in time.
        """
        if self._init_error is not None:
            raise self._init_error
        job = _Invocation(json.dumps(event).encode(), time.time() + timeout)
        self._running[job.id] = job
        self._waiting.put(job)
        try:
            return job.future.result(timeout)
        finally:
            del self._running[job.id]

    def wait_for(self, count: int, timeout: float) -> None:
        """
        Until *count* functions are booted and ask for an event.

        Raises:
            TimeoutError: They do not in *timeout* seconds.
        """
        deadline = time.monotonic() + timeout
        while self._asking < count:
            if self._init_error is not None:
                raise self._init_error
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{self._asking} of {count} functions ask for events"
                )
            time.sleep(_TICK)

    def next(self, client: socket.socket) -> _Invocation | None:
        """The next event for *client*; None when it has hung up or the server closes."""
        with self._lock:
            self._asking += 1
        try:
            return self._take(client)
        finally:
            with self._lock:
                self._asking -= 1

    def _take(self, client: socket.socket) -> _Invocation | None:
        while not self._closed.is_set():
            if select.select([client], [], [], 0)[0]:
                return None
            try:
                job = self._waiting.get(timeout=_TICK)
            except queue.Empty:
                continue
            if job.id in self._running:
                return job
        return None

    def put_back(self, job: _Invocation) -> None:
        """*job* reached nobody."""
        self._waiting.put(job)

    def answer(self, job_id: str, kind: str, body: bytes) -> None:
        """Settle the invocation *job_id*; *kind* is ``response`` or ``error``."""
        job = self._running.get(job_id)
        if job is not None and not job.future.done():
            if kind == "response":
                job.future.set_result(json.loads(body))
            else:
                job.future.set_exception(_read_error(body))

    def fail(self, body: bytes) -> None:
        """No function can be loaded: every invocation fails with the reason."""
        self._init_error = _read_error(body)
        for job in list(self._running.values()):
            if not job.future.done():
                job.future.set_exception(self._init_error)


def _read_error(body: bytes) -> LambdaFunctionError:
    row = json.loads(body)
    return LambdaFunctionError(row.get("errorType", ""), row.get("errorMessage", ""))


class _Handler(BaseHTTPRequestHandler):
    server_api: LambdaApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != f"{_PREFIX}invocation/next":
            self._reply(404, b"{}")
            return
        job = self.server_api.next(self.connection)
        if job is None:
            self.close_connection = True
            return
        arn = "arn:aws:lambda:us-east-1:000000000000:function:hyperframes-dist"
        headers = {
            "Lambda-Runtime-Aws-Request-Id": job.id,
            "Lambda-Runtime-Deadline-Ms": str(int(job.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": arn,
        }
        try:
            self._reply(200, job.event, headers)
        except OSError:
            self.server_api.put_back(job)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = self.path.removeprefix(_PREFIX).split("/")
        if parts == ["init", "error"]:
            self.server_api.fail(body)
        elif len(parts) == 3 and parts[0] == "invocation":
            self.server_api.answer(parts[1], parts[2], body)
        self._reply(202, b'{"status":"OK"}')

    def _reply(
        self, code: int, body: bytes, headers: Mapping[str, str] = _NONE
    ) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet: what matters is raised by `LambdaApi.invoke`."""
