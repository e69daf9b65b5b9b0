"""
The state machine as a value: plan, then every chunk at once and the sound, then assemble.

It holds addresses and hashes, never data, so no state outgrows what Step Functions
carries. Paths are JSONPath, in the part of it that every interpreter reads alike: fields,
one index, one wildcard. Nothing here talks to AWS.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from .._model.checks import check_number
from .._model.config import MOST_CHUNKS, check_json
from ..errors import InputError
from ..transport._uri import parse_s3_uri
from ._cloud.tasks import (
    INPUT,
    MANY_BESIDE,
    MANY_CHUNKS,
    UNLISTED_ERROR,
    Tasks,
    beside,
    map_distributed,
    map_inline,
)

__all__ = [
    "MAX_CHUNKS",
    "MAX_INLINE_CHUNKS",
    "MAX_INPUT_BYTES",
    "MAX_STATE_BYTES",
    "MAX_URI_BYTES",
    "UNLISTED_ERROR",
    "check_execution_input",
    "state_machine",
]

MAX_STATE_BYTES: Final = 262_144
# The plan's facts join the input before the configuration is dropped.
MAX_INPUT_BYTES: Final = MAX_STATE_BYTES - 4096
MAX_CHUNKS: Final = MOST_CHUNKS
_COUNT = "$.Plan.ChunkCount"
# An inline Map runs at most forty iterations at once.
MAX_INLINE_CHUNKS: Final = 40
# What the longest bucket's name and key that pass as an address come to, with quotes.
MAX_URI_BYTES: Final = 800


def state_machine(
    function_arn: str = "${RenderFunctionArn}",
    *,
    partition: str = "aws",
    function_seconds: int = 900,
    execution_seconds: int = 86_400,
    max_concurrency: int = 500,
    inline_chunks: int = MAX_INLINE_CHUNKS,
    max_chunks: int = MAX_CHUNKS,
) -> dict[str, Any]:
    """
    The definition, in Amazon States Language.

    Its input is what `check_execution_input` accepts; its output holds ``Plan``,
    ``Chunks`` and ``Output`` as the function returned them.

    Args:
        function_arn: The render function; the default is a placeholder for
            ``DefinitionSubstitutions``.
        partition: ``aws``, ``aws-cn`` or ``aws-us-gov``, or a placeholder for it.
        function_seconds: Timeout of the function, 1 to 900. A task waits a little longer.
        execution_seconds: Longest the whole execution may take; at least 1.
        max_concurrency: Most chunks at once, 1 to 10 000; at most the concurrency the
            function has, or calls are throttled.
        inline_chunks: Most chunks that run inside the execution, 1 to 40; more run as
            child executions of a distributed Map.
        max_chunks: Most chunks a plan may have, 1 to 1000.

    Raises:
        InputError: A number is out of its bounds.
    """
    check_number("function_seconds", function_seconds, 1, 900)
    check_number("execution_seconds", execution_seconds, 1, 31_536_000)
    check_number("max_concurrency", max_concurrency, 1, 10_000)
    check_number("inline_chunks", inline_chunks, 1, MAX_INLINE_CHUNKS)
    check_number("max_chunks", max_chunks, 1, MAX_CHUNKS)
    tasks = Tasks(function_arn, partition, function_seconds)
    few = map_inline(tasks, min(max_concurrency, MAX_INLINE_CHUNKS))
    many = map_distributed(tasks, max_concurrency)
    return {
        "Comment": "hyperframes_dist: plan, render every chunk and the sound, assemble",
        "StartAt": "Plan",
        "TimeoutSeconds": execution_seconds,
        "States": {
            "Plan": tasks.plan(),
            **_check_count(max_chunks),
            "ChooseMap": _choose_map(inline_chunks),
            "RenderBeside": beside("RenderChunks", few, tasks, ""),
            MANY_BESIDE: beside(MANY_CHUNKS, many, tasks, "OfMany"),
            **_check_failures(),
            "Assemble": tasks.assemble(),
            "Walk": tasks.walk(),
            "Done": {**_pass(_carried("Plan", "Chunks", "Output")), "End": True},
            **_fail(),
        },
    }


def check_execution_input(value: Mapping[str, Any]) -> str:
    """
    The text to start an execution with, if *value* is a valid input of the state machine.

    Args:
        value: ``StoreS3Uri``, ``ProjectS3Uri`` and ``Config``, nothing else.

    Returns:
        JSON of at most `MAX_INPUT_BYTES` bytes in UTF-8; the same for equal inputs.

    Raises:
        InputError: A field is missing, unknown or not what it should be, or it is too
            large.
    """
    if set(value) != set(INPUT):
        found = ", ".join(sorted(map(str, value))) or "nothing"
        raise InputError(f"an execution takes {', '.join(INPUT)}; found {found}")
    for name in ("ProjectS3Uri", "StoreS3Uri"):
        if not isinstance(value[name], str):
            raise InputError(f"{name} {value[name]!r} is not an address of S3")
        parse_s3_uri(value[name])
    if not isinstance(value["Config"], Mapping):
        raise InputError("Config must be the JSON object of a RenderConfig")
    plain = {name: check_json(value[name], name) for name in INPUT}
    text = _dump(plain)
    if (size := len(text.encode())) > MAX_INPUT_BYTES:
        raise InputError(
            f"the input of the execution has {size} bytes, at most {MAX_INPUT_BYTES} fit; "
            "move large variables into a file of the project"
        )
    return text


def _check_count(max_chunks: int) -> dict[str, Any]:
    """From the number of chunks to the list of them."""
    listed = f"States.ArrayRange(0, States.MathAdd({_COUNT}, -1), 1)"
    too_many = (
        f"States.Format('the plan has {{}} chunks, at most {max_chunks} can be run; "
        f"plan with fewer chunks', {_COUNT})"
    )
    return {
        "CheckChunkCount": {
            "Type": "Choice",
            "Choices": [
                {"Variable": _COUNT, "NumericLessThan": 1, "Next": "NoChunks"},
                {
                    "Variable": _COUNT,
                    "NumericGreaterThan": max_chunks,
                    "Next": "TooManyChunks",
                },
            ],
            "Default": "ListChunks",
        },
        "NoChunks": {
            "Type": "Fail",
            "Error": "NoChunks",
            "Cause": "the plan has no chunk to render",
        },
        "TooManyChunks": {
            "Type": "Fail",
            "Error": "TooManyChunks",
            "CausePath": too_many,
        },
        "ListChunks": {
            **_pass({**_carried("StoreS3Uri", "Plan"), "Indexes": listed}),
            "Next": "ChooseMap",
        },
    }


def _choose_map(inline_chunks: int) -> dict[str, Any]:
    """The Map that takes as many chunks as there are."""
    return {
        "Type": "Choice",
        "Choices": [
            {
                "Variable": _COUNT,
                "NumericLessThanEquals": inline_chunks,
                "Next": "RenderBeside",
            }
        ],
        "Default": MANY_BESIDE,
    }


def _check_failures() -> dict[str, Any]:
    """After the Map: a Fail that names every failed chunk, or on to the end."""
    # One wildcard, then one field: interpreters differ on anything longer.
    failures = {
        "FailedChunks": "$.Drawn.Chunks[*].FailedChunk",
        "Errors": "$.Drawn.Chunks[*].Error",
    }
    named = (
        "States.Format('chunks {} of {} failed with {}; the others are kept, the same "
        "input makes only what is missing', States.JsonToString($.FailedChunks), "
        "$.Plan.ChunkCount, States.JsonToString(States.ArrayUnique($.Errors)))"
    )
    return {
        "CollectFailures": {
            **_pass(
                {
                    **_carried("StoreS3Uri", "Plan"),
                    "Chunks": "$.Drawn.Chunks",
                    **failures,
                }
            ),
            "Next": "CheckFailures",
        },
        "CheckFailures": {
            "Type": "Choice",
            "Choices": [
                {
                    "Variable": "$.FailedChunks[0]",
                    "IsPresent": True,
                    "Next": "ChunksFailed",
                }
            ],
            "Default": "Assemble",
        },
        "ChunksFailed": {"Type": "Fail", "Error": "ChunksFailed", "CausePath": named},
    }


def _fail() -> dict[str, Any]:
    """The end with a task's own error, or with one of Step Functions itself."""
    # Names that begin with States. are reserved, so a Fail may not have them; and such an
    # error may come without a cause, which a CausePath does not forgive.
    reserved = {"Variable": "$.Error", "StringMatches": "States.*"}
    caused = {"Variable": "$.Cause", "IsPresent": True}
    return {
        "TellError": {
            "Type": "Choice",
            "Choices": [{"And": [caused, {"Not": reserved}], "Next": "Failed"}],
            "Default": "StepFunctionsFailed",
        },
        "Failed": {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"},
        "StepFunctionsFailed": {
            "Type": "Fail",
            "Error": "StepFunctionsFailed",
            "CausePath": "States.JsonToString($)",
        },
    }


def _carried(*names: str) -> dict[str, str]:
    return {name: f"$.{name}" for name in names}


def _pass(fields: dict[str, str]) -> dict[str, Any]:
    """A state whose output is only *fields*, read from its input."""
    return {"Type": "Pass", "Parameters": {f"{n}.$": p for n, p in fields.items()}}


def _dump(value: Any) -> str:
    return json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        sort_keys=True,
        separators=(",", ":"),
    )
