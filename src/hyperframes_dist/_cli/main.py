"""
The commands: what the library does, from a shell.

Results go to standard output, all else to standard error; a progress bar only to a
terminal. Errors are one line; ``--verbose`` adds the library's log. A command loads what
it runs, and no other's: of a short one's time that is much.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from .._browser.launch import probe_chrome
from .._encode.still import check_picture_path
from .._model.codec import to_json
from .._model.results import OutputResult, Plan
from .._pipeline.calls import assemble, render, render_chunk
from .._pipeline.renderer import Renderer
from .._planned.directory import verify_plan
from .._sources.lock import LOCK_NAME
from .._version import __version__
from ..chrome import HeadlessShell, Sparticuz, default_chrome
from ..errors import (
    Cancelled,
    DeadlineExceeded,
    HyperframesError,
    InputError,
)
from .bar import ProgressBar
from .common import EXIT_STATUSES, add_command, show, stop_wishes
from .options import (
    add_chrome_option,
    add_config_options,
    add_page_options,
    chrome_source,
    page_config,
    read_variables,
    render_config,
)

_INTERRUPTED, _TIMED_OUT, _RETRY, _INPUT, _FAILED = 130, 124, 3, 2, 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    words = sys.argv[1:] if argv is None else list(argv)
    args = _parser(words).parse_args(words)
    if args.verbose:
        _log_to(sys.stderr)
    try:
        return int(args.run(args))
    except HyperframesError as error:
        _print_error(args, error)
        return _status(error)
    except (BrokenPipeError, KeyboardInterrupt):
        return _INTERRUPTED
    except OSError as error:
        _print_error(args, error)
        return _FAILED


def _log_to(stream: TextIO) -> None:
    """
    Write the library's own log to *stream*.

    What it is made with logs as well: signed requests, tokens, addresses with queries.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    own = logging.getLogger(__package__.partition(".")[0])
    own.addHandler(handler)
    own.setLevel(logging.DEBUG)


def _status(error: HyperframesError) -> int:
    if isinstance(error, Cancelled):
        return _INTERRUPTED
    if isinstance(error, DeadlineExceeded):
        return _TIMED_OUT
    if isinstance(error, InputError):
        return _INPUT
    return _RETRY if error.retryable else _FAILED


def _print_error(args: argparse.Namespace, error: Exception) -> None:
    name = type(error).__name__
    if args.json:
        retryable = getattr(error, "retryable", False)
        row = {"error": name, "message": str(error), "retryable": retryable}
        print(json.dumps(row))
    print(f"hyperframes_dist: {name}: {error}", file=sys.stderr)


