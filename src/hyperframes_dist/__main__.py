"""``python -m hyperframes_dist`` or ``hyperframes-dist``: the library from a shell."""

import gc
import sys
from collections.abc import Sequence
from importlib.util import find_spec, module_from_spec


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run one command, in a process that is the command's alone; returns its exit status.

    Args:
        argv: Its words; None takes those this process was given.
    """
    # What is imported stays until the process ends: nothing in it is garbage, and looking
    # through it, meanwhile and at the end, takes a fifth of what starting a command takes.
    gc.disable()
    _leave_out_launcher()
    from ._cli import main as run  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return run(argv)


def _leave_out_launcher() -> None:
    """
    Let pyppeteer be imported without the launcher its package begins with.

    Only its protocol is used. The launcher brings urllib3 and tqdm, and takes longer to import
    than all of this library. A process that is the command's alone has nobody who misses it.
    """
    if "pyppeteer" not in sys.modules and (spec := find_spec("pyppeteer")):
        sys.modules["pyppeteer"] = module_from_spec(spec)


if __name__ == "__main__":
    sys.exit(main())
