"""The library's values travel as canonical JSON and arrive as they were."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperframes_dist import (
    ChunkResult,
    FrameRate,
    Limits,
    OutputResult,
    Progress,
    RenderConfig,
    SegmentRecord,
    from_json,
    to_json,
)
from hyperframes_dist.errors import InputError
from strategies import configs

SEGMENT = SegmentRecord(index=3, start=90, stop=120, sha256="ab" * 32)
VALUES = [
    SEGMENT,
    ChunkResult(
        content_hash="cd" * 32,
        index=1,
        frame_count=30,
        size=5,
        sha256="ef" * 32,
        segments=(SEGMENT, SEGMENT),
    ),
    OutputResult(
        path=Path("a b/ü.mp4"),
        size=5,
        sha256="ab" * 32,
        width=64,
        height=32,
        frame_count=30,
        duration=Fraction(1001, 1000),
        content_hash="cd" * 32,
        warnings=("doubtful",),
    ),
    Progress(stage="render", done=1, total=2, detail="x"),
    Limits(seconds=0.5, pixels=7),
    FrameRate(30000, 1001),
]


@given(config=configs())
def test_a_configuration_survives_json(config):
    """Every field arrives as it was sent, in whichever process."""
    assert config == from_json(to_json(config), RenderConfig)


def test_every_field_of_a_configuration_is_in_its_json():
    """No field is left out because somebody forgot to name it."""
    fields = [field.name for field in RenderConfig.__attrs_attrs__]

    assert sorted(fields) == list(json.loads(to_json(RenderConfig())))


@pytest.mark.parametrize("value", VALUES[:-1], ids=lambda v: type(v).__name__)
def test_a_value_survives_json(value):
    """Results and records are read back equal."""
    assert value == from_json(to_json(value), type(value))


def test_json_is_canonical():
    """Two equal values are one text, so they may be compared and hashed as bytes."""
    a = RenderConfig(variables={"b": 1, "a": 2.0}, fps="60/2")
    b = RenderConfig(fps=30, variables={"a": 2, "b": 1.0})

    assert to_json(a) == to_json(b)
    assert json.loads(to_json(a))["fps"] == "30"


def test_fields_may_be_left_out():
    """A configuration written by hand names only what it changes."""
    config = from_json(b'{"fps": 25, "limits": {"files": 7}}', RenderConfig)

    assert RenderConfig(fps=25, limits=Limits(files=7)) == config


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "JSONDecodeError"),
        ("{", "JSONDecodeError"),
        ("[]", "an object was wanted"),
        ("null", "an object was wanted"),
        ('"x"', "an object was wanted"),
        ("[" * 100_000, ""),
        ('{"colour": 1}', "colour"),
        ('{"crf": "20"}', "crf"),
        ('{"crf": 20.5}', "crf"),
        ('{"crf": true}', "crf"),
        ('{"crf": 99}', "crf"),
        ('{"quality": 5}', "quality"),
        ('{"quality": null}', "quality"),
        ('{"fps": 29.97}', "fps"),
        ('{"fps": "30/0"}', "fps"),
        ('{"chunks": "many"}', "chunks"),
        ('{"segment_seconds": "1/0"}', "segment_seconds"),
        ('{"segment_seconds": 1e999}', "segment_seconds"),
        ('{"runtime": 5}', "runtime"),
        ('{"variables": []}', "variables"),
        ('{"variables": {"a": NaN}}', "variables.a"),
        ('{"limits": 5}', "limits"),
        ('{"limits": {"files": 0}}', "files"),
        ('{"limits": {"seconds": "5"}}', "seconds"),
        ('{"limits": {"nope": 5}}', "nope"),
        ('{"entry_file": "../../etc/passwd"}', "entry_file"),
    ],
)
def test_a_bad_configuration_is_refused_by_name(text, found):
    """The error says which field of which value cannot be used."""
    with pytest.raises(InputError, match="not a RenderConfig") as caught:
        from_json(text, RenderConfig)

    assert found in str(caught.value)


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        ({"index": "1"}, "index"),
        ({"segments": [{}]}, "sha256"),
        ({"segments": None}, "segments"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_bad_sidecar_is_refused_by_name(edit, found):
    """A sidecar is read as strictly as it is written."""
    row = json.loads(to_json(VALUES[1])) | edit

    with pytest.raises(InputError, match=found):
        from_json(json.dumps(row), ChunkResult)


def test_a_missing_field_is_named():
    """What a result must have cannot be left out."""
    row = json.loads(to_json(SEGMENT))
    del row["stop"]

    with pytest.raises(InputError, match="stop"):
        from_json(json.dumps(row), SegmentRecord)


@pytest.mark.parametrize("value", [5, "x", None, {}, [], len], ids=repr)
def test_only_the_librarys_values_are_written(value):
    """Anything else is a mistake of the caller's."""
    with pytest.raises(TypeError, match=type(value).__name__):
        to_json(value)


@given(text=st.text(max_size=30) | st.binary(max_size=30))
def test_any_text_is_a_value_or_an_error(text):
    """Bytes from outside never raise anything but `InputError`."""
    try:
        from_json(text, SegmentRecord)
    except InputError:
        return
    raise AssertionError("no such short text is a record")
