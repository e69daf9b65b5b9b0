"""Frames in which nothing moves are not taken twice, and never differ for it."""

from __future__ import annotations

from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._browser import camera as _capture
from hyperframes_dist._browser import page as _page
from pages import composition, write_project

COMPOSITIONS = Path(__file__).parents[1] / "compositions"

# Every seventh frame looks new; what changes is a colour, a place, a canvas, a late class.
STEPS = """<div id="box" style="position:absolute;width:20px;height:20px;background:#f00">
</div><canvas id="c" width="20" height="10" style="position:absolute;top:20px"></canvas>
<style>.late{outline:2px solid #0ff}</style><script>
const box = document.getElementById("box");
const paint = document.getElementById("c").getContext("2d");
window.__hf = { duration: 2, seek(time) {
  const step = Math.floor(time * 30 + 1e-6) / 7 | 0;
  WAIT
  box.style.transform = `translateX(${step % 2 ? step * 3 : 0}px)`;
  box.style.background = step === 3 ? "#0f0" : "#f00";
  box.classList.toggle("late", step >= 5);
  paint.fillStyle = `rgb(${step * 20}, 0, 0)`;
  if (step % 3 === 2) paint.fillRect(0, 0, 20, 10);
} };</script>"""
# Longer than the library waits before it draws a page that does not answer.
SLOW = """if (step === 1) {
  box.style.opacity = 1 - step / 20;
  return new Promise((go) => setTimeout(go, 1500));
}"""


def page(wait: str = "") -> str:
    return composition(STEPS.replace("WAIT", wait), duration=2)


@pytest.fixture
def counted(monkeypatch):
    """How many pictures were taken, one entry per picture."""
    taken: list[int] = []
    renew = _capture.Camera._renew

    async def counting(self, frame):
        taken.append(frame)
        await renew(self, frame)

    monkeypatch.setattr(_capture.Camera, "_renew", counting)
    return taken


def always_changed(monkeypatch) -> None:
    """Take every picture, as if each frame showed something new."""
    look = _page.Page.is_changed

    async def changed(self) -> bool:
        await look(self)
        return True

    monkeypatch.setattr(_page.Page, "is_changed", changed)


@pytest.mark.parametrize(
    ("format_name", "wanted"),
    [("mp4", [0, 30, 60]), ("png-sequence", [0, 1, 30, 31, 60, 61])],
)
def test_a_still_page_is_hardly_taken(renderer, tmp_path, counted, format_name, wanted):
    """It is read once a segment; asked for, it is once more to see that it stays."""
    project = write_project(tmp_path / "p", composition("<p>still</p>", duration=3))
    config = hf.RenderConfig(fps=30, format=format_name)

    planned = renderer.plan(project, tmp_path / "plan", config)
    renderer.render_chunk(planned.path, 0, tmp_path / "0.part")

    assert counted == wanted


@pytest.mark.parametrize("format_name", ["mp4", "png-sequence"])
def test_reused_pictures_are_the_ones_that_would_be_taken(
    renderer, tmp_path, counted, monkeypatch, format_name
):
    """Each change, however small, is seen in the frame it happens in."""
    project = write_project(tmp_path / "p", page())
    config = hf.RenderConfig(fps=30, format=format_name)
    planned = renderer.plan(project, tmp_path / "plan", config)
    counted.clear()
    reused = renderer.render_chunk(planned.path, 0, tmp_path / "0.part")
    few = len(counted)
    always_changed(monkeypatch)

    counted.clear()
    taken = renderer.render_chunk(planned.path, 0, tmp_path / "1.part")

    assert few < 40
    assert len(counted) == 60
    assert reused.sha256 == taken.sha256


def test_a_slow_page_hides_no_change(renderer, tmp_path, monkeypatch):
    """A page drawn while it was waited for may have changed in that draw."""
    project = write_project(tmp_path / "p", page(SLOW))
    planned = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=6))
    reused = renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")
    always_changed(monkeypatch)

    taken = renderer.render_chunk(planned.path, 0, tmp_path / "1.mp4")

    assert reused.sha256 == taken.sha256


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "name", ["css-delays", "gsap-callbacks", "waapi-group", "images"]
)
def test_real_compositions_are_the_same(renderer, tmp_path, monkeypatch, name):
    planned = renderer.plan(COMPOSITIONS / name, tmp_path / "plan")
    reused = renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")
    always_changed(monkeypatch)

    taken = renderer.render_chunk(planned.path, 0, tmp_path / "1.mp4")

    assert reused.sha256 == taken.sha256
