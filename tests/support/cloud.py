"""
Renders on an emulated AWS whose function draws nothing but stores what a real one would.

The function runs in the emulator, by the Lambda runtime's client, and asks the test for
each answer (`relay`); so a test can hold a chunk back, or have it fail by name.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

import attrs

import relay
from hyperframes_dist._model.codec import to_json
from hyperframes_dist._model.frames import FrameRate, split_chunks, split_segments
from hyperframes_dist._model.keys import planned_key
from hyperframes_dist._sources.lock import make_lock, write_lock
from hyperframes_dist._wire.jobs import Planned
from hyperframes_dist.aws import AwsClient, Stack
from hyperframes_dist.aws._cloud.session import Cloud, Services
from hyperframes_dist.aws.state_machine import state_machine
from hyperframes_dist.transport import Transport, open_transport
from ministack import Ministack

SEGMENT, RATE = 10, FrameRate(10)
VIDEO = b"a video, as far as a store can tell\n"
BOOTSTRAP = """#!/bin/sh
exec {python} -m awslambdaric relay.handler
"""


class Function(Protocol):
    """What answers the calls of a stack; gates are opened at its end."""

    gates: Mapping[Any, threading.Event]

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """What one event comes to, as `relay` reads it."""
        ...


class FakeFunction:
    """
    What the function does, in the test's own process.

    Attributes:
        store: Where it writes.
        faults: Errors of the first tries, by the variable ``n`` of the render and the call,
            such as ``("film", "renderChunk 1")``.
        gates: Calls that wait until their event is set.
        calls: Every event that came, in order.
        notices: What EventBridge has told.
    """

    def __init__(self, store: Transport, scratch: Path) -> None:
        self.store, self._scratch = store, scratch
        self.faults: dict[tuple[str, str], list[str]] = {}
        self.gates: dict[tuple[str, str], threading.Event] = {}
        self.calls: list[dict[str, Any]] = []
        self.notices: list[dict[str, Any]] = []
        self._plans: dict[str, tuple[str, int, int]] = {}
        self._tags: dict[str, str] = {}
        self._lock = threading.Lock()

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """What one event comes to, as `relay` reads it."""
        if "detail-type" in event:
            self.notices.append(event)
            return {"result": None}
        name = " ".join(str(event[k]) for k in ("Action", "ChunkIndex") if k in event)
        call = (self._tag(event), name)
        with self._lock:
            self.calls.append(event)
            fault = (self.faults.get(call) or [None]).pop(0)
        gate = self.gates.get(call)
        if gate is not None and not gate.wait(60):
            return {"error": "TimeoutError", "message": "the gate stayed shut"}
        if fault is not None:
            return {"error": fault, "message": f"{name} was told to fail"}
        return {"result": getattr(self, f"_{event['Action']}")(event)}

    def _tag(self, event: dict[str, Any]) -> str:
        if "Config" in event:
            return str(event["Config"]["variables"].get("n", ""))
        return self._tags[event["PlanHash"]]

    def _plan(self, event: dict[str, Any]) -> dict[str, Any]:
        config = event["Config"]
        frames = config["variables"].get("frames", 40)
        wanted = 4 if config["chunks"] == "auto" else config["chunks"]
        segments = split_segments(frames, length=SEGMENT)
        chunks = len(split_chunks(len(segments), chunks=wanted))
        facts = json.dumps([event["ProjectS3Uri"], config], sort_keys=True)
        plan = hashlib.sha256(facts.encode()).hexdigest()
        content = hashlib.sha256(f"content {facts}".encode()).hexdigest()
        self._tags[plan] = self._tag(event)
        self._plans[plan] = (content, frames, chunks)
        self._put(f"work/{plan}/plan.json", b"{}\n")
        self._note(event["Execution"], plan, content, frames, chunks)
        return {
            "PlanHash": plan,
            "ContentHash": content,
            "PicturesHash": content,
            "ChunkCount": chunks,
            "TotalFrames": frames,
            "Fps": f"{RATE.numerator}/{RATE.denominator}",
            "Width": 64,
            "Height": 36,
            "Format": "mp4",
            "HasAudio": False,
            "Warnings": 0,
            "DurationMs": 5,
        }

    def _note(
        self, render: str, plan: str, content: str, frames: int, chunks: int
    ) -> None:
        """What the function notes of a plan, beside the render."""
        planned = Planned(
            plan_hash=plan,
            content_hash=content,
            pictures_hash=content,
            chunk_count=chunks,
            frame_count=frames,
            frame_rate=str(RATE),
            width=64,
            height=36,
            format="mp4",
            has_sound=False,
            duration=RATE.time_of(frames),
            warnings=(),
        )
        self._put(planned_key(render), to_json(planned))

    def _renderChunk(self, event: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        plan, index = event["PlanHash"], event["ChunkIndex"]
        content, frames, chunks = self._plans[plan]
        segments = split_segments(frames, length=SEGMENT)
        chunk = split_chunks(len(segments), chunks=chunks)[index]
        for number in range(chunk.first, chunk.stop):
            self._put(f"segments/{content}/{number:06d}.mp4", b"segment")
            self._put(f"segments/{content}/{number:06d}.json", b"{}\n")
        self._put(f"work/{plan}/chunks/{index:04d}.mp4", b"chunk")
        self._put(f"work/{plan}/chunks/{index:04d}.mp4.json", b"{}\n")
        digest = base64.urlsafe_b64encode(hashlib.sha256(b"chunk").digest())
        count = sum(len(s.frames) for s in segments[chunk.first : chunk.stop])
        return {
            "ChunkIndex": index,
            "Sha256": digest.decode().rstrip("="),
            "FramesEncoded": count,
        }

    def _assemble(self, event: dict[str, Any]) -> dict[str, Any]:
        plan = event["PlanHash"]
        data = VIDEO + plan.encode()
        self._put(f"outputs/{plan}/output.mp4", data)
        self._put(f"outputs/{plan}/output.json", b"{}\n")
        return {
            "OutputS3Uri": f"{event['StoreS3Uri']}/outputs/{plan}/output.mp4",
            "Sha256": hashlib.sha256(data).hexdigest(),
            "FramesEncoded": self._plans[plan][1],
            "FileSize": len(data),
            "DurationMs": 5,
        }

    def _put(self, key: str, data: bytes) -> None:
        path = self._scratch / hashlib.sha256(key.encode()).hexdigest()
        path.write_bytes(data)
        self.store.put(path, key)


@contextmanager
def served(function: Function) -> Iterator[str]:
    """The address of *function*."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(function.answer(event)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        for gate in function.gates.values():
            gate.set()
        server.shutdown()
        thread.join(10)


