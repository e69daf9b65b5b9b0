"""Pictures that move by themselves are told from those that stand."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from hyperframes_dist._browser.moving import _moves

PROFILE = bytes(200_000)


def picture(kind: str, *, frames: int, profile: bytes | None = None) -> bytes:
    """A picture of *frames* colours, with an ICC *profile* before them."""
    colours = [Image.new("RGB", (4, 4), (80 * n, 0, 0)) for n in range(frames)]
    options = {"save_all": True, "append_images": colours[1:]} if frames > 1 else {}
    file = io.BytesIO()
    colours[0].save(file, kind, icc_profile=profile, **options)
    return file.getvalue()


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_pictures_that_move(tmp_path, kind, frames):
    """One frame stands, more move."""
    path = tmp_path / "picture"
    path.write_bytes(picture(kind, frames=frames))

    assert _moves(path) == (frames > 1)


def test_a_profile_hides_no_motion(tmp_path):
    """What says that a WebP moves stands before a colour profile of any size."""
    path = tmp_path / "picture.webp"
    path.write_bytes(picture("WEBP", frames=3, profile=PROFILE))

    assert path.read_bytes().index(b"ANIM") > 1 << 16
    assert _moves(path)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\0\0\0\0WEBPVP8X", b"GIF8"])
def test_what_is_cut_off_stands(tmp_path, data):
    """A picture without its beginning is no error of ours."""
    path = tmp_path / "picture"
    path.write_bytes(data)

    assert not _moves(path)
