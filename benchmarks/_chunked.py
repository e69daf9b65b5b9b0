"""
Our three functions over local paths in a process of their own: plan, chunks, assemble.

With ``parallel`` above 1 each chunk has a process of its own, so many at a time; else all
are rendered in turn here, with one browser for all of them (``warm``) or one each.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hyperframes_dist as hf

LIBRARY = (sys.executable, "-m", "hyperframes_dist")


def main() -> None:
    project, work, output = map(Path, sys.argv[1:4])
    settings = json.loads(sys.argv[4])
    config = hf.RenderConfig(
        chunks=settings["chunks"], segment_seconds=settings["segment_seconds"]
    )
    with contextlib.ExitStack() as stack:
        renderer = stack.enter_context(hf.Renderer()) if settings["warm"] else hf
        planned = renderer.plan(project, work / "plan", config)
        assert planned.chunk_count == settings["chunks"], planned.chunk_count
        paths = [work / f"{index}.mp4" for index in range(planned.chunk_count)]
        if settings["parallel"] > 1:
            _in_processes(planned.path, paths, settings["parallel"])
        else:
            for index, path in enumerate(paths):
                renderer.render_chunk(planned.path, index, path)
    hf.assemble(planned.path, paths, output)


def _in_processes(plan: Path, paths: Sequence[Path], parallel: int) -> None:
    def render(index: int) -> None:
        command = [*LIBRARY, "chunk", plan, str(index), paths[index], "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=600)

    with ThreadPoolExecutor(parallel) as pool:
        list(pool.map(render, range(len(paths))))


if __name__ == "__main__":
    main()
