"""
The state machine run by two interpreters that know nothing of each other.

ministack calls a function of its own process through the Lambda runtime's client; moto
calls it in this one. Both report an error as Lambda does: by the name of its class.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

import fake_function
from hyperframes_dist.aws.retries import retriers
from hyperframes_dist.aws.state_machine import (
    UNLISTED_ERROR,
    check_execution_input,
    state_machine,
)
from ministack import REGION, ROLE, Ministack, ministack_python, run_execution

Run = Callable[..., dict[str, Any]]
BOOTSTRAP = """#!/bin/sh
exec {python} -m awslambdaric fake_function.handler
"""


def definition(function_arn: str) -> dict[str, Any]:
    # Each call at once is a process of its own on ministack.
    return state_machine(function_arn, max_concurrency=3)


def only_its_end(function_arn: str) -> dict[str, Any]:
    """The machine from where an error was caught."""
    return {**definition(function_arn), "StartAt": "TellError"}


@pytest.fixture(scope="module")
def on_ministack(cache, tmp_path_factory) -> Iterator[Run]:
    """How to run the machine on ministack."""
    folder = tmp_path_factory.mktemp("ministack")
    code = folder / "code"
    code.mkdir()
    python = ministack_python(cache)
    (code / "bootstrap").write_text(BOOTSTRAP.format(python=python))
    source = Path(fake_function.__file__)
    (code / source.name).write_bytes(source.read_bytes())
    env = {"FAKE_FUNCTION_ERRORS": str(fake_function.ERRORS)}
    with Ministack(python, folder) as aws:
        function = aws.create_function("render", code, env)
        machine = aws.create_machine("render", definition(function))
        ending = aws.create_machine("ending", only_its_end(function))
        yield lambda text, *, end=False: aws.run(ending if end else machine, text)


@pytest.fixture
def on_moto(monkeypatch) -> Iterator[Run]:
    """How to run the machine on moto."""
    monkeypatch.setattr(LambdaSimpleBackend, "invoke", invoke)
    no_wait = types.SimpleNamespace(sleep=lambda _: None)
    monkeypatch.setattr(retrier_decl, "time", no_wait)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    parts = {"execute_state_machine": True}
    with mock_aws(config={"lambda": {"use_docker": False}, "stepfunctions": parts}):
        client = boto3.client("stepfunctions", region_name=REGION)
        function = create_function()

        def execute(text: str, *, end: bool = False) -> dict[str, Any]:
            made = (only_its_end if end else definition)(function)
            machine = client.create_state_machine(
                name=f"render-{end}", definition=json.dumps(made), roleArn=ROLE
            )
            return run_execution(client, machine["stateMachineArn"], text, 60)

        yield execute


def create_function() -> str:
    trusted = {"Service": "lambda.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    role = boto3.client("iam", region_name=REGION).create_role(
        RoleName="render",
        AssumeRolePolicyDocument=json.dumps({"Statement": [statement]}),
    )["Role"]["Arn"]
    return boto3.client("lambda", region_name=REGION).create_function(
        FunctionName="render",
        Runtime="python3.13",
        Role=role,
        Handler="fake_function.handler",
        Code={"ZipFile": b"none"},
    )["FunctionArn"]


def invoke(
    _: LambdaSimpleBackend,
    function_name: str,
    qualifier: str | None,
    body: Any,
    headers: Any,
    response_headers: Any,
) -> bytes:
    """Call the function here, and report its error as Lambda does."""
    try:
        answer = fake_function.handler(json.loads(body), None)
    except Exception as error:  # noqa: BLE001 - Lambda reports every class alike.
        response_headers["x-amz-function-error"] = "Unhandled"
        answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
    return json.dumps(answer).encode()


@pytest.fixture(params=["on_ministack", "on_moto"])
def run(request, tmp_path) -> Run:
    """Run the machine for so many chunks with such faults; the ended execution."""
    execute = request.getfixturevalue(request.param)
    (tmp_path / "calls").mkdir()

    def run_it(chunks: int, faults: dict[str, list[str]], **config: Any) -> Any:
        (tmp_path / "faults.json").write_text(json.dumps(faults))
        store = f"s3://fake{tmp_path}"
        value = {
            "StoreS3Uri": store,
            "ProjectS3Uri": f"{store}/sites/0/project.tar",
            "Config": {"chunks": chunks, **config},
        }
        return execute(check_execution_input(value))

    return run_it


def tries(folder: Path) -> dict[str, int]:
    return {name: len(events) for name, events in fake_function.calls(folder).items()}


@pytest.mark.parametrize("chunks", [1, 3])
def test_a_render_from_start_to_end(run, tmp_path, chunks):
    """Each chunk is rendered once, by address and hash; the output is what was made."""
    done = run(chunks, {})

    assert "SUCCEEDED" == done["status"], done
    output = json.loads(done["output"])
    events = fake_function.calls(tmp_path)
    store = f"s3://fake{tmp_path}"
    assert {"Plan", "Chunks", "Output"} == set(output)
    assert list(range(chunks)) == [row["ChunkIndex"] for row in output["Chunks"]]
    assert f"{store}/outputs/{'a' * 64}/output.mp4" == output["Output"]["OutputS3Uri"]
    assert chunks == output["Plan"]["ChunkCount"]
    (planned,) = events.pop("plan")
    notes = {"Execution": planned["Execution"], "Attempt": 0}
    assert {
        "Action": "plan",
        "StoreS3Uri": store,
        "ProjectS3Uri": f"{store}/sites/0/project.tar",
        "Config": {"chunks": chunks},
        **notes,
    } == planned
    hashed = {"StoreS3Uri": store, "PlanHash": "a" * 64, **notes}
    assert [{"Action": "assemble", **hashed}] == events.pop("assemble")
    assert {
        f"renderChunk {i}": [{"Action": "renderChunk", "ChunkIndex": i, **hashed}]
        for i in range(chunks)
    } == events


@pytest.mark.parametrize("faults", [[], ["TransportError"], ["EncodeError"] * 9])
def test_the_sound_is_mixed_beside_the_chunks(run, tmp_path, faults):
    """Where something is heard; what cannot be mixed there is left to who joins."""
    done = run(2, {"mixSound": faults}, audio=True)

    assert "SUCCEEDED" == done["status"], done
    (event, *_) = fake_function.calls(tmp_path)["mixSound"]
    assert ("a" * 64, "mixSound") == (event["PlanHash"], event["Action"])
    tried = 2 if faults == ["TransportError"] else 1
    expected = {"plan": 1, "mixSound": tried, "assemble": 1}
    assert expected | {f"renderChunk {i}": 1 for i in range(2)} == tries(tmp_path)
    output = json.loads(done["output"])
    assert [0, 1] == [row["ChunkIndex"] for row in output["Chunks"]]


def test_a_passing_fault_heals(run, tmp_path):
    """Whatever can pass is tried again, by its name, and only where it happened."""
    faults = {
        "plan": ["ResolveUnavailableError"],
        "renderChunk 0": ["ChromeCrashError", "StoreDamagedError"],
        "renderChunk 1": ["ChunkUnfinishedError"] * 6,
        "renderChunk 2": [each.errors[0] for each in retriers() if each.attempts],
        "assemble": ["TransportError"],
    }

    done = run(3, faults)

    assert "SUCCEEDED" == done["status"], done
    expected = {"plan": 2, "assemble": 2}
    expected |= {"renderChunk 0": 3, "renderChunk 1": 7, "renderChunk 2": 7}
    assert expected == tries(tmp_path)
    told = [
        event["Attempt"] for event in fake_function.calls(tmp_path)["renderChunk 1"]
    ]
    assert list(range(7)) == sorted(told)


def test_chunks_that_do_not_meet_are_rendered_by_another_plan(run, tmp_path):
    """Once: the plan is replaced by name, its chunks are made, and those are joined."""
    done = run(2, {"assemble": ["SeamError"]})

    assert "SUCCEEDED" == done["status"], done
    assert "e" * 64 == json.loads(done["output"])["Plan"]["PlanHash"]
    expected = {"plan": 1, "walk": 1, "assemble": 2}
    assert expected | {f"renderChunk {i}": 2 for i in range(2)} == tries(tmp_path)
    events = fake_function.calls(tmp_path)
    assert "a" * 64 == events["walk"][0]["PlanHash"]
    hashes = {event["PlanHash"] for event in events["renderChunk 1"]}
    assert {"a" * 64, "e" * 64} == hashes


def test_a_failed_chunk_is_named_and_the_others_finish(run, tmp_path):
    """One try for what cannot pass; nothing is assembled from what is not whole."""
    faults = {"renderChunk 1": ["PageError"] * 9, "renderChunk 3": ["NoSuchClass"] * 9}

    done = run(4, faults)

    assert ("FAILED", "ChunksFailed") == (done["status"], done["error"])
    assert done["cause"].startswith("chunks [1,3] of 4 failed with "), done["cause"]
    assert '["PageError","NoSuchClass"]' in done["cause"]
    assert {"plan": 1, **{f"renderChunk {i}": 1 for i in range(4)}} == tries(tmp_path)


def test_tries_end(run, tmp_path):
    """A chunk whose browser always dies fails after its fifth try, by that name."""
    done = run(1, {"renderChunk 0": ["ChromeCrashError"] * 9})

    assert ("FAILED", "ChunksFailed") == (done["status"], done["error"])
    assert 'chunks [0] of 1 failed with ["ChromeCrashError"]' in done["cause"]
    assert {"plan": 1, "renderChunk 0": 5} == tries(tmp_path)


@pytest.mark.parametrize("action", ["plan", "assemble"])
def test_a_failed_stage_ends_with_its_own_error(run, tmp_path, action):
    """The class and the message are those of the library."""
    done = run(1, {action: ["StoreMissingError"] * 9})

    assert ("FAILED", "StoreMissingError") == (done["status"], done["error"])
    assert "s3://fake/x: nothing is there" in done["cause"]
    assert 1 == tries(tmp_path)[action]


def test_more_than_forty_chunks_go_through_the_distributed_map(run, tmp_path):
    """A failed one among them is named, a healed one is not."""
    faults = {"renderChunk 40": ["EncodeError"], "renderChunk 7": ["ChromeLaunchError"]}
    faults["renderChunk 5"] = ["NoSuchClass"]

    done = run(41, faults)

    assert ("FAILED", "ChunksFailed") == (done["status"], done["error"])
    assert done["cause"].startswith("chunks [5,40] of 41 failed with ")
    assert f'["{UNLISTED_ERROR}","EncodeError"]' in done["cause"]
    assert 2 == tries(tmp_path)["renderChunk 7"]
    assert {f"renderChunk {i}" for i in range(41)} <= tries(tmp_path).keys()


@pytest.mark.parametrize(
    ("chunks", "error", "words"),
    [(0, "NoChunks", "no chunk"), (1001, "TooManyChunks", "1001 chunks, at most 1000")],
)
def test_a_plan_that_cannot_be_run_fails_before_any_chunk(
    run, tmp_path, chunks, error, words
):
    """The cause says how many there are and how many there may be."""
    done = run(chunks, {})

    assert ("FAILED", error) == (done["status"], done["error"])
    assert words in done["cause"]
    assert {"plan": 1} == tries(tmp_path)


def test_a_killed_function_is_tried_again(on_ministack, tmp_path):
    """A function that dies, as for lack of memory, is started anew: twice, no more."""
    (tmp_path / "calls").mkdir()
    faults = {"renderChunk 0": ["Runtime.ExitError"] * 2}
    faults["renderChunk 1"] = ["Runtime.ExitError"] * 9
    (tmp_path / "faults.json").write_text(json.dumps(faults))
    value = {"StoreS3Uri": f"s3://fake{tmp_path}", "ProjectS3Uri": "s3://fake/site"}

    done = on_ministack(check_execution_input({**value, "Config": {"chunks": 2}}))

    assert 'chunks [1] of 2 failed with ["Runtime.ExitError"]' in done["cause"]
    assert {"plan": 1, "renderChunk 0": 3, "renderChunk 1": 3} == tries(tmp_path)


@pytest.mark.parametrize("engine", ["on_ministack", "on_moto"])
@pytest.mark.parametrize(
    "caught",
    [
        {"Error": "States.Timeout"},
        {"Error": "States.ParameterPathFailure", "Cause": "x"},
    ],
)
def test_an_error_of_step_functions_is_told_whole(request, engine, caught):
    """Its name is reserved and its cause may be missing; neither is a second error."""
    done = request.getfixturevalue(engine)(json.dumps(caught), end=True)

    assert ("FAILED", "StepFunctionsFailed") == (done["status"], done["error"])
    assert caught == json.loads(done["cause"])
