"""What a file says of how often it is shown, written anew."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from hyperframes_dist._compile.loops import with_loop


def picture(kind: str, *, frames: int = 3, **options: object) -> bytes:
    """Pictures of one colour each."""
    first, *rest = (Image.new("RGB", (8, 8), (80 * n, 0, 0)) for n in range(frames))
    file = io.BytesIO()
    first.save(file, kind, save_all=bool(rest), append_images=rest, **options)
    return file.getvalue()


@pytest.mark.parametrize("before", [None, 0, 1, 5])
@pytest.mark.parametrize(("loop", "after"), [(True, 0), (False, 1)])
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_all_but_the_count_stays(kind, loop, after, before):
    """A GIF that says nothing is shown once."""
    options = {} if before is None else {"loop": before}
    given = picture(kind, duration=100, **options)

    made = Image.open(io.BytesIO(with_loop(given, loop=loop)))

    assert after == made.info.get("loop", 1)
    plain = Image.open(io.BytesIO(given))
    for index in range(3):
        made.seek(index)
        plain.seek(index)
        assert plain.convert("RGB").tobytes() == made.convert("RGB").tobytes()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_what_stands_or_is_cut_off_stays(kind):
    """There is nothing to repeat, and no error of ours."""
    whole = picture(kind, duration=100)

    assert with_loop(picture(kind, frames=1), loop=True) is None
    assert with_loop(whole[:14], loop=True) is None
    assert with_loop(b"", loop=True) is None
