"""When something dies: a typed error or a second try, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._encode import segment as _encode
from hyperframes_dist._render import pool as _segments
from hyperframes_dist._render import warm as _warm
from hyperframes_dist._tools.process import processes
from hyperframes_dist.errors import (
    Cancelled,
    ChromeCrashError,
    DeadlineExceeded,
    DiskFullError,
    EncodeError,
    EncoderLostError,
)
from pages import strip_page, write_project
from patience import SOON


@pytest.fixture
def project(tmp_path):
    """Three seconds of numbered frames."""
    return write_project(tmp_path / "project", strip_page(3))


@pytest.fixture
def planned(renderer, project, tmp_path):
    """Its plan in one chunk."""
    return renderer.plan(project, tmp_path / "plan", hf.RenderConfig(chunks=1))


def left_in(place: Path) -> set[str]:
    """What lies there besides the test's own."""
    return {path.name for path in place.iterdir()} - {"project", "plan"}


def kept_in(store: Path) -> set[int]:
    """The segments that are in *store*, which somebody may be writing to."""
    names = (name for _, _, files in os.walk(store) for name in files)
    return {int(Path(name).stem) for name in names if re.fullmatch(r"\d+\.json", name)}


def at_frame(number: int, act):
    """A progress callback that acts once, when *number* frames are done."""
    done = []

    def callback(event: hf.Progress) -> None:
        if event.stage == "render" and event.done >= number and not done:
            done.append(True)
            act()

    return callback


def group_is_gone(process: subprocess.Popen) -> bool:
    """Whether no living process of its group is left; a zombie waits for its parent only."""
    return not any(
        int(facts[2]) == process.pid and facts[0] not in "ZX"
        for _, facts in processes()
    )


@pytest.mark.thorough
def test_a_browser_that_hangs_while_planning_is_not_asked_again(project, tmp_path):
    """The call ends soon after its deadline; the next one has a new browser."""
    with hf.Renderer() as renderer:
        renderer.still(project, 0)
        stopped = renderer._warm._browser.process
        os.killpg(stopped.pid, signal.SIGSTOP)

        asked = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            renderer.plan(project, tmp_path / "plan", timeout=3)
        assert time.monotonic() - asked < SOON
        planned = renderer.plan(project, tmp_path / "plan", timeout=60)

    assert planned.frame_count == 90
    assert group_is_gone(stopped)


@pytest.mark.thorough
def test_a_dead_browser_costs_a_chunk_one_segment(planned, renderer, tmp_path):
    """As it does a render: the next try has a new browser, and the bytes are the same."""
    undisturbed = renderer.render_chunk(planned.path, 0, tmp_path / "a.mp4")
    heard: list[int] = []
    with hf.Renderer() as own:

        def kill() -> None:
            os.killpg(own._warm._browser.process.pid, signal.SIGKILL)

        act = at_frame(20, kill)

        def callback(event: hf.Progress) -> None:
            heard.append(event.done)
            act(event)

        disturbed = own.render_chunk(
            planned.path, 0, tmp_path / "b.mp4", progress=callback
        )

    assert undisturbed.sha256 == disturbed.sha256
    assert (sorted(heard), 90) == (heard, heard[-1])


def test_a_browser_that_keeps_dying_ends_a_chunk(planned, tmp_path):
    """After three tries the error is the caller's; nothing is left, and a later call works."""
    with hf.Renderer() as renderer:

        def kill(event: hf.Progress) -> None:
            # Frames of one that was killed may be told when it is gone.
            browser = renderer._warm._browser
            if event.done and browser is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(browser.process.pid, signal.SIGKILL)

        with pytest.raises(ChromeCrashError) as caught:
            renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4", progress=kill)
        assert caught.value.retryable
        assert set() == left_in(tmp_path)

        result = renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")

    assert result.frame_count == 90


def test_chrome_hangs_in_a_chunk(planned, tmp_path):
    """A browser that stops answering costs the deadline; its whole group is ended."""
    with hf.Renderer() as renderer:
        processes = []

        def stop() -> None:
            process = renderer._warm._browser.process
            processes.append(process)
            os.killpg(process.pid, signal.SIGSTOP)

        began = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            renderer.render_chunk(
                planned.path,
                0,
                tmp_path / "0.mp4",
                progress=at_frame(1, stop),
                deadline=began + 4,
            )
        assert time.monotonic() - began < SOON

    assert set() == left_in(tmp_path)
    # Where a browser takes so long to begin, the deadline comes before its first frame.
    assert all(map(group_is_gone, processes))


