"""The pinned page runtime is the pinned bytes, wherever in the cache they come from."""

from __future__ import annotations

import hashlib

import pytest

import hyperframes_dist as hf
from hyperframes_dist._planned import toolchain as _toolchain
from hyperframes_dist._planned.toolchain import (
    RUNTIME_SHA256,
    keep_runtime,
    read_runtime,
)
from hyperframes_dist.errors import ResolveError
from hyperframes_dist.progress import Control


@pytest.fixture
def config(tmp_path) -> hf.RenderConfig:
    """A cache of its own, which holds the package and nothing unpacked."""
    keep_runtime(hf.RenderConfig(), tmp_path, Control())
    return hf.RenderConfig(cache_dir=tmp_path, offline=True)


def test_it_is_the_pinned_file(config):
    data = read_runtime(config, Control())

    assert hashlib.sha256(data).hexdigest() == RUNTIME_SHA256
    assert (config.cache_dir / "runtime" / RUNTIME_SHA256).read_bytes() == data


def test_the_package_is_unpacked_once(config, monkeypatch):
    data = read_runtime(config, Control())

    monkeypatch.setattr(_toolchain, "fetch_package", None)
    assert read_runtime(config, Control()) == data


@pytest.mark.parametrize("damage", [b"", b"console.log('mine')"])
def test_damage_is_mended_from_the_package(config, damage):
    data = read_runtime(config, Control())
    unpacked = config.cache_dir / "runtime" / RUNTIME_SHA256
    unpacked.write_bytes(damage)

    assert read_runtime(config, Control()) == data
    assert unpacked.read_bytes() == data


def test_without_either_it_cannot_be_had(tmp_path):
    empty = hf.RenderConfig(cache_dir=tmp_path, offline=True)

    with pytest.raises(ResolveError, match="not in the cache"):
        read_runtime(empty, Control())
