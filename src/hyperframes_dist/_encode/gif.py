"""
Pictures become one GIF: colours chosen from all frames, then all frames drawn in them.

Made once, from every picture of the output, so that it cannot show how the work was dealt
out. Two passes over the tars; nothing is unpacked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .._model.manifest import Content
from ..progress import Control
from .pictures import read_pictures
from .segment import PLAIN, feed_ffmpeg, picture_input

_ONE_THREAD = ("-threads", "1", "-filter_threads", "1", "-filter_complex_threads", "1")
_FOR_EVER = ("-loop", "0")
# Chrome's PNG has an alpha plane even where nothing is transparent.
_OPAQUE = f"{PLAIN},format=rgb24"


def make_gif(
    parts: Sequence[Path], content: Content, output: Path, *, control: Control
) -> None:
    """
    Make the pictures in the tars *parts* into the GIF *output*, which repeats for ever.

    Raises:
        EncodeError: ffmpeg fails, or a tar cannot be read.
    """
    palette = output.with_suffix(".palette.png")
    what = f"cannot make {output.name}"
    first: list[str | Path] = [
        *_ONE_THREAD,
        *picture_input(content),
        *("-vf", f"{_OPAQUE},palettegen=stats_mode=diff:reserve_transparent=0"),
        *("-frames:v", "1", "-f", "image2pipe", "-c:v", "png", palette),
    ]
    graph = f"[0:v]{_OPAQUE}[a];[a][1:v]paletteuse=dither={content.encoder.preset}"
    second: list[str | Path] = [
        *_ONE_THREAD,
        *picture_input(content),
        *("-f", "png_pipe", "-i", palette),
        *("-lavfi", graph, "-fps_mode", "passthrough", "-c:v", "gif"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", *_FOR_EVER),
        *("-f", "gif", output),
    ]
    try:
        for args in (first, second):
            feed_ffmpeg(_data(parts), args, what, control=control)
    finally:
        palette.unlink(missing_ok=True)


def _data(parts: Sequence[Path]) -> Iterator[bytes]:
    return (picture for _, picture in read_pictures(parts))
