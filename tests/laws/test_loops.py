"""``data-loop`` decides how often a picture that moves is shown, wherever a worker begins."""

from __future__ import annotations

import io

import pytest
from PIL import Image

import hyperframes_dist as hf
from bars import pictures
from pages import composition, write_project

COLOURS = {"r": (255, 0, 0), "g": (0, 255, 0), "b": (0, 0, 255)}
STYLE = "<style>img { display: block; width: 10px; height: 10px }</style>"
CONFIG = hf.RenderConfig(fps=10, format="png-sequence", segment_seconds=0.3, chunks=5)


def moving(kind: str, loop: int | None) -> bytes:
    """Red, green and blue, a tenth of a second each; *loop* as its file says it."""
    first, *rest = (Image.new("RGB", (8, 8), colour) for colour in COLOURS.values())
    options = {} if loop is None else {"loop": loop}
    if kind == "WEBP":
        options["lossless"] = True
    file = io.BytesIO()
    first.save(file, kind, save_all=True, append_images=rest, duration=100, **options)
    return file.getvalue()


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("kind", "loop"),
    [("GIF", None), ("GIF", 0), ("GIF", 4), *(("PNG", n) for n in (0, 1)), ("WEBP", 1)],
)
def test_a_picture_is_shown_as_often_as_its_element_says(
    renderer, tmp_path, kind, loop
):
    """For ever or once, whatever the file says; workers in any place show the same."""
    name = f"a.{kind.lower()}"
    html = composition(
        f'<img alt="" data-loop src="{name}"><img alt="" data-loop="no" src="/{name}">',
        head=STYLE,
    )
    project = write_project(tmp_path / "project", html, **{name: moving(kind, loop)})

    plan = renderer.plan(project, tmp_path / "plan", CONFIG)
    shown = {index: drawn(renderer, plan, index) for index in (3, 0, 2, 1)}

    forever, once = ("".join(shown[index][row] for index in range(4)) for row in (0, 1))
    assert ("rgbrgbrgbr", "rgbbbbbbbb") == (forever, once)


def drawn(renderer, plan, index: int) -> tuple[str, str]:
    """The colours of both pictures in the frames of a chunk."""
    chunk = plan.path.parent / f"{index}.tar"
    renderer.render_chunk(plan.path, index, chunk)
    frames = [Image.open(io.BytesIO(each)).convert("RGB") for each in pictures(chunk)]
    names = {colour: name for name, colour in COLOURS.items()}
    return tuple(
        "".join(names.get(frame.getpixel((5, y)), "?") for frame in frames)
        for y in (5, 15)
    )
