"""
The DevTools protocol over a pair of pipes.

The only door to pyppeteer: its connection and session classes, run over
``--remote-debugging-pipe`` with flat sessions, since its websocket negotiates
compression and wraps every message in a second JSON document (three times the time for
a lossless 1080p frame). Nothing here knows what is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from threading import Thread
from typing import Any, TypeVar

from pyppeteer.connection import CDPSession, Connection
from pyppeteer.errors import NetworkError

from .errors import ChromeCrashError, ChromeError, ChromeTimeoutError
from .progress import Control

logger = logging.getLogger(__name__)

_T = TypeVar("_T")
_PIPE_BYTES = 1 << 20
_WATCH_SECONDS = 0.1


class EventLoop:
    """An event loop in a thread of its own, so that any thread may wait for it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        # A command that fails while its caller is being cancelled has no one left to tell.
        self.loop.set_exception_handler(_log_context)
        self._thread = Thread(target=self._run, name="hyperframes-cdp", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def run(self, work: Coroutine[Any, Any, _T], control: Control) -> _T:
        """Do *work*; it is cancelled when *control* says to stop."""
        return self.wait(self.start(work), control)

    def start(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Begin *work* without waiting for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def wait(self, future: Future[_T], control: Control) -> _T:
        """The result of what was started; cancelled when *control* says to stop."""
        try:
            while True:
                with contextlib.suppress(FutureTimeout):
                    return future.result(control.slice(_WATCH_SECONDS))
                if future.done():
                    return future.result()
                control.check()
        finally:
            future.cancel()

    def close(self) -> None:
        """Stop the loop and its thread; what still waits on it is cancelled."""
        asyncio.run_coroutine_threadsafe(self._drain(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    async def _drain(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _log_context(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    logger.debug("in the event loop: %s", context.get("message"))


class _Reader(asyncio.Protocol):
    """Cuts the stream into messages; each ends with a zero byte."""

    def __init__(self, connection: PipeConnection) -> None:
        self._connection = connection
        self._parts: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        *ends, rest = data.split(b"\0")
        for end in ends:
            message = b"".join([*self._parts, end])
            self._parts.clear()
            self._connection.on_bytes(message)
        if rest:
            self._parts.append(rest)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._connection.on_lost()


class Session(CDPSession):
    """A flat session: its messages carry its id instead of a second envelope."""

    def send(
        self, method: str, params: dict[str, Any] | None = None
    ) -> asyncio.Future[Any]:
        """Send a command; the future ends with its result or a `NetworkError`."""
        if self._connection is None:
            raise NetworkError(f"{method}: the session is closed")
        connection: PipeConnection = self._connection
        return connection.post(method, params, self._sessionId)

    def on_event(self, method: str, params: dict[str, Any]) -> None:
        """Hand an event to whoever listens."""
        self.emit(method, params)


class PipeConnection(Connection):
    """A pyppeteer connection whose wire is two pipes we made ourselves."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # The base constructor opens a websocket; only the emitter below it is wanted.
        super(Connection, self).__init__()
        self._loop = loop
        self._lastId = 0
        self._callbacks: dict[int, asyncio.Future[Any]] = {}
        self._sessions: dict[str, Session] = {}
        self._writer: asyncio.WriteTransport | None = None
        self._reader: asyncio.ReadTransport | None = None
        self.lost = False

    async def open(self, read_fd: int, write_fd: int) -> None:
        """Take over both descriptors."""
        import fcntl  # noqa: PLC0415

        with contextlib.suppress(OSError):
            fcntl.fcntl(read_fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._reader, _ = await self._loop.connect_read_pipe(
            lambda: _Reader(self), os.fdopen(read_fd, "rb", buffering=0)
        )
        self._writer, _ = await self._loop.connect_write_pipe(
            asyncio.BaseProtocol, os.fdopen(write_fd, "wb", buffering=0)
        )

    def send(
        self, method: str, params: dict[str, Any] | None = None
    ) -> asyncio.Future[Any]:
        """Send a command to the browser itself."""
        return self.post(method, params, None)

    def post(
        self, method: str, params: dict[str, Any] | None, session: str | None
    ) -> asyncio.Future[Any]:
        """Write one command; the future ends with its result or a `NetworkError`."""
        if self.lost or self._writer is None:
            raise NetworkError(f"{method}: the browser is gone")
        self._lastId += 1
        message: dict[str, Any] = {"id": self._lastId, "method": method}
        if params:
            message["params"] = params
        if session is not None:
            message["sessionId"] = session
        future = self._callbacks[self._lastId] = self._loop.create_future()
        self._writer.write(json.dumps(message).encode() + b"\0")
        return future

    def adopt(self, session_id: str, target_type: str) -> Session:
        """A session for a target that Chrome has attached us to."""
        session = Session(self, target_type, session_id, self._loop)
        self._sessions[session_id] = session
        return session

    def on_bytes(self, data: bytes) -> None:
        """Route one message from Chrome."""
        message = json.loads(data)
        if "id" in message:
            self._on_reply(message)
            return
        method, params = message["method"], message.get("params", {})
        session = self._sessions.get(message.get("sessionId", ""))
        if session is not None:
            session.on_event(method, params)
        else:
            self.emit(method, params)

    def _on_reply(self, message: dict[str, Any]) -> None:
        future = self._callbacks.pop(message["id"], None)
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(NetworkError(message["error"].get("message", "?")))
        else:
            future.set_result(message.get("result", {}))

    def on_lost(self) -> None:
        """The browser closed its end; everything that waits fails."""
        self.lost = True
        for future in self._callbacks.values():
            if not future.done():
                future.set_exception(NetworkError("the browser is gone"))
                future.exception()  # Nobody may be waiting any more; that is no leak.
        self._callbacks.clear()

    def close(self) -> None:
        """Close both pipes; Chrome ends itself when it sees that."""
        for transport in (self._reader, self._writer):
            if transport is not None:
                transport.close()


def begin(
    target: Session | PipeConnection, method: str, params: dict[str, Any] | None = None
) -> asyncio.Future[Any]:
    """Send a command at once; `reply` waits for its answer."""
    try:
        return target.send(method, params)
    except NetworkError as error:
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(error)
        return failed


async def reply(
    asked: asyncio.Future[Any], method: str, *, timeout: float
) -> dict[str, Any]:
    """The answer to the command *asked*; raises as `command` does."""
    try:
        async with asyncio.timeout(timeout):
            return dict(await asked)
    except TimeoutError:
        raise ChromeTimeoutError(f"{method}: no answer within {timeout:g} s") from None
    except NetworkError as error:
        gone = any(word in str(error) for word in ("is gone", "is closed", "not found"))
        kind = ChromeCrashError if gone else ChromeError
        raise kind(f"{method}: {error}") from None


async def command(
    target: Session | PipeConnection,
    method: str,
    params: dict[str, Any] | None = None,
    *,
    timeout: float,
) -> dict[str, Any]:
    """
    One command and its answer.

    Raises:
        ChromeTimeoutError: No answer within *timeout* seconds.
        ChromeCrashError: The browser or the target is gone.
        ChromeError: Chrome refused the command.
    """
    return await reply(begin(target, method, params), method, timeout=timeout)
