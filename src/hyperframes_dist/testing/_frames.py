"""
Golden frames: pictures a composition is held against, and what differs made visible.

Pictures are compared decoded, pixel by pixel; files may be coded in any way.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Unpack

from .._encode.pictures import picture_size
from .._encode.still import Still
from .._model.checks import check_number
from .._model.config import RenderConfig
from .._model.results import Plan
from .._model.settings import PageSettings, Time
from .._pipeline.renderer import Renderer
from .._tools.ffmpeg import run_ffmpeg
from .._tools.files import write_file
from ..progress import Control

_FAILED = "failed"
_PNG = ("-f", "png_pipe")


def assert_frames(
    source: Plan | Path | str,
    golden_dir: Path | str,
    at: Iterable[Time] | None = None,
    config: RenderConfig | None = None,
    *,
    frames: Iterable[int] | None = None,
    tolerance: int = 0,
    update: bool = False,
    renderer: Renderer | None = None,
    **settings: Unpack[PageSettings],
) -> None:
    """
    Hold frames of a composition against pictures that were found right.

    With one toolchain the same composition has the same pixels everywhere, so that none may
    differ. Of a frame that does, what was drawn and where it differs is written into
    ``failed`` in *golden_dir*; a frame that is right again takes its files away.

    Args:
        source: Directory of the composition, or a plan; only read.
        golden_dir: Where the pictures lie, ``000096.png`` for frame 96.
        at: Times in seconds of the frames to look at.
        config: How the page is shown; None takes the defaults.
        frames: Numbers of frames, instead of *at*.
        tolerance: How far a channel of a pixel may differ, from 0 to 255.
        update: Write the pictures instead, as they are drawn now.
        renderer: Draws them, with its warm browser; None starts a browser for this call.
        settings: Fields of `RenderConfig`, over *config*.

    Raises:
        AssertionError: A frame differs, or there is no picture of it.
        HyperframesError: As `hyperframes_dist.stills` raises.
    """
    check_number("tolerance", tolerance, 0, 255)
    folder = Path(golden_dir)
    with Renderer() if renderer is None else _Lent(renderer) as drawing:
        drawn = drawing.stills(source, at, config, frames=frames, **settings)
    if update:
        for still in drawn:
            still.save(_golden(folder, still))
    wrong = [_compare(folder, still, tolerance) for still in drawn]
    if any(wrong):
        raise AssertionError("\n".join(filter(None, wrong)))


class _Lent:
    """A renderer that stays its owner's."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def __enter__(self) -> Renderer:
        return self._renderer

    def __exit__(self, *_: object) -> None:
        pass


def _golden(folder: Path, still: Still) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{still.frame:06d}.png"


def _compare(folder: Path, still: Still, tolerance: int) -> str:
    """What is wrong with *still*; nothing where it is right."""
    golden, failed = _golden(folder, still), folder / _FAILED
    seen = failed / f"{golden.stem}.drawn.png"
    difference = failed / f"{golden.stem}.difference.png"
    for old in (seen, difference):
        old.unlink(missing_ok=True)
    name = f"frame {still.frame} at {float(still.time):g} s"
    if not golden.is_file():
        return f"{name}: no picture {golden}; draw it with update=True, --update-frames"
    size, drawn = picture_size(golden.read_bytes()), (still.width, still.height)
    if golden.read_bytes() == still.data:
        _leave(failed)
        return ""
    pixels, most = (0, 256) if size != drawn else _differ(golden, still, tolerance)
    if most <= tolerance:
        _leave(failed)
        return ""
    failed.mkdir(exist_ok=True)
    write_file(seen, still.data)
    if size != drawn:
        return f"{name} is {drawn[0]}x{drawn[1]}, {golden} {size[0]}x{size[1]}: {seen}"
    _draw_difference(golden, seen, difference)
    return (
        f"{name}: {pixels} of {size[0] * size[1]} pixels differ from {golden}, by {most} "
        f"of 255 at most: {difference}"
    )


def _leave(folder: Path) -> None:
    """Remove *folder* once nothing lies in it."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _differ(golden: Path, still: Still, tolerance: int) -> tuple[int, int]:
    """How many pixels differ by more than *tolerance*, and the largest difference."""
    with tempfile.TemporaryDirectory(prefix="hyperframes-dist-frames-") as place:
        picture = Path(place, "drawn.png")
        picture.write_bytes(still.data)
        one, other = _pixels(golden, Path(place)), _pixels(picture, Path(place))
    if one == other:
        return 0, 0
    steps = bytes(abs(a - b) for a, b in zip(one, other, strict=True))
    largest = (max(steps[n : n + 4]) for n in range(0, len(steps), 4))
    return sum(step > tolerance for step in largest), max(steps)


def _pixels(picture: Path, place: Path) -> bytes:
    raw = place / "pixels"
    run_ffmpeg(
        [*_PNG, "-i", picture, "-f", "rawvideo", "-pix_fmt", "rgba", "-y", raw],
        what="a golden frame",
        control=Control(),
    )
    return raw.read_bytes()


def _draw_difference(golden: Path, drawn: Path, output: Path) -> None:
    """What differs, as bright as can be, on black."""
    bright = "[0]format=gbrp[a];[1]format=gbrp[b];[a][b]blend=all_mode=difference,"
    bright += "lutrgb=r='min(val*255,255)':g='min(val*255,255)':b='min(val*255,255)'"
    run_ffmpeg(
        [
            *_PNG,
            "-i",
            golden,
            *_PNG,
            "-i",
            drawn,
            "-filter_complex",
            bright,
            "-y",
            output,
        ],
        what="a difference",
        control=Control(),
    )
