"""Every output format: one plan, one output; exact times; right colours, alpha and size."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from fractions import Fraction
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

import hyperframes_dist as hf
from contents import make_content
from hyperframes_dist._encode import segment as _encode
from hyperframes_dist._encode.kinds import kind_in
from hyperframes_dist._encode.mux import Part, _list_parts
from hyperframes_dist._encode.pictures import read_pictures
from hyperframes_dist._model.formats import FORMATS, find_codec, find_format
from hyperframes_dist._model.frames import FrameRange, FrameRate
from hyperframes_dist._model.manifest import Content
from hyperframes_dist._tools.ffmpeg import find_ffmpeg, run_ffmpeg
from hyperframes_dist._tools.files import sha256_file
from hyperframes_dist.errors import AssembleError, InputError
from hyperframes_dist.progress import Control
from pages import composition, strip_page, write_project
from video import describe, read_strip, times_of

ROWS = [(name, codec) for name, row in FORMATS.items() for codec in row.codecs]
STREAMS = [(name, codec) for name, codec in ROWS if FORMATS[name].container]
RATED = [(name, codec) for name, codec in ROWS if find_codec(name, codec).bitrate]

each = pytest.mark.parametrize(("name", "codec"), ROWS)


def decode(path: Path, width: int, height: int) -> np.ndarray:
    """Every frame as ``(frames, height, width, 4)``, alpha last."""
    if path.is_dir():
        files = [Image.open(file).convert("RGBA") for file in sorted(path.iterdir())]
        return np.stack([np.array(file) for file in files])
    if path.suffix == ".tar":
        pictures = [Image.open(io.BytesIO(data)) for _, data in read_pictures([path])]
        return np.stack([np.array(file.convert("RGBA")) for file in pictures])
    # The decoder ffmpeg would choose leaves the alpha plane out.
    own = ["-c:v", "libvpx-vp9"] if "vp9" in describe(path) else []
    args = [find_ffmpeg(), "-v", "error", "-nostdin", *own, "-i", path, "-map", "0:v:0"]
    args += ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgba", "-"]
    done = subprocess.run(args, check=True, capture_output=True, timeout=120)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 4)


def contents_of(path: Path) -> dict[str, bytes]:
    """Every file of an output: one, or a directory's."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return {"" if file == path else file.name: file.read_bytes() for file in files}


def is_near(times, rate: Fraction, ticks: int | None) -> bool:
    """Whether each time is its frame's, to the nearest tick."""
    near = Fraction(1, 2 * ticks) if ticks else 0
    return all(abs(time - i / rate) <= near for i, time in enumerate(times))


def in_chunks(
    renderer: hf.Renderer, project: Path, place: Path, chunks: int, **settings: object
) -> hf.OutputResult:
    """Render *project* chunk by chunk, the last chunk first."""
    config = hf.RenderConfig(chunks=chunks, **settings)
    planned = renderer.plan(project, place / "plan", config)
    paths = _chunk_paths(planned, place)
    for index in reversed(range(planned.chunk_count)):
        renderer.render_chunk(planned.path, index, paths[index])
    return hf.assemble(planned.path, paths, place / f"out{config.format_row.suffix}")


def _chunk_paths(planned: hf.Plan, place: Path) -> list[Path]:
    suffix = find_format(planned.content.encoder.format).part_suffix
    return [place / f"{index:04}{suffix}" for index in range(planned.chunk_count)]


@pytest.mark.sampled(2)
@each
def test_one_chunk_or_many(renderer, tmp_path, name, codec):
    """The same frames and the same bytes, each frame at its time, none lost."""
    project = write_project(tmp_path / "project", strip_page(0.3))
    settings = {"format": name, "codec": codec, "fps": "30000/1001", "quality": "draft"}
    settings["segment_seconds"] = Fraction(2 * 1001, 30000)

    one = in_chunks(renderer, project, tmp_path / "1", 1, **settings)
    many = in_chunks(renderer, project, tmp_path / "4", 4, **settings)

    assert contents_of(one.path) == contents_of(many.path)
    assert (one.sha256, one.size) == (many.sha256, many.size)
    assert (one.width, one.height, one.frame_count) == (160, 32, 9)
    frames = decode(one.path, 160, 32)[:, :, :, 0]
    assert list(range(9)) == [read_strip(frame) for frame in frames]
    if one.path.is_file():
        ticks = FORMATS[name].ticks
        assert is_near(times_of(one.path), Fraction(30000, 1001), ticks)


