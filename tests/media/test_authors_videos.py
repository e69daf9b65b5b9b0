"""Videos where authors put them: in wrappers, in textures, graded, looping, detached."""

from __future__ import annotations

from pathlib import Path

import pytest

import hyperframes_dist as hf
from bars import widths
from pages import composition, write_project
from sound import level
from sources import HEIGHT, WIDTH, write_strip
from video import decode_grey, read_strip

RATE = 10
STYLE = "style='position:absolute;left:0;top:0'"
CANVAS = f"<canvas id=c width={WIDTH} height={HEIGHT} {STYLE}></canvas>"
PAINT = "const g = c.getContext('2d'); const paint = () => g.drawImage(v, 0, 0);"
PAGES = {
    "in a wrapper": (
        (
            f"<div class=clip data-start=0.5 data-duration=1><video src=v.mp4 muted {STYLE}>"
            "</video></div>"
        ),
        [None] * 5 + list(range(10)) + [None] * 5,
    ),
    "in a wrapper in a wrapper": (
        (
            "<section data-start=0.2 data-duration=1.5><div data-start=0.4 data-duration=1>"
            f"<video src=v.mp4 muted {STYLE}></video></div></section>"
        ),
        [None] * 4 + list(range(10)) + [None] * 6,
    ),
    "looping to the end": (
        f"<video src=v.mp4 loop muted data-start=0.3 {STYLE}></video>",
        [None] * 3 + [i % 12 for i in range(17)],
    ),
    "by its next picture": (
        (
            f"<video id=v src=v.mp4 muted data-start=0 style='display:none'></video>{CANVAS}"
            f"<script>{PAINT} const next = () => {{ paint(); ask() }};"
            "const ask = () => v.requestVideoFrameCallback(next); ask()</script>"
        ),
        [*range(12), *[11] * 8],
    ),
    "never inserted": (
        (
            f"{CANVAS}<script>const v = document.createElement('video'); v.src = 'v.mp4';"
            f"v.muted = v.loop = true; v.play(); {PAINT}"
            "(function turn() { paint(); requestAnimationFrame(turn) })()</script>"
        ),
        [i % 12 for i in range(20)],
    ),
    "by a library that waits for its size": (
        (
            f"<video id=v src=v.mp4 muted data-start=0 style='display:none'></video>{CANVAS}"
            f"<script>{PAINT} const isPlaying = () => !v.paused && !v.ended;"
            "const start = () => v.videoWidth || ready();"
            "const ready = () => isPlaying() ? start() : v.play().catch(() => {});"
            "v.onplay = start; v.oncanplay = ready;"
            "(function turn() { paint(); requestAnimationFrame(turn) })()</script>"
        ),
        [*range(12), *[11] * 8],
    ),
    "with a seek of the page's own": (
        (
            f"<video src=v.mp4 muted data-start=0.5 data-duration=1 {STYLE}></video><script>"
            "window.__hf = { duration: 2, seek: () => ({ then() {} }) }</script>"
        ),
        [None] * 5 + list(range(10)) + [None] * 5,
    ),
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "v.mp4"
    return write_strip(path, str(RATE), 12).read_bytes()


def numbers(renderer, place: Path, html: str, clip: bytes) -> list[int | None]:
    """What each frame shows; rendered whole, and in chunks by browsers of their own."""
    project, made = write_project(place / "project", html, **{"v.mp4": clip}), []
    for chunks in (1, 3):
        config = hf.RenderConfig(
            fps=RATE, chunks=chunks, segment_seconds=0.5, quality="high"
        )
        plan = renderer.plan(project, place / f"plan-{chunks}", config)
        paths = [place / f"{chunks}-{i}.mp4" for i in range(plan.chunk_count)]
        for index in reversed(range(plan.chunk_count)):
            with hf.Renderer() as other:
                other.render_chunk(plan.path, index, paths[index])
        made.append(hf.assemble(plan.path, paths, place / f"{chunks}.mp4"))
    assert made[0].sha256 == made[1].sha256
    frames = decode_grey(made[0].path, WIDTH, HEIGHT)
    return [read_strip(f) - 1 if f.max() > 128 else None for f in frames]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", sorted(PAGES))
def test_each_frame_shows_its_picture(renderer, tmp_path, name, clip):
    """By arithmetic: the frame's time from the start that HTML and the format give it."""
    body, expected = PAGES[name]
    html = composition(body, width=WIDTH, height=HEIGHT, duration=2)

    assert expected == numbers(renderer, tmp_path, html, clip)


LOST = """<audio id=a src=a.wav data-start=0></audio><video id=v src=v.mp4#t=1 muted>
<track default kind=captions src=c.vtt></video>
<iframe srcdoc="<video src=in.mp4></video>"></iframe><p id=p></p><script>
for (let i = 0; i < 17; i++) new OffscreenCanvas(9, 9).getContext("webgl");
new Audio("a.mp3").play().catch(() => {});
p.attachShadow({ mode: "open" }).innerHTML = "<video src=tree.mp4></video>";
const context = new AudioContext();
context.createAnalyser();
context.createOscillator().start();
speechSynthesis.speak(new SpeechSynthesisUtterance("a"));
v.currentTime = 1;
v.playbackRate = 2;
</script><iframe srcdoc="<img src=m.svg>"></iframe>"""
SAID = (
    "more than 16 WebGL contexts",
    "a.mp3, which is not in the document",
    'an iframe is neither shown nor heard: <video src="in.mp4">',
    'a shadow tree is neither shown nor heard: <video src="tree.mp4">',
    "captions of a video are not drawn: <track",
    "looks at sound while it plays",
    "makes sound (Web Audio)",
    "a script speaks",
    'a script sets the time of <video id="v"',
    'a script sets the speed of <video id="v"',
    "names by #t= is not followed",
    "the image 'm.svg', in an iframe or a shadow tree, is SVG that moves",
)


def test_what_no_frame_can_hold_is_told(renderer, tmp_path, clip):
    """Nothing is lost without a word."""
    files = dict.fromkeys(("a.mp3", "in.mp4", "tree.mp4"), b"")
    files["m.svg"] = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" '
        b'height="9"><animate attributeName="x" to="9" dur="1s"/></rect></svg>'
    )
    files |= {"a.wav": level(0.1), "v.mp4": clip, "c.vtt": b"WEBVTT\n"}
    project = write_project(tmp_path / "p", composition(LOST, duration="0.1"), **files)

    plan = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=10))

    assert list(SAID) == [
        said for said in SAID if any(said in warning for warning in plan.warnings)
    ]


def test_a_stream_is_refused_by_name(renderer, tmp_path):
    """Chrome would wait for its first picture until the page is given up."""
    stream = """<canvas id=c></canvas><video id=v autoplay muted></video><script>
      v.srcObject = c.captureStream()</script>"""
    project = write_project(tmp_path / "p", composition(stream, duration="0.1"))

    with pytest.raises(
        hf.PageError, match=r'a stream .* frame by frame: <video id="v"'
    ):
        renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=10))


def test_a_shape_of_another_file_is_drawn(renderer, tmp_path):
    """A sprite of icons: the page is loaded when its shapes are there."""
    sprite = (
        b'<svg xmlns="http://www.w3.org/2000/svg"><rect id="i" width="20" height="32" '
        b'fill="#fff"/></svg>'
    )
    script = 'document.getElementById("b").remove()'
    use = '<svg style="position:absolute"><use href="s.svg#i"/></svg>'

    made = widths(renderer, tmp_path, script, 0.6, before=use, **{"s.svg": sprite})

    assert [20] * 6 == made
