"""What is read of a browser's memory is what it would have handed over."""

from __future__ import annotations

import ctypes
import io
import os
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

import hyperframes_dist as hf
from hyperframes_dist._browser import camera as _capture
from hyperframes_dist._browser.camera import Camera, open_camera
from hyperframes_dist._browser.launch import launch
from hyperframes_dist._browser.page import Page
from hyperframes_dist._browser.surface import Surface
from hyperframes_dist._model.frames import FrameRange
from hyperframes_dist.errors import ChromeCrashError, ChromeError
from hyperframes_dist.progress import Control
from pages import write_project

COMPOSITIONS = Path(__file__).parents[1] / "compositions"
NAMES = sorted(
    path.parent.name
    for path in COMPOSITIONS.glob("*/*.html")
    if path.name == "index.html"
)
LENGTH = 5


def frames_of(planned: hf.Plan, *, raw: bool) -> list[bytes]:
    """Pictures from the start and the middle of a plan, as BGRA."""
    with ExitStack() as stack:
        camera = photograph(stack, planned, raw=raw)
        assert camera.is_raw == raw
        middle = planned.frame_count // 2
        pictures: list[bytes] = []
        for start in (0, max(middle, LENGTH)):
            stop = min(start + LENGTH, planned.frame_count)
            pictures += camera.frames(FrameRange(start, stop))
    return pictures if raw else [pixels_of(picture) for picture in pictures]


def unlike(read: list[bytes], asked: list[bytes]) -> list[int]:
    """
    Where they differ.

    Nobody can look at the pictures themselves, and telling where megabytes differ takes
    pytest longer than a test may.
    """
    pairs = zip(read, asked, strict=True)
    return [place for place, (one, other) in enumerate(pairs) if one != other]


def photograph(stack: ExitStack, planned: hf.Plan, *, raw: bool) -> Camera:
    control = Control()
    browser = stack.enter_context(launch(hf.default_chrome(), control=control))
    opened = open_camera(browser, planned.path, planned.content, control, raw=raw)
    return stack.enter_context(opened)


def pixels_of(picture: bytes) -> bytes:
    image = Image.open(io.BytesIO(picture)).convert("RGBA")
    return image.tobytes("raw", "BGRA")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", NAMES)
def test_pixels_are_those_of_a_png(renderer, tmp_path, name):
    """Every composition, from its start and across a jump."""
    planned = renderer.plan(COMPOSITIONS / name, tmp_path / "plan")

    read, asked = frames_of(planned, raw=True), frames_of(planned, raw=False)

    assert unlike(read, asked) == []


@pytest.mark.sampled(1)
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("name", ["css-spinner", "gsap-stagger", "three-cube"])
def test_pixels_are_those_of_a_png_at_any_scale(renderer, tmp_path, name, scale):
    """The window is as large as the picture, whatever the page is told."""
    config = hf.RenderConfig(output_scale=scale)
    planned = renderer.plan(COMPOSITIONS / name, tmp_path / "plan", config)

    read = frames_of(planned, raw=True)

    width, height = planned.content.frame_size
    assert {len(picture) for picture in read} == {4 * width * height}
    assert unlike(read, frames_of(planned, raw=False)) == []


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("odd-size", ("mp4", "h264", "draft")),
        ("odd-size", ("mp4", "h264", "standard")),
        ("odd-size", ("mp4", "h264", "high")),
        ("odd-size", ("mp4", "h265", "standard")),
        ("odd-size", ("webm", "av1", "draft")),
        ("gsap-stagger", ("mp4", "h264", "standard")),
        ("gsap-stagger", ("webm", "av1", "draft")),
        *(
            pytest.param("gsap-stagger", row, marks=pytest.mark.campaign)
            for row in (
                ("mp4", "h264", "draft"),
                ("mp4", "h264", "high"),
                ("mp4", "h265", "standard"),
            )
        ),
    ],
)
def test_a_host_that_forbids_it_gets_the_same_file(tmp_path, monkeypatch, name, row):
    """Where no memory may be read, PNG pictures become the same bytes."""
    suffix, codec, quality = row
    config = hf.RenderConfig(format=suffix, codec=codec, quality=quality)
    project = COMPOSITIONS / name
    read = hf.render(project, tmp_path / f"read.{suffix}", config)

    monkeypatch.setattr(_capture, "find_surface", _find_nothing)
    asked = hf.render(project, tmp_path / f"asked.{suffix}", config)

    assert read.sha256 == asked.sha256


async def _find_nothing(*_: object) -> None:
    return None


