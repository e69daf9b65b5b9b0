"""Deterministic tars, and hostile ones."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperframes_dist._tools.archive import ArchiveLimits, pack, unpack
from hyperframes_dist.errors import InputError

PARTS = st.text("abÄ. -_😀", min_size=1, max_size=8).filter(
    lambda part: part not in {".", ".."}
)
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


def is_tree(files: dict[str, bytes]) -> bool:
    return not any(a != b and b.startswith(f"{a}/") for a in files for b in files)


TREES = st.dictionaries(NAMES, st.binary(max_size=64), max_size=6).filter(is_tree)


def write(folder: Path, files: dict[str, bytes]) -> dict[str, Path]:
    """The *files*, written under other names than they will have."""
    rows = {}
    for number, (name, data) in enumerate(files.items()):
        rows[name] = folder / f"source-{number}"
        rows[name].write_bytes(data)
    return rows


@given(TREES)
def test_what_goes_in_comes_out(files):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pack(write(root, files), root / "a.tar")

        names = unpack(root / "a.tar", root / "out")

        assert {name: (root / "out" / name).read_bytes() for name in names} == files
        assert list(names) == sorted(files)


def test_the_bytes_follow_from_names_and_contents(tmp_path):
    """Order, times, modes and places of the sources do not show."""
    files = {"b/x": b"1", "a": b"2", "n" * 200: b"3", "ä": b"4"}
    one = write(tmp_path, files)
    pack(one, tmp_path / "one.tar")
    for path in one.values():
        os.utime(path, (1, 1))
        path.chmod(0o600)

    pack(dict(reversed(one.items())), tmp_path / "two.tar")

    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def hostile(path: Path, *rows: tarfile.TarInfo, data: bytes = b"") -> Path:
    with tarfile.open(path, "w") as tar:
        for row in rows:
            row.size = len(data)
            tar.addfile(row, io.BytesIO(data))
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    row = tarfile.TarInfo(name)
    row.type, row.linkname = kind, link
    return row


@pytest.mark.parametrize(
    "rows",
    [
        [entry("../x")],
        [entry("/x")],
        [entry("a/../../x")],
        [entry("./x")],
        [entry("a//x")],
        [entry("a\nb")],
        [entry("x", tarfile.SYMTYPE, "/etc/passwd"), entry("x/y")],
        [entry("x", tarfile.LNKTYPE, "/etc/passwd")],
        [entry("x", tarfile.FIFOTYPE)],
        [entry("x", tarfile.CHRTYPE)],
        [entry("x", tarfile.DIRTYPE)],
        [entry("x", tarfile.GNUTYPE_SPARSE)],
        [entry("x" * 300)],
        [entry("x/" * 2000 + "x")],
        [entry("x"), entry("x")],
        [entry("x"), entry("x/y")],
    ],
    ids=lambda rows: "+".join(f"{row.name!r}{row.type.decode()}" for row in rows),
)
def test_a_hostile_archive_is_refused(tmp_path, rows):
    """Nothing appears outside the folder, whatever the archive says."""
    before = {"a.tar", "out"}

    with pytest.raises(InputError, match=r"archive 'a\.tar'"):
        unpack(hostile(tmp_path / "a.tar", *rows), tmp_path / "out")

    assert {path.name for path in tmp_path.iterdir()} <= before


HEADS = {
    "names for names": [(b"x", b"30 path=aaaaaaaaaaaaaaaaaaaaa\n")] * 2000,
    "long names for names": [(b"L", b"abc")] * 2000,
    "holes without a map": [(b"x", b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n")],
}


@pytest.mark.parametrize("kind", HEADS)
def test_what_a_header_makes_of_the_next_one_is_bounded(tmp_path, kind):
    """Headers for headers, and fields that say no number."""
    rows = b"".join(
        _head(form, len(data)) + data.ljust(512, b"\0") for form, data in HEADS[kind]
    )
    path = tmp_path / "a.tar"
    path.write_bytes(rows + _head(b"0", 512) + b"a".ljust(512) + bytes(1024))

    with pytest.raises(InputError, match=r"archive 'a\.tar'"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("size", [-512, -1024, -(2**80)])
@pytest.mark.parametrize("form", [b"0", b"L", b"x"])
def test_a_size_below_nothing_is_refused(tmp_path, size, form):
    """In the bytes that hold what octal digits cannot."""
    path = tmp_path / "a.tar"
    path.write_bytes(_head(form, size) + bytes(2048))

    with pytest.raises(InputError, match=r"archive 'a\.tar'"):
        unpack(path, tmp_path / "out")


def _head(form: bytes, size: int) -> bytes:
    """The head of an entry ``x``."""
    field = b"%011o\0" % size if size >= 0 else (size % 2**96).to_bytes(12)
    head = b"x".ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + field
    head += b"00000000000\0" + b" " * 8 + form + bytes(100) + b"ustar\00000"
    head = head.ljust(512, b"\0")
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def test_an_archive_has_limits(tmp_path):
    path = hostile(tmp_path / "a.tar", entry("x"), entry("y"), data=b"123")

    with pytest.raises(InputError, match="over 1 files"):
        unpack(path, tmp_path / "one", ArchiveLimits(entries=1))
    with pytest.raises(InputError, match="5 bytes"):
        unpack(path, tmp_path / "two", ArchiveLimits(size=5))
    assert unpack(path, tmp_path / "three", ArchiveLimits(entries=2, size=6)) == (
        "x",
        "y",
    )


@pytest.mark.parametrize("damage", [b"", b"no tar at all" * 100, b"\0" * 10])
def test_what_is_no_archive_is_refused_or_empty(tmp_path, damage):
    path = tmp_path / "a.tar"
    path.write_bytes(damage)

    with pytest.raises(InputError, match="no whole archive"):
        unpack(path, tmp_path / "out")


def test_a_cut_archive_is_refused(tmp_path):
    path = hostile(tmp_path / "a.tar", entry("x"), data=b"1" * 5000)
    path.write_bytes(path.read_bytes()[:3000])

    with pytest.raises(InputError, match="no whole archive"):
        unpack(path, tmp_path / "out")
