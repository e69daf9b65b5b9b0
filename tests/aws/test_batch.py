"""A batch: so many renders at once, a row for each line, and nothing made twice."""

from __future__ import annotations

import json
import threading
import time

import attrs
import pytest
from botocore.exceptions import ClientError

import hyperframes_dist as hf
from cloud import VIDEO, lock_nothing
from hyperframes_dist.aws import AwsClient
from hyperframes_dist.aws._cloud.session import Services
from hyperframes_dist.errors import Cancelled, InputError

CONFIG = hf.RenderConfig(chunks=1)


@pytest.fixture
def project(project, monkeypatch):
    """A locked project, on a machine without a Chrome."""
    monkeypatch.setattr("hyperframes_dist._wire.freeze.installed_chrome", lambda: None)
    return lock_nothing(project)


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    """Looks that a test can wait for."""
    monkeypatch.setattr(Services, "look_seconds", 0.05)


@pytest.fixture
def run(place, project, tmp_path):
    """One run of a batch, always with the same file of results."""
    site = place.client.deploy_site(project)

    def run(*lines: dict, **more):
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        wishes = {"site": site, "config": CONFIG, "folder": tmp_path / "films", **more}
        wishes.setdefault("deadline", time.monotonic() + 60)
        return place.client.run_batch(texts, tmp_path / "rows.jsonl", **wishes)

    return run


