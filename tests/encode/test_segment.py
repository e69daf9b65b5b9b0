"""The colour conversion before the encoder, held against exact arithmetic."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from contents import make_content
from hyperframes_dist._encode.segment import (
    TimedPixels,
    encode_segment,
    feed_ffmpeg,
    segment_args,
    stays,
)
from hyperframes_dist._model.frames import FrameRange, Segment
from hyperframes_dist.progress import Control
from sound import ffmpeg

SIZE = (64, 48)
# Kr and Kb of ITU-R BT.601 and BT.709.
BT601, BT709 = (0.299, 0.114), (0.2126, 0.0722)
SCALER = (
    "scale=in_range=full:in_color_matrix=bt601:out_range=tv:out_color_matrix=bt709:"
    "flags=bicubic+accurate_rnd+bitexact,format=yuv420p"
)


def matrix(red: float, blue: float) -> np.ndarray:
    """From RGB to Y'CbCr, as the Recommendations derive it."""
    luma = np.array([red, 1 - red - blue, blue])
    blue_row = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
    red_row = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
    return np.array([luma, blue_row, red_row])


def planes(data: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y, Cb and Cr of one 4:2:0 frame."""
    width, height = SIZE
    luma, chroma = width * height, width * height // 4
    values = np.frombuffer(data, np.uint8).astype(float)
    shape = (height // 2, width // 2)
    return (
        values[:luma].reshape(height, width),
        values[luma : luma + chroma].reshape(shape),
        values[luma + chroma :].reshape(shape),
    )


def exact(source: bytes) -> tuple[np.ndarray, ...]:
    """Full BT.601 as limited BT.709, unrounded; a chroma sample covers four of luma."""
    turn = matrix(*BT709) @ np.linalg.inv(matrix(*BT601))
    luma, blue, red = planes(source)
    blue, red = blue - 128, red - 128
    wide = [np.kron(each, np.ones((2, 2))) for each in (blue, red)]
    # A shift of luma moves no chroma: the first column of both its rows is nought.
    return (
        16 + (luma + turn[0, 1] * wide[0] + turn[0, 2] * wide[1]) * 219 / 255,
        128 + (turn[1, 1] * blue + turn[1, 2] * red) * 224 / 255,
        128 + (turn[2, 1] * blue + turn[2, 2] * red) * 224 / 255,
    )


@pytest.fixture
def picture(tmp_path):
    """A JPEG of soft colours, none of which leaves the range."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    waves = [128 + 60 * np.sin(x / a + y / b) for a, b in ((5, 9), (11, 4), (7, 7))]
    data = io.BytesIO()
    pixels = np.stack(waves, axis=2).astype(np.uint8)
    Image.fromarray(pixels).save(data, "jpeg", quality=95)
    path = tmp_path / "picture.jpg"
    path.write_bytes(data.getvalue())
    return path


def converted(picture, graph: str) -> tuple[np.ndarray, ...]:
    args = ("-i", picture, "-vf", graph, "-pix_fmt", "yuv420p", "-f", "rawvideo", "-")
    return planes(ffmpeg(*args))


def errors(picture, graph: str) -> list[float]:
    """How far each plane is from the exact one, at most."""
    source = ffmpeg("-i", picture, "-pix_fmt", "yuvj420p", "-f", "rawvideo", "-")
    pairs = zip(converted(picture, graph), exact(source), strict=True)
    return [float(np.abs(found - wanted).max()) for found, wanted in pairs]


def test_jpeg_is_converted_to_the_nearest_level(picture, tmp_path):
    """No sample is further off than rounding; ffmpeg's scaler is."""
    content = make_content("mp4", "h264", count=1, size=SIZE, capture="jpeg")
    args = segment_args(content, tmp_path / "out.mp4")

    assert max(errors(picture, str(args[args.index("-vf") + 1]))) < 0.51
    assert max(errors(picture, SCALER)) > 1


def exact_of_pixels(pixels: np.ndarray) -> tuple[np.ndarray, ...]:
    """RGB as limited BT.709, unrounded; a chroma sample is the mean of its four pixels."""
    luma, blue, red = np.tensordot(matrix(*BT709), pixels.astype(float), (1, 2))
    means = [
        (each[::2, ::2] + each[::2, 1::2] + each[1::2, ::2] + each[1::2, 1::2]) / 4
        for each in (blue, red)
    ]
    chroma = [128 + each * 224 / 255 for each in means]
    return (16 + luma * 219 / 255, *chroma)


def test_pixels_are_converted_to_the_nearest_level(tmp_path):
    """Whatever a frame that was read shows, no sample is further off than rounding."""
    content = make_content("mp4", "h264", count=1, size=SIZE)
    args = segment_args(content, tmp_path / "out.mp4", raw=True)
    pixels = np.random.default_rng(7).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    opaque = np.full((SIZE[1], SIZE[0], 1), 255, np.uint8)
    frame = np.concatenate([pixels[..., ::-1], opaque], axis=2).tobytes()
    file = tmp_path / "frame.mkv"
    file.write_bytes(b"".join(TimedPixels([frame], content).parts()))

    args[args.index("pipe:0")] = file
    graph = str(args[args.index("-vf") + 1])
    source = args[: args.index("-i") + 2]
    found = planes(ffmpeg(*source, "-vf", graph, "-f", "rawvideo", "-"))

    pairs = zip(found, exact_of_pixels(pixels), strict=True)
    assert max(np.abs(plane - wanted).max() for plane, wanted in pairs) < 0.52


def plain(number: int) -> bytes:
    """A frame of one colour, and another one for each *number*."""
    colour = bytes((40 * number % 256, 90 * number % 256, 200, 255))
    return colour * (SIZE[0] * SIZE[1])


def pictures(numbers: list[int]) -> list[bytes]:
    """A frame for each of *numbers*, the very same where a number comes again."""
    made = {number: plain(number) for number in numbers}
    return [made[number] for number in numbers]


def fed_one_by_one(frames, content, output):
    """*frames* encoded into *output* as raw pixels, however often they repeat."""
    args = segment_args(content, output, raw=True)
    shape = ("-pixel_format", "bgra", "-video_size", "{}x{}".format(*SIZE))
    source = ("-f", "rawvideo", *shape, "-framerate", str(content.frame_rate))
    rest = args[args.index("-vf") :]
    feed_ffmpeg(
        frames, [*source, "-i", "pipe:0", *rest], "a segment", control=Control()
    )
    return output.read_bytes()


STILL = [1] * 30
MOVING = [*range(12)]
MIXED = [1] * 5 + [2, 3] + [4] * 17 + [5]
CODECS = (
    *(("mp4", "h264"), ("mp4", "h265"), ("webm", "vp9"), ("mp4", "av1")),
    *(("mov", "prores"),),
)


@pytest.mark.parametrize(
    ("row", "numbers", "rate"),
    [
        *((("mp4", "h264"), numbers, "30") for numbers in (STILL, MOVING, MIXED, [1])),
        *(
            (("mp4", "h264"), MIXED, rate)
            for rate in ("24000/1001", "30000/1001", "60")
        ),
        *((row, MIXED, "30000/1001") for row in CODECS[1:]),
    ],
    ids=str,
)
def test_a_repeated_frame_is_told_and_not_given_again(row, numbers, rate, tmp_path):
    """A segment has the bytes it has when each of its frames is fed."""
    content = make_content(*row, count=len(numbers), size=SIZE, rate=rate)
    frames = pictures(numbers)
    segment = Segment(0, FrameRange(0, len(frames)))
    suffix = f".{row[0]}"

    told = tmp_path / f"told{suffix}"
    encode_segment(frames, segment, content, told, control=Control(), raw=True)

    one_by_one = fed_one_by_one(frames, content, tmp_path / f"fed{suffix}")
    assert one_by_one == told.read_bytes()


def test_no_frame_stays_so_long_that_an_encoder_waits_for_it():
    """Frames that follow each other and are the same become one, eight at most."""
    frames = pictures(MIXED)

    found = [(frame, count) for frame, count in stays(frames, most=8)]

    wanted = [(1, 5), (2, 1), (3, 1), (4, 8), (4, 8), (4, 1), (5, 1)]
    assert [(plain(number), count) for number, count in wanted] == found
