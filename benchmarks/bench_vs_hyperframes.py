"""
How long does one composition take us, and HyperFrames' own command line, on this machine?

The same headless shell, the same composition, H.264 in mp4; whole commands, from process
start to finished file, in turn: theirs with two workers and its CRF 18, ours as it comes.
Size and PSNR against a lossless capture are printed beside, the ratio of medians last.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from _measure import describe_machine, stopwatch, summary, write_peer
from _peers import Peer, install, require_ffmpeg, shell_path
from _quality import capture_lossless, psnr

HYPERFRAMES = "hyperframes@0.8.170"
SCRIPT = "hyperframes/bin/hyperframes.mjs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1280x720", help="frame size (1280x720)")
    parser.add_argument("--seconds", type=float, default=10, help="length (10)")
    parser.add_argument("--runs", type=int, default=5, help="counted pairs (5)")
    args = parser.parse_args()
    require_ffmpeg()
    peer = install("hyperframes", HYPERFRAMES, "gsap@3.12.5")
    width, height = map(int, args.size.split("x"))
    print(describe_machine())
    print(f"{HYPERFRAMES}, GSAP, {width}x{height}, {args.seconds:g} s at 30 fps")
    with tempfile.TemporaryDirectory() as place:
        project = write_project(
            Path(place) / "project", peer, width, height, args.seconds
        )
        compare(project, Path(place), peer, args.runs)


def write_project(
    folder: Path, peer: Peer, width: int, height: int, seconds: float
) -> Path:
    """The peers' composition with GSAP beside it, since neither side may need a CDN."""
    write_peer(folder, width, height, seconds)
    library = (peer.folder / "node_modules/gsap/dist/gsap.min.js").read_bytes()
    (folder / "gsap.min.js").write_bytes(library)
    index = folder / "index.html"
    remote = "https://cdn.jsdelivr.net/npm/gsap@3.12.5/dist/gsap.min.js"
    index.write_text(index.read_text().replace(remote, "gsap.min.js"))
    return folder


def compare(project: Path, place: Path, peer: Peer, runs: int) -> None:
    """Run both in turn and print what each took and made."""
    ours, theirs = [], []
    outputs = {"ours": place / "ours.mp4", "theirs": place / "theirs.mp4"}
    render_ours(project, outputs["ours"])
    render_theirs(peer, project, outputs["theirs"])
    for _ in range(runs):
        with stopwatch(theirs):
            render_theirs(peer, project, outputs["theirs"])
        with stopwatch(ours):
            render_ours(project, outputs["ours"])
    reference = capture_lossless(project, place / "reference")
    for name, times in (("ours", ours), ("theirs", theirs)):
        path = outputs[name]
        average, worst = psnr(path, reference)
        size = path.stat().st_size // 1024
        print(
            f"{name:<7} {summary(times)}; {size} KiB; "
            f"PSNR {average:.1f} dB, worst frame {worst:.1f} dB"
        )
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"theirs / ours {ratio:.2f}")


def render_ours(project: Path, output: Path) -> None:
    """Our whole command."""
    command = [sys.executable, "-m", "hyperframes_dist", "render", project, output]
    subprocess.run([*command, "--quiet"], check=True, stdout=subprocess.DEVNULL)


def render_theirs(peer: Peer, project: Path, output: Path) -> None:
    """Their whole command, with the same browser."""
    environment = {
        "HYPERFRAMES_BROWSER_PATH": shell_path(),
        "HYPERFRAMES_TELEMETRY_DISABLED": "1",
        "CI": "1",
    }
    options = ("--workers", "2", "--crf", "18", "--quiet", "--output", output)
    peer.run(SCRIPT, "render", project, *options, env=environment)


if __name__ == "__main__":
    main()
