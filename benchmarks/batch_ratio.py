"""
A batch beside single renders of the same rows, with the same workers: what sharing saves.

Run it on an idle machine: ``python benchmarks/batch_ratio.py [ROWS] [WORKERS]``.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import hyperframes_dist as hf

PAGE = """<!doctype html><html data-composition-variables='[
 {"id": "name", "type": "string", "default": "Nobody"}]'><head><meta charset="utf-8">
<style>html, body { margin: 0 } #root { position: relative; width: 640px; height: 360px;
 background: #123; color: #fff; font: 48px Inter, sans-serif; overflow: hidden }
@keyframes in { from { transform: translateX(-200px); opacity: 0 } }
h1 { animation: in 1s both }</style></head><body>
<div id="root" data-composition-id="main" data-start="0" data-duration="5"
 data-width="640" data-height="360" data-no-timeline><h1></h1></div>
<script>document.querySelector("h1").textContent = window.__hfVariables.name</script>
</body></html>"""


def main() -> None:
    """Print both times and their ratio, as one line of JSON."""
    count, workers = (int(word) for word in (*sys.argv[1:], "100", "2")[:2])
    with tempfile.TemporaryDirectory() as folder:
        project, out = Path(folder, "project"), Path(folder, "out")
        project.mkdir()
        (project / "index.html").write_text(PAGE, "utf-8")
        rows = [{"name": f"Person {number}"} for number in range(count)]
        # What is fetched once in a life is nobody's cost.
        hf.render(project, out / "first.mp4", workers=workers)
        start = time.perf_counter()
        for number, row in enumerate(rows):
            hf.render(project, out / f"{number}.mp4", workers=workers, variables=row)
        single = time.perf_counter() - start
        start = time.perf_counter()
        films = hf.render_many(
            project, rows, f"{out}/many-{{key}}.mp4", workers=workers
        )
        statuses = {film.status for film in films}
        batch = time.perf_counter() - start
    if statuses != {"done"}:
        raise SystemExit(f"rows ended as {statuses}")
    found = {"rows": count, "workers": workers, "single": single, "batch": batch}
    print(json.dumps({**found, "batch_over_single": batch / single}))


if __name__ == "__main__":
    main()
