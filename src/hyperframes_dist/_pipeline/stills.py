"""
Stills: which frames are meant, and the plan of a project they are drawn from.

A project is planned once for many stills, as long as nothing in it changes.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from .._compile.project import list_project
from .._encode.pictures import picture_size
from .._encode.shrink import is_smaller, shrink_pictures
from .._encode.still import Still, recode
from .._model.checks import check_number, read_seconds
from .._model.config import RenderConfig
from .._model.manifest import MANIFEST_NAME
from .._model.results import OutputResult, Plan
from .._model.settings import Time
from .._plan.build import plan_project
from .._planned.directory import check_artifacts, load_plan, needed_by
from .._planned.toolchain import check_toolchain
from .._render.stills import draw_frames
from .._tools.files import path_of, sha256_file
from .._tools.leftovers import temp_dir
from .._tools.spans import span
from ..errors import InputError
from ..progress import Control

if TYPE_CHECKING:
    from .._browser.browser import Browser
    from .._render.warm import WarmBrowser

Stamps = tuple[tuple[str, int, int, int], ...]


def frame_at(plan: Plan, at: Time) -> int:
    """
    The frame that *plan* shows *at* so many seconds.

    Raises:
        InputError: The film has no such time.
    """
    seconds = read_seconds("at", at)
    if not 0 <= seconds < plan.duration:
        raise InputError(
            f"at {at!r} is not from 0 to below {float(plan.duration):g} seconds, "
            "where the composition ends"
        )
    return math.floor(seconds * plan.content.frame_rate.fraction)


def check_frame(plan: Plan, frame: int) -> int:
    """
    *frame*, if *plan* has it.

    Raises:
        InputError: *frame* is not one of the plan's frames.
    """
    check_number("frame", frame, 0, plan.frame_count - 1)
    return frame


def choose_frames(
    plan: Plan, at: Iterable[Time] | None, frames: Iterable[int] | None
) -> list[int]:
    """
    The frames of *plan* that a caller names by time or by number.

    Raises:
        InputError: Both are given or none, or the plan has no such frame.
    """
    if (at is None) == (frames is None):
        raise InputError("name stills by at, in seconds, or by frame; one of them")
    given = at if frames is None else frames
    if not isinstance(given, Iterable) or isinstance(given, str):
        one = "still" if frames is None else "still(frame=…)"
        raise InputError(
            f"{given!r} is one still, and several are asked for; call {one}"
        )
    if frames is not None:
        return [check_frame(plan, frame) for frame in frames]
    return [frame_at(plan, time) for time in at or ()]


@attrs.define
class Sketch:
    """
    The plan of the project that was looked at last, without its sound.

    It is made again when the project, or what it is made by, has changed.
    """

    _folder: contextlib.ExitStack = attrs.field(factory=contextlib.ExitStack)
    _plan: Plan | None = None
    _of: tuple[Path, RenderConfig, Stamps] | None = None

    def plan(
        self,
        project: Path,
        config: RenderConfig,
        *,
        warm: WarmBrowser,
        control: Control,
    ) -> Plan:
        """The plan of *project*; raises as `plan` does."""
        # Frames are counted from the composition's start, whatever is to be rendered.
        config = attrs.evolve(
            config, audio=False, chunks=1, frames=None, start=None, end=None
        )
        wanted = (project.absolute(), config, stamps(project, config))
        if self._plan is not None and self._of == wanted:
            return self._plan
        self.close()
        place = self._folder.enter_context(temp_dir("still")) / "plan"
        made = plan_project(
            project,
            place,
            config,
            chrome=warm.source,
            browser=partial(warm.use, control),
            control=control,
        )
        self._plan, self._of = made, wanted
        return made

    def close(self) -> None:
        """Remove the plan."""
        self._plan = self._of = None
        self._folder.close()


def stamps(project: Path, config: RenderConfig) -> Stamps:
    """What changes when a file does that *project* is planned from."""
    roots = [project, *filter(None, (config.overrides_dir, config.runtime))]
    files = [
        file
        for root in roots
        if root.exists()
        for file in ([root] if root.is_file() else _files(root, config))
    ]
    return tuple(_stamp(file) for file in sorted(files))


def _files(folder: Path, config: RenderConfig) -> list[Path]:
    return [file for _, file in list_project(folder, config.limits)]


def _stamp(file: Path) -> tuple[str, int, int, int]:
    stat = file.stat()
    return str(file), stat.st_size, stat.st_mtime_ns, stat.st_ino


@span("stills")
def draw_stills(
    plan: Plan, frames: list[int], *, warm: WarmBrowser, control: Control
) -> tuple[Still, ...]:
    """
    Draw *frames* of *plan*; one still for each, in the order they are named.

    Raises:
        PlanError: The plan directory is not what was planned.
        ToolchainMismatchError: Other tools than planned.
        PageError: The page fails; the frame is named.
        ChromeError: The browser fails.
    """
    segments = [s for s in plan.content.segments if any(f in s.frames for f in frames)]
    check_toolchain(plan.content.toolchain, warm.source, control)
    check_artifacts(plan, needed_by(plan, segments))
    with warm.use(control, goes_on=True) as browser:
        drawn = dict(_draw(plan, frames, browser, warm, control))
    return tuple(drawn[frame] for frame in frames)


def _draw(
    plan: Plan,
    frames: list[int],
    browser: Browser,
    warm: WarmBrowser,
    control: Control,
) -> Iterator[tuple[int, Still]]:
    pictures = draw_frames(
        plan, frames, browser=browser, cameras=warm.cameras, control=control
    )
    for done, (frame, picture) in enumerate(pictures, 1):
        data = _as_png(plan, picture, control)
        width, height = picture_size(data)
        yield (
            frame,
            Still(
                data=data,
                width=width,
                height=height,
                frame=frame,
                time=plan.content.frame_rate.time_of(frame),
                content_hash=plan.content_hash,
                warnings=plan.warnings,
            ),
        )
        control.tell("render", done, len(set(frames)))


def save_output(still: Still, plan: Plan, output: Path) -> OutputResult:
    """Save *still* of *plan* as *output*, and say of it what is said of a film."""
    still.save(output)
    size, digest = sha256_file(output)
    return OutputResult(
        path=output,
        size=size,
        sha256=digest,
        width=still.width,
        height=still.height,
        frame_count=1,
        duration=plan.content.frame_rate.time_of(1),
        content_hash=still.content_hash,
        warnings=still.warnings,
    )


def first_frame(plan: Plan, config: RenderConfig) -> int:
    """The first frame that *config* asks for; raises as `choose_frames` does."""
    if config.frames is not None:
        return check_frame(plan, config.frames.start)
    return frame_at(plan, config.start or 0)


def _as_png(plan: Plan, picture: bytes, control: Control) -> bytes:
    content = plan.content
    if content.capture.format == "png" and not is_smaller(content):
        return picture
    with temp_dir("still") as folder:
        place = folder / "still.png"
        if is_smaller(content):
            return next(shrink_pictures([picture], content, place, control=control))
        recode(picture, place, ".png", control=control)
        return place.read_bytes()


def find_plan(place: Plan | Path | str) -> Plan | None:
    """The plan that *place* is or holds; None where it is a project."""
    if isinstance(place, Plan):
        return load_plan(place.path)
    path = path_of(place, "project")
    return load_plan(path) if (path / MANIFEST_NAME).is_file() else None
