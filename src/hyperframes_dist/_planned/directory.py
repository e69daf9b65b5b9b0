"""
A plan directory read back: parsed, compared with its files byte by byte, hashed again.

Only ever reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

import attrs

from .._model.content import Artifact, Reach
from .._model.frames import Segment
from .._model.manifest import (
    MANIFEST_NAME,
    Manifest,
    Schedule,
    dump_manifest,
    parse_manifest,
    seal,
)
from .._model.results import Plan
from .._tools.files import (
    list_files,
    path_of,
    read_note,
    require_planned,
    sha256_file,
    write_file,
)
from ..errors import InputError, PlanIncompleteError, PlanIntegrityError

SEAM = (
    "the page remembers what it has shown, which was not seen while it was planned: "
    "every worker passes all frames before its first one"
)


def load_plan(plan_dir: Path) -> Plan:
    """
    Read ``plan.json`` alone.

    Raises:
        PlanIncompleteError: The directory holds no ``plan.json``.
        PlanIntegrityError: ``plan.json`` is not what was written.
    """
    if not plan_dir.is_dir():
        raise InputError(f"plan directory {str(plan_dir)!r} does not exist")
    return Plan(path=plan_dir, manifest=_read(plan_dir))


def _read(plan_dir: Path) -> Manifest:
    path = plan_dir / MANIFEST_NAME
    if path.is_symlink():
        raise PlanIntegrityError(MANIFEST_NAME, "a manifest", "a link")
    if not path.is_file():
        raise PlanIncompleteError(MANIFEST_NAME)
    try:
        return parse_manifest(read_note(path))
    except InputError as error:
        raise PlanIntegrityError(MANIFEST_NAME, "a manifest", str(error)) from None


def verify_plan(plan_dir: Path | str) -> Plan:
    """
    Read a plan directory and compare every byte with what was planned.

    Args:
        plan_dir: The directory; stays the caller's.

    Returns:
        The plan, fit to be rendered.

    Raises:
        PlanIncompleteError: A file is missing.
        PlanIntegrityError: A file or a field is another, or there is one too many.
    """
    plan = load_plan(path_of(plan_dir, "plan"))
    known = {MANIFEST_NAME, *(a.path for a in plan.content.artifacts)}
    for name in list_files(plan.path):
        if name not in known:
            raise PlanIntegrityError(name, None, "a file that was not planned")
    check_artifacts(plan, plan.content.artifacts)
    return plan


def walk(plan: Plan) -> Plan:
    """
    *plan*, in its directory, but that workers pass every frame; see `Reach`.

    It is what answers a `SeamError`: another plan of the same frames, as they follow from
    one another. It says so, and has other hashes.
    """
    notes = plan.manifest.notes
    notes = attrs.evolve(notes, reach=SEAM, seam=SEAM, warnings=(*notes.warnings, SEAM))
    content = attrs.evolve(plan.content, reach=Reach(way="walk"))
    manifest = seal(content, plan.manifest.schedule, notes)
    write_file(plan.path / MANIFEST_NAME, dump_manifest(manifest))
    return Plan(path=plan.path, manifest=manifest)


def reschedule(plan: Plan, schedule: Schedule) -> Plan:
    """
    *plan*, in its directory, with its segments dealt by *schedule*: the same content.

    Raises:
        PlanIntegrityError: *schedule* is none of its segments.
    """
    manifest = seal(plan.content, schedule, plan.manifest.notes)
    data = dump_manifest(manifest)
    parse_manifest(data)
    write_file(plan.path / MANIFEST_NAME, data)
    return Plan(path=plan.path, manifest=manifest)


def check_artifacts(plan: Plan, artifacts: Sequence[Artifact]) -> None:
    """Compare *artifacts* with their files; raises as `verify_plan` does."""
    folders = {folder for a in artifacts for folder in PurePosixPath(a.path).parents}
    for folder in sorted(folders - {PurePosixPath()}):
        if (plan.path / folder).is_symlink():
            raise PlanIntegrityError(str(folder), None, "a link")
    for artifact in artifacts:
        require_planned(plan.path, artifact)


def needed_by(plan: Plan, segments: Iterable[Segment]) -> tuple[Artifact, ...]:
    """The artifacts that *segments* read."""
    wanted = {segment.index for segment in segments}
    return tuple(
        artifact
        for artifact in plan.content.artifacts
        if artifact.segments is None or wanted.intersection(artifact.segments)
    )


def recompute_plan_hash(plan_dir: Path | str) -> str:
    """
    The plan hash of what lies in *plan_dir*, from every byte there.

    The law: it equals the recorded ``plan_hash`` if and only if nothing was added,
    removed, renamed or changed since planning.

    Raises:
        PlanIncompleteError: ``plan.json`` is missing.
        PlanIntegrityError: ``plan.json`` itself is not what was written, or something
            there is no file.
    """
    root = path_of(plan_dir, "plan")
    manifest = load_plan(root).manifest
    planned = {artifact.path: artifact for artifact in manifest.content.artifacts}
    rows = []
    for name in list_files(root):
        if name == MANIFEST_NAME:
            continue
        size, digest = sha256_file(root / name)
        readers = planned[name].segments if name in planned else None
        rows.append(Artifact(path=name, size=size, sha256=digest, segments=readers))
    content = attrs.evolve(manifest.content, artifacts=tuple(rows))
    return seal(content, manifest.schedule, manifest.notes).plan_hash
