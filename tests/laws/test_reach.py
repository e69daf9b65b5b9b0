"""
A worker jumps to its first frame only where frames follow from their times alone: pages that
remember are found while planning, or where segments meet, and never come to other bytes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist import engines
from hyperframes_dist._cli.main import main
from hyperframes_dist._model.content import Reach
from hyperframes_dist._tools.files import sha256_file
from hyperframes_dist.engines import ExecutorEngine
from hyperframes_dist.errors import SeamError
from pages import composition, write_project

COMPOSITIONS = Path(__file__).parents[1] / "compositions"
CONFIG = hf.RenderConfig(
    fps=10, segment_seconds=Fraction(3, 10), chunks=2, quality="draft"
)
WORDS = ("--fps=10", "--segment-seconds=3/10", "--chunks=2", "--quality=draft")
SECONDS = 1.8
FRAMES = 18


def page(script: str, *, head: str = "", body: str = "") -> str:
    """A bar whose width is what *script*'s ``wide(time, frame)`` says."""
    seek = f"""<div id="bar" style="height:32px;background:#fff"></div>{body}<script>
      const bar = document.getElementById("bar");
      {script}
      window.addEventListener("hf-seek", ({{ detail: {{ time }} }}) => {{
        const width = wide(time, Math.round(time * 10));
        if (width !== undefined) bar.style.width = `${{width}}px`;
      }});
    </script>"""
    return composition(seek, head=head, duration=SECONDS)


def counts_at(frame: int) -> str:
    """It shows at *frame* alone how many frames it was asked for."""
    return page(f"let n = 0; const wide = (_, f) => (n++, f === {frame} ? n : 1);")


REMEMBERS = {
    "a counter shown at the end": counts_at(FRAMES - 1),
    "what comes near step by step": page(
        "let x = 0; const wide = (t) => (x += (t * 40 - x) / 4);"
    ),
    "what takes a leap of time for a lag": page(
        """let x = 0, last = 0;
        const wide = (t) => {
          x += Math.min(t - last, 0.5);
          last = t;
          return 1 + x * 30;
        };"""
    ),
    "what begins where something at a round time ends": page(
        """let began;
        const wide = (_, f) => {
          if (f >= 6) began ??= f;
          return began ? 10 + f - began : 5;
        };"""
    ),
    "an observer that is told once": page(
        """let seen = 0;
        new IntersectionObserver(() => seen++).observe(bar);
        const wide = () => 10 + seen;"""
    ),
    "an event at an animation's end": page(
        "let n = 1; addEventListener('animationend', () => n++); const wide = () => n;",
        head="<style>@keyframes a { to { opacity: 0.5 } } #bar { animation: a 1s }</style>",
    ),
    "a timer that counts": page(
        "let n = 0; setInterval(() => n++, 100); const wide = (t) => n + t * 10;"
    ),
    "a timer of a timer": page(
        """let n = 1;
        const later = () => setTimeout(() => { n = 20; later(); }, 300);
        later(); const wide = () => n;"""
    ),
    "what it stores": page(
        """const wide = () => {
          localStorage.n = Number(localStorage.n || 0) + 1;
          return 10;
        };"""
    ),
    "a canvas never cleared": page(
        """const context = document.getElementById("c").getContext("2d");
        const wide = (t) => void context.fillRect(t * 30, 0, 2, 8);""",
        body='<canvas id="c" width="64" height="8"></canvas>',
    ),
    "a canvas drawn with what is left of the frame before": page(
        """const pen = document.getElementById("c").getContext("2d");
        const wide = (t) => {
          pen.clearRect(0, 0, 64, 8);
          pen.fillRect(0, 0, 64, 8);
          pen.fillStyle = `rgb(${Math.round(t * 90)} 0 0)`;
        };""",
        body='<canvas id="c" width="64" height="8"></canvas>',
    ),
    "a path that goes on": page(
        """const pen = document.getElementById("c").getContext("2d");
        const wide = (t) => {
          pen.clearRect(0, 0, 64, 8);
          pen.rect(t * 30, 0, 2, 8);
          pen.fill();
        };""",
        body='<canvas id="c" width="64" height="8"></canvas>',
    ),
    "a transition": page(
        "const wide = (_, f) => void bar.classList.toggle('on', f > 3);",
        head="<style>#bar { transition: width 1s } .on { width: 50px }</style>",
    ),
    "a rule of a style sheet": page(
        """const rules = [...document.styleSheets].flatMap((s) => [...s.cssRules]);
        const wide = (t) => {
          const rule = rules.find((r) => r.selectorText === "#bar");
          if (t > 0.5 && t < 0.8) rule.style.width = "40px";
        };""",
        head="<style>#bar { width: 9px }</style>",
    ),
    "a texture fed back": page(
        """const gl = document.getElementById("c").getContext("webgl2");
        const shader = (kind, source) => {
          const made = gl.createShader(kind);
          gl.shaderSource(made, "#version 300 es\\n" + source);
          gl.compileShader(made);
          return made;
        };
        const program = gl.createProgram();
        gl.attachShader(program, shader(gl.VERTEX_SHADER, `void main() {
          gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4. - 1., 0, 1); }`));
        gl.attachShader(program, shader(gl.FRAGMENT_SHADER, `precision highp float;
          uniform sampler2D last; out vec4 seen;
          void main() { seen = texelFetch(last, ivec2(0), 0) + vec4(.05, 0, 0, 1); }`));
        gl.linkProgram(program);
        gl.useProgram(program);
        const target = () => {
          const texture = gl.createTexture();
          gl.bindTexture(gl.TEXTURE_2D, texture);
          gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 1, 1);
          const frame = gl.createFramebuffer();
          gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
          gl.framebufferTexture2D(
            gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
          return { texture, frame };
        };
        let [from, to] = [target(), target()];
        const draw = (texture, frame) => {
          gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
          gl.bindTexture(gl.TEXTURE_2D, texture);
          gl.clear(gl.COLOR_BUFFER_BIT);
          gl.drawArrays(gl.TRIANGLES, 0, 3);
        };
        const wide = () => {
          draw(from.texture, to.frame);
          draw(to.texture, null);
          [from, to] = [to, from];
        };""",
        body='<canvas id="c" width="64" height="8"></canvas>',
    ),
}


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", REMEMBERS)
def test_a_page_that_remembers_is_walked(renderer, tmp_path, name):
    """Planning finds it, and says what it found."""
    project = write_project(tmp_path / "project", REMEMBERS[name])

    planned = renderer.plan(project, tmp_path / "plan", CONFIG)

    assert Reach(way="walk") == planned.content.reach, planned.reach
    assert planned.reach.startswith("walks: frames depend on those before them: ")


