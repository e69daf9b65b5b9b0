"""What a caller may ask for is checked on construction, field by field."""

from __future__ import annotations

import inspect
import math
import pickle
from collections import UserDict
from fractions import Fraction
from pathlib import Path

import attrs
import pytest
from hypothesis import given

from hyperframes_dist import FrameRate, Limits, RenderConfig
from hyperframes_dist.errors import InputError
from strategies import JSON, VARIABLES, configs

CYCLE: dict[str, object] = {}
CYCLE["again"] = [CYCLE]
DEEP: list[object] = []
for _ in range(5_000):
    DEEP = [DEEP]

BAD = [
    *(("fps", value) for value in [29.97, "29.97", "30/0", 0, -1, 241, True, [], "x"]),
    *(("format", value) for value in ["avi", "", None, [], 5]),
    *(("codec", value) for value in ["h263", "", [], 5]),
    *(("quality", value) for value in ["best", "", None, {}, 5]),
    *(("capture", value) for value in ["png", "", None, [], 5]),
    *(("crf", value) for value in [-1, 52, 1.5, "20", True, [], math.nan]),
    *(("bitrate", value) for value in ["0", "0k", "-1M", "4G", "4 M", "", 4_000_000]),
    *(("bitrate", value) for value in ["1e6", "4M\n", "٤M", []]),
    *(("variables", value) for value in [None, [], "x", 5, [("a", 1)]]),
    *(("variables", {"a": value}) for value in [math.nan, math.inf, -math.inf]),
    *(("variables", {"a": value}) for value in [2**53, -(2**53), 10**400, object()]),
    *(("variables", {"a": value}) for value in [b"x", {1, 2}, Path("x"), 1j, "\ud800"]),
    *(("variables", value) for value in [CYCLE, {"a": DEEP}, {1: 2}, {"a": {None: 1}}]),
    *(("variables", {"\udfff": 1}),),
    *(("entry_file", value) for value in ["", None, 5, "/etc/x.html", "../x.html"]),
    *(("entry_file", value) for value in ["../../etc/passwd", "a/../../x.html", ".."]),
    *(("entry_file", value) for value in ["index.js", "index", "html", ".html", "."]),
    *(("segment_seconds", value) for value in [0, -1, 61, math.nan, math.inf, "x"]),
    *(("segment_seconds", value) for value in [None, [], "1/0", 1e-400]),
    *(("chunks", value) for value in [0, -1, 10_001, 1.0, True, "3", "Auto", None, []]),
    *(("runtime", value) for value in [5, [], b"x", True]),
    *(("overrides_dir", value) for value in [5, [], b"x", ""]),
    *(("cache_dir", value) for value in [5, [], b"x"]),
    *(("limits", value) for value in [None, {}, 5]),
]


@pytest.mark.parametrize(
    ("name", "codec"),
    [("webm", "vp9"), ("mov", "prores"), ("png-sequence", "png"), ("gif", "gif")],
)
def test_jpeg_is_refused_where_it_cannot_be_kept(name, codec):
    """It has no transparency, and a sequence of pictures is one of PNG."""
    with pytest.raises(InputError, match="JPEG"):
        RenderConfig(format=name, codec=codec, capture="jpeg")


@pytest.mark.parametrize(
    ("field", "value"), BAD, ids=[f"{f}-{n}" for n, (f, _) in enumerate(BAD)]
)
def test_a_bad_value_is_refused_by_name(field, value):
    """The error names the field, so that nobody has to guess which one was meant."""
    with pytest.raises(InputError) as caught:
        RenderConfig(**{field: value})

    assert field in str(caught.value)
    assert len(str(caught.value)) < 600


BAD_LIMITS = [
    (field, value)
    for field in ("seconds", "pixels", "plan_bytes", "files", "remote_bytes")
    for value in (0, -1, math.nan, math.inf, "5", None, True)
] + [("remote_seconds", 0), ("ready_seconds", -math.inf)]


@pytest.mark.parametrize(("field", "value"), BAD_LIMITS)
def test_a_bad_limit_is_refused_by_name(field, value):
    """A limit is a finite number above zero."""
    with pytest.raises(InputError, match=field):
        Limits(**{field: value})


def test_rate_factor_and_bitrate_exclude_each_other():
    """One of them would be ignored, so both are an error."""
    with pytest.raises(InputError, match=r"crf and bitrate"):
        RenderConfig(crf=20, bitrate="4M")


def test_unknown_fields_are_refused():
    """A misspelt field is never silently without effect."""
    with pytest.raises(TypeError, match="frame_rate"):
        RenderConfig(frame_rate=30)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("kind", "field", "meant"),
    [
        (RenderConfig, "qualty", "quality"),
        (RenderConfig, "Fps", "fps"),
        (RenderConfig, "segmentSeconds", "segment_seconds"),
        (Limits, "pagebytes", "page_bytes"),
    ],
)
def test_the_field_that_was_meant_is_named(kind, field, meant):
    """A slip in a field's name is told with the name it is a slip of."""
    with pytest.raises(
        TypeError, match=rf"{kind.__name__} has no field '{field}'.*'{meant}'"
    ):
        kind(**{field: 1})


