"""
Parsers under a fuzzer that is led by what they run: ``python fuzz.py NAME RUNS``.

Needs atheris, in an environment of its own; ``nox -s fuzz`` makes one.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["hyperframes_dist"]):
    from parsers import PARSERS, TYPED


def main(name: str, runs: str) -> None:
    """Run the parser *name* so many times, beginning with what it usually reads."""
    parser = PARSERS[name]

    def once(data: bytes) -> None:
        with contextlib.suppress(*TYPED):
            parser.run(data)

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(parser.seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        limits = [f"-runs={runs}", "-timeout=20", "-rss_limit_mb=2048", "-max_len=4096"]
        atheris.Setup([sys.argv[0], *limits, corpus], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
