"""The state machine is whole, small enough in every state, and follows the errors."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from statelint.linter import Linter

from hyperframes_dist import errors
from hyperframes_dist._model.results import ChunkResult, OutputResult, SoundResult
from hyperframes_dist._wire.jobs import Delivered, Planned
from hyperframes_dist.aws._function.events import parse_event, tell_answer
from hyperframes_dist.aws.retries import known_errors, retriers
from hyperframes_dist.aws.state_machine import (
    MAX_CHUNKS,
    MAX_INPUT_BYTES,
    MAX_STATE_BYTES,
    MAX_URI_BYTES,
    UNLISTED_ERROR,
    check_execution_input,
    state_machine,
)
from hyperframes_dist.errors import HyperframesError, InputError

ARN = f"arn:aws:lambda:us-gov-west-1:123456789012:function:{'f' * 140}:{'v' * 128}"
MACHINE = state_machine(ARN)
CLASSES = [
    cls
    for cls in vars(errors).values()
    if inspect.isclass(cls) and issubclass(cls, HyperframesError)
]
CAUSE_LENGTH, NAME_LENGTH = 32_768, 256


def machines(whole: dict[str, Any] = MACHINE) -> Iterator[tuple[str, dict]]:
    """Every set of states of the machine, inner ones too, with where it starts."""
    yield whole["StartAt"], whole["States"]
    for state in whole["States"].values():
        processor = state.get("ItemProcessor")
        for inner in [*state.get("Branches", []), *([processor] if processor else [])]:
            yield from machines(inner)


STATES = {name: state for _, states in machines() for name, state in states.items()}
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}


def nexts(state: dict[str, Any]) -> set[str]:
    rows = [state, *state.get("Catch", []), *state.get("Choices", [])]
    found = {row["Next"] for row in rows if "Next" in row}
    return found | ({state["Default"]} if "Default" in state else set())


def test_a_linter_finds_nothing():
    """Not in the machine as it is; a wrong Next it does find."""
    broken = state_machine(ARN)
    broken["States"]["Assemble"]["Next"] = "Nowhere"

    assert [] == Linter.validate(state_machine(ARN))
    assert [] != Linter.validate(broken)


def test_every_state_is_reached_and_leads_on():
    """Each has one way to end or to go on, and all are found from the first."""
    for start, states in machines():
        reached, waiting = set(), {start}
        while waiting:
            name = waiting.pop()
            reached.add(name)
            waiting |= nexts(states[name]) - reached
        assert set(states) == reached

    for state in STATES.values():
        ends = state["Type"] == "Fail" or state.get("End", False)
        assert 1 == sum([ends, "Next" in state, "Default" in state])


def test_state_names_are_unique():
    """Also across the inner machines of the Maps, as the language wants."""
    names = [name for _, states in machines() for name in states]

    assert sorted(set(names)) == sorted(names)


def test_every_error_is_in_exactly_one_list():
    """A new class is retried as its flag says, without a word here."""
    seen = Counter(name for each in retriers() for name in each.errors)

    assert {1} == set(seen.values())
    assert {cls.__name__ for cls in CLASSES} <= seen.keys()
    assert sorted(seen) == list(known_errors())


@pytest.mark.parametrize("cls", CLASSES)
def test_a_class_is_tried_again_if_it_is_retryable(cls):
    """The flag decides, on every task."""
    for task in TASKS.values():
        (row,) = [r for r in task["Retry"] if cls.__name__ in r["ErrorEquals"]]

        assert cls.retryable == (row["MaxAttempts"] > 0)


def test_what_costs_a_whole_timeout_is_tried_less_often():
    """A killed or silent function gets fewer tries than an error it reported itself."""
    attempts = {each.name: each.attempts for each in retriers()}

    assert attempts["killed"] < attempts["retryable"]
    assert attempts["out of time"] < attempts["retryable"]
    assert attempts["retryable"] < attempts["throttled"]
    assert 0 == attempts["final"]


def test_waits_are_spread_and_bounded():
    """No wait is over five minutes, and chunks that failed together return apart."""
    rows = [row for task in TASKS.values() for row in task["Retry"]]
    retried = [row for row in rows if row["MaxAttempts"]]

    assert {"FULL"} == {row["JitterStrategy"] for row in retried}
    assert max(row["MaxDelaySeconds"] for row in retried) <= 300


def test_throttling_is_waited_out_for_longer_than_a_chunk_takes():
    """A render that shares the function with another waits for whole chunks of it."""
    (row,) = [each for each in retriers() if each.name == "throttled"]

    # Full jitter waits half as long as it may, on average.
    waits = [min(row.interval * 2**n, row.longest) / 2 for n in range(row.attempts)]
    assert 3 * 900 < sum(waits) < 86_400


def test_the_longest_history_fits():
    """Forty inline chunks that use up every try stay below Step Functions' 25 000 events."""
    tries = 1 + sum(each.attempts for each in retriers())
    # Scheduled, started, failed; and six for entering and leaving an iteration's states.
    events = 40 * (3 * tries + 6)

    assert events + 2 * 3 * tries + 100 < 25_000


