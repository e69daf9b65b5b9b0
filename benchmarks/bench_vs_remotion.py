"""
How long does one composition take us, and Remotion, on this machine?

The same headless shell, the same motion (its composition runs the very script of ours),
H.264 in mp4 at its CRF 18, two at a time on both sides, in turns. Its bundle is made
once and not counted. Remotion takes screenshots; it has no BeginFrame mode.
"""

from __future__ import annotations

import json
from pathlib import Path

import _ours
import _scene
from _cli import open_recorder, parse
from _film import Film, at_each_size
from _peers import SCRIPTS, Peer, install, require_ffmpeg, shell_path
from _race import Contestant
from _results import Case

VERSION = "4.0.529"
PACKAGES = (
    f"remotion@{VERSION}",
    f"@remotion/renderer@{VERSION}",
    f"@remotion/bundler@{VERSION}",
    "react@18.3.1",
    "react-dom@18.3.1",
    _scene.GSAP,
)
SCRIPT = "remotion_render.mjs"


def main() -> None:
    options = parse(__doc__)
    require_ffmpeg()
    recorder = open_recorder(
        "vs_remotion", __doc__, options, {"remotion": VERSION, "react": "18.3.1"}
    )
    at_each_size(recorder, options, "remotion", "Two at a time", compare)


def compare(film: Film) -> Case:
    """Whole processes, from their start to the finished file."""
    peer = install("remotion", *PACKAGES)
    bundle = write_bundle(film, peer)

    def theirs() -> None:
        peer.run_own(SCRIPT, "render", bundle, film.output("theirs"), shell_path(), "2")

    return film.compare(
        {
            "theirs": Contestant("Remotion, concurrency 2", theirs),
            "ours": Contestant(
                "ours, 2 workers",
                lambda: _ours.render(film.project, film.output("ours")),
                lambda: _ours.render(film.short, film.output("ours")),
            ),
        }
    )


def write_bundle(film: Film, peer: Peer) -> Path:
    """The composition as Remotion serves it."""
    facts = {
        "width": film.width,
        "height": film.height,
        "fps": 30,
        "durationInFrames": round(film.seconds * 30),
    }
    scene = {
        "facts": facts,
        "style": _scene.style(film.width, film.height),
        "script": _scene.script(film.width, film.height),
    }
    lines = (f"export const {name} = {json.dumps(v)};\n" for name, v in scene.items())
    (peer.folder / "remotion_scene.js").write_text("".join(lines))
    entry = peer.folder / "remotion_entry.jsx"
    entry.write_bytes((SCRIPTS / entry.name).read_bytes())
    bundle, public = film.place / "bundle", film.place / "public"
    public.mkdir(exist_ok=True)
    peer.run_own(SCRIPT, "bundle", entry, bundle, public)
    return bundle


if __name__ == "__main__":
    main()
