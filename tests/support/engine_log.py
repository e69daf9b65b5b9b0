"""
What engines have made, one line a film: a file that ``HYPERFRAMES_DIST_ENGINE_LOG`` names.

`docs/write_engines.py` makes the table of docs/engines.md of it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

LOG = "HYPERFRAMES_DIST_ENGINE_LOG"


def note(engine: str, case: str, made: str, wanted: str) -> None:
    """Note that *engine* made a film of the sha256 *made*, and `render` one of *wanted*."""
    if path := os.environ.get(LOG):
        row = {"engine": engine, "case": case, "made": made, "wanted": wanted}
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
