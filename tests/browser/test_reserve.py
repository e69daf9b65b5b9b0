"""Layers that Chrome draws apart do not cost fresh memory for every frame."""

from __future__ import annotations

from pathlib import Path

import hyperframes_dist as hf
from hyperframes_dist._browser import stage as _stage
from hyperframes_dist._tools.process import processes
from pages import GSAP, composition, write_project

# Half a megabyte each while it turns: a shadow under an opacity is a layer of its own.
CARDS = """<style>.card{position:absolute;width:200px;height:140px;border-radius:18px;
opacity:0.9;background:linear-gradient(#f64f59,#12c2e9);box-shadow:0 12px 30px #000}</style>
<script>const tl = gsap.timeline({paused:true});
for (let i = 0; i < 12; i++) {
  const card = document.createElement("div");
  card.className = "card";
  document.getElementById("root").append(card);
  tl.fromTo(card, {x:90 * i, y:40 * i, rotation:0, scale:0.8},
    {x:60 * i, y:20 * i, rotation:180, scale:1.1, duration:1}, 0);
}
window.__timelines.main = tl</script>"""
RESERVE = "OffscreenCanvas(2048, 2048)"


def faults(group: int) -> int:
    """How often the processes of *group* were given memory page by page."""
    return sum(int(facts[7]) for _, facts in processes() if int(facts[2]) == group)


def draw(planned: hf.Plan, output: Path) -> tuple[int, str]:
    """Page faults of a browser while it draws the second chunk, and the bytes' name."""
    with hf.Renderer() as renderer:
        renderer.render_chunk(planned.path, 0, output)
        browser = renderer._warm._browser
        assert browser is not None
        before = faults(browser.process.pid)
        made = renderer.render_chunk(planned.path, 1, output)
        return faults(browser.process.pid) - before, made.sha256


def test_a_layer_is_given_memory_that_is_there(renderer, tmp_path, monkeypatch):
    page = composition(
        CARDS, head=f'<script src="{GSAP}"></script>', width=1280, height=720, root=""
    )
    project = write_project(tmp_path / "project", page)
    config = hf.RenderConfig(fps=30, segment_seconds=0.5, chunks=2)
    planned = renderer.plan(project, tmp_path / "plan", config)
    kept, made = draw(planned, tmp_path / "chunk.mp4")
    scripts = _stage.PageSetup._scripts

    def without(self):
        return tuple(
            text.replace(RESERVE, "OffscreenCanvas(1, 1)") for text in scripts(self)
        )

    monkeypatch.setattr(_stage.PageSetup, "_scripts", without)

    fresh, same = draw(planned, tmp_path / "chunk.mp4")

    assert kept < fresh * 0.5, (kept, fresh)
    assert made == same
