"""``--verbose`` shows the library's log, and nobody else's."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import logging, sys
from hyperframes_dist._cli import common, main as cli, steps

def run(args):
    for name in ("botocore.auth", "urllib3.connectionpool", "temporalio", "asyncio", ""):
        logging.getLogger(name).debug("X-Amz-Security-Token: s3cret")
        logging.getLogger(name).info("GET /film.mp4?X-Amz-Signature=s3cret")
    logging.getLogger("hyperframes_dist.pool").debug("ours")
    return 0

steps.COMMANDS = [common.command("verify", run, "", common.argument("plan_dir", ""))]
sys.exit(cli.main(["verify", "plan", "--verbose"]))
"""


def test_only_the_librarys_own_log_is_shown():
    """What it is made with writes tokens and signed addresses into its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert "ours" in done.stderr
    assert "s3cret" not in done.stderr + done.stdout
