"""
A plan and a range of frames become pictures.

A frame is the state of the page after every earlier frame was shown, in order. Where the
plan says that frames follow from their times alone, a worker that starts in the middle
jumps there, and proves it: who comes from before names the picture that the next one
begins with. Else it first passes all that came before, by their scripts alone while
the page wants no more of a frame than its time, and else as whole frames that are not
painted: then tweens that read their start values late, scripts that add something up per
frame, observers and events look the same whoever draws them. What the compositor
remembers is forgotten at the start of every segment instead, since it cannot be replayed
without drawing.

Where a shutter is open in a frame, a page's frames are ticks: the times the frame is drawn at,
of which its picture is the mean. The page knows no others, and a segment is its ticks.

A lossless picture is read from where the compositor draws it if that can be found, and
asked for as PNG if not: the pixels are the same. While nothing moves, a frame costs a look
and no picture.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from .._encode.kinds import kind_in
from .._encode.mean import means
from .._estimate.spans import Spans, WorkerTrace
from .._model.codec import from_page
from .._model.content import Capture, Reach
from .._model.facts import Skimmed
from .._model.frames import FrameRange, Segment
from .._model.manifest import Content
from .._model.results import Plan
from .._model.shutter import Clock
from ..progress import Control
from .door import PlanDoor
from .moving import holds_moving_pictures
from .page import VIEWS
from .stage import PageSetup
from .surface import Surface, find_surface

if TYPE_CHECKING:
    from .browser import Browser
    from .page import Asked, Page

READY_SECONDS = 90.0
FRAME_SECONDS = 60.0
_SKIMMED_AT_ONCE = 500
_NEVER = sys.maxsize
_WARM_UP_DRAWS = 3
_APPEAR_TRIES, _APPEAR_PAUSE = 300, 0.05
# A script's animation that is paused by a seek leaves the compositor only when a frame
# has been drawn, and until then has other edges: so the frames before a jump's end are
# drawn too, unseen.
_UNSEEN_FRAMES = 1
# Who has drawn a segment looks at so many frames of the next one.
_FRAMES_BEYOND = 1


def segments_showing(
    frame: int, length: int, frames: FrameRange
) -> tuple[int, ...] | None:
    """
    Segments of *frames*, *length* each, whose worker shows *frame*; None means all.

    Its own, where a worker begins that has not drawn it, and the one that ends before it:
    see `Camera`.
    """
    if frame == 0:
        return None
    first = max(frame - _FRAMES_BEYOND, frames.start) - frames.start
    last = min(frame + _UNSEEN_FRAMES, frames.stop - 1) - frames.start
    if frame >= frames.stop:
        return ()
    return tuple(range(first // length, last // length + 1))


def _in_ticks(reach: Reach, ticks: int) -> Reach:
    """*reach* of a page that is drawn so many *ticks* in each frame."""
    if ticks == 1:
        return reach
    # A tween begins in the first tick past its start, which is near the frame that shows it.
    around = {n for v in reach.visits for n in (v - 1, v, v + 1) if n >= 0}
    visits = (n * ticks + tick for n in sorted(around) for tick in range(ticks))
    return attrs.evolve(reach, visits=tuple(visits))


@attrs.frozen
class _Shown:
    """The page was asked to show a frame, after it had asked for so much itself."""

    requests: int
    asked: Asked


@attrs.define
class Seam:
    """
    What proves that a segment may begin and end anywhere.

    Attributes:
        is_last: Whether no segment follows.
        first: Its first picture; empty until it is drawn.
        following: The picture after its last one; empty where there is none.
    """

    is_last: bool
    first: bytes = b""
    following: bytes = b""


@attrs.define
class Camera:
    """
    A loaded page and the next frame it can show.

    Its callers count the frames of the output, the page the ticks of the composition: as
    many as a frame is drawn times.

    Attributes:
        control: The wishes of whoever uses it now.
    """

    _browser: Browser
    _page: Page
    _shot: dict[str, Any]
    control: Control
    _content: Content
    _paints: bool
    _surface: Surface | None = None
    _clock: Clock = attrs.field(init=False)
    _reach: Reach = attrs.field(init=False)
    _first: int = attrs.field(init=False)
    _next: int = 0
    _last: str | bytes = ""
    _ahead: _Shown | None = None
    # The tick that was looked at beyond the last one asked for.
    _beyond: int | None = None

    def __attrs_post_init__(self) -> None:
        self._clock = clock = self._content.clock
        self._reach = _in_ticks(self._content.reach, clock.ticks)
        self._first = self._content.first_frame * clock.ticks

    @property
    def page(self) -> Page:
        """What it looks at."""
        return self._page

    @property
    def next_frame(self) -> int:
        """
        The first frame of the output that was not yet shown.

        Earlier ones are out of reach, and all of them once it has failed.
        """
        shown = self._next if self._beyond is None else self._beyond
        return max(0, shown - self._first) // self._clock.ticks

    def passes(self, first: int) -> int:
        """How many frames have to be passed to get to the frame *first*."""
        reach, shift = self._content.reach, self._content.first_frame
        if reach.way == "walk":
            return first - self.next_frame
        begun = self.next_frame + shift
        return sum(begun <= v < first + shift for v in reach.visits)

    @property
    def is_raw(self) -> bool:
        """Whether pictures are pixels, as `Surface.read` gives them, and not files."""
        return self._surface is not None

    def frames(
        self, wanted: FrameRange, spans: Spans | None = None, seam: Seam | None = None
    ) -> Iterator[bytes]:
        """
        The encoded pictures of *wanted*, in order, one drawn ahead of its reader.

        What it takes is added to *spans*; *seam* is filled in where it is given and
        workers jump.

        Raises:
            PageError: The page fails; the frame is named.
            ChromeError: The browser fails.
        """
        ticks = self._clock.ticks
        start, stop = (n * ticks + self._first for n in (wanted.start, wanted.stop))
        drawn = self._drawn(FrameRange(start, stop), spans or Spans(), seam)
        if ticks == 1:
            return drawn
        content, control = self._content, self.control
        return means(drawn, ticks, content, raw=self.is_raw, control=control)

    def _drawn(
        self, wanted: FrameRange, spans: Spans, seam: Seam | None
    ) -> Iterator[bytes]:
        """The pictures of the ticks *wanted*."""
        loop, control = self._browser.loop, self.control
        pending = loop.start(self._begin(wanted, spans))
        seam = seam if self._reach.way == "jump" else None
        try:
            for frame in wanted:
                data = loop.wait(pending, control)
                if frame + 1 < wanted.stop:
                    pending = loop.start(self._take(frame + 1, wanted.stop, spans))
                with spans.decode:
                    picture = data if isinstance(data, bytes) else b64decode(data)
                if seam is not None and frame == wanted.start:
                    seam.first = picture
                yield picture
            loop.run(self._prove(wanted.stop - 1), control)
            self._next = wanted.stop
            if seam is not None and not seam.is_last:
                seam.following = self._look_beyond(spans)
        finally:
            pending.cancel()

    async def _begin(self, wanted: FrameRange, spans: Spans) -> str | bytes:
        """The first picture of *wanted*."""
        beyond, self._beyond = self._beyond, None
        first, self._next = self._next, _NEVER
        if beyond == wanted.start:
            return self._last
        assert wanted.start >= first
        with spans.seek:
            await self._replay(first, wanted.start)
        # What a segment reuses is its own, whoever draws it.
        self._last = ""
        return await self._take(wanted.start, wanted.stop, spans)

    def _look_beyond(self, spans: Spans) -> bytes:
        """
        The next picture, drawn as the worker draws it that begins with it.

        Who goes on from here has its first picture already.
        """
        frame = self._next
        loop, control = self._browser.loop, self.control
        only = FrameRange(frame, frame + 1)
        data = loop.run(self._begin(only, spans), control)
        self._beyond, self._next = frame, frame + 1
        return data if isinstance(data, bytes) else b64decode(data)

    async def _replay(self, first: int, stop: int) -> None:
        """Bring the page from *first* to the state after all before *stop* was shown."""
        begun, last = first, stop - _UNSEEN_FRAMES
        if first == 0 and stop > 0:
            await self._show_unseen(0)
            first = 1
        if self._reach.way == "jump":
            visits = [v for v in self._reach.visits if first <= v < last]
            await self._visit(visits)
            first = max(first, last)
        while first < last and not self._paints:
            reached = await self._skim(first, min(first + _SKIMMED_AT_ONCE, last))
            if reached == first:
                break
            first = reached
        for frame in range(first, last):
            await self._leave(await self._turn(frame, "pass"))
        for frame in range(max(first, last), stop):
            await self._show_unseen(frame)
        if begun < stop:
            # As where the frame before was the last of a segment.
            await self._end(stop - 1)
        if stop > 0:
            await self._forget(stop)

    async def _visit(self, frames: list[int]) -> None:
        """Put the page at each of *frames*, by its scripts alone."""
        for n in range(0, len(frames), _SKIMMED_AT_ONCE):
            part = frames[n : n + _SKIMMED_AT_ONCE]
            visit = f"__hfd.visit({part})"
            await self._page.evaluate(
                visit, timeout=FRAME_SECONDS, frame=self._named(part[0])
            )

    async def _show_unseen(self, frame: int) -> None:
        await self._turn(frame, "show")
        await self._page.draw(None)

    async def _skim(self, first: int, stop: int) -> int:
        """
        Pass frames that owe the page nothing but their time, from *first* on.

        Returns:
            The first frame that was not passed.
        """
        page = self._page
        said = await page.evaluate(
            f"__hfd.skim({first},{stop})",
            timeout=FRAME_SECONDS,
            frame=self._named(first),
        )
        reached = from_page(said, Skimmed)
        if reached.owes:
            frame = reached.next - 1
            # What it is drawn for begins at the frame's time, and not where skimming began.
            asked = page.ask("__hfd.owes()", self._time(frame))
            owes = await page.answer(
                asked, timeout=FRAME_SECONDS, frame=self._named(frame)
            )
            await page.settle(-1, timeout=FRAME_SECONDS, frame=self._named(frame))
            await self._leave(await self._begin_views(owes, frame))
        return reached.next

    async def _turn(self, frame: int, how: str) -> bool:
        """All the page does for *frame* but being drawn; whether it has to be."""
        page, asked = self._page, self._page.requests
        turn = page.ask(f"__hfd.{how}({frame})", self._time(frame))
        owes = await page.answer(turn, timeout=FRAME_SECONDS, frame=self._named(frame))
        await page.settle(asked, timeout=FRAME_SECONDS, frame=self._named(frame))
        return await self._begin_views(owes, frame)

    async def _begin_views(self, owes: str | None, frame: int) -> bool:
        """Give the page what it *owes* itself in *frame*; whether it has to be drawn."""
        if owes == VIEWS:
            await self._page.begin_views(
                timeout=FRAME_SECONDS, frame=self._named(frame)
            )
        return bool(owes)

    async def _leave(self, draws: bool) -> None:
        """End a frame that is passed, drawn if the page *draws* to go on."""
        if not draws:
            await (self._page.draw(None) if self._paints else self._page.catch_up())
        elif await self._page.is_changed() and not self.is_raw:
            # As a frame is drawn that is seen: once more, for its picture.
            await self._page.draw(None)

    def _named(self, frame: int) -> int:
        """The frame of the composition that the page's *frame* is a tick of."""
        return frame // self._clock.ticks

    def _time(self, frame: int) -> float:
        """When *frame* is, in milliseconds."""
        return float(self._clock.time_of(frame) * 1000)

    async def _forget(self, frame: int) -> None:
        """
        Make the compositor forget what was drawn before *frame*.

        How a layer is rastered (its scale, its offset in a pixel) depends on the frames
        drawn since it was made. Every segment starts without layers, so its pixels
        depend on its own frames alone. Frames inside the page stood still while they were
        hidden: they catch up, and so do observers, before anything is painted again.
        """
        await self._hide("true", frame)
        await self._page.draw(None)
        await self._hide("false", frame)
        await self._page.catch_up()

    async def _hide(self, hidden: str, frame: int) -> None:
        await self._page.evaluate(
            f"__hfd.hide({hidden})", timeout=FRAME_SECONDS, frame=self._named(frame)
        )

    async def _prove(self, last: int) -> None:
        """
        Have the page show nothing after frame *last*, and check that it is seen.

        Without a surface it is done all the same: the page must not know.
        """
        await self._end(last, seen=True)

    async def _end(self, last: int, *, seen: bool = False) -> None:
        """What follows *last*, the last frame of a segment; it was *seen*, or drawn unseen."""
        await self._hide("true", last)
        await self._page.draw(None)
        if seen and self._surface is not None and self._surface.read() == self._last:
            await self._surface.check(self._page)
        await self._hide("false", last)

    async def _take(self, frame: int, stop: int, spans: Spans) -> str | bytes:
        shown, self._ahead = self._ahead or self._ask(frame, stop, spans), None
        page = self._page
        owes = await page.answer(
            shown.asked, timeout=FRAME_SECONDS, frame=self._named(frame)
        )
        await page.settle(
            shown.requests, timeout=FRAME_SECONDS, frame=self._named(frame)
        )
        await self._begin_views(owes, frame)
        with spans.draw:
            # What begins a view is drawn unseen, and is no change any more.
            changed = await page.is_changed() or owes == VIEWS
            if self.is_raw and frame + 1 < stop:
                # What was drawn stays there until the next draw: the page goes on.
                self._ahead = self._ask(frame + 1, stop, spans)
            if changed or not self._last:
                await self._renew(frame)
            return self._last

    def _ask(self, frame: int, stop: int, spans: Spans) -> _Shown:
        following = f",{frame + 1}" if frame + 1 < stop else ""
        requests = self._page.requests
        asked = self._page.ask(f"__hfd.show({frame}{following})", self._time(frame))
        spans.show.until(asked.value)
        return _Shown(requests, asked)

    async def _renew(self, frame: int) -> None:
        if self._surface is not None:
            self._last = self._surface.read()
            return
        data = await self._page.shoot(self._shot, self._named(frame))
        still, self._last = data == self._last, data
        if still:
            # Taking a picture counts as a change to the draw after it.
            await self._page.draw(None)

    async def warm_up(self, entry: str) -> None:
        """Load the document and draw unseen, always the same number of times."""
        await self._page.load(entry, READY_SECONDS)
        for _ in range(_WARM_UP_DRAWS):
            await self._page.draw(None)
        await self._appear()
        await self._page.begin_film()

    async def _appear(self) -> None:
        """
        Draw until the page is what the surface shows.

        An overloaded browser goes on showing the page that was there before for a while.

        Raises:
            ChromeError: The page does not appear.
        """
        if self._surface is None:
            return
        for _ in range(_APPEAR_TRIES):
            if not self._surface.is_untouched():
                return
            await asyncio.sleep(_APPEAR_PAUSE)
            await self._page.draw(None)
        # Or the page has the very same colours.
        await self._surface.check(self._page)


