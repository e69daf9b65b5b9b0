"""
Sound files: what is heard of a plan, mixed and coded, described by a sidecar, and checked
before they are used.
"""

from __future__ import annotations

from pathlib import Path

from .._encode.mux import sound_coding
from .._media.mix import MIX_CEILING, mix_tracks
from .._model.codec import from_json, to_json
from .._model.content import Artifact
from .._model.keys import sound_key
from .._model.results import Plan, SoundResult
from .._planned.directory import check_artifacts
from .._tools.files import (
    publish_file,
    read_note,
    sha256_file,
    work_dir,
    write_file,
)
from .._tools.spans import span
from ..errors import AssembleError, InputError
from ..progress import Control
from .chunk import sidecar_of

_LOUD = (
    "the sound is louder than a file can hold where clips add up; its peaks were held at "
    f"{MIX_CEILING:g} dBTP: give them a lower data-volume"
)


@span("mix_sound")
def make_sound(plan: Plan, output: Path, *, control: Control) -> SoundResult:
    """Mix and code what is heard of *plan* into *output*; see `mix_sound`."""
    if (sound := plan.content.sound) is None:
        raise InputError("nothing is heard in this plan: there is no sound to mix")
    check_artifacts(plan, sources_of(plan))
    with work_dir(output) as scratch, publish_file(output) as draft:
        is_loud = mix_tracks(
            sound,
            plan.path,
            sound_coding(plan.content),
            draft,
            scratch=scratch,
            control=control,
        )
        size, digest = sha256_file(draft)
    result = SoundResult(
        sound_hash=plan.sound_hash,
        size=size,
        sha256=digest,
        warnings=(_LOUD,) if is_loud else (),
    )
    # The sidecar goes last: a sound that has one is whole.
    write_file(sidecar_of(output), to_json(result) + b"\n")
    return result


def sound_name(plan: Plan) -> str:
    """What the file of the sound of *plan* may be called."""
    return Path(sound_key(plan)).name


def sources_of(plan: Plan) -> tuple[Artifact, ...]:
    """The artifacts of *plan* that its sound is mixed from."""
    sound = plan.content.sound
    paths = frozenset() if sound is None else sound.paths
    return tuple(row for row in plan.content.artifacts if row.path in paths)


def read_sound(plan: Plan, path: Path) -> SoundResult:
    """
    Check that *path* is the sound of *plan*, whole and unchanged.

    Raises:
        AssembleError: The file or its sidecar is missing, or of another plan, or its bytes
            are not the mixed ones.
    """
    if plan.content.sound is None:
        raise AssembleError(str(path), "nothing is heard in this plan; give no sound")
    sidecar = sidecar_of(path)
    for wanted, what in ((path, "the sound"), (sidecar, "the sound's sidecar")):
        if not wanted.is_file():
            raise AssembleError(str(wanted), f"{what} is missing")
    try:
        result = from_json(read_note(sidecar), SoundResult)
    except InputError as error:
        raise AssembleError(str(sidecar), str(error)) from None
    if result.sound_hash != plan.sound_hash:
        raise AssembleError(str(path), "it is the sound of another plan")
    if (result.size, result.sha256) != sha256_file(path):
        raise AssembleError(str(path), "its bytes are not the mixed ones")
    return result
