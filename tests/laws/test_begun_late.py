"""What a script has Chrome begin on the way begins with its frame, whoever comes there."""

from __future__ import annotations

import pytest

import hyperframes_dist as hf
from bars import pictures, width
from pages import composition, write_project

CONFIG = hf.RenderConfig(fps=10, format="png-sequence", segment_seconds=0.3, chunks=5)
RECT = (
    "<svg id=s width=64 height=32><rect width=0 height=32 fill='#fff'>{}</rect></svg>"
)
GROWS = "<animate id=a attributeName=width from=0 to=50 dur=1s fill=freeze {}/>"
LATE = "<script>setTimeout(() => {{ {} }}, 500)</script>"
BEGINS = RECT.format(GROWS.format("begin=indefinite")) + LATE.format("a.beginElement()")
COMES = "<div id=h></div>" + LATE.format(
    f'h.innerHTML = "{RECT.format(GROWS.format(""))}"'
)
STOOD = (
    RECT.format(GROWS.format(""))
    + "<script>s.pauseAnimations()</script>"
    + LATE.format("s.unpauseAnimations()")
)
IS_SET = RECT.format(GROWS.format("")) + LATE.format("s.setCurrentTime(0)")
VIEW = """<style>#b { width: 10px; height: 32px; background: #fff; view-transition-name: b }
  ::view-transition-group(b) { animation-duration: 1s; animation-timing-function: linear }
  ::view-transition-old(b) { display: none }
  ::view-transition-new(b) { animation: none; width: 100%; height: 100%; object-fit: fill }
  </style><div id=b></div>""" + LATE.format(
    "document.startViewTransition(() => { b.style.width = '60px' })"
)


def over(rules: str) -> str:
    """A box that is put over the page, by *rules*."""
    box = (
        "margin: 0; border: 0; padding: 0; width: 50px; height: 32px; background: #fff"
    )
    style = f"<style>#d {{ inset: 0 auto auto 0; {box}; {rules} }}</style>"
    return f"{style}<div popover id=d></div>" + LATE.format("d.showPopover()")


ENTERS = over(
    """transition: width 1s linear }
  @starting-style { #d:popover-open { width: 0 }"""
)
MOVES = over("animation: w 1s linear both } @keyframes w { from { width: 0 }")
APPEARS = """<style>#d { display: none; height: 32px; background: #fff;
  animation: w 1s linear both; } @keyframes w { from { width: 0 } to { width: 50px } }
  </style><div id=d></div>""" + LATE.format("d.style.display = 'block'")
OPENS = """<style>summary { display: none } #s { width: 64px; height: 32px; background: #fff }
  ::details-content { width: 0; overflow: clip; transition: width 1s linear }
  [open]::details-content { width: 50px }
  </style><details id=d><summary></summary><div id=s></div></details>""" + LATE.format(
    "d.open = true"
)

OVER = "margin: 0; border: 0; padding: 0; inset: 0 auto auto 0; height: 32px; width: 0"
CHANGES = f"""<style>#d {{ {OVER}; background: #fff; transition: width 1s linear }}
  #d.on {{ width: 50px !important }}</style><div popover id=d></div>
  <script>d.showPopover()</script>""" + LATE.format("d.className = 'on'")
LEAVES = f"""<style>#d {{ {OVER}; background: #fff; width: 50px; transition:
  width 1s linear, display 1s allow-discrete, overlay 1s allow-discrete }}
  #d:popover-open {{ width: 0 }}</style><div popover id=d></div>
  <script>d.showPopover()</script>""" + LATE.format("d.hidePopover()")
BEHIND = f"""<style>#d {{ {OVER}; background: none }}
  #d::backdrop {{ {OVER}; background: #fff; animation: w 2.25s linear both }}
  @keyframes w {{ to {{ width: 50px }} }}</style><dialog id=d></dialog>
  <script>d.showModal()</script>"""
DIMS = f"""<style>#d {{ {OVER}; background: none }}
  #d::backdrop {{ {OVER}; background: #fff; transition: width 1s linear }}
  #d.on::backdrop {{ width: 50px }}</style><dialog id=d></dialog>
  <script>d.showModal()</script>""" + LATE.format("d.className = 'on'")
PLACE = "border: 0; position: absolute; left: 0; top: 0; width: 64px; height: 32px"
WITHIN = f"""<iframe style="{PLACE}" srcdoc="<body style='margin: 0; background: #000'>
  {RECT.format(GROWS.format(""))}"></iframe>"""
GROWING = b"""<svg xmlns="http://www.w3.org/2000/svg" width="64" height="32">
  <rect width="0" height="32" fill="#fff">
  <animate attributeName="width" from="0" to="50" dur="1s" fill="freeze" /></rect></svg>"""
EMBEDS = f'<object style="{PLACE}" data="grows.svg"></object>'
LATER = LATE.format(f"""const it = document.createElement("iframe");
  Object.assign(it, {{ src: "grows.svg", style: "{PLACE}" }});
  document.getElementById("root").append(it)""")


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(BEGINS, 20, id="an element of SVG"),
        pytest.param(APPEARS, 20, id="what had no box"),
        pytest.param(COMES, 20, id="SVG that comes"),
        pytest.param(ENTERS, 20, id="a popover"),
        pytest.param(MOVES, 20, id="a popover that moves"),
        pytest.param(OPENS, 20, id="what is unfolded"),
        pytest.param(STOOD, 20, id="SVG that stood"),
        pytest.param(IS_SET, 20, id="SVG that is set"),
        pytest.param(VIEW, 30, id="a view"),
        pytest.param(CHANGES, 20, id="a popover that changes"),
        pytest.param(LEAVES, 20, id="a popover that leaves"),
        pytest.param(BEHIND, 20, id="what is behind a dialog"),
        pytest.param(DIMS, 20, id="what is behind a dialog and changes"),
        pytest.param(WITHIN, 45, id="SVG in a frame"),
        pytest.param(EMBEDS, 45, id="SVG in an object"),
        pytest.param(LATER, 20, id="SVG in a frame that comes"),
    ],
)
def test_what_a_script_begins_begins_with_its_frame(renderer, tmp_path, body, expected):
    """After half a second by a timer; at 0.9 s it has gone on for 0.4 s."""
    html = composition(body, duration="1.5")
    project = write_project(tmp_path / "p", html, **{"grows.svg": GROWING})
    plan = renderer.plan(project, tmp_path / "plan", CONFIG)
    whole = [tmp_path / f"{index}.tar" for index in range(plan.chunk_count)]
    for index, chunk in enumerate(whole):
        renderer.render_chunk(plan.path, index, chunk)
    apart = tmp_path / "apart.tar"

    with hf.Renderer() as other:
        other.render_chunk(plan.path, 3, apart)

    assert expected == pytest.approx(width(whole[3], 0), abs=1)
    assert pictures(whole[3]) == pictures(apart)
