"""
What help with slow chunks is worth, simulated on recorded times of segments.

``--record`` renders one film and writes what its segments and its browser's start took.
Without it nothing is rendered: films are put together from those recorded times, on machines
of which some are slow, and each is run twice, with help and without. Who makes which
segment is decided by the library's own `Claims`; the store and looks take what is said below.
A simulation: no cluster was at hand.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import statistics
import tempfile
from pathlib import Path

import attrs

import hyperframes_dist as hf
from hyperframes_dist._render.pool import Claims

RECORD = Path(__file__).with_name("stragglers.json")
RUNS = 2000
LOOK_SECONDS = 2.0
WORTH_SECONDS = 10.0
STORE_SECONDS = 0.3
"""From a segment's end until others see it; about four requests to S3."""
SPEEDS = ((0.94, 1.0), (0.05, 3.0), (0.01, 10.0))
"""Shares of machines, and how many times longer each takes: an assumption."""


@attrs.define
class Film:
    """One film on its machines: seconds of each segment, and each machine's slowness."""

    chunks: list[list[float]]
    slowness: list[float]
    start: float


@attrs.define
class _Chunk:
    """A chunk while it is made."""

    seconds: list[float]
    begun: float
    slowness: float
    made: set[int] = attrs.field(factory=set)
    is_helped: bool = False

    def left(self, now: float) -> float:
        """As its own worker's rate tells."""
        rate = len(self.made) / max(now - self.begun, 0.001)
        missing = len(self.seconds) - len(self.made)
        return missing / rate if rate else 0.0


@attrs.define
class _Worker:
    """Somebody at a chunk, and at one of its segments."""

    chunk: int
    slowness: float
    claims: Claims
    at: int | None = None


class _Simulation:
    """A film being made; `run` says what it came to."""

    def __init__(self, film: Film, *, with_help: bool) -> None:
        self._events: list[tuple[float, int, _Worker | None]] = []
        self._count, self.spent = 0, 0.0
        self._start, self._idle = film.start, list[float]()
        self._done: dict[int, float] = {}
        pairs = zip(film.chunks, film.slowness, strict=True)
        self._chunks = [
            _Chunk(seconds, film.start * slow, slow) for seconds, slow in pairs
        ]
        for index, chunk in enumerate(self._chunks):
            claims = Claims(set(range(len(chunk.seconds))), alone=True)
            self._begin(_Worker(index, chunk.slowness, claims), 0.0)
        if with_help:
            self._plan(LOOK_SECONDS, None)

    def run(self) -> float:
        """Seconds until all chunks are there."""
        while len(self._done) < len(self._chunks):
            now, _, worker = heapq.heappop(self._events)
            if worker is None:
                self._plan(now + LOOK_SECONDS, None)
                self._look(now)
                continue
            chunk = self._chunks[worker.chunk]
            if worker.at is not None:
                chunk.made.add(worker.at)
                if len(chunk.made) == len(chunk.seconds):
                    self._done.setdefault(worker.chunk, now)
            self._go_on(worker, now)
        return max(self._done.values())

    def _plan(self, when: float, worker: _Worker | None) -> None:
        self._count += 1
        heapq.heappush(self._events, (when, self._count, worker))

    def _begin(self, worker: _Worker, now: float) -> None:
        lasts = self._start * worker.slowness
        self.spent += lasts
        self._plan(now + lasts, worker)

    def _look(self, now: float) -> None:
        """As the engine does: one worker more at the slowest chunk, if it is worth it."""
        rows = [
            (chunk.left(now), index)
            for index, chunk in enumerate(self._chunks)
            if index not in self._done and not chunk.is_helped
        ]
        longest, index = max(rows, default=(0.0, 0))
        if not self._idle or longest <= WORTH_SECONDS:
            return
        chunk = self._chunks[index]
        chunk.is_helped = True
        missing = set(range(len(chunk.seconds))) - chunk.made
        claims = Claims(missing, alone=True, helping=True)
        self._begin(_Worker(index, self._idle.pop(), claims), now)

    def _go_on(self, worker: _Worker, now: float) -> None:
        chunk = self._chunks[worker.chunk]
        worker.claims.drop(chunk.made)
        worker.at = worker.claims.take(worker.at)
        if worker.at is None:
            self._idle.append(worker.slowness)
            return
        lasts = chunk.seconds[worker.at] * worker.slowness + STORE_SECONDS
        self.spent += lasts
        self._plan(now + lasts, worker)


def make_films(times: dict[str, list[float]], chunks: int, length: int) -> list[Film]:
    """So many films, the same ones each time."""
    dice = random.Random(7)
    shares, slow = zip(*SPEEDS, strict=True)
    return [
        Film(
            chunks=[
                [dice.choice(times["segments"]) for _ in range(length)]
                for _ in range(chunks)
            ],
            slowness=dice.choices(slow, shares, k=chunks),
            start=statistics.median(times["starts"]),
        )
        for _ in range(RUNS)
    ]


def tell(times: dict[str, list[float]], chunks: int, length: int) -> str:
    """A row of the table: with help and without."""
    films = make_films(times, chunks, length)
    cells = [f"{chunks} chunks of {length} segments"]
    spent = []
    for with_help in (False, True):
        rows = [_Simulation(film, with_help=with_help) for film in films]
        cuts = statistics.quantiles([row.run() for row in rows], n=100)
        cells += [f"{cuts[n - 1]:.0f} s" for n in (50, 95, 99)]
        spent.append(sum(row.spent for row in rows))
    cells.append(f"{spent[1] / spent[0] - 1:+.1%}")
    return f"| {' | '.join(cells)} |"


def record(path: Path) -> None:
    """Render one film in one worker, and keep what its parts took."""
    root = Path(__file__).parent.parent
    film, kept = root / "examples/launch-film", []
    with tempfile.TemporaryDirectory() as folder, hf.Renderer(workers=1) as renderer:
        renderer.render(film, Path(folder, "film.mp4"), perf=kept.append)
    (made,) = kept
    times = {
        "segments": [round(each.wall, 3) for each in made.segments],
        "starts": [round(each.launch + each.page, 3) for each in made.boots],
    }
    path.write_text(json.dumps(times, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    if parser.parse_args().record:
        record(RECORD)
        return
    times = json.loads(RECORD.read_text())
    print("| | p50 | p95 | p99 | p50, helped | p95 | p99 | workers' time |")
    print("|---|---|---|---|---|---|---|---|")
    for chunks, length in ((8, 12), (32, 12), (32, 30)):
        print(tell(times, chunks, length))


if __name__ == "__main__":
    main()
