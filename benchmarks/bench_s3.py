"""
How fast a store on S3 is beside plain boto3, against SeaweedFS on loopback.

Prints MB/s of `put` and `get` of one file of random bytes, and of ``upload_file`` and
``download_file`` of it, in turns; the median of each, and the ratio.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hyperframes_dist.transport.s3 import S3Transport
from seaweed import S3Server, start_seaweed

_MB = 1_000_000


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = start_seaweed(Path(folder) / "server")
        try:
            _measure(server, Path(folder), args.megabytes, args.rounds)
        finally:
            server.stop()


def _measure(server: S3Server, folder: Path, megabytes: int, rounds: int) -> None:
    source, target = folder / "source", folder / "target"
    source.write_bytes(os.urandom(megabytes * _MB))
    os.environ |= server.environment()
    plain, store = server.client(), S3Transport("bench", "store")
    plain.create_bucket(Bucket="bench")
    seconds: dict[str, list[float]] = {}
    for number in range(rounds):
        key = f"{number}"
        steps: dict[str, Callable[[], object]] = {
            "upload_file": lambda key=key: plain.upload_file(str(source), "bench", key),
            "put": lambda key=key: store.put(source, key),
            "download_file": lambda key=key: plain.download_file(
                "bench", key, str(target)
            ),
            "get": lambda key=key: store.get(key, target),
        }
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            seconds.setdefault(name, []).append(time.perf_counter() - start)
        store.delete(key)
        plain.delete_object(Bucket="bench", Key=key)
    speed = {
        name: megabytes / statistics.median(each) for name, each in seconds.items()
    }
    for own, other in (("put", "upload_file"), ("get", "download_file")):
        ratio = speed[own] / speed[other]
        print(
            f"{own} {speed[own]:.0f} MB/s, {other} {speed[other]:.0f} MB/s: {ratio:.2f}"
        )


if __name__ == "__main__":
    main()