def shot_options(capture: Capture) -> dict[str, Any]:
    """What BeginFrame is asked for."""
    if capture.format == "png":
        # Same pixels as the slow encoder, at a third of its time.
        return {"format": "png", "optimizeForSpeed": True}
    return {"format": capture.format, "quality": capture.quality}


@contextlib.contextmanager
def open_camera(
    browser: Browser,
    plan_dir: Path,
    content: Content,
    control: Control,
    *,
    raw: bool = False,
    witness: bool = False,
) -> Iterator[Camera]:
    """
    A camera on a fresh page of *browser*, ready to show frame 0.

    Args:
        raw: Give lossless pictures as pixels where that can be had; see `Camera.is_raw`.
        witness: Have it written down what the page asks of its browser.
    """
    page_facts = content.page
    setup = PageSetup(
        clock=content.clock,
        width=page_facts.width,
        height=page_facts.height,
        variables=content.variables,
        has_runtime=content.toolchain.runtime_sha256 is not None,
        timeline=page_facts.timeline,
        preload=page_facts.preload,
        videos=content.videos,
        ready_seconds=READY_SECONDS,
        scale=content.capture.scale,
        transparent=content.capture.transparent,
        witness=witness,
    )
    with contextlib.ExitStack() as stack:
        door = stack.enter_context(contextlib.closing(PlanDoor(plan_dir, content)))
        page = stack.enter_context(setup.open(browser, door, control))
        surface = None
        if raw and content.capture.format == "png" and not content.capture.transparent:
            size, scale = content.frame_size, content.capture.scale
            search = find_surface(browser, page, size, scale)
            surface = browser.loop.run(search, control)
        shot = shot_options(content.capture)
        paints = holds_moving_pictures(plan_dir, content)
        camera = Camera(browser, page, shot, control, content, paints, surface)
        browser.loop.run(camera.warm_up(page_facts.entry), control)
        yield camera


