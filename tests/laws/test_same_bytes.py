"""One plan, one file: whatever the chunking, the worker, the order or the encoder's CPU."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._browser.camera import open_camera
from hyperframes_dist._browser.launch import launch
from hyperframes_dist._encode.mux import Part, join_segments
from hyperframes_dist._encode.segment import segment_args
from hyperframes_dist._model.frames import FrameRange
from hyperframes_dist._tools.ffmpeg import run_ffmpeg
from hyperframes_dist.progress import Control
from pages import strip_page, write_project
from video import decode_grey, read_strip, times_of

COMPOSITIONS = Path(__file__).parents[1] / "compositions"
RATES = ["24", "24000/1001", "30000/1001", "60"]


def in_chunks(
    renderer: hf.Renderer, project: Path, place: Path, chunks: int, **config: object
) -> hf.OutputResult:
    """Render *project* chunk by chunk, the last chunk first."""
    settings = hf.RenderConfig(chunks=chunks, **config)
    planned = renderer.plan(project, place / "plan", settings)
    paths = [place / f"{index:04}.mp4" for index in range(planned.chunk_count)]
    for index in reversed(range(planned.chunk_count)):
        renderer.render_chunk(planned.path, index, paths[index])
    return hf.assemble(planned.path, paths, place / "out.mp4")


COUNTS = [1, 3, 7, 3]


def test_chunk_count_leaves_no_trace(renderer, tmp_path):
    """1, 3 and 7 chunks, a second run and a local render give one file."""
    project, fps = COMPOSITIONS / "random-confetti", 5

    outputs = [
        in_chunks(renderer, project, tmp_path / f"{turn}-{count}", count, fps=fps)
        for turn, count in enumerate(COUNTS)
    ]
    config = hf.RenderConfig(fps=fps)
    local = hf.render(project, tmp_path / "local.mp4", config, workers=2)

    assert [_chunks_in(tmp_path / f"{t}-{c}") for t, c in enumerate(COUNTS)] == COUNTS
    assert len({local.sha256, *(output.sha256 for output in outputs)}) == 1
    assert len({local.content_hash, *(output.content_hash for output in outputs)}) == 1


def _chunks_in(place: Path) -> int:
    return len(list(place.glob("[0-9]*.mp4")))


@pytest.mark.sampled(4)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("length", [1, 2, 7, 60])
@pytest.mark.parametrize(
    ("counts", "most"),
    [((1, 7), 120), pytest.param((1, 2, 3, 7), 500, marks=pytest.mark.campaign)],
)
def test_every_frame_is_at_its_exact_time(
    renderer, tmp_path, rate, length, counts, most
):
    """Segment length and rate move no timestamp and no frame, in one chunk or seven."""
    fps = Fraction(rate)
    count = length * min(8, most // length) + (1 if length > 1 else 0)
    project = write_project(tmp_path / "project", strip_page(float(count / fps)))
    settings = {"fps": rate, "segment_seconds": length / fps, "quality": "draft"}

    outputs = {
        chunks: in_chunks(renderer, project, tmp_path / str(chunks), chunks, **settings)
        for chunks in counts
    }

    assert len({output.sha256 for output in outputs.values()}) == 1
    path = outputs[1].path
    assert [i / fps for i in range(count)] == list(times_of(path))
    assert list(range(count)) == [read_strip(f) for f in decode_grey(path, 160, 32)]


HISTORY = ["gsap-overlap", "raf-history", "waapi-group", "images", "gsap-stagger"]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", HISTORY)
def test_history_does_not_depend_on_the_worker(renderer, tmp_path, name):
    """Tweens that start late and scripts that add up look the same in every worker."""
    project = COMPOSITIONS / name
    settings = {"segment_seconds": Fraction(1, 5), "fps": 15}

    whole = in_chunks(renderer, project, tmp_path / "1", 1, **settings)
    apart = in_chunks(renderer, project, tmp_path / "7", 7, **settings)

    assert whole.sha256 == apart.sha256


def test_a_chunk_has_the_same_bytes_by_two_workers(renderer, tmp_path):
    """Each draws segments of its own, and both do."""
    settings = {"segment_seconds": Fraction(1, 5), "fps": 15, "chunks": 2}
    config = hf.RenderConfig(**settings)
    plan = renderer.plan(COMPOSITIONS / "gsap-overlap", tmp_path / "plan", config)
    alone = renderer.render_chunk(plan, 1, tmp_path / "alone.mp4")
    records = []

    with hf.Renderer() as another:
        both = another.render_chunk(
            plan, 1, tmp_path / "both.mp4", workers=2, perf=records.append
        )

    assert both == alone
    assert (tmp_path / "both.mp4").read_bytes() == (tmp_path / "alone.mp4").read_bytes()
    assert len(records[0].boots) == 2


@pytest.mark.campaign
@pytest.mark.parametrize(
    "name",
    sorted(
        path.parent.name
        for path in COMPOSITIONS.glob("*/*.html")
        if path.name == "index.html"
    ),
)
def test_every_composition_repeats(tmp_path, name):
    """Fresh browsers, other chunk counts and two workers give one file, five times."""
    project, settings = COMPOSITIONS / name, {"segment_seconds": Fraction(1, 5)}
    found = set()

    for turn in range(5):
        with hf.Renderer() as renderer:
            place = tmp_path / str(turn)
            found.add(in_chunks(renderer, project, place, 1 + turn, **settings).sha256)
    config = hf.RenderConfig(**settings)
    found.add(hf.render(project, tmp_path / "local.mp4", config, workers=2).sha256)

    assert len(found) == 1


@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_encoder_ignores_the_processors_instructions(renderer, tmp_path, quality):
    """With SIMD forced off in ffmpeg and x264 a segment's bytes are the same."""
    project = COMPOSITIONS / "gsap-stagger"
    planned = renderer.plan(
        project, tmp_path / "plan", hf.RenderConfig(quality=quality)
    )
    frames = tmp_path / "frames"
    frames.write_bytes(b"".join(_pictures(planned, 20)))
    plain, scalar = tmp_path / "plain.mp4", tmp_path / "scalar.mp4"

    _encode(planned, frames, plain)
    _encode(planned, frames, scalar, "-cpuflags", "0", asm=":asm=0")

    assert plain.read_bytes() == scalar.read_bytes()