# Below, frames are drawn by Pillow: what is shown holds for any picture.


def draw_strip(number: int, size: tuple[int, int]) -> bytes:
    """A PNG with *number* in sixteen cells, its last eight rows half transparent."""
    picture = Image.new("RGBA", size, "#000")
    pencil = ImageDraw.Draw(picture)
    for cell in range(16):
        if (number >> (15 - cell)) & 1:
            pencil.rectangle([cell * 10, 0, cell * 10 + 9, size[1]], "#fff")
    strength = Image.new("L", size, 255)
    strength.paste(128, (0, size[1] - 8, size[0], size[1]))
    picture.putalpha(strength)
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "png")
    return data.getvalue()


def make_segments(content: Content, folder: Path, draw) -> list[Path]:
    """Every segment of *content*, its frames from *draw*."""
    folder.mkdir()
    paths = []
    for segment in content.segments:
        suffix = find_format(content.encoder.format).part_suffix
        paths.append(folder / f"{segment.index}{suffix}")
        frames = (draw(frame, content.frame_size) for frame in segment.frames)
        kind_in(content).make(frames, segment, content, paths[-1], control=Control())
    return paths


def _parts(paths: list[Path], content: Content) -> list[Part]:
    """*paths*, each one segment of *content*."""
    rows = zip(paths, content.segments, strict=True)
    return [Part(path, len(segment.frames)) for path, segment in rows]


def _join(parts: list[Part], content: Content, output: Path) -> Part:
    kind_in(content).join(parts, content, output, control=Control())
    return Part(output, sum(part.length for part in parts))


def _publish_gif(parts: list[Part], content: Content, output: Path) -> None:
    kind_in(content).publish(
        parts,
        content,
        output,
        sound=None,
        checking=lambda: None,
        control=Control(),
    )


SOME = [("24", 2), ("24000/1001", 7), ("30000/1001", 1), ("50", 3)]
ALL = [
    (rate, length)
    for rate in ("24", "24000/1001", "30000/1001", "48", "50", "60")
    for length in (1, 2, 7, 60)
]


def _check_grouping(tmp_path, name, codec, rate, length):
    count = 4 * length + 1
    # Of the quality whose pictures are coded out of order, where a codec has one.
    quality = "standard" if codec == "h264" else "draft"
    content = make_content(
        name, codec, count=count, rate=rate, length=length, quality=quality
    )
    suffix = FORMATS[name].part_suffix
    parts = _parts(make_segments(content, tmp_path / "parts", draw_strip), content)

    once = _join(parts, content, tmp_path / f"once{suffix}").path
    left = _join(parts[:1], content, tmp_path / f"left{suffix}")
    right = _join(parts[1:], content, tmp_path / f"right{suffix}")
    grouped = _join([left, right], content, tmp_path / f"grouped{suffix}").path

    assert once.read_bytes() == grouped.read_bytes()
    kind_in(content).check(once, content, FrameRange(0, count), control=Control())
    shown = decode(once, 160, 32)
    assert list(range(count)) == [read_strip(frame) for frame in shown[:, :, :, 0]]
    if find_codec(name, codec).alpha:
        assert shown[:, 4, :, 3].min() >= 250
        assert np.abs(shown[:, 28, :, 3].astype(int) - 128).max() <= 12
    if FORMATS[name].container:
        assert is_near(times_of(once), Fraction(rate), FORMATS[name].ticks)


@given(
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=200),
    rate=st.sampled_from(["24000/1001", "30", "60000/1001", "120", "240000/1001"]),
)
def test_roundings_of_joined_parts_do_not_add_up(lengths, rate):
    """However many parts are joined, the next one starts within half a microsecond."""
    content = make_content("mp4", "h264", count=sum(lengths), rate=rate)
    parts = [Part(Path(f"{i}.mp4"), length) for i, length in enumerate(lengths)]

    lines = _list_parts(parts, content).splitlines()

    told = [line.split()[1] for line in lines if line.startswith("duration ")]
    ticks = [int(length.removesuffix("us")) for length in told]
    for frames, end in zip(accumulate(lengths), accumulate(ticks), strict=True):
        assert abs(frames / Fraction(rate) * 1_000_000 - end) <= Fraction(1, 2)


