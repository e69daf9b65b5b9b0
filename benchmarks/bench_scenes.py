"""
How long do scenes of several kinds take us, and HyperFrames, on this machine?

Both whole command lines with two workers, the same headless shell, H.264 in mp4, in turns.
Theirs encodes at its CRF 18, ours as it comes; size and PSNR against a lossless capture of
the middle of the film stand beside. Each scene says its own length: what takes long to draw
is shorter, and the slides with a line are a minute.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import attrs
from _cli import Options, open_recorder, parse
from _film import Film
from _peers import require_ffmpeg
from _race import ratio
from _results import Case
from _scenes import SCENES, SIZE, Scene
from bench_vs_hyperframes import CLI, compare_cli

SIZE_GOAL = 1.0


def main() -> None:
    options = parse(__doc__, seconds=10, sizes="1280x720")
    require_ffmpeg()
    recorder = open_recorder("scenes", __doc__, options, dict([CLI.rsplit("@", 1)]))
    for name, scene in SCENES.items():
        with tempfile.TemporaryDirectory() as place:
            recorder.case(
                name,
                scene.title,
                {**options.settings(*SIZE), "seconds": length(scene, options)},
                lambda place=place, scene=scene: compare_scene(
                    Path(place), scene, options
                ),
            )
    recorder.finish()


def length(scene: Scene, options: Options) -> float:
    """Seconds of *scene*; a quick run is for whether it works."""
    return options.seconds * (scene.times if options.seconds > 2 else 1)


def compare_scene(place: Path, scene: Scene, options: Options) -> Case:
    """Whole commands, from process start to finished file, and what the files weigh."""
    film = Film(place, options, SIZE, length(scene, options), scene.write)
    case = compare_cli(film)
    sizes = [case.find(name).facts["kib"] for name in ("ours", "theirs")]
    weight = ratio("file size, ours / theirs", sizes[0] / sizes[1], at_most=SIZE_GOAL)
    return attrs.evolve(case, ratios=(*case.ratios, weight))


if __name__ == "__main__":
    main()