LEAVES = {
    "a colour": "pen.fillStyle = `rgb(${Math.round(t * 90)} 0 0)`;",
    "a line": "pen.lineWidth = t; pen.setLineDash([t, 1]);",
    "a path": "pen.beginPath(); pen.rect(t * 30, 0, 2, 8);",
    "a font": "pen.font = `${20 + t}px serif`;",
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", LEAVES)
def test_what_a_frame_leaves_and_none_draws_with_is_no_memory(renderer, tmp_path, name):
    """A canvas keeps its last colour, which the next frame sets before it draws."""
    script = f"""const pen = document.getElementById("c").getContext("2d");
      const wide = (t) => {{
        pen.clearRect(0, 0, 64, 8);
        pen.fillStyle = "red";
        pen.beginPath();
        pen.rect(t * 30, 0, 4, 8);
        pen.fill();
        {LEAVES[name]}
      }};"""
    html = page(script, body='<canvas id="c" width="64" height="8"></canvas>')

    planned = renderer.plan(write_project(tmp_path / "p", html), tmp_path / "q", CONFIG)

    assert Reach(way="jump") == planned.content.reach, planned.reach


PURE = ["gsap-basic", "css-keyframes", "own-seek", "lottie-shapes", "three-cube"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", PURE)
def test_a_page_that_follows_from_its_time_is_jumped(renderer, tmp_path, name):
    """Nothing is passed on the way to a frame of what most authors write."""
    config = hf.RenderConfig(segment_seconds="1/5")

    planned = renderer.plan(COMPOSITIONS / name, tmp_path / "plan", config)

    assert Reach(way="jump") == planned.content.reach, planned.reach


def test_tweens_that_read_where_they_begin_are_visited(renderer, tmp_path):
    """A jump stops where such a tween begins, and nowhere else."""
    config = hf.RenderConfig(segment_seconds="1/5")

    planned = renderer.plan(COMPOSITIONS / "gsap-overlap", tmp_path / "plan", config)

    assert "jump" == planned.content.reach.way, planned.reach
    assert 0 < len(planned.content.reach.visits) < planned.frame_count / 2


# The first frame of a segment, and none that planning looks at.
UNSEEN = 9


def test_a_seam_that_does_not_hold_is_told(renderer, tmp_path):
    """Who begins with a frame shows another one than who comes from before it."""
    project = write_project(tmp_path / "project", counts_at(UNSEEN))
    planned = renderer.plan(project, tmp_path / "plan", CONFIG)
    chunks = [tmp_path / "0.mp4", tmp_path / "1.mp4"]
    for index in (1, 0):
        renderer.render_chunk(planned.path, index, chunks[index])

    with pytest.raises(SeamError, match=f"frame {UNSEEN} ") as caught:
        hf.assemble(planned.path, chunks, tmp_path / "out.mp4")

    assert (UNSEEN, 1) == (caught.value.frame, caught.value.chunk)
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.thorough
def test_a_seam_is_answered_by_a_plan_whose_workers_walk(tmp_path):
    """Once, by `render`, engines and jobs; the film is the one that was to be walked."""
    project = write_project(tmp_path / "project", counts_at(UNSEEN))
    store = (tmp_path / "store").as_uri()
    walking = CONFIG.replace(reach="walk")

    walked = hf.render(project, tmp_path / "walked.mp4", walking, workers=1)
    local = hf.render(project, tmp_path / "local.mp4", CONFIG, workers=2)
    engine = ExecutorEngine(executor=lambda: ThreadPoolExecutor(1))
    apart = engines.render(engine, project, tmp_path / "apart.mp4", CONFIG, store=store)
    words = ["job", "all", "--project", project, "--store", tmp_path / "jobs", *WORDS]
    assert 0 == main([*map(str, words), "--output", str(tmp_path / "jobs.mp4")])

    assert walked.sha256 == local.sha256 == apart.sha256
    assert walked.sha256 == sha256_file(tmp_path / "jobs.mp4")[1]
    assert walked.content_hash == local.content_hash == apart.content_hash
    assert "" == walked.seam
    for made in (local, apart):
        assert made.seam in made.warnings
        assert made.seam.startswith("the page remembers what it has shown")
