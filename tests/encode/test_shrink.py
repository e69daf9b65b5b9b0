"""An output that is smaller than its page: each pixel is the mean of those it covers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from hyperframes_dist.errors import InputError
from pages import composition, write_project
from video import decode_rgb

# Columns of one pixel, white and black, beside a red field: grey where they are halved.
STRIPES = composition(
    '<div style="position:absolute;inset:0 32px 0 0;background:repeating-linear-gradient('
    '90deg,#fff 0 1px,#000 1px 2px)"></div>'
    '<div style="position:absolute;inset:0 0 0 32px;background:#f00"></div>',
    duration=0.5,
)
HALF = {"fps": 4, "quality": "high", "output_scale": 0.5, "segment_seconds": 0.25}


@pytest.fixture(scope="module")
def renderer():
    """One that every test here shares."""
    with hf.Renderer(workers=1) as renderer:
        yield renderer


@pytest.fixture
def project(tmp_path):
    return write_project(tmp_path / "project", STRIPES)


def is_right(picture: np.ndarray) -> bool:
    """Whether *picture*, 32 by 16, is the page's at half its size."""
    found = picture.astype(int)
    grey = np.abs(found[2:-2, 2:13] - 128).max() <= 3
    red = np.abs(found[2:-2, 19:-2] - [255, 0, 0]).max() <= 6
    return (16, 32, 3) == found.shape and bool(grey and red)


@pytest.mark.parametrize("capture", ["lossless", "jpeg"])
def test_a_video_at_half_the_size(renderer, project, tmp_path, capture):
    """Its size is told, and chunks of other cuts are the same bytes."""
    config = hf.RenderConfig(**HALF, capture=capture)

    whole = renderer.render(project, tmp_path / "whole.mp4", config)
    planned = renderer.plan(project, tmp_path / "plan", config.replace(chunks=2))
    parts = [tmp_path / f"{index}.mp4" for index in range(planned.chunk_count)]
    for index in reversed(range(planned.chunk_count)):
        renderer.render_chunk(planned.path, index, parts[index])
    apart = hf.assemble(planned.path, parts, tmp_path / "apart.mp4")

    assert (32, 16) == (whole.width, whole.height)
    assert whole.sha256 == apart.sha256
    assert all(is_right(frame) for frame in decode_rgb(whole.path, 32, 16))


def test_pictures_and_stills_at_half_the_size(renderer, project, tmp_path):
    """Pictures, and the still, are one another's."""
    config = hf.RenderConfig(**HALF, format="png-sequence")

    folder = renderer.render(project, tmp_path / "out", config)
    still = renderer.still(project, 0, config)

    (first, second) = (Image.open(path) for path in sorted(folder.path.iterdir()))
    assert is_right(np.asarray(first.convert("RGB")))
    assert first.tobytes() == second.tobytes()
    still.save(tmp_path / "still.png")
    shown = np.asarray(Image.open(tmp_path / "still.png").convert("RGB"))
    assert (shown == np.asarray(first.convert("RGB"))).all()
    assert (32, 16) == (still.width, still.height)


def test_what_is_seen_through_keeps_its_colour(renderer, tmp_path):
    """Stripes of red and nothing become a red half seen, not a darker one."""
    page = composition(
        '<div style="position:absolute;inset:0;background:repeating-linear-gradient('
        '90deg,#f00 0 1px,transparent 1px 2px)"></div>'
    )
    project = write_project(tmp_path / "project", page)

    config = hf.RenderConfig(**HALF, format="png-sequence")
    folder = renderer.render(project, tmp_path / "out", config).path

    picture = np.asarray(Image.open(min(folder.iterdir())).convert("RGBA")).astype(int)
    assert np.abs(picture[2:-2, 2:-2] - [255, 0, 0, 128]).max() <= 3


@pytest.mark.parametrize(
    ("scale", "drawn", "size"),
    [
        (1, 1, (64, 32)),
        ("2/3", 1, (43, 21)),
        (1.5, 2, (96, 48)),
        (Fraction(1, 4), 1, (16, 8)),
    ],
)
def test_a_page_is_drawn_as_fine_as_the_next_whole_number(
    renderer, project, tmp_path, scale, drawn, size
):
    """And its output is the nearest whole size."""
    config = hf.RenderConfig(fps=4, output_scale=scale)

    content = renderer.plan(project, tmp_path / "plan", config).content

    assert (drawn, size) == (content.capture.scale, content.output_size)


@pytest.mark.parametrize(
    "scale", [0, -1, "half", "1/0", 0.01, 9, True, None, float("nan")]
)
def test_other_scales_are_refused(scale):
    """By name, with what is possible."""
    with pytest.raises(InputError, match=r"output_scale .* such as 2, 0.5 or '2/3'"):
        hf.RenderConfig(output_scale=scale)
