"""
Executions as Step Functions keeps them: described, listed, with all their events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ...errors import CloudError, InputError
from .session import Cloud, ask, pages
from .values import Render, Status

_STATUS: Mapping[str, Status] = MappingProxyType(
    {
        "RUNNING": "running",
        "PENDING_REDRIVE": "running",
        "SUCCEEDED": "succeeded",
        "FAILED": "failed",
        "TIMED_OUT": "timed_out",
        "ABORTED": "cancelled",
    }
)


def describe(cloud: Cloud, render: Render) -> Mapping[str, Any]:
    """
    What the service says of *render*: status, input, output, times.

    Raises:
        InputError: The stack has no such render.
        CloudError: The service refused.
    """
    call = cloud.services["stepfunctions"].describe_execution
    try:
        row: Mapping[str, Any] = ask(call, executionArn=render.execution)
    except CloudError as error:
        if error.code != "ExecutionDoesNotExist":
            raise
        raise InputError(
            f"there is no render {render.name!r} in this stack; renders are remembered "
            "for 90 days after they end"
        ) from None
    return row


def status_of(row: Mapping[str, Any]) -> Status:
    """How the execution described by *row* stands."""
    return _STATUS.get(row["status"], "running")


def read_object(text: str | bytes | None) -> Mapping[str, Any]:
    """The JSON object in *text*; an empty one if there is none."""
    try:
        value = json.loads(text or "{}")
    except (ValueError, TypeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def events_of(cloud: Cloud, execution: str) -> Iterator[Mapping[str, Any]]:
    """All events of *execution*, oldest first."""
    call = cloud.services["stepfunctions"].get_execution_history
    return pages(
        call,
        "events",
        executionArn=execution,
        maxResults=1000,
        includeExecutionData=True,
    )


def map_runs_of(cloud: Cloud, execution: str) -> Iterator[str]:
    """ARNs of the distributed maps of *execution*."""
    call = cloud.services["stepfunctions"].list_map_runs
    for row in pages(call, "mapRuns", executionArn=execution):
        yield row["mapRunArn"]


def count_children(cloud: Cloud, execution: str) -> int:
    """How many children the distributed maps of *execution* have started."""
    call, total = cloud.services["stepfunctions"].describe_map_run, 0
    for run in map_runs_of(cloud, execution):
        counts = ask(call, mapRunArn=run)["executionCounts"]
        total += counts["total"] - counts["pending"]
    return total


def children_of(cloud: Cloud, execution: str) -> Iterator[str]:
    """ARNs of the executions the distributed maps of *execution* have started."""
    call = cloud.services["stepfunctions"].list_executions
    for run in map_runs_of(cloud, execution):
        for row in pages(call, "executions", mapRunArn=run, maxResults=1000):
            yield row["executionArn"]
