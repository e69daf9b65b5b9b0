"""The function around the jobs: its log, its clock, its browser and its leftovers."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path

import attrs
import pytest

import hyperframes_dist as hf
from hyperframes_dist._pipeline.renderer import Renderer
from hyperframes_dist.aws._function.host import Host
from hyperframes_dist.errors import (
    ChromeCrashError,
    ChunkUnfinishedError,
    InputError,
    StoreMissingError,
)
from hyperframes_dist.transport.local import LocalTransport
from jobs import deploy
from pages import strip_page, write_project

STORE = "s3://renders-1/team"
CONFIG = {"fps": "10", "segment_seconds": "1/2", "chunks": 2}


@attrs.define
class Context:
    """Lambda's context object, with *seconds* left."""

    seconds: float = 900
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@attrs.define
class Function:
    """A host on a store in a directory, and what it logged."""

    host: Host
    store: LocalTransport
    stream: io.StringIO

    def __call__(self, event: object, seconds: float = 900) -> dict:
        return self.host.handle(event, Context(seconds))

    def plan(self, project: Path) -> dict:
        site = f"{STORE}/sites/{deploy(self.store, project)}/project.tar"
        event = {"Action": "plan", "StoreS3Uri": STORE, "ProjectS3Uri": site}
        return self({**event, "Config": CONFIG})

    def chunk(self, plan: dict, index: int, seconds: float = 900) -> dict:
        event = {"Action": "renderChunk", "StoreS3Uri": STORE, "ChunkIndex": index}
        return self({**event, "PlanHash": plan["PlanHash"]}, seconds)

    def assemble(self, plan: dict) -> dict:
        event = {"Action": "assemble", "StoreS3Uri": STORE}
        return self({"Payload": {**event, "PlanHash": plan["PlanHash"]}})

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def function(renderer, runtime_file, tmp_path):
    store, stream = LocalTransport(tmp_path / "store"), io.StringIO()
    host = Host(
        renderer=renderer,
        runtime=runtime_file,
        buckets=frozenset({"renders-1"}),
        folder=tmp_path / "work",
        stream=stream,
        open=lambda _: store,
    )
    return Function(host, store, stream)


@pytest.fixture
def project(tmp_path):
    """Two seconds of numbered frames."""
    return write_project(tmp_path / "project", strip_page(2))


def test_three_actions_make_the_local_film(function, project, tmp_path):
    """What each answers is what was made, and the file is the local one."""
    local = hf.render(
        project, tmp_path / "a.mp4", hf.RenderConfig(fps=10, segment_seconds="1/2")
    )

    plan = function.plan(project)
    chunks = [function.chunk(plan, index) for index in range(plan["ChunkCount"])]
    output = function.assemble(plan)

    assert plan == {
        "PlanHash": plan["PlanHash"],
        "ContentHash": local.content_hash,
        "PicturesHash": plan["PicturesHash"],
        "ChunkCount": 2,
        "TotalFrames": 20,
        "Fps": "10",
        "Width": local.width,
        "Height": local.height,
        "Format": "mp4",
        "HasAudio": False,
        "Warnings": 0,
        "DurationMs": 2000,
    }
    assert [(c["ChunkIndex"], c["FramesEncoded"]) for c in chunks] == [(0, 10), (1, 10)]
    assert output == {
        "OutputS3Uri": f"{STORE}/outputs/{plan['PlanHash']}/output.mp4",
        "Sha256": local.sha256,
        "FramesEncoded": 20,
        "FileSize": local.size,
        "DurationMs": 2000,
    }
    assert not (tmp_path / "work").exists()


