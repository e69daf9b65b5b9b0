"""
The commands that make films: ``render`` and ``batch``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from .._pipeline.calls import render
from ..errors import Cancelled, DeadlineExceeded, HyperframesError
from ..progress import Control
from .bar import progress_of
from .common import Args, argument, command, flag, option, show, stop_wishes
from .options import CONFIG_OPTIONS, PROJECT, VIDEO, chrome_source, render_config
from .results import PERF, REPORT, STORE, show_output


def _render(args: Args) -> int:
    if not args.watch:
        return _render_once(args, stop_wishes(args))
    from .._look.watch import changes  # noqa: PLC0415

    wishes = stop_wishes(args)
    for _ in changes(args.project, render_config(args), Control(**wishes)):
        try:
            _render_once(args, wishes)
        except (Cancelled, DeadlineExceeded):
            raise
        except HyperframesError as error:
            # The next change may mend it.
            print(f"hyperframes_dist: {type(error).__name__}: {error}", file=sys.stderr)
    return 0


def _render_once(args: Args, wishes: dict[str, Any]) -> int:
    with progress_of(args) as bar:
        result = render(
            args.project,
            args.output,
            render_config(args),
            workers=args.workers,
            store=args.store,
            chrome=chrome_source(args),
            perf=args.perf,
            report=args.report,
            progress=bar.update,
            **wishes,
        )
    return show_output(args, result)


def _batch(args: Args) -> int:
    from .._batch.many import render_many  # noqa: PLC0415
    from .._batch.rows import read_rows  # noqa: PLC0415

    failed = 0
    for row in render_many(
        args.project,
        read_rows(args.rows),
        str(args.output),
        render_config(args),
        workers=args.workers,
        chrome=chrome_source(args),
        **stop_wishes(args),
    ):
        failed += row.status == "failed"
        made = None if row.result is None else str(row.result.path)
        said = made or f"{type(row.error).__name__}: {row.error}"
        facts = {"key": row.key, "status": row.status, "seconds": row.seconds}
        facts |= {"error": said} if made is None else {"path": made}
        text = f"{row.key}: {row.status} in {row.seconds:.1f} s, {said}"
        show(args, json.dumps(facts).encode(), text)
    return 1 if failed else 0


COMMANDS = (
    command(
        "render",
        _render,
        "Render a project into a video on this machine.",
        PROJECT,
        VIDEO,
        option("--workers", "browsers at once (default: auto)", kind=int),
        flag("--watch", "render again whenever a file of the project changes"),
        PERF,
        REPORT,
        STORE,
        *CONFIG_OPTIONS,
        examples=(
            "render my-film out/film.mp4",
            "render my-film out/draft.mp4 --quality draft --frames 0:90",
            "render my-film out/hello.mp4 --set name=Ada --set count=3",
        ),
    ),
    command(
        "batch",
        _batch,
        "Render a project once for each row of a table.",
        PROJECT,
        argument("rows", "a .csv with a head, or JSON objects, one a line", kind=Path),
        argument(
            "output", "where films go, with columns in braces: out/{key}.mp4", kind=Path
        ),
        option("--workers", "films at once (default: auto)", kind=int),
        *CONFIG_OPTIONS,
        examples=("batch card people.csv 'out/{name}.mp4' --workers 2",),
    ),
)