def test_a_dead_browser_costs_a_render_one_segment(project, tmp_path, monkeypatch):
    """The segment is tried again on a new browser; the bytes are the undisturbed ones."""
    undisturbed = hf.render(project, tmp_path / "a.mp4", workers=2)
    browsers = []
    launch = _warm.launch

    def remember(*args, **kwargs):
        browsers.append(launch(*args, **kwargs))
        return browsers[-1]

    monkeypatch.setattr(_warm, "launch", remember)

    def kill() -> None:
        os.killpg(browsers[0].process.pid, signal.SIGKILL)

    disturbed = hf.render(
        project, tmp_path / "b.mp4", workers=2, progress=at_frame(30, kill)
    )

    assert undisturbed.sha256 == disturbed.sha256
    assert len(browsers) >= 3


def test_a_browser_that_keeps_dying_ends_the_render(project, tmp_path, monkeypatch):
    """After three tries of one segment the crash is the caller's to handle."""
    tries = []

    def dying(self, segment, keep, on_frame):
        tries.append(segment.index)
        raise ChromeCrashError("gone")

    monkeypatch.setattr(_segments.SegmentMaker, "draw", dying)

    with pytest.raises(ChromeCrashError):
        hf.render(project, tmp_path / "out.mp4", workers=1)

    assert tries == [0, 0, 0]
    assert set() == left_in(tmp_path)


