"""
The DevTools protocol over a pair of pipes.

A client for ``--remote-debugging-pipe``: each message is one JSON document with a zero
byte behind it, and sessions are flat, so a page's messages need no second envelope. Every
command has a deadline, and what ends it is told by its class. Nothing here knows what is
sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from threading import Thread
from typing import Any, TypeVar

from ..errors import ChromeCrashError, ChromeError, ChromeTimeoutError
from ..progress import Control

logger = logging.getLogger(__name__)

_T = TypeVar("_T")
_PIPE_BYTES = 1 << 20
_WATCH_SECONDS = 0.1
_SESSION_NOT_FOUND = -32001

Listener = Callable[[dict[str, Any]], object]
"""Is called, in the event loop, with the parameters of an event."""


class ProtocolError(Exception):
    """Why a command has no result."""


class BrowserGone(ProtocolError):
    """The browser has closed its pipe, or was given up."""


class TargetGone(ProtocolError):
    """The session's page or worker is closed, or Chrome has let go of it."""


class Refused(ProtocolError):
    """
    Chrome answered with an error.

    Attributes:
        code: Its number in JSON-RPC; -32000 is what the protocol's domains use.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message

    def __str__(self) -> str:
        return self.message


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


class Session:
    """
    What is said to one page or worker, and heard from it; `PipeConnection.adopt` makes one.

    Attributes:
        id: Chrome's name for it.
        gone: Whether Chrome has let go of its target.
    """

    def __init__(self, connection: PipeConnection, session_id: str) -> None:
        self.id, self.gone = session_id, False
        self._connection = connection
        self._listeners: dict[str, list[Listener]] = {}
        self._hearers: list[Callable[[str, dict[str, Any]], object]] = []

    def on(self, event: str, listener: Listener) -> None:
        """Call *listener* whenever *event* arrives."""
        self._listeners.setdefault(event, []).append(listener)

    def hear_all(self, hearer: Callable[[str, dict[str, Any]], object]) -> None:
        """Call *hearer* with the name and the parameters of every event."""
        self._hearers.append(hearer)

    def send(
        self, method: str, params: dict[str, Any] | None = None
    ) -> asyncio.Future[Any]:
        """Send a command; the future ends with its result or a `ProtocolError`."""
        return self._connection.post(method, params, self)

    def on_event(self, event: str, params: dict[str, Any]) -> None:
        """Hand an event to whoever listens."""
        for listener in self._listeners.get(event, ()):
            listener(params)
        for hearer in self._hearers:
            hearer(event, params)


class PipeConnection:
    """
    A browser's two pipes, and the sessions over them.

    Attributes:
        lost: Whether the browser is gone, or was given up; every command fails from then on.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.lost = False
        self._loop = loop
        self._last_id = 0
        self._waiting: dict[int, tuple[Session | None, asyncio.Future[Any]]] = {}
        self._sessions: dict[str, Session] = {}
        self._writer: asyncio.WriteTransport | None = None
        self._reader: asyncio.ReadTransport | None = None

    async def open(self, read_fd: int, write_fd: int) -> None:
        """Take over both descriptors."""
        import fcntl  # noqa: PLC0415

        # A picture is more than a pipe holds as it comes, either way.
        for descriptor in (read_fd, write_fd):
            with contextlib.suppress(OSError):
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._reader, _ = await self._loop.connect_read_pipe(
            lambda: _Reader(self), os.fdopen(read_fd, "rb", buffering=0)
        )
        self._writer, _ = await self._loop.connect_write_pipe(
            asyncio.BaseProtocol, os.fdopen(write_fd, "wb", buffering=0)
        )

    def send(
        self, method: str, params: dict[str, Any] | None = None
    ) -> asyncio.Future[Any]:
        """Send a command to the browser itself; ends as `Session.send` does."""
        return self.post(method, params, None)

    def post(
        self, method: str, params: dict[str, Any] | None, session: Session | None
    ) -> asyncio.Future[Any]:
        """Write one command, *session*'s or the browser's."""
        future: asyncio.Future[Any] = self._loop.create_future()
        if self.lost or self._writer is None:
            return _fail(future, BrowserGone("the browser is gone"))
        if session is not None and session.gone:
            return _fail(future, TargetGone("the page or worker is gone"))
        self._last_id += 1
        message: dict[str, Any] = {"id": self._last_id, "method": method}
        if params:
            message["params"] = params
        if session is not None:
            message["sessionId"] = session.id
        self._waiting[self._last_id] = session, future
        self._writer.write(json.dumps(message).encode() + b"\0")
        return future

    def adopt(self, session_id: str) -> Session:
        """A session with a target that Chrome has attached us to."""
        session = self._sessions[session_id] = Session(self, session_id)
        return session

    def on_bytes(self, data: bytes) -> None:
        """Route one message from Chrome."""
        try:
            self._route(json.loads(data))
        except Exception:
            # What was missed may be the one thing a page said of its failure.
            self.on_lost()
            raise

    def _route(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._on_reply(message)
            return
        event, params = message["method"], message.get("params", {})
        session = self._sessions.get(message.get("sessionId", ""))
        if session is not None:
            session.on_event(event, params)
        if event == "Target.detachedFromTarget":
            self._drop(params["sessionId"])

    def _on_reply(self, message: dict[str, Any]) -> None:
        error = _read_error(message)
        session, future = self._waiting.pop(message["id"], (None, None))
        if future is None or future.done():
            return
        if error is None:
            future.set_result(message["result"])
            return
        _fail(future, error)
        if session is not None and isinstance(error, TargetGone):
            self._drop(session.id)

    def _drop(self, session_id: str) -> None:
        """Chrome has let go of a target, and answers nothing that it was asked."""
        session = self._sessions.pop(session_id, None)
        if session is None:
            return
        session.gone = True
        for number, (asker, future) in tuple(self._waiting.items()):
            if asker is session:
                del self._waiting[number]
                _fail(future, TargetGone("the page or worker is gone"))

    def on_lost(self) -> None:
        """The browser closed its end, or is given up; everything that waits fails."""
        self.lost = True
        for _, future in self._waiting.values():
            _fail(future, BrowserGone("the browser is gone"))
        self._waiting.clear()

    def close(self) -> None:
        """Close both pipes; Chrome ends itself when it sees that."""
        for transport in (self._reader, self._writer):
            if transport is not None:
                transport.close()


def _read_error(message: dict[str, Any]) -> ProtocolError | None:
    """Why there is no result; None if there is one."""
    if "result" in message:
        return None
    code, text = message["error"]["code"], message["error"]["message"]
    return TargetGone(text) if code == _SESSION_NOT_FOUND else Refused(code, text)


def _fail(future: asyncio.Future[Any], error: ProtocolError) -> asyncio.Future[Any]:
    if not future.done():
        future.set_exception(error)
        future.exception()  # Nobody may be waiting any more; that is no leak.
    return future


async def reply(
    asked: asyncio.Future[Any], method: str, *, timeout: float
) -> dict[str, Any]:
    """The answer to the command *asked*; raises as `command` does."""
    # Whoever stops waiting leaves the command to itself: Chrome is at it all the same.
    done = asked.done() or (await asyncio.wait({asked}, timeout=timeout))[0]
    if not done:
        raise ChromeTimeoutError(f"{method}: no answer within {timeout:g} s")
    try:
        return dict(asked.result())
    except (BrowserGone, TargetGone) as error:
        raise ChromeCrashError(f"{method}: {error}") from None
    except Refused as error:
        raise ChromeError(f"{method}: {error}") from None


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
    return await reply(target.send(method, params), method, timeout=timeout)
