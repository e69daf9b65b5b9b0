"""
Chunk files: made from a plan, described by a sidecar, and checked before they are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .._encode.kinds import kind_in
from .._encode.mux import Part
from .._model.checks import check_number
from .._model.codec import from_json, to_json
from .._model.formats import FORMATS, find_format
from .._model.frames import Chunk, Segment, frames_in
from .._model.results import ChunkResult, Plan, SegmentRecord
from .._tools.files import (
    publish_file,
    read_note,
    require_directory,
    sha256_file,
    write_file,
)
from ..errors import AssembleError, InputError
from ..progress import Control
from .segments import Segments

if TYPE_CHECKING:
    pass


def sidecar_of(chunk_path: Path) -> Path:
    """Where a chunk's description lies: beside it, with ``.json`` added."""
    return chunk_path.with_name(chunk_path.name + ".json")


def find_chunk(plan: Plan, index: int) -> Chunk:
    """
    The chunk *index* of *plan*.

    Raises:
        InputError: *index* is not one of the plan's chunks.
    """
    check_number("chunk index", index, 0, plan.chunk_count - 1)
    return plan.manifest.chunks[index]


def check_chunk_name(plan: Plan, output: Path) -> None:
    """
    Refuse an *output* that is named like a part of another format.

    Raises:
        InputError: It is; the message says which name to give.
    """
    own = find_format(plan.content.encoder.format)
    suffix = output.suffix.lower()
    others = {s for row in FORMATS.values() for s in (row.suffix, row.part_suffix) if s}
    if suffix != own.part_suffix and suffix in others | {".png", ".jpg", ".json"}:
        raise InputError(
            f"chunk {output.name!r} is named like another format, and chunks of "
            f"{own.name} are {own.part_suffix} files; name it {output.stem}{own.part_suffix}"
        )
    if output.is_dir():
        name = f"0000{own.part_suffix}"
        raise InputError(
            f"chunk {str(output)!r} is a directory; name a file in it, such as {name}"
        )


def find_chunks(plan: Plan, folder: Path) -> list[Path]:
    """
    The files of the chunks of *plan* that lie in *folder*, in the plan's order.

    What else lies there, chunks of other plans among it, is passed over.

    Raises:
        InputError: *folder* is no directory.
        AssembleError: A chunk is missing, or there twice.
    """
    found: dict[int, Path] = {}
    for sidecar in sorted(require_directory(folder, "chunk directory").glob("*.json")):
        try:
            result = from_json(read_note(sidecar), ChunkResult)
        except InputError:
            continue
        if result.content_hash != plan.content_hash:
            continue
        path = sidecar.with_suffix("")
        if result.index in found:
            twice = f"chunk {result.index} is also {found[result.index].name}"
            raise AssembleError(str(path), f"{twice}; leave one")
        found[result.index] = path
    missing = [n for n in range(plan.chunk_count) if n not in found]
    if missing:
        raise AssembleError(str(folder), f"chunk {missing[0]} of this plan is missing")
    return [found[index] for index in range(plan.chunk_count)]


def segments_of(plan: Plan, chunk: Chunk) -> tuple[Segment, ...]:
    """The segments of *chunk*, in order."""
    return plan.content.segments[chunk.first : chunk.stop]


def parts_of(store: Segments, segments: Sequence[Segment]) -> list[Part]:
    """The files of *segments*, all of which *store* has."""
    return [Part(store.path(segment), len(segment.frames)) for segment in segments]


def publish_chunk(
    plan: Plan, chunk: Chunk, store: Segments, output: Path, *, control: Control
) -> ChunkResult:
    """Join the segments of *chunk*, all of which *store* has, into *output*."""
    segments = segments_of(plan, chunk)
    records = tuple(_record(store, segment) for segment in segments)
    frames = frames_in(segments)
    with publish_file(output) as draft:
        parts, content = parts_of(store, segments), plan.content
        kind_in(content).join(parts, content, draft, control=control)
        kind_in(content).check(draft, content, frames, control=control)
        size, digest = sha256_file(draft)
    result = ChunkResult(
        content_hash=plan.content_hash,
        index=chunk.index,
        frame_count=len(frames),
        size=size,
        sha256=digest,
        segments=records,
    )
    # The sidecar goes last: a chunk that has one is whole.
    write_file(sidecar_of(output), to_json(result) + b"\n")
    return result


def _record(store: Segments, segment: Segment) -> SegmentRecord:
    record = store.load(segment)
    if record is None:
        place = str(store.path(segment))
        raise AssembleError(
            place, "a finished segment was removed or changed; try again"
        )
    return record


def read_chunk(plan: Plan, chunk: Chunk, path: Path) -> ChunkResult:
    """
    Check that *path* is *chunk* of *plan*, whole and unchanged.

    Raises:
        AssembleError: The file or its sidecar is missing, or they are of another plan or
            chunk, or its bytes are not the rendered ones.
    """
    sidecar = sidecar_of(path)
    if not path.is_file():
        raise AssembleError(str(path), f"chunk {chunk.index} is missing")
    if not sidecar.is_file():
        raise AssembleError(str(sidecar), "the chunk's sidecar is missing")
    try:
        result = from_json(read_note(sidecar), ChunkResult)
    except InputError as error:
        raise AssembleError(str(sidecar), str(error)) from None
    _compare(plan, chunk, path, result)
    return result


def _compare(plan: Plan, chunk: Chunk, path: Path, result: ChunkResult) -> None:
    segments = segments_of(plan, chunk)
    planned = [(s.index, s.frames.start, s.frames.stop) for s in segments]
    facts = {
        "content hash": (plan.content_hash, result.content_hash),
        "chunk index": (chunk.index, result.index),
        "segments": (planned, [(s.index, s.start, s.stop) for s in result.segments]),
        "frame count": (len(frames_in(segments)), result.frame_count),
    }
    for what, (wanted, found) in facts.items():
        if wanted != found:
            raise AssembleError(str(path), f"{what}: planned {wanted}, found {found}")
    size, digest = sha256_file(path)
    if (result.size, result.sha256) != (size, digest):
        raise AssembleError(
            str(path),
            f"holds {size} bytes with sha256 {digest}, rendered were {result.size} "
            f"with {result.sha256}; render the chunk again",
        )
