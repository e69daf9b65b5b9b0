"""SVG that moves by itself is where it is due, in whatever it is shown, whoever draws it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

import hyperframes_dist as hf
from bars import pictures, width
from pages import composition, write_project

CONFIG = hf.RenderConfig(fps=10, format="png-sequence", segment_seconds=0.3, chunks=5)
SHAPE = '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="32">{}</svg>'
BAR = '<rect id="r" width="0" height="32" fill="#fff">{}</rect>'
SHIFTED = '<rect id="r" x="-50" width="50" height="32" fill="#fff">{}</rect>'
FULL = '<rect width="64" height="32" fill="url(#g)" clip-path="url(#c)"/>'


def by_style(rules: str, shape: str = BAR.format("")) -> str:
    """An image whose own style sheet has *rules*."""
    return SHAPE.format(f"<style>{rules}</style>{shape}")


def by_element(element: str, shape: str = BAR) -> str:
    """An image with an *element* of SVG's own animation in its shape."""
    return SHAPE.format(shape.format(element))


GROWS = "rect { animation: g 1s linear both } @keyframes g { to { width: 50px } }"
ANIMATE = '<animate attributeName="width" from="0" to="50" dur="1s" fill="freeze"/>'
KINDS = {
    "a style sheet": by_style(GROWS),
    "a style sheet of the root": by_style(GROWS.replace("rect {", ":root #r {", 1)),
    "a transform in a style sheet": by_style(
        "rect { animation: g 1s linear both } @keyframes g { to { translate: 50px } }",
        SHIFTED.format(""),
    ),
    "an attribute": by_element(ANIMATE),
    "one after another": by_element(
        '<animate id="a" attributeName="height" from="32" to="32" dur="0.4s"/>'
        '<animate attributeName="width" from="0" to="50" begin="a.end-0.4s" dur="1s"/>'
    ),
    "a transform": by_element(
        '<animateTransform attributeName="transform" type="translate" to="50 0" dur="1s"/>',
        SHIFTED,
    ),
    "a path": by_element('<animateMotion path="M0,0L50,0" dur="1s"/>', SHIFTED),
    "what is over": by_element(
        ANIMATE.replace('to="50"', 'to="45"').replace('dur="1s"', 'dur="0.3s"')
    ),
    "what is set": by_element('<set attributeName="width" to="45" begin="0.8s"/>'),
    "a clip path": SHAPE.format(
        f'<defs><clipPath id="c">{BAR.format(ANIMATE)}</clipPath></defs>'
        + FULL.replace("url(#g)", "#fff")
    ),
    "a gradient": SHAPE.format(
        '<linearGradient id="g" gradientUnits="userSpaceOnUse" x1="0" x2="1">'
        '<stop stop-color="#fff"/><stop offset="1" stop-color="#000"/>'
        '<animate attributeName="x2" from="1" to="51" dur="1s"/>'
        '<animate attributeName="x1" from="0" to="50" dur="1s"/></linearGradient>'
        + FULL.replace(' clip-path="url(#c)"', "")
    ),
    "points": SHAPE.format(
        '<polygon fill="#fff" points="0,0 0,0 0,32 0,32"><animate attributeName="points" '
        'from="0,0 0,0 0,32 0,32" to="0,0 50,0 50,32 0,32" dur="1s"/></polygon>'
    ),
    "its view": SHAPE.format(
        '<animate attributeName="viewBox" from="50 0 64 32" to="0 0 64 32" dur="1s"/>'
        '<rect width="50" height="32" fill="#fff"/>'
    ),
}
DATA = "data:image/svg+xml," + quote(KINDS["an attribute"])
BOX = "<style>#b { width: 64px; height: 32px }</style>"
USES = {
    "an image": "<img src=m.svg>",
    "an image of words": f'<img src="{DATA}">',
    "a choice": "<picture><source srcset=m.svg><img src=m.svg></picture>",
    "a background": BOX
    + "<style>#b { background: url(m.svg) }</style><div id=b></div>",
    "one of two": BOX
    + '<style>#b { background: linear-gradient(transparent, transparent), url("m.svg") }'
    "</style><div id=b></div>",
    "a mask": BOX
    + "<style>#b { background: #fff; mask-image: url(m.svg) }</style><div id=b></div>",
    "a style of its own": BOX + '<div id=b style="background-image: url(m.svg)"></div>',
    "a pseudo-element": "<style>#b::before { content: url(m.svg) }</style><div id=b></div>",
    "SVG": '<svg width=64 height=32><image href="m.svg" width=64 height=32 /></svg>',
    "a canvas": """<canvas id=c width=64 height=32></canvas><script>
      const image = new Image(); image.src = "m.svg"; const pen = c.getContext("2d");
      addEventListener("hf-seek", () => {
        pen.clearRect(0, 0, 64, 32);
        pen.drawImage(image, 0, 0);
      });
      </script>""",
    "one that comes": """<div id=h></div><script>
      setTimeout(() => { h.innerHTML = "<img src=m.svg>" }, 450)</script>""",
}
LATER = (
    "<div class=clip id=k data-start=0.5 data-duration=1><img src=m.svg></div>",
    BOX.replace("}", "; background: url(m.svg) }")
    + "<div class=clip id=b data-start=0.5 data-duration=1></div>",
)
STILL = "data:image/svg+xml," + quote(
    SHAPE.format('<rect width="30" height="32" fill="#fff"/>')
)
EXCHANGED = (
    f'<img id=i src=m.svg><script>setTimeout(() => {{ i.src = "{STILL}" }}, 450)</script>',
    USES["SVG"].replace("<image", "<image id=i")
    + f'<script>setTimeout(() => i.setAttribute("href", "{STILL}"), 450)</script>',
)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("shape", "body", "expected"),
    [
        *(
            pytest.param(shape, USES["an image"], 45, id=name)
            for name, shape in KINDS.items()
        ),
        *(
            pytest.param(KINDS["an attribute"], body, 45, id=name)
            for name, body in USES.items()
        ),
        *(
            pytest.param(KINDS["an attribute"], body, 30, id=f"exchanged, {n}")
            for n, body in enumerate(EXCHANGED)
        ),
        *(
            pytest.param(KINDS["a style sheet"], body, 20, id=f"in a clip, {n}")
            for n, body in enumerate(LATER)
        ),
    ],
)
def test_a_shape_is_where_it_is_due(renderer, tmp_path, shape, body, expected):
    """At 0.9 s of a second in which it grows by 50 pixels, or 0.4 s after its clip began."""
    project = write_project(
        tmp_path / "p",
        composition(body, duration="1.5"),
        **{"m.svg": shape.encode()},
    )
    plan = renderer.plan(project, tmp_path / "plan", CONFIG)
    whole = [tmp_path / f"{index}.tar" for index in range(plan.chunk_count)]
    for index, chunk in enumerate(whole):
        renderer.render_chunk(plan.path, index, chunk)
    apart = tmp_path / "apart.tar"

    with hf.Renderer() as other:
        other.render_chunk(plan.path, 3, apart)

    assert expected == pytest.approx(width(whole[3]), abs=1)
    assert pictures(whole[3]) == pictures(apart)
    assert not [text for text in plan.warnings if "moves by itself" in text]
