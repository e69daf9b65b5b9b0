"""One film all contestants of a comparison render: a size, a length, and how to judge it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from _cli import Options
from _quality import Reference, capture_lossless, judge
from _race import Contestant, compare
from _results import Case, Recorder
from _scene import write_project

_SHORT_SECONDS = 2


class Film:
    """
    A composition at one size.

    Args:
        write: Writes it, so many seconds of it, into a directory, which it returns; the
            sixteen cards where it is not given.

    Attributes:
        width: Pixels.
        height: Pixels.
        seconds: Length.
        settings: What its cases record.
        place: A directory for outputs.
        project: The composition.
        short: The same, two seconds long, to warm up with.
    """

    def __init__(
        self,
        place: Path,
        options: Options,
        size: tuple[int, int],
        seconds: float | None = None,
        write: Callable[[Path, float], Path] | None = None,
    ) -> None:
        self._project = write
        self.width, self.height = size
        self.seconds = options.seconds if seconds is None else seconds
        self.settings = {**options.settings(*size), "seconds": self.seconds}
        self.place = place / f"{self.height}p-{self.seconds:g}s"
        self.project = self._write(self.seconds)
        self.short = self._write(_SHORT_SECONDS)
        self._runs = options.runs
        self._reference: Reference | None = None

    def _write(self, seconds: float) -> Path:
        folder = self.place / f"project-{seconds:g}s"
        if self._project is not None:
            return self._project(folder, seconds)
        return write_project(folder, self.width, self.height, seconds)

    @property
    def size(self) -> str:
        """Width and height, for a person."""
        return f"{self.width}x{self.height}"

    def output(self, name: str) -> Path:
        """Where the contestant *name* writes."""
        return self.place / f"{name}.mp4"

    def judge(self, video: Path) -> dict[str, float]:
        """Size and nearness of *video*."""
        if self._reference is None:
            reference = self.place / "reference"
            self._reference = capture_lossless(self.project, reference)
        return judge(video, self._reference)

    def compare(self, contestants: Mapping[str, Contestant]) -> Case:
        """Race contestants, each of which writes `output` of its name."""
        outputs = {name: self.output(name) for name in contestants}
        return compare(contestants, outputs, self.judge, self._runs)


def at_each_size(
    recorder: Recorder,
    options: Options,
    name: str,
    title: str,
    measure: Callable[[Film], Case],
) -> None:
    """Record what *measure* finds of the composition at each size that is asked for."""
    with tempfile.TemporaryDirectory() as place:
        for size in options.sizes:
            film = Film(Path(place), options, size)
            recorder.case(
                f"{name}-{film.height}p",
                f"{title}, {film.size}",
                film.settings,
                lambda film=film: measure(film),
            )
    recorder.finish()
