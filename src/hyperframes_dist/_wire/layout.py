"""
How plans, segments and whatever has a note get into a store, and back.

What is there, and what it is called, is drawn in `_model/keys`. Nothing here knows how a
frame is drawn.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import attrs

from .._model.codec import from_json, to_json
from .._model.config import MOST_CHUNKS
from .._model.content import Artifact
from .._model.frames import Segment
from .._model.keys import (
    planned_key,
    schedule_key,
    segment_key,
    segments_folder,
    site_key,
    walking_key,
    work_key,
)
from .._model.manifest import MANIFEST_NAME, Schedule
from .._model.results import Plan, SegmentRecord
from .._planned.directory import load_plan, needed_by, reschedule
from .._render.segments import Make, SegmentStore
from .._render.sound import sources_of
from .._tools.archive import ArchiveLimits, pack, unpack
from .._tools.files import work_dir, write_file
from .._tools.leftovers import temp_dir
from ..errors import (
    HyperframesError,
    InputError,
    PlanIntegrityError,
    StoreConflictError,
    StoreDamagedError,
    StoreMissingError,
    TransportError,
)
from ..progress import Control
from ..transport import StoredFile, Transport
from .jobs import Planned

if TYPE_CHECKING:
    from .._render.live import LivePreview

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

_PLAN, _SOUND = "plan.tar", "assemble.tar"


def put_with_note(
    transport: Transport, path: Path, key: str, note: Path, note_key: str
) -> StoredFile:
    """
    Store the file *path*, then the *note* that says it is whole.

    Raises:
        StoreConflictError: Other bytes are there, with a note of their own.
    """
    try:
        stored = transport.put(path, key)
    except StoreConflictError:
        if transport.find(note_key) is not None:
            raise
        # Nobody refers to what lacks its note: its writer died before it was whole.
        transport.delete(key)
        stored = transport.put(path, key)
    transport.put(note, note_key)
    return stored


def discard(transport: Transport, keys: Iterable[str], why: HyperframesError) -> None:
    """
    Remove *keys*, whose bytes are not those that were put, so that they are made again.

    A store that lets nobody remove them keeps them; what is made in their place is then
    used where it is made.
    """
    logger.warning("made again, since it is damaged: %s", why)
    for key in keys:
        with contextlib.suppress(HyperframesError):
            transport.delete(key)


def put_bytes(transport: Transport, data: bytes, key: str) -> StoredFile:
    """Store *data* under *key*; raises as `Transport.put` does."""
    with temp_dir("note") as scratch:
        write_file(scratch / "note", data)
        return transport.put(scratch / "note", key)


def get_bytes(transport: Transport, key: str) -> bytes:
    """What lies under *key*; raises as `Transport.get` does."""
    with temp_dir("note") as scratch:
        transport.get(key, scratch / "note")
        return (scratch / "note").read_bytes()


def get_value(transport: Transport, key: str, kind: type[_T]) -> _T:
    """
    The *kind* of value that is noted under *key*; raises as `Transport.get` does.

    Raises:
        InputError: It is none this version of the library writes.
    """
    data = get_bytes(transport, key)
    try:
        return from_json(data, kind)
    except InputError as error:
        raise InputError(
            f"{transport.url}/{key} was written by another version of this library "
            f"({error}); go on with that one, or plan again by another name"
        ) from None


def pull_site(
    transport: Transport, site_hash: str, folder: Path, limits: ArchiveLimits
) -> None:
    """
    Unpack the project *site_hash* below *folder*.

    Raises:
        StoreMissingError: The project was not deployed.
        InputError: What lies there is another project, or no safe archive.
    """
    with work_dir(folder / "site") as scratch:
        archive = scratch / "project.tar"
        stored = transport.get(site_key(site_hash), archive)
        if stored.sha256 != site_hash:
            raise InputError(
                f"site {site_hash}: its archive has sha256 {stored.sha256}; deploy again"
            )
        unpack(archive, folder, limits)


def store_plan(
    transport: Transport, plan: Plan, control: Control, *, live: bool = False
) -> Planned:
    """
    Store *plan* for workers; returns what there is to know of it.

    Where its chunks begin is measured, and differs a little from one time to the next: who
    plans the same frames again, as after a crash, takes what was stored first.

    Args:
        live: Whether its film is to be watched while it is made.

    Raises:
        InputError: It has more chunks than can be scheduled.
    """
    if plan.chunk_count > MOST_CHUNKS:
        raise InputError(
            f"the plan has {plan.chunk_count} chunks; at most {MOST_CHUNKS} "
            "can be scheduled, ask for fewer"
        )
    plan = _take_schedule(transport, plan)
    _push_plan(transport, plan, control)
    return Planned.of(plan, live=live)


def _take_schedule(transport: Transport, plan: Plan) -> Plan:
    """*plan* as the store has its chunks begin, or with its own, which is stored."""
    key, own = schedule_key(plan), plan.manifest.schedule
    try:
        put_bytes(transport, to_json(own), key)
        return plan
    except StoreConflictError:
        pass
    try:
        return reschedule(plan, from_json(get_bytes(transport, key), Schedule))
    except (InputError, PlanIntegrityError, StoreDamagedError) as error:
        discard(transport, (key,), error)
        return plan


def note_plan(
    transport: Transport, render: str, planned: Planned, *, walking: bool = False
) -> None:
    """
    Note which plan the render of that name came to, or which one took its place.

    Raises:
        InputError: It is another plan's already.
    """
    key = walking_key(render) if walking else planned_key(render)
    try:
        get_bytes(transport, key)
    except StoreMissingError:
        pass
    except StoreDamagedError as error:
        discard(transport, (key,), error)
    try:
        put_bytes(transport, to_json(planned), key)
    except StoreConflictError:
        raise InputError(
            f"render {render!r} is another plan in {transport.url}: the project, the "
            "options or the tools were others; give it another name"
        ) from None


def _push_plan(transport: Transport, plan: Plan, control: Control) -> None:
    """Store *plan*, by reader, the manifest last."""
    with work_dir(plan.path) as scratch:
        for name, artifacts in _archives(plan).items():
            control.check()
            archive = scratch / "plan.tar"
            pack({row.path: plan.path / row.path for row in artifacts}, archive)
            transport.put(archive, work_key(plan.plan_hash, name))
    transport.put(plan.path / MANIFEST_NAME, work_key(plan.plan_hash, MANIFEST_NAME))


def has_plan(transport: Transport, plan_hash: str) -> bool:
    """Whether the plan *plan_hash* is there; raises as `Transport.find` does."""
    return transport.find(work_key(plan_hash, MANIFEST_NAME)) is not None


def pull_plan(transport: Transport, plan_hash: str, plan_dir: Path) -> Plan:
    """
    Fetch the manifest of the plan *plan_hash*, nothing else of it.

    Raises:
        StoreMissingError: No such plan, or its planner did not finish.
        PlanIntegrityError: What lies there is another plan.
    """
    plan_dir.mkdir(parents=True)
    key = work_key(plan_hash, MANIFEST_NAME)
    _get(transport, plan_hash, MANIFEST_NAME, plan_dir / MANIFEST_NAME)
    plan = load_plan(plan_dir)
    if plan.plan_hash != plan_hash:
        raise PlanIntegrityError(key, plan_hash, plan.plan_hash)
    return plan


def pull_for_chunk(transport: Transport, plan: Plan, index: int) -> None:
    """Fetch what chunk *index* reads into the plan directory."""
    _pull_archives(transport, plan, (_PLAN, _frames_name(index)))


def pull_for_sound(transport: Transport, plan: Plan) -> None:
    """Fetch what `mix_sound` reads into the plan directory."""
    _pull_archives(transport, plan, (_SOUND,))


def pull_whole(transport: Transport, plan: Plan) -> None:
    """Fetch every file of *plan* into its directory."""
    _pull_archives(transport, plan, _archives(plan))


def _pull_archives(transport: Transport, plan: Plan, names: Iterable[str]) -> None:
    archives = _archives(plan)
    for name in names:
        if name not in archives:
            continue
        size = sum(row.size for row in archives[name])
        limits = ArchiveLimits(entries=len(archives[name]), size=size)
        with work_dir(plan.path) as scratch:
            _get(transport, plan.plan_hash, name, scratch / "part.tar")
            unpack(scratch / "part.tar", plan.path, limits)


def _get(transport: Transport, plan_hash: str, name: str, path: Path) -> None:
    """Fetch a part of a plan; a damaged one is removed, and with it that it is whole."""
    key = work_key(plan_hash, name)
    try:
        transport.get(key, path)
    except StoreDamagedError as error:
        discard(transport, (work_key(plan_hash, MANIFEST_NAME), key), error)
        raise


def _archives(plan: Plan) -> dict[str, tuple[Artifact, ...]]:
    """What each archive of *plan* holds; one that would be empty is not there."""
    artifacts = plan.content.artifacts
    shared = tuple(row for row in artifacts if row.segments is None)
    rows = {_PLAN: shared}
    for chunk in plan.manifest.chunks:
        segments = plan.content.segments[chunk.first : chunk.stop]
        own = tuple(r for r in needed_by(plan, segments) if r.segments is not None)
        rows[_frames_name(chunk.index)] = own
    rows[_SOUND] = sources_of(plan)
    return {name: row for name, row in rows.items() if row}


def _frames_name(index: int) -> str:
    return f"frames/{index:04d}.tar"


@attrs.frozen
class RemoteSegments:
    """
    The finished segments of a plan, in a store and, where used, in a local copy.

    Attributes:
        transport: The store.
        local: The copy.
        stored: Keys that were there when this value was made, or last looked for.
        live: Where segments that are here are shown; None for nowhere.
        shared: Whether somebody else may make some of them meanwhile.
        helping: See `Segments.helping`.
        made: Numbers of those that were made here.
    """

    transport: Transport
    local: SegmentStore
    stored: set[str]
    live: LivePreview | None = None
    shared: bool = False
    helping: bool = False
    made: set[int] = attrs.field(factory=set)

    @classmethod
    def open(
        cls,
        transport: Transport,
        plan: Plan,
        folder: Path,
        live: LivePreview | None = None,
        *,
        shared: bool = False,
        helping: bool = False,
    ) -> RemoteSegments:
        """The segments of *plan*, copied below *folder* where they are used."""
        keys = transport.list(segments_folder(plan.segment_names.pictures_hash))
        return cls(
            transport,
            SegmentStore(folder, plan),
            set(keys),
            live,
            shared=shared,
            helping=helping,
        )

    def path(self, segment: Segment) -> Path:
        """The local file of a *segment* that was found or kept."""
        return self.local.path(segment)

    def load(self, segment: Segment) -> SegmentRecord | None:
        """See `Segments.load`; fetched where it is not here yet."""
        record = self.local.load(segment)
        key, note = self._keys(segment)
        if record is not None or note not in self.stored:
            return record
        path = self.path(segment)
        try:
            self.transport.get(key, path)
            self.transport.get(note, path.with_suffix(".json"))
        except StoreMissingError:
            # Expired since it was listed.
            return None
        except StoreDamagedError as error:
            discard(self.transport, (note, key), error)
            return None
        record = self.local.load(segment)
        if record is not None and self.live is not None:
            self.live.add(segment, path)
        return record

    def keep(self, segment: Segment, make: Make) -> SegmentRecord:
        """Publish what *make* writes as *segment*, here and there."""
        record = self.local.keep(segment, make)
        self.made.add(segment.index)
        key, note = self._keys(segment)
        path = self.path(segment)
        put_with_note(self.transport, path, key, path.with_suffix(".json"), note)
        if self.live is not None:
            self.live.add(segment, path)
        return record

    def news(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """See `Segments.news`; asks for one, or lists all."""
        if not self.shared or not segments:
            return ()
        # Whoever does not hear of a segment makes it, as if nobody else had been there.
        with contextlib.suppress(TransportError):
            self._look_again(segments)
            return tuple(each for each in segments if self.load(each) is not None)
        return ()

    def _look_again(self, segments: Sequence[Segment]) -> None:
        if len(segments) == 1:
            note = self._keys(segments[0])[1]
            if self.transport.find(note) is not None:
                self.stored.add(note)
            return
        names = self.local.plan.segment_names
        self.stored.update(self.transport.list(segments_folder(names.pictures_hash)))

    def _keys(self, segment: Segment) -> tuple[str, str]:
        key = segment_key(self.local.plan, segment.index)
        return key, str(Path(key).with_suffix(".json"))

    def count(self, segments: Iterable[Segment]) -> int:
        """How many of *segments* the store had when this value was made."""
        return sum(self._keys(segment)[1] in self.stored for segment in segments)
