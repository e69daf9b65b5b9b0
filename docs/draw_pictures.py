"""
Draw the pictures of README.md and of the documentation into ``docs/pictures``.

Contact sheets of the templates and of the launch film; the film's first seconds, moving.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import hyperframes_dist as hf
from hyperframes_dist._look.new import TEMPLATES
from hyperframes_dist._tools.ffmpeg import run_ffmpeg
from hyperframes_dist.progress import Control

DOCS = Path(__file__).parent
FILM = DOCS.parent / "examples/launch-film"
OUT = DOCS / "pictures"


def main() -> None:
    """Draw them all."""
    OUT.mkdir(exist_ok=True)
    for name in TEMPLATES:
        project = Path(hf.__file__).parent / "_look/templates" / name
        sheet = hf.contact_sheet(project, count=6, columns=3, width=320)
        sheet.save(OUT / f"{name}.webp")
    with TemporaryDirectory() as folder:
        film = hf.render(FILM, Path(folder, "film.mp4"), quality="high", audio=False)
        small = ("-vf", "fps=12,scale=560:-2:flags=lanczos")
        coder = ("-c:v", "libwebp_anim", "-quality", "45", "-compression_level", "6")
        run_ffmpeg(
            [
                "-i",
                film.path,
                *small,
                *coder,
                "-loop",
                "0",
                "-y",
                OUT / "launch-film.webp",
            ],
            what="the launch film",
            control=Control(),
        )


if __name__ == "__main__":
    main()
