"""
The deliverable: parts joined, checked against the plan, published whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ._chunks import read_chunk
from ._ffmpeg import probe_video
from ._files import publish_file, sha256_file
from ._mux import check_sound, check_stream, join_segments
from ._plan_dir import check_artifacts
from ._results import OutputResult, Plan
from .errors import AssembleError
from .progress import Control

_STEPS = 3


def assemble_chunks(
    plan: Plan, chunk_paths: Sequence[Path], output: Path, *, control: Control
) -> OutputResult:
    """Check the chunks of *plan* and join them into *output*; see `assemble`."""
    control.tell("assemble", 0, _STEPS, "checking chunks")
    if len(chunk_paths) != plan.chunk_count:
        raise AssembleError(
            str(output), f"{plan.chunk_count} chunks planned, {len(chunk_paths)} given"
        )
    shapes = set()
    for chunk, path in zip(plan.manifest.chunks, chunk_paths, strict=True):
        read_chunk(plan, chunk, path)
        stream = probe_video(path, control=control)
        shapes.add((stream.codec, stream.size, stream.extradata))
        if len(shapes) > 1:
            reason = "its codec parameters are not those of the chunks before it"
            raise AssembleError(str(path), reason)
        control.check()
    return join_parts(plan, chunk_paths, output, control=control)


def join_parts(
    plan: Plan, parts: Sequence[Path], output: Path, *, control: Control
) -> OutputResult:
    """Join checked *parts*, chunks or segments, into the verified *output*."""
    control.tell("assemble", 1, _STEPS, "joining")
    content = plan.content
    with publish_file(output) as draft:
        join_segments(parts, content, draft, sound=_sound(plan), control=control)
        control.tell("assemble", 2, _STEPS, "checking the output")
        stream = check_stream(draft, content, content.frame_count, control)
        check_sound(draft, content, control)
        size, digest = sha256_file(draft)
    control.tell("assemble", _STEPS, _STEPS)
    width, height = map(int, stream.size.split("x"))
    return OutputResult(
        path=output,
        size=size,
        sha256=digest,
        width=width,
        height=height,
        frame_count=content.frame_count,
        duration=plan.duration,
        content_hash=plan.content_hash,
        warnings=content.warnings,
    )


def _sound(plan: Plan) -> Path | None:
    """The plan's mixed sound, its bytes compared with the planned ones."""
    sound = plan.content.sound
    if sound is None:
        return None
    check_artifacts(plan, [a for a in plan.content.artifacts if a.path == sound.path])
    return plan.path / sound.path