def test_the_fields_are_what_a_configuration_is_said_to_take():
    """Editors and help show the fields, not that they are looked at before."""
    shown = inspect.signature(RenderConfig).parameters

    assert [field.name for field in attrs.fields(RenderConfig)] == list(shown)


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("fps", "30000/1001", FrameRate(30000, 1001)),
        ("fps", Fraction(60, 2), FrameRate(30)),
        ("fps", None, None),
        ("segment_seconds", 0.1, Fraction(1, 10)),
        ("segment_seconds", "1/3", Fraction(1, 3)),
        ("segment_seconds", "auto", "auto"),
        ("entry_file", "a//./b.html", "a/b.html"),
        ("entry_file", "ü/ x.HTM", "ü/ x.HTM"),
        ("runtime", "r.js", Path("r.js")),
        ("overrides_dir", Path("o"), Path("o")),
        ("bitrate", "2.5M", "2.5M"),
        ("crf", 0, 0),
        ("chunks", 10_000, 10_000),
    ],
)
def test_values_are_stored_in_one_form(field, value, stored):
    """Two ways to say the same give one configuration."""
    config = RenderConfig(**{field: value})

    assert stored == getattr(config, field)
    assert config == RenderConfig(**{field: stored})


def test_shared_values_are_no_cycle():
    """The same object in two places is fine; it is copied for each."""
    shared = {"colour": "red"}

    config = RenderConfig(variables={"a": shared, "b": [shared, shared]})

    assert {"a": shared, "b": [shared, shared]} == config.variables
    assert config.variables["a"] is not config.variables["b"][0]


def test_variables_are_a_copy():
    """What the caller does with its own objects afterwards changes no configuration."""
    mine = {"list": [1]}
    config = RenderConfig(variables=UserDict(mine))

    mine["list"].append(2)

    assert config.variables == {"list": [1]}


@given(variables=VARIABLES, value=JSON)
def test_all_json_is_a_variable(variables, value):
    """Whatever JavaScript can read as JSON may be passed to a page."""
    config = RenderConfig(variables={**variables, "value": value})

    assert {**variables, "value": value} == config.variables


@given(config=configs())
def test_a_configuration_can_be_pickled(config):
    """A process pool may be given one."""
    assert config == pickle.loads(pickle.dumps(config))


def test_a_configuration_cannot_be_changed():
    """What was checked stays as it was checked."""
    with pytest.raises(AttributeError):
        RenderConfig().crf = 99  # type: ignore[misc]


def test_a_slip_is_told_with_what_was_meant():
    """A quality and a field are told with the one that is near."""
    with pytest.raises(InputError, match="did you mean 'high'"):
        RenderConfig(quality="hgh")
    with pytest.raises(InputError, match="did you mean 'quality'"):
        RenderConfig().replace(qualty="high")


def test_a_configuration_is_a_key():
    """Equal ones have equal hashes, whatever variables they hold."""
    one, other = (RenderConfig(fps=25, variables={"a": [1, {}]}) for _ in range(2))

    assert {one: "x"}[other] == "x"
    assert one.replace(fps=30) == RenderConfig(fps=30, variables={"a": [1, {}]})
    assert FrameRate(25) == one.fps


@pytest.mark.parametrize(
    ("name", "page", "scale"),
    [
        ("1080p", (1280, 720), Fraction(3, 2)),
        ("1080p", (720, 1280), Fraction(3, 2)),
        ("720p", (1920, 1080), Fraction(2, 3)),
        ("4k", (1920, 1080), 2),
        ("portrait", (1080, 1920), 1),
        ("square", (540, 540), 2),
    ],
)
def test_a_resolution_is_a_scale_for_a_page(name, page, scale):
    """By its shorter side, or by its shape."""
    made = RenderConfig(resolution=name).sized(*page)

    assert (None, scale) == (made.resolution, made.output_scale)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"resolution": "1080"}, r"did you mean '1080p'"),
        ({"resolution": "8k"}, "is not one of 720p"),
        ({"resolution": "720p", "output_scale": 2}, "exclude each other"),
        ({"resolution": 720}, "is not a name"),
    ],
)
def test_a_resolution_that_is_none_is_refused(fields, said):
    """With the ones that are."""
    with pytest.raises(InputError, match=said):
        RenderConfig(**fields)


def test_a_resolution_of_another_shape_is_refused():
    """A page is never stretched."""
    with pytest.raises(InputError, match="1920x1080, of another shape"):
        RenderConfig(resolution="portrait").sized(1920, 1080)
