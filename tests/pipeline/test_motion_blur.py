"""A frame whose shutter is open is the mean of what the page shows meanwhile."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from commands import run
from hyperframes_dist.errors import InputError, UnsupportedFeatureError
from pages import composition, write_project
from sources import ffmpeg

# Ten frames a second, 40 pixels a frame: a step of a half-open shutter's five is 4 pixels.
BOX = """<style>#b { position: absolute; left: 0; top: 0; width: 80px; height: 8px;
  background: #fff; animation: m .5s linear both }
  @keyframes m { to { transform: translateX(200px) } }</style><div id="b"></div>"""
BLUR = 'data-no-timeline data-motion-blur data-motion-blur-samples="{}" {}'
HALF = BLUR.format(5, 'data-motion-blur-angle="180"')
PICTURES = hf.RenderConfig(fps=10, format="png-sequence")


def box(root: str = HALF, body: str = BOX) -> str:
    return composition(body, width=320, height=32, duration="0.5", root=root)


def rows(chunk: Path, row: int = 4) -> list[np.ndarray]:
    """The reds of a row of every picture in *chunk*, as far as they are seen."""
    found = []
    with tarfile.open(chunk) as tar:
        for name in sorted(tar.getnames()):
            picture = Image.open(io.BytesIO(tar.extractfile(name).read()))
            red, _, _, alpha = np.asarray(picture.convert("RGBA"))[row].astype(int).T
            found.append((red * alpha + 127) // 255)
    return found


def drawn(renderer, tmp_path, html: str, config: hf.RenderConfig = PICTURES) -> Path:
    project = write_project(tmp_path / "p", html)
    plan = renderer.plan(project, tmp_path / "plan", config)
    renderer.render_chunk(plan.path, 0, tmp_path / "0.tar")
    return tmp_path / "0.tar"


def trapezoid(lefts: list[int]) -> np.ndarray:
    """A white box of 80 pixels that is at each of *lefts* for as long."""
    seen = np.zeros((len(lefts), 320), int)
    for row, left in zip(seen, lefts, strict=True):
        row[left : left + 80] = 255
    count = len(lefts)
    return (2 * seen.sum(0) + count) // (2 * count)


@pytest.mark.parametrize(
    ("root", "lefts"),
    [
        # About the frame's time: 8, 4 pixels behind and before it; not before the film.
        (HALF, {0: [0, 0, 0, 4, 8], 3: [112, 116, 120, 124, 128]}),
        # It opens half a frame late, and is open past the end in the last frame.
        pytest.param(
            BLUR.format(2, 'data-motion-blur-angle="360" data-motion-blur-phase="180"'),
            {0: [30, 50], 2: [110, 130], 4: [190, 190]},
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_a_box_at_constant_speed_is_a_trapezoid(renderer, tmp_path, root, lefts):
    """To the last value, and at both ends of the film."""
    found = rows(drawn(renderer, tmp_path, box(root)))

    assert len(found) == 5
    for frame, expected in lefts.items():
        assert found[frame].tolist() == trapezoid(expected).tolist(), frame


@pytest.mark.thorough
def test_what_stands_still_is_as_sharp_as_ever(renderer, tmp_path):
    """The very bytes, and one picture is taken for all ticks of a frame."""
    still = "<p style='color: #fc8; font: 12px serif'>Still</p>"
    plain = drawn(renderer, tmp_path / "a", box("data-no-timeline", still))
    blurred = drawn(renderer, tmp_path / "b", box(HALF, still))

    assert plain.read_bytes() == blurred.read_bytes()


@pytest.mark.thorough
def test_a_page_that_counts_its_frames_is_refused(renderer, tmp_path):
    """It would go five times as far; the line is named, and what to do."""
    counts = """<div id="b" style="width: 80px; height: 8px; background: #fff"></div>
      <script>let n = 0; const b = document.getElementById("b");
      const go = () => { b.style.marginLeft = `${n++ * 4}px`; requestAnimationFrame(go); };
      requestAnimationFrame(go);</script>"""

    with pytest.raises(UnsupportedFeatureError) as refused:
        drawn(renderer, tmp_path, box(HALF, counts))

    assert "index.html:4" in str(refused.value)
    assert "go by the time" in refused.value.advice


@pytest.mark.thorough
def test_only_what_a_canvas_keeps_is_told_by_its_looks(renderer, tmp_path):
    """A style of a canvas that goes its own way is told, as that of any element is."""
    canvas = """<canvas id="c" style="transition: opacity 9s"></canvas>"""
    project = write_project(tmp_path / "p", box(body=canvas))

    plan = renderer.plan(project, tmp_path / "plan", PICTURES)

    told = " ".join(plan.manifest.notes.warnings)
    assert "depend on those before them (a transition of <canvas>)" in told


def test_what_cannot_be_meant_names_its_line(renderer, tmp_path):
    """By `check`, and by whoever plans."""
    project = write_project(
        tmp_path / "p", box('data-no-timeline data-motion-blur="180"')
    )

    (error,) = hf.check(project).errors
    with pytest.raises(InputError, match=r'index\.html:4.*\n?.*-angle="180"'):
        renderer.plan(project, tmp_path / "plan")

    assert (error.code, error.line) == ("HF212", 4)


def test_elsewhere_it_is_told_that_it_is_not_looked_at(tmp_path):
    """And a word of the page's own is nobody's business."""
    html = box("data-no-timeline", '<p data-motion-blur="12">a</p>')
    own = html.replace("</body>", "<style>[data-motion-blur] { top: 0 }</style></body>")
    told = write_project(tmp_path / "told", html)
    silent = write_project(tmp_path / "silent", own)

    assert [f.code for f in hf.check(told).warnings if "blur" in f.message] == ["HF102"]
    assert [f for f in hf.check(silent).findings if "blur" in f.message] == []


@pytest.mark.thorough
def test_a_plan_holds_it(renderer, tmp_path):
    """So it is in its hash; pictures are lossless, whatever is asked for."""
    sharp = write_project(tmp_path / "sharp", box("data-no-timeline"))
    soft = write_project(tmp_path / "soft", box())
    jpeg = {"fps": 10, "capture": "jpeg", "quality": "draft"}

    one = renderer.plan(sharp, tmp_path / "a", **jpeg)
    two = renderer.plan(soft, tmp_path / "b", **jpeg)

    assert one.content_hash != two.content_hash
    assert (one.content.capture.format, two.content.capture.format) == ("jpeg", "png")
    assert one.content.shutter is None
    assert two.content.shutter.samples == 5
    assert hf.verify_plan(two.path).content == two.content


DECAY = """<style>#b { position: absolute; width: 40px; height: 8px; background: #fff }
  </style><div id="b"></div><script>
  const b = document.getElementById("b");
  let x = 0, last = 0;
  const go = (now) => { x += (now - last) * 0.4; last = now;
    b.style.transform = `translateX(${x}px)`; requestAnimationFrame(go); };
  requestAnimationFrame(go);</script>"""
LATE = """<style>#b { position: absolute; width: 40px; height: 8px; background: #fff;
  transition: transform 0.4s linear } .on { transform: translateX(160px) }
  </style><div id="b"></div><script>
  setTimeout(() => document.getElementById("b").classList.add("on"), 150)</script>"""


@pytest.mark.thorough
@pytest.mark.parametrize("body", [BOX, DECAY, LATE], ids=["jumps", "walks", "late"])
@pytest.mark.parametrize("name", ["mp4", "webm", "mov"])
def test_chunks_of_other_processes_are_the_same_bytes(tmp_path, name, body):
    """Whatever the format, and however a worker gets to its first frame."""
    root = BLUR.format(6, 'data-motion-blur-angle="360"')
    project = write_project(tmp_path / "p", box(root, body))
    how = ("--format", name, "--fps", "10", "--segment-seconds", "0.2")
    whole, plan = tmp_path / f"whole.{name}", tmp_path / "plan"
    steps = [
        ("render", project, whole, *how, "--workers", "1"),
        ("plan", project, plan, *how, "--chunks", "3"),
        *(("chunk", plan, str(n), tmp_path / f"{n}.{name}") for n in (2, 0, 1)),
    ]

    for step in steps:
        done = run(*step)
        assert done.returncode == 0, done.stderr
    parts = [tmp_path / f"{n}.{name}" for n in range(3)]
    hf.assemble(plan, parts, tmp_path / f"apart.{name}")

    assert whole.read_bytes() == (tmp_path / f"apart.{name}").read_bytes()


COVERS = "<style>video {{ position: absolute; inset: 0 }}</style>"


@pytest.mark.thorough
def test_footage_shows_one_picture_at_a_time(renderer, tmp_path):
    """A frame of a film is not two of its source; at a cut it is half of each side."""
    source = tmp_path / "p" / "v.mp4"
    source.parent.mkdir()
    white, grey = (f"color=c={c}:s=64x32:r=10:d=0.3" for c in ("white", "0x808080"))
    ffmpeg(
        *("-f", "lavfi", "-i", white, "-f", "lavfi", "-i", grey),
        *("-filter_complex", "concat=n=2", "-pix_fmt", "yuv420p", source),
    )
    video = '<video src="v.mp4" data-start="{}" data-duration="{}" muted></video>'
    body = f"{COVERS}{video}{video}"
    html = composition(
        body.format(0.2, 0.6, 0.8, 0.2),
        duration=1.2,
        root=BLUR.format(4, 'data-motion-blur-angle="180"'),
    )

    found = [int(row[20]) for row in rows(drawn(renderer, tmp_path, html))]

    # It appears, goes from white to grey between two frames, is cut, and disappears.
    wanted = [0, 0, 128, 255, 255, 128, 128, 128, 192, 255, 128, 0]
    assert np.abs(np.subtract(found, wanted)).max() <= 3


@pytest.mark.thorough
def test_a_still_is_the_films_picture(renderer, tmp_path):
    """Alone, as pixels that are read, it is what is asked for as a file."""
    project = write_project(tmp_path / "p", box())
    chunk = drawn(renderer, tmp_path, box())

    still = renderer.still(project, frame=3, fps=10)

    alone = np.asarray(Image.open(io.BytesIO(still.data)).convert("RGB"))[4, :, 0]
    assert alone.tolist() == rows(chunk)[3].tolist()
