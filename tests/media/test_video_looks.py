"""A video looks like the picture it shows would, in the same place with the same style."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import hyperframes_dist as hf
from pages import GSAP, composition, write_project
from sources import ffmpeg
from video import decode_rgb

WIDTH, HEIGHT = 320, 180
BOX = "position:absolute;left:20px;top:10px;width:200px;height:120px"
CLIP = 'data-start="0" data-duration="1" data-track-index="0"'


def clip(style: str, *, attributes: str = CLIP) -> str:
    return f'<MEDIA class="m" id="m" {attributes} style="{style}">'


def tween(script: str) -> str:
    return (
        "<script>const tl = gsap.timeline({paused:true});"
        f"{script};window.__timelines.main = tl</script>"
    )


MOVE = tween(
    "tl.fromTo('#wrap',{x:0,scale:0.5},{x:90.5,scale:1.2,duration:1,ease:'none'},0)"
)
BOXED = "position:relative;width:200px;height:120px"
PAGES = {
    "stretched": clip(BOX),
    "cover": clip(f"{BOX};object-fit:cover"),
    "contain": clip(f"{BOX};object-fit:contain;background:#153"),
    "none, at a corner": clip(
        f"{BOX};object-fit:none;object-position:right 5px bottom 0"
    ),
    "scale-down": clip(f"{BOX};object-fit:scale-down"),
    "its own size": clip("position:absolute;left:7px;top:9px"),
    "as wide as its parent": clip("position:absolute;left:0;top:0;width:100%"),
    "as high as its parent": clip("position:absolute;left:0;top:0;height:100%"),
    "fractions of a pixel": clip(
        "position:absolute;left:10.4px;top:3.6px;width:150.5px;height:99.25px"
    ),
    "in the middle by margins": clip(
        "position:absolute;inset:0;margin:auto;width:50%;height:50%"
    ),
    "from the right and bottom": clip(
        "position:absolute;right:12px;bottom:7px;width:100px;height:60px"
    ),
    "fixed": clip("position:fixed;left:30px;top:20px;width:100px;height:60px"),
    "in flow": f'<div style="padding:13px">{clip("width:120px")}</div>',
    "in flow, beside text": '<div style="position:absolute;left:9px;top:8px;color:#fff">'
    f"some {clip('width:90px;margin:3px 5px;vertical-align:middle')} text</div>",
    "in flow, moved": f'<div style="padding:9px">'
    f"{clip('position:relative;left:11px;top:5px;width:100px')}</div>",
    "in a flex box": '<div style="display:flex;position:absolute;inset:10px;'
    f'align-items:center;justify-content:center">{clip("width:60%")}</div>',
    "in a grid": '<div style="display:grid;position:absolute;inset:0;'
    f'grid-template-columns:1fr 2fr"><b></b>{clip("width:100%;height:100%")}</div>',
    "in a scrolled box": '<div style="position:absolute;inset:10px;overflow:hidden;'
    f'border-radius:30px">{clip("position:absolute;inset:-20px;width:340px")}</div>',
    "bordered": clip(
        f"{BOX};border:5px dashed #fa0;padding:7px;border-radius:25px;background:#08f;"
        "box-shadow:8px 8px 12px #f0f;outline:2px solid #0f0;box-sizing:border-box"
    ),
    "turned": clip(f"{BOX};transform:rotate(20deg) scale(.8);transform-origin:10% 90%"),
    "turned by parts": clip(f"{BOX};rotate:-12deg;scale:1.1 .7;translate:10px 5%"),
    "in perspective": '<div style="position:absolute;inset:0;perspective:300px">'
    f"{clip(f'{BOX};transform:rotateY(40deg)')}</div>",
    "filtered": clip(f"{BOX};filter:blur(3px) hue-rotate(90deg)"),
    "half seen": clip(f"{BOX};opacity:.5"),
    "clipped": clip(f"{BOX};clip-path:circle(40% at 60% 50%)"),
    "masked": clip(f"{BOX};mask:linear-gradient(90deg,#000,transparent)"),
    "blended": '<div style="position:absolute;inset:0;background:#c73"></div>'
    f"{clip(f'{BOX};mix-blend-mode:difference')}",
    "below what comes before": '<div style="position:absolute;left:60px;top:0;width:90px;'
    f'height:90px;background:#f80;z-index:2"></div>{clip(f"{BOX};z-index:1")}',
    "above what comes after": f'{clip(f"{BOX};z-index:3")}<div style="position:absolute;'
    'left:60px;top:0;width:90px;height:90px;background:#f80;z-index:2"></div>',
    "below text": f'{clip(BOX)}<h1 style="position:absolute;color:#fff">Title</h1>',
    "by a rule": f"<style>.m{{{BOX};border-radius:40px}}</style>{clip('')}",
    "in a hidden box": f'<div style="visibility:hidden">{clip(BOX)}</div>',
    "in a box that is not": f'<div style="display:none">{clip(BOX)}</div>',
    "in a scene that ends": '<div data-start="0" data-duration="0.6" style="position:'
    f'absolute;inset:0">{clip(BOX)}</div>',
    "in a moving box": f'<div id="wrap" style="{BOXED}">'
    f"{clip('position:absolute;width:100%;height:100%;object-fit:cover')}</div>{MOVE}",
    "in flow in a moving box": f'<div id="wrap" style="{BOXED}">{clip("width:100%")}'
    f"</div>{MOVE}",
    "moving": clip(BOX) + tween("tl.to('#m',{x:60,y:30,rotation:30,duration:1},0)"),
    "fading": clip(BOX) + tween("tl.fromTo('#m',{opacity:0},{opacity:1,duration:1},0)"),
    "fading out": clip(BOX) + tween("tl.to('#wrap,#m',{autoAlpha:0,duration:.5},0)"),
    "changing shape": clip(BOX)
    + tween(
        "tl.fromTo('#m',{clipPath:'inset(0 100% 0 0)',filter:'blur(0px)'},"
        "{clipPath:'inset(0 0% 0 0)',filter:'blur(4px)',duration:1},0)"
    ),
    # Of its own size: Chrome scales a picture worse while it is animated.
    "animated by style": "<style>@keyframes in{from{opacity:0;transform:translateX(-100px)}}"
    ".m{animation:in 1s linear both}</style>"
    + clip("position:absolute;left:20px;top:10px"),
}


@pytest.fixture(scope="session")
def source(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("looks") / "source.mp4"
    still = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=5:d=0.2")
    ffmpeg(*still, "-c:v", "libx264", "-crf", "5", "-pix_fmt", "yuv420p", path)
    return path


def page(body: str) -> str:
    moves = "__timelines" in body
    head = f'<script src="{GSAP}"></script>' if moves else ""
    # What a browser's own style sheet says of a video, and not of an image.
    head += "<style>img{object-fit:contain}</style>"
    root = "" if moves else "data-no-timeline"
    return composition(body, head=head, root=root, width=WIDTH, height=HEIGHT)


def render(
    renderer, project: Path, place: Path, chunks: int
) -> tuple[hf.Plan, np.ndarray]:
    config = hf.RenderConfig(fps=5, segment_seconds=0.4, quality="high", chunks=chunks)
    planned = renderer.plan(project, place / "plan", config)
    paths = [place / f"{index}.mp4" for index in range(chunks)]
    for index in reversed(range(chunks)):
        renderer.render_chunk(planned.path, index, paths[index])
    output = hf.assemble(planned.path, paths, place / "out.mp4")
    return planned, decode_rgb(output.path, WIDTH, HEIGHT).astype(int)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_video_looks_like_a_picture(renderer, source, tmp_path, name):
    """Geometry, effects, order and animations are those of an <img> with its style."""
    video = PAGES[name].replace("<MEDIA", '<video src="source.mp4" muted')
    video = _close(video)
    image = PAGES[name].replace("<MEDIA", '<img src="picture.jpg"')
    files = {"source.mp4": source.read_bytes()}
    project = write_project(tmp_path / "video", page(video), **files)
    planned, found = render(renderer, project, tmp_path / "a", chunks=2)
    picture = (planned.path / "frames/m/0.jpg").read_bytes()
    project = write_project(tmp_path / "image", page(image), **{"picture.jpg": picture})

    _, wanted = render(renderer, project, tmp_path / "b", chunks=1)

    difference = np.abs(wanted - found).max(axis=(1, 2, 3)).tolist()
    assert max(difference) <= 2, difference
    if "hidden" not in name and "not" not in name:
        assert found[1].max() > 40


def _close(html: str) -> str:
    start = html.index("<video")
    end = html.index(">", start) + 1
    return f"{html[:end]}</video>{html[end:]}"
