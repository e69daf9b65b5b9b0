"""The command line, run as a user does."""

from __future__ import annotations

import os
import subprocess
import sys


def run(*args: object, **env: str) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    command = [sys.executable, "-m", "hyperframes_dist", *map(str, args)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **env},
    )