def create_function(aws: Ministack, name: str, url: str, folder: Path) -> str:
    """A function of the emulator that asks *url*; returns its ARN."""
    code = folder / f"code-{name}"
    code.mkdir()
    (code / "bootstrap").write_text(BOOTSTRAP.format(python=aws.python))
    source = Path(relay.__file__)
    (code / source.name).write_bytes(source.read_bytes())
    return aws.create_function(name, code, {"RELAY_URL": url}, timeout=60)


@attrs.frozen
class Place:
    """
    A stack to render on.

    Attributes:
        client: The client of it.
        function: What its function does.
        aws: The emulator it lies in.
    """

    client: AwsClient
    function: FakeFunction
    aws: Ministack


@contextmanager
def deployed(aws: Ministack, folder: Path) -> Iterator[Place]:
    """A stack of the emulator *aws*; *folder* is for its function's drafts."""
    name = f"render-{folder.name}"
    aws.client("s3").create_bucket(Bucket=name)
    store = open_transport(f"s3://{name}/root", client=aws.client("s3"))
    function = FakeFunction(store, folder)
    with served(function) as url:
        arn = create_function(aws, name, url, folder)
        machine = aws.create_machine(name, state_machine(arn, max_concurrency=2))
        stack = Stack(state_machine=machine, store=store.url, function=arn)
        names = ("stepfunctions", "lambda", "s3")
        services = Services(clients={each: aws.client(each) for each in names})
        cloud = Cloud(stack=stack, services=services, store=store)
        yield Place(AwsClient(cloud), function, aws)


def lock_nothing(project: Path) -> Path:
    """*project* with a lock that says it asks for nothing."""
    write_lock(project, make_lock([]))
    return project
