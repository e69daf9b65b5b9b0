"""
What Chrome tells of a page unasked: what it asks for, prints and throws, where it wants to
go, and the workers it starts.

Every request is answered by the page's door. What goes wrong is kept until somebody looks.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections import deque
from collections.abc import Coroutine, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from .._model.content import OWN
from .._tools.address import without_query
from .._tools.files import as_spent, is_full
from ..errors import (
    ChromeCrashError,
    ChromeError,
    DiskFullError,
    HyperframesError,
    PageError,
)
from .cdp import PipeConnection, Session, command
from .clock import read_clock
from .door import ORIGIN, Door
from .threads import in_thread

logger = logging.getLogger(__name__)
page_logger = logging.getLogger("hyperframes_dist.page")
"""What pages print; an application that wants to read it listens here."""

REQUESTS: Mapping[str, Any] = MappingProxyType({"patterns": [{"urlPattern": "*"}]})
"""Which requests Chrome asks about: all."""

_COMMAND_SECONDS = 30.0
_ANSWERS_AT_ONCE = 32
_KEPT_PRINTS = 5
_LONGEST_PRINT = 500
_LEVELS = MappingProxyType(
    {
        "error": logging.ERROR,
        "assert": logging.ERROR,
        "warning": logging.WARNING,
        "debug": logging.DEBUG,
    }
)
# What a worker's own workers ask for comes by no door: Chrome does not pause it.
_NESTED = "a worker starts a worker of its own"
_NO_WORKERS = f"""self.Worker = class {{
  constructor(url) {{
    throw new Error(`{_NESTED}, ${{url}}, which is not supported; start it from the page`);
  }}
}}"""
_NAVIGATIONS = MappingProxyType(
    {
        "metaTagRefresh": "a <meta> refreshes it",
        "httpHeaderRefresh": "a header refreshes it",
        "reload": "a script reloads it",
        "anchorClick": "a link was followed",
        "formSubmissionGet": "a form was sent",
        "formSubmissionPost": "a form was sent",
    }
)


class Hearing:
    """
    What is heard of the page *target_id* behind *session*.

    Attributes:
        requests: How many addresses it has asked for.
        workers: Its workers, as they come and go.
    """

    def __init__(
        self, session: Session, connection: PipeConnection, target_id: str, door: Door
    ) -> None:
        self.requests = 0
        self.workers: set[Session] = set()
        self._connection, self._target_id, self._door = connection, target_id, door
        self._session = session
        self._failure: HyperframesError | None = None
        self._console: deque[str] = deque(maxlen=_KEPT_PRINTS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._serving = asyncio.Semaphore(_ANSWERS_AT_ONCE)
        self._listen(session)

    @property
    def is_answering(self) -> bool:
        """Whether the page waits for an answer of ours."""
        return bool(self._tasks)

    def check(self, frame: int | None) -> None:
        """Raise what went wrong in the page or at its door since it was opened."""
        failure = self._failure
        if isinstance(failure, PageError) and failure.frame is None:
            raise self.tell(failure, frame) from None
        if failure is not None:
            raise failure

    def tell(self, error: PageError, frame: int | None) -> PageError:
        """*error*, with the *frame* and what the page printed last."""
        return error.with_facts(frame=frame, console=tuple(self._console))

    def stop(self) -> None:
        """Answer nothing any more."""
        for task in self._tasks:
            task.cancel()

    def _listen(self, session: Session) -> None:
        session.on(
            "Fetch.requestPaused", lambda e: self._spawn(self._serve(session, e))
        )
        session.on("Runtime.exceptionThrown", self._on_exception)
        session.on("Runtime.consoleAPICalled", self._on_console)
        session.on(
            "Page.javascriptDialogOpening", lambda _: self._spawn(self._dismiss())
        )
        session.on("Target.attachedToTarget", lambda e: self._spawn(self._on_child(e)))
        session.on("Inspector.targetCrashed", lambda _: self._on_crash())
        session.on("Page.frameRequestedNavigation", self._on_navigation)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # The browser going away shows in the command that waits for it.
            logger.debug("page task: %s", error)

    def _fail(self, error: HyperframesError) -> None:
        self._failure = self._failure or error

    def _on_exception(self, event: dict[str, Any]) -> None:
        error = describe(event["exceptionDetails"])
        self._fail(error.with_facts(reason=f"script error: {error.reason}"))

    def _on_exception_of_worker(self, event: dict[str, Any]) -> None:
        # What a worker throws is its page's to hear of, but for what is refused.
        if _NESTED in (error := describe(event["exceptionDetails"])).reason:
            self._fail(error)

    def _on_console(self, event: dict[str, Any]) -> None:
        if _is_ours(event):
            return
        text = " ".join(map(_printed, event.get("args", ())))[:_LONGEST_PRINT]
        kind = str(event.get("type", "log"))
        page_logger.log(_LEVELS.get(kind, logging.INFO), "%s", text)
        self._console.append(f"{kind}: {text}")

    def _on_crash(self) -> None:
        self._fail(ChromeCrashError("the page's process died"))
        self._connection.on_lost()

    def _on_navigation(self, event: dict[str, Any]) -> None:
        """The page itself wants to go elsewhere, and nothing of it would be left."""
        if event["frameId"] != self._target_id or event["disposition"] != "currentTab":
            return
        how = _NAVIGATIONS.get(str(event["reason"]), "a script sends it")
        self._fail(
            PageError(
                f"the page goes elsewhere: {how}",
                url=without_query(str(event["url"])),
                hint="a composition is one document from its first frame to its last",
            )
        )

    async def _dismiss(self) -> None:
        await command(
            self._session,
            "Page.handleJavaScriptDialog",
            {"accept": True},
            timeout=_COMMAND_SECONDS,
        )

    async def _serve(self, session: Session, event: dict[str, Any]) -> None:
        address = str(event["request"]["url"])
        self.requests += 1
        try:
            async with self._serving:
                answer = await in_thread(
                    lambda: self._door.answer(address, event["resourceType"])
                )
        except Exception as error:  # noqa: BLE001
            # What is not told at once is found out by waiting, and its cause is lost.
            self._fail(_told(error, address))
            await command(
                session,
                "Fetch.failRequest",
                {"requestId": event["requestId"], "errorReason": "AddressUnreachable"},
                timeout=_COMMAND_SECONDS,
            )
            return
        await command(
            session,
            "Fetch.fulfillRequest",
            {
                "requestId": event["requestId"],
                "responseCode": answer.status,
                "responseHeaders": answer.headers(),
                "body": base64.b64encode(answer.body).decode(),
            },
            timeout=_COMMAND_SECONDS,
        )

    async def _on_child(self, event: dict[str, Any]) -> None:
        """Workers and foreign frames go through the same door; popups are closed."""
        info, child = event["targetInfo"], event["sessionId"]
        if info["type"] == "page":
            await command(
                self._connection,
                "Target.closeTarget",
                {"targetId": info["targetId"]},
                timeout=_COMMAND_SECONDS,
            )
            return
        session = self._connection.adopt(child)
        session.on(
            "Fetch.requestPaused", lambda e: self._spawn(self._serve(session, e))
        )
        try:
            await command(
                session, "Fetch.enable", dict(REQUESTS), timeout=_COMMAND_SECONDS
            )
        except ChromeError as error:
            # What has no door of its own goes through its page's.
            logger.debug("no door for a %s: %s", info["type"], error)
        if info["type"] == "worker":
            self.workers.add(session)
            # Done before the worker's own script, which has not begun.
            session.on("Runtime.exceptionThrown", self._on_exception_of_worker)
            session.send("Runtime.enable")
            first = f"{read_clock('worker.js')};{_NO_WORKERS}"
            session.send("Runtime.evaluate", {"expression": first})
        await command(
            session, "Runtime.runIfWaitingForDebugger", timeout=_COMMAND_SECONDS
        )


def _told(error: Exception, address: str) -> HyperframesError:
    """*error*, which a door raised for *address*, as one of the library's."""
    if isinstance(error, HyperframesError):
        return error
    if isinstance(error, OSError) and is_full(error):
        return DiskFullError(error.errno, "no room left for an answer to the page")
    if spent := as_spent(error):
        spent.__cause__ = error
        return spent
    # An error of Python's own says little without its name.
    reason = f"{type(error).__name__}: {error}"
    told = PageError(f"{without_query(address)} cannot be answered: {reason}")
    told.__cause__ = error
    return told


