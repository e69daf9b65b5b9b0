"""A look takes as long as the files are large, whatever is in them."""

from __future__ import annotations

import contextlib
import time

import pytest

import hyperframes_dist as hf
from hyperframes_dist import RenderConfig
from hyperframes_dist._compile.project import read_document
from hyperframes_dist.errors import InputError
from large import SHAPES
from pages import composition

COUNT = 4000
SECONDS = 6.0
"""Of processor time; what goes by twos of things takes minutes."""


@pytest.mark.sampled(6)
@pytest.mark.parametrize("shape", SHAPES)
def test_check_is_done_in_time(tmp_path, shape):
    """Four thousand of anything are looked at in seconds."""
    for name, text in SHAPES[shape](COUNT).items():
        (tmp_path / name).write_text(text)
    began = time.process_time()

    hf.check(tmp_path)

    assert time.process_time() - began < SECONDS


@pytest.mark.sampled(4)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_document_is_compiled_in_time(tmp_path, shape):
    """Or refused by name."""
    for name, text in SHAPES[shape](COUNT).items():
        (tmp_path / name).write_text(text)
    began = time.process_time()

    with contextlib.suppress(InputError):
        read_document(tmp_path, RenderConfig())

    assert time.process_time() - began < SECONDS


def test_comments_at_the_top_are_read_once(tmp_path):
    """Each is one comment: ways to read them would double with every one."""
    (tmp_path / "index.html").write_text("<!-- a -->" * 60 + "x" + composition())
    began = time.process_time()

    hf.check(tmp_path)

    assert time.process_time() - began < SECONDS
