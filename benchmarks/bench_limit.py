"""
How near does a render come to what this machine can do at all?

Three parts of the work, each alone on all processors: drawing frames that nobody takes,
drawing and taking them without encoding, and encoding frames that are in memory already.
A whole `render`, with its plan and its browsers' starts, is put beside
capture and encoding in turn, which is what processors without an idle moment would take:
the machine's limit, since both are the processors' work. Beside it stands the slowest
part, which a render could not beat if the others cost nothing.
"""

from __future__ import annotations

import itertools
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
from _cli import Options, open_recorder, parse
from _film import Film, at_each_size
from _race import Contestant, processors, race, ratio
from _results import Case, Ratio, Recorder, Series
from _scenes import SCENES, SIZE

import hyperframes_dist as hf
from hyperframes_dist._browser.camera import Camera, open_camera
from hyperframes_dist._browser.launch import launch
from hyperframes_dist._encode.kinds import kind_in
from hyperframes_dist._model.frames import FrameRange
from hyperframes_dist.progress import Control

GOAL = 1.25


def main() -> None:
    options = parse(__doc__)
    recorder = open_recorder("limit", __doc__, options, {})
    add_webgl(recorder, options)
    at_each_size(
        recorder,
        options,
        "limit",
        "Parts of the work alone",
        lambda film: find_limit(film, options),
    )


def add_webgl(recorder: Recorder, options: Options) -> None:
    """The same of a scene in which drawing is nearly all of the work."""
    scene = SCENES["webgl"]
    with tempfile.TemporaryDirectory() as place:
        seconds = options.seconds * (scene.times if options.seconds > 2 else 1)
        film = Film(Path(place), options, SIZE, seconds, scene.write)
        recorder.case(
            "limit-webgl",
            f"{scene.title}: parts of the work alone",
            film.settings,
            lambda: find_limit(film, options),
        )


def find_limit(film: Film, options: Options) -> Case:
    """All parts and the whole, in turns."""
    planned = hf.plan(film.project, film.place / "limit-plan")
    pictures = take_pictures(planned)
    stages: dict[str, list[float]] = {name: [] for name in STAGES}
    drawing, capturing = InBrowsers(planned, draw), InBrowsers(planned, capture)
    encoding = Encoding(planned, pictures, film.place)
    contestants = {
        "draw": Contestant("drawing, nothing taken", drawing.run),
        "capture": Contestant("drawing and taking pictures", capturing.run),
        "encode": Contestant("encoding from memory", encoding.run),
        "render": Contestant(
            "render", lambda: render(film.project, film.output("limit"), stages)
        ),
    }
    race(contestants, options.runs)
    # A browser's start is no part of the limit.
    contestants["draw"].seconds = drawing.seconds
    contestants["capture"].seconds = capturing.seconds
    series = [contestant.series(name) for name, contestant in contestants.items()]
    series += stages_of(series[-1], stages)
    case = Case(series=tuple(series), note=f"{planned.frame_count} frames.")
    return attrs.evolve(case, ratios=conclusions(case))


def stages_of(whole: Series, stages: dict[str, list[float]]) -> list[Series]:
    """The stages of the renders in *whole*, measured in the same runs."""
    return [
        attrs.evolve(
            whole,
            name=name,
            label=STAGES[name],
            values=tuple(round(value, 4) for value in values),
        )
        for name, values in stages.items()
    ]


def conclusions(case: Case) -> tuple[Ratio, ...]:
    """How far the whole is from its parts."""
    whole = case.find("render").median
    parts = {name: case.find(name).median for name in ("draw", "capture", "encode")}
    slowest = max(parts, key=lambda name: parts[name])
    both = parts["capture"] + parts["encode"]
    return (
        ratio(f"render / the slowest part alone ({slowest})", whole / parts[slowest]),
        ratio("render / capture and encoding in turn", whole / both, at_most=GOAL),
        ratio(
            "frames of render / capture and encoding in turn",
            case.find("frames").median / both,
        ),
    )


