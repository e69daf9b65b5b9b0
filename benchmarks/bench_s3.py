"""
How fast is a store on S3 beside plain boto3, against SeaweedFS on loopback?

`put` and `get` of one file of random bytes, and ``upload_file`` and ``download_file`` of
it, in turns.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from pathlib import Path

from _cli import Options, open_recorder, parse
from _race import Contestant, race, ratio
from _results import Case

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/support"))

from hyperframes_dist.transport.s3 import S3Transport
from seaweed import S3Server, start_seaweed

_MB = 1_000_000
MEGABYTES = 100


def main() -> None:
    options = parse(__doc__)
    recorder = open_recorder("s3", __doc__, options, {})
    recorder.case(
        "s3",
        f"One file of {MEGABYTES} MB",
        {"megabytes": MEGABYTES, "runs": options.runs},
        lambda: with_server(options),
    )
    recorder.finish()


def with_server(options: Options) -> Case:
    """A server of its own for the case."""
    with tempfile.TemporaryDirectory() as folder:
        server = start_seaweed(Path(folder) / "server")
        try:
            return compare(server, Path(folder), options.runs)
        finally:
            server.stop()


def compare(server: S3Server, folder: Path, runs: int) -> Case:
    """Both ways up, both ways down; nothing is ever put twice."""
    source, target = folder / "source", folder / "target"
    source.write_bytes(os.urandom(MEGABYTES * _MB))
    os.environ |= server.environment()
    plain, store = server.client(), S3Transport("bench", "store")
    plain.create_bucket(Bucket="bench")
    names = map(str, itertools.count())
    first = next(names)
    plain.upload_file(str(source), "bench", first)
    store.put(source, first)

    def upload() -> None:
        plain.upload_file(str(source), "bench", next(names))

    def download() -> None:
        plain.download_file("bench", first, str(target))

    contestants = {
        "upload_file": Contestant("upload_file", upload),
        "put": Contestant("put", lambda: store.put(source, next(names))),
        "download_file": Contestant("download_file", download),
        "get": Contestant("get", lambda: store.get(first, target)),
    }
    race(contestants, runs)
    series = tuple(contestant.series(name) for name, contestant in contestants.items())
    case = Case(series=series)
    pairs = (("upload_file", "put"), ("download_file", "get"))
    return Case(
        series=series,
        ratios=tuple(
            ratio(f"{plain} / {own}", case.find(plain).median / case.find(own).median)
            for plain, own in pairs
        ),
    )


if __name__ == "__main__":
    main()
