"""Our whole commands, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from _chunked import LIBRARY

_SECONDS = 900


def render(project: Path, output: Path) -> None:
    """``render``, as it comes: one worker per processor."""
    _run(*LIBRARY, "render", project, output, "--quiet")


def render_chunked(
    project: Path,
    output: Path,
    *,
    chunks: int = 4,
    parallel: int = 1,
    segment_seconds: float = 1,
    warm: bool = False,
) -> None:
    """``plan``, ``render_chunk`` for each chunk and ``assemble``; see `_chunked`."""
    settings = {
        "chunks": chunks,
        "parallel": parallel,
        "segment_seconds": segment_seconds,
        "warm": warm,
    }
    script = Path(__file__).with_name("_chunked.py")
    with tempfile.TemporaryDirectory() as work:
        _run(sys.executable, script, project, work, output, json.dumps(settings))


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=_SECONDS)