def test_pictures_come_out_of_order(tmp_path):
    """What the exactness of joined times is worth testing for."""
    content = make_content("mp4", "h264", count=14, quality="standard")
    parts = _parts(make_segments(content, tmp_path / "parts", draw_strip), content)
    path = _join(parts, content, tmp_path / "out.mp4").path

    done = run_ffmpeg(
        ["-i", path, "-c", "copy", "-f", "framecrc", "-"], what="x", control=Control()
    )
    rows = [line for line in done.stdout.decode().splitlines() if line[0] != "#"]
    times = [int(row.split(",")[2]) for row in rows]

    assert times != sorted(times)
    assert sorted(times) == [
        times[0] + n * (times[7] - times[0]) // 7 for n in range(14)
    ]


@pytest.mark.sampled(8)
@each
@pytest.mark.parametrize(("rate", "length"), SOME)
def test_grouping_leaves_no_trace(tmp_path, name, codec, rate, length):
    """Segments joined in groups and then together are the segments joined at once."""
    _check_grouping(tmp_path, name, codec, rate, length)


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("name", "codec", "rate", "length"),
    [
        (name, codec, rate, length)
        for name, codec in ROWS
        for rate, length in ALL
        if Fraction(rate) <= (FORMATS[name].max_rate or Fraction(rate))
    ],
)
def test_grouping_at_every_rate(tmp_path, name, codec, rate, length):
    """The same, at every rate and length a plan of the format may have."""
    _check_grouping(tmp_path, name, codec, rate, length)


def draw_noise(
    number: int, size: tuple[int, int], *, kind: str = "png", quality: int = 95
) -> bytes:
    """A picture that is hard on an encoder: motion, texture, edges and all alphas."""
    width, height = size
    dice = np.random.default_rng(number)
    y, x = np.mgrid[0:height, 0:width]
    waves = 128 + 100 * np.sin((x + 3 * number) / 9) * np.cos((y - 2 * number) / 7)
    pixels = np.stack([waves, 255 - waves, (x * 5 + y * 3) % 256, x % 256], axis=2)
    pixels[:, :, :3] += dice.normal(0, 6, (height, width, 3))
    pixels[height // 4 : height // 2, width // 4 + number :, :3] = (240, 30, 60)
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8), "RGBA")
    if kind == "png":
        return _png(picture)
    data = io.BytesIO()
    picture.convert("RGB").save(data, kind, quality=quality)
    return data.getvalue()


# How each encoder is told to use no vector instructions, beside ffmpeg's own switch.
_SCALAR = {
    "-x264-params": ":asm=0",
    "-x265-params": ":asm=0",
    "-svtav1-params": ":asm=c",
}


def _has_avx2() -> bool:
    return "avx2" in Path("/proc/cpuinfo").read_text()


@pytest.mark.sampled(6)
@each
@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_instruction_sets_leave_no_trace(tmp_path, monkeypatch, name, codec, quality):
    """Without vector instructions, in ffmpeg and in the encoder, the bytes are the same."""
    if codec == "av1" and not _has_avx2():
        pytest.skip("SVT-AV1 gives other bytes on processors of 2012 and before")
    content = make_content(name, codec, count=10, size=(161, 91), quality=quality)

    assert _make(content, tmp_path / "plain") == _scalar(content, tmp_path, monkeypatch)


@pytest.mark.parametrize("quality", ["draft", "standard"])
@pytest.mark.parametrize("size", [(160, 90), (161, 91)])
def test_they_leave_none_in_jpeg_either(tmp_path, monkeypatch, quality, size):
    """JPEG is decoded and converted by other code, at even sizes and at odd ones."""
    content = make_content(
        "mp4", "h264", count=10, size=size, quality=quality, capture="jpeg"
    )

    assert _make(content, tmp_path / "plain") == _scalar(content, tmp_path, monkeypatch)


def _scalar(content: Content, tmp_path: Path, monkeypatch) -> object:
    """What *content* becomes without vector instructions."""
    args = _encode.segment_args
    monkeypatch.setattr(_encode, "QUIET", (*_encode.QUIET, "-cpuflags", "0"))
    monkeypatch.setattr(
        _encode, "segment_args", lambda *a, **k: _without_vectors(args(*a, **k))
    )
    monkeypatch.setenv("VPX_SIMD_CAPS", "0")
    return _make(content, tmp_path / "scalar")


