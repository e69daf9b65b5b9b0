"""Every output frame shows the frame of its source that arithmetic says, in its place."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import attrs
import pytest

import hyperframes_dist as hf
from hyperframes_dist._media.extract import open_source
from hyperframes_dist._tools.ffmpeg import run_ffmpeg
from hyperframes_dist.errors import PageError, PlanTooLargeError
from hyperframes_dist.progress import Control
from pages import composition, write_project
from sources import HEIGHT, WIDTH, X264, write_strip, write_variable
from video import decode_grey, read_strip

RATES = ["24", "25", "30000/1001", "60"]
SECONDS = 2
# In milliseconds, as a phone writes them: bursts, a gap, a pause.
VARIABLE = [0, 17, 33, 50, 100, 133, 134, 300, 317, 333, 500, 840, 870, 900, 1200]
CONSTANT = {
    "s24": ("24", 48),
    "s30": ("30", 60),
    "s60": ("60", 120),
    "short": ("30", 10),
}


@attrs.frozen(kw_only=True)
class Row:
    """A video of the page, and what the format says it shows."""

    source: str
    start: str = "0"
    duration: str = "2"
    media_start: str = "0"
    rate: str = "1"
    loop: bool = False
    trim: str = "data-media-start"
    id: str = ""

    def tag(self, top: int) -> str:
        """The element, *top* pixels down."""
        name = f'id="{self.id}" ' if self.id else ""
        return (
            f'<video {name}src="{self.source}.mp4" muted data-start="{self.start}" '
            f'data-duration="{self.duration}" {self.trim}="{self.media_start}" '
            f'data-playback-rate="{self.rate}" {"loop" if self.loop else ""} style="'
            f"position:absolute;left:0;top:{top}px;width:{WIDTH}px;height:{HEIGHT}px"
            '"></video>'
        )

    def wanted(self, time: Fraction) -> int | None:
        """The number shown at *time*; None for nothing."""
        start, played = Fraction(self.start), time - Fraction(self.start)
        if not start <= time < start + Fraction(self.duration):
            return None
        times, natural, slack = times_of_source(self.source)
        trim = Fraction(self.media_start)
        played *= Fraction(self.rate)
        if self.loop:
            played %= natural - trim
        shown = [i for i, begin in enumerate(times) if begin <= trim + played + slack]
        return shown[-1]


def times_of_source(name: str) -> tuple[list[Fraction], Fraction, Fraction]:
    """When its frames begin, when it is over, how exact its times are."""
    if name == "variable":
        times = [Fraction(stamp, 1000) for stamp in VARIABLE]
        return times, times[-1] * 2 - times[-2], Fraction(1, 2000)
    rate, count = CONSTANT[name]
    return (
        [i / Fraction(rate) for i in range(count)],
        count / Fraction(rate),
        Fraction(0),
    )


ROWS = {
    "from 0": Row(source="s30", id="plain"),
    "at an odd start": Row(source="s24", start="0.37", duration="1.13"),
    "trimmed": Row(source="s30", media_start="0.5", duration="1", id="trim"),
    "trimmed by its other name": Row(
        source="s60", media_start="0.71", trim="data-playback-start", duration="1.2"
    ),
    "slow": Row(source="s30", rate="0.5"),
    "fast": Row(source="s30", rate="2", duration="0.9"),
    "slow and trimmed": Row(source="s60", rate="0.7", media_start="0.3", start="0.25"),
    "looped": Row(source="short", loop=True, start="0.1", duration="1.7"),
    "looped and trimmed": Row(source="short", loop=True, media_start="0.1"),
    "looped fast": Row(source="short", loop=True, rate="1.5", start="0.2"),
    "held": Row(source="short", duration="1.6", start="0.2", id="held"),
    "trimmed past its end": Row(source="short", media_start="5", duration="1"),
    "variable": Row(source="variable"),
    "variable, late and fast": Row(source="variable", start="0.4", rate="1.25"),
    "late": Row(source="s60", start="1.5", duration="9"),
    "one of two with an id": Row(source="s30", id="twin", duration="1.5"),
    "two of two with an id": Row(source="s30", id="twin", start="0.6", media_start="1"),
}


@pytest.fixture(scope="session")
def sources(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for name, (rate, count) in CONSTANT.items():
        write_strip(folder / f"{name}.mp4", rate, count)
    write_variable(folder / "variable.mp4", VARIABLE, Fraction(1, 1000))
    return folder


def project_of(place: Path, sources: Path, html: str) -> Path:
    files = {path.name: path.read_bytes() for path in sources.glob("*.*")}
    used = {name: data for name, data in files.items() if name in html}
    return write_project(place / "project", html, **used)


def render_whole_and_cut(renderer, project: Path, place: Path, **settings) -> Path:
    """The video of *project*, made in one chunk and in three, of equal bytes."""
    found = {}
    for chunks in (3, 1):
        config = hf.RenderConfig(
            chunks=chunks, segment_seconds=Fraction(1, 2), quality="high", **settings
        )
        planned = renderer.plan(project, place / f"plan-{chunks}", config)
        paths = [place / f"{chunks}-{i}.mp4" for i in range(planned.chunk_count)]
        for index in reversed(range(planned.chunk_count)):
            renderer.render_chunk(planned.path, index, paths[index])
        found[chunks] = hf.assemble(planned.path, paths, place / f"{chunks}.mp4")
    assert found[1].sha256 == found[3].sha256
    return found[1].path


def read_number(frame, top: int = 0) -> int | None:
    """The number in the strip at *top*; None where it is all black."""
    return read_strip(frame[top : top + HEIGHT]) - 1 if _lit(frame, top) else None


def _lit(frame, top: int) -> bool:
    return bool(frame[top : top + HEIGHT].max() > 128)


@pytest.mark.thorough
@pytest.mark.parametrize("rate", RATES)
def test_each_frame_shows_its_source_frame(renderer, sources, tmp_path, rate):
    """Starts, trims, rates, loops, held frames, variable rates; whole and in chunks."""
    body = "".join(row.tag(i * HEIGHT) for i, row in enumerate(ROWS.values()))
    size = {"width": WIDTH, "height": HEIGHT * len(ROWS), "duration": SECONDS}
    project = project_of(tmp_path, sources, composition(body, **size))

    output = render_whole_and_cut(renderer, project, tmp_path, fps=rate)

    frames = decode_grey(output, size["width"], size["height"])
    assert len(frames) == math.ceil(SECONDS * Fraction(rate) - Fraction(1, 1000))
    for index, (name, row) in enumerate(ROWS.items()):
        shown = [read_number(frame, index * HEIGHT) for frame in frames]
        wanted = [row.wanted(i / Fraction(rate)) for i in range(len(frames))]
        assert wanted == shown, name


@pytest.mark.thorough
@pytest.mark.parametrize("rate", RATES)
def test_cuts_double_no_frame(renderer, sources, tmp_path, rate):
    """Clips back to back show one frame each time, with none twice and none missing."""
    cuts = ["0", "0.4", "0.8", "1.1", "1.7"]
    rows = [
        Row(
            source="s60",
            start=begin,
            duration=str(Fraction(end) - Fraction(begin))
            if "/" not in str(Fraction(end) - Fraction(begin))
            else f"{float(Fraction(end) - Fraction(begin)):g}",
            media_start=begin,
        )
        for begin, end in zip(cuts, [*cuts[1:], "2"], strict=True)
    ]
    html = composition("".join(row.tag(0) for row in rows), width=WIDTH, duration=2)
    project = project_of(tmp_path, sources, html)

    output = render_whole_and_cut(renderer, project, tmp_path, fps=rate)

    frames = decode_grey(output, WIDTH, HEIGHT)
    times = [i / Fraction(rate) for i in range(len(frames))]
    assert [math.floor(t * 60) for t in times] == [read_number(f) for f in frames]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("start", ["0.6667", "0.3334", "0.033334"])
def test_a_video_begins_with_its_clip(sources, tmp_path, start):
    """A start rounded to a few digits is no frame without the picture."""
    row = Row(source="s30", start=start, duration="0.3333")
    box = (
        f'<div data-start="{start}" data-duration="0.3333" style="position:absolute;'
        f'left:0;top:{HEIGHT}px;width:8px;height:8px;background:#fff"></div>'
    )
    size = {"width": WIDTH, "height": 2 * HEIGHT, "duration": 1.2}
    project = project_of(tmp_path, sources, composition(row.tag(0) + box, **size))
    config = hf.RenderConfig(fps=30, quality="high")

    output = hf.render(project, tmp_path / "out.mp4", config)

    frames = decode_grey(output.path, WIDTH, 2 * HEIGHT)
    seen = [(_lit(frame, 0), _lit(frame, HEIGHT)) for frame in frames]
    assert {(True, True), (False, False)} == set(seen)


def test_only_shown_packets_are_planned(renderer, tmp_path):
    """The plan holds the groups some output frame needs, each for its readers."""
    write_strip(
        tmp_path / "keys.mp4", "60", 300, *X264, "-g", "60", "-sc_threshold", "0"
    )
    tag = Row(source="keys", start="0.5", duration="1", media_start="1.25", rate="2")
    html = composition(tag.tag(0), width=WIDTH, duration=2)
    project = project_of(tmp_path, tmp_path, html)
    config = hf.RenderConfig(fps=10, chunks=4, segment_seconds=Fraction(1, 2))

    planned = renderer.plan(project, tmp_path / "plan", config)

    (row,) = planned.content.footage
    assert [(60, 120), (120, 180), (180, 240)] == [(r.first, r.stop) for r in row.runs]
    readers = {a.path: a.segments for a in planned.content.artifacts}
    # Whoever begins with the next segment shows the last frame before it, unseen, and
    # whoever ends before it looks at its first one.
    assert [(0, 1), (1, 2), (2, 3)] == [readers[r.parts[0].path] for r in row.runs]
    assert readers[row.head] == (0, 1, 2, 3)
    # The source itself is not there once more.
    assert not [path for path in readers if path.endswith(".mp4")]
    assert hf.recompute_plan_hash(planned.path) == planned.plan_hash
    assert hf.verify_plan(planned.path).content.videos == planned.content.videos


def test_a_chunk_reads_its_own_pictures_alone(renderer, sources, tmp_path):
    """A chunk renders where the pictures of other chunks are not."""
    html = composition(Row(source="s30").tag(0), width=WIDTH, duration=2)
    project = project_of(tmp_path, sources, html)
    config = hf.RenderConfig(fps=30, chunks=4, segment_seconds=Fraction(1, 2))
    planned = renderer.plan(project, tmp_path / "plan", config)
    whole = renderer.render_chunk(planned.path, 2, tmp_path / "whole.mp4")
    for artifact in planned.content.artifacts:
        if artifact.segments is not None and 2 not in artifact.segments:
            (planned.path / artifact.path).unlink()

    alone = renderer.render_chunk(planned.path, 2, tmp_path / "alone.mp4")

    assert whole.sha256 == alone.sha256


def test_clips_of_one_source_share_its_packets(renderer, sources, tmp_path):
    """What two elements show lies in the plan once."""
    rows = [Row(source="s30", id="a"), Row(source="s30", id="b", start="0.5")]
    html = composition("".join(row.tag(0) for row in rows), width=WIDTH, duration=1)
    project = project_of(tmp_path, sources, html)

    planned = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=30))

    assert {"frames/a"} == {video.folder for video in planned.content.videos}
    # Beside them the picture that frame 0 shows, which is every segment's.
    (row,) = planned.content.footage
    packets = [part.path for run in row.runs for part in run.parts]
    assert ["frames/a/0.jpg", *packets, "media/a/head.mkv"] == [
        artifact.path
        for artifact in planned.content.artifacts
        if not artifact.path.startswith("compiled/")
    ]


SCRIPTED = """<script>
  addEventListener("hf-seek", ({ detail: { time } }) => {
    if (time < 0.4 || document.querySelector("video")) return;
    document.querySelector("#root").insertAdjacentHTML("beforeend", `VIDEO`);
  });
