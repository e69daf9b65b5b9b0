"""
The calls of the one function as Task states, and the Map that calls it for every chunk.

What an event and an answer hold is what the function reads and writes; a name here that
the function does not know is an error of every execution.
"""

from __future__ import annotations

from typing import Any, Final

from ...errors import SeamError
from ..retries import known_errors, retriers

INPUT: Final = ("Config", "ProjectS3Uri", "StoreS3Uri")
UNLISTED_ERROR: Final = "UnlistedError"
MANY_CHUNKS: Final = "RenderManyChunks"
"""The state whose chunks are children with histories of their own."""
MANY_BESIDE: Final = "RenderManyBeside"
"""The state that state is in; interpreters do not tell of all that is inside another."""

_PLAN: Final = (
    *("PlanHash", "ContentHash", "PicturesHash", "ChunkCount", "TotalFrames", "Fps"),
    *("Width", "Height", "Format", "HasAudio", "Warnings", "DurationMs"),
)
_CHUNK: Final = ("ChunkIndex", "Sha256", "FramesEncoded")
_SOUND: Final = ("SoundHash", "FileSize")
_OUTPUT: Final = ("OutputS3Uri", "Sha256", "FramesEncoded", "FileSize", "DurationMs")
_EXECUTION: Final = "$$.Execution.Name"


class Tasks:
    """
    The calls of one function.

    Args:
        function_arn: The function, or a placeholder for it.
        partition: Of the address of Step Functions' integration, such as ``aws``.
        seconds: Timeout of the function.
    """

    def __init__(self, function_arn: str, partition: str, seconds: int) -> None:
        self._function_arn, self._seconds = function_arn, seconds
        self._resource = f"arn:{partition}:states:::lambda:invoke"

    def plan(self) -> dict[str, Any]:
        """Ends with ``$.Plan``, the facts of the plan."""
        made = self._call("plan", INPUT, _PLAN, _EXECUTION)
        return {**made, **caught(), "ResultPath": "$.Plan", "Next": "CheckChunkCount"}

    def walk(self) -> dict[str, Any]:
        """As `plan`, after its chunks did not meet; the new plan's cannot fail so."""
        made = self._call("walk", ("StoreS3Uri",), _PLAN, _EXECUTION)
        made["Parameters"]["Payload"]["PlanHash.$"] = "$.Plan.PlanHash"
        return {**made, **caught(), "ResultPath": "$.Plan", "Next": "CheckChunkCount"}

    def chunk(self) -> dict[str, Any]:
        """Ends with the facts of one chunk, and nothing else."""
        sent = ("StoreS3Uri", "PlanHash", "ChunkIndex")
        return {**self._call("renderChunk", sent, _CHUNK, "$.Execution"), "End": True}

    def sound(self) -> dict[str, Any]:
        """Ends with the facts of the sound, and nothing else."""
        made = self._call("mixSound", ("StoreS3Uri",), _SOUND, _EXECUTION)
        made["Parameters"]["Payload"]["PlanHash.$"] = "$.Plan.PlanHash"
        return made

    def assemble(self) -> dict[str, Any]:
        """Ends with ``$.Output``, the facts of the deliverable."""
        made = self._call("assemble", ("StoreS3Uri",), _OUTPUT, _EXECUTION)
        made["Parameters"]["Payload"]["PlanHash.$"] = "$.Plan.PlanHash"
        # The input is kept: it names the plan that another one is made from.
        parted = {
            "ErrorEquals": [SeamError.__name__],
            "ResultPath": None,
            "Next": "Walk",
        }
        catch = {"Catch": [parted, *caught()["Catch"]]}
        return {**made, **catch, "ResultPath": "$.Output", "Next": "Done"}

    def _call(
        self, action: str, sent: tuple[str, ...], kept: tuple[str, ...], execution: str
    ) -> dict[str, Any]:
        fields = {f"{name}.$": f"$.{name}" for name in sent}
        # The function's log says which execution called, and on which try.
        notes = {"Execution.$": execution, "Attempt.$": "$$.State.RetryCount"}
        return {
            "Type": "Task",
            "Resource": self._resource,
            "Parameters": {
                "FunctionName": self._function_arn,
                "Payload": {"Action": action, **fields, **notes},
            },
            # Only these fields: the answer also carries the headers of the call.
            "ResultSelector": {f"{name}.$": f"$.Payload.{name}" for name in kept},
            # The function ends by itself; both are for a call whose answer was lost. A
            # called function cannot send heartbeats, so the shorter one is no shorter
            # than the function.
            "TimeoutSeconds": self._seconds + 60,
            "HeartbeatSeconds": self._seconds + 30,
            "Retry": [each.to_json() for each in retriers()],
        }


