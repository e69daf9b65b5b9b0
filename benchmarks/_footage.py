"""Films made of footage: one noisy clip of 1080p, as long as it is asked for."""

from __future__ import annotations

import subprocess
from pathlib import Path

from _scene import GSAP, library

from hyperframes_dist._tools.ffmpeg import find_ffmpeg

_CLIP_SECONDS, GROUP_SECONDS = 20, 2
_RATE = 30
_PAGE = """<!doctype html><html><head><meta charset="utf-8"><script src="gsap.min.js"></script>
<style>
html, body {{ margin: 0; background: #000 }}
#film {{ position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover }}
.caption {{ position: absolute; left: 6%; bottom: 8%; font: 700 44px Inter, sans-serif;
  color: #fff; text-shadow: 0 2px 10px #000 }}
</style></head><body>
<div id="root" data-composition-id="main" data-start="0" data-width="{width}"
 data-height="{height}" data-duration="{seconds:g}"
 style="position:relative;width:{width}px;height:{height}px;overflow:hidden">
<video id="film" class="clip" src="film.mp4" muted data-start="0"
 data-duration="{seconds:g}" data-track-index="0"></video>{captions}</div>
<script>
const tl = gsap.timeline({{ paused: true }});
for (const [i, each] of [...document.querySelectorAll(".caption")].entries())
  tl.fromTo(each, {{ y: 24, opacity: 0 }}, {{ y: 0, opacity: 1, duration: 0.4 }}, 2 * i);
window.__timelines = {{ main: tl }};
</script></body></html>"""
_CAPTION = (
    '<div class="clip caption" data-start="{start}" data-duration="{length:g}" '
    'data-track-index="1">Caption {number} of the film</div>'
)


def write_film(folder: Path, width: int, height: int, seconds: float) -> Path:
    """A project that shows *seconds* of the clip under captions, two seconds each."""
    folder.mkdir(parents=True, exist_ok=True)
    write_clip(folder / "film.mp4", seconds)
    captions = "".join(
        _CAPTION.format(
            start=start, length=min(2, seconds - start), number=start // 2 + 1
        )
        for start in range(0, int(seconds), 2)
    )
    page = _PAGE.format(width=width, height=height, seconds=seconds, captions=captions)
    (folder / "index.html").write_text(page)
    (folder / "gsap.min.js").write_bytes(library(GSAP, "dist/gsap.min.js"))
    return folder


def write_clip(path: Path, seconds: float) -> None:
    """*seconds* of 1080p, a key frame every two: one clip, again and again."""
    part = min(seconds, _CLIP_SECONDS)
    clip = path.with_name("clip.mp4")
    pattern = f"testsrc2=s=1920x1080:r={_RATE}:d={part:g},noise=alls=8:allf=t"
    group = str(GROUP_SECONDS * _RATE)
    codec = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-g", group)
    _ffmpeg("-f", "lavfi", "-i", pattern, *codec, "-pix_fmt", "yuv420p", clip)
    again = str(max(0, round(seconds / part) - 1))
    _ffmpeg("-stream_loop", again, "-i", clip, "-c", "copy", path)
    clip.unlink()


def _ffmpeg(*args: str | Path) -> None:
    command = [find_ffmpeg(), "-v", "error", "-nostdin", "-y", *args]
    subprocess.run(command, check=True, timeout=900)