def _without_vectors(args: list[str | Path]) -> list[str | Path]:
    before = [None, *args]
    return [
        f"{arg}{_SCALAR.get(str(last), '')}"
        for last, arg in zip(before, args, strict=False)
    ]


def _make(content: Content, folder: Path) -> list[bytes]:
    kind, quality = content.capture.format, content.capture.quality or 95
    draw = partial(draw_noise, kind=kind, quality=quality)
    paths = make_segments(content, folder, draw)
    if content.encoder.format == "gif":
        _publish_gif(_parts(paths, content), content, folder / "out.gif")
        paths.append(folder / "out.gif")
    return [path.read_bytes() for path in paths]


COLOURS = ["#f64f59", "#12c2e9", "#3ddc97", "#ffffff", "#000000", "#808080"]


def _cell(left: int, colour: str, style: str = "") -> str:
    return (
        f'<div style="position:absolute;left:{left}px;top:0;width:32px;height:33px;'
        f'background:{colour};{style}"></div>'
    )


def _colour_page() -> str:
    """Six flat colours, one at half strength, and a free place; 257 by 33 pixels."""
    cells = "".join(_cell(32 * n, colour) for n, colour in enumerate(COLOURS))
    cells += _cell(192, "rgba(255,0,0,.5)")
    html = composition(cells, width=257, height=33, duration=0.2)
    return html.replace("margin:0;background:#000", "margin:0;background:#ff0")


@pytest.mark.sampled(4)
@each
def test_colours_alpha_and_odd_sizes(tmp_path, name, codec):
    """What an author drew is what a player shows, to the last column and row."""
    project = write_project(tmp_path / "project", _colour_page())
    config = hf.RenderConfig(format=name, codec=codec, fps=10)
    path = tmp_path / f"out{config.format_row.suffix}"

    output = hf.render(project, path, config, workers=1)

    row = config.codec_row
    assert row.coded_size((257, 33)) == (output.width, output.height)
    frame = decode(output.path, output.width, output.height)[1].astype(int)
    wanted = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS]
    for y in (2, 16, 32):
        found = [frame[y, 32 * n + 16, :3] for n in range(len(COLOURS))]
        assert np.abs(np.array(wanted) - found).max() <= 6
    half, free = frame[32, 208], frame[32, 256]
    if row.alpha:
        assert np.abs(half - [255, 0, 0, 128]).max() <= 3
        assert free[3] <= 1
        assert (frame[:, 16:180, 3] >= 253).all()
    else:
        # Blended by Chrome with the ground the author gave the document.
        assert np.abs(half - [255, 127, 0, 255]).max() <= 6
        assert np.abs(free - [255, 255, 0, 255]).max() <= 6


def test_png_keeps_every_alpha(tmp_path):
    """All 256 strengths of a colour come out as they went in."""
    script = """<canvas id="c" width="256" height="8" style="display:block"></canvas><script>
      const context = document.getElementById("c").getContext("2d");
      for (let a = 0; a < 256; a++) {
        context.fillStyle = `rgb(255 255 255 / ${a / 255})`;
        context.fillRect(a, 0, 1, 8);
      }</script>"""
    html = composition(script, width=256, height=8, duration=0.1)
    project = write_project(tmp_path / "project", html)

    config = hf.RenderConfig(format="png-sequence", fps=10)
    output = hf.render(project, tmp_path / "out", config)

    assert list(range(256)) == decode(output.path, 256, 8)[0, 4, :, 3].tolist()


def test_only_the_document_loses_its_ground(tmp_path):
    """With alpha `body` is see-through; a composition, also one inside, keeps its own."""
    card = """<div data-composition-id="card" data-no-timeline data-start="0"
      style="position:absolute;left:8px;top:8px;width:8px;height:8px;background:#00f"></div>
      <style>body { background: #0f0 !important }
      [data-composition-id=main] { background: #f00; width: 24px !important }</style>"""
    html = composition(card, width=32, height=32, duration=0.1)
    project = write_project(tmp_path / "project", html)

    config = hf.RenderConfig(format="png-sequence", fps=10)
    output = hf.render(project, tmp_path / "out", config)

    frame = decode(output.path, 32, 32)[0]
    assert [0, 0, 255, 255] == frame[12, 12].tolist()
    assert [255, 0, 0, 255] == frame[4, 4].tolist()
    assert frame[4, 28, 3] == 0