def _pictures(planned: hf.Plan, count: int) -> list[bytes]:
    control = Control()
    with (
        launch(hf.default_chrome(), control=control) as browser,
        open_camera(browser, planned.path, planned.content, control) as camera,
    ):
        return list(camera.frames(FrameRange(0, count)))


def _encode(
    planned: hf.Plan, frames: Path, output: Path, *first: str, asm: str = ""
) -> None:
    args = segment_args(planned.content, output)
    args[args.index("pipe:0")] = frames
    params = args.index("-x264-params") + 1
    args[params] = f"{args[params]}{asm}"
    run_ffmpeg([*first, *args], what="test", control=Control())


def test_joining_joined_files_is_joining(renderer, tmp_path):
    """Segments joined in groups and then together are the segments joined at once."""
    project = write_project(tmp_path / "project", strip_page(2))
    config = hf.RenderConfig(
        segment_seconds=Fraction(1, 5), fps="30000/1001", chunks=10
    )
    planned = renderer.plan(project, tmp_path / "plan", config)
    parts = [
        Part(tmp_path / f"{segment.index}.mp4", len(segment.frames))
        for segment in planned.content.segments
    ]
    assert len(parts) == planned.chunk_count
    for index, part in enumerate(parts):
        renderer.render_chunk(planned.path, index, part.path)

    def join(parts: list[Part], name: str) -> Part:
        join_segments(parts, planned.content, tmp_path / name, control=Control())
        return Part(tmp_path / name, sum(part.length for part in parts))

    at_once = join(parts, "once.mp4")
    grouped = join(
        [join(parts[:1], "a.mp4"), join(parts[1:7], "b.mp4"), join(parts[7:], "c.mp4")],
        "grouped.mp4",
    )

    assert at_once.path.read_bytes() == grouped.path.read_bytes()
