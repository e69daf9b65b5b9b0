"""
The deliverable: parts joined, checked against the plan, published whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from .._encode.gif import make_gif
from .._encode.kinds import check_part
from .._encode.kinds import join_parts as join_files
from .._encode.mux import Part, check_sound, check_stream, join_segments
from .._encode.pictures import picture_name, unpack_pictures
from .._model.formats import FORMATS, Format, find_format
from .._model.frames import Chunk, FrameRange
from .._model.results import OutputResult, Plan
from .._planned.directory import check_artifacts
from .._render.chunk import read_chunk, segments_of
from .._render.pool import frames_in
from .._tools.files import digest_folder, publish_file, publish_folder, sha256_file
from ..errors import AssembleError, InputError
from ..progress import Control

_T = TypeVar("_T")
_STEPS = 3
_TAR = ".tar"
# Each is a short process that mostly starts.
_CHECKS_AT_ONCE = 4


def check_output_path(row: Format, path: Path) -> None:
    """
    Refuse an output whose name belongs to another format, or whose place is taken.

    Raises:
        InputError: It is one; the message says which name or format to give.
    """
    suffix = path.suffix.lower()
    if not path.name:
        raise InputError(f"output {str(path)!r} has no name")
    if row.suffix and suffix != row.suffix:
        others = [r.name for r in FORMATS.values() if r.suffix and r.suffix == suffix]
        advice = f", or ask for format {others[0]}" if others else ""
        raise InputError(
            f"output {path.name!r} is not named like {row.name}; "
            f"name it {path.stem}{row.suffix}{advice}"
        )
    if row.suffix or suffix == _TAR:
        if path.is_dir():
            raise InputError(f"output {str(path)!r} is a directory")
        return
    if suffix in {".png", *(r.suffix for r in FORMATS.values() if r.suffix)}:
        raise InputError(
            f"output {path.name!r} names one file and {row.name} is a directory; "
            f"name it {path.stem}, or {path.stem}{_TAR} for one file"
        )
    _check_folder(path)


def _check_folder(path: Path) -> None:
    """Only what an earlier render left may be replaced, never a person's files."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise InputError(f"output {str(path)!r} is there and is not a directory")
    if not path.exists():
        return
    for number, entry in enumerate(sorted(path.iterdir())):
        if entry.name != picture_name(number) or entry.is_symlink():
            raise InputError(
                f"output directory {str(path)!r} holds {entry.name!r}, which is not of "
                "an earlier render; empty it or name another place"
            )


def assemble_chunks(
    plan: Plan, chunk_paths: Sequence[Path], output: Path, *, control: Control
) -> OutputResult:
    """Check the chunks of *plan* and join them into *output*; see `assemble`."""
    check_output_path(find_format(plan.content.encoder.format), output)
    control.tell("assemble", 0, _STEPS, "checking chunks")
    if len(chunk_paths) != plan.chunk_count:
        raise AssembleError(
            str(output), f"{plan.chunk_count} chunks planned, {len(chunk_paths)} given"
        )
    parts = _check_chunks(plan, chunk_paths, control)
    return join_parts(plan, parts, output, control=control)


def _check_chunks(plan: Plan, paths: Sequence[Path], control: Control) -> list[Part]:
    """The files at *paths* as parts; several are looked at at once."""

    def check(chunk: Chunk, path: Path) -> tuple[Part, object]:
        control.check()
        read_chunk(plan, chunk, path)
        frames = frames_in(segments_of(plan, chunk))
        shape = check_part(path, plan.content, frames, control=control)
        return Part(path, len(frames)), shape

    chunks = zip(plan.manifest.chunks, paths, strict=True)
    checked = _at_once(partial(check, chunk, path) for chunk, path in chunks)
    for part, shape in checked:
        if shape != checked[0][1]:
            reason = "its codec parameters are not those of the chunks before it"
            raise AssembleError(str(part.path), reason)
    return [part for part, _ in checked]


def _at_once(looks: Iterable[Callable[[], _T]]) -> list[_T]:
    """What each of *looks* returns, or the first one's error."""
    with ThreadPoolExecutor(_CHECKS_AT_ONCE) as pool:
        return list(pool.map(lambda look: look(), looks))


def join_parts(
    plan: Plan, parts: Sequence[Part], output: Path, *, control: Control
) -> OutputResult:
    """Join checked *parts*, chunks or segments, into the verified *output*."""
    control.tell("assemble", 1, _STEPS, "joining")
    content = plan.content
    row = find_format(content.encoder.format)
    check_output_path(row, output)
    size, digest = _publish(row, parts, plan, output, control)
    control.tell("assemble", _STEPS, _STEPS)
    codec = row.codecs[content.encoder.codec]
    width, height = codec.coded_size(content.frame_size)
    return OutputResult(
        path=output,
        size=size,
        sha256=digest,
        width=width,
        height=height,
        frame_count=content.frame_count,
        duration=plan.duration,
        content_hash=plan.content_hash,
        warnings=plan.warnings,
    )


def _publish(
    row: Format, parts: Sequence[Part], plan: Plan, output: Path, control: Control
) -> tuple[int, str]:
    """Size and sha256 of the *output* that was joined, checked and published."""
    if not row.suffix and output.suffix.lower() != _TAR:
        return _publish_folder(_paths(parts), plan, output, control)
    with publish_file(output) as draft:
        _join(row, parts, plan, draft, control)
        control.tell("assemble", 2, _STEPS, "checking the output")
        _check(row, plan, draft, control)
        return sha256_file(draft)


def _join(
    row: Format, parts: Sequence[Part], plan: Plan, draft: Path, control: Control
) -> None:
    content = plan.content
    if row.container is not None:
        join_segments(parts, content, draft, sound=_sound(plan), control=control)
        # It was read some time after it was looked at.
        _sound(plan)
    elif row.suffix:
        make_gif(_paths(parts), content, draft, control=control)
    else:
        join_files(parts, content, draft, control=control)


def _paths(parts: Sequence[Part]) -> list[Path]:
    return [part.path for part in parts]


def _check(row: Format, plan: Plan, draft: Path, control: Control) -> None:
    content = plan.content
    if row.suffix:
        looks: list[Callable[[], object]] = [
            partial(check_stream, draft, content, content.frame_count, control)
        ]
        if row.container is not None:
            looks.append(partial(check_sound, draft, content, control))
        _at_once(looks)
    else:
        whole = FrameRange(0, content.frame_count)
        check_part(draft, content, whole, control=control)


def _sound(plan: Plan) -> Path | None:
    """The plan's mixed sound, its bytes compared with the planned ones."""
    sound = plan.content.sound
    if sound is None:
        return None
    check_artifacts(plan, [a for a in plan.content.artifacts if a.path == sound.path])
    return plan.path / sound.path


def _publish_folder(
    parts: Sequence[Path], plan: Plan, output: Path, control: Control
) -> tuple[int, str]:
    content = plan.content
    with publish_folder(output) as draft:
        unpack_pictures(parts, content, draft, control=control)
        control.tell("assemble", 2, _STEPS, "checking the output")
        result = digest_folder(draft)
        # The place may have been taken since.
        _check_folder(output)
    return result
