"""
The small project that checks of a caller's own parts render.
"""

from __future__ import annotations

from pathlib import Path

from .._model.config import RenderConfig

SAMPLE_CONFIG = RenderConfig(fps=10, chunks=3, segment_seconds="1/2", quality="draft")
"""Twenty frames in four segments and three chunks."""

_PAGE = """<!doctype html><html><body style="margin: 0; font: 30px monospace"><b></b><script>
const show = (t) => { document.querySelector("b").textContent = t.toFixed(2); };
window.__hf = { width: 64, height: 48, duration: 2, seek: %s };
</script>%s</body></html>"""


def write_sample(folder: Path, *, seek: str = "show", more: str = "") -> Path:
    """
    Write it into the new *folder*.

    Args:
        seek: The function in JavaScript that is called with each frame's time.
        more: HTML behind it.
    """
    folder.mkdir()
    (folder / "index.html").write_text(_PAGE % (seek, more))
    return folder
