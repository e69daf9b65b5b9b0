"""The pictures of a video have the pixels its source means."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from hyperframes_dist._browser.camera import open_camera
from hyperframes_dist._browser.launch import launch
from hyperframes_dist._model.frames import FrameRange
from hyperframes_dist.progress import Control
from pages import composition, write_project
from sources import X264, ffmpeg, write_exact, write_flat


def still(renderer, place: Path, source: Path, *, under: str = "#000") -> np.ndarray:
    """One frame of a page that shows *source*, stretched, on the colour *under*."""
    body = (
        f'<div style="position:absolute;inset:0;background:{under}"></div><video '
        f'src="{source.name}" muted data-start="0" data-duration="1" style="'
        'position:absolute;inset:0;width:100%;height:100%;object-fit:fill"></video>'
    )
    html = composition(body, width=64, height=64)
    project = write_project(
        place / "project", html, **{source.name: source.read_bytes()}
    )
    config = hf.RenderConfig(fps=2, quality="high")
    planned = renderer.plan(project, place / "plan", config)
    control = Control()
    with (
        launch(hf.default_chrome(), control=control) as browser,
        open_camera(browser, planned.path, planned.content, control) as camera,
    ):
        (picture,) = camera.frames(FrameRange(0, 1))
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)


# By name: shares of red and blue in brightness, what ffmpeg calls the matrix, range, pixels.
COLORS = {
    "bt601": (0.299, 0.114, "smpte170m", "tv", "yuv420p"),
    "bt709": (0.2126, 0.0722, "bt709", "tv", "yuv420p"),
    "bt709, full": (0.2126, 0.0722, "bt709", "pc", "yuv420p"),
    "bt601, full": (0.299, 0.114, "smpte170m", "pc", "yuv420p"),
    "bt2020": (0.2627, 0.0593, "bt2020nc", "tv", "yuv420p"),
    "4:4:4": (0.2126, 0.0722, "bt709", "tv", "yuv444p"),
    "ten bits": (0.2126, 0.0722, "bt709", "tv", "yuv420p10le"),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", sorted(COLORS))
def test_colors_are_what_the_source_means(renderer, tmp_path, name):
    """Matrix and range are converted, so a flat colour stays what it was."""
    wanted = [(200, 50, 20), (20, 200, 50), (20, 50, 200), (128, 128, 128)]
    source = write_exact(tmp_path / "flat.mp4", wanted, *COLORS[name])

    frame = still(renderer, tmp_path, source)

    for index, color in enumerate(wanted):
        quarter = frame[32 * (index // 2) :, 32 * (index % 2) :][8:24, 8:24]
        # Rounded to eight bits four times: the source, its RGB, its picture, that one's RGB.
        assert np.abs(quarter.mean((0, 1)) - color).max() <= 3


UNTAGGED = (
    "h264_metadata=colour_primaries=2:transfer_characteristics=2:matrix_coefficients=2"
)


def test_untagged_sources_are_guessed_by_height(renderer, tmp_path):
    """Without a word on its colours a source is BT.601, and from 720 lines on BT.709."""
    found = {}
    for height, matrix in ((64, "bt601"), (720, "bt709")):
        filters = f"format=gbrp,scale=out_color_matrix={matrix},format=yuv420p"
        codec = ("-vf", filters, "-c:v", "libx264", "-crf", "5", "-bsf:v", UNTAGGED)
        place = tmp_path / str(height)
        place.mkdir()
        source = write_flat(place / "a.mp4", "0xc83214", *codec, size=f"64x{height}")
        found[height] = still(renderer, place, source)[32, 32].tolist()

    assert all(
        np.abs(np.array(v) - [0xC8, 0x32, 0x14]).max() <= 5 for v in found.values()
    )


@pytest.mark.parametrize("codec", ["libvpx-vp9", "libvpx", "prores_ks", "qtrle"])
def test_alpha_lets_the_page_through(renderer, tmp_path, codec):
    """What the source leaves out shows what lies below it, half as much where half."""
    suffix = ".webm" if "vpx" in codec else ".mov"
    alpha = "format=rgba,geq=r=255:g=0:b=0:a='if(lt(X,22),0,if(lt(X,44),128,255))'"
    extra = ("-auto-alt-ref", "0", "-b:v", "2M") if "vpx" in codec else ()
    pixels = {"prores_ks": "yuva444p10le", "qtrle": "argb"}.get(codec, "yuva420p")
    extra += ("-profile:v", "4444") if codec == "prores_ks" else ()
    source = write_flat(
        tmp_path / f"a{suffix}",
        "red",
        "-vf",
        alpha,
        "-c:v",
        codec,
        "-pix_fmt",
        pixels,
        *extra,
    )

    row = still(renderer, tmp_path, source, under="#00f")[32]

    for x, wanted in {8: [0, 0, 255], 32: [128, 0, 127], 56: [255, 0, 0]}.items():
        assert np.abs(row[x] - wanted).max() <= 12, x


def test_a_phones_video_is_upright(renderer, tmp_path):
    """A source that says it lies on its side is turned, as a player turns it."""
    flat = ("-f", "lavfi", "-i", "color=red:s=64x32:r=10:d=1")
    ffmpeg(*flat, "-vf", "drawbox=0:0:16:32:lime:fill", *X264, tmp_path / "flat.mp4")
    turn, source = ("-display_rotation", "90"), tmp_path / "a.mp4"
    ffmpeg(*turn, "-i", tmp_path / "flat.mp4", "-c", "copy", source)

    frame = still(renderer, tmp_path, source)

    # Turned by 90 degrees against the clock, the left edge is at the bottom.
    assert frame[56, 32, 1] > 200
    assert frame[8, 32, 0] > 200
