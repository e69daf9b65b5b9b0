"""
Seven scenes of kinds that people make.

Each is a project of 1280x720 that needs nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs
from _footage import write_film
from _places import write_place, write_scene
from _scene import write_project

SIZE = (1280, 720)

_TITLES = """
const tl = gsap.timeline({ paused: true });
document.querySelectorAll(".slide").forEach((slide, i, all) => {
  const each = SECONDS / all.length;
  tl.fromTo(slide, { autoAlpha: 0 }, { autoAlpha: 1, duration: 0.4 }, i * each);
  if (i + 1 < all.length) tl.to(slide, { autoAlpha: 0, duration: 0.3 }, (i + 1) * each - 0.3);
});
tl.fromTo("#bar", { scaleX: 0 }, { scaleX: 1, duration: SECONDS, ease: "none" }, 0);
window.__timelines["main"] = tl;"""
_CIRCLES = """
const context = document.getElementById("view").getContext("2d");
const draw = (time) => {
  context.fillStyle = "#10151f";
  context.fillRect(0, 0, 1280, 720);
  for (let i = 0; i < 1500; i++) {
    context.fillStyle = `hsl(${(i * 7) % 360} 70% 60%)`;
    context.beginPath();
    const x = 640 + (60 + i * 0.35) * Math.cos(time + i * 2.4);
    context.arc(x, 360 + (40 + i * 0.2) * Math.sin(time * 1.3 + i * 2.4), 6, 0, 7);
    context.fill();
  }
};
draw(0);
window.addEventListener("hf-seek", (event) => draw(event.detail.time));"""
_GLASS = """
const tl = gsap.timeline({ paused: true });
tl.to("#ground", { rotation: 90, duration: SECONDS, ease: "none" }, 0);
document.querySelectorAll(".pane").forEach((pane, i) => {
  tl.to(pane, { y: i % 2 ? 60 : -60, duration: SECONDS, ease: "sine.inOut" }, 0);
});
window.__timelines["main"] = tl;"""

_CANVAS = '<canvas id="view" width="1280" height="720"></canvas>'
_BAR = (
    '<div id="bar" style="position:absolute;left:0;bottom:0;width:1280px;height:6px;'
    'background:#4f9cff;transform-origin:0 0"></div>'
)
_GROUND = (
    '<div id="ground" style="position:absolute;left:-320px;top:-600px;width:1920px;'
    'height:1920px;background:conic-gradient(#ff5a36,#ffb92e,#5fd6a8,#2b3bff,#ff5a36)"></div>'
)


def _slides(count: int) -> str:
    return "".join(
        f'<div class="slide"><h1>Part {i + 1}</h1><ul>'
        + "".join(f"<li>Point {n} of part {i + 1}</li>" for n in range(1, 4))
        + "</ul></div>"
        for i in range(count)
    )


def _panes() -> str:
    style = (
        "position:absolute;width:340px;height:260px;border-radius:24px;"
        "backdrop-filter:blur(18px);background:rgba(255,255,255,.18)"
    )
    return "".join(
        f'<div class="pane" style="{style};left:{80 + i % 3 * 400}px;'
        f'top:{70 + i // 3 * 320}px"></div>'
        for i in range(6)
    )


@attrs.frozen(kw_only=True)
class Scene:
    """
    One kind of composition.

    Attributes:
        title: What it is called.
        times: Its length as a multiple of what is asked for; what takes long to draw is
            shorter.
        write: Writes the project of so many seconds into a directory, which it returns.
    """

    title: str
    times: float = 1
    write: Callable[[Path, float], Path]


SCENES = {
    "cards": Scene(
        title="Sixteen turning cards",
        write=lambda folder, seconds: write_project(folder, *SIZE, seconds),
    ),
    "slides": Scene(
        title="Slides of titles and lists, mostly still",
        write=lambda folder, seconds: write_place(folder, "slides", seconds),
    ),
    "captions": Scene(
        title="A 1080p film under captions",
        write=lambda folder, seconds: write_film(folder, *SIZE, seconds),
    ),
    "webgl": Scene(
        title="Twelve lit meshes of WebGL",
        times=0.6,
        write=lambda folder, seconds: write_place(folder, "webgl", seconds),
    ),
    "circles": Scene(
        title="1,500 circles on a canvas",
        times=0.6,
        write=lambda folder, seconds: write_scene(
            folder, _CANVAS, _CIRCLES, seconds, tweens=False
        ),
    ),
    "glass": Scene(
        title="Six panes of glass over a turning gradient",
        times=0.6,
        write=lambda folder, seconds: write_scene(
            folder, _GROUND + _panes(), _GLASS, seconds
        ),
    ),
    "minute": Scene(
        title="Four slides and a progress line",
        times=6,
        write=lambda folder, seconds: write_scene(
            folder, _slides(4) + _BAR, _TITLES, seconds
        ),
    ),
}
"""The scenes, by name."""
