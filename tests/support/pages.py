"""Small compositions written by tests: what varies is the argument."""

from __future__ import annotations

from pathlib import Path

GSAP = "https://cdn.jsdelivr.net/npm/gsap@3.12.5/dist/gsap.min.js"
ANIME = "https://cdn.jsdelivr.net/npm/animejs@4.0.2/lib/anime.iife.min.js"
LOTTIE = "https://cdnjs.cloudflare.com/ajax/libs/lottie-web/5.12.2/lottie.min.js"


def composition(
    body: str = "",
    *,
    head: str = "",
    width: object = 64,
    height: object = 32,
    duration: object = 1,
    root: str = "data-no-timeline",
) -> str:
    """A document with one composition called ``main`` around *body*."""
    return f"""<!doctype html><html><head><meta charset="utf-8">{head}
<style>html,body{{margin:0;background:#000}}</style></head><body>
<div id="root" data-composition-id="main" data-start="0" data-width="{width}"
 data-height="{height}" data-duration="{duration}" {root}
 style="position:relative;width:{width}px;height:{height}px;overflow:hidden">
{body}</div></body></html>"""


def write_project(folder: Path, html: str, **files: bytes) -> Path:
    """A project at *folder* whose entry is *html*; returns *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(html, encoding="utf-8")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def strip_page(duration: object) -> str:
    """Sixteen cells that show the frame's number in binary; 160 by 32 pixels."""
    script = """<canvas id="strip" width="160" height="32"></canvas><script>
      const context = document.getElementById("strip").getContext("2d");
      const draw = (time) => {
        const { fps } = window.__HF_EXPORT_RENDER_SEEK_CONFIG;
        const frame = Math.floor(time * fps + 1e-6);
        for (let cell = 0; cell < 16; cell++) {
          context.fillStyle = (frame >> (15 - cell)) & 1 ? "#fff" : "#000";
          context.fillRect(cell * 10, 0, 10, 32);
        }
      };
      draw(0);
      window.addEventListener("hf-seek", (event) => draw(event.detail.time));
    </script>"""
    return composition(script, width=160, height=32, duration=duration)
