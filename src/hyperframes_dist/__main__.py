"""``python -m hyperframes_dist`` or ``hyperframes-dist``: the library from a shell."""

import gc
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run one command, in a process that is the command's alone; returns its exit status.

    Args:
        argv: Its words; None takes those this process was given.
    """
    # What is imported stays until the process ends: nothing in it is garbage, and looking
    # through it, meanwhile and at the end, takes a fifth of what starting a command takes.
    gc.disable()
    from ._cli.main import main as run  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
