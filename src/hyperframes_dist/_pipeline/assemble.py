"""
The deliverable: parts joined, checked against the plan, published whole.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import attrs

from .._encode.kinds import at_once, kind_in
from .._encode.mux import Part
from .._model.frames import Chunk, frames_in
from .._model.results import ChunkResult, OutputResult, Plan, SoundResult
from .._render.chunk import read_chunk, segments_of
from .._render.seams import check_seams
from .._render.sound import make_sound, read_sound, sound_name
from .._tools.files import work_dir
from .._tools.spans import span
from ..errors import AssembleError
from ..progress import Control

_STEPS = 3


@span("assemble")
def assemble_chunks(
    plan: Plan,
    chunk_paths: Sequence[Path],
    output: Path,
    *,
    sound: Path | None,
    control: Control,
) -> OutputResult:
    """Check the chunks of *plan* and join them into *output*; see `assemble`."""
    kind_in(plan.content).check_place(output)
    control.tell("assemble", 0, _STEPS, "checking chunks")
    if len(chunk_paths) != plan.chunk_count:
        raise AssembleError(
            str(output), f"{plan.chunk_count} chunks planned, {len(chunk_paths)} given"
        )
    parts = _check_chunks(plan, chunk_paths, control)
    with sound_of(plan, sound, output, control) as heard:
        return join_parts(plan, parts, output, sound=heard, control=control)


@attrs.frozen
class Heard:
    """The sound of a plan, checked: a file and what its sidecar says."""

    path: Path
    result: SoundResult


@contextlib.contextmanager
def sound_of(
    plan: Plan, given: Path | None, output: Path, control: Control
) -> Iterator[Heard | None]:
    """
    The sound of *plan*: the *given* one, else one that is mixed beside *output* and goes
    afterwards; None where nothing is heard.

    Raises:
        AssembleError: *given* is not the sound of the plan.
        EncodeError: The sound cannot be mixed.
    """
    if given is not None:
        yield Heard(given, read_sound(plan, given))
    elif plan.content.sound is None:
        yield None
    else:
        with work_dir(output) as scratch:
            path = scratch / sound_name(plan)
            yield Heard(path, make_sound(plan, path, control=control))


def _check_chunks(plan: Plan, paths: Sequence[Path], control: Control) -> list[Part]:
    """The files at *paths* as parts; several are looked at at once."""

    def check(chunk: Chunk, path: Path) -> tuple[Part, object, ChunkResult]:
        control.check()
        made = read_chunk(plan, chunk, path)
        frames = frames_in(segments_of(plan, chunk))
        shape = kind_in(plan.content).check(path, plan.content, frames, control=control)
        return Part(path, len(frames)), shape, made

    chunks = zip(plan.manifest.chunks, paths, strict=True)
    checked = at_once(partial(check, chunk, path) for chunk, path in chunks)
    for part, shape, _ in checked:
        if shape != checked[0][1]:
            reason = "its codec parameters are not those of the chunks before it"
            raise AssembleError(str(part.path), reason)
    check_seams(plan, [record for _, _, made in checked for record in made.segments])
    return [part for part, _, _ in checked]


@span("join")
def join_parts(
    plan: Plan,
    parts: Sequence[Part],
    output: Path,
    *,
    sound: Heard | None,
    control: Control,
) -> OutputResult:
    """Join checked *parts*, chunks or segments, into the verified *output*."""
    control.tell("assemble", 1, _STEPS, "joining")
    content = plan.content
    kind = kind_in(content)
    kind.check_place(output)
    size, digest = kind.publish(
        parts,
        content,
        output,
        sound=None if sound is None else sound.path,
        checking=lambda: control.tell("assemble", 2, _STEPS, "checking the output"),
        control=control,
    )
    control.tell("assemble", _STEPS, _STEPS)
    codec = kind.row.codecs[content.encoder.codec]
    width, height = codec.coded_size(content.output_size)
    return OutputResult(
        path=output,
        size=size,
        sha256=digest,
        width=width,
        height=height,
        frame_count=content.frame_count,
        duration=plan.duration,
        content_hash=plan.content_hash,
        warnings=(*plan.warnings, *(() if sound is None else sound.result.warnings)),
        seam=plan.manifest.notes.seam,
    )
