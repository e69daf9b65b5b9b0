"""
A project becomes a plan directory: compiled, shown once, frozen, named by its hash.

The directory is built beside its destination and renamed into place with ``plan.json``
in it, so a plan that can be read is whole. Work files never lie in it.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from .._browser.camera import segments_showing
from .._browser.stage import Stage
from .._compile.project import (
    RUNTIME_PATH,
    Document,
    copy_project,
    list_project,
    read_document,
    write_compiled,
)
from .._media.mix import SAMPLE_RATE, SOUND_NAME, mix_audio, sample_of
from .._media.pictures import PictureMaker, Pictures
from .._model.asked import capture_of, encoder_of
from .._model.config import RenderConfig
from .._model.content import COMPILED, Artifact, Page, Sound, Toolchain
from .._model.frames import (
    FrameRate,
    auto_chunks,
    frames_per_segment,
    split_chunks,
    split_segments,
)
from .._model.manifest import (
    MANIFEST_NAME,
    SCHEMA,
    Content,
    Manifest,
    Notes,
    Schedule,
    dump_manifest,
    seal,
)
from .._model.results import Plan
from .._planned.toolchain import describe_toolchain, read_runtime
from .._sources.lock import read_lock
from .._sources.pinned import Sources, locked_resolver
from .._tools.files import default_cache, sha256_file, work_dir
from ..chrome import ChromeSource
from ..errors import InputError, PlanTooLargeError
from ..progress import Control
from .probe import Probed
from .recorder import RecordingDoor
from .show import Showing

if TYPE_CHECKING:
    from .._browser.browser import Browser

_DEFAULT_RATE = FrameRate(30)
# What the format gives a composition that declares no size.
_DEFAULT_SIZE = (1080, 1920)
_STEPS = 6
_SOUND_BITRATE = "192k"


@attrs.frozen(kw_only=True)
class PlanJob:
    """
    A project to freeze.

    Attributes:
        project: Its directory; only read.
        config: What to render.
        exclude: Paths in the project that are not part of it, such as the output.
    """

    project: Path
    config: RenderConfig
    exclude: tuple[Path, ...] = ()

    def run(
        self,
        plan_dir: Path,
        *,
        chrome: ChromeSource,
        browser: Browser,
        control: Control,
    ) -> Plan:
        """Write the plan to *plan_dir*; see `plan`."""
        _require_free(plan_dir)
        with work_dir(plan_dir) as scratch:
            job = attrs.evolve(self, exclude=(*self.exclude, plan_dir, scratch))
            sources = locked_resolver(self.config, read_lock(self.project))
            shown = job.show(scratch, sources, browser=browser, control=control)
            compiled, stage, probed = shown.compiled, shown.stage, shown.probed
            draft, door = shown.door.plan_dir, shown.door
            control.tell("plan", 3, _STEPS, "mixing the sound")
            frame_count = _count_frames(stage, probed)
            duration = stage.rate.time_of(frame_count)
            sound, silent = _mix(draft, duration, probed, door, self.config, control)
            control.tell("plan", 4, _STEPS, "extracting video")
            maker = _picture_maker(self.config, stage, frame_count, draft, door)
            pictures = maker.make(probed.media, door.source_file, control=control)
            control.tell("plan", 5, _STEPS, "writing the plan")
            cache = self.config.cache_dir or default_cache()
            tools = describe_toolchain(chrome, browser.product, compiled.runtime, cache)
            content = _content(
                self.config,
                stage,
                compiled,
                probed,
                door,
                tools,
                frame_count,
                sound,
                pictures,
            )
            warnings = (*probed.warnings, *silent, *pictures.warnings)
            notes = Notes(sources=door.sources, warnings=warnings)
            manifest = seal(content, _schedule(content, self.config), notes)
            _publish(draft, manifest, plan_dir)
        control.tell("plan", _STEPS, _STEPS)
        return Plan(path=plan_dir, manifest=manifest)

    def show(
        self,
        scratch: Path,
        sources: Sources,
        *,
        browser: Browser,
        control: Control,
    ) -> Shown:
        """Compile into *scratch* and show the page once, so that it asks for all."""
        draft = scratch / "draft"
        compiled = self._compile(draft, control)
        control.tell("plan", 2, _STEPS, "showing the page")
        door = _door(self, draft, compiled.artifacts, sources, control)
        stage = _stage(compiled, self.config)
        showing = Showing(
            entry=compiled.document.entry,
            door=door,
            sources=sources,
            config=self.config,
            control=control,
        )
        door.foresee(compiled.document.entry, compiled.document.html)
        probed, rows = showing.show(browser, stage)
        compiled = compiled.with_files(rows)
        return Shown(compiled=compiled, stage=stage, door=door, probed=probed)

    def _compile(self, draft: Path, control: Control) -> _Compiled:
        config = self.config
        control.tell("plan", 0, _STEPS, "copying the project")
        document = read_document(self.project, config, control)
        files = list_project(self.project, config.limits, exclude=self.exclude)
        artifacts = copy_project(files, document, draft / COMPILED, config.limits)
        control.tell("plan", 1, _STEPS, "reading the page runtime")
        runtime = read_runtime(config, control) if document.has_root else None
        if runtime is not None:
            row = write_compiled(draft / COMPILED, RUNTIME_PATH, runtime)
            artifacts = (*artifacts, row)
        return _Compiled(document, artifacts, runtime)


@attrs.frozen
class _Compiled:
    document: Document
    artifacts: tuple[Artifact, ...]
    runtime: bytes | None

    def with_files(self, rows: tuple[Artifact, ...]) -> _Compiled:
        """The same with *rows*, the last of a path, in the place of those so called."""
        artifacts = {row.path: row for row in (*self.artifacts, *rows)}
        return attrs.evolve(self, artifacts=tuple(artifacts.values()))


@attrs.frozen(kw_only=True)
class Shown:
    """
    A project whose page was shown once.

    Attributes:
        compiled: Its files.
        stage: What its page was told.
        door: What its page asked for.
        probed: What its page said.
    """

    compiled: _Compiled
    stage: Stage
    door: RecordingDoor
    probed: Probed


def _require_free(plan_dir: Path) -> None:
    if plan_dir.is_dir() and not any(plan_dir.iterdir()):
        return
    if plan_dir.exists() or plan_dir.is_symlink():
        raise InputError(
            f"plan directory {str(plan_dir)!r} exists already; a plan is written once, "
            "name another place or remove it"
        )


def _stage(compiled: _Compiled, config: RenderConfig) -> Stage:
    document = compiled.document
    default = _DEFAULT_SIZE if document.has_root else (0, 0)
    width = default[0] if document.width is None else document.width
    height = default[1] if document.height is None else document.height
    rate = config.fps or _declared_rate(document) or _DEFAULT_RATE
    config.check_rate(rate)
    return Stage(
        rate=rate,
        width=width,
        height=height,
        variables=config.variables,
        has_runtime=compiled.runtime is not None,
        timeline=None,
        ready_seconds=config.limits.ready_seconds,
        scale=config.output_scale,
        transparent=config.codec_row.alpha,
    )


def _declared_rate(document: Document) -> FrameRate | None:
    return None if not document.fps else FrameRate.parse(document.fps)


def _door(
    job: PlanJob,
    draft: Path,
    artifacts: tuple[Artifact, ...],
    sources: Sources,
    control: Control,
) -> RecordingDoor:
    limits = job.config.limits
    held = sum(artifact.size for artifact in artifacts)
    if held > limits.plan_bytes:
        raise PlanTooLargeError(held, limits.plan_bytes)
    return RecordingDoor(
        draft,
        sources,
        control,
        held=held,
        limit=limits.plan_bytes,
        scratch=_scratch(draft, "media"),
        project=job.project,
    )


def _scratch(draft: Path, name: str) -> Path:
    """A work directory beside the *draft* of a plan, so that it is never part of it."""
    path = draft.parent / name
    path.mkdir()
    return path


def _count_frames(stage: Stage, probed: Probed) -> int:
    count = stage.rate.count_frames(probed.composition.duration)
    if count < 1:
        raise InputError("the composition is shorter than one frame")
    return count


def _mix(
    draft: Path,
    duration: Fraction,
    probed: Probed,
    door: RecordingDoor,
    config: RenderConfig,
    control: Control,
) -> tuple[Sound | None, tuple[str, ...]]:
    samples, row = sample_of(duration), config.format_row
    mixed = mix_audio(
        probed.media,
        samples,
        draft / SOUND_NAME,
        source=door.source_file,
        measure=door.measure,
        scratch=_scratch(draft, "sound"),
        control=control,
    )
    if not mixed:
        return None, ()
    if row.audio is None:
        (draft / SOUND_NAME).unlink()
        return None, (f"{row.name} holds no sound: what is heard is left out",)
    sound = Sound(
        path=SOUND_NAME,
        samples=samples,
        sample_rate=SAMPLE_RATE,
        codec=row.audio,
        bitrate=_SOUND_BITRATE,
    )
    return sound, ()


def _picture_maker(
    config: RenderConfig,
    stage: Stage,
    frame_count: int,
    draft: Path,
    door: RecordingDoor,
) -> PictureMaker:
    length = frames_per_segment(stage.rate, config.segment_seconds)
    return PictureMaker(
        draft=draft,
        work=_scratch(draft, "video"),
        rate=stage.rate,
        frame_count=frame_count,
        readers=lambda frame: segments_showing(frame, length, frame_count),
        room=door.room,
    )


def _content(
    config: RenderConfig,
    stage: Stage,
    compiled: _Compiled,
    probed: Probed,
    door: RecordingDoor,
    tools: Toolchain,
    frame_count: int,
    sound: Sound | None,
    pictures: Pictures,
) -> Content:
    artifacts = [*compiled.artifacts, *door.artifacts.values()]
    artifacts = [door.for_readers(artifact) for artifact in artifacts]
    artifacts += pictures.artifacts
    if sound is not None:
        size, digest = sha256_file(door.plan_dir / sound.path)
        row = Artifact(path=sound.path, size=size, sha256=digest, segments=())
        artifacts.append(row)
    return Content(
        schema=SCHEMA,
        page=_page(compiled.document, probed, door),
        rate=str(stage.rate),
        frame_count=frame_count,
        segment_frames=frames_per_segment(stage.rate, config.segment_seconds),
        capture=capture_of(config),
        encoder=encoder_of(config),
        sound=sound,
        toolchain=tools,
        variables=config.variables,
        requests=tuple(door.requests[address] for address in sorted(door.requests)),
        stand_ins=tuple(door.stand_ins[address] for address in sorted(door.stand_ins)),
        artifacts=tuple(sorted(artifacts, key=lambda artifact: artifact.path)),
        videos=pictures.videos,
    )


def _page(document: Document, probed: Probed, door: RecordingDoor) -> Page:
    composition = probed.composition
    return Page(
        entry=document.entry,
        id=composition.id,
        width=composition.width,
        height=composition.height,
        duration=str(composition.duration),
        timeline=probed.timeline,
        preload=tuple(sorted(door.images)),
    )


def _schedule(content: Content, config: RenderConfig) -> Schedule:
    asked = config.chunks
    count = auto_chunks(content.frame_count) if asked == "auto" else int(asked)
    segments = split_segments(content.frame_count, length=content.segment_frames)
    chunks = split_chunks(len(segments), chunks=count)
    return Schedule(chunks=tuple((chunk.first, chunk.stop) for chunk in chunks))


def _publish(draft: Path, manifest: Manifest, plan_dir: Path) -> None:
    (draft / MANIFEST_NAME).write_bytes(dump_manifest(manifest))
    try:
        draft.rename(plan_dir)
    except OSError as error:
        # Somebody else planned into the same place meanwhile; theirs is whole too.
        raise InputError(
            f"cannot publish {str(plan_dir)!r}: {error.strerror}"
        ) from None
