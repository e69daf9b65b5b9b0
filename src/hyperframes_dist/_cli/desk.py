"""
The commands at the desk: ``new``, ``info``, ``preview``, ``doctor``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from .._look.info import ProjectInfo, project_info
from .._look.new import TEMPLATES, new_project
from .._model.codec import canonical_json
from .._model.config import RenderConfig
from ..progress import Control
from .bar import progress_of
from .common import Args, argument, command, option, show, stop_wishes
from .options import PAGE_OPTIONS, PROJECT, chrome_source, page_config

if TYPE_CHECKING:
    from .._look.repeats import Repeats


def _new(args: Args) -> int:
    place = new_project(args.folder, args.template)
    row = {"path": str(place), "template": args.template}
    text = f"{place}: {args.template}; look at it with: preview {place}"
    return show(args, json.dumps(row).encode(), text)


def _info(args: Args) -> int:
    found = project_info(args.project, RenderConfig(entry_file=args.entry))
    return show(args, canonical_json(attrs.asdict(found)), _describe(found))


def _describe(found: ProjectInfo) -> str:
    size = f"{found.width or '?'}x{found.height or '?'}"
    length = f"{found.duration} s" if found.duration else "as long as its content"
    rows = [
        ("composition", f"{found.composition or 'none'} in {found.entry}"),
        ("size", f"{size}, {length}{(found.fps and f', {found.fps} fps') or ''}"),
        *(
            ("variable", f"{v.id} ({v.type or 'any'}) = {v.default!r}")
            for v in found.variables
        ),
        *(("mounts", path) for path in found.mounted),
        *(("media", address) for address in found.media),
        *(("remote", address) for address in found.remote),
        ("check", f"{found.errors} errors, {found.warnings} warnings"),
    ]
    return "\n".join(f"{name:<12} {text}" for name, text in rows)


def _preview(args: Args) -> int:
    from .._look.preview import Preview  # noqa: PLC0415

    wishes = stop_wishes(args)
    config, chrome = page_config(args), chrome_source(args)
    with Preview(args.project, config, port=args.port, chrome=chrome) as preview:
        row = {"url": preview.url}
        show(args, json.dumps(row).encode(), f"{preview.url}  (Ctrl-C ends it)")
        sys.stdout.flush()
        while not wishes["cancel"].wait(0.2):
            if wishes["deadline"] and time.monotonic() > wishes["deadline"]:
                break
    return 0


def _doctor(args: Args) -> int:
    from .._look.doctor import examine  # noqa: PLC0415

    if args.project is not None:
        return _repeats(args)
    found = []
    for row in examine(chrome_source(args)):
        found.append(row)
        if not args.json:
            print(f"{'ok' if row.ok else 'NO':<3} {row.name:<8} {row.text}", flush=True)
    if args.json:
        print(json.dumps([attrs.asdict(row) for row in found]))
    return 0 if all(row.ok for row in found) else 1


def _repeats(args: Args) -> int:
    from .._look.repeats import examine_project  # noqa: PLC0415

    config, chrome = page_config(args), chrome_source(args)
    with progress_of(args) as bar:
        control = Control(bar.update, **stop_wishes(args))
        found = examine_project(args.project, config, chrome=chrome, control=control)
    show(args, json.dumps(attrs.asdict(found)).encode(), _tell_repeats(found))
    return 0 if found.unsteady is None else 1


def _tell_repeats(found: Repeats) -> str:
    it, count = found.unsteady, len(found.frames)
    rows = [
        f"{'NO' if it and showing in it.how else 'ok':<3} {showing}: {count} frames"
        for showing in found.showings
    ]
    rows.append(f"    it {found.reach}")
    if it is not None:
        asked = f"{it.api}, asked for at {it.place}" if it.api else "nothing looked at"
        rows += [
            f"frame {it.frame}, at {it.seconds:g} s, is not the same each time",
            f"    shown by {' and '.join(it.elements[:2]) or 'what was not seen again'}",
            f"    what answers otherwise: {asked}",
        ]
    return "\n".join(rows)


COMMANDS = (
    command(
        "new",
        _new,
        "Begin a project with a small composition.",
        argument("folder", "the directory to write", kind=Path),
        option("--template", "what to begin with", default="title", words=TEMPLATES),
        examples=("new my-film --template chart",),
    ),
    command(
        "info",
        _info,
        "Say what a project is, from its files alone.",
        PROJECT,
        option("--entry", "the document", default="index.html"),
    ),
    command(
        "preview",
        _preview,
        "Show a project in a browser, and every change of it.",
        PROJECT,
        option("--port", "where it listens, on this machine only", kind=int, default=0),
        *PAGE_OPTIONS,
    ),
    command(
        "doctor",
        _doctor,
        "Look at what this machine has of all a render needs, or whether a project repeats.",
        argument(
            "project",
            "draw frames of this one in several ways, and name what makes them differ",
            kind=Path,
            required=False,
        ),
        *PAGE_OPTIONS,
        examples=("doctor", "doctor my-film"),
    ),
)