</script>"""


@pytest.mark.thorough
def test_a_script_may_put_a_video_into_the_page(renderer, sources, tmp_path):
    """A video that is not in the document is found, and shown from its start on."""
    row = Row(source="s30", start="0.5", duration="1")
    body = SCRIPTED.replace("VIDEO", row.tag(0))
    project = project_of(tmp_path, sources, composition(body, width=WIDTH, duration=2))

    output = render_whole_and_cut(renderer, project, tmp_path, fps=10)

    frames = decode_grey(output, WIDTH, HEIGHT)
    wanted = [row.wanted(Fraction(i, 10)) for i in range(20)]
    assert wanted == [read_number(frame) for frame in frames]


CANVAS = """<canvas id="c" width="160" height="32" style="position:absolute;top:32px;left:0">
</canvas><script>
  const draw = () => {
    const video = document.querySelector("video");
    if (video.readyState < 2) return;
    PAINT
  };
  addEventListener("hf-seek", draw);
</script>"""
PAINT_2D = """
    const context = c.getContext("2d");
    context.fillRect(0, 0, 160, 32);
    context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight);"""
PAINT_GL = """
    const gl = c.getContext("webgl", { preserveDrawingBuffer: true });
    if (!window.program) {
      const shader = (kind, text) => {
        const made = gl.createShader(kind);
        gl.shaderSource(made, text);
        gl.compileShader(made);
        gl.attachShader(program, made);
      };
      window.program = gl.createProgram();
      shader(gl.VERTEX_SHADER, "attribute vec2 p; varying vec2 v; void main()" +
        "{ v = p * vec2(.5, -.5) + .5; gl_Position = vec4(p, 0., 1.); }");
      shader(gl.FRAGMENT_SHADER, "precision highp float; varying vec2 v;" +
        "uniform sampler2D t; void main() { gl_FragColor = texture2D(t, v); }");
      gl.linkProgram(program);
      gl.useProgram(program);
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      const corners = new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]);
      gl.bufferData(gl.ARRAY_BUFFER, corners, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(0);
      gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
        gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
      for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
        gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
    }
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, video);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);"""


@pytest.mark.sampled(1)
@pytest.mark.parametrize("paint", [PAINT_2D, PAINT_GL], ids=["2d", "webgl"])
def test_a_canvas_paints_the_frame_of_its_time(renderer, sources, tmp_path, paint):
    """A script that draws a video draws the picture of this frame, not the last one's."""
    body = Row(source="s30").tag(0) + CANVAS.replace("PAINT", paint)
    html = composition(body, width=WIDTH, height=64, duration=1)
    project = project_of(tmp_path, sources, html)

    output = render_whole_and_cut(renderer, project, tmp_path, fps=15)

    frames = decode_grey(output, WIDTH, 64)
    assert [2 * i for i in range(15)] == [
        read_number(frame, HEIGHT) for frame in frames
    ]