def describe(details: dict[str, Any]) -> PageError:
    """What was thrown, where the page's own script had it thrown."""
    exception = details.get("exception", {})
    text = exception.get("description") or exception.get("value") or details.get("text")
    first = str(text).strip().splitlines()[0] if text else "unknown error"
    reason = first.removeprefix("Error: ")
    frames = details.get("stackTrace", {}).get("callFrames", ())
    for place in (*frames, details):
        # A library throws what the script that calls it is to blame for.
        if str(place.get("url", "")).startswith(ORIGIN + OWN):
            continue
        if str(place.get("url", "")).startswith(ORIGIN):
            return PageError(
                reason,
                file=unquote(urlsplit(place["url"]).path).lstrip("/"),
                line=place.get("lineNumber", 0) + 1,
                column=place.get("columnNumber", 0) + 1,
            )
    url = str(details.get("url", ""))
    return PageError(reason, url=without_query(url) if url.startswith("http") else None)


def _is_ours(event: dict[str, Any]) -> bool:
    """Whether the page runtime, rather than the page, printed *event*."""
    frames = event.get("stackTrace", {}).get("callFrames", ())
    return any(str(f.get("url", "")).startswith(ORIGIN + OWN) for f in frames[:1])


def _printed(row: dict[str, Any]) -> str:
    """One argument of a call of ``console``, as text."""
    value = row.get("value", row.get("description", row.get("type", "")))
    return value if isinstance(value, str) else json.dumps(value)
