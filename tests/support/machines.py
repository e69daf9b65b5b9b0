"""
A state machine in an emulator whose function is this process: it does what it is asked.

Of its calls some are told to end otherwise: refused before anything is done, or lost with
the process after all is.
"""

from __future__ import annotations

import io
import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import attrs

import hyperframes_dist as hf
from cloud import create_function, served
from hyperframes_dist.aws import AwsClient, AwsEngine, Stack
from hyperframes_dist.aws._cloud.session import Cloud, Services
from hyperframes_dist.aws._function.host import Host
from hyperframes_dist.aws.state_machine import state_machine
from hyperframes_dist.transport import Transport, open_transport
from ministack import Ministack

SECONDS = 60
"""What a call of the function may take."""
Harm = Literal["refused", "lost"]


class Context:
    """What the function is told of its own time."""

    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        """All of it."""
        return SECONDS * 1000


@attrs.define
class HostFunction:
    """
    What a stack's function does, in this process; each call in a place of its own.

    Attributes:
        renderer: What draws.
        runtime: The page runtime's file.
        store: Where all is put.
        folder: Where calls have their places.
        harms: What happens to which call, counted from 0.
        gates: None; what it does is not held back.
    """

    renderer: hf.Renderer
    runtime: Path
    store: Transport
    folder: Path
    harms: dict[int, Harm] = attrs.field(factory=dict)
    gates: Mapping[Any, threading.Event] = attrs.field(factory=dict, init=False)
    _calls: Iterator[int] = attrs.field(factory=itertools.count, init=False)

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """What one event comes to, as `relay` reads it."""
        number = next(self._calls)
        harm = self.harms.get(number)
        if harm == "refused":
            return {"error": "TransportError", "message": "it was told to fail"}
        try:
            made = self._host(number).handle(event, Context())
        except Exception as error:  # noqa: BLE001 - Lambda reports every class alike.
            return {"error": type(error).__name__, "message": str(error)}
        return {"dies": True} if harm == "lost" else {"result": made}

    def _host(self, number: int) -> Host:
        return Host(
            renderer=self.renderer,
            runtime=self.runtime,
            buckets=frozenset({self.store.url.split("/")[2]}),
            folder=self.folder / f"work-{number}",
            stream=io.StringIO(),
            open=lambda _: self.store,
        )


@contextmanager
def machine(
    aws: Ministack,
    folder: Path,
    renderer: hf.Renderer,
    runtime: Path,
    harms: dict[int, Harm],
) -> Iterator[AwsEngine]:
    """An engine over a stack of *aws*, whose function works in *folder*."""
    name = folder.name
    aws.client("s3").create_bucket(Bucket=name)
    store = open_transport(f"s3://{name}/root", client=aws.client("s3"))
    function = HostFunction(renderer, runtime, store, folder, harms)
    with served(function) as url:
        arn = create_function(aws, name, url, folder)
        made = aws.create_machine(name, state_machine(arn, max_concurrency=2))
        stack = Stack(state_machine=made, store=store.url, function=arn)
        names = ("stepfunctions", "lambda", "s3")
        services = Services(clients={each: aws.client(each) for each in names})
        yield AwsEngine(AwsClient(Cloud(stack=stack, services=services, store=store)))
