"""Limits of containers, as the kernel lays them out (cgroups(7))."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from hyperframes_dist._tools.machine import (
    memory_limit,
    most_workers,
    processor_limit,
    this_machine,
)

UNIFIED = "35 31 0:30 {root} {at} rw - cgroup2 cgroup2 rw\n"
CPU = "32 31 0:29 {root} {at}/cpu rw,relatime shared:4 - cgroup cgroup rw,cpuacct,cpu\n"
MEMORY = "33 31 0:32 {root} {at}/memory rw,relatime - cgroup cgroup rw,memory\n"
OTHER = "36 25 8:1 / / rw - ext4 /dev/sda1 rw\n"


def laid_out(
    folder: Path, mounts: str, groups: str, files: dict[str, str], root: str = "/"
) -> Path:
    """A process that belongs to *groups* where *files* limit them."""
    at = folder / "sys"
    proc = folder / "proc"
    proc.mkdir()
    (proc / "mountinfo").write_text(OTHER + mounts.format(root=root, at=at))
    (proc / "cgroup").write_text(groups)
    for name, text in files.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return proc


def limits(proc: Path) -> tuple[float, float]:
    """How many processors, how many bytes."""
    return processor_limit(proc), memory_limit(proc)


def test_a_container_of_the_second_version(tmp_path):
    files = {"cpu.max": "150000 100000", "memory.max": "2147483648"}
    assert limits(laid_out(tmp_path, UNIFIED, "0::/\n", files)) == (1.5, 2 << 30)


def test_no_limit_has_a_word_or_a_number_of_its_own(tmp_path):
    files = {"cpu.max": "max 100000", "memory.max": "max", "cpu/cpu.cfs_quota_us": "-1"}
    proc = laid_out(tmp_path, UNIFIED + CPU, "0::/\n3:cpu:/\n", files)
    assert limits(proc) == (math.inf, math.inf)


def test_the_least_of_a_group_and_those_above_it(tmp_path):
    files = {
        "pod/cpu.max": "100000 50000",
        "pod/one/cpu.max": "max 100000",
        "pod/one/memory.max": "4096",
        "pod/memory.max": "8192",
        "pod/another/memory.max": "1",
    }
    proc = laid_out(tmp_path, UNIFIED, "0::/pod/one\n", files)
    assert limits(proc) == (2.0, 4096)


@pytest.mark.parametrize("root", ["/", "/docker/0ab"])
def test_a_container_of_the_first_version(tmp_path, root):
    """Its own group is what it sees mounted; the path may tell the whole machine's."""
    inside = "" if root != "/" else "docker/0ab/"
    files = {
        f"cpu/{inside}cpu.cfs_quota_us": "50000",
        f"cpu/{inside}cpu.cfs_period_us": "100000",
        f"memory/{inside}memory.limit_in_bytes": "1073741824",
    }
    groups = "5:memory:/docker/0ab\n4:cpuacct,cpu:/docker/0ab\n0::/docker/0ab\n"
    proc = laid_out(tmp_path, CPU + MEMORY, groups, files, root)
    assert limits(proc) == (0.5, 1 << 30)


def test_a_group_outside_of_what_is_mounted(tmp_path):
    """The mounted one is above it."""
    proc = laid_out(tmp_path, UNIFIED, "0::/../elsewhere\n", {"memory.max": "4096"})
    assert memory_limit(proc) == 4096


def test_no_control_groups(tmp_path):
    assert limits(tmp_path) == (math.inf, math.inf)


@pytest.fixture
def large(monkeypatch):
    """A machine with eight processors and memory for more workers than that."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr(os, "sysconf", lambda _: 1 << 18)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    ("quota", "memory", "workers"),
    [
        ("max 100000", "max", 8),
        ("150000 100000", "max", 2),
        ("20000 100000", "max", 1),
        ("400000 100000", str(3 << 30), 3),
        ("max 100000", str(1 << 20), 1),
    ],
)
def test_workers_are_as_many_as_a_container_has_room_for(
    tmp_path, quota, memory, workers
):
    files = {"cpu.max": quota, "memory.max": memory}

    assert most_workers(laid_out(tmp_path, UNIFIED, "0::/\n", files)) == workers


@pytest.mark.usefixtures("large")
def test_a_record_names_the_processors_a_container_has(tmp_path):
    files = {"cpu.max": "200000 100000", "memory.max": str(2 << 30)}

    machine = this_machine(laid_out(tmp_path, UNIFIED, "0::/\n", files))

    assert (machine.cores, machine.memory_mb) == (2, 2048)
