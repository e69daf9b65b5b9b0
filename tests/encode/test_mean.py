"""The mean of pictures, by arithmetic."""

from __future__ import annotations

import io

import attrs
import numpy as np
import pytest
from PIL import Image

from contents import make_content
from hyperframes_dist._encode.mean import means
from hyperframes_dist.progress import Control

# A piece that is compared at once holds 65,536 bytes.
SIZES = [4, 148, 65_536 + 44, 3 * 65_536]


def mean(pictures, content=None, *, raw=True):
    found = list(
        means(iter(pictures), len(pictures), content, raw=raw, control=Control())
    )
    assert len(found) == 1
    return found[0]


def halves_up(values: np.ndarray) -> np.ndarray:
    count = len(values)
    return (2 * values.astype(int).sum(0) + count) // (2 * count)


@pytest.mark.parametrize("count", [2, 3, 5, 7, 12, 32, 33, 47, 63, 64])
def test_each_value_is_rounded_halves_up(count):
    """Of any number of pictures, changing or staying, at the ends of what a byte holds."""
    dice = np.random.default_rng(count)
    for size in SIZES:
        values = dice.integers(0, 256, (count, size), dtype=np.uint8)
        values[:, : size // 4] = 255
        values[count // 2 :] = values[count // 2]
        pictures = [row.tobytes() for row in values[: count // 2]]
        pictures += [values[-1].tobytes()] * (count - count // 2)

        assert mean(pictures) == halves_up(values).astype(np.uint8).tobytes()


def test_what_stays_is_given_as_it_came():
    """The very same object, so that nobody encodes it again."""
    picture = bytes(64)

    assert mean([picture] * 9) is picture
    assert mean([b"a file"] * 3, raw=False) == b"a file"


def test_every_so_many_are_one(caplog):
    """In order, and what is left over at the end is none."""
    pictures = [bytes([n] * 4) for n in (0, 2, 4, 8, 100)]

    found = list(means(iter(pictures), 2, None, raw=True, control=Control()))

    assert found == [bytes([1] * 4), bytes([6] * 4)]


def png(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def opened(picture: bytes, mode: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert(mode)).astype(int)


def content(size, *, transparent: bool):
    made = make_content("png-sequence", "png", count=1, size=size)
    capture = attrs.evolve(
        made.capture, format="png", quality=None, transparent=transparent
    )
    return attrs.evolve(made, capture=capture)


CLEAR = content((4, 4), transparent=True)


def test_files_are_mixed_as_pixels_are():
    """Whether pixels can be read, or are asked for, their mean is the same."""
    values = np.random.default_rng(1).integers(0, 256, (6, 20, 30, 3), dtype=np.uint8)

    found = mean(
        [png(each) for each in values], content((30, 20), transparent=False), raw=False
    )

    assert (opened(found, "RGB") == halves_up(values)).all()


def test_colours_count_as_far_as_they_are_seen():
    """Half of the time red and half of it nothing is red that is half seen, not dark red."""
    red = np.zeros((4, 4, 4), np.uint8)
    red[:] = (200, 0, 0, 255)
    faint = np.zeros((4, 4, 4), np.uint8)
    faint[:] = (0, 0, 200, 51)
    clear = np.zeros((4, 4, 4), np.uint8)

    one = mean([png(red), png(clear)], CLEAR, raw=False)
    two = mean([png(red), png(faint)], CLEAR, raw=False)

    assert (opened(one, "RGBA") == (200, 0, 0, 128)).all()
    # 255 parts of one and 51 of the other.
    assert np.abs(opened(two, "RGBA") - (167, 0, 33, 153)).max() <= 1


def test_alpha_may_come_and_go():
    """Chrome leaves it out of a picture in which everything is seen."""
    opaque = np.full((4, 4, 3), 200, np.uint8)
    clear = np.zeros((4, 4, 4), np.uint8)

    for order in (
        [opaque, clear, clear],
        [clear, opaque, clear],
        [clear, clear, opaque],
    ):
        found = mean([png(each) for each in order], CLEAR, raw=False)

        assert (opened(found, "RGBA") == (200, 200, 200, 85)).all()


def test_what_stands_still_beside_what_moves_stays():
    """Every colour and every alpha, as Chrome gives them."""
    alpha, seen = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    seen = np.minimum(seen, alpha)
    colour = np.where(alpha > 0, (seen * 255 + alpha // 2) // np.maximum(alpha, 1), 0)
    still = np.stack([colour, colour, colour, alpha], -1).astype(np.uint8)
    moved = still.copy()
    moved[0, 0] = (255, 255, 255, 255)

    found = mean(
        [png(still), png(moved)], content((256, 256), transparent=True), raw=False
    )

    assert (opened(found, "RGBA")[1:] == still[1:]).all()
    assert (opened(found, "RGBA")[0, 0] == (255, 255, 255, 128)).all()


def test_many_colours_and_alphas():
    """Of up to 64 pictures, to the nearest value."""
    dice = np.random.default_rng(5)
    values = dice.integers(0, 256, (64, 16, 16, 4), dtype=np.uint8)
    values[:, :4, :, 3] = 0
    values[:, :4, :, :3] = 0

    found = mean(
        [png(each) for each in values],
        content((16, 16), transparent=True),
        raw=False,
    )

    alpha = values[..., 3:].astype(int)
    wanted = (values[..., :3] * alpha).sum(0) / np.maximum(alpha.sum(0), 1)
    assert (opened(found, "RGBA")[..., 3:] == halves_up(alpha)).all()
    assert np.abs(opened(found, "RGBA")[..., :3] - wanted).max() < 0.51
