"""
Our three functions over local paths in a process of their own: plan, chunks, assemble.

With ``parallel`` above 1 each chunk has a process of its own, so many at a time, or so many
processes take their share of the chunks (``warm``); else all are rendered in turn here, with
one browser for all of them (``warm``) or one each.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import hyperframes_dist as hf

LIBRARY = (sys.executable, "-m", "hyperframes_dist")


def main() -> None:
    if sys.argv[1] == "share":
        render_share(Path(sys.argv[2]), sys.argv[3:])
    else:
        render_all(*map(Path, sys.argv[1:4]), json.loads(sys.argv[4]))


def render_all(
    project: Path, work: Path, output: Path, settings: Mapping[str, Any]
) -> None:
    """From the project to the video."""
    config = hf.RenderConfig(
        chunks=settings["chunks"], segment_seconds=settings["segment_seconds"]
    )
    with contextlib.ExitStack() as stack:
        renderer = stack.enter_context(hf.Renderer()) if settings["warm"] else hf
        planned = renderer.plan(project, work / "plan", config)
        assert planned.chunk_count == settings["chunks"], planned.chunk_count
        paths = [work / f"{index}.mp4" for index in range(planned.chunk_count)]
        if settings["parallel"] > 1:
            how = _in_shares if settings["warm"] else _in_processes
            how(planned.path, paths, settings["parallel"])
        else:
            for index, path in enumerate(paths):
                renderer.render_chunk(planned.path, index, path)
    hf.assemble(planned.path, paths, output)


def _in_processes(plan: Path, paths: Sequence[Path], parallel: int) -> None:
    chunk = (*LIBRARY, "chunk", plan)
    commands = [(*chunk, str(i), path, "--quiet") for i, path in enumerate(paths)]
    _run_at_once(commands, parallel)


def _in_shares(plan: Path, paths: Sequence[Path], parallel: int) -> None:
    marks = [number * len(paths) // parallel for number in range(parallel + 1)]
    shares = [paths[start:stop] for start, stop in pairwise(marks)]
    share = (sys.executable, __file__, "share", plan)
    _run_at_once([(*share, *own) for own in shares], parallel)


def _run_at_once(commands: Sequence[Sequence[str | Path]], parallel: int) -> None:
    def run(command: Sequence[str | Path]) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=600)

    with ThreadPoolExecutor(parallel) as pool:
        list(pool.map(run, commands))


def render_share(plan: Path, paths: Sequence[str]) -> None:
    """The chunks named by their files, in this process."""
    with hf.Renderer() as renderer:
        for path in paths:
            renderer.render_chunk(plan, int(Path(path).stem), path)


if __name__ == "__main__":
    main()
