"""
A project becomes a plan directory: compiled, shown once, frozen, named by its hash.

`plan_project` is the plot, one call a step, each of which takes what the last returned. The
directory is built beside its destination and renamed into place with ``plan.json`` in it, so
a plan that can be read is whole. Work files never lie in it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from .._browser.canary import draw_canary
from .._check.check import check
from .._check.places import place_of_address
from .._check.report import Report
from .._compile.loops import loop_pictures
from .._compile.project import (
    RUNTIME_PATH,
    Document,
    add_runtime,
    copy_project,
    list_project,
    read_document,
    write_compiled,
)
from .._media.pictures import PictureMaker, Pictures
from .._model.config import RenderConfig
from .._model.content import Artifact, Capture, Encoder, Page, Toolchain
from .._model.frames import split_chunks
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
from .._model.shutter import Shutter
from .._planned.toolchain import describe_toolchain, read_runtime
from .._sources.lock import read_lock
from .._sources.pinned import locked_resolver
from .._tools.files import default_cache, work_dir
from .._tools.leftovers import sweep
from .._tools.spans import span
from ..chrome import ChromeSource
from ..errors import InputError, PageError, ResolveError
from ..progress import Control
from .costs import count_chunks, weigh_segments
from .fresh import FreshPages
from .ledger import Ledger
from .reach import find_reach
from .show import Seen, show_page, size_of
from .sound import HeardSound, gather_sound
from .ticks import place_of_shutter, weigh_ticks
from .timeline import Timeline, cut_timeline

if TYPE_CHECKING:
    from .._browser.browser import Browser

logger = logging.getLogger(__name__)

# An error only of a sheet that nests too deep.
_NESTED = "HF604"
_REFUSED_BY_COMPILER = frozenset({"HF212", "HF302", "HF501", _NESTED})
_TOLD_BY_PAGE = frozenset({"HF301", "HF305", "HF401"})
# Whether a script parses is Chrome's to say; what is found before says where, and the cure.
_JUDGED_BY_CHROME = frozenset({"HF406"})

_STEPS = 6
_JPEG_QUALITIES = {"draft": 80, "standard": 98, "high": 98}


@span("plan")
def plan_project(
    project: Path,
    plan_dir: Path,
    config: RenderConfig,
    *,
    chrome: ChromeSource,
    browser: Callable[[], AbstractContextManager[Browser]],
    control: Control,
    replace: bool = False,
    exclude: tuple[Path, ...] = (),
    canary: bool = False,
    on_cut: Callable[[Timeline], None] | None = None,
) -> Plan:
    """
    Freeze *project* into *plan_dir*; see `plan`.

    Args:
        chrome: Where *browser* comes from.
        browser: Opens it; called once the project's files have been found in order.
        replace: Whether a plan may lie in *plan_dir*, whose place this one takes.
        exclude: Paths in the project that are not part of it, such as the output.
        canary: Whether other machines are to draw what this one does.
        on_cut: Told the timeline as soon as it is known; much of planning is yet to come.
    """
    _require_free(plan_dir, replace=replace)
    report = check(project, config)
    sweep(plan_dir.parent)
    with work_dir(plan_dir) as scratch:
        ledger = Ledger(scratch / "draft", limit=config.limits.plan_bytes)
        sources = locked_resolver(config, read_lock(project))
        without = (*exclude, plan_dir, scratch)
        with named_places(report):
            page = compile_page(project, config, ledger, control, exclude=without)
        doubts = weigh(report, config)
        config = config.sized(*size_of(page.document))
        with browser() as shower:
            control.tell("plan", 2, _STEPS, "showing the page")
            with named_addresses(project, config), named_slips(report):
                seen = show_page(
                    project, page.document, config, sources, ledger, shower, control
                )
            tools = _describe_tools(chrome, shower, page, config)
            drawn = draw_canary(shower, control) if canary else {}
        timeline = cut_timeline(seen, config)
        if on_cut is not None:
            on_cut(timeline)
        control.tell("plan", 3, _STEPS, "gathering sound")
        sound = gather_sound(seen, timeline, config, ledger, control)
        control.tell("plan", 4, _STEPS, "cutting video")
        pictures = cut_videos(seen, timeline, ledger, control)
        drop_sources(seen, ledger)
        control.tell("plan", 5, _STEPS, "writing the plan")
        shutter = page.document.shutter
        content = make_content(
            seen, timeline, sound, pictures, tools, config, shutter=shutter
        )
        pages = FreshPages(content, seen, config, ledger, browser, control)
        found = find_reach(pages)
        asked = place_of_shutter(page.document)
        doubts += weigh_ticks(pages, found.reach, where=asked)
        content = attrs.evolve(content, reach=found.reach)
        notes = attrs.evolve(
            make_notes(doubts, seen, sound, pictures), reach=found.why, canary=drawn
        )
        manifest = seal(content, make_schedule(content, config, found.costs), notes)
        _publish(ledger, manifest, plan_dir, replace=replace)
    control.tell("plan", _STEPS, _STEPS)
    return Plan(path=plan_dir, manifest=manifest)


@attrs.frozen
class CompiledPage:
    """The document of a project, and the page runtime beside it; None where it has none."""

    document: Document
    runtime: bytes | None


def compile_page(
    project: Path,
    config: RenderConfig,
    ledger: Ledger,
    control: Control,
    *,
    exclude: tuple[Path, ...] = (),
) -> CompiledPage:
    """
    Read the document of *project*, and put every other file of it into the plan.

    Raises:
        InputError: The project or its document cannot be used.
        PlanTooLargeError: The project is larger than a plan may be.
        ResolveError: The page runtime cannot be had; the class says whether to retry.
    """
    control.tell("plan", 0, _STEPS, "copying the project")
    document = read_document(project, config, control)
    files = list_project(project, config.limits, exclude=exclude)
    copied = copy_project(files, document.entry, ledger.compiled, config.limits)
    ledger.enter(*copied)
    ledger.enter(*loop_pictures(document.tree, document.entry, ledger.compiled))
    if not document.has_root:
        return CompiledPage(document, None)
    control.tell("plan", 1, _STEPS, "reading the page runtime")
    runtime = read_runtime(config, control)
    ledger.enter(write_compiled(ledger.compiled, RUNTIME_PATH, runtime))
    add_runtime(document.tree)
    return CompiledPage(document, runtime)


def cut_videos(
    seen: Seen, timeline: Timeline, ledger: Ledger, control: Control
) -> Pictures:
    """
    Put what the page's videos show into the plan: packets of their sources, or pictures.

    Raises:
        InputError: A source cannot be decoded.
        PlanTooLargeError: They hold more bytes than there is room for.
    """
    given_back = sum(row.size for row in _unread(seen))
    maker = PictureMaker(
        draft=ledger.draft,
        work=ledger.work("video"),
        rate=timeline.rate,
        frame_count=timeline.first_frame + timeline.frame_count,
        readers=timeline.readers,
        room=ledger.room + given_back,
    )
    return maker.make(seen.probed.media, seen.media.file_of, control=control)


def drop_sources(seen: Seen, ledger: Ledger) -> None:
    """Take out of the plan what only its sound and its videos were made from."""
    for row in _unread(seen):
        ledger.remove(row.path)


def _unread(seen: Seen) -> Iterator[Artifact]:
    return (row for row in seen.recording.artifacts if row.segments == ())


def make_content(
    seen: Seen,
    timeline: Timeline,
    sound: HeardSound,
    pictures: Pictures,
    tools: Toolchain,
    config: RenderConfig,
    *,
    shutter: Shutter | None = None,
) -> Content:
    """Everything that can change a byte of the output."""
    dropped = {row.path for row in _unread(seen)}
    kept = (row for row in seen.recording.artifacts if row.path not in dropped)
    rows = [*kept, *pictures.artifacts, *sound.files]
    return Content(
        schema=SCHEMA,
        page=_page(seen),
        rate=str(timeline.rate),
        first_frame=timeline.first_frame,
        frame_count=timeline.frame_count,
        segment_frames=timeline.segment_frames,
        shutter=shutter,
        capture=capture_of(config, shutter),
        encoder=encoder_of(config),
        sound=sound.sound,
        toolchain=tools,
        variables=config.variables,
        requests=tuple(r for r in seen.recording.requests if r.path not in dropped),
        stand_ins=seen.recording.stand_ins,
        artifacts=tuple(sorted(rows, key=lambda row: row.path)),
        videos=pictures.videos,
        footage=pictures.footage,
    )


def capture_of(config: RenderConfig, shutter: Shutter | None = None) -> Capture:
    """How frames are to leave Chrome; what is made a mean of is not made less before."""
    jpeg = config.capture == "jpeg" and shutter is None
    return Capture(
        format="jpeg" if jpeg else "png",
        quality=_JPEG_QUALITIES[config.quality] if jpeg else None,
        scale=config.capture_scale,
        transparent=config.codec_row.alpha,
    )


def encoder_of(config: RenderConfig) -> Encoder:
    """How they are to become segments."""
    quality = config.quality_row
    by_crf = quality.crf if config.crf is None else config.crf
    return Encoder(
        format=config.format,
        codec=config.codec_name,
        preset=quality.preset,
        crf=None if config.bitrate is not None else by_crf,
        bitrate=config.bitrate,
        pixel_format=config.codec_row.pixel_format,
        loop=config.gif_loop,
        shrink=str(Fraction(config.output_scale) / config.capture_scale),
    )


@contextlib.contextmanager
def named_places(report: Report) -> Iterator[None]:
    """Have the compiler's refusal name the places *report* knows of it."""
    try:
        yield
    except InputError as error:
        rows = [f for f in report.errors if f.code in _REFUSED_BY_COMPILER]
        if not rows or type(error) is not InputError:
            raise
        places = "".join(f"\n{finding}" for finding in rows)
        raise InputError(f"{error}{places}") from None


