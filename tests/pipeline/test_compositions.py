"""Compositions as authors write them: each moves, and each repeats."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

import hyperframes_dist as hf
from hyperframes_dist._tools.files import default_cache
from hyperframes_dist._tools.npm import fetch_package
from hyperframes_dist.progress import Control
from pages import composition, write_project
from video import decode_rgb, describe, times_of

COMPOSITIONS = Path(__file__).parents[1] / "compositions"
NAMES = sorted(
    path.parent.name
    for path in COMPOSITIONS.glob("*/*.html")
    if path.name == "index.html"
)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", NAMES)
def test_composition_moves_from_start_to_end(tmp_path, name):
    """Every tenth frame differs from the one before; no stretch stands still."""
    output = hf.render(COMPOSITIONS / name, tmp_path / "out.mp4")

    frames = decode_rgb(output.path, output.width, output.height).astype(int)
    assert output.frame_count == len(frames) == len(times_of(output.path))
    steps = frames[::10]
    changes = np.abs(np.diff(steps, axis=0)).max(axis=(1, 2, 3))
    assert changes.min() > 30


def test_families_are_covered():
    """At least three compositions each for the libraries authors use."""
    for family in ("css", "waapi", "gsap", "anime", "lottie"):
        assert len([name for name in NAMES if name.startswith(f"{family}-")]) >= 3


def test_output_says_what_it_is(tmp_path):
    """H.264, 4:2:0, BT.709 at limited range, and no colour profile of a picture."""
    output = hf.render(COMPOSITIONS / "odd-size", tmp_path / "out.mp4")

    said = describe(output.path)

    assert "h264 (High)" in said
    assert "yuv420p(tv, bt709, progressive)" in said
    assert "162x92" in said
    assert b"prof" not in output.path.read_bytes()[:4096]


def test_index_comes_first(tmp_path):
    """A player can start before the file has arrived."""
    output = hf.render(COMPOSITIONS / "css-spinner", tmp_path / "out.mp4")

    data = output.path.read_bytes()

    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("quality", ["draft", "standard", "high"])
def test_colours_survive(tmp_path, renderer, quality):
    """Flat colours come out as they went in, whichever way frames leave Chrome."""
    colours = ["#f64f59", "#12c2e9", "#3ddc97", "#ffffff", "#000000", "#808080"]
    cells = "".join(
        f'<div style="position:absolute;left:{32 * n}px;top:0;width:32px;height:32px;'
        f'background:{colour}"></div>'
        for n, colour in enumerate(colours)
    )
    html = composition(cells, width=192, height=32, duration=0.1)
    project = write_project(tmp_path / "project", html)

    output = hf.render(project, tmp_path / "out.mp4", hf.RenderConfig(quality=quality))

    frame = decode_rgb(output.path, 192, 32)[0].astype(int)
    wanted = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours]
    found = [frame[16, 32 * n + 16] for n in range(len(colours))]
    assert np.abs(np.array(wanted) - found).max() <= 6


@pytest.mark.thorough
def test_blank_template_renders(tmp_path):
    """The template a new HyperFrames project starts from renders as it is."""
    package = fetch_package(
        "hyperframes", "0.8.170", cache=default_cache(), control=Control()
    )
    inner = "package/dist/templates/blank/"
    with tarfile.open(package.tarball) as tar:
        data = tar.extractfile(f"{inner}index.html")
        assert data is not None
        html = data.read().decode()

    config = hf.RenderConfig(quality="draft", fps=2)
    project = write_project(tmp_path / "project", html)
    output = hf.render(project, tmp_path / "out.mp4", config)

    assert (output.width, output.height, output.frame_count) == (1920, 1080, 20)
    frame = decode_rgb(output.path, 1920, 1080)[0]
    assert frame[500:580, 800:1120].max() > 200


@pytest.mark.thorough
def test_bitrate_and_crf_change_the_size(tmp_path):
    """A lower rate factor costs bytes; a bitrate is a bitrate."""
    project = COMPOSITIONS / "gsap-stagger"
    sizes = {}

    for name, settings in {
        "crf 12": {"crf": 12},
        "crf 40": {"crf": 40},
        "80k": {"bitrate": "80k"},
    }.items():
        config = hf.RenderConfig(fps=10, **settings)
        sizes[name] = hf.render(project, tmp_path / f"{name}.mp4", config).size

    assert sizes["crf 12"] > 3 * sizes["crf 40"]
    assert 2 * 80_000 / 8 * 0.4 < sizes["80k"] < 2 * 80_000 / 8 * 2