def rows_in(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def plans(place, tag: str) -> int:
    return sum(
        c["Action"] == "plan" and c["Config"]["variables"].get("n") == tag
        for c in place.function.calls
    )


@pytest.mark.thorough
def test_every_line_has_a_row(place, run, tmp_path):
    """A video for one, an error with its name for another, both in the order of lines."""
    place.function.faults["bad", "plan"] = ["PageError"]

    rows = run(
        {"key": "one", "variables": {"n": "one"}, "output": "a/one.mp4"},
        {"key": "two", "variables": {"n": "bad"}, "output": "two.mp4"},
        "",
        {"key": "three", "config": {"codec": "no such"}},
        "not JSON",
        {"key": "five", "surprise": 1},
        {"key": "six", "output": "../six.mp4"},
    )

    assert [1, 2, 4, 5, 6, 7] == [row.line for row in rows]
    assert ["succeeded", "failed", *["refused"] * 4] == [row.status for row in rows]
    assert (tmp_path / "films/a/one.mp4").read_bytes().startswith(VIDEO)
    assert rows[0].cost > 0
    assert "PageError" == rows[1].error
    assert "no such" in rows[2].reason
    assert not (tmp_path / "films/two.mp4").exists()
    assert {row["line"] for row in rows_in(tmp_path / "rows.jsonl")} == {
        row.line for row in rows
    }


@pytest.mark.thorough
def test_no_more_run_at_once_than_allowed(place, run):
    """What runs is counted, not what was started."""
    running, most, lock = set(), [], threading.Lock()
    answer, two = place.function.answer, threading.Event()

    def watch(event):
        tag = place.function._tag(event)
        with lock:
            running.add(tag)
            most.append(len(running))
            if len(running) > 1:
                two.set()
        # The first would otherwise have ended before the second began, now and then.
        two.wait(60)
        try:
            return answer(event)
        finally:
            if event["Action"] == "assemble":
                running.discard(tag)

    place.function.answer = watch
    try:
        rows = run(*({"variables": {"n": f"w{i}"}} for i in range(5)), at_once=2)
    finally:
        place.function.answer = answer

    assert ["succeeded"] * 5 == [row.status for row in rows]
    assert 2 == max(most)


@pytest.mark.thorough
def test_a_batch_that_was_stopped_goes_on(place, run, tmp_path):
    """What is done is not made again, and what runs is picked up."""
    lines = [{"key": f"s{i}", "variables": {"n": f"s{i}"}} for i in range(3)]
    gate = place.function.gates["s1", "renderChunk 0"] = threading.Event()
    cancel = threading.Event()
    try:
        with pytest.raises(Cancelled):
            run(*lines, cancel=cancel, on_row=lambda _: cancel.set())
    finally:
        gate.set()
    before = rows_in(tmp_path / "rows.jsonl")

    rows = run(*lines)

    assert before
    assert "s1" not in {row["key"] for row in before}
    assert ["succeeded"] * 3 == [row.status for row in rows]
    assert [1, 1, 1] == [plans(place, f"s{i}") for i in range(3)]
    assert 3 == len(rows_in(tmp_path / "rows.jsonl"))


@pytest.mark.thorough
def test_a_row_cut_short_is_no_row(place, run, tmp_path):
    """A crash in the middle of a line costs that line, not the file."""
    lines = [{"key": f"c{i}", "variables": {"n": f"c{i}"}} for i in range(2)]
    run(*lines)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(path.read_bytes()[:-30])

    rows = run(*lines)

    assert ["succeeded"] * 2 == [row.status for row in rows]
    assert [1, 1] == [plans(place, f"c{i}") for i in range(2)]


@pytest.mark.thorough
def test_a_failed_line_is_tried_again_if_asked_for(place, run):
    """By itself it stays failed: its key names the render that failed."""
    line = {"key": "again", "variables": {"n": "again"}}
    place.function.faults["again", "plan"] = ["PageError"]

    first, same = run(line), run(line)
    (second,) = run(line, retry_failed=True)
    (third,) = run(line, retry_failed=True)

    assert ["failed", "failed"] == [first[0].status, same[0].status]
    assert ("succeeded", 2) == (second.status, plans(place, "again"))
    assert first[0].render != second.render
    assert second == third


@pytest.mark.thorough
def test_a_video_that_is_missing_is_fetched_again(place, run, tmp_path):
    """Without rendering it again."""
    line = {"key": "gone", "variables": {"n": "gone"}, "output": "gone.mp4"}
    run(line)
    (tmp_path / "films/gone.mp4").unlink()

    (row,) = run(line)

    assert (tmp_path / "films/gone.mp4").read_bytes().startswith(VIDEO)
    assert ("succeeded", 1) == (row.status, plans(place, "gone"))


def test_a_row_is_a_line_whatever_is_in_it(run, tmp_path):
    """Separators that are not line feeds belong to the text."""
    key = "one\u2028key\x85of\x0cthree"

    first, again = run({"key": key}), run({"key": key})

    assert ("succeeded", key) == (first[0].status, first[0].key)
    assert first == again
    assert 1 == (tmp_path / "rows.jsonl").read_text().count("\n")


def test_another_file_is_not_taken_for_results(run, tmp_path):
    """It would be appended to."""
    (tmp_path / "rows.jsonl").write_text("a file\nof somebody's\n")

    with pytest.raises(InputError, match="no rows of a batch"):
        run({"key": "x"})


def test_two_lines_with_one_key_are_refused(run):
    """Before anything starts."""
    with pytest.raises(InputError, match="lines 1 and 3"):
        run({"key": "x"}, {"key": "y"}, {"key": "x"})
    with pytest.raises(InputError, match="at_once"):
        run({"key": "x"}, at_once=0)


class Busy:
    """A client of Step Functions that asks for fewer calls, for a while."""

    def __init__(self, client, refusals: int) -> None:
        self._client, self._refusals = client, refusals

    def __getattr__(self, name: str):
        return getattr(self._client, name)

    def start_execution(self, **arguments):
        if self._refusals:
            self._refusals -= 1
            facts = {"Code": "ThrottlingException", "Message": "Rate exceeded"}
            raise ClientError({"Error": facts}, "StartExecution")
        return self._client.start_execution(**arguments)


@pytest.mark.thorough
def test_a_service_that_is_busy_is_asked_again(place, project, tmp_path):
    """No line is lost to a limit of how many may be started."""
    busy = Busy(place.aws.client("stepfunctions"), 3)
    services = Services(clients={"stepfunctions": busy})
    client = AwsClient(attrs.evolve(place.client.cloud, services=services))
    lines = [json.dumps({"variables": {"n": f"b{i}"}}) for i in range(2)]

    rows = client.run_batch(
        lines,
        tmp_path / "rows.jsonl",
        site=place.client.deploy_site(project),
        config=CONFIG,
        deadline=time.monotonic() + 60,
    )

    assert ["succeeded"] * 2 == [row.status for row in rows]