STAGES = {
    "planning": "render: plan",
    "boot": "render: plan to first frame",
    "frames": "render: first frame to last",
    "finish": "render: last frame to end",
}


def render(project: Path, output: Path, stages: dict[str, list[float]]) -> None:
    """A whole render, and when its stages ended."""
    seen: dict[str, list[float]] = {"plan": [], "render": [], "assemble": []}

    def note(step: hf.Progress) -> None:
        seen[step.stage].append(time.monotonic())

    began = time.monotonic()
    hf.render(project, output, progress=note)
    marks = (began, seen["plan"][-1], seen["render"][1], seen["render"][-1])
    ends = (*marks[1:], time.monotonic())
    for name, start, end in zip(STAGES, marks, ends, strict=True):
        stages[name].append(end - start)


def take_pictures(planned: hf.Plan) -> list[bytes]:
    """Every frame of *planned* as Chrome hands it to the encoder."""
    control = Control()
    with (
        launch(hf.default_chrome(), control=control) as browser,
        open_camera(
            browser, planned.path, planned.content, control, raw=True
        ) as camera,
    ):
        assert camera.is_raw
        return list(camera.frames(FrameRange(0, planned.frame_count)))


Show = Callable[[Camera, FrameRange], None]


def draw(camera: Camera, frames: FrameRange) -> None:
    """Show *frames*, and have Chrome draw them for nobody."""

    async def show_all() -> None:
        for frame in frames:
            await camera._show_unseen(frame)

    camera._browser.loop.run(show_all(), camera.control)


def capture(camera: Camera, frames: FrameRange) -> None:
    """Take the pictures of *frames* and drop them."""
    for _ in camera.frames(frames):
        pass


class InBrowsers:
    """
    One browser per processor, each with its share of the frames.

    Attributes:
        seconds: From when all stood at their first frame to when the last one had ended,
            per run.
    """

    def __init__(self, planned: hf.Plan, show: Show) -> None:
        self._planned, self._show = planned, show
        self.seconds: list[float] = []

    def run(self) -> None:
        """Start browsers, wait until all are ready, have them go through the frames."""
        shares = split(self._planned.frame_count, processors())
        began: list[float] = []
        ready = threading.Barrier(
            len(shares), lambda: began.append(time.monotonic()), timeout=120
        )
        with ThreadPoolExecutor(len(shares)) as pool:
            ends = list(pool.map(lambda share: self._go(share, ready), shares))
        self.seconds.append(max(ends) - began[0])

    def _go(self, frames: FrameRange, ready: threading.Barrier) -> float:
        control, planned = Control(), self._planned
        with (
            launch(hf.default_chrome(), control=control) as browser,
            open_camera(
                browser, planned.path, planned.content, control, raw=True
            ) as camera,
        ):
            # To be there takes time that is no part of the limit.
            list(camera.frames(FrameRange(frames.start, frames.start + 1)))
            ready.wait()
            self._show(camera, FrameRange(frames.start + 1, frames.stop))
            return time.monotonic()


def split(count: int, parts: int) -> list[FrameRange]:
    """*count* frames in *parts* runs of near-equal length."""
    edges = [count * part // parts for part in range(parts + 1)]
    return [
        FrameRange(*edge) for edge in itertools.pairwise(edges) if edge[1] > edge[0]
    ]


class Encoding:
    """All segments encoded from memory, as many at a time as there are processors."""

    def __init__(self, planned: hf.Plan, pictures: list[bytes], place: Path) -> None:
        self._planned, self._pictures, self._place = planned, pictures, place

    def run(self) -> None:
        """Encode."""
        with ThreadPoolExecutor(processors()) as pool:
            list(pool.map(self._encode, range(len(self._planned.content.segments))))

    def _encode(self, index: int) -> None:
        content = self._planned.content
        segment = content.segments[index]
        frames = iter(self._pictures[segment.frames.start : segment.frames.stop])
        path = self._place / f"limit-{index}.mp4"
        kind_in(content).make(
            frames, segment, content, path, control=Control(), raw=True
        )


if __name__ == "__main__":
    main()
