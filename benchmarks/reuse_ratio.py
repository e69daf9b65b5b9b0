"""
A film of twenty scenes, changed in one thing and rendered again with its store.

Each change is rendered with the store and without it; both films must have the same bytes.
Run it on an idle machine: ``python benchmarks/reuse_ratio.py [SCENES]``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import hyperframes_dist as hf
from hyperframes_dist._tools.ffmpeg import find_ffmpeg

_SCENE_SECONDS = 2
_HEAD = """<!doctype html><html><head><meta charset="utf-8"><style>
html, body { margin: 0 } #root { position: relative; width: 640px; height: 360px;
 background: #123; color: #fff; font: 40px Inter, sans-serif; overflow: hidden }
video { position: absolute; inset: 0; width: 640px; height: 360px }
h1 { position: absolute; left: 24px; bottom: 8px; margin: 0 }
@keyframes go { to { transform: translateX(400px) } }
</style></head><body>"""


def main() -> None:
    """Print a row for each change, as JSON."""
    scenes = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        project, store = write_film(place / "project", scenes), place / "store"
        hf.render(project, place / "first.mp4", store=store)
        for name, change in CHANGES.items():
            change(project, scenes)
            kept, seconds = timed(project, place / "kept.mp4", store)
            fresh, whole = timed(project, place / "fresh.mp4", None)
            if kept.sha256 != fresh.sha256:
                raise SystemExit(f"{name}: other bytes with a store than without")
            row = {"changed": name, "reused": kept.reused, "seconds": seconds}
            print(json.dumps({**row, "without": whole, "ratio": seconds / whole}))


def timed(
    project: Path, output: Path, store: Path | None
) -> tuple[hf.OutputResult, float]:
    """The film, and the seconds it took."""
    start = time.perf_counter()
    made = hf.render(project, output, store=store)
    return made, time.perf_counter() - start


def write_film(project: Path, scenes: int) -> Path:
    """*scenes* videos with a title each, one after another, over one sound."""
    project.mkdir()
    clips = "".join(
        f'<video id="v{i}" src="{i}.mp4" muted data-start="{i * _SCENE_SECONDS}"'
        f' data-duration="{_SCENE_SECONDS}" data-track-index="0"></video>'
        f'<h1 class="clip" data-start="{i * _SCENE_SECONDS}" data-track-index="1"'
        f' data-duration="{_SCENE_SECONDS}" style="animation: go 2s both">Scene {i}</h1>'
        for i in range(scenes)
    )
    seconds = scenes * _SCENE_SECONDS
    sound = f'<audio id="a" src="a.wav" data-start="0" data-duration="{seconds}"'
    root = (
        f'<div id="root" data-composition-id="main" data-start="0" data-duration="{seconds}"'
        ' data-width="640" data-height="360" data-no-timeline>'
    )
    end = ' data-track-index="9"></audio></div></body></html>'
    (project / "index.html").write_text(_HEAD + root + clips + sound + end)
    for number in range(scenes):
        draw_video(project / f"{number}.mp4", number)
    hear(project / "a.wav", 440, seconds)
    return project


def draw_video(path: Path, hue: int) -> None:
    """Two seconds of moving bars."""
    bars = f"testsrc2=s=640x360:r=30:d={_SCENE_SECONDS},hue=h={hue * 17}"
    ffmpeg("-f", "lavfi", "-i", bars, "-pix_fmt", "yuv420p", path)


def hear(path: Path, pitch: int, seconds: int) -> None:
    """A tone."""
    ffmpeg("-f", "lavfi", "-i", f"sine=f={pitch}:d={seconds}", path)


def ffmpeg(*args: str | Path) -> None:
    """Run it quietly, over what is there."""
    command = [find_ffmpeg(), "-nostdin", "-v", "error", "-y", *args]
    subprocess.run(command, check=True, timeout=600)


def rewrite(project: Path, old: str, new: str) -> None:
    """Put *new* in the place of *old* in the document."""
    page = project / "index.html"
    text = page.read_text()
    if old not in text:
        raise SystemExit(f"{old!r} is not in the document")
    page.write_text(text.replace(old, new))


def _change_sound(project: Path, scenes: int) -> None:
    # As long as before: a script may ask how long it is.
    hear(project / "a.wav", 330, scenes * _SCENE_SECONDS)


CHANGES: dict[str, Callable[[Path, int], object]] = {
    "nothing": lambda project, _: project,
    "the sound": _change_sound,
    "one video of all": lambda project, _: draw_video(project / "3.mp4", 9),
    "one title of all": lambda project, _: rewrite(project, "Scene 3<", "Three<"),
}


if __name__ == "__main__":
    main()
