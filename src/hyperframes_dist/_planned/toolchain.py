"""
The tools whose bytes decide the output's bytes: which they are, and whether they still
are the planned ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import shlex
from pathlib import Path

from .._model.config import RenderConfig
from .._model.content import Toolchain
from .._tools.cache import KeptBytes
from .._tools.ffmpeg import find_ffmpeg
from .._tools.files import default_cache, sha256_cached
from .._tools.npm import Package, copy_package, fetch_package
from .._version import __version__
from ..chrome import ChromeSource, fetch_chrome
from ..errors import InputError, ToolchainMismatchError
from ..progress import Control

# The command line's own package: it is released with every change of the runtime, which
# @hyperframes/core is not.
RUNTIME_PACKAGE = "hyperframes"
RUNTIME_VERSION = "0.8.170"
RUNTIME_INTEGRITY = (
    "sha512-4In43ONNCEBNcDqLzS1VR/MVkiCMW7Wi0ZS"
    "Xbv2rGijog4Xex8G6ZuY8Aekaqz7jhzVeA5iR9vv7Q3WdUNRajw=="
)
RUNTIME_FILE = "dist/hyperframe.runtime.iife.js"
RUNTIME_SHA256 = "4a56ffcd5e2b0d5c22cce6c2201205b85cb77ad9d7e32796c2e789fa46231935"


def read_runtime(config: RenderConfig, control: Control) -> bytes:
    """
    The page runtime: the caller's own file, else the pinned official one.

    Raises:
        InputError: The caller's file cannot be read.
        ResolveError: The pinned package cannot be had; the class says whether to retry.
    """
    if config.runtime is not None:
        try:
            return config.runtime.read_bytes()
        except OSError as error:
            raise InputError(f"runtime {str(config.runtime)!r}: {error}") from None
    unpacked = KeptBytes((config.cache_dir or default_cache()) / "runtime")
    if (kept := unpacked.get(RUNTIME_SHA256)) is not None:
        return kept
    data = _runtime_package(config, control).read(RUNTIME_FILE)
    # A read-only cache costs time, not correctness.
    with contextlib.suppress(OSError, InputError):
        unpacked.put(data)
    return data


def keep_runtime(config: RenderConfig, cache: Path, control: Control) -> None:
    """
    Put the pinned page runtime's package into another *cache*.

    Raises:
        ResolveError: The package cannot be had; the class says whether to retry.
    """
    copy_package(_runtime_package(config, control), cache)


def _runtime_package(config: RenderConfig, control: Control) -> Package:
    return fetch_package(
        RUNTIME_PACKAGE,
        RUNTIME_VERSION,
        cache=config.cache_dir or default_cache(),
        control=control,
        integrity=RUNTIME_INTEGRITY,
        offline=config.offline,
    )


def describe_toolchain(
    chrome: ChromeSource, product: str, runtime: bytes | None, cache: Path
) -> Toolchain:
    """The tools of this machine, *product* being what its Chrome calls itself."""
    return Toolchain(
        chrome=product,
        chrome_sha256=sha256_cached(chrome.executable(), cache),
        chrome_args=chrome.args(),
        ffmpeg_sha256=sha256_cached(find_ffmpeg(), cache),
        runtime_sha256=None if runtime is None else hashlib.sha256(runtime).hexdigest(),
        library=__version__,
    )


def check_encoder(planned: Toolchain) -> None:
    """
    Refuse another ffmpeg or library than planned.

    Raises:
        ToolchainMismatchError: Ffmpeg or the library is another.
    """
    ffmpeg = sha256_cached(find_ffmpeg(), default_cache())
    _compare("library", planned.library, __version__)
    _compare("ffmpeg", planned.ffmpeg_sha256, ffmpeg)


def check_toolchain(planned: Toolchain, chrome: ChromeSource, control: Control) -> None:
    """
    Refuse other tools than planned, before a browser boots.

    Raises:
        ToolchainMismatchError: A tool is another.
    """
    check_encoder(planned)
    fetch_chrome(chrome, control)
    found = sha256_cached(chrome.executable(), default_cache())
    _compare("chrome", planned.chrome_sha256, found)
    args = shlex.join(planned.chrome_args), shlex.join(chrome.args())
    _compare("chrome's arguments", *args)


def _compare(tool: str, planned: str, found: str) -> None:
    if found != planned:
        raise ToolchainMismatchError(tool, planned, found)
