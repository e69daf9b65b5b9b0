"""
Options of the commands that show a page, and the configuration they spell.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from .._model.config import RenderConfig, ResolutionName
from .._model.formats import FORMATS, Format, format_of
from ..chrome import ChromeSource, HeadlessShell, Sparticuz, default_chrome
from ..errors import InputError
from .common import Args, argument, flag, option

PROJECT = argument("project", "directory of the composition", kind=Path)
VIDEO = argument("output", "the video or directory to write", kind=Path)

_PAGE, _VIDEO, _BROWSER = "The page", "The video", "The browser"


def _list_codecs(row: Format) -> str:
    return f"{row.name}: {', '.join(row.codecs)}"


CHROME = option(
    "--chrome",
    "the browser, also the path of an executable",
    default="auto",
    words=("auto", "headless-shell", "sparticuz"),
    heading=_BROWSER,
)

PAGE_OPTIONS = (
    option("--fps", "frame rate, such as 30 or 30000/1001", heading=_PAGE),
    option(
        "--output-scale",
        "output pixels per CSS pixel, such as 2, 0.5 or 2/3",
        default="1",
        metavar="N",
        heading=_PAGE,
    ),
    option(
        "--resolution",
        "the output's size by name, instead of a scale",
        words=get_args(ResolutionName),
        heading=_PAGE,
    ),
    option("--variables", "JSON object, or @FILE with one", heading=_PAGE),
    option(
        "--set",
        "one variable; its value is JSON, or else text; may be given more than once",
        metavar="NAME=VALUE",
        many=True,
        heading=_PAGE,
        dest="assigned",
    ),
    flag(
        "--strict-variables",
        "refuse variables that are not declared, or declared with another type",
        heading=_PAGE,
    ),
    flag("--strict", "what `check` warns of is an error", heading=_PAGE),
    option("--entry", "the document", default="index.html", heading=_PAGE),
    option("--runtime", "a page runtime of your own", heading=_PAGE),
    option(
        "--fonts",
        "text in a font the plan does not have: a warning, or an error",
        default="warn",
        words=("warn", "strict"),
        heading=_PAGE,
    ),
    option(
        "--overrides",
        "files for remote addresses: DIR/host/path",
        metavar="DIR",
        heading=_PAGE,
    ),
    flag(
        "--offline",
        "fetch nothing: remote addresses from the overrides, the lock and the cache",
        heading=_PAGE,
    ),
    CHROME,
)
"""What decides how a page is shown, and what it asks for."""

CONFIG_OPTIONS = (
    option(
        "--format",
        "what is written (default: what the output is named like, or mp4)",
        words=tuple(FORMATS),
        heading=_VIDEO,
    ),
    option(
        "--codec",
        "codec of that format; the first is the default: "
        + "; ".join(map(_list_codecs, FORMATS.values())),
        heading=_VIDEO,
    ),
    option(
        "--quality",
        "how small or how good it is",
        default="standard",
        words=("draft", "standard", "high"),
        heading=_VIDEO,
    ),
    option(
        "--crf",
        "constant rate factor instead of the quality's",
        kind=int,
        heading=_VIDEO,
    ),
    option(
        "--capture",
        "how frames leave Chrome",
        default="lossless",
        words=("lossless", "jpeg"),
        heading=_VIDEO,
    ),
    option(
        "--bitrate",
        "bits per second, such as 4M, instead of a rate factor",
        heading=_VIDEO,
    ),
    option(
        "--gif-loop",
        "how often a GIF is shown again; 0 is for ever",
        kind=int,
        default=0,
        heading=_VIDEO,
    ),
    option(
        "--segment-seconds",
        "length of a segment; auto is by the length of the film",
        default="auto",
        heading=_VIDEO,
    ),
    option(
        "--frames", "only the frames from A to below B", metavar="A:B", heading=_VIDEO
    ),
    option(
        "--start",
        "only from so many seconds on; the sound is cut too",
        metavar="SECONDS",
        heading=_VIDEO,
    ),
    option("--end", "only up to so many seconds", metavar="SECONDS", heading=_VIDEO),
    flag("--no-audio", "leave the sound out", heading=_VIDEO),
    option("--chunks", "most chunks to cut into", default="auto", heading=_VIDEO),
    option(
        "--reach",
        "how a chunk gets to its first frame: auto jumps where that is proven the same, "
        "walk passes all before it",
        default="auto",
        words=("auto", "walk"),
        heading=_VIDEO,
    ),
    *PAGE_OPTIONS,
)
"""All that a video is made by."""


def chrome_source(args: Args) -> ChromeSource:
    """The browser ``--chrome`` names."""
    named = {"auto": default_chrome, "headless-shell": HeadlessShell}
    if args.chrome == "sparticuz":
        return Sparticuz()
    if args.chrome in named:
        return named[args.chrome]()
    return HeadlessShell(Path(args.chrome))


def page_config(args: Args) -> RenderConfig:
    """What the options of `add_page_options` ask for."""
    return RenderConfig(
        fps=args.fps,
        output_scale=args.output_scale,
        resolution=args.resolution,
        variables=read_variables(args.variables, args.assigned),
        strict_variables=args.strict_variables,
        strict=args.strict,
        entry_file=args.entry,
        runtime=args.runtime,
        fonts=args.fonts,
        overrides_dir=args.overrides,
        offline=args.offline,
    )


def render_config(args: Args) -> RenderConfig:
    """What the options of `add_config_options` ask for."""
    chunks = args.chunks
    return page_config(args).replace(
        format=args.format or _format_by_name(args) or "mp4",
        codec=args.codec,
        quality=args.quality,
        crf=args.crf,
        bitrate=args.bitrate,
        gif_loop=args.gif_loop,
        capture=args.capture,
        segment_seconds=args.segment_seconds,
        audio=not args.no_audio,
        frames=_frames(args.frames),
        start=args.start,
        end=args.end,
        chunks=int(chunks) if chunks.isdigit() else chunks,
        reach=args.reach,
    )


def _frames(text: str | None) -> range | None:
    if text is None:
        return None
    start, colon, stop = text.partition(":")
    if not (colon and start.isdigit() and stop.isdigit()):
        raise InputError(f"--frames {text!r} is not like 100:201")
    return range(int(start), int(stop))


def _format_by_name(args: Args) -> str | None:
    output = getattr(args, "output", None)
    return None if output is None else format_of(output)


def read_variables(text: str | None, assigned: tuple[str, ...] = ()) -> Any:
    """What ``--variables`` says, given as JSON or as ``@FILE``, under each ``--set``."""
    values = {} if text is None else _parse_variables(text)
    if not assigned:
        return values
    if not isinstance(values, dict):
        raise InputError(
            "--variables is no JSON object, so --set has nothing to add to"
        )
    return {**values, **dict(map(_assign, assigned))}


def _parse_variables(text: str) -> Any:
    try:
        source = Path(text[1:]).read_text("utf-8") if text.startswith("@") else text
        return json.loads(source)
    except OSError as error:
        raise InputError(f"--variables {text}: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"--variables is not JSON: {error}") from None


def _assign(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise InputError(f"--set {text!r} is not like NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