def test_packets_without_a_frame_do_not_count(renderer, tmp_path):
    """VP8's hidden reference frames have packets and times, but are never shown."""
    codec = (
        "-c:v",
        "libvpx",
        "-auto-alt-ref",
        "1",
        "-lag-in-frames",
        "16",
        "-b:v",
        "1M",
    )
    write_strip(tmp_path / "a.webm", "30", 60, *codec)
    tag = Row(source="a").tag(0).replace(".mp4", ".webm")
    project = project_of(tmp_path, tmp_path, composition(tag, width=WIDTH, duration=2))

    output = hf.render(project, tmp_path / "out.mp4", hf.RenderConfig(fps=30))

    frames = decode_grey(output.path, WIDTH, HEIGHT)
    assert list(range(60)) == [read_number(frame) for frame in frames]


def test_far_into_a_source_is_sought(renderer, sources, tmp_path):
    """A clip from the end of a long source is as exact as one from its start."""
    write_strip(tmp_path / "long.mp4", "30", 900)
    tag = Row(source="long", media_start="27.3").tag(0)
    project = project_of(tmp_path, tmp_path, composition(tag, width=WIDTH, duration=1))

    output = hf.render(project, tmp_path / "out.mp4", hf.RenderConfig(fps=30))

    frames = decode_grey(output.path, WIDTH, HEIGHT)
    assert [819 + i for i in range(30)] == [read_number(frame) for frame in frames]


