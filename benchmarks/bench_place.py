"""
What does a chunk cost by its place in the film?

Four films: slides and WebGL follow from their times, and a worker jumps to its first frame;
tweens that read where they begin are visited on the way; a canvas that adds up is walked. The
first, the middle and the last chunk are rendered, each by a browser of its own, and the film
of WebGL by one worker and by two.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from _cli import Options, open_recorder, parse
from _places import write_place
from _race import Contestant, measure, own_seconds, ratio
from _results import Case

import hyperframes_dist as hf

FILMS = {
    "slides": ("Ten minutes of slides", 60.0, 40, 1.15),
    "starts": ("Tweens that read where they begin", 1.0, 10, None),
    "webgl": ("Twelve meshes of WebGL", 1.0, 10, 1.2),
    "history": ("A canvas that adds up", 1.0, 10, None),
}
"""Title, length as a multiple of the option's, chunks, and the most the last may cost."""

PLANNING_GOAL, TWO_GOAL = 0.1, 1.0


def main() -> None:
    options = parse(__doc__, seconds=10, sizes="1280x720")
    recorder = open_recorder("place", __doc__, options, {})
    for name, (title, times, chunks, most) in FILMS.items():
        with tempfile.TemporaryDirectory() as work:
            # A quick run is for whether it works.
            seconds = options.seconds * (times if options.seconds > 2 else 1)
            place = Places(Path(work), name, seconds, chunks)
            settings = {**options.settings(1280, 720), "seconds": seconds}
            recorder.case(
                f"place-{name}",
                title,
                settings,
                lambda place=place, most=most: by_place(place, options, most),
            )
    recorder.finish()


class Places:
    """A film, planned once a run, and some of its chunks."""

    def __init__(self, work: Path, name: str, seconds: float, chunks: int) -> None:
        self.name, self._work = name, work
        self.project = write_place(work / "project", name, seconds)
        self.config = hf.RenderConfig(fps=30, chunks=chunks)
        self.planned: hf.Plan | None = None

    def plan(self) -> None:
        """A new plan."""
        self.planned = hf.plan(
            self.project, self._work / "plan", self.config, replace=True
        )

    def chunk(self, place: str) -> None:
        """The chunk at *place*, in a browser of its own."""
        assert self.planned is not None
        last = self.planned.chunk_count - 1
        index = {"first": 0, "middle": last // 2, "last": last}[place]
        hf.render_chunk(self.planned.path, index, self._work / f"{place}.mp4")

    def film(self, workers: int) -> None:
        """The whole film."""
        hf.render(self.project, self._work / "film.mp4", self.config, workers=workers)


def by_place(film: Places, options: Options, most: float | None) -> Case:
    """Plan and three chunks, *runs* times over; of WebGL the whole film as well."""
    names = {"plan": "planning"} | {
        name: f"the {name} chunk" for name in ("first", "middle", "last")
    }
    whole = {"one": 1, "two": 2} if film.name == "webgl" else {}
    names |= {name: f"the film, workers: {count}" for name, count in whole.items()}
    times = {name: Contestant(label, lambda: None) for name, label in names.items()}
    spent: dict[str, float] = dict.fromkeys(times, 0.0)
    for _ in range(options.runs):
        for name, contestant in times.items():
            began = own_seconds()
            seconds, foreign = measure(lambda name=name: _do(film, name, whole))
            contestant.seconds.append(seconds)
            contestant.foreign.append(foreign)
            spent[name] += own_seconds() - began
    series = {name: each.series(name) for name, each in times.items()}
    first, last = series["first"].median, series["last"].median
    ratios = [
        ratio("last chunk / first chunk", last / first, at_most=most),
        ratio("the same in processor time", spent["last"] / spent["first"]),
    ]
    if whole:
        planning = spent["plan"] / spent["one"]
        two = series["two"].median / series["one"].median
        share = "planning / rendering, processor time"
        ratios += [
            ratio(share, planning, at_most=PLANNING_GOAL),
            ratio("two workers / one", two, at_most=TWO_GOAL),
        ]
    assert film.planned is not None
    return Case(
        series=tuple(series.values()),
        ratios=tuple(ratios),
        note=f"A chunk {film.planned.reach}.",
    )


def _do(film: Places, name: str, whole: dict[str, int]) -> None:
    if name == "plan":
        film.plan()
    elif name in whole:
        film.film(whole[name])
    else:
        film.chunk(name)


if __name__ == "__main__":
    main()