SAID = {
    "h264": ["h264", "yuv420p(tv, bt709"],
    "h265": ["hevc (Main) (hvc1", "yuv420p(tv, bt709"],
    "av1": ["av1", "(Main)", "yuv420p(tv, bt709"],
    "vp9": ["vp9 (Profile 0)", "(tv, bt709"],
    "prores": ["prores (4444) (ap4h", "yuva444p", "(tv, bt709"],
}


@pytest.mark.parametrize(("name", "codec"), STREAMS)
def test_the_file_says_what_it_is(tmp_path, name, codec):
    """Codec, pixels, colours and tag; and its index comes first."""
    content = make_content(name, codec, count=9)
    parts = _parts(make_segments(content, tmp_path / "parts", draw_strip), content)
    path = _join(parts, content, tmp_path / f"out{FORMATS[name].suffix}").path

    said, data = describe(path), path.read_bytes()

    assert all(text in said for text in SAID[codec]), said
    index, pictures = (
        (b"\x1c\x53\xbb\x6b", b"\x1f\x43\xb6\x75")
        if name == "webm"
        else (b"moov", b"mdat")
    )
    assert data.index(index) < data.rindex(pictures)
    assert (b"\x53\xc0\x81\x01" in data) == (codec == "vp9")  # Matroska's AlphaMode.
    assert b"Lavf6" not in data
    assert b"Lavc6" not in data


@pytest.mark.parametrize("loop", [0, 3, 300])
def test_gif_repeats_as_often_as_asked(tmp_path, loop):
    """A GIF plays again and again, or so often, with the colours of all its frames."""
    content = make_content("gif", "gif", count=9)
    content = attrs.evolve(content, encoder=attrs.evolve(content.encoder, loop=loop))
    parts = make_segments(content, tmp_path / "parts", draw_strip)

    _publish_gif(_parts(parts, content), content, tmp_path / "out.gif")

    said = b"NETSCAPE2.0\x03\x01" + loop.to_bytes(2, "little") + b"\x00"
    assert said in (tmp_path / "out.gif").read_bytes()


def _text_page() -> str:
    body = """<div style="font:20px sans-serif;color:#fff;padding:4px">Sharp edges</div>
      <div style="width:40px;height:40px;border-radius:20px;background:#f40"></div>
      <script>window.addEventListener("hf-seek", () => {
        document.documentElement.dataset.ratio = devicePixelRatio;
        if (innerWidth !== 161 || innerHeight !== 81) throw new Error("another size");
      });</script>"""
    return composition(body, width=161, height=81, duration=0.1)


def _sharpness(picture: Image.Image) -> float:
    """Squared steps between neighbours: a soft edge has smaller ones."""
    pixels = np.array(picture).astype(float)
    grey = pixels[:, :, :3].mean(axis=2) * pixels[:, :, 3] / 255
    return sum(float((np.diff(grey, axis=axis) ** 2).sum()) for axis in (0, 1))


def test_output_scale_draws_finer(tmp_path, renderer):
    """Twice the size; edges are as sharp as they can be, and the page kept its size."""
    project = write_project(tmp_path / "project", _text_page())
    pictures = {}

    for scale in (1, 2):
        config = hf.RenderConfig(format="png-sequence", output_scale=scale, fps=10)
        output = hf.render(project, tmp_path / str(scale), config)
        assert (161 * scale, 81 * scale) == (output.width, output.height)
        frame = decode(output.path, output.width, output.height)[0]
        pictures[scale] = Image.fromarray(frame)

    enlarged = pictures[1].resize((322, 162), Image.Resampling.BICUBIC)
    assert _sharpness(pictures[2]) > 1.5 * _sharpness(enlarged)
    reduced = np.array(pictures[2].resize((161, 81), Image.Resampling.BOX)).astype(int)
    assert np.abs(reduced - np.array(pictures[1])).mean() < 6


@pytest.mark.parametrize("name", ["mp4", "mov", "gif"])
def test_output_scale_in_every_kind(tmp_path, name):
    """Chunks and outputs are checked against the larger size, which is never odd."""
    project = write_project(tmp_path / "project", _text_page())
    config = hf.RenderConfig(format=name, output_scale=2, fps=10, quality="draft")

    output = hf.render(project, tmp_path / f"out.{name}", config, workers=1)

    assert (output.width, output.height) == (322, 162)
    assert decode(output.path, 322, 162).shape == (1, 162, 322, 4)


