"""
The commands that draw pictures of a film: ``still`` and ``sheet``.
"""

from __future__ import annotations

import json
from pathlib import Path

from .._encode.still import check_picture_path
from .._pipeline.renderer import Renderer
from ..errors import InputError
from .bar import progress_of
from .common import Args, argument, command, option, show
from .options import PAGE_OPTIONS, PROJECT, chrome_source, page_config
from .results import warn_of, wishes_of

_PICTURE = argument("output", "a .png, .jpg or .webp to write", kind=Path)


def _still(args: Args) -> int:
    if (args.at is None) == (args.frame is None):
        raise InputError("a still is named by --at SECONDS or by --frame N")
    check_picture_path(args.output)
    with progress_of(args) as bar, Renderer(chrome_source(args)) as renderer:
        made = renderer.still(
            args.project,
            args.at,
            page_config(args),
            frame=args.frame,
            **wishes_of(args, bar),
        )
    made.save(args.output)
    warn_of(made.warnings)
    row = {
        "path": str(args.output),
        "frame": made.frame,
        "seconds": float(made.time),
        "width": made.width,
        "height": made.height,
    }
    text = f"{args.output}: frame {made.frame}, {made.width}x{made.height}"
    return show(args, json.dumps(row).encode(), text)


def _sheet(args: Args) -> int:
    from .._look.sheet import contact_sheet  # noqa: PLC0415

    check_picture_path(args.output)
    with progress_of(args) as bar:
        made = contact_sheet(
            args.project,
            page_config(args),
            count=args.count,
            columns=args.columns,
            chrome=chrome_source(args),
            **wishes_of(args, bar),
        )
    made.save(args.output)
    row = {"path": str(args.output), "width": made.width, "height": made.height}
    text = f"{args.output}: {made.width}x{made.height}"
    return show(args, json.dumps(row).encode(), text)


COMMANDS = (
    command(
        "still",
        _still,
        "Draw one frame of a project, or of a plan, as a picture.",
        PROJECT,
        _PICTURE,
        option("--at", "the frame shown at so many seconds", metavar="SECONDS"),
        option("--frame", "the frame, from 0", kind=int, metavar="N"),
        *PAGE_OPTIONS,
        examples=("still my-film out/middle.png --at 2.5",),
    ),
    command(
        "sheet",
        _sheet,
        "Draw pictures of a whole film on one, with their times.",
        PROJECT,
        _PICTURE,
        option("--count", "pictures", kind=int, default=16),
        option("--columns", "pictures beside each other", kind=int, default=4),
        *PAGE_OPTIONS,
        examples=("sheet my-film out/sheet.png --count 9 --columns 3",),
    ),
)
