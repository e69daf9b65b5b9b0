"""
What the function is asked and what it answers: events of Step Functions, checked before
anything is read or fetched.

Names are PascalCase, as Amazon's are; what an event may hold is written here once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import attrs

from ..._model.codec import from_json
from ..._model.config import RenderConfig
from ..._model.keys import site_key
from ..._model.results import ChunkResult, SoundResult
from ..._wire.jobs import (
    Answer,
    AssembleJob,
    ChunkJob,
    Delivered,
    Helped,
    Job,
    PlanJob,
    Planned,
    SoundJob,
    WalkJob,
    check_render_name,
)
from ...errors import InputError
from ...transport._uri import parse_s3_uri

_FIELDS = {
    "plan": frozenset({"StoreS3Uri", "ProjectS3Uri", "Config"}),
    "walk": frozenset({"StoreS3Uri", "PlanHash"}),
    "renderChunk": frozenset({"StoreS3Uri", "PlanHash", "ChunkIndex"}),
    "mixSound": frozenset({"StoreS3Uri", "PlanHash"}),
    "assemble": frozenset({"StoreS3Uri", "PlanHash"}),
}
# What a job may be told besides. An execution is called as its render is.
_NOTES = frozenset({"Action", "Attempt", "Execution"})
_ENVELOPES = ("Payload", "Input")
_DEEPEST = 4
_CHUNK_BYTES = 200


@attrs.frozen(kw_only=True)
class Asked:
    """
    A checked event.

    Attributes:
        action: ``plan``, ``walk``, ``renderChunk``, ``mixSound`` or ``assemble``.
        job: What to do, and in which store.
        attempt: How often it was tried before; None when the event does not say.
        execution: The execution it belongs to; None when the event does not say.
    """

    action: str
    job: Job
    attempt: int | None
    execution: str | None


def parse_event(event: Any, buckets: frozenset[str]) -> Asked:
    """
    What *event* asks for, which may lie in a few envelopes.

    Args:
        event: What Lambda was invoked with.
        buckets: Buckets this function may touch.

    Raises:
        InputError: *event* asks for no known action, a field is missing, unknown or
            malformed, or it names a bucket that is not one of *buckets*.
    """
    fields = unwrap(event)
    action = str(fields["Action"])
    _check_fields(action, fields)
    store = _check_store(fields["StoreS3Uri"], buckets)
    return Asked(
        action=action,
        job=_job(action, fields, store),
        attempt=_note(fields, "Attempt", int),
        execution=_note(fields, "Execution", str),
    )


def unwrap(event: Any) -> Mapping[str, Any]:
    """
    The object with a known ``Action``, at most four envelopes deep in *event*.

    Raises:
        InputError: *event* holds no such object.
    """
    inner, depth = event, 0
    while isinstance(inner, Mapping) and depth <= _DEEPEST:
        action = inner.get("Action")
        if isinstance(action, str) and action in _FIELDS:
            return inner
        envelope = next((name for name in _ENVELOPES if name in inner), None)
        if envelope is None:
            break
        inner, depth = inner[envelope], depth + 1
    known = ", ".join(_FIELDS)
    found = inner.get("Action") if isinstance(inner, Mapping) else type(inner).__name__
    raise InputError(
        f"no event with an Action of {known} was found {depth} envelopes deep, "
        f"at most {_DEEPEST} are opened; found {str(found)[:60]!r}"
    )


def _check_fields(action: str, fields: Mapping[str, Any]) -> None:
    missing = sorted(_FIELDS[action] - fields.keys() - {"Config"})
    unknown = sorted(fields.keys() - _FIELDS[action] - _NOTES)
    if missing or unknown:
        raise InputError(
            f"event of action {action}: missing {missing or 'nothing'}, "
            f"unknown {unknown or 'nothing'}"
        )


def _check_store(uri: Any, buckets: frozenset[str]) -> str:
    bucket, _ = parse_s3_uri(_text("StoreS3Uri", uri))
    if bucket not in buckets:
        raise InputError(f"bucket {bucket!r} is not one this function may touch")
    return str(uri)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{name} {value!r} is not text")
    return value


def _note(fields: Mapping[str, Any], name: str, kind: type) -> Any:
    value = fields.get(name)
    return value if isinstance(value, kind) else None


def _job(action: str, fields: Mapping[str, Any], store: str) -> Job:
    own: dict[str, Any] = {"store": store, "render": _render(fields)}
    if action == "plan":
        return PlanJob(
            **own,
            site_hash=_site_hash(fields["ProjectS3Uri"], store),
            config=_config(fields.get("Config", {})),
        )
    if action == "walk":
        return WalkJob(**own, plan_hash=fields["PlanHash"])
    if action == "renderChunk":
        return ChunkJob(**own, plan_hash=fields["PlanHash"], index=fields["ChunkIndex"])
    if action == "mixSound":
        return SoundJob(**own, plan_hash=fields["PlanHash"])
    return AssembleJob(**own, plan_hash=fields["PlanHash"])


def _render(fields: Mapping[str, Any]) -> str:
    """The render a job tells of itself; none where its execution has no name for one."""
    try:
        return check_render_name(_note(fields, "Execution", str) or "")
    except InputError:
        return ""


def _site_hash(uri: Any, store: str) -> str:
    parse_s3_uri(_text("ProjectS3Uri", uri))
    site = str(uri).split("/")[-2]
    if uri != f"{store}/{site_key(site)}":
        raise InputError(
            f"ProjectS3Uri {uri!r} is not {store}/{site_key('<hash>')}, "
            "where projects are deployed to"
        )
    return site


def _config(raw: Any) -> RenderConfig:
    if not isinstance(raw, Mapping):
        raise InputError(f"Config is {type(raw).__name__}, an object was wanted")
    return from_json(json.dumps(raw), RenderConfig)


def tell_answer(answer: Answer, store: str) -> dict[str, Any]:
    """What the state machine is told of a job's *answer*, made in *store*."""
    if isinstance(answer, Planned):
        return plan_answer(answer)
    if isinstance(answer, Helped):
        return chunk_answer(answer.chunk)
    if isinstance(answer, ChunkResult):
        return chunk_answer(answer)
    if isinstance(answer, SoundResult):
        return {"SoundHash": answer.sound_hash, "FileSize": answer.size}
    return output_answer(answer, store)


