"""``plan.json`` has one spelling, and its hashes name every byte of it."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hyperframes_dist._model.content import (
    Artifact,
)
from hyperframes_dist._model.frames import FrameRate
from hyperframes_dist._model.manifest import (
    SCHEMA,
    Content,
    Manifest,
    Schedule,
    canonical_json,
    dump_manifest,
    is_safe_path,
    parse_manifest,
    parse_whole,
    seal,
)
from hyperframes_dist.errors import PlanIntegrityError
from plans import CONTENT, DIGEST, MANIFEST
from strategies import JSON, VARIABLES, contents, schedule

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors/canonical-json.json").read_text("utf-8")
)["cases"]
EXACT = [case for case in VECTORS if case["input"] != "123456789012345680000"]
DATA = dump_manifest(MANIFEST)


def ids(case: dict[str, Any]) -> str:
    return f"{'-' if case['negative_zero'] else ''}{case['input']}"


@pytest.mark.parametrize("case", EXACT, ids=ids)
def test_canonical_form_is_the_standard_one(case):
    """Any RFC 8785 implementation, in any language, hashes the same bytes."""
    value = -0.0 if case["negative_zero"] else json.loads(case["input"])

    assert case["output"].encode() == canonical_json(value)


def test_an_integer_no_double_holds_is_refused():
    """JavaScript would read another number, so there is no canonical form for it."""
    with pytest.raises(ValueError, match="123456789012345680000"):
        canonical_json(123456789012345680000)

    assert canonical_json(123456789012345680000.0) == b"123456789012345680000"


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), object(), {1: 2}, "\ud800", {"a": b""}]
)
def test_what_is_no_json_has_no_canonical_form(value):
    """A value JSON cannot carry is an error, never some other value."""
    with pytest.raises(ValueError, match=r"."):
        canonical_json(value)


@given(value=JSON)
def test_canonical_form_means_the_same(value):
    """Reading the canonical form gives the value back."""
    again = json.loads(canonical_json(value), parse_int=parse_whole)

    assert again == value
    assert canonical_json(value) == canonical_json(json.loads(json.dumps(value)))


@given(content=contents(), chunks=st.integers(1, 9))
def test_a_manifest_survives_its_file(content, chunks):
    """A plan written and read back is the same plan."""
    manifest = seal(content, schedule(content, chunks))

    read = parse_manifest(dump_manifest(manifest))

    assert manifest == read
    assert dump_manifest(manifest) == dump_manifest(read)


def test_a_large_float_survives_its_file():
    """Canonical JSON writes 1e20 as digits; it is read as the double it was."""
    content = attrs.evolve(CONTENT, variables={"far": 1e20, "below": -(2.0**60)})
    manifest = seal(content, MANIFEST.schedule)

    assert manifest == parse_manifest(dump_manifest(manifest))


def test_the_file_is_one_line():
    """The canonical form and a newline, in UTF-8, hold all five keys."""
    assert DATA.count(b"\n") == 1
    assert DATA.endswith(b"\n")
    assert sorted(json.loads(DATA)) == [
        "content",
        "content_hash",
        "notes",
        "plan_hash",
        "schedule",
    ]
    assert parse_manifest(DATA) == MANIFEST


def respell(old: bytes, new: bytes) -> bytes:
    assert DATA.count(old) >= 1, old
    return DATA.replace(old, new, 1)


SPELLINGS = {
    "indented": json.dumps(json.loads(DATA), indent=1, sort_keys=True).encode(),
    "spaces": respell(b":", b": "),
    "leading space": b" " + DATA,
    "no newline": DATA.removesuffix(b"\n"),
    "two newlines": DATA + b"\n",
    "other newline": DATA.removesuffix(b"\n") + b"\r\n",
    "byte order mark": b"\xef\xbb\xbf" + DATA,
    "UTF-16": DATA.decode().encode("utf-16"),
    "key order": json.dumps(
        dict(reversed(json.loads(DATA).items())), separators=(",", ":")
    ).encode()
    + b"\n",
    "escaped letter": respell(b'"mp4"', b'"\\u006dp4"'),
    "escaped slash": respell(b"compiled/index", b"compiled\\/index"),
    "unknown field": respell(b'"content":{', b'"content":{"aaa":1,'),
    "unknown key": respell(b'{"content"', b'{"a":0,"content"'),
    "duplicate key": respell(b'"height":32', b'"height":1,"height":32'),
    "text for a number": respell(b'"height":32', b'"height":"32"'),
    "float for a number": respell(b'"height":32', b'"height":32.0'),
    "exponent": respell(b'"height":32', b'"height":3.2e1'),
    "number for a truth": respell(b'"timeline":true', b'"timeline":1'),
    "truth for a number": respell(b'"size":1', b'"size":true'),
    "number for a text": respell(b'"id":"main"', b'"id":7'),
    "text for a list": respell(b'"warnings":["doubtful"]', b'"warnings":"doubtful"'),
    "object for a list": respell(b'"warnings":["doubtful"]', b'"warnings":{}'),
    "list for an object": respell(b'"schedule":{', b'"schedule":[{'),
    "null for a list": respell(b'"warnings":["doubtful"]', b'"warnings":null'),
    "not a number": respell(b'"title":"Hi"', b'"title":NaN'),
    "endless": respell(b'"title":"Hi"', b'"title":1e999'),
    "half a character": respell(b'"title":"Hi"', b'"title":"\\ud800"'),
    "not UTF-8": respell(b'"title":"Hi"', b'"title":"\xff"'),
    "truncated": DATA[:-20],
    "empty": b"",
    "null": b"null\n",
    "list": b"[]\n",
    "text": b'"plan"\n',
    "number": b"1\n",
    "deep": b"[" * 100_000,
    "trailing": DATA + b"{}\n",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_other_spellings_are_refused(name):
    """One plan has one file; whatever else parses to it is somebody's edit."""
    with pytest.raises(PlanIntegrityError):
        parse_manifest(SPELLINGS[name])


