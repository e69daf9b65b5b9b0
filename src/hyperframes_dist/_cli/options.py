"""
Options of the commands that show a page, and the configuration they spell.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .._model.config import RenderConfig
from .._model.formats import FORMATS, Format, format_of
from ..chrome import ChromeSource, HeadlessShell, Sparticuz, default_chrome
from ..errors import InputError


def add_chrome_option(parser: argparse.ArgumentParser) -> None:
    """Give *parser* the choice of a browser."""
    parser.add_argument(
        "--chrome",
        default="auto",
        metavar="CHROME",
        help="auto, headless-shell, sparticuz, or the path of an executable",
    )


def add_page_options(parser: argparse.ArgumentParser) -> None:
    """Give *parser* what decides how a page is shown, and what it asks for."""
    add = parser.add_argument
    add("--fps", help="frame rate, such as 30 or 30000/1001")
    text = "output pixels per CSS pixel (default: 1)"
    add("--output-scale", type=int, default=1, metavar="N", help=text)
    add("--variables", help="JSON object, or @FILE with one")
    add(
        "--strict-variables",
        action="store_true",
        help="refuse variables that are not declared, or declared with another type",
    )
    add("--strict", action="store_true", help="what `check` warns of is an error")
    add("--entry", default="index.html", help="the document (default: index.html)")
    add("--runtime", help="a page runtime of your own")
    text = "text in a font the plan does not have: warn (default) or strict, an error"
    add("--fonts", default="warn", help=text)
    add("--overrides", metavar="DIR", help="files for remote addresses: DIR/host/path")
    text = "fetch nothing: remote addresses from the overrides, the lock and the cache"
    add("--offline", action="store_true", help=text)
    add_chrome_option(parser)


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Give *parser* all that a video is made by."""
    add = parser.add_argument
    formats, codecs = ", ".join(FORMATS), "; ".join(map(_list_codecs, FORMATS.values()))
    add("--format", help=f"{formats} (default: what the output is named like, or mp4)")
    add("--codec", help=f"codec of that format; the first is the default: {codecs}")
    add("--quality", default="standard", help="draft, standard or high")
    add("--crf", type=int, help="constant rate factor instead of the quality's")
    text = "how frames leave Chrome: lossless (default) or jpeg"
    add("--capture", default="lossless", help=text)
    add("--bitrate", help="bits per second, such as 4M, instead of a rate factor")
    text = "length of a segment (default: auto, by the length of the film)"
    add("--segment-seconds", default="auto", help=text)
    add("--frames", metavar="A:B", help="only the frames from A to below B")
    text = "only from so many seconds on; the sound is cut too"
    add("--start", metavar="SECONDS", help=text)
    add("--end", metavar="SECONDS", help="only up to so many seconds")
    add("--no-audio", action="store_true", help="leave the sound out")
    add("--chunks", default="auto", help="most chunks to cut into (default: auto)")
    add_page_options(parser)


def _list_codecs(row: Format) -> str:
    return f"{row.name}: {', '.join(row.codecs)}"


def chrome_source(args: argparse.Namespace) -> ChromeSource:
    """The browser ``--chrome`` names."""
    named = {"auto": default_chrome, "headless-shell": HeadlessShell}
    if args.chrome == "sparticuz":
        return Sparticuz()
    if args.chrome in named:
        return named[args.chrome]()
    return HeadlessShell(Path(args.chrome))


def page_config(args: argparse.Namespace) -> RenderConfig:
    """What the options of `add_page_options` ask for."""
    return RenderConfig(
        fps=args.fps,
        output_scale=args.output_scale,
        variables=read_variables(args.variables),
        strict_variables=args.strict_variables,
        strict=args.strict,
        entry_file=args.entry,
        runtime=args.runtime,
        fonts=args.fonts,
        overrides_dir=args.overrides,
        offline=args.offline,
    )


def render_config(args: argparse.Namespace) -> RenderConfig:
    """What the options of `add_config_options` ask for."""
    chunks = args.chunks
    return page_config(args).replace(
        format=args.format or _format_by_name(args) or "mp4",
        codec=args.codec,
        quality=args.quality,
        crf=args.crf,
        bitrate=args.bitrate,
        capture=args.capture,
        segment_seconds=args.segment_seconds,
        audio=not args.no_audio,
        frames=_frames(args.frames),
        start=args.start,
        end=args.end,
        chunks=int(chunks) if chunks.isdigit() else chunks,
    )


def _frames(text: str | None) -> range | None:
    if text is None:
        return None
    start, colon, stop = text.partition(":")
    if not (colon and start.isdigit() and stop.isdigit()):
        raise InputError(f"--frames {text!r} is not like 100:201")
    return range(int(start), int(stop))


def _format_by_name(args: argparse.Namespace) -> str | None:
    return format_of(args.output) if "output" in args else None


def read_variables(text: str | None) -> Any:
    """What ``--variables`` says, given as JSON or as ``@FILE``."""
    if text is None:
        return {}
    try:
        source = Path(text[1:]).read_text("utf-8") if text.startswith("@") else text
        return json.loads(source)
    except (OSError, ValueError) as error:
        raise InputError(f"--variables is not JSON: {error}") from None
