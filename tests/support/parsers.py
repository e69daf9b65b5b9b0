"""
Every parser of the library, as a function of bytes, beside what it usually reads.

Each returns, or raises one of the library's errors, whatever it is given.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs

import hyperframes_dist as hf
from hyperframes_dist import RenderConfig
from hyperframes_dist._batch.rows import read_rows
from hyperframes_dist._check.script import read_script
from hyperframes_dist._compile.project import read_document
from hyperframes_dist._compile.scope import Scope, rewrite_urls, scope_css
from hyperframes_dist._compile.variables import read_declarations, read_values
from hyperframes_dist._fonts.css import extend_stacks, read_faces, read_sheets
from hyperframes_dist._fonts.google import parse_address
from hyperframes_dist._media.entry import can_begin, is_shown
from hyperframes_dist._media.envelope import read_lanes, volume_lane
from hyperframes_dist._model.checks import exact
from hyperframes_dist._model.codec import from_json, from_page
from hyperframes_dist._model.facts import MediaRow, PageFacts
from hyperframes_dist._model.frames import FrameRate
from hyperframes_dist._model.manifest import parse_manifest
from hyperframes_dist._model.results import ChunkResult
from hyperframes_dist._sources.chain import parse_npm_address
from hyperframes_dist._sources.lock import LOCK_NAME, read_lock
from hyperframes_dist._tools.address import join, split, without_query
from hyperframes_dist._tools.archive import unpack
from hyperframes_dist._tools.ffmpeg import read_headers
from hyperframes_dist._tools.files import parse_file_url
from hyperframes_dist._tools.markup import Markup
from hyperframes_dist._tools.matroska import BlockReader, NotMatroska
from hyperframes_dist._tools.tarball import Tarball, TarballError
from hyperframes_dist._wire.jobs import read_job
from hyperframes_dist.aws._function.events import parse_event
from hyperframes_dist.aws._zip.elf import read_elf
from hyperframes_dist.errors import HyperframesError
from hyperframes_dist.progress import Control
from hyperframes_dist.transport._uri import parse_s3_uri

TYPED = (HyperframesError, TarballError, NotMatroska)
"""What a parser may raise."""

_SCOPE = Scope(host="[h]", box="[b]", own_id="main", root_id="root")
_PAGE = b"""<!doctype html><html><head><style>@import "a.css"; #root > b:hover{color:red}
@media (min-width:1px){html .x{background:url(a.png)}}</style></head><body data-x='1'>
<div id="root" data-composition-id="main" data-start="0" data-width="64" data-height="32"
 data-duration="1" data-composition-variables='[{"id":"a","type":"number","default":1}]'>
<video src="v.mp4" data-start="root + 1"></video><img srcset="a.png 1x, b.png 2x">
<div data-composition-id="x" data-composition-src="part.html" data-start="1"></div></div>
<script>let a = /[/]/.test(`x${1}`); // end</script></body></html>"""
_PART = b"""<template id="x"><div data-composition-id="x" data-width="4"><style>.a{b:c}</style>
<p>hello</p></div></template>"""


@attrs.frozen
class Parser:
    """
    A parser.

    Attributes:
        run: What it does with some bytes.
        seeds: What it usually reads.
    """

    run: Callable[[bytes], Any]
    seeds: tuple[bytes, ...]


def _text(run: Callable[[str], Any]) -> Callable[[bytes], Any]:
    return lambda data: run(data.decode("utf-8", "replace"))


def _json(run: Callable[[Any], Any]) -> Callable[[bytes], Any]:
    """*run*, given what the bytes say as JSON; what is none is not its matter."""

    def given(data: bytes) -> Any:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return run(value)

    return given


def _in_folder(run: Callable[[Path], Any], name: str) -> Callable[[bytes], Any]:
    """*run*, given a directory with the bytes as its file *name*."""

    def given(data: bytes) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "part.html").write_bytes(_PART)
            (Path(folder) / name).write_bytes(data)
            return run(Path(folder))

    return given


def _unpack(folder: Path) -> None:
    """Whatever the archive says, nothing lands outside."""
    inside = folder / "inside"
    inside.mkdir()
    before = {path.name for path in folder.iterdir()}
    try:
        unpack(folder / "a.tar", inside)
    finally:
        assert before == {path.name for path in folder.iterdir()}


def _tarball(folder: Path) -> None:
    path = folder / "a.tgz"
    path.write_bytes(gzip.compress(path.read_bytes(), 1))
    ball = Tarball(path, limit=1 << 20, control=Control())
    for name in ball.names():
        ball.read(lambda each, name=name: each == name)


def _tar() -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name in ("package/a", "package/b/c"):
            row = tarfile.TarInfo(name)
            row.size = 3
            tar.addfile(row, io.BytesIO(b"abc"))
    return data.getvalue()


def _exact(text: str) -> Any:
    try:
        return exact(text)
    except ValueError:
        # What is no number is told so, and its caller names it.
        return None


def _with_part(data: bytes) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "index.html").write_bytes(_PAGE)
        (Path(folder) / "part.html").write_bytes(data)
        return read_document(Path(folder), RenderConfig(), Control())


_EVENT = json.dumps(
    {
        "action": "renderChunk",
        "store": "s3://b/films",
        "plan_hash": "0" * 64,
        "index": 1,
    }
).encode()
_LOCK = (
    b'{"addresses":[{"address":"https://a.example/x.js","content_type":"text/javascript",'
    b'"sha256":"' + b"0" * 64 + b'","size":1,"source":"https"}],"schema":1}'
)
_FACTS = (
    b'{"id":"main","width":64,"height":32,"duration":1,"timeline":true,"absent":[]}'
)
_CSS = (
    b"html > body .a::before,[data-composition-id='main']{font:12px/1 'A B',serif}",
    b"@font-face{font-family:A;src:url(a.woff2)}@media print{b{c:var(--d,url(e))}}",
)