Leaf = tuple[str | int, ...]


def leaves(value: Any, path: Leaf = ()) -> Iterator[Leaf]:
    """The path of every value that holds no other one."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        if isinstance(value[key], dict | list) and value[key]:
            yield from leaves(value[key], (*path, key))
        else:
            yield (*path, key)


def nodes(value: Any, path: Leaf = ()) -> Iterator[Leaf]:
    """The path of every value below *value*."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield (*path, key)
        if isinstance(value[key], dict | list):
            yield from nodes(value[key], (*path, key))


def parent_of(raw: Any, path: Leaf) -> Any:
    for key in path[:-1]:
        raw = raw[key]
    return raw


def spell(raw: Any) -> bytes:
    return canonical_json(raw) + b"\n"


def others(value: Any) -> list[Any]:
    """Values of the same kind, and of other kinds."""
    if isinstance(value, bool):
        return [not value, None, 1]
    if isinstance(value, int):
        return [value + 1, -1, str(value), None]
    if isinstance(value, str):
        return [value + "x", "", value.upper() + " ", 5, None]
    return ["x", 1, [], {}] if value is None else ["x"]


LEAVES = list(leaves(json.loads(DATA)))


@pytest.mark.parametrize("path", LEAVES, ids=lambda p: ".".join(map(str, p)))
def test_any_edit_of_a_field_is_noticed(path):
    """Whatever field is set to something else, the file is no plan any more."""
    original = parent_of(json.loads(DATA), path)[path[-1]]

    for other in others(original):
        raw = json.loads(DATA)
        parent_of(raw, path)[path[-1]] = other
        with pytest.raises(PlanIntegrityError):
            parse_manifest(spell(raw))


def test_any_removed_field_is_noticed():
    """Nothing is filled in from a default."""
    for path in nodes(json.loads(DATA)):
        raw = json.loads(DATA)
        del parent_of(raw, path)[path[-1]]
        with pytest.raises(PlanIntegrityError):
            parse_manifest(spell(raw))


def test_a_field_left_to_its_default_is_a_spelling():
    """A file without ``segments`` or ``warnings`` is refused; it would mean the same."""
    content = attrs.evolve(CONTENT, artifacts=CONTENT.artifacts[1:], requests=())
    raw = json.loads(dump_manifest(seal(content, MANIFEST.schedule)))
    for owner, key in [
        (raw["notes"], "warnings"),
        (raw, "notes"),
        (raw["content"]["artifacts"][0], "segments"),
    ]:
        spelled = copy.deepcopy(owner[key])
        del owner[key]
        with pytest.raises(PlanIntegrityError):
            parse_manifest(spell(raw))
        owner[key] = spelled

    assert content == parse_manifest(spell(raw)).content


