"""
What checks of a caller's own parts say when a promise is broken, and the small project they
render.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .._model.config import RenderConfig


@contextlib.contextmanager
def expected(kind: type[Exception], promise: str) -> Iterator[None]:
    """A block that must raise *kind*."""
    try:
        yield
    except kind:
        return
    raise AssertionError(f"{promise}: no {kind.__name__} was raised")


def require(condition: bool, promise: str) -> None:
    # Not the statement, which is left out of optimized programs.
    if not condition:
        raise AssertionError(promise)


def equal(expected: object, actual: object, promise: str) -> None:
    require(
        expected == actual,
        f"{promise}: expected {expected!r:.200}, found {actual!r:.200}",
    )


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
