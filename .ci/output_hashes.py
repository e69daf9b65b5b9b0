"""
Content hash and output sha256 of every composition in the repository, one row each.

Run before and after a change that must not change a byte, and compare the two lists:

    python .ci/output_hashes.py > before.txt
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import hyperframes_dist as hf
from hyperframes_dist.errors import HyperframesError

ROOT = Path(__file__).parents[1]
FOLDERS = ("tests/compositions", "examples", "benchmarks/compositions")


def main() -> int:
    """Print the rows; names of compositions as arguments choose among them."""
    chosen = set(sys.argv[1:])
    with hf.Renderer() as renderer, tempfile.TemporaryDirectory() as scratch:
        for project in _projects():
            if not chosen or project.name in chosen:
                row = _row(renderer, project, Path(scratch, project.name))
                print(f"{project.relative_to(ROOT)} {row}", flush=True)
    return 0


def _projects() -> list[Path]:
    found = (
        page.parent for top in FOLDERS for page in ROOT.glob(f"{top}/*/index.html")
    )
    return sorted(found)


def _row(renderer: hf.Renderer, project: Path, scratch: Path) -> str:
    """Both hashes, or the class of the error that refuses the project."""
    try:
        plan = renderer.plan(project, scratch / "plan", hf.RenderConfig(chunks=1))
        chunk, output = scratch / "0.mp4", scratch / "film.mp4"
        renderer.render_chunk(plan.path, 0, chunk)
        result = hf.assemble(plan.path, [chunk], output)
    except HyperframesError as error:
        return type(error).__name__
    return f"{plan.content_hash} {result.sha256}"


if __name__ == "__main__":
    sys.exit(main())
