"""
What every command of the command line has in common: its options, and how it answers.
"""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Callable
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
    """Cancellation by a signal, and the deadline of ``--timeout``, as calls take them."""
    cancel = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: cancel.set())
    deadline = None if args.timeout is None else time.monotonic() + args.timeout
    return {"cancel": cancel, "deadline": deadline}


def show(args: argparse.Namespace, row: bytes, text: str) -> int:
    """Print the result: *row* where JSON is wanted, else *text*."""
    print(row.decode() if args.json else text)
    return 0