@contextlib.contextmanager
def named_slips(report: Report) -> Iterator[None]:
    """Have a page that fails with a script that does not parse told as *report* tells it."""
    try:
        yield
    except PageError as error:
        is_known = any(f.code in _JUDGED_BY_CHROME for f in report.errors)
        if is_known and "SyntaxError" in error.reason:
            report.raise_errors()
        raise


@contextlib.contextmanager
def named_addresses(project: Path, config: RenderConfig) -> Iterator[None]:
    """Have what cannot be fetched name the line that asks for it."""
    try:
        yield
    except ResolveError as error:
        place = place_of_address(project, config, error.address)
        if place is None:
            raise
        source, start = place
        line, column = source.place(start)
        asked = f"{error.reason}; {source.path}:{line}:{column} asks for it"
        raise type(error)(error.address, asked) from error.__cause__


def weigh(report: Report, config: RenderConfig) -> tuple[str, ...]:
    """
    What *report* warns of, as far as the page will not tell the same once it is shown.

    A script that may not parse is among it: where Chrome parses it after all, it is drawn. In
    a refusal it is told last, behind what is certain.

    Raises:
        PageError: The project cannot be rendered.
        InputError: The page can, hardly as meant, and *config* is strict; or Chrome is not to
            be shown what is in it.
    """
    if nested := next((f for f in report.errors if f.code == _NESTED), None):
        raise InputError(str(nested))
    ranked = sorted(report.findings, key=lambda f: f.code in _JUDGED_BY_CHROME)
    slips = tuple(f for f in report.errors if f.code in _JUDGED_BY_CHROME)
    if config.strict or len(slips) < len(report.errors):
        attrs.evolve(report, findings=tuple(ranked)).raise_errors(strict=config.strict)
    doubts = (*slips, *report.warnings)
    for finding in doubts:
        logger.warning("%s", finding, extra={"code": finding.code})
    return tuple(str(f) for f in doubts if f.code not in _TOLD_BY_PAGE)


