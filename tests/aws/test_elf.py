"""Binaries say what they run on and what they want."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from foreign import foreign_copy
from hyperframes_dist.aws._zip.chromes import check_binaries
from hyperframes_dist.aws._zip.elf import machine_of, read_elf
from hyperframes_dist.chrome import default_chrome
from hyperframes_dist.errors import PackageError


@pytest.fixture
def shell() -> Path:
    return default_chrome().executable()


def test_needed_libraries_are_those_the_loader_sees(shell):
    """What is read is what the system's own loader would load first."""
    elf = read_elf(shell)
    listed = subprocess.run(["ldd", shell], capture_output=True, text=True, check=True)

    assert elf is not None
    assert "libc.so.6" in elf.needed
    assert [name for name in elf.needed if name not in listed.stdout] == []


def test_processor_and_c_library_are_read(shell):
    """The newest glibc wanted is a version, not a string."""
    elf = read_elf(shell)

    assert elf is not None
    assert elf.machine in {"x86_64", "aarch64"}
    assert elf.glibc > (2, 9)


def test_a_text_is_no_binary(tmp_path):
    """A script or an empty file says nothing."""
    for data in (b"", b"\x7fELF", b"#!/bin/sh\nexit 0\n" * 9):
        (tmp_path / "x").write_bytes(data)

        assert read_elf(tmp_path / "x") is None
        assert machine_of(data) is None


def test_a_truncated_binary_is_named(tmp_path):
    """Damage is an error with the file's name, not a traceback."""
    path = tmp_path / "cut"
    path.write_bytes(Path("/bin/true").read_bytes()[:200])

    with pytest.raises(PackageError, match="cut: a damaged binary"):
        read_elf(path)


def test_a_binary_for_another_processor_is_refused(tmp_path):
    """The error names the file and both processors."""
    files = {"chrome/x": foreign_copy(Path("/bin/true"), tmp_path / "x")}

    with pytest.raises(PackageError, match=r"chrome/x: is for aarch64.*is x86_64"):
        check_binaries(files, arch="x86_64", glibc="2.99")


def test_a_binary_for_a_newer_system_is_refused(shell):
    """What could not be loaded there is known here, with the version it wants."""
    with pytest.raises(
        PackageError, match=r"newer glibc.*function.s 2.2: chrome/x .2\.\d+"
    ):
        check_binaries({"chrome/x": shell}, arch="x86_64", glibc="2.2")
