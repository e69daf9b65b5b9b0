"""Called from wherever an application happens to be."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading

import pytest

import hyperframes_dist as hf
from pages import strip_page, write_project


@pytest.fixture
def project(tmp_path):
    """Half a second of numbered frames."""
    return write_project(tmp_path / "project", strip_page(0.5))


def test_inside_a_running_event_loop(project, tmp_path):
    """A notebook or a web handler may call it directly, or in a thread."""

    async def handler() -> tuple[hf.OutputResult, hf.OutputResult]:
        direct = hf.render(project, tmp_path / "a.mp4")
        aside = await asyncio.to_thread(hf.render, project, tmp_path / "b.mp4")
        return direct, aside

    direct, aside = asyncio.run(handler())

    assert direct.sha256 == aside.sha256


def test_from_many_threads_at_once(project, tmp_path):
    """Calls do not know of each other; a shared Renderer takes turns."""
    found: list[str] = []

    def work(number: int, renderer: hf.Renderer) -> None:
        place = tmp_path / str(number)
        planned = renderer.plan(project, place / "plan")
        found.append(renderer.render_chunk(planned.path, 0, place / "0.mp4").sha256)

    with hf.Renderer() as shared:
        threads = [threading.Thread(target=work, args=(n, shared)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(found) == 3
    assert len(set(found)) == 1


def test_logging_is_the_applications(project, tmp_path):
    """The library logs to its own logger and configures nothing."""
    code = (
        "import logging, hyperframes_dist as hf\n"
        f"hf.render({str(project)!r}, {str(tmp_path / 'out.mp4')!r})\n"
        "assert not logging.getLogger().handlers\n"
        "handlers = logging.getLogger('hyperframes_dist').handlers\n"
        "assert [logging.NullHandler] == [type(h) for h in handlers], handlers\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_records_carry_fields(project, tmp_path, caplog):
    """A log line names plan and segment as fields, not only as text."""
    with caplog.at_level(logging.DEBUG, logger="hyperframes_dist"):
        output = hf.render(project, tmp_path / "out.mp4")

    rows = [r for r in caplog.records if r.message == "segment drawn"]
    assert [row.segment for row in rows] == [0]
    assert [row.frames for row in rows] == [15]
    assert len(rows[0].plan_hash) == 64
    assert output.frame_count == 15


def test_progress_counts_every_frame(project, tmp_path):
    """Frames rise one by one to the total, and stages come in order."""
    events: list[hf.Progress] = []

    hf.render(project, tmp_path / "out.mp4", workers=2, progress=events.append)

    frames = [event.done for event in events if event.stage == "render"]
    assert list(range(16)) == frames
    stages = list(dict.fromkeys(event.stage for event in events))
    assert stages == ["plan", "render", "assemble"]
