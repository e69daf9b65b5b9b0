"""Keys and addresses of other types, and notes in a store that say something else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from hyperframes_dist._tools.files import path_of, store_folder
from hyperframes_dist.errors import InputError
from hyperframes_dist.transport import open_transport
from hyperframes_dist.transport._uri import check_key, parse_gs_uri, parse_s3_uri
from hyperframes_dist.transport.local import LocalTransport, open_local

OTHERS: list[Any] = [None, 5, True, b"x", [], Path("a/b")]


@pytest.mark.parametrize("value", OTHERS)
@pytest.mark.parametrize(
    "read", [check_key, parse_s3_uri, parse_gs_uri, open_transport, open_local]
)
def test_a_key_and_an_address_are_text(read, value):
    """What is none is told as that."""
    with pytest.raises(InputError, match="text"):
        read(value)


@pytest.mark.parametrize("read", [open_transport, open_local, store_folder])
def test_half_a_letter_is_in_no_address(read):
    """No file system can be asked for it."""
    with pytest.raises(InputError):
        read("file:///\ud800")


@pytest.mark.parametrize(
    "address", ["s3://ann:hunter2@b/x", "gs://b/x?hunter3#hunter4"]
)
def test_an_address_is_told_without_its_secrets(address):
    """Where a path was wanted."""
    with pytest.raises(InputError) as caught:
        path_of(address, "output")
    assert "hunter" not in str(caught.value)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "damage",
    [
        *(pipe, device),
        *(b"zz 1", b"\xff", b"", b"a -1", b"x" * 10**6 + b" 1", b"a " + b"9" * 5000),
    ],
)
def test_a_note_that_is_none_is_not_believed(tmp_path, damage):
    """The file itself is read instead, and nothing is waited for."""
    store = LocalTransport(tmp_path / "store")
    (tmp_path / "file").write_bytes(b"film")
    store.put(tmp_path / "file", "a")
    note = tmp_path / "store/~sha256/a"
    damage(note) if callable(damage) else note.write_bytes(damage)

    found = store.find("a")

    assert found is not None
    assert (4, hashlib.sha256(b"film").hexdigest()) == (found.size, found.sha256)
