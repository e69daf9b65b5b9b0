"""
The functions of the library, such as `plan` and `render`: each a `Renderer` for the one call,
but `assemble` and `mix_sound`, which need no browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from .._encode.still import Still
from .._estimate.model import CostModel
from .._estimate.report import PerfSink
from .._model.config import RenderConfig
from .._model.results import ChunkResult, OutputResult, Plan, SoundResult
from .._model.settings import PageSettings, Settings, Time
from .._planned.directory import load_plan
from .._planned.toolchain import check_encoder
from .._render.chunk import (
    find_chunks,
)
from .._render.sound import make_sound
from .._sources.lock import Lock
from .._tools.files import path_of, system_errors
from ..chrome import ChromeSource
from ..progress import Cancel, Control, ProgressCallback, soonest
from .assemble import assemble_chunks
from .renderer import Renderer, place_of

if TYPE_CHECKING:
    pass

__all__ = [
    "assemble",
    "lock",
    "mix_sound",
    "plan",
    "render",
    "render_chunk",
    "still",
    "stills",
]


def plan(
    project_dir: Path | str,
    plan_dir: Path | str,
    config: RenderConfig | None = None,
    *,
    replace: bool = False,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
    **settings: Unpack[Settings],
) -> Plan:
    """
    Freeze a project into a plan directory: all that its frames depend on, and a hash.

    Args:
        project_dir: Directory of the composition; only read.
        plan_dir: Where the plan will lie; must not exist. It appears whole or not at all
            and belongs to the caller.
        config: What to render; None takes the defaults.
        replace: Replace the plan that is there; anything else there is left alone, as
            an error.
        chrome: Where the browser comes from; None takes `default_chrome`.
        progress: Told of each step.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.
        settings: Fields of `RenderConfig`, over *config*; ``scale`` is its
            ``output_scale``.

    Returns:
        The plan; ``plan.content_hash`` names the output's bytes.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        InputError: The project or the configuration cannot be rendered.
        PageError: The composition fails in the browser.
        ResolveError: A remote address cannot be turned into bytes; retry if
            `ResolveUnavailableError`.
        PlanTooLargeError: The plan is over ``config.limits.plan_bytes``.
        ChromeError: The browser fails; worth a retry.
        Cancelled: *cancel* was set.
        DeadlineExceeded: *deadline* passed.
    """
    with Renderer(chrome) as renderer:
        return renderer.plan(
            project_dir,
            plan_dir,
            config,
            replace=replace,
            progress=progress,
            cancel=cancel,
            deadline=deadline,
            timeout=timeout,
            **settings,
        )


def lock(
    project_dir: Path | str,
    config: RenderConfig | None = None,
    *,
    update: bool = False,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
) -> Lock:
    """
    Pin what each remote address of a project means, in ``hyperframes.lock`` beside it.

    The page is shown once, as `plan` shows it. What it asks for is pinned, and the bytes
    are kept in the cache. `plan` then takes exactly those bytes.

    Args:
        project_dir: Directory of the composition; the lock is written into it, and
            nothing else.
        config: How the page is shown; None takes the defaults. What decides which
            addresses it asks for are the entry file, the variables, the frame rate, the
            output scale and the overrides directory.
        update: Forget all pins and resolve anew. Else pins are kept, also of addresses
            this page does not ask for, and missing ones are added.
        chrome: Where the browser comes from; None takes `default_chrome`.
        progress: Told of each step.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.

    Returns:
        What the lock says.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        InputError: The project or the configuration cannot be used, or the lock that is
            there cannot be read.
        PageError: The composition fails in the browser.
        ResolveError: An address cannot be turned into bytes, or into the pinned ones;
            retry if `ResolveUnavailableError`.
        ChromeError: The browser fails; worth a retry.
        Cancelled: *cancel* was set; the lock is as it was.
        DeadlineExceeded: *deadline* passed; the lock is as it was.
    """
    with Renderer(chrome) as renderer:
        return renderer.lock(
            project_dir,
            config,
            update=update,
            progress=progress,
            cancel=cancel,
            deadline=deadline,
            timeout=timeout,
        )


def render_chunk(
    plan_dir: Plan | Path | str,
    index: int,
    output: Path | str,
    *,
    workers: int = 1,
    store: Path | str | None = None,
    chrome: ChromeSource | None = None,
    perf: PerfSink | None = None,
    model: CostModel | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
) -> ChunkResult:
    """
    Render one chunk of a plan into a file a player can open.

    Args:
        plan_dir: A plan, or its directory; only read. What the chunk reads of it is verified.
        index: Which chunk, from 0.
        output: The chunk's file; its sidecar ``<output>.json`` is written last. Both
            appear whole or not at all; what was there is replaced.
        workers: Browsers at once, each with segments of its own, from 1 to 256; a machine
            of many processors needs no more chunks for it. No byte depends on it.
        store: A directory finished segments are kept in, or its ``file://`` address, so that
            a chunk that was stopped goes on from there when it is rendered again.
        chrome: Where the browser comes from; None takes `default_chrome`.
        perf: A file that is given the JSON of a `PerfRecord`, or a function that is called
            with the record.
        model: What the prediction in that record is made from; None takes a rough guess.
        progress: Told of each frame, from the calling thread.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.

    Returns:
        What the sidecar holds.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        InputError: No such plan or chunk, no number of workers, or *output* is named like
            another format.
        PlanError: The plan directory is not what was planned.
        ToolchainMismatchError: Other tools than planned; raised before a browser boots.
        PageError: The composition fails; the frame is named.
        ChromeError: The browser fails; worth a retry.
        EncodeError: The encoder fails.
        Cancelled: *cancel* was set.
        DeadlineExceeded: *deadline* passed.
    """
    with Renderer(chrome, keep_warm=False) as renderer:
        return renderer.render_chunk(
            plan_dir,
            index,
            output,
            workers=workers,
            store=store,
            perf=perf,
            model=model,
            progress=progress,
            cancel=cancel,
            deadline=deadline,
            timeout=timeout,
        )


def mix_sound(
    plan_dir: Plan | Path | str,
    output: Path | str,
    *,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
) -> SoundResult:
    """
    Mix and code what is heard of a plan, beside its chunks or after them.

    Nothing is drawn and no browser is needed. `assemble` mixes the sound itself where it is
    given none; of a long film that is time in which its chunks are rendered.

    Args:
        plan_dir: The plan, or its directory; only ``plan.json`` is read, and what the sound
            is mixed from.
        output: The file of coded sound, of any name; its sidecar is put beside it, with
            ``.json`` added. Both appear whole or not at all.
        progress: Told of each step.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.

    Returns:
        What the sidecar holds. Its ``warnings`` say whether clips add up to more than a
        file can hold; their peaks are held at -1 dBTP then, where they would be cut off.

    Raises:
        InputError: Nothing is heard in the plan: ``plan.content.sound`` is None.
        PlanError: ``plan.json`` or a source is missing or not what was written.
        ToolchainMismatchError: Another ffmpeg or library than planned.
        EncodeError: ffmpeg fails; the class says whether to retry.
        Cancelled: *cancel* was set.
        DeadlineExceeded: *deadline* passed.
    """
    control = Control(progress, cancel, soonest(deadline, timeout))
    path = path_of(output, "output")
    loaded = load_plan(place_of(plan_dir))
    check_encoder(loaded.content.toolchain)
    control.tell("assemble", 0, 1, "mixing the sound")
    with system_errors(path):
        result = make_sound(loaded, path, control=control)
    control.tell("assemble", 1, 1)
    return result


def assemble(
    plan_dir: Plan | Path | str,
    chunk_paths: Sequence[Path | str] | Path | str,
    output: Path | str,
    *,
    sound: Path | str | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
) -> OutputResult:
    """
    Join all chunks of a plan into the verified video.

    Args:
        plan_dir: The plan, or its directory; only ``plan.json`` is read, and without
            *sound* what the sound is mixed from.
        chunk_paths: Every chunk's file, each beside its sidecar, in order; or the
            directory they lie in, where their sidecars say the order.
        output: The video, named with its format's suffix, or the directory of pictures;
            appears whole or not at all, what was there is replaced. A directory is
            replaced only if it holds nothing but an earlier render.
        sound: What `mix_sound` made of the plan, beside its sidecar; None mixes it now.
            The bytes of *output* are the same.
        progress: Told of each step.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.

    Raises:
        InputError: *output* is named like another format, or its place is taken.
        PlanError: ``plan.json`` or a source of the sound is missing or not what was written.
        ToolchainMismatchError: Another ffmpeg or library than planned.
        AssembleError: A chunk or the sound is missing, out of order, of another plan or
            damaged, or the result is not the planned video.
        Cancelled: *cancel* was set.
        DeadlineExceeded: *deadline* passed.
    """
    control = Control(progress, cancel, soonest(deadline, timeout))
    path = path_of(output, "output")
    loaded = load_plan(place_of(plan_dir))
    check_encoder(loaded.content.toolchain)
    if isinstance(chunk_paths, Path | str):
        chunks = find_chunks(loaded, Path(chunk_paths))
    else:
        chunks = [Path(chunk) for chunk in chunk_paths]
    with system_errors(path):
        given = None if sound is None else Path(sound)
        return assemble_chunks(loaded, chunks, path, sound=given, control=control)


def render(
    project_dir: Path | str,
    output: Path | str,
    config: RenderConfig | None = None,
    *,
    workers: int | None = None,
    store: Path | str | None = None,
    chrome: ChromeSource | None = None,
    perf: PerfSink | None = None,
    report: Path | str | None = None,
    model: CostModel | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
    **settings: Unpack[Settings],
) -> OutputResult:
    """
    Render a project into a video on this machine.

    Workers claim segments one at a time; a segment whose Chrome dies is tried again. The
    output's bytes do not depend on *workers*.

    Args:
        project_dir: Directory of the composition; only read.
        output: The video, named with its format's suffix, or the directory of pictures;
            appears whole or not at all, what was there is replaced. A directory is
            replaced only if it holds nothing but an earlier render. Named ``.png``,
            ``.jpg`` or ``.webp`` it is a picture of the first frame asked for.
        config: What to render; None takes the defaults. Its format is that of the
            output's suffix unless *config* or *format* asks for another than mp4.
        workers: Browsers at once; None takes one per processor, as memory allows, both as
            far as a container's limits let this process have them.
        store: A directory finished segments are kept in, or its ``file://`` address, so that
            the same render, run again after something died, makes only the missing ones.
        chrome: Where the browsers come from; None takes `default_chrome`.
        perf: A file that is given the JSON of a `PerfRecord`, or a function that is called
            with the record: what each part took, beside what was predicted.
        report: A page to write, ``.html``, that needs nothing beside itself: the timeline,
            time by stage and frame with pictures of the slowest, chunks and workers, sizes,
            warnings, settings, tools and hashes. Needs the extra ``report``. Pictures of
            a single frame have none.
        model: What the prediction in that record is made from; None takes a rough guess.
            Changes nothing else.
        progress: Told of each step and each frame, one call at a time.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.
        settings: Fields of `RenderConfig`, over *config*, such as ``fps=60``,
            ``quality="draft"`` or ``frames=range(100, 201)``; ``scale`` is its
            ``output_scale``.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        HyperframesError: As `plan`, `render_chunk` and `assemble` raise.
    """
    with Renderer(chrome, workers=workers, keep_warm=False) as renderer:
        return renderer.render(
            project_dir,
            output,
            config,
            store=store,
            perf=perf,
            report=report,
            model=model,
            progress=progress,
            cancel=cancel,
            deadline=deadline,
            timeout=timeout,
            **settings,
        )


def still(
    source: Plan | Path | str,
    at: Time | None = None,
    config: RenderConfig | None = None,
    *,
    frame: int | None = None,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
    **settings: Unpack[PageSettings],
) -> Still:
    """
    Draw one frame of a composition, with the pixels its render has there.

    A notebook shows what is returned; ``save`` writes it. `Renderer.still` keeps the page
    open for the next one.

    Args:
        source: Directory of the composition, or a plan; only read.
        at: Seconds from the start of the composition; the frame shown then is drawn.
        config: How the page is shown; None takes the defaults. A plan has its own.
        frame: Number of the frame, from 0, instead of *at*.
        chrome: Where the browser comes from; None takes `default_chrome`.
        progress: Told of each step.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.
        settings: Fields of `RenderConfig`, over *config*; ``scale`` is its
            ``output_scale``.

    Raises:
        UnsupportedPlatformError: Chrome is not driven on this system.
        InputError: The composition has no such frame, or cannot be rendered.
        HyperframesError: As `plan` and `render_chunk` raise.
    """
    with Renderer(chrome) as renderer:
        return renderer.still(
            source,
            at,
            config,
            frame=frame,
            progress=progress,
            cancel=cancel,
            deadline=deadline,
            timeout=timeout,
            **settings,
        )


def stills(
    source: Plan | Path | str,
    at: Iterable[Time] | None = None,
    config: RenderConfig | None = None,
    *,
    frames: Iterable[int] | None = None,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
    **settings: Unpack[PageSettings],
) -> tuple[Still, ...]:
    """
    Draw several frames of a composition in one go, each as `still` does.

    Args:
        source: Directory of the composition, or a plan; only read.
        at: Seconds from the start of the composition, in any order.
        config: How the page is shown; None takes the defaults. A plan has its own.
        frames: Numbers of the frames, from 0, instead of *at*.
        chrome: Where the browser comes from; None takes `default_chrome`.
        progress: Told of each step and each picture.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.
        settings: Fields of `RenderConfig`, over *config*; ``scale`` is its
            ``output_scale``.

    Returns:
        One still for each, in the order they were named.

    Raises:
        HyperframesError: As `still` raises.
    """
    with Renderer(chrome) as renderer:
        return renderer.stills(
            source,
            at,
            config,
            frames=frames,
            progress=progress,
            cancel=cancel,
            deadline=deadline,
            timeout=timeout,
            **settings,
        )
