"""
Films that a worker gets into the middle of in different ways: slides and WebGL that follow
from their times, tweens that read where they begin, and a canvas that adds up.
"""

from __future__ import annotations

from pathlib import Path

from _scene import library

_PAGE = """<!doctype html><html><head><meta charset="utf-8">{head}<style>
html, body {{ margin: 0; background: #10151f; color: #e8ecf4; font-family: Inter, sans-serif }}
.slide {{ position: absolute; inset: 0; padding: 100px 120px; box-sizing: border-box }}
h1 {{ font-size: 72px }} li {{ font-size: 34px; line-height: 1.6 }}
</style></head><body>
<div id="root" data-composition-id="main" data-start="0" data-width="1280" data-height="720"
 data-duration="{seconds:g}" {attributes}
 style="position:relative;width:1280px;height:720px;overflow:hidden">{body}</div>
<script{kind}>{script}</script></body></html>"""

_GSAP = '<script src="gsap.min.js"></script>'
_THREE = '<script type="importmap">{"imports": {"three": "./three.module.js"}}</script>'

_SLIDES = """
const tl = gsap.timeline({ paused: true });
const root = document.getElementById("root");
for (let i = 0; i * 5 < SECONDS; i++) {
  const slide = document.createElement("div");
  slide.className = "slide";
  slide.innerHTML = `<h1>Part ${i + 1}</h1><ul>` +
    [1, 2, 3].map((n) => `<li>Point ${n} of part ${i + 1}</li>`).join("") + "</ul>";
  root.append(slide);
  tl.fromTo(slide, { autoAlpha: 0 }, { autoAlpha: 1, duration: 0.5 }, i * 5);
  tl.fromTo(slide.querySelectorAll("li"), { x: -60, opacity: 0 },
    { x: 0, opacity: 1, duration: 0.6, stagger: 0.4 }, i * 5 + 0.3);
  tl.to(slide, { autoAlpha: 0, duration: 0.4 }, i * 5 + 4.6);
}
window.__timelines["main"] = tl;"""

_STARTS = """
const tl = gsap.timeline({ paused: true });
const card = document.getElementById("card");
for (let i = 0; i + 1.5 < SECONDS; i++)
  tl.to(card, { x: (i * 397) % 900, y: (i * 211) % 500, duration: 1.5 }, i);
window.__timelines["main"] = tl;"""

_WEBGL = """
import * as THREE from "three";
const canvas = document.getElementById("view");
const renderer = new THREE.WebGLRenderer({ canvas, antialias: true });
renderer.setSize(1280, 720, false);
const scene = new THREE.Scene();
const camera = new THREE.PerspectiveCamera(45, 16 / 9, 0.1, 50);
camera.position.z = 12;
const light = new THREE.DirectionalLight("#ffffff", 2.5);
light.position.set(2, 3, 4);
scene.add(light, new THREE.AmbientLight("#667799", 1));
const meshes = Array.from({ length: 12 }, (_, i) => {
  const shape = new THREE.TorusKnotGeometry(0.7, 0.25, 96, 16);
  const colour = new THREE.Color().setHSL(i / 12, 0.7, 0.55);
  const mesh = new THREE.Mesh(shape, new THREE.MeshStandardMaterial({ color: colour }));
  mesh.position.set((i % 4) * 3 - 4.5, Math.floor(i / 4) * 2.6 - 2.6, 0);
  scene.add(mesh);
  return mesh;
});
const draw = (time) => {
  meshes.forEach((mesh, i) => mesh.rotation.set(time * (0.5 + i / 12), time, i));
  renderer.render(scene, camera);
};
draw(0);
window.addEventListener("hf-seek", (event) => draw(event.detail.time));"""

_HISTORY = """
const context = document.getElementById("view").getContext("2d");
const draw = (time) => {
  context.fillStyle = "rgba(16, 21, 31, 0.05)";
  context.fillRect(0, 0, 1280, 720);
  context.fillStyle = "#ffd166";
  for (let i = 0; i < 40; i++) {
    const x = 640 + 500 * Math.cos(time * 2 + i);
    context.fillRect(x, 360 + 300 * Math.sin(time * 3 + i), 8, 8);
  }
};
draw(0);
window.addEventListener("hf-seek", (event) => draw(event.detail.time));"""

_CANVAS = '<canvas id="view" width="1280" height="720"></canvas>'
_CARD = '<div id="card" style="width:240px;height:160px;background:#4f9cff"></div>'

PLACES = {
    "slides": (_GSAP, "", "", "", _SLIDES),
    "starts": (_GSAP, "", _CARD, "", _STARTS),
    "webgl": (_THREE, "data-no-timeline", _CANVAS, ' type="module"', _WEBGL),
    "history": ("", "data-no-timeline", _CANVAS, "", _HISTORY),
}
"""The films, by name."""


def write_place(folder: Path, name: str, seconds: float) -> Path:
    """The film *name*, *seconds* long, as a project that needs nothing from elsewhere."""
    return _write(folder, PLACES[name], seconds)


def write_scene(
    folder: Path, body: str, script: str, seconds: float, *, tweens: bool = True
) -> Path:
    """A film of *body* that *script* moves, by GSAP if it has *tweens*."""
    head, attributes = (_GSAP, "") if tweens else ("", "data-no-timeline")
    return _write(folder, (head, attributes, body, "", script), seconds)


def _write(folder: Path, film: tuple[str, str, str, str, str], seconds: float) -> Path:
    head, attributes, body, kind, script = film
    folder.mkdir(parents=True, exist_ok=True)
    html = _PAGE.format(
        head=head,
        attributes=attributes,
        body=body,
        kind=kind,
        script=script.replace("SECONDS", f"{seconds:g}"),
        seconds=seconds,
    )
    (folder / "index.html").write_text(html)
    if head == _GSAP:
        (folder / "gsap.min.js").write_bytes(library("gsap@3.12.5", "dist/gsap.min.js"))
    if head == _THREE:
        file = library("three@0.160.0", "build/three.module.js")
        (folder / "three.module.js").write_bytes(file)
    return folder
