"""
Whether a project's frames repeat: sampled ones are drawn in several ways and compared.

What is drawn otherwise is looked for in the page: which element shows it, and which answer
of the browser is another one. Nothing is made of what is drawn.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from .._browser.camera import Camera, open_camera
from .._browser.launch import launch
from .._browser.surface import decode_png
from .._encode.kinds import kind_in
from .._model.codec import from_page
from .._model.config import RenderConfig
from .._model.content import Reach
from .._model.frames import FrameRange
from .._model.manifest import Content
from .._model.results import Plan
from .._plan.build import plan_project
from .._planned.authored import find_authored
from .._render.warm import WarmBrowser
from .._tools.leftovers import temp_dir
from ..chrome import ChromeSource
from ..progress import Control

if TYPE_CHECKING:
    from .._browser.browser import Browser

_FRAMES = 8
# Short ones, so that there are several places to begin at.
_SEGMENT_SECONDS = Fraction(1, 2)
_SECONDS = 60.0
_POINTS = 24
_LOAD_BYTES = 1 << 20
_TRIES = 3
_NEVER_THE_SAME = frozenset({"URL.createObjectURL"})

Row = tuple[str, str, str, float]
"""An answer the browser gave its page: of what, which, to whom, at which millisecond."""


@attrs.frozen(kw_only=True)
class Unsteady:
    """
    A frame that is not drawn the same way each time.

    Attributes:
        frame: Its number, from 0.
        seconds: When it is.
        how: In which showings it, or one after it, was another one.
        elements: Start tags of what shows the difference, most of it first.
        api: What of the browser answered otherwise first; empty where nothing that is looked
            at did.
        place: File, line and column of who asked; empty where it is not known.
    """

    frame: int
    seconds: float
    how: tuple[str, ...]
    elements: tuple[str, ...]
    api: str
    place: str


@attrs.frozen(kw_only=True)
class Repeats:
    """
    What came of drawing a project's frames in several ways.

    Attributes:
        frames: The frames that were drawn, rising.
        showings: The ways they were drawn in, besides in order.
        reach: How workers get to their first frames, and why.
        unsteady: The first frame that differed in the first of them in which one did; None
            where none did.
    """

    frames: tuple[int, ...]
    showings: tuple[str, ...]
    reach: str
    unsteady: Unsteady | None


def examine_project(
    project: Path, config: RenderConfig, *, chrome: ChromeSource, control: Control
) -> Repeats:
    """
    Draw sampled frames of *project* in order, again, out of order, from other starts and
    while the machine is busy, and say what differs.

    Raises:
        HyperframesError: As `plan` and `render_chunk` raise.
    """
    config = attrs.evolve(
        config, audio=False, chunks=1, segment_seconds=_SEGMENT_SECONDS
    )
    with temp_dir("doctor") as folder:
        with WarmBrowser(chrome) as warm:
            plan = plan_project(
                project,
                folder / "plan",
                config,
                chrome=chrome,
                browser=partial(warm.use, control),
                control=control,
            )
        return _compare(plan, chrome, control)


def _compare(plan: Plan, chrome: ChromeSource, control: Control) -> Repeats:
    frames = _choose(plan.content)
    first = _Showing("in order", plan.content, frames)
    others = _others(plan.content, frames)
    wanted = _draw(plan, first, chrome, control)
    found: dict[_Showing, int] = {}
    for showing in others:
        drawn = _draw(plan, showing, chrome, control)
        differing = [frame for frame in frames if drawn[frame] != wanted[frame]]
        if differing:
            found[showing] = differing[0]
    unsteady = None
    if found:
        showing, frame = next(iter(found.items()))
        how = tuple(each.name for each in found)
        watched = _Watched(plan, first, showing, frame, chrome, control)
        unsteady = _explain(watched, how)
    return Repeats(
        frames=frames,
        showings=tuple(showing.name for showing in others),
        reach=plan.manifest.notes.reach,
        unsteady=unsteady,
    )


def _choose(content: Content) -> tuple[int, ...]:
    """Frames over the whole film, no two of one segment, at no round times."""
    segments = content.segments
    step = math.ceil(len(segments) / _FRAMES)
    return tuple((s.frames.start + 2 * s.frames.stop) // 3 for s in segments[::step])


@attrs.frozen(eq=False)
class _Showing:
    """
    A way to draw *frames* of *content*, in the order they stand in.

    *afresh* opens the page for each, *busy* gives the machine other work.
    """

    name: str
    content: Content
    frames: Sequence[int]
    afresh: bool = False
    busy: bool = False


def _others(content: Content, frames: tuple[int, ...]) -> tuple[_Showing, ...]:
    walking = attrs.evolve(content, reach=Reach(way="walk"))
    return (
        _Showing("drawn again", content, frames),
        _Showing("drawn out of order", content, frames[::-1], afresh=True),
        *(
            (_Showing("come to frame by frame", walking, frames),)
            if content.reach.way == "jump"
            else ()
        ),
        _Showing("drawn under load", content, frames, busy=True),
    )


def _draw(
    plan: Plan, showing: _Showing, chrome: ChromeSource, control: Control
) -> dict[int, str]:
    """The names of the pictures of a *showing*, by frame."""
    with (
        _load(on=showing.busy),
        launch(chrome, control=control) as browser,
        contextlib.ExitStack() as pages,
    ):
        control.tell("render", 0, len(showing.frames), showing.name)
        found: dict[int, str] = {}
        camera: Camera | None = None
        for frame in showing.frames:
            if camera is None or showing.afresh:
                pages.close()
                camera = _open(pages, browser, plan, showing, control)
            picture = _picture(camera, showing.content, frame)
            found[frame] = hashlib.sha256(picture).hexdigest()
            control.tell("render", len(found), len(showing.frames), showing.name)
        return found


def _open(
    pages: contextlib.ExitStack,
    browser: Browser,
    plan: Plan,
    showing: _Showing,
    control: Control,
    *,
    witness: bool = False,
) -> Camera:
    raw = kind_in(showing.content).takes_pixels
    opened = open_camera(
        browser, plan.path, showing.content, control, raw=raw, witness=witness
    )
    return pages.enter_context(opened)


def _picture(camera: Camera, content: Content, frame: int) -> bytes:
    """The pixels of *frame*, drawn as its segment's worker draws it."""
    start = content.segments[frame // content.segment_frames].frames.start
    *_, picture = camera.frames(FrameRange(start, frame + 1))
    return picture if camera.is_raw else decode_png(picture)


@contextlib.contextmanager
def _load(*, on: bool) -> Iterator[None]:
    """The machine busy meanwhile, if it is *on*."""
    end = threading.Event()

    def work() -> None:
        while not end.is_set():
            hashlib.sha256(bytes(_LOAD_BYTES))

    count = 2 * (os.cpu_count() or 1) if on else 0
    threads = [threading.Thread(target=work, name="load") for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join()


@attrs.frozen
class _Seen:
    """One showing as a witness saw it: a frame's *picture*, and all *rows* until it."""

    picture: bytes
    rows: tuple[Row, ...]


@attrs.frozen
class _Watched:
    """A *frame* that differs between two showings of a plan."""

    plan: Plan
    first: _Showing
    other: _Showing
    frame: int
    chrome: ChromeSource
    control: Control

    def see(
        self, showing: _Showing, points: Sequence[tuple[float, float]] = ()
    ) -> tuple[_Seen, tuple[str, ...]]:
        """The frame of a *showing* with a witness, and which elements lie at *points*."""
        with (
            _load(on=showing.busy),
            launch(self.chrome, control=self.control) as browser,
            contextlib.ExitStack() as pages,
        ):
            camera = _open(
                pages, browser, self.plan, showing, self.control, witness=True
            )
            way = [self.frame] if showing.afresh else sorted(showing.frames)
            for each in way[: way.index(self.frame) + 1]:
                picture = _picture(camera, showing.content, each)

            def ask(expression: str) -> Any:
                asked = camera.page.evaluate(expression, timeout=_SECONDS)
                return browser.loop.run(asked, self.control)

            rows = from_page(ask("__hfWitness.rows()"), tuple[Row, ...])
            told = ask(f"__hfWitness.elementsAt({[list(each) for each in points]})")
            return _Seen(picture, rows), from_page(told, tuple[str, ...])


def _explain(watched: _Watched, how: tuple[str, ...]) -> Unsteady:
    """Show the frame both ways once more, and name what differs."""
    plan, content = watched.plan, watched.plan.content
    one, _ = watched.see(watched.first)
    two, _ = watched.see(watched.other)
    for _ in range(_TRIES - 1):
        if one.picture != two.picture:
            break
        two, _ = watched.see(watched.other)
    points = _points(one.picture, two.picture, content)
    elements = watched.see(watched.first, points)[1] if points else ()
    same_way = watched.first.content.reach == watched.other.content.reach
    api, place = first_other(one.rows, two.rows, all_of_it=same_way)
    return Unsteady(
        frame=watched.frame,
        seconds=float(content.frame_rate.time_of(watched.frame)),
        how=how,
        elements=elements,
        api=api,
        place=_authored(plan, place),
    )


def _points(one: bytes, other: bytes, content: Content) -> list[tuple[float, float]]:
    """Places of the page, a few of them, at which two pictures differ."""
    width, height = content.frame_size
    row, found = 4 * width, []
    differing = [
        y
        for y in range(height)
        if one[y * row : (y + 1) * row] != other[y * row : (y + 1) * row]
    ]
    for y in differing[:: max(1, len(differing) // _POINTS)]:
        places = range(y * row, (y + 1) * row, 4)
        columns = [
            x for x, p in enumerate(places) if one[p : p + 4] != other[p : p + 4]
        ]
        found.append((columns[len(columns) // 2], y))
    scale = content.capture.scale
    return [((x + 0.5) / scale, (y + 0.5) / scale) for x, y in found]


def first_other(
    one: Sequence[Row], two: Sequence[Row], *, all_of_it: bool
) -> tuple[str, str]:
    """
    What answered otherwise first, and who asked.

    Args:
        all_of_it: Both came to the frame the same way, so that all they were told is to be
            the same; else only what they were told at the frame itself.
    """
    if not all_of_it:
        last = max((row[3] for row in (*one, *two)), default=0.0)
        one, two = ([row for row in rows if row[3] == last] for rows in (one, two))
    # What another thread answers comes in another order without being another answer.
    both = [[row[:3] for row in rows] for rows in (one, two)]
    counts = [Counter(rows) for rows in both]
    apart = [
        row
        for rows, own, other in zip(both, counts, counts[::-1], strict=True)
        for row in rows
        if own[row] != other[row]
    ]
    apart += [row for row, other in zip(*both, strict=False) if row != other]
    # The name of a blob is never the same, and hardly ever looked at.
    apart.sort(key=lambda row: row[0] in _NEVER_THE_SAME)
    return (apart[0][0], apart[0][2]) if apart else ("", "")


def _authored(plan: Plan, place: str) -> str:
    """*place* in a compiled file, as its author has it."""
    name, line, column = [*place.rsplit(":", 2), "", ""][:3]
    if name != plan.content.page.entry or not (line.isdigit() and column.isdigit()):
        return place
    found = find_authored(plan.manifest.notes.lines, int(line), int(column))
    return f"{name}:{found[0]}:{found[1]}" if found else name