@attrs.define
class CameraKeeper:
    """
    At most one open camera, of one browser, for whoever goes on with the plan drawn last.

    A worker that draws one chunk after another of a plan need not load its page again: what
    a page has shown and what it has yet to show are the same as in one long chunk. Close it
    before its browser.
    """

    _pages: contextlib.ExitStack = attrs.field(factory=contextlib.ExitStack)
    _camera: Camera | None = None
    _of: tuple[Path, str] | None = None

    def find(
        self,
        browser: Browser,
        plan: Plan,
        segment: Segment,
        control: Control,
        trace: WorkerTrace,
    ) -> Camera:
        """
        A camera that can show *segment* of *plan*, and heeds *control*.

        A new one is opened on *browser* where the kept one is another plan's or past it.
        """
        camera = self._camera if self._of == _name(plan) else None
        if camera is None or camera.next_frame > segment.frames.start:
            camera = self._open(browser, plan, control, trace)
        camera.control = control
        return camera

    def _open(
        self, browser: Browser, plan: Plan, control: Control, trace: WorkerTrace
    ) -> Camera:
        self.close()
        raw = kind_in(plan.content).takes_pixels
        opened = open_camera(browser, plan.path, plan.content, control, raw=raw)
        trace.pages += 1
        with trace.page:
            self._camera = camera = self._pages.enter_context(opened)
        self._of = _name(plan)
        return camera

    def close(self) -> None:
        """Close the camera and its page."""
        self._camera = self._of = None
        self._pages.close()


def _name(plan: Plan) -> tuple[Path, str]:
    return plan.path.absolute(), plan.content_hash
