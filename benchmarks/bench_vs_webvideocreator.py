"""
How long does one composition take us, and web-video-creator, on this machine?

The same headless shell, the same composition with its timeline put at the frame's time,
H.264 in mp4, in turns. web-video-creator draws by BeginFrame in one page and encodes at
a bit rate it derives from the size, from JPEG 80: sizes and PSNR are to be read together.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import _ours
from _cli import open_recorder, parse
from _film import Film
from _peers import ffmpeg_path, install, shell_path
from _race import Contestant
from _results import Case

VERSION = "0.0.34"
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
    recorder = open_recorder(
        "vs_webvideocreator", __doc__, options, {"web-video-creator": VERSION}
    )
    with tempfile.TemporaryDirectory() as place:
        for size in options.sizes:
            film = Film(Path(place), options, size)
            recorder.case(
                f"webvideocreator-{film.height}p",
                f"Whole processes, {film.size}",
                film.settings,
                lambda film=film: compare(film),
            )
    recorder.finish()


def compare(film: Film) -> Case:
    """Whole processes, from their start to the finished file."""
    peer = install("web-video-creator", f"web-video-creator@{VERSION}")
    settings = {
        "width": film.width,
        "height": film.height,
        "seconds": film.seconds,
        "browser": shell_path(),
        "ffmpeg": ffmpeg_path(),
        "ffprobe": ffmpeg_path("ffprobe"),
    }
    page = write_page(film)

    def theirs() -> None:
        peer.run_own(
            "webvideocreator_render.mjs",
            *(page, film.output("theirs"), json.dumps(settings)),
        )

    return film.compare(
        {
            "theirs": Contestant("web-video-creator, one page", theirs),
            "ours": Contestant(
                "ours, 2 workers",
                lambda: _ours.render(film.project, film.output("ours")),
                lambda: _ours.render(film.short, film.output("ours")),
            ),
        }
    )


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
