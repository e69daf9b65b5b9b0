"""
The commands below ``chrome``: the browsers this machine has.
"""

from __future__ import annotations

import json
import os
import time

from .._browser.launch import probe_chrome
from .._model.codec import to_json
from ..chrome import HeadlessShell, Sparticuz, default_chrome
from .common import Args, Group, command, show
from .options import CHROME, chrome_source


def _list(args: Args) -> int:
    shell, sparticuz = HeadlessShell().find(), Sparticuz()
    unpacked = sparticuz.folder if (sparticuz.folder / "chromium").is_file() else None
    rows = {
        "headless-shell": None if shell is None else str(shell),
        "sparticuz": None if unpacked is None else str(unpacked),
        "default": type(default_chrome()).__name__,
        "environment": os.environ.get("HYPERFRAMES_DIST_CHROME"),
    }
    lines = [
        f"headless-shell  {rows['headless-shell'] or 'not found'}",
        f"sparticuz       {rows['sparticuz'] or 'not unpacked yet (70 MB from npm)'}",
        f"default         {rows['default']}",
    ]
    return show(args, json.dumps(rows).encode(), "\n".join(lines))


def _probe(args: Args) -> int:
    deadline = time.monotonic() + (args.timeout or 120)
    report = probe_chrome(chrome_source(args), deadline=deadline)
    text = f"{report.executable}: {report.product} draws by BeginFrame"
    return show(args, to_json(report), text)


COMMANDS = (
    Group(
        "chrome",
        "The browsers this machine has.",
        (
            command("list", _list, "List the known sources of Chrome."),
            command(
                "probe",
                _probe,
                "Boot a browser and have it draw a PNG by BeginFrame.",
                CHROME,
            ),
        ),
    ),
)
