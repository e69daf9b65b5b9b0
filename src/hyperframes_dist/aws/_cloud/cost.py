"""
What a render cost: every call of its function, those that failed included.

Durations come from the execution's history, which sees a call from outside: each is a few
tens of milliseconds longer than what is billed, and includes the function's start.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import attrs

from .executions import children_of, describe, events_of
from .history import Attempt, History, read_history
from .prices import Cost, Prices, Usage, price, prices_of
from .session import Cloud, ask
from .values import Render

_CUT_OFF = "calls whose end nobody saw are priced up to the function's own timeout"
_RUNNING = "the render is still running"
_HIDDEN = "calls of an express child workflow have no history and are left out"


@attrs.frozen(kw_only=True)
class _Function:
    """What a function is billed by: its memory, disk and architecture; and its timeout."""

    memory_mb: int
    storage_mb: int
    arm: bool
    timeout: timedelta


def render_cost(cloud: Cloud, render: Render, prices: Prices | None = None) -> Cost:
    """
    What *render* cost so far, or in all.

    Raises:
        CloudError: The render does not exist, or the caller may not read its history.
    """
    row = describe(cloud, render)
    function = _read_function(cloud)
    histories, hidden = _histories(cloud, render)
    attempts = [a for history in histories for a in history.attempts]
    children = len(histories) - 1
    known, notes = prices_of(cloud.stack.region) if prices is None else (prices, ())
    usage = Usage(
        seconds=sum(_billed(a, function) for a in attempts),
        requests=sum(a.outcome != "refused" for a in attempts),
        memory_mb=function.memory_mb,
        storage_mb=function.storage_mb,
        # Starting a child of a distributed map is a transition of its own.
        transitions=sum(h.transitions for h in histories) + children,
        arm=function.arm,
        **_bucket_requests(attempts),
    )
    return price(
        usage,
        known,
        attempts=len(attempts),
        failed=sum(a.outcome not in {"succeeded", "unfinished"} for a in attempts),
        notes=(*notes, *_doubts(attempts, row["status"] == "RUNNING", hidden=hidden)),
    )


def _doubts(
    attempts: Iterable[Attempt], running: bool, *, hidden: bool
) -> tuple[str, ...]:
    unseen = any(_is_cut_off(a, running=running) for a in attempts)
    rows = ((running, _RUNNING), (unseen, _CUT_OFF), (hidden, _HIDDEN))
    return tuple(text for holds, text in rows if holds)


def _is_cut_off(attempt: Attempt, *, running: bool) -> bool:
    return attempt.outcome == "timed_out" or (
        attempt.outcome == "unfinished" and not running
    )


def _billed(attempt: Attempt, function: _Function) -> float:
    """
    Seconds of *attempt*, in whole milliseconds as they are billed.

    Whoever waited for a call that timed out went away; the function went on until its
    own timeout, or less, which nobody saw. So does one whose render was stopped.
    """
    if attempt.outcome == "refused":
        return 0.0
    limit = attempt.started + function.timeout
    known = limit if attempt.outcome == "timed_out" else attempt.stopped
    stopped = known or min(limit, datetime.now(UTC))
    return math.ceil((stopped - attempt.started) / timedelta(milliseconds=1)) / 1000


def _bucket_requests(attempts: list[Attempt]) -> dict[str, int]:
    """
    A guess from the store's layout, for whole files without multipart.

    A call reads its share of the plan and what is there already, and writes about three
    files with a record each; each write looks first.
    """
    ran = sum(a.outcome != "refused" for a in attempts)
    return {"puts": 8 * ran, "gets": 12 * ran}


def _read_function(cloud: Cloud) -> _Function:
    call = cloud.services["lambda"].get_function_configuration
    facts = ask(call, FunctionName=cloud.stack.function)
    return _Function(
        memory_mb=facts["MemorySize"],
        storage_mb=(facts.get("EphemeralStorage") or {}).get("Size", 512),
        arm="arm64" in (facts.get("Architectures") or ()),
        timeout=timedelta(seconds=facts.get("Timeout", 900)),
    )


def _histories(cloud: Cloud, render: Render) -> tuple[list[History], bool]:
    """The history of *render*, then those of its children; whether some have none."""
    histories, hidden = [read_history(events_of(cloud, render.execution))], False
    for child in children_of(cloud, render.execution):
        if ":express:" in child:
            hidden = True
        else:
            histories.append(read_history(events_of(cloud, child)))
    return histories, hidden