@pytest.mark.parametrize("data", [b"no video at all", b""])
def test_a_source_nobody_can_decode_is_refused(renderer, tmp_path, data):
    """Planning fails, and names the source."""
    html = composition(Row(source="a").tag(0), width=WIDTH)
    project = write_project(tmp_path / "project", html, **{"a.mp4": data})

    with pytest.raises(PageError, match=r"a\.mp4"):
        renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=10))


def test_pictures_count_for_the_plans_size(renderer, sources, tmp_path):
    """A plan that extraction makes too large is refused."""
    project = project_of(
        tmp_path, sources, composition(Row(source="s60").tag(0), width=WIDTH)
    )
    used = sum(path.stat().st_size for path in project.iterdir())
    limits = hf.Limits(plan_bytes=used + 450_000)

    with pytest.raises(PlanTooLargeError):
        renderer.plan(
            project, tmp_path / "plan", hf.RenderConfig(fps=60, limits=limits)
        )


def test_a_file_that_says_much(tmp_path):
    """What an encoder writes of itself into every frame hides none of the facts."""
    path, uuid = tmp_path / "x.mp4", "086f3693-b7b3-4f2c-9653-21492feee5b8"
    words = f"h264_metadata=sei_user_data={uuid}+{'x' * 9000}"
    pattern = "testsrc=s=64x36:r=10:d=0.3"
    args: list[str | Path] = ["-f", "lavfi", "-i", pattern, "-c:v", "libx264"]
    args += ["-pix_fmt", "yuv420p", "-bsf:v", words, path]
    run_ffmpeg(args, what="cannot make a clip", control=Control())

    source = open_source(path, "x", control=Control())

    assert (64, 36, "yuv420p") == (source.width, source.height, source.pixels)
