"""
Two films, or two plans, held against each other: what is the first thing that differs.

Only ever reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from .._encode.pictures import digest_pictures
from .._model.manifest import MANIFEST_NAME, dump_manifest
from .._model.results import Plan
from .._planned.directory import load_plan
from .._tools.ffmpeg import hash_frames, hash_sound, probe_video
from ..errors import InputError
from ..progress import Cancel, Control, soonest

__all__ = ["Difference", "FieldDifference", "diff"]

_NOTHING = "nothing"
_NAMES = ("path", "address", "id", "index")


@attrs.frozen(kw_only=True)
class FieldDifference:
    """
    One thing two films or plans say differently.

    Attributes:
        name: Which: a field of the content, such as ``encoder.crf`` or
            ``artifacts[compiled/index.html].sha256``, or a fact of a film.
        one: What the first one says, as JSON; ``nothing`` where it says nothing.
        other: What the second one says.
    """

    name: str
    one: str
    other: str


@attrs.frozen(kw_only=True)
class Difference:
    """
    How two films, or two plans, differ.

    Attributes:
        fields: What they say differently, in the order of their parts.
        frame: The first frame with other pixels; None where all are the same, and for plans.
        sound: Whether what is heard differs; False for plans and pictures.
    """

    fields: tuple[FieldDifference, ...] = ()
    frame: int | None = None
    sound: bool = False

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.fields and self.frame is None and not self.sound


def diff(
    one: Plan | Path | str,
    other: Plan | Path | str,
    *,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
) -> Difference:
    """
    Say how two films, or two plans, differ.

    Films are compared by the pixels of their frames and by their samples, whatever coded
    them, plans by the fields of their content: what can change a byte of the output.

    Args:
        one: A plan, a video, or a directory or tar of pictures; only read.
        other: Another of the same kind.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.

    Raises:
        InputError: A film or plan is not there, or the two are not of one kind.
        PlanIntegrityError: A ``plan.json`` is not what was written.
        EncodeError: A film cannot be read.
    """
    control = Control(None, cancel, soonest(deadline, timeout))
    paths = [
        each.path if isinstance(each, Plan) else Path(each) for each in (one, other)
    ]
    first, second = (_kind(path) for path in paths)
    if first != second:
        raise InputError(
            f"{str(paths[0])!r} is {first}, {str(paths[1])!r} is {second}; "
            "two of one kind can be compared"
        )
    if first == _PLAN:
        contents = [_content(path) for path in paths]
        return Difference(fields=differences(*contents))
    if first == _PICTURES:
        found = [digest_pictures(path, control=control) for path in paths]
        return _compare(found, [{"frames": len(each)} for each in found])
    hashes = [hash_frames(path, decoded=True, control=control) for path in paths]
    sounds = [hash_sound(path, control=control) for path in paths]
    made = _compare(hashes, [_facts(path, control) for path in paths])
    return attrs.evolve(made, sound=sounds[0] != sounds[1])


_PLAN, _PICTURES, _FILM = "a plan", "a sequence of pictures", "a film"


def _kind(path: Path) -> str:
    if path.is_dir():
        return _PLAN if (path / MANIFEST_NAME).is_file() else _PICTURES
    if not path.is_file():
        raise InputError(f"{str(path)!r} is not there")
    return _PICTURES if path.suffix.lower() == ".tar" else _FILM


def _facts(path: Path, control: Control) -> dict[str, Any]:
    stream = probe_video(path, control=control)
    return {
        "codec": stream.codec,
        "size": stream.size,
        "frames": len(stream.times),
        "seconds": str(stream.duration),
    }


def _compare(hashes: list[tuple[str, ...]], facts: list[dict[str, Any]]) -> Difference:
    one, other = hashes
    pairs = enumerate(zip(one, other, strict=False))
    frame = next((number for number, (a, b) in pairs if a != b), None)
    if frame is None and len(one) != len(other):
        frame = min(len(one), len(other))
    return Difference(fields=differences(*facts), frame=frame)


def differences(one: Any, other: Any) -> tuple[FieldDifference, ...]:
    """What two trees of JSON say differently, leaf by leaf."""
    return tuple(_differences("", one, other))


def _content(path: Path) -> Any:
    return json.loads(dump_manifest(load_plan(path).manifest))["content"]


def _differences(name: str, one: Any, other: Any) -> Iterator[FieldDifference]:
    if isinstance(one, list) and isinstance(other, list):
        one, other = _by_name(one), _by_name(other)
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            below = (
                f"{name}{key}" if key.startswith("[") else f"{name}.{key}".lstrip(".")
            )
            yield from _differences(below, one.get(key), other.get(key))
    elif one != other:
        yield FieldDifference(name=name, one=_told(one), other=_told(other))


def _by_name(rows: list[Any]) -> dict[str, Any]:
    """*rows* by what each is known by, so that one more does not shift all others."""
    found: dict[str, Any] = {}
    for number, row in enumerate(rows):
        names = (
            [row[key] for key in _NAMES if key in row] if isinstance(row, dict) else []
        )
        key = f"[{names[0] if names else number}]"
        found[key if key not in found else f"[{number}]"] = row
    return found


def _told(value: Any) -> str:
    return _NOTHING if value is None else json.dumps(value, ensure_ascii=False)[:200]
