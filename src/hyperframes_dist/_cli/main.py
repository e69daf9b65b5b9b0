"""
The commands: what the library does, from a shell.

Results go to standard output, all else to standard error; progress only to a terminal,
unless it is asked for. Errors are one line; ``--verbose`` adds the library's log. A command
loads what it runs, and no other's: of a short one's time that is much.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from .._version import __version__
from ..errors import (
    Cancelled,
    DeadlineExceeded,
    HyperframesError,
    InputError,
)
from .common import Args, Group, run_words

_INTERRUPTED, _TIMED_OUT, _RETRY, _INPUT, _FAILED = 130, 124, 3, 2, 1

ROOT = Group(
    "hyperframes-dist",
    "Render HyperFrames compositions.",
    later={
        "new": ("desk", "begin a project with a small composition"),
        "preview": ("desk", "show a project in a browser, and every change of it"),
        "check": ("check", "look for mistakes in a project, without a browser"),
        "info": ("desk", "say what a project is, from its files alone"),
        "render": ("films", "render a project into a video on this machine"),
        "still": (
            "pictures",
            "draw one frame of a project, or of a plan, as a picture",
        ),
        "sheet": ("pictures", "draw pictures of a whole film on one, with their times"),
        "batch": ("films", "render a project once for each row of a table"),
        "plan": ("steps", "freeze a project into a plan directory"),
        "lock": ("steps", "pin what each remote address of a project means"),
        "chunk": ("steps", "render one chunk of a plan"),
        "sound": ("steps", "mix what is heard of a plan, beside its chunks"),
        "assemble": ("steps", "join all chunks of a plan into the video"),
        "verify": ("steps", "compare a plan with what was planned, a film with it"),
        "diff": ("steps", "say how two films or two plans differ"),
        "quote": ("quote", "predict what a render takes, and choose how to make it"),
        "doctor": ("desk", "look at what this machine has of all a render needs"),
        "chrome": ("chrome", "the browsers this machine has"),
        "job": ("job", "a render as jobs on any cluster, by way of a store"),
        "watch": ("job", "show how far a render in a store is"),
        "aws": ("aws", "rendering on AWS Lambda"),
    },
    version=__version__,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    _open_streams()
    words = sys.argv[1:] if argv is None else list(argv)
    # Where the words cannot be read, they still say how to answer.
    asked = Args(json="--json" in words)
    if "--verbose" in words:
        _log_to(sys.stderr)
    try:
        status, misuse = run_words(ROOT, _called(), words)
    except HyperframesError as error:
        _print_error(asked, error)
        return _status(error)
    except (BrokenPipeError, KeyboardInterrupt):
        return _INTERRUPTED
    except OSError as error:
        _print_error(asked, error)
        return _FAILED
    if misuse:
        _print_error(asked, InputError(misuse))
    return status


def _open_streams() -> None:
    """
    Give the standard streams that a caller has closed somewhere to go.

    Else the first files that are opened would take their numbers, and their words.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    # What is closed is None, whatever the type says.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123
    # A name that the terminal's encoding has not is told all the same.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


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


def _print_error(args: Args, error: Exception) -> None:
    name = type(error).__name__
    if args.json:
        retryable = getattr(error, "retryable", False)
        row = {"error": name, "message": str(error), "retryable": retryable}
        # Where nothing more can be written, that may be what is to be told.
        with contextlib.suppress(OSError):
            print(json.dumps(row), flush=True)
    with contextlib.suppress(OSError):
        print(f"hyperframes_dist: {name}: {error}", file=sys.stderr, flush=True)


def _called() -> str:
    """How this command was called, for its own usage."""
    script = "hyperframes-dist"
    return script if Path(sys.argv[0]).stem == script else "python -m hyperframes_dist"