@pytest.mark.parametrize(
    "edit",
    [
        {"schema": SCHEMA + 1},
        {"artifacts": CONTENT.artifacts[::-1]},
        {"artifacts": CONTENT.artifacts[:1] * 2},
        {"artifacts": (Artifact(path="../etc/x", size=0, sha256=DIGEST),)},
        {"artifacts": (Artifact(path="/etc/x", size=0, sha256=DIGEST),)},
        {"artifacts": CONTENT.artifacts[1:]},
        {"frame_count": 0},
        {"frame_count": 91},
        {"segment_frames": 0},
        {"segment_frames": 10},
        {"rate": "x"},
        *(
            {"encoder": attrs.evolve(CONTENT.encoder, **row)}
            for row in (
                *({"shrink": text} for text in ("", "../x", "0", "2", "1/0", "a\0b")),
                *({"preset": text} for text in ("-y", "a\0b", "nan")),
                {"pixel_format": "yuv420p,movie=/etc/passwd"},
                *({"crf": number, "bitrate": None} for number in (-1, 2**31)),
                *({"bitrate": "-y", "crf": None}, {"codec": "../x"}),
                *({"format": "exe"}, {"loop": -1}),
            )
        ),
        *(
            {"capture": attrs.evolve(CONTENT.capture, **row)}
            for row in (
                *({"format": "webp"}, {"quality": -1}, {"scale": 0}),
                *({"scale": 2**31}, {"transparent": not CONTENT.capture.transparent}),
            )
        ),
        {"page": attrs.evolve(CONTENT.page, width=0)},
        {"page": attrs.evolve(CONTENT.page, height=10**6)},
    ],
    ids=str,
)
def test_parts_that_contradict_each_other_are_refused(edit):
    """A sealed plan is still refused when it cannot have been planned."""
    edited = attrs.evolve(CONTENT, **edit)

    with pytest.raises(PlanIntegrityError):
        parse_manifest(dump_manifest(seal(edited, MANIFEST.schedule)))


@pytest.mark.parametrize(
    "chunks",
    [
        *((), ((0, 2),), ((0, 4),), ((1, 3),), ((0, 1), (2, 3)), ((0, 2), (1, 3))),
        *(((2, 3), (0, 2)), ((0, 3), (3, 3)), ((0, 0), (0, 3)), ((-1, 3),)),
    ],
    ids=str,
)
def test_chunks_tile_the_segments(chunks):
    """A schedule that leaves out, repeats or reorders a segment is refused."""
    manifest = seal(CONTENT, Schedule(chunks=chunks))

    with pytest.raises(PlanIntegrityError):
        parse_manifest(dump_manifest(manifest))


@given(a=contents(), b=contents())
def test_two_contents_never_have_one_hash(a, b):
    """The framing of a hash leaves nothing to confuse, whatever names and texts hold."""
    assume(dump_content(a) != dump_content(b))

    assert seal(a, schedule(a, 1)).content_hash != seal(b, schedule(b, 1)).content_hash


@given(content=contents(), data=st.data())
def test_moving_text_between_fields_changes_the_hash(content, data):
    """What ends one field cannot begin the next one."""
    fields = ["format", "codec", "preset", "pixel_format"]
    values = {name: getattr(content.encoder, name) for name in fields}
    first, second = data.draw(st.permutations(fields))[:2]
    cut = data.draw(st.integers(0, len(values[first])))
    moved = {
        first: values[first][:cut],
        second: values[first][cut:] + values[second],
    }
    other = attrs.evolve(content, encoder=attrs.evolve(content.encoder, **moved))
    assume(other != content)

    one, two = (seal(c, schedule(c, 1)) for c in (content, other))

    assert one.content_hash != two.content_hash


@given(a=VARIABLES, b=VARIABLES)
def test_variables_are_told_apart_as_javascript_does(a, b):
    """1 and true are equal to Python only; 1 and 1.0 are one number to a page."""
    one, two = (attrs.evolve(CONTENT, variables=value) for value in (a, b))

    same = canonical_json(a) == canonical_json(b)

    assert same == (hash_of(one) == hash_of(two))


def test_a_truth_is_not_a_number():
    """``{"x": true}`` and ``{"x": 1}`` are two contents."""
    hashes = {
        hash_of(attrs.evolve(CONTENT, variables={"x": value}))
        for value in (True, 1, "1", "true", [1], None, 0, False, "")
    }

    assert len(hashes) == 9


