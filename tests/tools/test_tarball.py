"""Tarballs from elsewhere: read forwards, in bounds, and as other readers read them."""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hyperframes_dist._tools.npm import Package
from hyperframes_dist._tools.tarball import Tarball, TarballError
from hyperframes_dist.errors import DeadlineExceeded, ResolveError
from hyperframes_dist.progress import Control

FREE = Control()
LIMIT = 1 << 20


def opened(folder: Path, data: bytes, limit: int = LIMIT) -> Tarball:
    path = folder / "a.tgz"
    path.write_bytes(gzip.compress(data, 1))
    return Tarball(path, limit=limit, control=FREE)


def member(name: str = "p/a", data: bytes = b"x", **facts: object) -> bytes:
    """A file's header and bytes; *facts* are fields of its header as they are written."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    head = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    for start, field in facts.items():
        place = {"size": 124, "kind": 156}[start]
        assert isinstance(field, bytes)
        head[place : place + len(field)] = field
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + data + bytes(-len(data) % 512)


def pax(**records: str) -> bytes:
    rows = b""
    for key, value in records.items():
        body = f" {key}={value}\n".encode()
        size = len(body) + 1
        while len(str(size)) + len(body) != size:
            size = len(str(size)) + len(body)
        rows += str(size).encode() + body
    return member("pax", rows, kind=b"x")


END = bytes(1024)
BAD: dict[str, bytes] = {
    "negative size": member(size=b"-0000000777\0"),
    "negative in binary": member(size=b"\xff" * 12),
    "huge in binary": member(size=b"\x80" + b"\xff" * 11),
    "size that is none": member(size=b"12x4567890\0\0"),
    "empty size": member(size=bytes(12)),
    "negative by pax": pax(size="-1000") + member(),
    "huge by pax": pax(size="9" * 19) + member(),
    "endless by pax": pax(size="9" * 4000) + member(),
    "holes": member(kind=b"S"),
    "holes by pax": pax(**{"GNU.sparse.major": "1"}) + member(),
    "long name of a gigabyte": member(kind=b"L", size=b"10000000000\0"),
    "pax of a gigabyte": member(kind=b"x", size=b"10000000000\0"),
    "pax without length": member("pax", b"path=a\n", kind=b"x"),
    "pax of length 0": member("pax", b"0 path=a\n", kind=b"x"),
    "pax too long": member("pax", b"999 path=a\n", kind=b"x"),
    "cut short": member(data=b"x" * 5000)[:2000],
    "no tar": b"<!doctype html>" * 100,
    "header that does not add up": b"x" * 512,
}


@pytest.mark.parametrize("kind", BAD)
def test_what_misleads_is_refused(tmp_path, kind):
    """At once, with a reason, and with the package's name."""
    tar = opened(tmp_path, BAD[kind] + END)
    package = Package(
        name="a", version="1.0.0", integrity="", tarball=tmp_path / "a.tgz"
    )
    began = time.process_time()

    with pytest.raises(TarballError):
        tar.names()
    with pytest.raises(TarballError):
        tar.read(lambda name: name == "none")
    with pytest.raises(ResolveError, match=r"npm:a@1\.0\.0: its tarball"):
        package.names()
    with pytest.raises(ResolveError, match=r"npm:a@1\.0\.0/none: its tarball"):
        package.read("none")

    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "data", [b"", b"\x1f\x8b", b"no gzip", gzip.compress(b"x" * 5000, mtime=0)[:-12]]
)
def test_what_is_no_gzip_is_refused(tmp_path, data):
    """A page of a captive portal, half a download."""
    (tmp_path / "a.tgz").write_bytes(data)

    with pytest.raises(TarballError):
        Tarball(tmp_path / "a.tgz", limit=LIMIT, control=FREE).names()


BOMBS: dict[str, Callable[[], bytes]] = {
    "one file": lambda: member(data=bytes(50 << 20)),
    "many files": lambda: member() * (50 << 10),
    "folders": lambda: member("d/", b"", kind=b"5") * (100 << 10),
    "headers": lambda: pax(path="x" * 60_000) * 800,
}


@pytest.mark.parametrize("kind", BOMBS)
def test_what_unpacks_to_much_is_refused(tmp_path, kind):
    """A small tarball is not unpacked into the memory, nor for longer than allowed."""
    tar = opened(tmp_path, BOMBS[kind]())
    tracemalloc.start()

    try:
        for work in (tar.names, lambda: tar.read(lambda name: name == "p/a" and False)):
            with pytest.raises(TarballError, match="unpacks to more than 1048576"):
                work()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < 5_000_000


def test_it_stops_when_it_is_told(tmp_path):
    """A caller's deadline is heeded while it is read."""
    path = tmp_path / "a.tgz"
    path.write_bytes(gzip.compress(member()))

    with pytest.raises(DeadlineExceeded):
        Tarball(path, limit=LIMIT, control=Control(deadline=0.0)).names()


@settings(max_examples=100)
@given(data=st.binary(max_size=3000))
@example(data=END)
def test_any_bytes_end_in_names_or_a_reason(tmp_path_factory, data):
    """No other exception, whatever lies in the gzip or the tar."""
    tar = opened(tmp_path_factory.mktemp("any"), data)

    with contextlib.suppress(TarballError):
        tar.names()


@settings(max_examples=100)
@given(
    place=st.integers(0, 1023),
    value=st.integers(0, 255),
    kind=st.sampled_from(list(BAD)),
)
def test_damaged_headers_end_in_names_or_a_reason(tmp_path_factory, place, value, kind):
    """Bytes changed in a header whose sum is right again."""
    data = bytearray(BAD[kind] + member() + END)
    data[place] = value
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    tar = opened(tmp_path_factory.mktemp("any"), bytes(data))

    with contextlib.suppress(TarballError):
        tar.names()


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


@settings(max_examples=60)
@given(
    files=st.dictionaries(NAMES.filter(lambda n: not n.endswith("/")), st.binary()),
    form=st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
@example(files={"p/" + "x" * 300: b"1"}, form=tarfile.GNU_FORMAT)
@example(files={"p/" + "é" * 300: b"1"}, form=tarfile.PAX_FORMAT)
@example(files={"d" * 120 + "/" + "x" * 80: b"1"}, form=tarfile.USTAR_FORMAT)
def test_it_reads_what_others_write(tmp_path_factory, files, form):
    """Names and bytes, long ones and odd ones, as Python's own reader has them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as out:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    with tarfile.open(fileobj=io.BytesIO(buffer.getvalue())) as theirs:
        wanted = tuple(row.name for row in theirs)
    tar = opened(tmp_path_factory.mktemp("theirs"), buffer.getvalue())

    assert wanted == tar.names()
    for name, data in files.items():
        assert data == tar.read(lambda found, name=name: found == name)