def beside(
    name: str, draw: dict[str, Any], tasks: Tasks, suffix: str
) -> dict[str, Any]:
    """
    The Map *draw*, called *name*, beside the mixing of the sound.

    Ends with ``$.Drawn.Chunks``, the rows of the Map. What keeps the sound from being mixed is
    left to who joins the chunks. States are called apart by *suffix*.
    """
    choose, mix, leave = (
        f"{each}{suffix}" for each in ("ChooseSound", "MixSound", "LeaveSound")
    )
    is_heard = {"Variable": "$.Plan.HasAudio", "BooleanEquals": True, "Next": mix}
    failed = {"ErrorEquals": ["States.ALL"], "Next": leave}
    sound = {
        choose: {"Type": "Choice", "Choices": [is_heard], "Default": leave},
        mix: {**tasks.sound(), "Catch": [failed], "End": True},
        leave: {"Type": "Pass", "Parameters": {}, "End": True},
    }
    return {
        "Type": "Parallel",
        "Branches": [
            {"StartAt": name, "States": {name: draw}},
            {"StartAt": choose, "States": sound},
        ],
        "ResultSelector": {"Chunks.$": "$[0]"},
        "ResultPath": "$.Drawn",
        **caught(),
        "Next": "CollectFailures",
    }


def caught() -> dict[str, Any]:
    """What ends the execution with the task's own error."""
    # The input is replaced: a large one and a long cause together would not fit.
    return {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "TellError"}]}


def map_inline(tasks: Tasks, max_concurrency: int) -> dict[str, Any]:
    """
    The Map for a few chunks, inside the execution.

    A chunk that fails becomes a row, ``FailedChunk`` and ``Error``, so that all others
    still finish. So it is in the other Map.
    """
    states = {
        "RenderChunk": {
            **tasks.chunk(),
            "Catch": [_catch(["States.ALL"], "RecordFailure")],
        },
        "RecordFailure": _record({"Error.$": "$.Failure.Error"}),
    }
    return _map({"Mode": "INLINE"}, states, max_concurrency)


def map_distributed(tasks: Tasks, max_concurrency: int) -> dict[str, Any]:
    """The Map for many chunks, each a child execution with a history of its own."""
    # A name of any length, a thousand times, might not fit into the Map's result.
    catch = [
        _catch(list(known_errors()), "RecordFailureOfMany"),
        _catch(["States.ALL"], "RecordUnlistedOfMany"),
    ]
    states = {
        "RenderChunkOfMany": {**tasks.chunk(), "Catch": catch},
        "RecordFailureOfMany": _record({"Error.$": "$.Failure.Error"}),
        "RecordUnlistedOfMany": _record({"Error": UNLISTED_ERROR}),
    }
    # An express child would end after five minutes.
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return _map(config, states, max_concurrency)


def _catch(errors: list[str], record: str) -> dict[str, Any]:
    return {"ErrorEquals": errors, "ResultPath": "$.Failure", "Next": record}


def _record(error: dict[str, str]) -> dict[str, Any]:
    fields = {"FailedChunk.$": "$.ChunkIndex", **error}
    return {"Type": "Pass", "Parameters": fields, "End": True}


def _map(
    config: dict[str, str], states: dict[str, Any], max_concurrency: int
) -> dict[str, Any]:
    return {
        "Type": "Map",
        "ItemsPath": "$.Indexes",
        "MaxConcurrency": max_concurrency,
        "ItemSelector": {
            "StoreS3Uri.$": "$.StoreS3Uri",
            "PlanHash.$": "$.Plan.PlanHash",
            "ChunkIndex.$": "$$.Map.Item.Value",
            # In a child of a distributed Map the name would be the child's.
            "Execution.$": _EXECUTION,
        },
        "ItemProcessor": {
            "ProcessorConfig": config,
            "StartAt": next(iter(states)),
            "States": states,
        },
        "End": True,
    }