def test_scale_counts_against_the_limit_of_pixels(tmp_path, renderer):
    """A frame's pixels are counted, not the page's."""
    project = write_project(tmp_path / "project", composition(width=100, height=100))
    limits = hf.Limits(pixels=39_999)

    with pytest.raises(InputError, match="200x200"):
        renderer.plan(
            project, tmp_path / "plan", hf.RenderConfig(output_scale=2, limits=limits)
        )


@pytest.fixture(scope="module")
def numbered(renderer, tmp_path_factory):
    """A plan of two chunks for any format, made once: ``numbered(name, codec)``."""
    folder = tmp_path_factory.mktemp("numbered")
    project, made = write_project(folder / "project", strip_page(0.4)), {}

    def make(name: str, codec: str) -> tuple[hf.Plan, list[Path]]:
        if (name, codec) not in made:
            config = hf.RenderConfig(
                format=name, codec=codec, fps=10, chunks=2, segment_seconds=0.2
            )
            place = folder / f"{name}-{codec}"
            planned = renderer.plan(project, place / "plan", config)
            paths = _chunk_paths(planned, place)
            for index, path in enumerate(paths):
                renderer.render_chunk(planned.path, index, path)
            made[name, codec] = planned, paths
        return made[name, codec]

    return make


def _copy(path: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    for source in (path, path.with_name(path.name + ".json")):
        (folder / source.name).write_bytes(source.read_bytes())
    return folder / path.name


def _reseal(path: Path) -> None:
    """Make the sidecar of *path* agree with its bytes, as a forger would."""
    sidecar = path.with_name(path.name + ".json")
    row = json.loads(sidecar.read_bytes())
    row["size"], row["sha256"] = sha256_file(path)
    sidecar.write_text(json.dumps(row))


@pytest.mark.sampled(3)
@each
def test_a_changed_chunk_is_refused(tmp_path, numbered, name, codec):
    """One flipped bit, or the wrong frames under a right digest, is an AssembleError."""
    planned, (first, second) = numbered(name, codec)
    flipped = _copy(second, tmp_path / "flipped")
    data = bytearray(flipped.read_bytes())
    data[len(data) // 2] ^= 1
    flipped.write_bytes(data)
    parts = FORMATS[name].part_suffix
    longer = _copy(second, tmp_path / "longer")
    chunks = _parts([first, second], planned.content)
    both = _join(chunks, planned.content, tmp_path / f"both{parts}")
    longer.write_bytes(both.path.read_bytes())
    _reseal(longer)
    output = tmp_path / f"out{FORMATS[name].suffix}"

    with pytest.raises(AssembleError, match="sha256"):
        hf.assemble(planned.path, [first, flipped], output)
    with pytest.raises(AssembleError, match="planned"):
        hf.assemble(planned.path, [first, longer], output)

    assert not output.exists()


def test_pictures_are_checked_one_by_one(tmp_path, numbered):
    """A tar with a torn picture, another size or a foreign name makes no output."""
    planned, (first, second) = numbered("png-sequence", "png")
    good = dict(read_pictures([second]))
    name = next(iter(good))
    bad = {
        "not a whole PNG": {**good, name: good[name][:-20]},
        "planned 160x32, found 80x32": {**good, name: draw_strip(1, (80, 32))},
        "found ../evil.png": {"../evil.png": good[name], **dict([*good.items()][1:])},
    }

    for number, (reason, pictures) in enumerate(bad.items()):
        forged = _copy(second, tmp_path / str(number))
        with tarfile.open(forged, "w", format=tarfile.USTAR_FORMAT) as tar:
            for member, data in pictures.items():
                row = tarfile.TarInfo(member)
                row.size = len(data)
                tar.addfile(row, io.BytesIO(data))
        _reseal(forged)
        with pytest.raises(AssembleError, match=reason):
            hf.assemble(planned.path, [first, forged], tmp_path / "out")

    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "evil.png").exists()


def test_chunk_tars_say_nothing_of_the_machine(numbered):
    """Names, sizes and bytes of pictures; no time, user or mode of this machine."""
    _, paths = numbered("png-sequence", "png")

    with tarfile.open(paths[1]) as tar:
        rows = tar.getmembers()

    assert [row.name for row in rows] == ["frame_000003.png", "frame_000004.png"]
    assert {(0, 0, 0, "", "", 0o644)} == {
        (row.mtime, row.uid, row.gid, row.uname, row.gname, row.mode) for row in rows
    }


def test_a_directory_of_pictures_is_replaced_whole(tmp_path, numbered):
    """An earlier, longer render goes; a person's file stops the render and stays."""
    planned, paths = numbered("png-sequence", "png")
    output = tmp_path / "out"
    output.mkdir()
    for number in range(1, 9):
        (output / f"frame_{number:06}.png").write_bytes(b"old")

    made = hf.assemble(planned.path, paths, output)
    (output / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt"):
        hf.assemble(planned.path, paths, output)

    pictures = sorted(output.glob("frame_*.png"))
    assert [f"frame_{n:06}.png" for n in range(1, 5)] == [p.name for p in pictures]
    assert made.size == sum(path.stat().st_size for path in pictures)
    assert (output / "notes.txt").read_text() == "mine"
    assert [output] == list(tmp_path.iterdir())


def test_a_directory_is_never_put_through_a_link_or_over_a_file(tmp_path, numbered):
    """What is there and is no earlier render stays as it is."""
    planned, paths = numbered("png-sequence", "png")
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "file").write_text("mine")

    for name in ("link", "file"):
        with pytest.raises(InputError, match="not a directory"):
            hf.assemble(planned.path, paths, tmp_path / name)

    assert (tmp_path / "file").read_text() == "mine"
    assert not [*(tmp_path / "target").iterdir()]


def test_pictures_as_one_tar(tmp_path, numbered):
    """Named .tar, the output is one file with the same pictures."""
    planned, paths = numbered("png-sequence", "png")

    folder = hf.assemble(planned.path, paths, tmp_path / "out")
    single = hf.assemble(planned.path, paths, tmp_path / "out.tar")

    assert contents_of(folder.path) == dict(read_pictures([single.path]))
    assert sha256_file(single.path) == (single.size, single.sha256)


class NoChrome:
    """A source that is never asked for a browser."""

    def executable(self):
        raise AssertionError("a browser was asked for")


@pytest.mark.parametrize(
    ("name", "output", "advice"),
    [
        ("webm", "out.mp4", "name it out.webm, or ask for format mp4"),
        ("mov", "out", "name it out.mov"),
        ("gif", "out.avi", "name it out.gif"),
        ("png-sequence", "out.mp4", "name it out, or out.tar"),
        ("png-sequence", "out.png", "name it out, or out.tar"),
    ],
)
def test_a_wrong_name_is_refused_before_any_work(tmp_path, name, output, advice):
    """The message says what to do; no browser starts for it."""
    config = hf.RenderConfig(format=name)

    with pytest.raises(InputError) as caught:
        hf.render(tmp_path / "nowhere", tmp_path / output, config, chrome=NoChrome())

    assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"format": "avi"}, "mp4, webm, mov, png-sequence, gif"),
        ({"codec": "vp9"}, "h264, h265, av1"),
        ({"codec": ""}, "h264, h265, av1"),
        ({"crf": 52}, "0 to 51"),
        ({"codec": "h265", "crf": -1}, "0 to 51"),
        ({"format": "webm", "crf": 64}, "0 to 63"),
        ({"format": "mov", "crf": 10}, "takes no crf"),
        ({"format": "mov", "bitrate": "4M"}, "takes no bitrate"),
        ({"format": "png-sequence", "bitrate": "4M"}, "takes no bitrate"),
        ({"format": "gif", "crf": 0}, "takes no crf"),
        ({"format": "gif", "gif_loop": -1}, "gif_loop"),
        ({"gif_loop": 2}, "gif_loop is for GIF, not for mp4"),
        ({"format": "gif", "fps": 60}, "at most 50"),
        ({"output_scale": 0}, "1/16 to 8"),
        ({"output_scale": True}, "1/16 to 8"),
        ({"output_scale": 9}, "1/16 to 8"),
    ],
)
def test_settings_are_checked_per_codec(settings, reason):
    """Each codec takes what it can use, and says so."""
    with pytest.raises(InputError, match=reason):
        hf.RenderConfig(**settings)