def _packets(data: bytes) -> None:
    for block in BlockReader(io.BytesIO(data)).blocks():
        for codec in ("h264", "hevc", "vp9"):
            can_begin(codec, block.data)
            is_shown(codec, block.data)


_MATROSKA = (
    bytes.fromhex("1a45dfa3 80 18538067 01ffffffffffffff 1654ae6b 80")
    + bytes.fromhex("1f43b675 01ffffffffffffff e7 81 05")
    + bytes.fromhex("a3 93 81 0000 80 00000002 0601 00000005 65aabbccdd")
    + bytes.fromhex("a0 8e a1 86 81 0001 00 82aa fb 81 ff 75a1 80")
)


PARSERS: dict[str, Parser] = {
    "plan": Parser(parse_manifest, (b'{"content":{},"plan_hash":""}\n',)),
    "configuration": Parser(
        lambda data: from_json(data, RenderConfig),
        (b'{"fps":"30000/1001","variables":{"a":[1,null]}}', b'{"limits":{"files":1}}'),
    ),
    "sidecar": Parser(
        lambda data: from_json(data, ChunkResult),
        (b'{"index":0,"frame_count":1,"size":1,"sha256":"","segments":[]}',),
    ),
    "job": Parser(read_job, (_EVENT,)),
    "event": Parser(
        _json(lambda value: parse_event(value, frozenset({"b"}))),
        (
            _EVENT,
            b'{"body":"{}","isBase64Encoded":true}',
            b'{"Records":[{"body":"{}"}]}',
        ),
    ),
    "answer of a page": Parser(_json(lambda v: from_page(v, PageFacts)), (_FACTS,)),
    "media of a page": Parser(
        _json(lambda v: from_page(v, MediaRow)), (b'{"id":"a","kind":"video"}',)
    ),
    "lock": Parser(_in_folder(read_lock, LOCK_NAME), (_LOCK,)),
    "rows, JSON": Parser(
        _in_folder(lambda f: read_rows(f / "rows.json"), "rows.json"),
        (b'[{"a":1},{"a":"b"}]',),
    ),
    "rows, CSV": Parser(
        _in_folder(lambda f: read_rows(f / "rows.csv"), "rows.csv"), (b'a,"b"\n1,2\n',)
    ),
    "archive of a site": Parser(_in_folder(_unpack, "a.tar"), (_tar(),)),
    "tarball of a package": Parser(_in_folder(_tarball, "a.tgz"), (_tar(),)),
    "program": Parser(
        _in_folder(lambda f: read_elf(f / "a"), "a"), (b"\x7fELF\2\1\1" + bytes(60),)
    ),
    "document, compiled": Parser(
        _in_folder(lambda f: read_document(f, RenderConfig(), Control()), "index.html"),
        (_PAGE,),
    ),
    "document, checked": Parser(_in_folder(hf.check, "index.html"), (_PAGE,)),
    "part, compiled": Parser(_with_part, (_PART,)),
    "markup": Parser(_text(Markup), (_PAGE,)),
    "script": Parser(_text(read_script), (b"let a = /[/]/ / `x${`y`}`; // z",)),
    "CSS, scoped": Parser(_text(lambda css: scope_css(css, _SCOPE)), _CSS),
    "CSS, addresses": Parser(_text(lambda css: rewrite_urls(css, str.upper)), _CSS),
    "CSS, fonts": Parser(
        _text(
            lambda css: (
                read_sheets([css], [css]),
                read_faces(css),
                extend_stacks(css, lambda stack: stack),
            )
        ),
        _CSS,
    ),
    "declarations of variables": Parser(
        _text(read_declarations), (b'[{"id":"a","type":"color","default":"#fff"}]',)
    ),
    "values of variables": Parser(_text(read_values), (b'{"a":1e300,"b":[{}]}',)),
    "automation": Parser(
        _text(lambda text: volume_lane(read_lanes(text, "<audio>"), Fraction(0))),
        (b'{"volume":[{"time":0,"value":1},{"time":1,"value":0,"curve":0.5}]}',),
    ),
    "number": Parser(_text(_exact), (b"1.5e-3", b"30000/1001")),
    "rate": Parser(_text(FrameRate.parse), (b"30000/1001", b"29.97")),
    "address of S3": Parser(_text(parse_s3_uri), (b"s3://bucket/a/b",)),
    "address of a file": Parser(_text(parse_file_url), (b"file:///a%20b",)),
    "address": Parser(
        _text(
            lambda text: (split(text), join("https://a/b", text), without_query(text))
        ),
        (b"https://user:pw@[::1]:80/a?b#c",),
    ),
    "address of a package": Parser(
        _text(parse_npm_address), (b"https://unpkg.com/@a/b@1.2.3/c.js",)
    ),
    "address of fonts": Parser(
        _text(parse_address),
        (
            b"https://fonts.googleapis.com/css2?family=A+B:ital,wght@0,400;1,700&display=x",
        ),
    ),
    "packets": Parser(_packets, (_MATROSKA,)),
    "framecrc": Parser(
        _text(lambda text: read_headers(text.splitlines())),
        (b"#tb 0: 1/25\n0,0,0,1,2",),
    ),
}
"""By what they read."""
