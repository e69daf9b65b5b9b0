"""Contact sheets: a whole film on one picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from hyperframes_dist.errors import InputError
from pages import strip_page, write_project
from video import read_strip


def test_a_sheet_shows_the_middle_of_each_part(tmp_path):
    """In reading order, with a time below each."""
    project = write_project(tmp_path / "project", strip_page(2))

    sheet = hf.contact_sheet(project, count=5, columns=3, width=160)

    grey = np.asarray(Image.open(io.BytesIO(sheet.data)).convert("L"))
    places = [(12 + 172 * (n % 3), 12 + 74 * (n // 3)) for n in range(5)]
    strips = [grey[y : y + 32, x : x + 160] for x, y in places]
    captions = [grey[y + 32 : y + 62, x : x + 160] for x, y in places]
    assert (
        (12 + 3 * 172, 12 + 2 * 74) == (sheet.width, sheet.height) == grey.shape[::-1]
    )
    assert [6, 18, 30, 42, 54] == [read_strip(strip) for strip in strips]
    assert all(caption.max() > 150 for caption in captions)
    assert len({caption.tobytes() for caption in captions}) == 5


@pytest.mark.parametrize("asked", [{"count": 0}, {"columns": 0}, {"width": 5}])
def test_numbers_out_of_bounds_are_refused(tmp_path, asked):
    """Before a browser starts."""
    with pytest.raises(InputError, match=next(iter(asked))):
        hf.contact_sheet(tmp_path, **asked)
