"""The door to boto3: clients for where a stack lies, refusals in our own words."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
)

from hyperframes_dist.aws import Stack
from hyperframes_dist.aws._cloud.session import Services, ask, open_session, pages
from hyperframes_dist.errors import CloudError, CloudUnavailableError, InputError

MACHINE = "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:films"


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")


def presigned(region: str) -> str:
    client = Services(region=region)["s3"]
    what = {"Bucket": "films", "Key": "k"}
    return client.generate_presigned_url("get_object", Params=what)


def test_an_address_is_signed_for_the_buckets_own_region():
    """One for another host would be redirected, and then be signed for the wrong one."""
    url = presigned("eu-west-1")

    assert url.startswith("https://films.s3.eu-west-1.amazonaws.com/k?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url


def test_another_server_is_asked_by_path(monkeypatch):
    """It has no host for each bucket."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://storage.internal:9000")

    assert presigned("eu-west-1").startswith("http://storage.internal:9000/films/k?")


def refuse(code: str, status: int = 400):
    facts = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }

    def start_execution() -> None:
        raise ClientError(facts, "StartExecution")

    return start_execution


@pytest.mark.parametrize(
    ("code", "status", "retryable"),
    [
        ("AccessDeniedException", 400, False),
        ("ThrottlingException", 400, True),
        ("ExecutionLimitExceeded", 400, True),
        ("Whatever", 503, True),
    ],
)
def test_a_refusal_says_whether_to_ask_again(code, status, retryable):
    """By its class, as every error here does."""
    with pytest.raises(CloudError, match=f"start_execution: {code}: no") as caught:
        ask(refuse(code, status))

    assert (code, retryable) == (caught.value.code, caught.value.retryable)


def test_no_answer_may_come_later_and_no_credentials_do_not():
    """Neither is a traceback of boto3's."""

    def silent() -> None:
        raise EndpointConnectionError(endpoint_url="https://states.example")

    def unknown() -> None:
        raise NoCredentialsError

    with pytest.raises(CloudUnavailableError):
        ask(silent)
    with pytest.raises(CloudError, match="NoCredentials") as caught:
        ask(unknown)
    assert not caught.value.retryable


def test_pages_are_asked_for_until_there_are_none():
    """The last one has no token."""
    asked = []

    def list_things(**arguments):
        asked.append(arguments)
        number = len(asked)
        return {"things": [number], "nextToken": f"t{number}" if number < 3 else ""}

    assert [1, 2, 3] == list(pages(list_things, "things", of="x"))
    assert [{}, {"nextToken": "t1"}, {"nextToken": "t2"}] == [
        {k: v for k, v in row.items() if k != "of"} for row in asked
    ]


def test_a_stack_knows_where_its_renders_are():
    """In its own partition, region and account."""
    stack = Stack(state_machine=MACHINE, store="s3://films")

    assert "cn-north-1" == stack.region
    assert "arn:aws-cn:states:cn-north-1:123456789012:execution:films:x" == (
        stack.execution("x")
    )


@pytest.mark.parametrize(
    ("machine", "store", "why"),
    [
        ("films", "s3://films", "not a state machine's ARN"),
        (MACHINE, "films", "not like 's3://bucket/root'"),
    ],
)
def test_what_is_no_stack_is_refused(machine, store, why):
    """When it is named, not when it is first used."""
    with pytest.raises(InputError, match=why):
        Stack(state_machine=machine, store=store)


def test_an_unknown_profile_is_said():
    """In one line."""
    with pytest.raises(InputError, match="nobody"):
        open_session(profile="nobody")
