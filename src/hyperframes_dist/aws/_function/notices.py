"""
The end of an execution, as EventBridge tells the function of it, sent on to a webhook.

So somebody is told who does not wait, also of a render that ran out of time or was stopped,
which no state of the machine could tell. Who waits and sends the same is no second message.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..._tools.https import HttpsFetcher
from ...errors import InputError, TransportError
from ...transport import Transport
from .._cloud.executions import read_object, status_of
from .._cloud.history import read_cause
from .._cloud.notices import announce
from .._cloud.values import CloudOutput, Render, RenderFault, RenderProgress
from .._cloud.webhooks import Webhook

STATUS_CHANGE = "Step Functions Execution Status Change"
_PICTURED: Mapping[str, type] = MappingProxyType(
    {"OutputS3Uri": str, "Sha256": str, "FileSize": int, "FramesEncoded": int}
)


def is_notice(event: Any) -> bool:
    """Whether *event* tells of an execution, and asks for no job."""
    return isinstance(event, Mapping) and event.get("detail-type") == STATUS_CHANGE


def send_notice(
    event: Mapping[str, Any],
    store: Transport | None,
    webhook: Webhook | None,
    *,
    fetcher: HttpsFetcher | None = None,
) -> dict[str, Any]:
    """
    Tell *webhook* of the execution in *event*, unless somebody has done so.

    Raises:
        InputError: No execution is named, or there is nobody to tell.
        TransportError: It was not taken; Lambda calls again.
    """
    if webhook is None or store is None:
        raise InputError("an execution has ended, and no webhook is set to be told")
    seen = read_end(event)
    if not seen.finished:
        return {"Render": seen.render.name, "Told": False, "Tries": 0}
    (sent,) = announce(store, seen, [webhook], fetcher=fetcher)
    if not sent.delivered:
        # Who was told by somebody else meanwhile is known to be, at the next call.
        raise TransportError(f"{sent.url} was not told of {sent.event}: {sent.reason}")
    return {"Render": seen.render.name, "Told": sent.delivered, "Tries": sent.tries}


def read_end(event: Mapping[str, Any]) -> RenderProgress:
    """
    What *event* says of a render; only what a message has is filled in.

    Raises:
        InputError: It names no execution.
    """
    detail = event.get("detail")
    if not isinstance(detail, Mapping):
        raise InputError("the event of an execution has no detail")
    named = [detail.get(key) for key in ("executionArn", "name", "status")]
    if not all(isinstance(value, str) for value in named):
        raise InputError("the event names no execution")
    arn, name, status = map(str, named)
    output = _read_output(detail)
    frames = 0 if output is None else output.frame_count
    return RenderProgress(
        render=Render(name=name, execution=arn),
        status=status_of({"status": status}),
        fraction=0.0 if output is None else 1.0,
        frames_done=frames,
        frames_total=None if output is None else frames,
        attempts=0,
        faults=_read_faults(detail),
        plan=None,
        output=output,
    )


def _read_output(detail: Mapping[str, Any]) -> CloudOutput | None:
    done = read_object(detail.get("output"))
    row, plan = done.get("Output"), done.get("Plan")
    if not isinstance(row, Mapping):
        return None
    if any(type(row.get(name)) is not kind for name, kind in _PICTURED.items()):
        return None
    return CloudOutput(
        uri=row["OutputS3Uri"],
        sha256=row["Sha256"],
        size=row["FileSize"],
        frame_count=row["FramesEncoded"],
        plan_hash=str(plan.get("PlanHash", "")) if isinstance(plan, Mapping) else "",
    )


def _read_faults(detail: Mapping[str, Any]) -> tuple[RenderFault, ...]:
    error, cause = detail.get("error"), detail.get("cause")
    if not error:
        return ()
    return (RenderFault(where="", error=str(error), reason=read_cause(cause or "")),)
