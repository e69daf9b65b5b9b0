"""What a render cost: every attempt, by the function's real size, at prices one can change."""

from __future__ import annotations

import json

import attrs
import boto3
import pytest
from botocore.stub import Stubber

from histories import Story, at
from hyperframes_dist.aws import PRICES, Prices, Render, Stack, Usage, price
from hyperframes_dist.aws._cloud.cost import render_cost
from hyperframes_dist.aws._cloud.history import read_history
from hyperframes_dist.aws._cloud.session import Cloud, Services
from hyperframes_dist.transport import open_transport

MACHINE = "arn:aws:states:{region}:123456789012:stateMachine:render"
RENDER = Render(name="film", execution="arn:aws:states:x:123456789012:execution:m:film")
PLAN = json.dumps({"Payload": {"PlanHash": "a", "ContentHash": "b", "TotalFrames": 9}})


def client(service: str):
    return boto3.client(
        service,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def cost_of(
    *stories: Story,
    status: str = "SUCCEEDED",
    region: str = "eu-west-1",
    page: int = 1000,
    prices: Prices | None = None,
    arm: bool = False,
    place: str = "/nowhere",
):
    """The cost of a render with the history of the first story, and children of the rest."""
    states, functions = client("stepfunctions"), client("lambda")
    machine = MACHINE.format(region=region)
    described = {
        "executionArn": RENDER.execution,
        "stateMachineArn": machine,
        "status": status,
        "startDate": at(0),
    }
    size = {
        "MemorySize": 2048,
        "EphemeralStorage": {"Size": 2560},
        "Timeout": 900,
        "Architectures": ["arm64" if arm else "x86_64"],
    }
    with Stubber(states) as stub, Stubber(functions) as lambdas:
        stub.add_response("describe_execution", described)
        lambdas.add_response(
            "get_function_configuration", size, {"FunctionName": "render"}
        )
        add_history(stub, RENDER.execution, stories[0], page)
        runs = [{"mapRunArn": f"{machine}/Map:1", "executionArn": RENDER.execution}]
        row = {"stateMachineArn": machine, "startDate": at(1)}
        stub.add_response(
            "list_map_runs", {"mapRuns": [r | row for r in runs[: len(stories) - 1]]}
        )
        if children := stories[1:]:
            names = [f"{RENDER.execution}:{i}" for i in range(len(children))]
            more = {"status": "SUCCEEDED", "name": "x", **row}
            rows = [{"executionArn": name, **more} for name in names]
            stub.add_response(
                "list_executions", {"executions": rows[:1], "nextToken": "t"}
            )
            add_history(stub, names[0], children[0], page)
            stub.add_response("list_executions", {"executions": rows[1:]})
            for name, story in zip(names[1:], children[1:], strict=True):
                add_history(stub, name, story, page)
        services = Services(clients={"stepfunctions": states, "lambda": functions})
        stack = Stack(state_machine=machine, store="s3://bucket", function="render")
        store = open_transport(f"file://{place}")
        cost = render_cost(
            Cloud(stack=stack, services=services, store=store), RENDER, prices
        )
        stub.assert_no_pending_responses()
    return cost


def add_history(stub: Stubber, arn: str, story: Story, page: int) -> None:
    rows = story.events
    for start in range(0, len(rows), page):
        answer = {"events": rows[start : start + page]}
        if start + page < len(rows):
            answer["nextToken"] = str(start + page)
        wanted = {"executionArn": arn, "maxResults": 1000, "includeExecutionData": True}
        if start:
            wanted["nextToken"] = str(start)
        stub.add_response("get_execution_history", answer, wanted)


def plain(seconds: float = 10) -> Story:
    """One call that succeeds."""
    story = Story()
    entered = story.enter(1, "Plan", 1)
    done = story.succeed(2 + seconds, story.call(2, entered), PLAN)
    story.end(3 + seconds, "Succeeded", done)
    return story


def test_a_call_costs_its_time_and_memory():
    """Ten seconds of two GB, and two GB of disk over what is free."""
    cost = cost_of(plain())

    assert 20 == pytest.approx(cost.usage.gb_seconds)
    assert 20 == pytest.approx(cost.usage.storage_gb_seconds)
    assert 20 * 0.0000166667 == pytest.approx(cost.compute)
    assert 20 * 0.0000000309 == pytest.approx(cost.storage)
    assert 1 == cost.usage.transitions
    assert (1, 1, 0) == (cost.attempts, cost.usage.requests, cost.failed)
    assert not cost.estimated


def test_attempts_that_failed_are_in_the_sum():
    """Two chunks at once, one tried three times: each try is paid for, and is a transition."""
    story = Story()
    chunks = story.enter(1, "RenderChunks", 1, "Map")
    one = story.call(2, story.enter(1, "RenderChunk", chunks))
    other = story.call(2, story.enter(1, "RenderChunk", chunks))
    story.fail(5, one, "ChromeCrashError", '{"errorMessage":"it died","stackTrace":[]}')
    again = story.call(7, one + 2)
    story.succeed(12, other)
    story.fail(8, again, "ChromeCrashError")
    last = story.call(10, again + 2)
    end = story.succeed(20, last)
    story.end(21, "Succeeded", end)

    cost = cost_of(story)
    history = read_history(story.events)

    assert 3 + 10 + 1 + 10 == pytest.approx(cost.usage.seconds)
    assert (4, 4, 2) == (cost.attempts, cost.usage.requests, cost.failed)
    assert 3 + 2 == cost.usage.transitions
    assert ["it died", ""] == [fault.reason for fault in history.faults]
    assert {"RenderChunk"} == {attempt.where for attempt in history.attempts}


def test_a_call_that_timed_out_is_paid_to_its_own_end():
    """Nobody saw the function stop: it is priced up to its timeout, and said so."""
    story = Story()
    entered = story.enter(1, "RenderChunk", 1)
    first = story.call(2, entered)
    late = story.time_out(62, first)
    end = story.succeed(110, story.call(100, late))
    story.end(111, "Succeeded", end)

    cost = cost_of(story)

    assert 900 + 10 == pytest.approx(cost.usage.seconds)
    assert (2, 1) == (cost.attempts, cost.failed)
    assert cost.estimated
    assert "timeout" in cost.notes[0]


def test_a_function_that_ran_into_its_timeout_is_paid_as_seen():
    """Lambda itself ended it, and its end is in the history."""
    story = Story()
    started = story.call(2, story.enter(1, "RenderChunk", 1))
    end = story.fail(902, started, "Sandbox.Timedout", "timed out after 900.00 seconds")
    story.end(903, "Failed", end, error="Sandbox.Timedout")

    cost = cost_of(story, status="FAILED")

    assert 900 == pytest.approx(cost.usage.seconds)
    assert (1, 1) == (cost.attempts, cost.failed)
    assert not cost.estimated


def test_a_call_nobody_waited_for_is_paid():
    """A render that was stopped leaves calls running."""
    story = Story()
    story.call(2, story.enter(1, "RenderChunk", 1))
    story.end(5, "Aborted", 0, error="Cancelled")

    cost = cost_of(story, status="ABORTED")

    assert 900 == pytest.approx(cost.usage.seconds)
    assert cost.estimated


def test_a_call_that_was_throttled_costs_nothing():
    """No function ran; the further try is a transition."""
    story = Story()
    entered = story.enter(1, "RenderChunk", 1)
    refused = story.fail(
        3, story.call(2, entered), "Lambda.TooManyRequestsException", "Rate Exceeded."
    )
    end = story.succeed(9, story.call(5, refused))
    story.end(10, "Succeeded", end)

    cost = cost_of(story)

    assert 4 == pytest.approx(cost.usage.seconds)
    assert (2, 1, 1) == (cost.attempts, cost.usage.requests, cost.failed)
    assert 2 == cost.usage.transitions


def test_histories_are_read_to_their_end():
    """However many pages and child executions there are."""
    cost = cost_of(plain(), plain(5), plain(7), page=2)

    assert 10 + 5 + 7 == pytest.approx(cost.usage.seconds)
    assert 3 == cost.attempts
    # Each child's start is one more.
    assert 3 + 2 == cost.usage.transitions


def test_a_history_without_a_thread_gives_the_same_sum():
    """An emulator does not say which event came before which."""
    story = Story()
    one = story.call(2, story.enter(1, "RenderChunk", 1))
    other = story.call(3, story.enter(1, "RenderChunk", 1))
    story.succeed(10, other)
    story.succeed(20, one)
    bare = [
        {name: v for name, v in row.items() if name != "previousEventId"}
        for row in story.events
        if row["type"] != "TaskStarted"
    ]

    total = sum(
        (a.stopped - a.started).total_seconds() for a in read_history(bare).attempts
    )

    assert (10 - 2.95) + (20 - 1.95) == pytest.approx(total)


def test_a_region_without_prices_is_an_estimate():
    """Priced as another region, and said so."""
    cost = cost_of(plain(), region="mx-central-1")

    assert cost.estimated
    assert "mx-central-1" in cost.notes[0]
    assert "mx-central-1" == cost.prices.region


def test_prices_can_be_the_callers():
    """A contract's prices instead of the list's; arm64 has its own."""
    mine = attrs.evolve(PRICES["eu-west-1"], gb_second=1.0, gb_second_arm=0.5)

    assert 20 == pytest.approx(cost_of(plain(), prices=mine).compute)
    assert 10 == pytest.approx(cost_of(plain(), prices=mine, arm=True).compute)


def test_a_minute_of_the_largest_function():
    """Ten GB for five minutes is five cents, before disk, calls and transitions."""
    usage = Usage(seconds=300, requests=1, memory_mb=10_240)

    assert 0.05 == pytest.approx(price(usage, Prices()).compute, rel=1e-3)


@pytest.mark.parametrize("region", PRICES)
def test_prices_are_dated_and_complete(region):
    """A row has no price of zero, and none that is off by a thousand."""
    row = PRICES[region]

    assert (region, 10) == (row.region, len(row.date))
    assert 1e-5 < row.gb_second < 3e-5
    assert row.gb_second_arm < row.gb_second
    assert 2e-5 < row.transition < 4e-5
    assert row.get < row.put < row.transition
