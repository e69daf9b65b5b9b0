"""
Stills of a composition: the first one, and further ones of a warm `Renderer`.

They lie all over the film. Processor seconds are those of every process below this one,
which other programs hardly change; the clock's are worth something on an idle machine only:
``python benchmarks/still_ratio.py [PROJECT] [STILLS]``.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path

from _below import processes_below
from _race import own_seconds

import hyperframes_dist as hf

_DEMO = Path(__file__).parents[1] / "examples" / "launch-film"
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the seconds of both, and their ratio, as one line of JSON."""
    project = Path(sys.argv[1]) if len(sys.argv) > 1 else _DEMO
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    # What is fetched once in a life is nobody's cost.
    hf.still(project, 0)
    length = float(hf.project_info(project).duration or 10)
    # No two of them lie in one segment's beginning, and they do not come in order.
    times = [length * ((n * 0.618 + 0.3) % 1) for n in range(count)]
    with hf.Renderer() as renderer:
        first = Stopwatch()
        renderer.still(project, times[0])
        first.stop()
        further = []
        for at in times:
            watch = Stopwatch()
            renderer.still(project, at)
            watch.stop()
            further.append(watch)
    clock = statistics.median(watch.clock for watch in further)
    spent = statistics.median(watch.spent for watch in further)
    row = {"stills": count, "first": first.clock, "further": clock}
    processors = {"first": first.spent, "further": spent}
    worst = max(watch.spent for watch in further)
    print(json.dumps({**row, "processors": {**processors, "worst": worst}}))


class Stopwatch:
    """Seconds of the clock and of processors from when it is made to its `stop`."""

    def __init__(self) -> None:
        self.clock, self.spent = -time.perf_counter(), -tree_seconds()

    def stop(self) -> None:
        """Take the time."""
        self.clock += time.perf_counter()
        self.spent += tree_seconds()


def tree_seconds() -> float:
    """Processor seconds of this process, of all below it, and of those that have ended."""
    running = 0.0
    for pid in processes_below(os.getpid()):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has ended meanwhile.
        running += (int(fields[11]) + int(fields[12])) / _TICKS
    return own_seconds() + running


if __name__ == "__main__":
    main()