@pytest.mark.parametrize("script", ["exit 3", "head -c 10 >/dev/null; exit 3"])
def test_encoder_dies(planned, renderer, tmp_path, monkeypatch, script):
    """An encoder that refuses or dies mid-way is an error with its last words."""
    fake = tmp_path / "ffmpeg"
    fake.write_text(f"#!/bin/sh\necho cannot go on >&2\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(_encode, "find_ffmpeg", lambda: fake)

    with pytest.raises(EncodeError, match="cannot go on"):
        renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")

    assert {"ffmpeg"} == left_in(tmp_path)


@pytest.fixture
def losing_encoder(tmp_path, monkeypatch):
    """Sets an ffmpeg that is lost by a signal so many times: at once, or at its end."""
    real = _encode.find_ffmpeg()

    def losing(times: int) -> Path:
        fake, count = tmp_path / "tools" / "ffmpeg", tmp_path / "tools" / "count"
        fake.parent.mkdir()
        count.write_text("")
        fake.write_text(
            f'#!/bin/sh\n[ $(wc -c <{count}) -ge {times} ] && exec {real} "$@"\n'
            f"printf x >>{count}\n[ $(wc -c <{count}) = 2 ] && cat >/dev/null\n"
            "kill -9 $$\n"
        )
        fake.chmod(0o755)
        monkeypatch.setattr(_encode, "find_ffmpeg", lambda: fake)
        return count

    return losing


def test_a_lost_encoder_costs_a_render_one_segment(
    project, renderer, tmp_path, losing_encoder
):
    """Killed before or after its frames: drawn again, with the undisturbed bytes."""
    whole = renderer.render(project, tmp_path / "whole.mp4")
    count = losing_encoder(2)

    disturbed = renderer.render(project, tmp_path / "out.mp4")

    assert count.read_text() == "xx"
    assert whole.sha256 == disturbed.sha256


def test_an_encoder_that_is_always_lost_ends_the_render(
    project, renderer, tmp_path, losing_encoder
):
    """After three tries of one segment it is the caller's to try later, elsewhere."""
    count = losing_encoder(99)

    with pytest.raises(EncoderLostError, match="SIGKILL") as caught:
        renderer.render(project, tmp_path / "out.mp4")

    assert caught.value.retryable
    assert "xxx" in count.read_text()
    assert {"tools"} == left_in(tmp_path)


def test_encoder_hangs(planned, renderer, tmp_path, monkeypatch):
    """An encoder that takes nothing is ended after its patience."""
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\nexec sleep 1000\n")
    fake.chmod(0o755)
    monkeypatch.setattr(_encode, "find_ffmpeg", lambda: fake)
    monkeypatch.setattr(_encode, "ENCODER_SECONDS", 1.0)
    began = time.monotonic()

    with pytest.raises(EncodeError, match="ffmpeg"):
        renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")

    assert time.monotonic() - began < SOON


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system with room for a manifest and little more."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(place)]
    subprocess.run(mount, check=True, capture_output=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True, capture_output=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
@pytest.mark.parametrize("step", ["plan", "chunk", "render"])
def test_disk_is_full(renderer, planned, project, tiny_disk, step):
    """No room is its own retryable error, and the little there was is free again."""
    big = project / "big.bin"
    big.write_bytes(os.urandom(100_000))
    (tiny_disk / "filler").write_bytes(b"x" * 40_000)

    steps = {
        "plan": lambda: renderer.plan(project, tiny_disk / "plan"),
        "chunk": lambda: renderer.render_chunk(planned.path, 0, tiny_disk / "0.mp4"),
        "render": lambda: hf.render(project, tiny_disk / "out.mp4"),
    }

    with pytest.raises(DiskFullError):
        steps[step]()

    assert [path.name for path in tiny_disk.iterdir()] == ["filler"]


@pytest.mark.parametrize("workers", [1, 2])
def test_cancel_stops_a_render(project, tmp_path, workers):
    """A set event ends the call within a frame or two, and nothing is left."""
    cancel = threading.Event()
    began = []

    def stop() -> None:
        began.append(time.monotonic())
        cancel.set()

    with pytest.raises(Cancelled):
        hf.render(
            project,
            tmp_path / "out.mp4",
            workers=workers,
            cancel=cancel,
            progress=at_frame(20, stop),
        )

    assert time.monotonic() - began[0] < SOON
    assert set() == left_in(tmp_path)


def test_a_passed_deadline_starts_nothing(planned, renderer, tmp_path):
    """A call that is late before it begins says so at once."""
    past = time.monotonic() - 1

    with pytest.raises(DeadlineExceeded):
        renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4", deadline=past)
    with pytest.raises(DeadlineExceeded):
        hf.assemble(planned.path, [], tmp_path / "out.mp4", deadline=past)


def test_a_callback_that_raises_ends_the_call(planned, renderer, tmp_path):
    """The caller's own exception comes out unchanged, and nothing is left."""

    def bad(event: hf.Progress) -> None:
        if event.done == 10:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4", progress=bad)

    assert set() == left_in(tmp_path)
    assert renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4").frame_count == 90


def test_a_store_keeps_what_was_finished(project, tmp_path, monkeypatch):
    """A render that was stopped goes on with the missing segments only."""
    cancel, store = threading.Event(), tmp_path / "store"

    def stop_after_one(_: hf.Progress) -> None:
        if kept_in(store):
            cancel.set()

    with pytest.raises(Cancelled):
        hf.render(
            project,
            tmp_path / "out.mp4",
            workers=1,
            store=store,
            cancel=cancel,
            progress=stop_after_one,
        )
    kept = kept_in(store)
    made = []
    draw = _segments.SegmentMaker.draw

    def counting(self, segment, keep, on_frame):
        made.append(segment.index)
        return draw(self, segment, keep, on_frame)

    monkeypatch.setattr(_segments.SegmentMaker, "draw", counting)

    resumed = hf.render(project, tmp_path / "out.mp4", workers=1, store=store)
    whole = hf.render(project, tmp_path / "whole.mp4", workers=1)

    # The first, or the second if its encoder was done before.
    assert kept
    assert [*sorted({0, 1, 2} - kept), 0, 1, 2] == made
    assert whole.sha256 == resumed.sha256


def test_a_damaged_segment_in_a_store_is_made_again(project, tmp_path):
    """What lies in a store is used only if it is what was written."""
    store = tmp_path / "store"
    whole = hf.render(project, tmp_path / "a.mp4", store=store)
    segment = sorted(store.rglob("*.mp4"))[1]
    segment.write_bytes(segment.read_bytes()[:-1] + b"x")

    again = hf.render(project, tmp_path / "b.mp4", store=store.as_uri())

    assert whole.sha256 == again.sha256


def test_a_stopped_chunk_goes_on_from_its_store(project, tmp_path, monkeypatch):
    """What a chunk finished before it was stopped is not drawn again."""
    planned = hf.plan(project, tmp_path / "plan", hf.RenderConfig(chunks=1))
    store, cancel = tmp_path / "store", threading.Event()

    def stop_after_one(_: hf.Progress) -> None:
        if kept_in(store):
            cancel.set()

    with pytest.raises(Cancelled):
        hf.render_chunk(
            planned.path,
            0,
            tmp_path / "0.mp4",
            store=store,
            cancel=cancel,
            progress=stop_after_one,
        )
    kept = kept_in(store)
    frames = []
    resumed = hf.render_chunk(
        planned.path,
        0,
        tmp_path / "0.mp4",
        store=store,
        progress=lambda p: frames.append(p.done),
    )
    whole = hf.render_chunk(planned.path, 0, tmp_path / "whole.mp4")

    length = planned.content.segment_frames
    assert kept
    assert frames[0] == len(kept) * length
    assert resumed == whole