def make_notes(
    doubts: tuple[str, ...], seen: Seen, sound: HeardSound, pictures: Pictures
) -> Notes:
    """What a person may want to know of a plan; *doubts* were there before it was shown."""
    warnings = (*doubts, *seen.warnings, *sound.warnings, *pictures.warnings)
    return Notes(sources=seen.recording.sources, warnings=warnings, lines=seen.lines)


def make_schedule(
    content: Content, config: RenderConfig, costs: Mapping[int, float]
) -> Schedule:
    """Chunks of whole segments, as many as *config* asks for, alike in what frames cost."""
    width, height = content.output_size
    weights = weigh_segments(content.segments, costs, width * height)
    count = count_chunks(content, config)
    chunks = split_chunks(len(content.segments), chunks=count, weights=weights)
    return Schedule(chunks=tuple((chunk.first, chunk.stop) for chunk in chunks))


def _require_free(plan_dir: Path, *, replace: bool) -> None:
    if replace and (plan_dir / MANIFEST_NAME).is_file() and not plan_dir.is_symlink():
        return
    if plan_dir.is_dir() and not any(plan_dir.iterdir()):
        return
    if plan_dir.exists() or plan_dir.is_symlink():
        raise InputError(
            f"plan directory {str(plan_dir)!r} exists already; a plan is written once, "
            "name another place, remove it, or replace a plan by replace=True"
        )


def _describe_tools(
    chrome: ChromeSource, browser: Browser, page: CompiledPage, config: RenderConfig
) -> Toolchain:
    cache = config.cache_dir or default_cache()
    return describe_toolchain(chrome, browser.product, page.runtime, cache)


def _page(seen: Seen) -> Page:
    composition = seen.probed.composition
    return Page(
        entry=seen.entry,
        id=composition.id,
        width=composition.width,
        height=composition.height,
        duration=str(composition.duration),
        timeline=seen.probed.timeline,
        preload=seen.recording.images,
    )


def _publish(
    ledger: Ledger, manifest: Manifest, plan_dir: Path, *, replace: bool
) -> None:
    (ledger.draft / MANIFEST_NAME).write_bytes(dump_manifest(manifest))
    old = None
    try:
        if replace and (plan_dir / MANIFEST_NAME).is_file():
            old = plan_dir.rename(ledger.work("replaced") / "plan")
        ledger.draft.rename(plan_dir)
    except OSError as error:
        # Somebody else planned into the same place meanwhile; theirs is whole too.
        if old is not None and not plan_dir.exists():
            old.rename(plan_dir)
        raise InputError(
            f"cannot publish {str(plan_dir)!r}: {error.strerror}"
        ) from None
