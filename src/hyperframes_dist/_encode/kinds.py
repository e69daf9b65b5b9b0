"""
Parts of an output, segments and chunks: made from frames, joined, checked.

A part is a coded stream, or a tar of pictures where the output is pictures or is made
from all of them at once. Which one, the format's row says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .._model.formats import find_format
from .._model.frames import FrameRange, Segment
from .._model.manifest import Content
from .._model.results import SegmentRecord
from .._tools.files import sha256_file
from ..progress import Control
from .mux import Part, check_stream, join_segments
from .pictures import check_pictures, join_pictures, write_pictures
from .segment import encode_segment


def has_pictures(content: Content) -> bool:
    """Whether parts of the output are tars of pictures."""
    return find_format(content.encoder.format).container is None


def make_part(
    frames: Iterator[bytes],
    segment: Segment,
    content: Content,
    output: Path,
    *,
    control: Control,
    raw: bool = False,
) -> SegmentRecord:
    """
    Make *frames*, which are those of *segment*, into the file *output*.

    Args:
        raw: The frames are pixels in the order blue, green, red, alpha, not files.

    Raises:
        EncodeError: The encoder failed, or the frames were not as many.
    """
    if has_pictures(content):
        write_pictures(frames, segment, output)
    else:
        encode_segment(frames, segment, content, output, control=control, raw=raw)
    return SegmentRecord(
        index=segment.index,
        start=segment.frames.start,
        stop=segment.frames.stop,
        sha256=sha256_file(output)[1],
    )


def join_parts(
    parts: Sequence[Part], content: Content, output: Path, *, control: Control
) -> None:
    """
    Join *parts*, which follow one another, into one part.

    Raises:
        EncodeError: One of them cannot be read.
    """
    if has_pictures(content):
        join_pictures([part.path for part in parts], output, control=control)
    else:
        join_segments(parts, content, output, control=control)


def check_part(
    path: Path, content: Content, frames: FrameRange, *, control: Control
) -> object:
    """
    Check that the part at *path* is the planned *frames*.

    Returns:
        What must be equal in all parts that are to be joined.

    Raises:
        AssembleError: It is not.
    """
    if has_pictures(content):
        return check_pictures(path, content, frames, control=control)
    stream = check_stream(path, content, len(frames), control)
    return (stream.codec, stream.size, stream.extradata)
