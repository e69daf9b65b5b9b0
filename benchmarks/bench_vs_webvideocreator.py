"""
How long does one composition take us, and web-video-creator, on this machine?

The same headless shell, the same composition with its timeline put at the frame's time,
H.264 in mp4, in turns. web-video-creator draws by BeginFrame and encodes at a bit rate it
derives from the size, from JPEG 80: sizes and PSNR are to be read together. Its plain way
is one page; its multi-scene way is given the film as two scenes in two browsers.
"""

from __future__ import annotations

import json
from pathlib import Path

import _ours
import attrs
from _cli import open_recorder, parse
from _film import Film, at_each_size
from _peers import ffmpeg_path, install, require_ffmpeg, shell_path
from _race import Contestant, ratio
from _results import Case

VERSION = "0.0.34"
SCRIPT = "webvideocreator_render.mjs"
# The page's own clock is virtual: the time a frame is shown at, from the first one on.
DRIVER = """
      let began;
      requestAnimationFrame(function show(now) {
        began ??= now;
        tl.time((now - began) / 1000);
        requestAnimationFrame(show);
      });
    </script>
  </body>"""


def main() -> None:
    options = parse(__doc__)
    require_ffmpeg()
    recorder = open_recorder(
        "vs_webvideocreator", __doc__, options, {"web-video-creator": VERSION}
    )
    at_each_size(recorder, options, "webvideocreator", "Whole processes", compare)


def compare(film: Film) -> Case:
    """Whole processes, from their start to the finished file."""
    peer = install("web-video-creator", f"web-video-creator@{VERSION}")
    page = write_page(film)

    def theirs(name: str, browsers: int) -> None:
        settings = json.dumps(describe(film, browsers))
        peer.run_own(SCRIPT, page, film.output(name), settings)

    case = film.compare(
        {
            "theirs": Contestant(
                "web-video-creator, one page", lambda: theirs("theirs", 1)
            ),
            "theirs-two": Contestant(
                "web-video-creator, two browsers", lambda: theirs("theirs-two", 2)
            ),
            "ours": Contestant(
                "ours, 2 workers",
                lambda: _ours.render(film.project, film.output("ours")),
                lambda: _ours.render(film.short, film.output("ours")),
            ),
        }
    )
    two = case.find("theirs-two").median / case.find("ours").median
    named = ratio("theirs with two browsers / ours", two)
    return attrs.evolve(case, ratios=(*case.ratios, named))


def describe(film: Film, browsers: int) -> dict[str, str | int | float]:
    """What its script has to know."""
    return {
        "width": film.width,
        "height": film.height,
        "seconds": film.seconds,
        "browsers": browsers,
        "browser": shell_path(),
        "ffmpeg": ffmpeg_path(),
        "ffprobe": ffmpeg_path("ffprobe"),
    }


def write_page(film: Film) -> Path:
    """The project as a page that runs by itself."""
    folder = film.place / "page"
    folder.mkdir(exist_ok=True)
    for source in film.project.iterdir():
        (folder / source.name).write_bytes(source.read_bytes())
    index = folder / "index.html"
    html = index.read_text().replace(
        "window.__timelines[", "(window.__timelines ??= {})["
    )
    head, _, tail = html.rpartition("    </script>\n  </body>")
    index.write_text(f"{head}{DRIVER}{tail}")
    return folder


if __name__ == "__main__":
    main()
