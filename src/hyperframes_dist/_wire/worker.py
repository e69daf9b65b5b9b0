"""
Jobs where they are run: fetch what a job reads, call one of the four functions, put back
what it made.

A job that finds its result in the store is done, which makes every job safe to run twice
and a render that died safe to start again. Nothing here knows who runs a job, or when.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import attrs

from .._model.codec import from_json, to_json
from .._model.keys import (
    chunk_key,
    facts_key,
    named_key,
    naming_key,
    output_key,
    sound_key,
)
from .._model.results import ChunkResult, OutputResult, Plan, SoundResult
from .._pipeline.calls import assemble, mix_sound
from .._pipeline.renderer import Renderer
from .._planned.directory import walk
from .._render.chunk import find_chunk, segments_of, sidecar_of
from .._render.live import LivePreview
from .._render.sound import read_sound, sound_name
from .._tools.archive import ArchiveLimits
from .._tools.files import work_dir, write_file
from ..errors import AssembleError, InputError, StoreDamagedError, StoreMissingError
from ..progress import Control
from ..transport import Transport
from .jobs import (
    Answer,
    AssembleJob,
    ChunkJob,
    Delivered,
    Helped,
    HelpJob,
    Job,
    PlanJob,
    Planned,
    SoundJob,
    WalkJob,
)
from .layout import (
    RemoteSegments,
    discard,
    get_bytes,
    note_plan,
    pull_for_chunk,
    pull_for_sound,
    pull_plan,
    pull_site,
    pull_whole,
    put_with_note,
    store_plan,
)
from .live import open_live
from .marks import job_name, marked

_TRANSFERS = 8

_T = TypeVar("_T")


@attrs.frozen(kw_only=True)
class Worker:
    """
    One place where jobs are run.

    Attributes:
        transport: The store of its jobs.
        renderer: The browser, kept warm between jobs.
        folder: Where work directories are made; each is gone after its job.
        runtime: The page runtime's file; nothing is fetched from anywhere but the store.
        limits: What a deployed project may hold.
    """

    transport: Transport
    renderer: Renderer
    folder: Path
    runtime: Path | None
    limits: ArchiveLimits = attrs.field(factory=ArchiveLimits)

    def run_job(self, job: Job, control: Control) -> Answer:
        """
        Run *job*; a job that finds its result in the store is done.

        Returns:
            A `Planned`, a `ChunkResult`, a `Helped`, a `SoundResult` or a `Delivered`, as
            the job says.

        Raises:
            HyperframesError: As the pipeline and the store raise.
        """
        name, helps = job_name(job), isinstance(job, HelpJob)
        with marked(
            self.transport, job.render, name, control, vital=not helps
        ) as watched:
            answer = self._run(job, watched.control)
            if isinstance(answer, Planned) and job.render:
                note_plan(
                    self.transport, job.render, answer, walking=job.kind == "walk"
                )
            watched.finish(answer)
        return answer

    def _run(self, job: Job, control: Control) -> Answer:
        if isinstance(job, PlanJob):
            return self.plan(job, control)
        if isinstance(job, WalkJob):
            return self.walk(job, control)
        if isinstance(job, ChunkJob):
            return self.render_chunk(job, control)
        if isinstance(job, HelpJob):
            return self.help(job, control)
        if isinstance(job, SoundJob):
            return self.mix_sound(job, control)
        return self.assemble(job, control)

    def plan(self, job: PlanJob, control: Control) -> Planned:
        """
        Plan a deployed project, and store the plan; remote addresses are its frozen ones.

        Raises:
            HyperframesError: As `plan` and the store raise.
        """
        with work_dir(self.folder / "plan") as scratch:
            pull_site(self.transport, job.site_hash, scratch, self.limits)
            config = attrs.evolve(
                job.config, runtime=self.runtime, cache_dir=scratch, offline=True
            )
            plan = self.renderer.plan(
                scratch / "project",
                scratch / "plan",
                config,
                progress=control.report,
                cancel=control.cancel,
                deadline=control.deadline,
            )
            return store_plan(self.transport, plan, control, live=job.live)

    def walk(self, job: WalkJob, control: Control) -> Planned:
        """
        Store another plan of the same frames, whose workers pass all of them.

        Raises:
            HyperframesError: As the store raises.
        """
        with work_dir(self.folder / "walk") as scratch:
            plan = pull_plan(self.transport, job.plan_hash, scratch / "plan")
            pull_whole(self.transport, plan)
            return store_plan(self.transport, walk(plan), control, live=job.live)

    def render_chunk(self, job: ChunkJob, control: Control) -> ChunkResult:
        """
        Render a chunk and store it, unless the store has it.

        Finished segments are stored one by one, so that the next try goes on from there.

        Raises:
            HyperframesError: As `render_chunk` and the store raise.
        """
        with work_dir(self.folder / "chunk") as scratch:
            plan = pull_plan(self.transport, job.plan_hash, scratch / "plan")
            find_chunk(plan, job.index)
            live = self._live(plan, job, control)
            done = self._find_chunk(plan, job.index, scratch)
            if done is None:
                segments = RemoteSegments.open(
                    self.transport, plan, scratch, live, shared=job.shared
                )
                return self._make_chunk(
                    plan, job.index, segments, scratch, control, workers=job.workers
                )
            if live is not None:
                self._show_chunk(plan, job.index, scratch, live)
            return done

    def help(self, job: HelpJob, control: Control) -> Helped:
        """
        Make what is left of a chunk that somebody else is at, and the chunk, if need be.

        Raises:
            HyperframesError: As `render_chunk` and the store raise.
        """
        begun = time.monotonic()
        with work_dir(self.folder / "help") as scratch:
            plan = pull_plan(self.transport, job.plan_hash, scratch / "plan")
            find_chunk(plan, job.index)
            made, done = set[int](), self._find_chunk(plan, job.index, scratch)
            if done is None:
                live = self._live(plan, job, control)
                segments = RemoteSegments.open(
                    self.transport, plan, scratch, live, shared=True, helping=True
                )
                made = segments.made
                done = self._make_chunk(plan, job.index, segments, scratch, control)
        seconds = time.monotonic() - begun
        return Helped(chunk=done, segments=len(made), seconds=seconds)

    def _live(
        self,
        plan: Plan,
        job: ChunkJob | HelpJob | SoundJob | AssembleJob,
        control: Control,
    ) -> LivePreview | None:
        """Where the film of *job* is watched while it is made, if that is wanted."""
        return (
            open_live(self.transport, plan, job.render, control) if job.live else None
        )

    def _show_chunk(
        self, plan: Plan, index: int, scratch: Path, live: LivePreview
    ) -> None:
        """Show a chunk that was made before; by whom its segments were shown is not known."""
        path = scratch / "made"

        def fetch() -> Path:
            self.transport.get(chunk_key(plan, index), path)
            return path

        live.add_all(segments_of(plan, find_chunk(plan, index)), fetch)

    def _find_chunk(self, plan: Plan, index: int, scratch: Path) -> ChunkResult | None:
        key = chunk_key(plan, index)
        note = scratch / Path(f"{key}.json").name
        result = self._read_note(f"{key}.json", note, key, ChunkResult)
        if result is None:
            return None
        there = self.transport.find(key)
        whole = there is not None and there.sha256 == result.sha256
        return result if whole and result.content_hash == plan.content_hash else None

    def _make_chunk(
        self,
        plan: Plan,
        index: int,
        segments: RemoteSegments,
        scratch: Path,
        control: Control,
        *,
        workers: int = 1,
    ) -> ChunkResult:
        pull_for_chunk(self.transport, plan, index)
        key = chunk_key(plan, index)
        path = scratch / Path(key).name
        result = self.renderer.render_chunk(
            plan.path,
            index,
            path,
            workers=workers,
            store=segments,
            progress=control.report,
            cancel=control.cancel,
            deadline=control.deadline,
        )
        put_with_note(self.transport, path, key, sidecar_of(path), f"{key}.json")
        return result

    def kept_segments(self, job: ChunkJob) -> tuple[int, int]:
        """How many segments of a chunk are stored, and how many there are."""
        with work_dir(self.folder / "count") as scratch:
            plan = pull_plan(self.transport, job.plan_hash, scratch / "plan")
            wanted = segments_of(plan, find_chunk(plan, job.index))
            segments = RemoteSegments.open(self.transport, plan, scratch)
            return segments.count(wanted), len(wanted)

    def mix_sound(self, job: SoundJob, control: Control) -> SoundResult:
        """
        Mix what is heard of a plan and store it, unless the store has it.

        Raises:
            HyperframesError: As `mix_sound` and the store raise.
        """
        with work_dir(self.folder / "sound") as scratch:
            plan = pull_plan(self.transport, job.plan_hash, scratch / "plan")
            path = scratch / sound_name(plan)
            made = self._have_sound(plan, path, control)
            if (live := self._live(plan, job, control)) is not None:
                live.add_sound(path)
            return made

    def _have_sound(self, plan: Plan, path: Path, control: Control) -> SoundResult:
        """Have the sound of *plan* at *path*: the store's, or a new one that is stored."""
        # In silence there is nothing to look for, and mixing says so.
        found = None if plan.content.sound is None else self._pull_sound(plan, path)
        return found or self._make_sound(plan, path, control)

    def _pull_sound(self, plan: Plan, path: Path) -> SoundResult | None:
        """Fetch the sound of *plan* to *path*, if the store has it; any render's will do."""
        key = sound_key(plan)
        note = f"{key}.json"
        if self._read_note(note, sidecar_of(path), key, SoundResult) is None:
            return None
        try:
            self.transport.get(key, path)
            return read_sound(plan, path)
        except StoreMissingError:
            return None
        except (StoreDamagedError, AssembleError) as error:
            discard(self.transport, (note, key), error)
            return None

    def _make_sound(self, plan: Plan, path: Path, control: Control) -> SoundResult:
        pull_for_sound(self.transport, plan)
        made = mix_sound(
            plan.path,
            path,
            progress=control.report,
            cancel=control.cancel,
            deadline=control.deadline,
        )
        key = sound_key(plan)
        put_with_note(self.transport, path, key, sidecar_of(path), f"{key}.json")
        return made

    def assemble(self, job: AssembleJob, control: Control) -> Delivered:
        """
        Join the stored chunks of a plan into the stored deliverable, unless it is there.

        Raises:
            HyperframesError: As `assemble` and the store raise; `StoreMissingError` names
                a chunk that is not there.
        """
        with work_dir(self.folder / "output") as scratch:
            plan = pull_plan(self.transport, job.plan_hash, scratch / "plan")
            done = self._find_output(plan, scratch)
            if done is not None:
                made = Delivered(key=_output_key(plan), output=done)
                return self._name_output(job, made, scratch)
            chunks = self._pull_chunks(plan, scratch, control)
            live = self._live(plan, job, control)
            made = self._deliver(plan, chunks, scratch, control, live)
            return self._name_output(job, made, scratch)

    def _name_output(
        self, job: AssembleJob, made: Delivered, scratch: Path
    ) -> Delivered:
        """Put the film under the name that was chosen for it as well, if one was."""
        if not job.render:
            return made
        try:
            name = get_bytes(self.transport, naming_key(job.render)).decode("ascii")
        except StoreMissingError:
            return made
        path, key = scratch / Path(made.key).name, named_key(name)
        if not path.is_file():
            self.transport.get(made.key, path)
        self.transport.put(path, key)
        return attrs.evolve(made, key=key)

    def _find_output(self, plan: Plan, scratch: Path) -> OutputResult | None:
        note = scratch / "output.json"
        key = _output_key(plan)
        facts = self._read_note(facts_key(plan.plan_hash), note, key, OutputResult)
        if facts is None:
            return None
        there = self.transport.find(key)
        return facts if there is not None and there.sha256 == facts.sha256 else None

    def _read_note(self, note: str, path: Path, key: str, kind: type[_T]) -> _T | None:
        """What the *note* of *key* says; None where there is none that can be read."""
        try:
            self.transport.get(note, path)
            return from_json(path.read_bytes(), kind)
        except StoreMissingError:
            return None
        except (StoreDamagedError, InputError) as error:
            discard(self.transport, (note, key), error)
            return None

    def _pull_chunks(self, plan: Plan, scratch: Path, control: Control) -> list[Path]:
        keys = [chunk_key(plan, index) for index in range(plan.chunk_count)]
        # The sidecar is fetched first: a chunk without one is not whole.
        wanted = [part for key in keys for part in (f"{key}.json", key)]

        def pull(key: str) -> None:
            control.check()
            try:
                self.transport.get(key, scratch / Path(key).name)
            except StoreDamagedError as error:
                # The next render that wants it makes it again; nobody else would.
                whole = key.removesuffix(".json")
                discard(self.transport, (f"{whole}.json", whole), error)
                raise

        _in_parallel(pull, wanted)
        return [scratch / Path(key).name for key in keys]

    def _deliver(
        self,
        plan: Plan,
        chunks: list[Path],
        scratch: Path,
        control: Control,
        live: LivePreview | None,
    ) -> Delivered:
        key = _output_key(plan)
        path, sound = scratch / Path(key).name, None
        if plan.content.sound is not None:
            sound = scratch / sound_name(plan)
            self._have_sound(plan, sound, control)
            if live is not None:
                live.add_sound(sound)
        made = assemble(
            plan.path,
            chunks,
            path,
            sound=sound,
            progress=control.report,
            cancel=control.cancel,
            deadline=control.deadline,
        )
        facts = attrs.evolve(made, path=Path(path.name))
        note = scratch / "output.json"
        write_file(note, to_json(facts))
        put_with_note(self.transport, path, key, note, facts_key(plan.plan_hash))
        return Delivered(key=key, output=facts)


def _output_key(plan: Plan) -> str:
    return output_key(plan.plan_hash, plan.content.encoder.format)


def _in_parallel(pull: Any, keys: Iterable[str]) -> None:
    with ThreadPoolExecutor(_TRANSFERS, thread_name_prefix="hyperframes-store") as pool:
        futures = [pool.submit(pull, key) for key in keys]
        try:
            for future in futures:
                future.result()
        finally:
            for future in futures:
                future.cancel()
