"""What drives a page, checked by arithmetic: a bar as wide as the time is late."""

from __future__ import annotations

import json

import numpy as np
import pytest

import hyperframes_dist as hf
from lottie import FPS, HEIGHT, SECONDS, WIDTH, lottie_data
from pages import ANIME, GSAP, LOTTIE, composition, write_project
from video import decode_grey

BAR = (
    f'<div id="bar" style="position:absolute;left:0;top:0;width:{WIDTH}px;'
    'height:16px;background:#fff;transform-origin:0 0"></div>'
)
FROM_TO = "{transform:'scaleX(0)'},{transform:'scaleX(1)'}"


def page(script: str, *, root: str = "data-no-timeline", **rest: str) -> str:
    """A composition of one white bar that *script* stretches."""
    size = {"width": WIDTH, "height": HEIGHT, "duration": SECONDS}
    return composition(BAR + script, root=root, **size, **rest)


CSS = (
    "<style>@keyframes grow{from{transform:scaleX(0)}to{transform:scaleX(1)}}"
    "#bar{animation:grow 2s linear both}</style>"
)
INNER = f"<!doctype html>{CSS}<body style='margin:0;background:#000'>{BAR}".encode()
PAGES = {
    "css": page("", head=CSS),
    "css in a pseudo-element": composition(
        "",
        head=CSS.replace("#bar", "#root::before")
        + "<style>#root::before{content:'';position:absolute;inset:0;background:#fff;"
        "transform-origin:0 0}</style>",
        width=WIDTH,
        height=HEIGHT,
        duration=SECONDS,
    ),
    "web animations": page(
        f"<script>bar.animate([{FROM_TO}],{{duration:2000,fill:'both'}}).pause()</script>"
    ),
    "web animations that run": page(
        f"<script>bar.animate([{FROM_TO}],{{duration:2000,fill:'both'}})</script>"
    ),
    "gsap": page(
        "<script>const tl = gsap.timeline({paused:true});"
        "tl.fromTo('#bar',{scaleX:0},{scaleX:1,duration:2,ease:'none'},0);"
        "window.__timelines.main = tl</script>",
        root="",
        head=f'<script src="{GSAP}"></script>',
    ),
    "anime": page(
        "<script>window.__hfAnime = [anime.animate('#bar',{scaleX:[0,1],duration:2000,"
        "ease:'linear',autoplay:false})]</script>",
        head=f'<script src="{ANIME}"></script>',
    ),
    "lottie": composition(
        '<div id="stage" style="position:absolute;inset:0"></div>'
        f"<script>window.__hfLottie = [lottie.loadAnimation({{container:stage,"
        f"renderer:'svg',loop:false,autoplay:false,animationData:{lottie_data()}}})]"
        "</script>",
        head=f'<script src="{LOTTIE}"></script>',
        width=WIDTH,
        height=HEIGHT,
        duration=SECONDS,
    ),
    "a transition": page(
        "<script>addEventListener('hf-seek',()=>"
        "{bar.offsetWidth;bar.style.transform='scaleX(1)'},{once:true})</script>",
        head="<style>#bar{transition:transform 2s linear;transform:scaleX(0)}</style>",
    ),
    "css whose class comes late": page(
        "<script>addEventListener('hf-seek',()=>bar.classList.add('on'),{once:true})"
        "</script>",
        head=CSS.replace("#bar", "#bar.on"),
    ),
    "css in a frame": composition(
        '<iframe src="inner.html" style="position:absolute;inset:0;border:0;'
        f'width:{WIDTH}px;height:{HEIGHT}px"></iframe>',
        width=WIDTH,
        height=HEIGHT,
        duration=SECONDS,
    ),
    "hf-seek": page(
        "<script>addEventListener('hf-seek',(e)=>"
        "{bar.style.transform=`scaleX(${e.detail.time/2})`})</script>"
    ),
    "hf-seek that waits": page(
        "<script>addEventListener('hf-seek',(e)=>e.detail.waitUntil("
        "new Promise((done)=>setTimeout(done,20)).then(()=>"
        "{bar.style.transform=`scaleX(${e.detail.time/2})`})))</script>"
    ),
    "animation frames": page(
        "<script>const tick=()=>{bar.style.transform=`scaleX(${performance.now()/2000})`;"
        "requestAnimationFrame(tick)};tick()</script>"
    ),
    "the date": page(
        "<script>const tick=()=>{bar.style.transform=`scaleX(${Date.now()/2000})`;"
        "requestAnimationFrame(tick)};tick()</script>"
    ),
    "the sound card's clock": page(
        "<script>const sound=new AudioContext();sound.resume().then(()=>{"
        "const tick=()=>{bar.style.transform=`scaleX(${sound.currentTime/2})`;"
        "requestAnimationFrame(tick)};tick()})</script>"
    ),
    "own seek": (
        f'<!doctype html><html data-width="{WIDTH}" data-height="{HEIGHT}">'
        f'<body style="margin:0;background:#000">{BAR}<script>'
        "window.__hf={duration:2,seek(t){bar.style.transform=`scaleX(${t/2})`}}"
        "</script></body></html>"
    ),
    "own seek that waits": (
        f'<!doctype html><html data-width="{WIDTH}" data-height="{HEIGHT}">'
        f'<body style="margin:0;background:#000">{BAR}<script>'
        "window.__hf={duration:2,async seek(t){await new Promise((d)=>setTimeout(d,10));"
        "bar.style.transform=`scaleX(${t/2})`}}</script></body></html>"
    ),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", sorted(PAGES))
def test_frame_shows_its_own_time(renderer, tmp_path, name):
    """Each frame of each kind of page is at frame ÷ rate, whichever chunk drew it."""
    project = write_project(tmp_path / "project", PAGES[name], **{"inner.html": INNER})
    config = hf.RenderConfig(fps=FPS, chunks=3, segment_seconds=0.5, quality="high")
    planned = renderer.plan(project, tmp_path / "plan", config)
    paths = [tmp_path / f"{index}.mp4" for index in range(3)]
    for index in (2, 0, 1):
        renderer.render_chunk(planned.path, index, paths[index])

    output = hf.assemble(planned.path, paths, tmp_path / "out.mp4")

    frames = decode_grey(output.path, WIDTH, HEIGHT)
    widths = [int((frame[8] > 128).sum()) for frame in frames]
    wanted = [WIDTH * frame / FPS / SECONDS for frame in range(FPS * SECONDS)]
    assert len(wanted) == len(widths)
    assert np.abs(np.array(wanted) - widths).max() <= 1


def test_duration_comes_from_the_timeline(renderer, tmp_path):
    """Without data-duration a composition lasts as long as its root timeline."""
    html = PAGES["gsap"].replace('data-duration="2"', "")
    project = write_project(tmp_path / "project", html)

    planned = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=25))

    assert planned.frame_count == 50


