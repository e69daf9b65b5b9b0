"""
Captured pictures, as files, made as small as those of the output.

Videos are made smaller by their encoder; this is for outputs that are pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from .._model.manifest import Content
from .._tools.files import work_dir
from ..progress import Control
from .segment import PLAIN, feed_ffmpeg, picture_input, shrink_filters

_ALONE = ("-threads", "1", "-filter_threads", "1")
_EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1")


def is_smaller(content: Content) -> bool:
    """Whether pictures of the output are smaller than captured ones."""
    return content.output_size != content.frame_size


def shrink_pictures(
    pictures: Iterable[bytes], content: Content, beside: Path, *, control: Control
) -> Iterator[bytes]:
    """
    *pictures* as PNG files of the output's size.

    Args:
        beside: What lies in the file system they may be put in meanwhile.

    Raises:
        EncodeError: ffmpeg failed.
    """
    pixels = "rgba" if content.capture.transparent else "rgb24"
    chain = ",".join((PLAIN, *shrink_filters(content), f"format={pixels}"))
    with work_dir(beside) as folder:
        args: list[str | Path] = [*_ALONE, *picture_input(content), "-vf", chain]
        args += ["-fps_mode", "passthrough", "-c:v", "png", *_EXACT]
        args += ["-f", "image2", "-start_number", "0", folder / "%d.png"]
        count = feed_ffmpeg(pictures, args, "smaller pictures", control=control)
        for number in range(count):
            yield (folder / f"{number}.png").read_bytes()