def hash_of(content: Content) -> str:
    return seal(content, MANIFEST.schedule).content_hash


def dump_content(content: Content) -> bytes:
    return dump_manifest(seal(content, schedule(content, 1)))


def naive_digest(html: bytes, assets: list[tuple[str, str]]) -> str:
    """A hash whose parts are only parted by zero bytes."""
    digest = hashlib.sha256(html + b"\0")
    for path, sha256 in assets:
        digest.update(path.encode() + b"\0" + sha256.encode() + b"\0")
    return digest.hexdigest()


def test_a_document_cannot_absorb_an_asset():
    """Two projects that a hash without lengths takes for one have two hashes here."""
    html, asset = b"<p>", ("compiled/z.js", hashlib.sha256(b"evil").hexdigest())
    absorbed = html + b"\0" + asset[0].encode() + b"\0" + asset[1].encode()
    assert naive_digest(html, [asset]) == naive_digest(absorbed, [])

    with_asset = with_files({"compiled/index.html": html, asset[0]: b"evil"})
    without = with_files({"compiled/index.html": absorbed})

    assert hash_of(with_asset) != hash_of(without)


def test_a_path_cannot_absorb_a_record():
    """Nor does a path that spells out the JSON of a second artifact."""
    name = 'a","segments":null,"sha256":"' + DIGEST + '","size":0},{"path":"b'

    one, two = with_files({name: b""}), with_files({"a": b"", "b": b""})

    assert hash_of(one) != hash_of(two)


def with_files(files: dict[str, bytes]) -> Content:
    rows = tuple(
        Artifact(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest())
        for path, data in sorted(files.items())
    )
    return attrs.evolve(CONTENT, artifacts=rows, requests=())


def test_hashes_of_two_kinds_have_two_domains():
    """A content hash is never a plan hash, nor the plain digest of the same JSON."""
    raw = json.loads(DATA)
    plain = {
        hashlib.sha256(canonical_json(raw["content"])).hexdigest(),
        hashlib.sha256(
            canonical_json({key: raw[key] for key in ("content", "notes", "schedule")})
        ).hexdigest(),
    }

    assert len({MANIFEST.content_hash, MANIFEST.plan_hash, *plain}) == 4


def test_the_hashes_are_as_documented():
    """Anybody can compute both from the file: prefix, zero byte, canonical JSON."""
    raw = json.loads(DATA)
    content = b"hyperframes-dist/content/1\0" + canonical_json(raw["content"])
    parts = {key: raw[key] for key in ("content", "notes", "schedule")}
    plan = b"hyperframes-dist/plan/1\0" + canonical_json(parts)

    assert hashlib.sha256(content).hexdigest() == MANIFEST.content_hash
    assert hashlib.sha256(plan).hexdigest() == MANIFEST.plan_hash


def test_the_schedule_is_not_content():
    """Who renders what changes the plan hash only."""
    other = seal(CONTENT, Schedule(chunks=((0, 3),)))

    assert MANIFEST.content_hash == other.content_hash
    assert MANIFEST.plan_hash != other.plan_hash


def test_notes_are_not_content():
    """Where bytes came from, and what is doubtful, changes no byte of the output."""
    other = seal(CONTENT, MANIFEST.schedule)

    assert MANIFEST.content_hash == other.content_hash
    assert MANIFEST.plan_hash != other.plan_hash


def test_a_manifest_speaks_in_values():
    """Rate, segments and chunks are read as values, not as text."""
    assert FrameRate(30000, 1001) == MANIFEST.content.frame_rate
    assert [len(s.frames) for s in MANIFEST.content.segments] == [30, 30, 10]
    assert [attrs.astuple(c) for c in MANIFEST.chunks] == [(0, 0, 2), (1, 2, 3)]
    assert isinstance(MANIFEST, Manifest)


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        *(("a", True), ("a/b", True), ("a b/ü", True), ("..a", True), ("a\\b", True)),
        *(("", False), ("/a", False), ("a/", False), ("a//b", False), (".", False)),
        *(("a/../b", False), ("..", False), ("a/./b", False), ("a\0b", False)),
    ],
)
def test_safe_paths(path, safe):
    """A path is relative, in its shortest form, and stays inside."""
    assert safe == is_safe_path(path)