@pytest.mark.thorough
def test_jpeg_is_there_for_those_who_ask_for_it(renderer, tmp_path):
    """It is in the plan, and its film is one file however it is cut."""
    project = COMPOSITIONS / "gsap-stagger"
    config = hf.RenderConfig(capture="jpeg", segment_seconds=Fraction(1, 2), chunks=3)
    planned = renderer.plan(project, tmp_path / "plan", config)
    paths = [tmp_path / f"{index}.mp4" for index in range(planned.chunk_count)]
    for index, path in enumerate(paths):
        renderer.render_chunk(planned.path, index, path)
    cut = hf.assemble(planned.path, paths, tmp_path / "cut.mp4")

    whole = hf.render(project, tmp_path / "whole.mp4", config)

    assert planned.content.capture.format == "jpeg"
    assert len(paths) == 3
    assert cut.sha256 == whole.sha256


BLANK = (
    "<!doctype html><html><body style='background: #fff'>"
    "<div data-composition-id='main' data-width='64' data-height='48' "
    "data-duration='1' data-fps='10'></div></body></html>"
)


def test_a_blank_film_is_no_reason_for_doubt(tmp_path):
    """Where hiding the page changes nothing, the picture is asked for and compared."""
    project = write_project(tmp_path / "project", BLANK)
    planned = hf.plan(project, tmp_path / "plan")
    with ExitStack() as stack:
        camera = photograph(stack, planned, raw=True)
        pictures = list(camera.frames(FrameRange(0, 3)))

    assert pictures == [b"\xff" * 4 * 64 * 48] * 3


@pytest.fixture
def stale() -> bytearray:
    """Memory of this process that no browser draws into."""
    return bytearray(8 << 20)


def surface_on(memory: bytearray, size: tuple[int, int]) -> Surface:
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return Surface(size, os.getpid(), address)


def test_a_buffer_that_no_longer_follows_is_noticed(tmp_path, stale):
    """A compositor that draws elsewhere fails the segment before it is finished."""
    planned = hf.plan(COMPOSITIONS / "gsap-stagger", tmp_path / "plan")
    with ExitStack() as stack:
        camera = photograph(stack, planned, raw=True)
        camera._surface = surface_on(stale, planned.content.frame_size)
        frames = camera.frames(FrameRange(0, 3))
        for _ in range(3):
            next(frames)

        with pytest.raises(ChromeError, match="elsewhere"):
            next(frames)


def test_a_segment_whose_buffer_moved_is_drawn_again(tmp_path, monkeypatch, stale):
    """Nothing of it is kept: the file is the one of an undisturbed render."""
    project = COMPOSITIONS / "gsap-stagger"
    config = hf.RenderConfig(segment_seconds=Fraction(1, 5))
    wanted = hf.render(project, tmp_path / "wanted.mp4", config)
    find, moved = _capture.find_surface, []

    async def find_once_wrong(browser, page, size, scale):
        found = await find(browser, page, size, scale)
        if moved:
            return found
        moved.append(found)
        return surface_on(stale, size)

    monkeypatch.setattr(_capture, "find_surface", find_once_wrong)
    disturbed = hf.render(project, tmp_path / "disturbed.mp4", config, workers=1)

    assert moved
    assert disturbed.sha256 == wanted.sha256


def test_memory_that_is_gone_is_an_error(tmp_path):
    """A browser that died between a frame and its reading is named."""
    planned = hf.plan(COMPOSITIONS / "gsap-stagger", tmp_path / "plan")
    with ExitStack() as stack:
        camera = photograph(stack, planned, raw=True)
        camera._browser.close()

        with pytest.raises(ChromeCrashError, match="picture"):
            camera._surface.read()


def test_a_page_that_appears_late_is_waited_for(tmp_path, monkeypatch):
    """An overloaded browser draws nothing of a new page at first, and says nothing."""
    planned = hf.plan(COMPOSITIONS / "css-delays", tmp_path / "plan")
    wanted = frames_of(planned, raw=True)
    load, frame, empty = Page.load, Page._frame, []

    async def load_slowly(self, *args):
        facts = await load(self, *args)
        empty.extend([{"hasDamage": False}] * 6)
        return facts

    async def frame_or_nothing(self, *args, **kwargs):
        return empty.pop() if empty else await frame(self, *args, **kwargs)

    monkeypatch.setattr(Page, "load", load_slowly)
    monkeypatch.setattr(Page, "_frame", frame_or_nothing)

    assert unlike(frames_of(planned, raw=True), wanted) == []
