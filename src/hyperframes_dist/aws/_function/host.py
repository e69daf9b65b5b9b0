"""
What runs inside the function: an event is checked, its job run, its answer logged.

What outlives an invocation is the browser and the clients of stores.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TextIO

import attrs

from ..._pipeline.renderer import Renderer
from ..._tools.https import HttpsFetcher
from ..._wire.jobs import Answer, ChunkJob, Job
from ..._wire.worker import Worker
from ...errors import ChromeError, ChunkUnfinishedError, DeadlineExceeded, InputError
from ...progress import Control
from ...transport import Transport, open_transport
from .._cloud.webhooks import Webhook
from .events import parse_event, tell_answer
from .log import ActionLog, Meter
from .notices import is_notice, send_notice

# Seconds before the function's end at which work stops, to store what is finished.
_RESERVE = 15.0
_RESERVE_SHARE = 0.1


class Context(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is killed."""
        ...


@attrs.define(kw_only=True)
class Host:
    """
    A running function.

    Attributes:
        renderer: Its browser, kept warm while it is healthy.
        runtime: The page runtime's file, which the ZIP brings.
        buckets: Buckets it may touch.
        folder: The work directory; whatever lies there is removed.
        stream: Where its log goes.
        open: Opens a store.
        webhook: Who is told how executions end; None for nobody.
        store: Address of the store that is noted in; empty where nobody is told.
        fetcher: Sends to it; None takes one that speaks to public addresses only.
    """

    renderer: Renderer
    runtime: Path | None
    buckets: frozenset[str]
    folder: Path
    stream: TextIO
    open: Callable[[str], Transport] = open_transport
    webhook: Webhook | None = None
    store: str = ""
    fetcher: HttpsFetcher | None = None
    _stores: dict[str, Transport] = attrs.field(factory=dict, init=False)
    _calls: int = attrs.field(default=0, init=False)

    def handle(self, event: Any, context: Context) -> dict[str, Any]:
        """Run one action; see `handler`."""
        self._calls += 1
        log = ActionLog(self.stream, context.aws_request_id, cold=self._calls == 1)
        if is_notice(event):
            return self._notify(event, log)
        meter = None
        # An invocation that was killed could not clean up after itself.
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            asked = parse_event(event, self.buckets)
            log.start(asked)
            meter = Meter(self._store(asked.job.store))
            made = self._run(asked.job, meter, _control(context))
            answer = tell_answer(made, asked.job.store)
        except BaseException as error:
            if isinstance(error, ChromeError):
                self.renderer.close()
            log.failed(error, meter)
            raise
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        log.end(meter, answer)
        return answer

    def _notify(self, event: Any, log: ActionLog) -> dict[str, Any]:
        """Send a message, which needs no job, no browser and no work directory."""
        try:
            store = self._store(self.store) if self.webhook else None
            answer = send_notice(event, store, self.webhook, fetcher=self.fetcher)
        except BaseException as error:
            log.failed(error, None)
            raise
        log.told(answer)
        return answer

    def _store(self, url: str) -> Transport:
        if url not in self._stores:
            self._stores[url] = self.open(url)
        return self._stores[url]

    def _run(self, job: Job, store: Meter, control: Control) -> Answer:
        worker = Worker(
            transport=store,
            renderer=self.renderer,
            folder=self.folder,
            runtime=self.runtime,
        )
        try:
            return worker.run_job(job, control)
        except DeadlineExceeded:
            if not isinstance(job, ChunkJob):
                raise
            # The time was the function's, not a caller's: the next try goes on from here.
            done, total = worker.kept_segments(job)
            raise ChunkUnfinishedError(job.index, done, total) from None


def _control(context: Context) -> Control:
    """Stops early enough to leave cleanly, whatever the function's timeout is."""
    left = context.get_remaining_time_in_millis() / 1000
    if left <= 0:
        raise InputError(
            "the function was started with no time left; raise its timeout"
        )
    reserve = min(_RESERVE, left * _RESERVE_SHARE)
    return Control(deadline=time.monotonic() + left - reserve)
