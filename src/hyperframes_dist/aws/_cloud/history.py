"""
An execution's history read as attempts: which calls of the function there were, how
long each lasted, and how each ended.

Works on events as Step Functions returns them; asks no service.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import attrs

from .tasks import MANY_BESIDE
from .values import RenderFault

Outcome = Literal["succeeded", "failed", "timed_out", "unfinished", "refused"]

_ENDS: tuple[tuple[str, Outcome], ...] = (
    ("TaskSucceeded", "succeeded"),
    ("TaskFailed", "failed"),
    ("TaskTimedOut", "timed_out"),
    ("TaskStartFailed", "refused"),
    ("TaskSubmitFailed", "refused"),
    ("LambdaFunctionSucceeded", "succeeded"),
    ("LambdaFunctionFailed", "failed"),
    ("LambdaFunctionTimedOut", "timed_out"),
    ("LambdaFunctionScheduleFailed", "refused"),
    ("LambdaFunctionStartFailed", "refused"),
)
_SCHEDULED = ("TaskScheduled", "LambdaFunctionScheduled")
_STARTED = ("TaskStarted", "LambdaFunctionStarted")
_FATAL = ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")
# The service refused to start the function at all; nothing ran.
_NEVER_RAN = frozenset({"Lambda.TooManyRequestsException", "Lambda.Throttling"})
_LONGEST_REASON = 500


@attrs.frozen(kw_only=True)
class Attempt:
    """
    One call of the function.

    Attributes:
        where: The state that made it; empty where that is not recorded.
        started: When it began.
        stopped: When it ended; None while it has not, or where nobody saw it end.
        outcome: How it ended. ``refused`` ran no function.
        error: Class of the error, or the service's name for it; empty if it succeeded.
        reason: What the error said.
    """

    where: str
    started: datetime
    stopped: datetime | None
    outcome: Outcome
    error: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class History:
    """
    What a history says.

    Attributes:
        attempts: Every call of the function, in the order they were made.
        transitions: State transitions, retries among them.
        fatal: What ended the execution badly, if that is how it ended.
        outputs: What the tasks that succeeded answered, in order.
        fans_out: Whether chunks are children with histories of their own.
    """

    attempts: tuple[Attempt, ...]
    transitions: int
    fatal: RenderFault | None
    outputs: tuple[Mapping[str, Any], ...]
    fans_out: bool

    @property
    def faults(self) -> tuple[RenderFault, ...]:
        """Attempts that failed, then what ended the execution if it is none of them."""
        rows = [
            RenderFault(where=row.where, error=row.error, reason=row.reason)
            for row in self.attempts
            if row.error
        ]
        known = {(row.error, row.reason) for row in rows}
        fatal = self.fatal
        if fatal is not None and (fatal.error, fatal.reason) not in known:
            rows.append(fatal)
        return tuple(rows)


def read_history(events: Iterable[Mapping[str, Any]]) -> History:
    """*events* of one execution, oldest first, as a `History`."""
    rows = tuple(events)
    reader = _Reader({row["id"]: row for row in rows})
    for row in rows:
        reader.read(row)
    return History(
        attempts=tuple(reader.attempts()),
        transitions=_count_transitions(rows),
        fatal=_fatal(rows),
        outputs=tuple(reader.outputs),
        fans_out=any(map(_enters_many, rows)),
    )


def _enters_many(row: Mapping[str, Any]) -> bool:
    details = row.get("stateEnteredEventDetails") or {}
    return bool(details.get("name") == MANY_BESIDE)


def _count_transitions(rows: Sequence[Mapping[str, Any]]) -> int:
    """Every state entered, and every further try of a task."""
    entered = [row["type"] for row in rows if row["type"].endswith("StateEntered")]
    tries = sum(row["type"] in _SCHEDULED for row in rows)
    return len(entered) + max(0, tries - entered.count("TaskStateEntered"))


def _fatal(rows: Sequence[Mapping[str, Any]]) -> RenderFault | None:
    for row in reversed(rows):
        if row["type"] in _FATAL:
            error, reason = _error_of(row)
            default = {
                "ExecutionTimedOut": "States.Timeout",
                "ExecutionAborted": "Cancelled",
            }
            name = error or default.get(row["type"], "States.TaskFailed")
            return RenderFault(where="", error=name, reason=reason)
    return None


class _Reader:
    """
    Pairs each scheduled task with the event that ended it.

    Events name the one before them in their own branch. Where that leads to no open task,
    as in histories that do not record it, the task that has been open longest is taken:
    the sum of all durations is the same whichever is.
    """

    def __init__(self, by_id: Mapping[int, Mapping[str, Any]]) -> None:
        self._by_id = by_id
        self._open: dict[int, datetime] = {}
        self._done: dict[int, Attempt] = {}
        self._ends = dict(_ENDS)
        self.outputs: list[Mapping[str, Any]] = []

    def read(self, row: Mapping[str, Any]) -> None:
        kind = row["type"]
        if kind in _SCHEDULED:
            self._open[row["id"]] = row["timestamp"]
        elif kind in _STARTED and row.get("previousEventId") in self._open:
            self._open[row["previousEventId"]] = row["timestamp"]
        elif kind in self._ends:
            self._close(row, self._ends[kind])

    def _close(self, row: Mapping[str, Any], outcome: Outcome) -> None:
        key = self._task_of(row)
        if key is None:
            return
        error, reason = _error_of(row)
        if error == "States.Timeout":
            outcome = "timed_out"
        elif error in _NEVER_RAN:
            outcome = "refused"
        self._done[key] = Attempt(
            where=self._state_of(key),
            started=self._open.pop(key),
            stopped=row["timestamp"],
            outcome=outcome,
            error=error,
            reason=reason,
        )
        if outcome == "succeeded":
            self.outputs.append(_output_of(row))

    def _task_of(self, row: Mapping[str, Any]) -> int | None:
        for key in self._before(row):
            if key in self._open:
                return key
        return min(self._open, default=None)

    def _state_of(self, key: int) -> str:
        for before in self._before(self._by_id[key]):
            details = self._by_id[before].get("stateEnteredEventDetails")
            if details is not None:
                return str(details["name"])
        return ""

    def _before(self, row: Mapping[str, Any]) -> Iterable[int]:
        """Ids of the events before *row* in its branch, the nearest first."""
        while (key := row.get("previousEventId", 0)) in self._by_id:
            if key >= row["id"]:
                return
            yield key
            row = self._by_id[key]

    def attempts(self) -> Iterable[Attempt]:
        """All of them, those nobody saw the end of included."""
        rest = {
            key: Attempt(
                where=self._state_of(key),
                started=started,
                stopped=None,
                outcome="unfinished",
            )
            for key, started in self._open.items()
        }
        rows = {**self._done, **rest}
        return (rows[key] for key in sorted(rows))


def _details(row: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in row.items():
        if name.endswith("EventDetails") and isinstance(value, Mapping):
            return value
    return {}


def _error_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """Error and what it said; a function's own message without its stack."""
    details = _details(row)
    error, cause = str(details.get("error") or ""), str(details.get("cause") or "")
    default = "" if "Succeeded" in row["type"] else row["type"]
    if row["type"].endswith("TimedOut"):
        default = "States.Timeout"
    if row["type"].startswith("Execution"):
        default = ""
    return error or default, read_cause(cause)


def read_cause(cause: str) -> str:
    """The message in a *cause*, which for a function's error is JSON with its stack."""
    try:
        facts = json.loads(cause)
        message = facts.get("errorMessage") if isinstance(facts, dict) else None
    except (ValueError, TypeError, RecursionError):
        message = None
    return str(cause if message is None else message)[:_LONGEST_REASON]


def _output_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the function answered; the integration wraps it in ``Payload``."""
    try:
        value = json.loads(_details(row).get("output") or "{}")
    except (ValueError, TypeError, RecursionError):
        return {}
    inner = value.get("Payload", value) if isinstance(value, dict) else {}
    return inner if isinstance(inner, dict) else {}