def plan_answer(plan: Planned) -> dict[str, Any]:
    """What the state machine is told of *plan*."""
    return {
        "PlanHash": plan.plan_hash,
        "ContentHash": plan.content_hash,
        "PicturesHash": plan.pictures_hash,
        "ChunkCount": plan.chunk_count,
        "TotalFrames": plan.frame_count,
        "Fps": plan.frame_rate,
        "Width": plan.width,
        "Height": plan.height,
        "Format": plan.format,
        "HasAudio": plan.has_sound,
        "Warnings": len(plan.warnings),
        "DurationMs": round(plan.duration * 1000),
    }


def chunk_answer(result: ChunkResult) -> dict[str, Any]:
    """
    What the state machine is told of a chunk: under 200 bytes, as a state holds them all.

    Its address follows from plan hash and index, so it is not repeated.
    """
    digest = base64.urlsafe_b64encode(bytes.fromhex(result.sha256))
    answer = {
        "ChunkIndex": result.index,
        "Sha256": digest.decode().rstrip("="),
        "FramesEncoded": result.frame_count,
    }
    assert len(json.dumps(answer)) < _CHUNK_BYTES, (
        "numbers of this size cannot exceed it"
    )
    return answer


def output_answer(delivered: Delivered, store: str) -> dict[str, Any]:
    """What the state machine is told of the deliverable."""
    output = delivered.output
    return {
        "OutputS3Uri": f"{store}/{delivered.key}",
        "Sha256": output.sha256,
        "FramesEncoded": output.frame_count,
        "FileSize": output.size,
        "DurationMs": round(output.duration * 1000),
    }
