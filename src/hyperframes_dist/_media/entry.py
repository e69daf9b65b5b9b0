"""
Where decoding can begin: what a container calls a key frame, looked at.

A stream may call a frame key from which a player gets a right picture only after a while.
"""

from __future__ import annotations

from collections.abc import Iterator

_SIZE = 4  # Bytes before each unit, as mp4 and Matroska are written.

_H264_IDR, _H264_SEI = 5, 6
_RECOVERY_POINT = 6
# Its count of frames until the picture is right, as one bit for none, and that it is then
# exactly right.
_AT_ONCE = 0xC0
_HEVC_FIRST, _HEVC_LAST = 16, 21
_HEVC_PARAMETERS = 32

_VP9_SUPERFRAME = 0xC0


def can_begin(codec: str, data: memoryview) -> bool:
    """
    Whether a decoder of *codec* that begins with the packet *data*, which its container
    calls key, gives the right picture of it and of all that are shown after it.
    """
    if codec == "h264":
        return any(map(_is_h264_entry, _units(data)))
    if codec == "hevc":
        kinds = [(unit[0] >> 1) & 0x3F for unit in _units(data)]
        coded = [kind for kind in kinds if kind < _HEVC_PARAMETERS]
        return bool(coded) and _HEVC_FIRST <= coded[0] <= _HEVC_LAST
    return True


def is_shown(codec: str, data: memoryview) -> bool:
    """Whether the packet *data* holds a frame that is shown."""
    if codec != "vp9" or not data or (data[-1] & 0xE0) == _VP9_SUPERFRAME:
        return True
    # frame_marker, two bits of the profile, one reserved in the highest of them,
    # show_existing_frame, frame_type, show_frame.
    first = data[0]
    shift = 0 if first & 0x30 == 0x30 else 1
    return bool((first >> (shift + 2)) & 1) or bool((first >> shift) & 1)


def _is_h264_entry(unit: memoryview) -> bool:
    kind = unit[0] & 0x1F
    if kind == _H264_SEI:
        return any(
            name == _RECOVERY_POINT and bool(body) and body[0] & _AT_ONCE == _AT_ONCE
            for name, body in _messages(unit[1:])
        )
    return kind == _H264_IDR


def _units(data: memoryview) -> Iterator[memoryview]:
    """The units of a packet; none from where it is not what it says."""
    at = 0
    while at + _SIZE < len(data):
        size = int.from_bytes(data[at : at + _SIZE])
        at += _SIZE
        if not 0 < size <= len(data) - at:
            return
        yield data[at : at + size]
        at += size


def _messages(body: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The messages of a unit of supplemental information, by their types."""
    at = 0
    while at + 2 < len(body):
        numbers = []
        for _ in range(2):
            number = 0
            while at < len(body) and body[at] == 0xFF:
                number, at = number + 0xFF, at + 1
            if at >= len(body):
                return
            numbers.append(number + body[at])
            at += 1
        name, size = numbers
        yield name, body[at : at + size]
        at += size
