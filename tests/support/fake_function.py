"""
A function that renders nothing: it answers as the real one, or fails as it is told to.

The store's address is a directory of the test: ``s3://fake/<path>``. In there
``faults.json`` names, for each call such as ``renderChunk 7``, the errors of its first
tries, and ``calls/`` collects one file for each try. Runs by itself, on the standard
library, so that the Lambda runtime's client can load it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import types
import uuid
from pathlib import Path
from typing import Any

ERRORS = Path(__file__).parents[2] / "src/hyperframes_dist/errors.py"
ALONE = "hyperframes_dist_errors_alone"
ARGUMENTS = {
    "ChunkUnfinishedError": (7, 2, 5),
    "PageError": ("script error", 7),
    "SeamError": (30, 1),
    "ResolveUnavailableError": ("https://example.com/x", "no answer"),
    "StoreDamagedError": ("s3://fake/x", "aa", "bb"),
    "StoreMissingError": ("s3://fake/x",),
}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """What the function does with one event."""
    folder = Path(event["StoreS3Uri"].removeprefix("s3://fake"))
    name = " ".join(str(event[k]) for k in ("Action", "ChunkIndex") if k in event)
    tries = len(list((folder / "calls").glob(f"{name}.*")))
    (folder / "calls" / f"{name}.{uuid.uuid4().hex}").write_text(json.dumps(event))
    faults = json.loads((folder / "faults.json").read_text()).get(name, [])
    if tries < len(faults):
        fail(faults[tries])
    return ANSWERS[event["Action"]](event)


def calls(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The events of each call, by its name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in (folder / "calls").iterdir():
        events = found.setdefault(path.name.rpartition(".")[0], [])
        events.append(json.loads(path.read_text()))
    return found


def fail(name: str) -> None:
    """End as a function does that fails with the error *name*."""
    if name == "Runtime.ExitError":
        os._exit(1)
    # A class of that name which is the real one if the library has it. Only its errors are
    # loaded: the function's Python has none of what the rest of the library needs.
    package = types.ModuleType(ALONE)
    errors = Path(os.environ.get("FAKE_FUNCTION_ERRORS", ERRORS))
    package.__path__ = [str(errors.parent)]
    sys.modules[ALONE] = package
    module = importlib.import_module(f"{ALONE}.{errors.stem}")
    cls = getattr(module, name, None) or type(name, (Exception,), {})
    raise cls(*ARGUMENTS.get(name, ("told to",)))


def _plan(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "PlanHash": "a" * 64,
        "ContentHash": "b" * 64,
        "PicturesHash": "c" * 64,
        "ChunkCount": event["Config"]["chunks"],
        "TotalFrames": 300,
        "Fps": "30/1",
        "Width": 64,
        "Height": 36,
        "Format": "mp4",
        "HasAudio": event["Config"].get("audio", False),
        "Warnings": 0,
        "DurationMs": 5,
    }


def _chunk(event: dict[str, Any]) -> dict[str, Any]:
    index = event["ChunkIndex"]
    return {"ChunkIndex": index, "Sha256": "c" * 43, "FramesEncoded": 10}


def _assemble(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "OutputS3Uri": f"{event['StoreS3Uri']}/outputs/{event['PlanHash']}/output.mp4",
        "Sha256": "d" * 64,
        "FramesEncoded": 300,
        "FileSize": 1000,
        "DurationMs": 5,
    }


def _sound(_: dict[str, Any]) -> dict[str, Any]:
    return {"SoundHash": "f" * 64, "FileSize": 10}


def _walk(event: dict[str, Any]) -> dict[str, Any]:
    return {**_plan({"Config": {"chunks": 2}}), "PlanHash": "e" * 64}


ANSWERS = {
    "plan": _plan,
    "walk": _walk,
    "renderChunk": _chunk,
    "mixSound": _sound,
    "assemble": _assemble,
}
