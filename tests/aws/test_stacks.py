"""A stack is made, changed and removed by CloudFormation, whose reasons come out."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import ANY, Stubber

from hyperframes_dist.aws._cloud.session import Services
from hyperframes_dist.aws._cloud.stacks import drop_stack, find_stack, put_stack
from hyperframes_dist.errors import CloudError, InputError
from hyperframes_dist.progress import Control

NAME, FREE = "films", Control()
STACK_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/films/1"
OUTPUTS = {
    "StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:films",
    "StoreS3Uri": "s3://films-bucket/root",
    "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:films",
}


@pytest.fixture
def services():
    client = boto3.client(
        "cloudformation",
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    made = Services(clients={"cloudformation": client})
    made.look_seconds = 0.001
    return made


@pytest.fixture
def stub(services):
    with Stubber(services["cloudformation"]) as stub:
        yield stub
        stub.assert_no_pending_responses()


def describe(stub: Stubber, status: str | None, **outputs: str) -> None:
    if status is None:
        text = f"Stack with id {NAME} does not exist"
        stub.add_client_error("describe_stacks", "ValidationError", text, 400)
        return
    rows = [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()]
    row = {"StackName": NAME, "CreationTime": now(), "StackStatus": status}
    stub.add_response("describe_stacks", {"Stacks": [{**row, "Outputs": rows}]})


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


def event(part: str, status: str, reason: str = "") -> dict:
    return {
        "StackId": STACK_ID,
        "EventId": f"{part}-{status}",
        "StackName": NAME,
        "Timestamp": now(),
        "LogicalResourceId": part,
        "PhysicalResourceId": STACK_ID if part == NAME else "x",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def put(services, told=None) -> None:
    put_stack(services, NAME, {}, {"CodeKey": "k"}, control=FREE, on_status=told)


def test_a_stack_is_found_by_its_outputs(services, stub):
    """They are what a client needs to know of it."""
    describe(stub, "UPDATE_COMPLETE", **OUTPUTS)

    stack = find_stack(services, NAME)

    assert ("eu-west-1", "s3://films-bucket/root", NAME) == (
        stack.region,
        stack.store,
        stack.name,
    )
    assert stack.execution("x").endswith(":execution:films:x")


def test_what_is_no_stack_of_ours_is_said(services, stub):
    """Missing, or another one's."""
    describe(stub, None)
    describe(stub, "CREATE_COMPLETE", Bucket="b")

    with pytest.raises(InputError, match="no stack 'films' in eu-west-1"):
        find_stack(services, NAME)
    with pytest.raises(InputError, match="has no output StateMachineArn"):
        find_stack(services, NAME)


def test_a_new_stack_is_waited_for(services, stub):
    """Each status is told once."""
    told = []
    describe(stub, None)
    stub.add_response("create_stack", {"StackId": STACK_ID}, anything())
    for status in ("CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"):
        describe(stub, status)

    put(services, told.append)

    assert ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"] == told


def anything() -> dict:
    fields = ("StackName", "TemplateBody", "Parameters", "Capabilities")
    return dict.fromkeys(fields, ANY)


def test_the_first_part_that_failed_is_named(services, stub):
    """Not those that were cancelled because of it, and not an earlier change's."""
    describe(stub, "UPDATE_COMPLETE")
    stub.add_response("update_stack", {"StackId": STACK_ID}, anything())
    describe(stub, "UPDATE_ROLLBACK_COMPLETE")
    events = [
        event(NAME, "UPDATE_ROLLBACK_COMPLETE"),
        event("Alarm", "UPDATE_FAILED", "Resource update cancelled"),
        event("Function", "UPDATE_FAILED", "the ZIP is too large"),
        event(NAME, "UPDATE_IN_PROGRESS"),
        event("Bucket", "CREATE_FAILED", "of another day"),
    ]
    stub.add_response("describe_stack_events", {"StackEvents": events})

    with pytest.raises(CloudError, match="Function: the ZIP is too large") as caught:
        put(services)

    assert "UPDATE_ROLLBACK_COMPLETE" == caught.value.code


def test_nothing_to_change_is_no_error(services, stub):
    """A deployment can be repeated."""
    describe(stub, "UPDATE_COMPLETE")
    stub.add_client_error(
        "update_stack", "ValidationError", "No updates are to be performed.", 400
    )

    put(services)


def test_a_stack_that_never_was_is_made_anew(services, stub):
    """CloudFormation takes no update for one whose first deployment failed."""
    describe(stub, "ROLLBACK_COMPLETE")
    stub.add_response("delete_stack", {}, {"StackName": NAME})
    describe(stub, "DELETE_IN_PROGRESS")
    describe(stub, None)
    stub.add_response("create_stack", {"StackId": STACK_ID}, anything())
    describe(stub, "CREATE_COMPLETE")

    put(services)


def test_a_stack_that_stays_is_an_error(services, stub):
    """The part that could not be deleted is named."""
    stub.add_response("delete_stack", {}, {"StackName": NAME})
    describe(stub, "DELETE_FAILED")
    failed = [event("MapPolicy", "DELETE_FAILED", "still in use")]
    stub.add_response("describe_stack_events", {"StackEvents": failed})

    with pytest.raises(CloudError, match="MapPolicy: still in use"):
        drop_stack(services, NAME, control=FREE)