def test_clips_end_before_their_end(renderer, tmp_path):
    """A clip is shown in [start, start + duration): the frame at its end is without it."""
    clip = (
        '<div class="clip" data-start="0.4" data-duration="0.6" '
        'style="position:absolute;left:0;top:0;width:200px;height:16px;background:#fff">'
        "</div>"
    )
    html = composition(clip, width=WIDTH, height=HEIGHT, duration=2)
    project = write_project(tmp_path / "project", html)

    output = hf.render(project, tmp_path / "out.mp4", hf.RenderConfig(fps=10))

    frames = decode_grey(output.path, WIDTH, HEIGHT)
    shown = [index for index, frame in enumerate(frames) if frame[8, 100] > 128]
    assert shown == [4, 5, 6, 7, 8, 9]


def test_inline_compositions_nest(renderer, tmp_path):
    """A composition written inside another one runs from its own start."""
    inner = (
        '<div data-composition-id="inner" data-start="1" data-duration="1" '
        f'data-width="{WIDTH}" data-height="{HEIGHT}" style="position:absolute;inset:0">'
        f"{BAR}</div><script>"
        "const inner = gsap.timeline({paused:true});"
        "inner.fromTo('#bar',{scaleX:0},{scaleX:1,duration:1,ease:'none'},0);"
        "window.__timelines.inner = inner;"
        "window.__timelines.main = gsap.timeline({paused:true});</script>"
    )
    head = f'<script src="{GSAP}"></script>'
    html = composition(
        inner, head=head, width=WIDTH, height=HEIGHT, duration=2, root=""
    )
    project = write_project(tmp_path / "project", html)

    output = hf.render(project, tmp_path / "out.mp4", hf.RenderConfig(fps=10))

    frames = decode_grey(output.path, WIDTH, HEIGHT)
    widths = [int((frame[8] > 128).sum()) for frame in frames]
    assert widths[:10] == [0] * 10
    assert np.abs(np.array(widths[10:]) - np.arange(10) * 20).max() <= 1


def test_variables_reach_the_page(renderer, tmp_path):
    """Declared defaults hold until the caller gives a value."""
    declared = json.dumps(
        [{"id": "wide", "type": "number", "label": "Width", "default": 50}]
    )
    script = (
        "<script>bar.style.width=window.__hyperframes.getVariables().wide+'px'</script>"
    )
    html = page(script).replace(
        "<html>", f"<html data-composition-variables='{declared}'>"
    )
    project = write_project(tmp_path / "project", html)
    widths = []

    for name, values in {"default": {}, "given": {"wide": 120}}.items():
        config = hf.RenderConfig(fps=2, variables=values)
        output = hf.render(project, tmp_path / f"{name}.mp4", config)
        frame = decode_grey(output.path, WIDTH, HEIGHT)[0]
        widths.append(int((frame[8] > 128).sum()))

    assert widths == [50, 120]


def test_dice_fall_the_same_in_plan_and_chunk(renderer, tmp_path):
    """A length drawn at load is the same while planning and in every chunk."""
    script = (
        "<script>window.__hf={duration:Math.floor(1+4*Math.random()),"
        "seek(){bar.style.width=Math.floor(200*Math.random())+'px'}}</script>"
    )
    html = PAGES["own seek"].split("<script>", maxsplit=1)[0] + script
    project = write_project(tmp_path / "project", html)

    first = renderer.plan(project, tmp_path / "a", hf.RenderConfig(fps=5))
    second = renderer.plan(project, tmp_path / "b", hf.RenderConfig(fps=5))

    assert first.content_hash == second.content_hash
    shas = {
        renderer.render_chunk(place, 0, tmp_path / f"{n}.mp4").sha256
        for n, place in enumerate([first.path, second.path, first.path])
    }
    assert len(shas) == 1
