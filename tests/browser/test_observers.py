"""What a page observes is the film, not how it is cut."""

from __future__ import annotations

import pytest

from bars import widths

COUNTED = """let told = 0;
new IntersectionObserver((entries) => {
  told += entries.length;
  document.getElementById("b").style.width = `${told * 8}px`;
}).observe(document.getElementById("root"));"""


@pytest.mark.parametrize("seconds", [0.2, 0.6])
def test_nobody_is_told_of_the_moment_between_segments(renderer, tmp_path, seconds):
    """What stays in sight is told once, whatever the segments."""
    assert [8] * 6 == widths(renderer, tmp_path, COUNTED, seconds)


def test_a_page_is_not_offered_to_draw_by_a_worker(renderer, tmp_path):
    """Whoever asks draws itself."""
    script = """const may = "transferControlToOffscreen" in HTMLCanvasElement.prototype;
      document.getElementById("b").style.width = may ? "40px" : "20px";"""

    assert [20] * 6 == widths(renderer, tmp_path, script, 0.6)


ANEW = """let told = 0, turns = 0;
const bar = document.getElementById("b");
const observer = new IntersectionObserver((entries) => {
  told += entries.length;
  bar.style.width = `${told * 4}px`;
});
(function turn() {
  if (turns++ % 2 === 0) {
    observer.unobserve(bar);
    observer.observe(bar);
  }
  requestAnimationFrame(turn);
})();"""


def test_what_is_observed_anew_is_told_again(renderer, tmp_path):
    """As in any browser, though nothing has moved."""
    found = widths(renderer, tmp_path, ANEW, 0.6)

    assert found == sorted(found)
    assert len(set(found)) >= 3


# A box that is 8 pixels wide before the film, and 8 more in each frame, painted in a canvas.
PAINTED = """<canvas id=c width=64 height=32 layoutsubtree
  style="position:absolute;left:0;top:0"><i id=d style="display:block;height:32px;
  background:#fff"></i></canvas>"""
PAINT = """document.getElementById("b").remove();
let turns = 0;
const context = c.getContext("2d");
(function turn() {
  context.clearRect(0, 0, 64, 32);
  context.drawElementImage(d, 0, 0);
  d.style.width = `${++turns * 8}px`;
  requestAnimationFrame(turn);
})();"""


@pytest.mark.parametrize("seconds", [0.2, 0.6])
def test_html_in_a_canvas_is_what_was_painted_last(renderer, tmp_path, seconds):
    """As Chrome has it: an element is drawn as the frame before has shown it."""
    made = widths(renderer, tmp_path, PAINT, seconds, before=PAINTED)

    assert [8, 16, 24, 32, 40, 48] == made


TEXTURE = """document.getElementById("b").remove();
let turns = 0;
const gl = c.getContext("webgl2", { preserveDrawingBuffer: true });
const program = gl.createProgram();
for (const [kind, text] of [
  [gl.VERTEX_SHADER, `#version 300 es
   in vec2 p; out vec2 at;
   void main() { at = vec2(p.x, -p.y) * 0.5 + 0.5; gl_Position = vec4(p, 0, 1); }`],
  [gl.FRAGMENT_SHADER, `#version 300 es
   precision mediump float; in vec2 at; out vec4 color; uniform sampler2D image;
   void main() { color = texture(image, at); }`],
]) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, text);
  gl.compileShader(shader);
  gl.attachShader(program, shader);
}
gl.linkProgram(program);
gl.useProgram(program);
gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
gl.enableVertexAttribArray(0);
gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
(function turn() {
  gl.texElementImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, whole);
  gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  d.style.width = `${++turns * 8}px`;
  requestAnimationFrame(turn);
})();"""
WHOLE = PAINTED.replace(
    "<i id=d", "<u id=whole style='display:block;width:64px'><i id=d"
)
WHOLE = WHOLE.replace("</canvas>", "</u></canvas>")


def test_html_in_a_texture_is_taken_by_the_words_of_earlier_trials(renderer, tmp_path):
    """Six arguments, as texImage2D has them; this Chrome's own has three."""
    made = widths(renderer, tmp_path, TEXTURE, 0.6, before=WHOLE)

    assert [8, 16, 24, 32, 40, 48] == made


POINTED = """const bar = document.getElementById("b");
document.head.append(Object.assign(document.createElement("style"), {
  textContent: "#b { width: 16px } #b:hover { width: 32px }",
}));
for (const kind of ["mousemove", "mouseenter", "pointermove", "mouseover"])
  bar.addEventListener(kind, () => { bar.style.width = "48px"; });"""


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seconds", [0.2, 0.6])
def test_no_pointer_lies_in_the_corner(renderer, tmp_path, seconds):
    """A film has none: what lies at the left and at the top is not hovered."""
    assert [16] * 6 == widths(renderer, tmp_path, POINTED, seconds)


FOCUSED = """const bar = document.getElementById("b");
bar.tabIndex = 0;
document.head.append(Object.assign(document.createElement("style"), {
  textContent: "#b { width: 16px; outline: none } #b:focus { width: 32px }",
}));
requestAnimationFrame(() => document.hasFocus() && bar.focus());"""


def test_what_a_script_focuses_has_the_focus(renderer, tmp_path):
    """As in the window of a person who looks at the page."""
    assert [32] * 6 == widths(renderer, tmp_path, FOCUSED, 0.6)