def test_a_declared_rate_is_checked_like_a_given_one(renderer, tmp_path):
    """A composition that declares 60 frames per second is no GIF as it is."""
    html = composition(root='data-no-timeline data-fps="60"')
    project = write_project(tmp_path / "project", html)

    with pytest.raises(InputError, match="at most 50"):
        renderer.plan(project, tmp_path / "plan", hf.RenderConfig(format="gif"))


def draw_scene(number: int, size: tuple[int, int]) -> bytes:
    """A PNG of one of four unlike scenes in which a card moves."""
    scene, step = divmod(number, 8)
    ground, card = [
        *[("#101828", "#f64f59"), ("#f2efe6", "#12326e")],
        *[("#3ddc97", "#101010"), ("#ffffff", "#12c2e9")],
    ][scene % 4]
    picture = Image.new("RGBA", size, ground)
    pencil = ImageDraw.Draw(picture)
    left, top = 20 + 9 * step, 20 + 30 * (scene % 3)
    pencil.rounded_rectangle([left, top, left + 90, top + 50], 12, card)
    for row in range(0, size[1], 12):
        pencil.line([(size[0] // 2, row), (size[0], row + 5 * scene)], card)
    return _png(picture)


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("name", "codec"), STREAMS)
@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_a_cut_is_a_cut(tmp_path, name, codec, quality):
    """Every frame is near what was drawn, also the first ones after a change of scene."""
    size = (480, 270)
    content = make_content(name, codec, count=30, length=30, size=size, quality=quality)
    parts = make_segments(content, tmp_path / "parts", draw_scene)

    width, height = find_codec(name, codec).coded_size(size)
    # Brightness alone: coded colours have half the sharpness, whatever the encoder does.
    brightness = np.array([0.2126, 0.7152, 0.0722])
    shown = decode(parts[0], width, height)[:, : size[1], : size[0], :3] @ brightness

    errors = []
    for number, frame in enumerate(shown):
        drawn = np.array(Image.open(io.BytesIO(draw_scene(number, size))))
        errors.append(((frame - drawn[:, :, :3] @ brightness) ** 2).mean())

    # 32 dB, what H.265's fastest preset makes of the third scene from its start to its end.
    assert max(errors) < 40
    for scene in range(0, 30, 8):
        usual = np.median(errors[scene : scene + 8])
        # No frame stands out but within 35 dB, where AV1's preset 9 had 25 at the first cut.
        assert max(errors[scene : scene + 8]) < max(1.5 * usual, 20), scene


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("name", "codec"), RATED)
def test_crf_and_bitrate_reach_the_encoder(tmp_path, name, codec):
    """A lower rate factor costs bytes; a bitrate is kept roughly."""
    content = make_content(name, codec, count=20, size=(160, 96), length=20)
    settings = [{"crf": 12}, {"crf": 45}, {"crf": None, "bitrate": "200k"}]
    sizes = []

    for number, setting in enumerate(settings):
        encoder = attrs.evolve(content.encoder, **setting)
        asked = attrs.evolve(content, encoder=encoder)
        parts = make_segments(asked, tmp_path / str(number), draw_noise)
        sizes.append(parts[0].stat().st_size)

    assert sizes[0] > 2.5 * sizes[1]
    assert 200_000 / 8 * 20 / 30 * 0.2 < sizes[2] < 200_000 / 8 * 20 / 30 * 4


def test_the_command_line_goes_by_the_name(tmp_path):
    """``render … film.gif`` makes a GIF; the help lists formats and codecs."""
    project = write_project(tmp_path / "project", strip_page(0.3))
    command = [sys.executable, "-m", "hyperframes_dist", "render"]
    args = [project, tmp_path / "film.gif", "--fps", "10", "--output-scale", "2"]

    made, helped = (
        subprocess.run(
            [*command, *rest], check=False, capture_output=True, text=True, timeout=60
        )
        for rest in (args, ["--help"])
    )

    assert made.returncode == 0, made.stderr
    assert "320x64, 3 frames" in made.stdout
    assert (tmp_path / "film.gif").read_bytes()[:6] == b"GIF89a"
    text = " ".join(helped.stdout.split())
    assert "mp4|webm|mov|png-sequence|gif" in text
    assert "mp4: h264, h265, av1" in text


def test_gif_ticks_are_the_nearest():
    """No rate a GIF takes puts two frames closer than browsers honour."""
    for rate in ("24", "30000/1001", "50", "1"):
        exact = FrameRate.parse(rate).fraction
        ticks = [round(100 * i / exact) for i in range(200)]
        assert min(b - a for a, b in pairwise(ticks)) >= 2
