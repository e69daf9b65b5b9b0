"""
Stacks as CloudFormation keeps them: read, created, updated, deleted, waited for.

Knows no template; what a stack is made of is handed in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import CloudError, InputError
from ...progress import Control
from .session import Services, Stack, ask

DEFAULT_STACK = "hyperframes-dist"
"""What a stack is called unless its owner says otherwise."""

_BUSY = "_IN_PROGRESS"
# Such a stack was never whole; CloudFormation takes nothing for it but its deletion.
_STILLBORN = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"})
_GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
_OUTPUTS = ("StateMachineArn", "StoreS3Uri", "FunctionArn")

OnStatus = Callable[[str], None]
"""Called with the stack's status whenever it has changed."""


def find_stack(services: Services, name: str) -> Stack:
    """
    The stack called *name*, as its outputs describe it.

    Raises:
        InputError: No stack is called so, or the one that is is not one of ours.
        CloudError: The service refused.
    """
    row = describe_stack(services, name)
    if row is None:
        raise InputError(
            f"there is no stack {name!r} in {services.region}; deploy it first, or name "
            "its region"
        )
    outputs = {o["OutputKey"]: o["OutputValue"] for o in row.get("Outputs") or ()}
    missing = [key for key in _OUTPUTS if key not in outputs]
    if missing:
        status = row["StackStatus"]
        raise InputError(
            f"stack {name!r} ({status}) has no output {', '.join(missing)}"
        )
    return Stack(
        name=name,
        state_machine=outputs["StateMachineArn"],
        store=outputs["StoreS3Uri"],
        function=outputs["FunctionArn"],
    )


def describe_stack(services: Services, name: str) -> Mapping[str, Any] | None:
    """What CloudFormation says of the stack called *name*; None if there is none."""
    call = services["cloudformation"].describe_stacks
    try:
        rows = ask(call, StackName=name)["Stacks"]
    except CloudError as error:
        if error.code == "ValidationError" and "does not exist" in error.reason:
            return None
        raise
    return rows[0] if rows else None


def put_stack(
    services: Services,
    name: str,
    template: Mapping[str, Any],
    parameters: Mapping[str, str],
    *,
    control: Control,
    on_status: OnStatus | None = None,
) -> None:
    """
    Create the stack called *name*, or update it, and wait for it.

    Raises:
        CloudError: The stack could not be made; the message is that of the first part that
            failed. A new stack is then gone again, an old one as it was.
        Cancelled, DeadlineExceeded: Nobody waits any more; CloudFormation goes on.
    """
    before = describe_stack(services, name)
    if before is not None and before["StackStatus"] in _STILLBORN:
        drop_stack(services, name, control=control, on_status=on_status)
        before = None
    arguments = {
        "StackName": name,
        "TemplateBody": json.dumps(template, separators=(",", ":")),
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in parameters.items()
        ],
        "Capabilities": ["CAPABILITY_IAM"],
    }
    client = services["cloudformation"]
    if before is None:
        ask(client.create_stack, **arguments)
    elif not _update(client, arguments):
        return
    status = wait_for_stack(services, name, control=control, on_status=on_status)
    if status not in _GOOD:
        raise CloudError("deploy", status or "GONE", _first_failure(services, name))


def _update(client: Any, arguments: dict[str, Any]) -> bool:
    """Begin an update; whether there is anything to update."""
    try:
        ask(client.update_stack, **arguments)
    except CloudError as error:
        if "No updates are to be performed" in error.reason:
            return False
        raise
    return True


def drop_stack(
    services: Services,
    name: str,
    *,
    control: Control,
    on_status: OnStatus | None = None,
) -> None:
    """
    Delete the stack called *name*, and wait for that.

    Raises:
        CloudError: A part of it could not be deleted.
    """
    ask(services["cloudformation"].delete_stack, StackName=name)
    status = wait_for_stack(services, name, control=control, on_status=on_status)
    if status not in {None, "DELETE_COMPLETE"}:
        raise CloudError("destroy", str(status), _first_failure(services, name))


def wait_for_stack(
    services: Services,
    name: str,
    *,
    control: Control,
    on_status: OnStatus | None = None,
) -> str | None:
    """The status of the stack called *name* once it does not change; None if it is gone."""
    told = None
    while True:
        control.check()
        row = describe_stack(services, name)
        status = None if row is None else str(row["StackStatus"])
        if status is not None and status != told and on_status is not None:
            on_status(status)
        told = status
        # An update that succeeded still removes what it replaced.
        if status is None or not status.endswith(_BUSY) or "CLEANUP" in status:
            return None if status is None else status.partition("_CLEANUP")[0]
        control.sleep(3 * services.look_seconds)


def _first_failure(services: Services, name: str) -> str:
    """Why the last change of the stack failed: its first part that did."""
    call, reason = services["cloudformation"].describe_stack_events, ""
    try:
        events = ask(call, StackName=name)["StackEvents"]
    except CloudError as error:
        return error.reason
    # Newest first, back to where the last change began.
    for row in events:
        status = row.get("ResourceStatus", "")
        if status.endswith("_FAILED") and row.get("ResourceStatusReason"):
            part = row.get("LogicalResourceId", "")
            reason = f"{part}: {row['ResourceStatusReason']}"
        began = status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
        if began and row.get("PhysicalResourceId") == row.get("StackId"):
            break
    return reason or "no part of it says why; see its events in CloudFormation"
