"""
A page for each popular library, loaded from the address its documentation gives.

What a page shows follows from arithmetic: most move a red box 100 pixels to the right in
their second. The pages are our own; nothing is taken from anybody's documentation but
addresses and the names of calls.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping

import attrs
import numpy as np
from PIL import Image

WIDTH, HEIGHT, FPS, FRAMES = 160, 90, 10, 10
NPM = "https://cdn.jsdelivr.net/npm"
CDNJS = "https://cdnjs.cloudflare.com/ajax/libs"
Check = Callable[[np.ndarray], bool]


@attrs.frozen(kw_only=True)
class LibraryPage:
    """
    One library.

    Attributes:
        name: What it is called.
        head: How it is loaded.
        body: What is done with it.
        check: Whether the frames, ``(10, 90, 160, 3)`` from 0 to 255, are right.
        timeline: Whether it registers one.
        files: What lies beside the document.
    """

    name: str
    body: str
    check: Check
    head: str = ""
    timeline: bool = False
    files: Mapping[str, bytes] = attrs.field(factory=dict)

    def document(self) -> str:
        """The composition."""
        root = "" if self.timeline else "data-no-timeline"
        return f"""<!doctype html><html><head><meta charset="utf-8">
<style>html,body{{margin:0;background:#000}}
#box{{position:absolute;left:0;top:20px;width:20px;height:20px;background:#f00}}</style>
{self.head}</head><body><div id="root" data-composition-id="main" data-start="0"
data-width="{WIDTH}" data-height="{HEIGHT}" data-duration="1" {root}
style="position:relative;width:{WIDTH}px;height:{HEIGHT}px;overflow:hidden;color:#fff">
{self.body}</div></body></html>"""


def red(frame: np.ndarray) -> np.ndarray:
    """Where *frame* is red, along its thirtieth row."""
    row = frame[30].astype(int)
    return np.flatnonzero((row[:, 0] > 128) & (row[:, 1] < 100) & (row[:, 2] < 100))


def moves(off: float = 4, *, begin: int = 0, step: float = 10) -> Check:
    """From frame *begin* on a red box's left edge is *step* pixels further in each frame."""

    def check(frames: np.ndarray) -> bool:
        lefts = [red(frame)[0] if red(frame).size else -99 for frame in frames]
        away = np.array(lefts) - step * np.arange(FRAMES)
        return bool(np.abs(away[begin:]).max() <= off)

    return check


def grows(begin: int, off: float = 3) -> Check:
    """From frame *begin* on a red bar grows to 100 pixels at the end of the second."""

    def check(frames: np.ndarray) -> bool:
        widths = np.array([red(frame).size for frame in frames])
        share = np.clip((np.arange(FRAMES) - begin) / (FRAMES - begin), 0, 1)
        return bool(np.abs(widths - 100 * share).max() <= off)

    return check


def shows(colour: tuple[int, int, int], x: int, y: int, *, last: bool = False) -> Check:
    """There is *colour* at a point of every frame, or of the last one."""

    def check(frames: np.ndarray) -> bool:
        seen = frames[-1:] if last else frames
        return bool(np.abs(seen[:, y, x].astype(int) - colour).max() <= 12)

    return check


def ink(least: int, most: int = WIDTH * HEIGHT // 2) -> Check:
    """The last frame has between *least* and *most* pixels that are not black."""

    def check(frames: np.ndarray) -> bool:
        return least <= (frames[-1].max(axis=2) > 60).sum() <= most

    return check


def coloured(least: int) -> Check:
    """The last frame has as many pixels of a colour, neither black, grey nor white."""

    def check(frames: np.ndarray) -> bool:
        picture = frames[-1].astype(int)
        return bool((np.ptp(picture, axis=2) > 40).sum() >= least)

    return check


def changes(least: int) -> Check:
    """At least so many pixels of the last frame are not what they were in the first."""

    def check(frames: np.ndarray) -> bool:
        off = np.abs(frames[-1].astype(int) - frames[0]).max(axis=2)
        return bool((off > 60).sum() >= least)

    return check


def both(*checks: Check) -> Check:
    """All of *checks* hold."""
    return lambda frames: all(check(frames) for check in checks)


def script(address: str) -> str:
    return f'<script src="{address}"></script>'


def sheet(address: str) -> str:
    return f'<link rel="stylesheet" href="{address}">'


def module(text: str) -> str:
    return f'<script type="module">{text}</script>'


def register(text: str) -> str:
    return (
        f"<script>const tl = gsap.timeline({{paused: true}}); {text}; "
        "window.__timelines.main = tl</script>"
    )


BOX = '<div id="box"></div>'
CANVAS = '<canvas id="c" width="160" height="90" style="display:block"></canvas>'
BAR = BOX.replace("></div>", ' style="width:0"></div>')
GSAP = f"{NPM}/gsap@3.13.0/dist"


def red_tiles() -> dict[str, bytes]:
    """The tiles of a red world, as far as zoom 2."""
    buffer = io.BytesIO()
    Image.new("RGB", (256, 256), (255, 0, 0)).save(buffer, "png")
    places = [(z, x, y) for z in range(3) for x in range(1 << z) for y in range(1 << z)]
    return {f"t/{z}/{x}/{y}.png": buffer.getvalue() for z, x, y in places}


def left_to_right() -> bytes:
    """A Lottie animation of the red box, one second long."""
    still = {"a": 0, "k": 0}
    whole = {"s": {"a": 0, "k": [100, 100]}, "o": {"a": 0, "k": 100}, "r": still}
    curve = {"i": {"x": [1], "y": [1]}, "o": {"x": [0], "y": [0]}}
    way = [{"t": 0, "s": [10, 30], **curve}, {"t": 10, "s": [110, 30]}]
    shapes = [
        {
            "ty": "rc",
            "p": {"a": 0, "k": [0, 0]},
            "s": {"a": 0, "k": [20, 20]},
            "r": still,
        },
        {"ty": "fl", "c": {"a": 0, "k": [1, 0, 0, 1]}, "o": {"a": 0, "k": 100}},
        {"ty": "tr", "p": {"a": 0, "k": [0, 0]}, "a": {"a": 0, "k": [0, 0]}, **whole},
    ]
    place = {"p": {"a": 1, "k": way}, "a": {"a": 0, "k": [0, 0]}, **whole}
    layer = {
        "ty": 4,
        "ip": 0,
        "op": 10,
        "st": 0,
        "ind": 1,
        "bm": 0,
        "ddd": 0,
        "ks": place,
    }
    layer["shapes"] = [{"ty": "gr", "it": shapes}]
    size = {"w": WIDTH, "h": HEIGHT, "ip": 0, "op": 10, "fr": 10, "v": "5.7.0"}
    return json.dumps({**size, "layers": [layer], "assets": []}).encode()


PAGES = (
    LibraryPage(
        name="GSAP 3",
        head=script(f"{GSAP}/gsap.min.js"),
        body=BOX + register("tl.to('#box', {x: 100, duration: 1, ease: 'none'})"),
        check=moves(1),
        timeline=True,
    ),
    LibraryPage(
        name="GSAP MotionPathPlugin",
        head=script(f"{GSAP}/gsap.min.js") + script(f"{GSAP}/MotionPathPlugin.min.js"),
        body=BOX
        + register(
            "gsap.registerPlugin(MotionPathPlugin); tl.to('#box', {motionPath: "
            "{path: 'M0,0 L100,0'}, duration: 1, ease: 'none'})"
        ),
        check=moves(1),
        timeline=True,
    ),
    LibraryPage(
        name="GSAP SplitText",
        head=script(f"{GSAP}/gsap.min.js") + script(f"{GSAP}/SplitText.min.js"),
        body='<p id="t" style="margin:20px 0;font:20px monospace">MMMM</p>'
        + register(
            "gsap.registerPlugin(SplitText); const s = SplitText.create('#t', "
            "{type: 'chars'}); tl.from(s.chars, {opacity: 0, duration: 0.2, "
            "stagger: 0.2, ease: 'none'})"
        ),
        check=both(changes(100), ink(150)),
        timeline=True,
    ),
    LibraryPage(
        name="GSAP DrawSVGPlugin",
        head=script(f"{GSAP}/gsap.min.js") + script(f"{GSAP}/DrawSVGPlugin.min.js"),
        body='<svg width="160" height="90"><path id="p" d="M0,30 L100,30" stroke="#f00" '
        'stroke-width="10"/></svg>'
        + register(
            "gsap.registerPlugin(DrawSVGPlugin); tl.from('#p', {drawSVG: '0%', "
            "duration: 1, ease: 'none'})"
        ),
        check=grows(0),
        timeline=True,
    ),
    LibraryPage(
        name="anime.js 4, `+esm`",
        body=BOX
        + module(
            f"import {{ animate }} from '{NPM}/animejs@4.0.2/+esm';"
            "animate('#box', {translateX: 100, duration: 1000, ease: 'linear'})"
        ),
        # Its engine ticks from the second frame on.
        check=moves(begin=2),
    ),
    LibraryPage(
        name="motion 12, `+esm`",
        body=BOX
        + module(
            f"import {{ animate }} from '{NPM}/motion@12.4.0/+esm';"
            "animate('#box', {x: 100}, {duration: 1, ease: 'linear'})"
        ),
        check=moves(),
    ),
    LibraryPage(
        name="lottie-web",
        head=script(f"{CDNJS}/lottie-web/5.12.2/lottie.min.js"),
        body='<div id="a" style="width:160px;height:90px"></div><script>'
        "lottie.loadAnimation({container: document.getElementById('a'), renderer: 'svg', "
        "loop: false, autoplay: true, path: 'a.json'})</script>",
        check=moves(),
        files={"a.json": left_to_right()},
    ),
    LibraryPage(
        name="dotLottie, `+esm`",
        body=CANVAS
        + module(
            f"import {{ DotLottie }} from '{NPM}/@lottiefiles/dotlottie-web@0.44.0/+esm';"
            "new DotLottie({autoplay: true, loop: true, src: 'a.json', "
            "canvas: document.getElementById('c')})"
        ),
        # It shows the last frame at the end.
        check=moves(step=9),
        files={"a.json": left_to_right()},
    ),
    LibraryPage(
        name="three.js, import map",
        head='<script type="importmap">{"imports": {"three": '
        f'"{NPM}/three@0.170.0/build/three.module.js", "three/addons/": '
        f'"{NPM}/three@0.170.0/examples/jsm/"}}}}</script>',
        body=CANVAS
        + module("""import * as THREE from "three";
import { RoundedBoxGeometry } from "three/addons/geometries/RoundedBoxGeometry.js";
const renderer = new THREE.WebGLRenderer({canvas: document.getElementById("c")});
const scene = new THREE.Scene();
const camera = new THREE.OrthographicCamera(0, 160, 90, 0, -50, 50);
const box = new THREE.Mesh(new RoundedBoxGeometry(20, 20, 20, 1, 1),
  new THREE.MeshBasicMaterial({color: 0xff0000}));
scene.add(box);
renderer.setAnimationLoop((t) => {
  box.position.set(10 + t / 10, 60, 0);
  renderer.render(scene, camera);
});"""),
        check=moves(),
    ),
    LibraryPage(
        name="p5.js",
        head=script(f"{CDNJS}/p5.js/1.11.3/p5.min.js"),
        body="""<main></main><script>
function setup() { createCanvas(160, 90); noStroke(); fill(255, 0, 0); }
function draw() { background(0); rect(millis() / 10, 20, 20, 20); }</script>""",
        # Its loop draws when time has passed: not yet at the first frame.
        check=moves(begin=1),
    ),
    LibraryPage(
        name="PixiJS 7",
        head=script(f"{NPM}/pixi.js@7.4.2/dist/pixi.min.js"),
        body="""<script>const app = new PIXI.Application({width: 160, height: 90});
document.getElementById("root").append(app.view);
const box = new PIXI.Graphics().beginFill(0xff0000).drawRect(0, 20, 20, 20);
app.stage.addChild(box);
app.ticker.add(() => { box.x = performance.now() / 10; });</script>""",
        # Its loop draws when time has passed: not yet at the first frame.
        check=moves(begin=1),
    ),
    LibraryPage(
        name="PixiJS 8",
        head=script(f"{NPM}/pixi.js@8.6.6/dist/pixi.min.js"),
        body=module("""const app = new PIXI.Application();
await app.init({width: 160, height: 90, preference: "webgl"});
document.getElementById("root").append(app.canvas);
const box = new PIXI.Graphics().rect(0, 20, 20, 20).fill(0xff0000);
app.stage.addChild(box);
app.ticker.add(() => { box.x = performance.now() / 10; });"""),
        # Its loop draws when time has passed: not yet at the first frame.
        check=moves(begin=1),
    ),
    LibraryPage(
        name="D3, with a delay",
        head=script(f"{NPM}/d3@7.9.0"),
        body=BAR + "<script>d3.select('#box').transition().delay(500).duration(500)"
        ".ease(d3.easeLinear).style('width', '100px')</script>",
        check=grows(5),
    ),
    LibraryPage(
        name="Chart.js",
        head=script(f"{NPM}/chart.js@4.4.7"),
        body=CANVAS
        + """<script>new Chart("c", {type: "bar", data: {labels: ["a"],
datasets: [{data: [1], backgroundColor: "#f00", barPercentage: 1, categoryPercentage: 1}]},
options: {responsive: false, indexAxis: "y", animation: {duration: 1000, easing: "linear"},
plugins: {legend: {display: false}}, layout: {padding: 0},
scales: {x: {display: false, min: 0, max: 1.6}, y: {display: false}}}})</script>""",
        check=grows(0, 12),
    ),
    LibraryPage(
        name="ECharts",
        head=script(f"{NPM}/echarts@5.5.1/dist/echarts.min.js"),
        body="""<div id="e" style="width:160px;height:90px"></div><script>
echarts.init(document.getElementById("e")).setOption({animation: false,
grid: {left: 0, right: 0, top: 0, bottom: 0}, xAxis: {show: false, max: 160},
yAxis: {type: "category", show: false, data: ["a"]},
series: [{type: "bar", barWidth: "100%", data: [100], color: "#f00"}]})</script>""",
        check=both(shows((255, 0, 0), 95, 30), shows((0, 0, 0), 105, 30)),
    ),
    LibraryPage(
        name="mermaid 11",
        body='<pre class="mermaid" style="margin:0">graph LR; A --> B</pre>'
        + module(
            f"import mermaid from '{NPM}/mermaid@11.4.1/dist/mermaid.esm.min.mjs';"
            "mermaid.initialize({startOnLoad: true, theme: 'dark'})"
        ),
        check=ink(300),
    ),
    LibraryPage(
        name="KaTeX",
        head=sheet(f"{NPM}/katex@0.16.11/dist/katex.min.css")
        + script(f"{NPM}/katex@0.16.11/dist/katex.min.js"),
        body='<div id="k" style="font-size:30px"></div><script>'
        "katex.render('x^2+\\\\frac{1}{2}', document.getElementById('k'))</script>",
        check=ink(150),
    ),
    LibraryPage(
        name="MathJax 3",
        head=script(f"{NPM}/mathjax@3.2.2/es5/tex-mml-chtml.js"),
        body='<div style="font-size:24px">\\(x^2+\\frac{1}{2}\\)</div>',
        check=ink(100),
    ),
    LibraryPage(
        name="highlight.js",
        head=sheet(f"{CDNJS}/highlight.js/11.9.0/styles/github-dark.min.css")
        + script(f"{CDNJS}/highlight.js/11.9.0/highlight.min.js"),
        body='<pre><code class="language-js">const a = "b";</code></pre>'
        "<script>hljs.highlightAll()</script>",
        check=coloured(40),
    ),
    LibraryPage(
        name="Shiki, esm.sh",
        body='<div id="s"></div>'
        + module(
            "import { codeToHtml } from 'https://esm.sh/shiki@3.0.0';"
            "document.getElementById('s').innerHTML = await codeToHtml('const a = \"b\"', "
            "{lang: 'js', theme: 'vitesse-dark'})"
        ),
        check=coloured(40),
    ),
    LibraryPage(
        name="Tailwind CSS 3",
        head=script("https://cdn.tailwindcss.com"),
        body='<div class="absolute left-0 top-0 w-20 h-20 bg-red-500"></div>',
        check=shows((239, 68, 68), 40, 40),
    ),
    LibraryPage(
        name="Tailwind CSS 4",
        head=script(f"{NPM}/@tailwindcss/browser@4.0.0"),
        body='<div class="absolute left-0 top-0 w-20 h-20 bg-[#f00]"></div>',
        check=shows((255, 0, 0), 40, 40),
    ),
    LibraryPage(
        name="Alpine.js",
        head=f'<script defer src="{NPM}/alpinejs@3.14.8/dist/cdn.min.js"></script>',
        body='<div x-data="{w: 0}" x-init="setInterval(() => w += 10, 100)">'
        '<div id="box" style="width:0" :style="`width:${w}px`"></div></div>',
        check=grows(0, 14),
    ),
    LibraryPage(
        name="Vue 3",
        head=script("https://unpkg.com/vue@3.5.13/dist/vue.global.js"),
        body="""<div id="v"><div id="box" :style="{width: w + 'px'}"></div></div><script>
Vue.createApp({data: () => ({w: 0}),
  mounted() { setInterval(() => { this.w += 10; }, 100); }}).mount("#v")</script>""",
        check=grows(0, 14),
    ),
    LibraryPage(
        name="React 18",
        head=script("https://unpkg.com/react@18.3.1/umd/react.production.min.js")
        + script("https://unpkg.com/react-dom@18.3.1/umd/react-dom.production.min.js"),
        body="""<div id="r"></div><script>const h = React.createElement;
function App() {
  const [w, set] = React.useState(0);
  React.useEffect(() => { const t = setInterval(() => set((x) => x + 10), 100);
    return () => clearInterval(t); }, []);
  return h("div", {id: "box", style: {width: w}});
}
ReactDOM.createRoot(document.getElementById("r")).render(h(App))</script>""",
        check=grows(0, 14),
    ),
    LibraryPage(
        name="React 19, esm.sh",
        body='<div id="r"></div>'
        + module("""import { createElement as h, useEffect, useState } from "https://esm.sh/react@19.0.0";
import { createRoot } from "https://esm.sh/react-dom@19.0.0/client";
function App() {
  const [w, set] = useState(0);
  useEffect(() => { const t = setInterval(() => set((x) => x + 10), 100);
    return () => clearInterval(t); }, []);
  return h("div", {id: "box", style: {width: w}});
}
createRoot(document.getElementById("r")).render(h(App))"""),
        check=grows(0, 14),
    ),
    LibraryPage(
        name="Swiper",
        head=sheet(f"{NPM}/swiper@11.1.15/swiper-bundle.min.css")
        + script(f"{NPM}/swiper@11.1.15/swiper-bundle.min.js"),
        body="""<div class="swiper" style="width:160px;height:90px">
<div class="swiper-wrapper"><div class="swiper-slide" style="background:#00f"></div>
<div class="swiper-slide" style="background:#f00"></div></div></div>
<script>new Swiper(".swiper", {speed: 100, autoplay: {delay: 400}})</script>""",
        check=both(shows((255, 0, 0), 80, 45, last=True), changes(10000)),
    ),
    LibraryPage(
        name="typed.js",
        head=script("https://unpkg.com/typed.js@2.1.0/dist/typed.umd.js"),
        body='<span id="t" style="font:30px monospace"></span><script>'
        "new Typed('#t', {strings: ['MMMMMM'], typeSpeed: 100})</script>",
        check=both(changes(150), ink(200)),
    ),
    LibraryPage(
        name="Rive (the runtime; no file)",
        head=script("https://unpkg.com/@rive-app/canvas@2.21.6"),
        body=BAR
        + module(
            "await rive.RuntimeLoader.awaitInstance();"
            "document.getElementById('box').style.width = '100px'"
        ),
        check=shows((255, 0, 0), 50, 30),
    ),
    LibraryPage(
        name="Matter.js",
        head=script(f"{CDNJS}/matter-js/0.20.0/matter.min.js"),
        body="""<script>const engine = Matter.Engine.create({gravity: {x: 1, y: 0}});
const render = Matter.Render.create({element: document.getElementById("root"), engine,
  options: {width: 160, height: 90, wireframes: false, background: "#000"}});
Matter.Composite.add(engine.world, Matter.Bodies.rectangle(10, 30, 20, 20,
  {frictionAir: 0, render: {fillStyle: "#f00"}}));
Matter.Render.run(render); Matter.Runner.run(Matter.Runner.create(), engine);</script>""",
        check=changes(200),
    ),
    LibraryPage(
        name="tsParticles",
        head=script(f"{NPM}/@tsparticles/slim@3.7.1/tsparticles.slim.bundle.min.js"),
        body='<div id="ts"></div>'
        + module("""await loadSlim(tsParticles);
await tsParticles.load({id: "ts", options: {fullScreen: {enable: false}, particles: {
  number: {value: 30}, color: {value: "#f00"}, move: {enable: true, speed: 10},
  size: {value: 6}}}})"""),
        check=both(ink(50), changes(50)),
    ),
    LibraryPage(
        name="canvas-confetti",
        head=script(f"{NPM}/canvas-confetti@1.9.3/dist/confetti.browser.min.js"),
        body="<script>confetti({particleCount: 200, startVelocity: 6, gravity: 0.2, "
        "spread: 90})</script>",
        check=both(coloured(20), changes(20)),
    ),
    LibraryPage(
        name="MapLibre GL",
        head=sheet("https://unpkg.com/maplibre-gl@4.7.1/dist/maplibre-gl.css")
        + script("https://unpkg.com/maplibre-gl@4.7.1/dist/maplibre-gl.js"),
        body="""<div id="m" style="width:160px;height:90px"></div><script>
new maplibregl.Map({container: "m", center: [0, 0], zoom: 1, attributionControl: false,
  style: {version: 8, sources: {t: {type: "raster", tileSize: 256,
    tiles: [location.origin + "/t/{z}/{x}/{y}.png"]}},
    layers: [{id: "t", type: "raster", source: "t",
      paint: {"raster-fade-duration": 0}}]}})</script>""",
        check=shows((255, 0, 0), 80, 45),
        files=red_tiles(),
    ),
    LibraryPage(
        name="Leaflet, `fadeAnimation: false`",
        head=sheet("https://unpkg.com/leaflet@1.9.4/dist/leaflet.css")
        + script("https://unpkg.com/leaflet@1.9.4/dist/leaflet.js"),
        body="""<div id="l" style="width:160px;height:90px"></div><script>
const map = L.map("l", {zoomControl: false, attributionControl: false,
  fadeAnimation: false}).setView([0, 0], 1);
L.tileLayer("t/{z}/{x}/{y}.png").addTo(map)</script>""",
        check=shows((255, 0, 0), 80, 45),
        files=red_tiles(),
    ),
)
