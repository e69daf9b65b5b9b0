"""
The whole adapter on one machine: real S3, real state machine, the real ZIP in a sandbox.

SeaweedFS holds everything, ministack interprets the state machine and starts functions,
and a function is the unzipped deployment ZIP in `lambda_box`'s read-only root, asked
through Lambda's own runtime client. What is not here is Amazon: its permissions, limits,
throttling and cold starts.
"""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from hyperframes_dist.aws.state_machine import check_execution_input, state_machine
from hyperframes_dist.transport import Transport, open_transport
from lambda_box import LambdaBox
from ministack import Ministack, ministack_python
from seaweed import S3Server

HANDLER = "hyperframes_dist.aws.handler.handler"
BUCKET = "renders-1"
STORE = f"s3://{BUCKET}/team"
_API = "AWS_LAMBDA_RUNTIME_API"
_TMP = 3 << 30


@attrs.frozen
class AwsStack:
    """
    A stack that runs.

    Attributes:
        emulator: Step Functions and Lambda.
        machine: The state machine's ARN.
        store: The store, as the client sees it.
    """

    emulator: Ministack
    machine: str
    store: Transport

    def run(
        self, project_uri: str, config: Mapping[str, Any], seconds: float = 300
    ) -> dict[str, Any]:
        """One execution from start to end, as Step Functions describes it."""
        text = check_execution_input(
            {"StoreS3Uri": STORE, "ProjectS3Uri": project_uri, "Config": dict(config)}
        )
        return self.emulator.run(self.machine, text, seconds=seconds)


def write_bootstrap(folder: Path, task: Path, env: Mapping[str, str]) -> Path:
    """A function's code that runs *task*, an unzipped deployment ZIP, in the sandbox."""
    box = LambdaBox(task=task, tmp_size=_TMP, network=True, env=env)
    line = shlex.join(box.runtime(_API, HANDLER))
    # What the sandbox asks is told to the bootstrap when it starts.
    line = line.replace(f"{_API} {_API}", f'{_API} "${_API}"')
    folder.mkdir()
    (folder / "bootstrap").write_text(f"#!/bin/sh\nexec {line}\n")
    return folder


@contextlib.contextmanager
def aws_stack(
    folder: Path, cache: Path, task: Path, seaweed: S3Server, *, concurrency: int = 2
) -> Iterator[AwsStack]:
    """A stack whose function is *task*; at most *concurrency* chunks at once."""
    seaweed.client().create_bucket(Bucket=BUCKET)
    env = {**seaweed.environment(), "HYPERFRAMES_DIST_BUCKETS": BUCKET}
    code = write_bootstrap(folder / "code", task, env)
    with Ministack(ministack_python(cache), folder) as emulator:
        function = emulator.create_function("render", code, {}, timeout=300)
        definition = state_machine(function, max_concurrency=concurrency)
        machine = emulator.create_machine("render", definition)
        store = open_transport(STORE, client=seaweed.client())
        yield AwsStack(emulator, machine, store)


def output_of(execution: Mapping[str, Any]) -> dict[str, Any]:
    """The output of an *execution* that succeeded."""
    assert execution["status"] == "SUCCEEDED", execution
    return dict(json.loads(execution["output"]))