def test_an_action_logs_its_start_end_and_metrics(function, project):
    """One line each, with what a person looks for and no more."""
    plan = function.plan(project)
    function.stream.truncate(0)
    function.stream.seek(0)

    function.chunk(plan, 1)
    start, end, metrics = function.lines

    facts = {
        "level": "INFO",
        "request_id": "request-1",
        "action": "renderChunk",
        "plan_hash": plan["PlanHash"],
        "chunk": 1,
        "store": STORE,
    }
    assert facts.items() <= start.items()
    assert facts.items() <= end.items()
    assert (start["event"], end["event"], end["cold"]) == ("start", "end", False)
    assert end["bytes_in"] > 0
    assert end["bytes_out"] > 0
    assert end["answer"]["FramesEncoded"] == 10
    names = [row["Name"] for row in metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    assert all(isinstance(metrics[name], int) for name in names)
    assert metrics["Duration"] >= end["duration_ms"]
    assert (metrics["Action"], metrics["Errors"]) == ("renderChunk", 0)


def test_an_error_is_logged_and_raised(function):
    """By the class, which is what the state machine sees."""
    with pytest.raises(StoreMissingError):
        function.chunk({"PlanHash": "0" * 64}, 3)
    with pytest.raises(InputError):
        function({"Action": "rm"})

    errors = [line for line in function.lines if line.get("event") == "error"]
    assert [(e["error"], e["retryable"]) for e in errors] == [
        ("StoreMissingError", False),
        ("InputError", False),
    ]
    assert errors[0]["chunk"] == 3
    assert [x["Errors"] for x in function.lines if "_aws" in x] == [1, 1]


def test_nothing_is_fetched_for_a_wrong_event(function):
    """A bucket of somebody else is refused before any store is opened."""
    function.host.open = pytest.fail

    with pytest.raises(InputError, match="others"):
        function(
            {"Action": "assemble", "StoreS3Uri": "s3://others/x", "PlanHash": "0" * 64}
        )


def test_secrets_stay_out_of_the_log(function, project):
    """Neither variables nor query strings are repeated."""
    site = f"{STORE}/sites/{deploy(function.store, project)}/project.tar"
    event = {"Action": "plan", "StoreS3Uri": STORE, "ProjectS3Uri": site}

    function({**event, "Config": {**CONFIG, "variables": {"key": "hunter2"}}})
    with pytest.raises(InputError):
        function({**event, "StoreS3Uri": f"{STORE}?X-Amz-Signature=hunter2"})

    assert "hunter2" not in function.stream.getvalue()


def test_leftovers_of_a_killed_invocation_are_removed(function, tmp_path):
    stale = tmp_path / "work" / "old"
    stale.mkdir(parents=True)

    with pytest.raises(StoreMissingError):
        function.chunk({"PlanHash": "0" * 64}, 0)

    assert not stale.exists()


def test_a_chunk_stops_before_its_function_does(function, project):
    """Its finished segments are kept, and the tries end in the whole chunk."""
    plan = function.plan(write_project(project, strip_page(8)))
    stopped: list[ChunkUnfinishedError] = []

    for attempt in range(1, 60):
        try:
            answer = function.chunk(plan, 0, seconds=0.1 * attempt)
        except ChunkUnfinishedError as error:
            stopped.append(error)
        else:
            break

    kept = [error.done for error in stopped]
    assert stopped
    assert {error.total for error in stopped} == {8}
    assert kept == sorted(kept)
    assert answer["FramesEncoded"] == 40


def test_a_healthy_browser_is_kept_and_a_dead_one_is_not(function, project):
    """A warm function does not boot Chrome twice; after a crash it does."""
    with Renderer() as own:
        function.host.renderer = own
        plan = function.plan(project)
        first = own._warm._browser
        function.chunk(plan, 0)
        assert own._warm._browser is first
        os.killpg(first.process.pid, signal.SIGKILL)

        try:
            function.chunk(plan, 1)
        except ChromeCrashError:
            function.chunk(plan, 1)

        assert own._warm._browser is not first


def test_no_time_left_is_said_so(function):
    with pytest.raises(InputError, match="no time left"):
        function.chunk({"PlanHash": "0" * 64}, 0, seconds=0)