@pytest.mark.parametrize("seconds", [1, 900])
def test_a_task_outlasts_its_function(seconds):
    """A task never gives up on a function that still runs, and never waits for ever."""
    machine = state_machine(ARN, function_seconds=seconds)

    task = machine["States"]["Plan"]
    assert seconds < task["HeartbeatSeconds"] < task["TimeoutSeconds"] <= seconds + 60
    assert {"HeartbeatSeconds", "TimeoutSeconds"} <= set.intersection(
        *(set(task) for task in TASKS.values())
    )


def test_every_task_has_an_end_for_any_error():
    """States.ALL is caught by each, and around the Maps; the last catcher has it."""
    for state in STATES.values():
        if state["Type"] in {"Task", "Parallel"}:
            assert ["States.ALL"] == state["Catch"][-1]["ErrorEquals"]


def test_paths_are_those_every_interpreter_reads():
    """Fields, one index, one wildcard before a last field; no filter, no descent."""
    text = json.dumps(MACHINE)
    paths = set(re.findall(r"\$[$.\w\[\]*]*", text))
    plain = re.compile(r"\$\$?(\.\w+)*(\[\d\]|\[\*\]\.\w+)?")

    assert len(paths) > 20
    assert [path for path in paths if not plain.fullmatch(path)] == []
    assert "?(" not in text


# How large each state can become. The longest value of each field, as JSON.

WHOLE = 2**53
LONGEST = {
    **dict.fromkeys(("PlanHash", "ContentHash", "PicturesHash"), "f" * 64),
    **dict.fromkeys(
        ("TotalFrames", "Width", "Height", "Warnings", "DurationMs"), WHOLE
    ),
    **dict.fromkeys(("FramesEncoded", "FileSize"), WHOLE),
    "ChunkCount": MAX_CHUNKS,
    "Fps": f"{WHOLE}/{WHOLE}",
    "Format": "f" * 32,
    "HasAudio": False,
    "ChunkIndex": MAX_CHUNKS - 1,
    "Sha256": "f" * 64,
    "SoundHash": "f" * 64,
    "OutputS3Uri": "s" * (MAX_URI_BYTES + 100),
}


def size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")).encode())


def result(state: str) -> dict[str, Any]:
    """The longest result of the task *state*, after its ResultSelector."""
    selected = STATES[state]["ResultSelector"]
    return {key.removesuffix(".$"): LONGEST[key.removesuffix(".$")] for key in selected}


def failure(error: str) -> dict[str, Any]:
    """The row of a failed chunk, as the states that record one make it."""
    fields = list(STATES["RecordFailureOfMany"]["Parameters"])
    assert ["FailedChunk.$", "Error.$"] == fields
    return {"FailedChunk": MAX_CHUNKS - 1, "Error": error}


def longest_rows() -> list[dict[str, Any]]:
    """A thousand chunks, each with the longer of its two rows."""
    longest_name = max([*known_errors(), UNLISTED_ERROR], key=len)
    rows = [result("RenderChunkOfMany"), failure(longest_name)]
    return [max(rows, key=size)] * MAX_CHUNKS


CARRIED = {"StoreS3Uri": "s" * (MAX_URI_BYTES - 2), "Plan": result("Plan")}


def test_a_recorded_failure_among_many_has_a_known_name():
    """Only names that are listed are recorded, so a row has a longest length."""
    named, rest = STATES["RenderChunkOfMany"]["Catch"]

    assert list(known_errors()) == named["ErrorEquals"]
    assert UNLISTED_ERROR == STATES[rest["Next"]]["Parameters"]["Error"]


def test_forty_failures_of_any_name_fit():
    """Inside the execution a failure keeps its name, known or not."""
    rows = [{"FailedChunk": 39, "Error": "e" * NAME_LENGTH}] * 40
    collected = {"Chunks": rows, "FailedChunks": [39] * 40}
    collected["Errors"] = ["e" * NAME_LENGTH] * 40

    (catcher,) = STATES["RenderChunk"]["Catch"]
    assert "RecordFailure" == catcher["Next"]
    assert size({**CARRIED, **collected}) <= MAX_STATE_BYTES
    assert size([[39] * 40, collected["Errors"]]) + 200 <= CAUSE_LENGTH


