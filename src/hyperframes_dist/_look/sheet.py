"""
A contact sheet: pictures of a whole film on one, each with its time below.

The sheet is a composition of its own, drawn as any other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from .._encode.still import Picture, Still
from .._model.checks import check_number
from .._model.config import RenderConfig
from .._model.frames import FrameRate
from .._model.results import Plan
from .._model.settings import PageSettings, settle
from .._pipeline.renderer import Renderer
from .._tools.leftovers import temp_dir
from ..chrome import ChromeSource
from ..progress import Cancel, Control, ProgressCallback, soonest

_MOST_PICTURES, _GAP, _CAPTION, _WIDEST = 400, 12, 30, 4096


def contact_sheet(
    source: Plan | Path | str,
    config: RenderConfig | None = None,
    *,
    count: int = 16,
    columns: int = 4,
    width: int = 320,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
    timeout: float | None = None,
    **settings: Unpack[PageSettings],
) -> Picture:
    """
    Draw *count* pictures of a film on one sheet, with their times below them.

    The film is cut into as many parts of a length, and of each the middle is shown.

    Args:
        source: Directory of the composition, or a plan; only read.
        config: How the page is shown; None takes the defaults. A plan has its own.
        count: Pictures, at most 400 and as many as the film has frames.
        columns: Pictures beside each other.
        width: Pixels of each picture, 16 to 4096.
        chrome: Where the browser comes from; None takes `default_chrome`.
        progress: Told of each step and each picture.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.
        timeout: Seconds the call may take; the sooner of the two counts.
        settings: Fields of `RenderConfig`, over *config*.

    Raises:
        InputError: A number is out of its bounds.
        HyperframesError: As `stills` raises.
    """
    check_number("count", count, 1, _MOST_PICTURES)
    check_number("columns", columns, 1, _MOST_PICTURES)
    check_number("width", width, 16, _WIDEST)
    config = settle(config, settings)
    with Renderer(chrome) as renderer, temp_dir("sheet") as folder:
        end = soonest(deadline, timeout)
        control = Control(progress, cancel, end)
        plan = renderer.sketch(source, config, control)
        frames = _spread(plan.frame_count, count)
        shown = renderer.stills(
            plan, frames=frames, progress=progress, cancel=cancel, deadline=end
        )
        _write_sheet(folder, shown, columns, width)
        drawn = RenderConfig(
            fps=FrameRate(1), offline=config.offline, cache_dir=config.cache_dir
        )
        return renderer.still(
            folder, config=drawn, frame=0, cancel=cancel, deadline=end
        )


def _spread(frame_count: int, count: int) -> list[int]:
    count = min(count, frame_count)
    return [(2 * n + 1) * frame_count // (2 * count) for n in range(count)]


def _write_sheet(
    folder: Path, stills: Sequence[Still], columns: int, width: int
) -> None:
    """A composition of one frame that shows *stills* in so many *columns*."""
    columns = min(columns, len(stills))
    height = max(1, round(width * stills[0].height / stills[0].width))
    rows = math.ceil(len(stills) / columns)
    sheet = (
        _GAP + columns * (width + _GAP),
        _GAP + rows * (height + _CAPTION + _GAP),
    )
    cells = []
    for number, still in enumerate(stills):
        (folder / f"{number}.png").write_bytes(still.data)
        cells.append(
            f'<figure><img src="{number}.png" width="{width}" height="{height}">'
            f"<figcaption>{float(still.time):.2f} s</figcaption></figure>"
        )
    (folder / "index.html").write_text(
        _SHEET.format(
            *sheet, width=width, gap=_GAP, caption=_CAPTION, cells="".join(cells)
        ),
        "utf-8",
    )


_SHEET = """<!doctype html><html><head><meta charset="utf-8"><style>
html, body {{ margin: 0; background: #16181d }}
#root {{ position: relative; width: {0}px; height: {1}px; overflow: hidden;
 display: flex; flex-wrap: wrap; align-content: flex-start; gap: {gap}px;
 padding: {gap}px; box-sizing: border-box }}
figure {{ margin: 0; width: {width}px }} img {{ display: block }}
figcaption {{ height: {caption}px; color: #d8dce5; text-align: center;
 font: 16px/{caption}px Inter, sans-serif }}
</style></head><body><div id="root" data-composition-id="sheet" data-start="0"
 data-width="{0}" data-height="{1}" data-duration="1" data-no-timeline>{cells}</div>
</body></html>"""
