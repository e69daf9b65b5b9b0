"""A frame does not depend on how fast a file came to the page."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._browser.door import PlanDoor
from pages import GSAP, composition, write_project
from sources import ffmpeg

CLIP = 'data-start="0" data-duration="1" data-track-index'
# The page runtime gives a clip without a size its parent's, while the document begins.
BODY = f"""<style>.wide{{min-height:5px;background:url(wide.png)}}
@font-face{{font-family:Own;src:url(own.ttf)}}b{{font:20px Own}}</style>
<link rel="stylesheet" href="style.css">
<img {CLIP}="0" src="own.png">
<img {CLIP}="1" src="own.png" loading="lazy" style="left:40px">
<div {CLIP}="2" style="left:80px"><img src="wide.png"></div>
<div {CLIP}="3" class="wide card" style="top:80px"><b>Words</b></div>
<video {CLIP}="4" src="clip.mp4" muted style="left:150px;top:70px"></video>
<script>const tl = gsap.timeline({{paused:true}});
tl.fromTo(".card",{{x:0}},{{x:60,duration:1,ease:"none"}},0);
const said = document.createElement("i");
document.addEventListener("DOMContentLoaded", () => {{
  const widths = [...document.images].map((image) => image.offsetWidth);
  said.textContent = `${{document.readyState}} ${{widths}}`;
  said.style.cssText = "position:absolute;bottom:0;left:0;color:#fff;font-size:9px";
  document.getElementById("root").append(said);
}});
window.__timelines.main = tl</script>"""


@pytest.fixture(scope="module")
def planned(renderer, tmp_path_factory) -> hf.Plan:
    folder = tmp_path_factory.mktemp("late")
    page = composition(
        BODY, head=f'<script src="{GSAP}"></script>', width=240, height=135, root=""
    )
    project = write_project(folder / "project", page)
    for name, size in (("own", "30x20"), ("wide", "50x30")):
        still = ("-f", "lavfi", "-i", f"testsrc=s={size}:d=1", "-frames:v", "1")
        ffmpeg(*still, project / f"{name}.png")
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x36:r=5:d=1", project / "clip.mp4")
    (project / "style.css").write_text(".card{color:#0f8;padding:3px}")
    font = Path(hf.__file__).parent / "_fonts" / "data" / "eb-garamond.ttf"
    (project / "own.ttf").write_bytes(font.read_bytes())
    return renderer.plan(project, folder / "plan", hf.RenderConfig(fps=5))


def draw(renderer, planned: hf.Plan, path: Path) -> str:
    return renderer.render_chunk(planned.path, 0, path).sha256


@pytest.fixture(scope="module")
def wanted(renderer, planned, tmp_path_factory) -> str:
    return draw(renderer, planned, tmp_path_factory.mktemp("wanted") / "a.mp4")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("late", ["Image", "Font", "Stylesheet", "Script", "Media"])
def test_a_late_file_changes_nothing(
    renderer, planned, wanted, tmp_path, monkeypatch, late
):
    answer, waited = PlanDoor.answer, []

    def slowly(self, address, kind):
        if kind == late:
            waited.append(address)
            time.sleep(0.4)
        return answer(self, address, kind)

    monkeypatch.setattr(PlanDoor, "answer", slowly)

    found = draw(renderer, planned, tmp_path / "b.mp4")

    assert waited
    assert found == wanted


def test_fonts_that_still_load_leave_nothing_behind(renderer, tmp_path):
    body = """<b>AVATAR</b><script>
let asked = 0; // When fonts are looked at, none of them may still load, or all.
Object.defineProperty(document.fonts, "status", {
  get: () => asked++ < 2 ? "loading" : "loaded",
});
const tl = gsap.timeline({paused:true});
tl.to({}, {duration:1, onUpdate() {
  const { fontKerning } = getComputedStyle(document.querySelector("b"));
  if (fontKerning !== "auto") reportError(new Error(`kerning is ${fontKerning}`));
  if (asked < 3) reportError(new Error("nobody has looked"));
}}, 0.4);
window.__timelines.main = tl</script>"""
    page = composition(body, head=f'<script src="{GSAP}"></script>')
    project = write_project(tmp_path / "project", page)
    config = hf.RenderConfig(fps=5)

    planned = renderer.plan(project, tmp_path / "plan", config)
    chunk = renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")

    assert chunk.frame_count == planned.frame_count
