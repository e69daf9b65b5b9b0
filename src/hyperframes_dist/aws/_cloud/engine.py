"""
A deployed stack as an engine: the jobs of a render run by its state machine.
"""

from __future__ import annotations

import hashlib
from typing import Any

import attrs

from ..._model.codec import from_json, to_json
from ..._model.keys import facts_key
from ..._model.results import OutputResult
from ..._wire.engine import RenderRequest
from ..._wire.jobs import Delivered
from ..._wire.layout import get_bytes
from ...errors import (
    EngineError,
    HyperframesError,
    InputError,
    RenderFailedError,
    UnsupportedFeatureError,
    find_error,
)
from ...progress import Cancel, Control, ProgressCallback
from ..client import AwsClient
from .executions import describe, status_of
from .outputs import key_of
from .renders import cancel as cancel_render
from .renders import name_of
from .values import Render, RenderProgress

_STARTS = 1000
"""How often one request may have failed before; each start has a name of its own."""


@attrs.frozen
class AwsEngine:
    """
    Renders on a deployed stack.

    The name of a render follows from its request: asking again while it runs waits for the
    one that does, whoever started it. How often a job is tried again is the state machine's
    own, see `hyperframes_dist.aws.retries`. In the store a render is called as its execution
    is, not as its request: `watch`, `fetch` and `cancel_render` take that name.

    Attributes:
        client: The stack. What is asked for must lie in its store.
    """

    client: AwsClient

    def render(
        self,
        request: RenderRequest,
        *,
        progress: ProgressCallback | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Delivered:
        """
        Have *request* rendered; see `Engine.render`.

        An error of a job has its class and says what it said; of its attributes only
        ``reason`` is known, the others are None. When this call is stopped by its *cancel* or
        *deadline*, so is the execution.

        Raises:
            InputError: The request names another store than the stack's.
            UnsupportedFeatureError: It wants to be watched while it is made.
            CloudError: A service refused a call.
        """
        control = Control(progress, cancel, deadline)
        control.check()
        if request.store != self.client.cloud.store.url:
            raise InputError(
                f"store {request.store!r} is not the stack's, "
                f"{self.client.cloud.store.url}"
            )
        if request.live:
            raise UnsupportedFeatureError(
                "a live preview",
                "the state machine on AWS",
                "ask for a render without `live`, or run its jobs on AWS Batch",
            )
        render = self._start(request)

        def look(seen: RenderProgress) -> None:
            if seen.frames_total:
                control.tell("render", seen.frames_done, seen.frames_total)

        try:
            seen = self.client.wait(
                render, on_progress=look, cancel=cancel, deadline=deadline
            )
        except RenderFailedError as failure:
            raise _rebuilt(failure) from failure
        except BaseException:
            cancel_render(self.client.cloud, render)
            raise
        return self._delivered(seen)

    def _start(self, request: RenderRequest) -> Render:
        """The render of *request* that runs or succeeded, or else another one."""
        cloud = self.client.cloud
        # A request that is asked again has another name for its marks.
        asked = attrs.evolve(request.plan_job(), render="")
        named = hashlib.sha256(to_json(asked)).hexdigest()
        for number in range(_STARTS):
            key = f"engine-{named}-{number}"
            name = name_of(key)
            try:
                row = describe(
                    cloud, Render(name=name, execution=cloud.stack.execution(name))
                )
            except InputError:
                row = None
            if row is None or status_of(row) in {"running", "succeeded"}:
                return self.client.start_render(
                    request.site_hash, request.config, key=key
                )
        raise EngineError("AWS", f"this request has failed {_STARTS} times")

    def _delivered(self, seen: RenderProgress) -> Delivered:
        cloud, output = self.client.cloud, seen.output
        if output is None:
            raise EngineError("AWS", f"render {seen.render.name} tells of no video")
        facts = get_bytes(cloud.store, facts_key(output.plan_hash))
        return Delivered(
            key=key_of(cloud, output.uri), output=from_json(facts, OutputResult)
        )


def _rebuilt(failure: RenderFailedError) -> HyperframesError:
    """The error that ended a render, as far as the service tells of it."""
    kind = find_error(failure.error)
    if kind is None:
        return EngineError("AWS", str(failure))
    return told_error(kind.__name__, failure.reason)


def told_error(name: str, reason: str) -> HyperframesError:
    """
    An error of the library's class *name* of which only its text is known.

    Its ``reason`` is that text, and any other attribute of its class None.
    """
    kind = find_error(name)
    assert kind is not None, f"{name} is no error of the library"
    made = type(name, (_Told, kind), {"__module__": kind.__module__})
    error: HyperframesError = made(reason)
    return error


class _Told(HyperframesError):
    """What an error says that crossed a service which carries a name and a text."""

    def __init__(self, reason: str) -> None:
        Exception.__init__(self, reason)

    def __str__(self) -> str:
        return str(self.args[0])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.args[0] if name == "reason" else None

    def __reduce__(self) -> tuple[Any, ...]:
        return told_error, (type(self).__name__, self.args[0])