def test_the_largest_input_leaves_room_for_the_plan():
    """The call's own words, or the plan's facts, join it and still fit."""
    call = size(STATES["Plan"]["Parameters"])

    assert MAX_INPUT_BYTES + call <= MAX_STATE_BYTES
    assert MAX_INPUT_BYTES + size({"Plan": result("Plan")}) <= MAX_STATE_BYTES


def test_a_thousand_chunks_fit_into_every_state():
    """The Map's input, its result, what is collected, and the output, at their longest."""
    indexes = [MAX_CHUNKS - 1] * MAX_CHUNKS
    rows = longest_rows()
    mapped = {**CARRIED, "Indexes": indexes, "Drawn": {"Chunks": rows}}
    branches = [rows, result("MixSound")]
    names = [max(known_errors(), key=len)] * MAX_CHUNKS
    kept = [failure(name) for name in names]
    collected = {"Chunks": kept, "FailedChunks": indexes, "Errors": names}
    output = {**CARRIED, "Chunks": rows, "Output": result("Assemble")}
    empty = {"FailedChunks": [], "Errors": []}

    sizes = [size(each) for each in (mapped, branches, {**CARRIED, **collected})]
    sizes.append(size({**output, **empty}))
    assert 100_000 < max(sizes) <= MAX_STATE_BYTES
    assert set(collected) | set(CARRIED) == {
        key.removesuffix(".$") for key in STATES["CollectFailures"]["Parameters"]
    }


def test_a_caught_cause_replaces_what_was_carried():
    """A cause of full length never joins a large input."""
    for name in ("Plan", "Walk", "Assemble", "RenderBeside", "RenderManyBeside"):
        assert all(
            catcher.get("ResultPath") is None for catcher in STATES[name]["Catch"]
        )

    item = {**CARRIED, "Failure": {"Error": "e" * 256, "Cause": "\\" * CAUSE_LENGTH}}
    assert size(item) <= MAX_STATE_BYTES


def test_the_last_cause_fits():
    """All chunks failed, in every way there is: they are still named."""
    indexes = json.dumps(list(range(MAX_CHUNKS)), separators=(",", ":"))
    names = json.dumps([*known_errors(), UNLISTED_ERROR])
    text = STATES["ChunksFailed"]["CausePath"]

    assert len(indexes) + len(names) + len(text) <= CAUSE_LENGTH


INPUT = {
    "StoreS3Uri": "s3://bucket/root",
    "ProjectS3Uri": "s3://bucket/root/sites/0/project.tar",
    "Config": {"fps": "30000/1001", "variables": {"title": "Grüße"}},
}


def test_an_input_is_checked_and_written_one_way():
    """Equal inputs are equal bytes, so that a repeated start is seen to be one."""
    text = check_execution_input(INPUT)

    assert INPUT == json.loads(text)
    assert text == check_execution_input(dict(reversed(INPUT.items())))
    assert "Grüße" in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Config": None}, "Config must be"),
        ({"Config": {"crf": float("nan")}}, "Config.crf is nan"),
        ({"Config": {"variables": {"x": {1, 2}}}}, "Config.variables.x holds set"),
        ({1: 1}, "found 1, Config"),
        ({"Extra": 1}, "found Config, Extra, ProjectS3Uri, StoreS3Uri"),
        ({"StoreS3Uri": "https://bucket/root"}, "https://bucket/root"),
        ({"ProjectS3Uri": 7}, "ProjectS3Uri 7 is not an address"),
        ({"StoreS3Uri": "s3://bucket/" + "k/" * 400 + "k"}, "at most 700"),
        ({"Config": {"x": "é" * 130_000}}, f"at most {MAX_INPUT_BYTES}"),
    ],
)
def test_a_wrong_input_is_refused(change, words):
    """The message names the field, what was wanted and what was found."""
    with pytest.raises(InputError, match=re.escape(words)):
        check_execution_input({**INPUT, **change})


def test_the_longest_address_is_as_long_as_is_reckoned_with():
    """The bound of the arithmetic above is not below what passes."""
    key = "/".join(["k" * 174] * 3 + ["k" * 175])
    longest = f"s3://{'b' * 63}/{key}"

    check_execution_input({**INPUT, "StoreS3Uri": longest})
    with pytest.raises(InputError):
        check_execution_input({**INPUT, "StoreS3Uri": f"{longest}k"})
    assert size(longest) <= MAX_URI_BYTES


def test_a_missing_field_is_named():
    """By listing what there is beside what there must be."""
    with pytest.raises(InputError, match="takes Config, ProjectS3Uri, StoreS3Uri"):
        check_execution_input({"Config": {}})


