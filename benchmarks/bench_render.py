"""
How fast are plan, chunk and assemble, what does a chunk cost before and after its frames,
and how much memory does it take?

One worker, one chunk at a time, a GSAP composition; prints medians and ranges, the fixed
cost of a chunk last.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from _measure import describe_machine, stopwatch, summary, watch_memory, write_peer

import hyperframes_dist as hf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1280x720", help="frame size (1280x720)")
    parser.add_argument("--seconds", type=float, default=4, help="length (4)")
    parser.add_argument("--runs", type=int, default=5, help="counted runs (5)")
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    print(describe_machine())
    print(
        f"GSAP composition, {width}x{height}, {args.seconds:g} s at 30 fps, one worker"
    )
    with tempfile.TemporaryDirectory() as place:
        project = write_peer(Path(place) / "project", width, height, args.seconds)
        hf.plan(project, Path(place) / "warm-up")
        measure(project, Path(place), args.runs)


def measure(project: Path, place: Path, runs: int) -> None:
    times: dict[str, list[float]] = {"plan": [], "chunk": [], "assemble": []}
    first, last, peaks = [], [], []
    frames = 0
    for run in range(runs):
        here = place / str(run)
        with stopwatch(times["plan"]):
            planned = hf.plan(project, here / "plan", hf.RenderConfig(chunks=1))
        frames = planned.frame_count
        seen: list[float] = []

        def note(_: hf.Progress, seen: list[float] = seen) -> None:
            seen.append(time.monotonic())

        began = time.monotonic()
        with watch_memory() as peak, stopwatch(times["chunk"]):
            hf.render_chunk(planned.path, 0, here / "0.mp4", progress=note)
        first.append(seen[0] - began)
        last.append(began + times["chunk"][-1] - seen[-1])
        peaks.append(peak.bytes / 2**20)
        with stopwatch(times["assemble"]):
            hf.assemble(planned.path, [here / "0.mp4"], here / "out.mp4")
    print(f"frames             {frames}")
    for name, values in times.items():
        rates = [frames / value for value in values]
        print(f"{name:<18} {summary(values)}; {summary(rates, 'frames/s')}")
    print(f"peak memory (PSS)  {summary(peaks, 'MiB')}")
    print(f"boot to 1st frame  {summary(first)}")
    print(f"last frame to file {summary(last)}")
    fixed = [a + b for a, b in zip(first, last, strict=True)]
    print(f"fixed cost a chunk {summary(fixed)}")


if __name__ == "__main__":
    main()
