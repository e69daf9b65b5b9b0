"""
What every command of the command line has in common: its options, and how it answers.
"""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

EXIT_STATUSES = """exit status:
  0    done
  1    failed; the same command would fail again
  2    the command line, the project or the configuration is wrong
  3    failed in a way that may pass: try again
  124  --timeout passed
  130  interrupted
"""


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    """A command *name* that calls *run*; *text* says what it does."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=text,
        epilog=EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--verbose", action="store_true", help="log to standard error")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="give up after so long"
    )
    return parser


def stop_wishes(args: argparse.Namespace) -> dict[str, Any]:
    """
    Cancellation by a signal, and the deadline of ``--timeout``, as calls take them.

    A second signal ends the process at once, for whoever finds the first too polite;
    its work folders stay.
    """
    cancel = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # What was started to outlive its terminal does.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, partial(_stop, cancel))
    deadline = None if args.timeout is None else time.monotonic() + args.timeout
    return {"cancel": cancel, "deadline": deadline}


def _stop(cancel: threading.Event, number: int, _: FrameType | None) -> None:
    if cancel.is_set():
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
    cancel.set()


def show(args: argparse.Namespace, row: bytes, text: str) -> int:
    """Print the result: *row* where JSON is wanted, else *text*."""
    print(row.decode() if args.json else text)
    return 0
