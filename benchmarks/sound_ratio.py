"""
What the sound of a long film costs the plan, and what is done beside the chunks instead.

The film has two tracks of MP3, and a frame each second. Processor seconds are printed, which
other programs hardly change: ``python benchmarks/sound_ratio.py [MINUTES]``.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import hyperframes_dist as hf
from hyperframes_dist._tools.ffmpeg import find_ffmpeg

_PAGE = """<!doctype html><html><body><div data-composition-id="main" data-start="0"
 data-width="320" data-height="180" data-duration="{seconds}" data-no-timeline>
<audio id="a" src="a.mp3" data-start="0" data-volume="0.5" data-track-index="0"></audio>
<audio id="b" src="b.mp3" data-start="0" data-volume="0.2" data-track-index="1"></audio>
</div></body></html>"""


def main() -> None:
    """Print what planning, mixing and planning without sound take, as JSON."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        project = write_film(place / "project", minutes * 60)
        config = hf.RenderConfig(fps=1)
        before = spent()
        plan = hf.plan(project, place / "plan", config)
        planned, before = spent() - before, spent()
        hf.plan(project, place / "silent", config, audio=False)
        silent, before = spent() - before, spent()
        hf.mix_sound(plan, place / "sound.m4a")
        row = {"minutes": minutes, "plan": planned, "plan without sound": silent}
        print(json.dumps({**row, "mix_sound": spent() - before}))


def write_film(project: Path, seconds: float) -> Path:
    """Noise and a tone over an empty page."""
    project.mkdir()
    (project / "index.html").write_text(_PAGE.format(seconds=seconds))
    for name, source in {
        "a": "anoisesrc=c=pink:a=0.3:seed=1",
        "b": "sine=f=300",
    }.items():
        args = ["-f", "lavfi", "-i", f"{source}:d={seconds}", "-b:a", "192k"]
        command = [find_ffmpeg(), "-v", "error", "-nostdin", *args]
        subprocess.run([*command, project / f"{name}.mp3"], check=True, timeout=600)
    return project


def spent() -> float:
    """Processor seconds of this process and of those it has waited for."""
    rows = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(row.ru_utime + row.ru_stime for row in rows)


if __name__ == "__main__":
    main()