def test_the_largest_input_is_taken():
    """To the byte."""
    room = MAX_INPUT_BYTES - len(check_execution_input({**INPUT, "Config": {"x": ""}}))
    largest = {**INPUT, "Config": {"x": "x" * room}}

    assert MAX_INPUT_BYTES == len(check_execution_input(largest))
    with pytest.raises(InputError, match="move large variables"):
        check_execution_input({**INPUT, "Config": {"x": "x" * (room + 1)}})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("function_seconds", 901),
        ("function_seconds", 0),
        ("execution_seconds", 0),
        ("max_concurrency", 0),
        ("max_concurrency", True),
        ("inline_chunks", 41),
        ("max_chunks", 1001),
        ("max_chunks", 1.5),
    ],
)
def test_limits_are_checked(name, value):
    """A limit Step Functions or Lambda has is not asked for over its bound."""
    with pytest.raises(InputError, match=f"{name} {value!r} is not a whole number"):
        state_machine(ARN, **{name: value})


def test_limits_are_in_the_definition():
    """Each argument is where it works."""
    made = state_machine(
        "f", execution_seconds=7, max_concurrency=50, inline_chunks=3, max_chunks=9
    )
    states = {name: row for _, rows in machines(made) for name, row in rows.items()}

    assert 7 == made["TimeoutSeconds"]
    assert 40 == states["RenderChunks"]["MaxConcurrency"]
    assert 50 == states["RenderManyChunks"]["MaxConcurrency"]
    assert 3 == states["ChooseMap"]["Choices"][0]["NumericLessThanEquals"]
    assert 9 == states["CheckChunkCount"]["Choices"][1]["NumericGreaterThan"]
    assert "at most 9 can be run" in states["TooManyChunks"]["CausePath"]
    modes = {
        name: states[name]["ItemProcessor"]["ProcessorConfig"]["Mode"]
        for name in ("RenderChunks", "RenderManyChunks")
    }
    assert {"RenderChunks": "INLINE", "RenderManyChunks": "DISTRIBUTED"} == modes


# What the machine sends is what the function reads, and the other way round.

STORE = "s3://bucket/root"
SENT = {
    "StoreS3Uri": STORE,
    "ProjectS3Uri": f"{STORE}/sites/{'a' * 64}/project.tar",
    "Config": {"chunks": 3},
    "PlanHash": "a" * 64,
    "ChunkIndex": 2,
    "Execution": "film",
    "Attempt": 1,
}


@pytest.mark.parametrize("name", TASKS)
def test_the_function_understands_each_call(name):
    """Every field is one it knows, none is missing, and the log is told who called."""
    payload = TASKS[name]["Parameters"]["Payload"]
    names = {key.removesuffix(".$") for key in payload} - {"Action"}

    request = parse_event(
        {"Action": payload["Action"], **{n: SENT[n] for n in names}},
        frozenset({"bucket"}),
    )

    assert (payload["Action"], STORE) == (request.action, request.job.store)
    assert ("film", 1) == (request.execution, request.attempt)


def test_the_function_answers_what_is_selected():
    """Each field a selector asks for is there; a selector fails on one that is not."""
    plan = Planned(
        plan_hash="a" * 64,
        content_hash="b" * 64,
        pictures_hash="c" * 64,
        chunk_count=1,
        frame_count=1,
        frame_rate="30/1",
        width=2,
        height=2,
        format="mp4",
        has_sound=False,
        duration=Fraction(1, 30),
        warnings=(),
    )
    output = OutputResult(
        path=Path("output.mp4"),
        size=1,
        sha256="00" * 32,
        width=2,
        height=2,
        frame_count=1,
        duration=Fraction(1, 30),
        content_hash="b" * 64,
    )
    chunk = ChunkResult(
        content_hash="b" * 64,
        index=0,
        frame_count=1,
        size=1,
        sha256="00" * 32,
        segments=(),
    )
    sound = SoundResult(sound_hash="d" * 64, size=1, sha256="00" * 32)
    delivered = Delivered(key="outputs/x/output.mp4", output=output)
    answers = {
        "Plan": tell_answer(plan, STORE),
        "Walk": tell_answer(plan, STORE),
        "RenderChunk": tell_answer(chunk, STORE),
        "RenderChunkOfMany": tell_answer(chunk, STORE),
        "MixSound": tell_answer(sound, STORE),
        "MixSoundOfMany": tell_answer(sound, STORE),
        "Assemble": tell_answer(delivered, STORE),
    }

    assert set(TASKS) == set(answers)
    for name, answer in answers.items():
        selected = TASKS[name]["ResultSelector"].values()
        assert sorted(selected) == sorted(f"$.Payload.{key}" for key in answer)