def _called() -> str:
    """How this command was called, for its own usage."""
    script = "hyperframes-dist"
    return script if Path(sys.argv[0]).stem == script else "python -m hyperframes_dist"


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """What understands *words*; of the larger commands only those that are among them."""
    parser = argparse.ArgumentParser(
        prog=_called(),
        description="Render HyperFrames compositions.",
        epilog=EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_render(commands)
    _add_still(commands)
    _add_sheet(commands)
    _add_batch(commands)
    _add_plan(commands)
    _add_check(commands)
    _add_lock(commands)
    _add_chunk(commands)
    _add_assemble(commands)
    _add_verify(commands)
    _add_quote(commands, words)
    _add_chrome(commands)
    _add_aws(commands, words)
    return parser


def _add_store_option(parser: argparse.ArgumentParser) -> None:
    text = "keep finished segments here, and take those that are there"
    parser.add_argument("--store", metavar="DIR", help=text)


def _add_perf_option(parser: argparse.ArgumentParser) -> None:
    text = "write there what each part took, as JSON"
    parser.add_argument("--perf", metavar="FILE", help=text)


def _add_render(commands: Any) -> None:
    text = "render a project into a video on this machine"
    parser = add_command(commands, "render", _render, text)
    parser.add_argument("project", type=Path, help="directory of the composition")
    parser.add_argument("output", type=Path, help="the video or directory to write")
    parser.add_argument("--workers", type=int, help="browsers at once (default: auto)")
    _add_perf_option(parser)
    _add_store_option(parser)
    add_config_options(parser)


def _add_still(commands: Any) -> None:
    text = "draw one frame of a project, or of a plan, as a picture"
    parser = add_command(commands, "still", _still, text)
    parser.add_argument("project", type=Path, help="directory of the composition")
    parser.add_argument("output", type=Path, help="a .png, .jpg or .webp to write")
    which = parser.add_mutually_exclusive_group(required=True)
    text = "the frame shown at so many seconds"
    which.add_argument("--at", metavar="SECONDS", help=text)
    which.add_argument("--frame", type=int, metavar="N", help="the frame, from 0")
    add_page_options(parser)


def _add_sheet(commands: Any) -> None:
    text = "draw pictures of a whole film on one, with their times"
    parser = add_command(commands, "sheet", _sheet, text)
    parser.add_argument("project", type=Path, help="directory of the composition")
    parser.add_argument("output", type=Path, help="a .png, .jpg or .webp to write")
    parser.add_argument("--count", type=int, default=16, help="pictures (default: 16)")
    text = "pictures beside each other (default: 4)"
    parser.add_argument("--columns", type=int, default=4, help=text)
    add_page_options(parser)


def _add_batch(commands: Any) -> None:
    text = "render a project once for each row of a table"
    parser = add_command(commands, "batch", _batch, text)
    parser.add_argument("project", type=Path, help="directory of the composition")
    text = "a .csv with a head, or JSON objects, one a line"
    parser.add_argument("rows", type=Path, help=text)
    text = "where films go, with columns in braces: out/{key}.mp4"
    parser.add_argument("output", type=Path, help=text)
    parser.add_argument("--workers", type=int, help="films at once (default: auto)")
    add_config_options(parser)


def _add_plan(commands: Any) -> None:
    parser = add_command(
        commands, "plan", _plan, "freeze a project into a plan directory"
    )
    parser.add_argument("project", type=Path, help="directory of the composition")
    parser.add_argument("plan_dir", type=Path, help="the directory to write")
    add_config_options(parser)


def _add_check(commands: Any) -> None:
    text = "look for mistakes in a project, without a browser"
    parser = add_command(commands, "check", _check, text)
    parser.add_argument("project", type=Path, help="directory of the composition")
    text = "text (default), json or github, as commands of GitHub Actions"
    choices = ("text", "json", "github")
    parser.add_argument("--format", choices=choices, default="text", help=text)
    parser.add_argument("--strict", action="store_true", help="fail at warnings too")
    parser.add_argument("--entry", default="index.html", help="the document")
    parser.add_argument("--variables", help="JSON object, or @FILE with one")


def _add_lock(commands: Any) -> None:
    text = "pin what each remote address of a project means, in its hyperframes.lock"
    parser = add_command(commands, "lock", _lock, text)
    parser.add_argument("project", type=Path, help="directory of the composition")
    text = "forget all pins and resolve anew; else missing ones are added"
    parser.add_argument("--update", action="store_true", help=text)
    add_page_options(parser)


def _add_chunk(commands: Any) -> None:
    parser = add_command(commands, "chunk", _chunk, "render one chunk of a plan")
    parser.add_argument("plan_dir", type=Path)
    parser.add_argument("index", type=int, help="which chunk, from 0")
    parser.add_argument("output", type=Path, help="the chunk's file to write")
    _add_perf_option(parser)
    _add_store_option(parser)
    add_chrome_option(parser)


def _add_assemble(commands: Any) -> None:
    text = "join all chunks of a plan into the video"
    parser = add_command(commands, "assemble", _assemble, text)
    parser.add_argument("plan_dir", type=Path)
    parser.add_argument("output", type=Path, help="the video to write")
    parser.add_argument("chunks", type=Path, nargs="+", help="chunk files, in order")


def _add_verify(commands: Any) -> None:
    text = "compare a plan directory with what was planned"
    parser = add_command(commands, "verify", _verify, text)
    parser.add_argument("plan_dir", type=Path)


def _add_quote(commands: Any, words: Sequence[str]) -> None:
    text = "predict what a render takes, and choose how to make it"
    parser = add_command(commands, "quote", _quote, text)
    if "quote" in words:
        from .quote import add_quote_options  # noqa: PLC0415

        add_quote_options(parser)
        add_config_options(parser)


def _add_aws(commands: Any, words: Sequence[str]) -> None:
    parser = commands.add_parser("aws", help="rendering on AWS Lambda")
    if "aws" in words:
        from .aws import add_verbs  # noqa: PLC0415

        add_verbs(parser)


def _add_chrome(commands: Any) -> None:
    chrome = commands.add_parser("chrome", help="the browsers this machine has")
    verbs = chrome.add_subparsers(required=True, metavar="VERB")
    add_command(verbs, "list", _chrome_list, "list the known sources of Chrome")
    text = "boot a browser and have it draw a PNG by BeginFrame"
    add_chrome_option(add_command(verbs, "probe", _chrome_probe, text))


def _wishes(args: argparse.Namespace, bar: ProgressBar) -> dict[str, Any]:
    """Progress, cancellation and deadline as every long call takes them."""
    return {"progress": bar.update, **stop_wishes(args)}


def _bar(args: argparse.Namespace) -> ProgressBar:
    return ProgressBar(sys.stderr, shown=sys.stderr.isatty() and not args.quiet)


def _render(args: argparse.Namespace) -> int:
    with _bar(args) as bar:
        result = render(
            args.project,
            args.output,
            render_config(args),
            workers=args.workers,
            store=args.store,
            chrome=chrome_source(args),
            perf=args.perf,
            **_wishes(args, bar),
        )
    return _show_output(args, result)


def _still(args: argparse.Namespace) -> int:
    check_picture_path(args.output)
    with _bar(args) as bar, Renderer(chrome_source(args)) as renderer:
        made = renderer.still(
            args.project,
            args.at,
            page_config(args),
            frame=args.frame,
            **_wishes(args, bar),
        )
    made.save(args.output)
    _warn(made.warnings)
    row = {
        "path": str(args.output),
        "frame": made.frame,
        "seconds": float(made.time),
        "width": made.width,
        "height": made.height,
    }
    text = f"{args.output}: frame {made.frame}, {made.width}x{made.height}"
    return show(args, json.dumps(row).encode(), text)


def _sheet(args: argparse.Namespace) -> int:
    from .._look.sheet import contact_sheet  # noqa: PLC0415

    check_picture_path(args.output)
    with _bar(args) as bar:
        made = contact_sheet(
            args.project,
            page_config(args),
            count=args.count,
            columns=args.columns,
            chrome=chrome_source(args),
            **_wishes(args, bar),
        )
    made.save(args.output)
    row = {"path": str(args.output), "width": made.width, "height": made.height}
    text = f"{args.output}: {made.width}x{made.height}"
    return show(args, json.dumps(row).encode(), text)


def _batch(args: argparse.Namespace) -> int:
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
    return _FAILED if failed else 0


def _quote(args: argparse.Namespace) -> int:
    from .quote import describe_quote, run_quote  # noqa: PLC0415

    with _bar(args) as bar:
        config, chrome = render_config(args), chrome_source(args)
        made = run_quote(args, config, chrome, _wishes(args, bar))
    return show(args, to_json(made), describe_quote(made))


def _plan(args: argparse.Namespace) -> int:
    with _bar(args) as bar, Renderer(chrome_source(args)) as renderer:
        made = renderer.plan(
            args.project, args.plan_dir, render_config(args), **_wishes(args, bar)
        )
    return _show_plan(args, made)


def _check(args: argparse.Namespace) -> int:
    from .._check.check import check  # noqa: PLC0415
    from .._model.config import RenderConfig  # noqa: PLC0415

    config = RenderConfig(
        entry_file=args.entry, variables=read_variables(args.variables)
    )
    report = check(args.project, config)
    if args.json or args.format == "json":
        print(report.to_json().decode())
    else:
        print(report.to_github() if args.format == "github" else report)
    return 0 if report.ok(strict=args.strict) else _FAILED


def _lock(args: argparse.Namespace) -> int:
    config = page_config(args)
    with _bar(args) as bar, Renderer(chrome_source(args)) as renderer:
        made = renderer.lock(
            args.project, config, update=args.update, **_wishes(args, bar)
        )
    path = args.project / LOCK_NAME
    return show(args, to_json(made), f"{path}: {len(made.addresses)} addresses")


def _chunk(args: argparse.Namespace) -> int:
    with _bar(args) as bar:
        result = render_chunk(
            args.plan_dir,
            args.index,
            args.output,
            store=args.store,
            chrome=chrome_source(args),
            perf=args.perf,
            **_wishes(args, bar),
        )
    text = f"{args.output}: {result.frame_count} frames, sha256 {result.sha256}"
    return show(args, to_json(result), text)


def _assemble(args: argparse.Namespace) -> int:
    with _bar(args) as bar:
        result = assemble(args.plan_dir, args.chunks, args.output, **_wishes(args, bar))
    return _show_output(args, result)


def _verify(args: argparse.Namespace) -> int:
    return _show_plan(args, verify_plan(args.plan_dir))


def _show_output(args: argparse.Namespace, result: OutputResult) -> int:
    _warn(result.warnings)
    facts = f"{result.width}x{result.height}, {result.frame_count} frames"
    seconds = f"{float(result.duration):g} s"
    text = f"{result.path}: {facts}, {seconds}, {result.size} bytes"
    return show(args, to_json(result), text)


def _show_plan(args: argparse.Namespace, made: Plan) -> int:
    _warn(made.warnings)
    row = {
        "path": str(made.path),
        "content_hash": made.content_hash,
        "plan_hash": made.plan_hash,
        "frame_count": made.frame_count,
        "chunk_count": made.chunk_count,
        "warnings": list(made.warnings),
    }
    counts = f"{made.frame_count} frames in {made.chunk_count} chunks"
    text = f"{made.path}: {counts}, plan hash {made.plan_hash}"
    return show(args, json.dumps(row).encode(), text)


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)


def _chrome_list(args: argparse.Namespace) -> int:
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


def _chrome_probe(args: argparse.Namespace) -> int:
    deadline = time.monotonic() + (args.timeout or 120)
    try:
        report = probe_chrome(chrome_source(args), deadline=deadline)
    except HyperframesError as error:
        _print_error(args, error)
        return _FAILED
    text = f"{report.executable}: {report.product} draws by BeginFrame"
    return show(args, to_json(report), text)
