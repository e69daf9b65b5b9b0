"""
Histories of executions as Step Functions returns them, event by event.

The fields are those of its API's ``HistoryEvent``; a client of boto3 that is stubbed with
them refuses any it does not know. Times are seconds after `BEGIN`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LAMBDA = {"resourceType": "lambda", "resource": "invoke"}
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:render"


def at(seconds: float) -> datetime:
    """A moment of the history."""
    return BEGIN + timedelta(seconds=seconds)


class Story:
    """An execution, told event by event; each call returns the event's id."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._add(0, "ExecutionStarted", 0)

    def _add(self, seconds: float, kind: str, before: int, **details: Any) -> int:
        number = len(self.events) + 1
        row = {"timestamp": at(seconds), "type": kind, "id": number}
        self.events.append({**row, "previousEventId": before, **details})
        return number

    def enter(self, seconds: float, name: str, before: int, kind: str = "Task") -> int:
        """A state is entered."""
        details = {"name": name, "input": "{}"}
        return self._add(
            seconds, f"{kind}StateEntered", before, stateEnteredEventDetails=details
        )

    def call(self, seconds: float, before: int) -> int:
        """The function is scheduled, and started a little later."""
        scheduled = self._add(
            seconds - 0.05,
            "TaskScheduled",
            before,
            taskScheduledEventDetails={
                **LAMBDA,
                "region": "eu-west-1",
                "parameters": f'{{"FunctionName":"{ARN}"}}',
            },
        )
        return self._add(
            seconds, "TaskStarted", scheduled, taskStartedEventDetails=dict(LAMBDA)
        )

    def succeed(self, seconds: float, started: int, output: str = "{}") -> int:
        """The function answered."""
        details = {**LAMBDA, "output": output}
        return self._add(
            seconds, "TaskSucceeded", started, taskSucceededEventDetails=details
        )

    def fail(self, seconds: float, started: int, error: str, cause: str = "") -> int:
        """The function, or the call of it, failed."""
        details = {**LAMBDA, "error": error, "cause": cause}
        return self._add(seconds, "TaskFailed", started, taskFailedEventDetails=details)

    def time_out(self, seconds: float, started: int) -> int:
        """Step Functions gave up waiting for the function."""
        details = {**LAMBDA, "error": "States.Timeout"}
        return self._add(
            seconds, "TaskTimedOut", started, taskTimedOutEventDetails=details
        )

    def end(self, seconds: float, how: str, before: int, **details: str) -> int:
        """The execution ended, as ``Succeeded``, ``Failed``, ``Aborted`` or ``TimedOut``."""
        name = f"execution{how}EventDetails"
        return self._add(seconds, f"Execution{how}", before, **{name: details})
