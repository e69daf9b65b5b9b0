"""
How faithful are we to HyperFrames' own command line, frame by frame?

Each project is rendered by both, with the same headless shell and without a lossy step:
theirs as its PNG sequence with its sound beside, ours as the pictures Chrome hands over.
What theirs makes is kept in the cache, by the content of the project, so a second run is
cheap. A line per project, the worst last; `--write` puts the table into docs/fidelity.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import struct
import sys
import tempfile
import time
import tomllib
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import attrs
import numpy as np
from _cli import describe_machine
from _hearing import Sound, compare_sound
from _peers import Peer, install, require_ffmpeg, shell_path
from _pixels import EQUAL_DB, Likeness, compare
from _projects import Project, all_projects
from _quality import capture_plan

import hyperframes_dist as hf
from hyperframes_dist._tools.files import default_cache, sha256_file
from hyperframes_dist.errors import HyperframesError

HYPERFRAMES = "hyperframes@0.8.170"
RUNTIME = "node_modules/hyperframes/dist/hyperframe.runtime.iife.js"
SCRIPT = "hyperframes/bin/hyperframes.mjs"
HERE = Path(__file__).parent
PAGE = HERE.parent / "docs/fidelity.md"
NOTES = HERE / "fidelity.toml"
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
MEDIAN_DB, WORST_DB, CORRELATION = 45.0, 35.0, 0.99
_WORDS = {
    "HYPERFRAMES_TELEMETRY_DISABLED": "1",
    # It otherwise gives up when whoever started us ends.
    "HYPERFRAMES_RENDER_DETACHED": "1",
    "CI": "1",
}
_QUICK = 12
_PATIENCE = 240


@attrs.frozen(kw_only=True)
class Row:
    """What one project's comparison found; without *likeness* one of us refused it."""

    name: str
    rate: Fraction = Fraction(30)
    counts: tuple[int, int] = (0, 0)
    likeness: Likeness | None = None
    sound: Sound | None = None
    problem: str = ""

    @property
    def median(self) -> float:
        return float(np.median(self.likeness.psnr)) if self.likeness else 0.0

    @property
    def worst(self) -> float:
        return float(min(self.likeness.psnr)) if self.likeness else 0.0

    @property
    def reaches_goal(self) -> bool:
        """Whether frames, length and sound are as near as they should be."""
        if self.problem or self.counts[0] != self.counts[1]:
            return False
        near = self.median >= MEDIAN_DB and self.worst >= WORST_DB
        return near and (self.sound is None or self._sounds_alike(self.sound))

    def _sounds_alike(self, sound: Sound) -> bool:
        return sound.correlation >= CORRELATION and abs(sound.lag) < 1 / self.rate

    def cells(self) -> list[str]:
        """Its table row."""
        if self.likeness is None:
            return [self.name, *[""] * 7, self.problem]
        psnr = [min(self.likeness.psnr), *np.percentile(self.likeness.psnr, [5, 50])]
        ssim = [min(self.likeness.ssim), *np.percentile(self.likeness.ssim, [5, 50])]
        ours, theirs = self.counts
        return [
            self.name,
            str(ours) if ours == theirs else f"{ours} / {theirs}",
            f"{float(ours / self.rate):.3f}",
            " / ".join("equal" if v >= EQUAL_DB else f"{v:.1f}" for v in psnr),
            " / ".join(f"{v:.4f}" for v in ssim),
            str(self.likeness.worst_frame),
            f"{self.sound.correlation:.4f}" if self.sound else "",
            f"{self.sound.lag * 1000:+.1f} ms, {self.sound.level:+.1f} dB"
            if self.sound
            else "",
            self.problem,
        ]


HEAD = (
    "project",
    "frames (ours / theirs)",
    "seconds",
    "PSNR dB (worst / 5 % / median)",
    "SSIM (worst / 5 % / median)",
    "worst frame",
    "envelope correlation",
    "lag, level",
    "why",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", help="a project's name; repeatable")
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK} projects")
    parser.add_argument("--write", action="store_true", help="write docs/fidelity.md")
    parser.add_argument(
        "--their-runtime", action="store_true", help="give ours the peer's page runtime"
    )
    parser.add_argument("--keep", type=Path, help="keep both sides' frames in a folder")
    args = parser.parse_args()
    require_ffmpeg()
    peer = install("hyperframes", HYPERFRAMES, "gsap@3.12.5")
    projects = _choose(all_projects(peer), args.only, args.quick)
    print(describe_machine(), HYPERFRAMES, sep=", ")
    began, rows = time.monotonic(), []
    for project in projects:
        row = measure(project, peer, args)
        rows.append(row)
        print("   ", " | ".join(row.cells()), flush=True)
    print("\nworst last:")
    for row in sorted(
        rows, key=lambda row: (row.reaches_goal, row.worst), reverse=True
    ):
        print("ok  " if row.reaches_goal else "FAR ", " | ".join(row.cells()))
    print(f"{len(rows)} projects in {time.monotonic() - began:.0f} s")
    if args.write:
        write_page(rows)


def _choose(
    projects: tuple[Project, ...], only: list[str] | None, quick: bool
) -> tuple[Project, ...]:
    if unknown := set(only or ()) - {project.name for project in projects}:
        raise SystemExit(f"no project {sorted(unknown)}")
    if only:
        return tuple(project for project in projects if project.name in only)
    return projects[:: max(1, len(projects) // _QUICK)] if quick else projects


def measure(project: Project, peer: Peer, args: argparse.Namespace) -> Row:
    """Render *project* on both sides and compare what came out."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        folder = project.write(place / "project")
        runtime = peer.folder / RUNTIME if args.their_runtime else None
        try:
            theirs = render_theirs(project, folder, peer)
            planned = hf.plan(folder, place / "plan", _config(project, runtime))
        except (SystemExit, HyperframesError) as error:
            return Row(name=project.name, problem=_first_line(error))
        content = planned.content
        size = (content.page.width, content.page.height)
        if (other := _size_of(theirs / "frame_000001.png")) != size:
            said = "ours is {}x{}, theirs {}x{}".format(*size, *other)
            return Row(name=project.name, problem=said)
        frames = capture_plan(planned, place / "ours.png", transparent=True)
        likeness, counts = compare(
            ("-f", "image2pipe", "-c:v", "png", "-i", frames),
            ("-start_number", "1", "-i", theirs / "frame_%06d.png"),
            size,
        )
        if args.keep:
            _keep(args.keep / project.name, frames, theirs, folder)
        rate = content.frame_rate.fraction
        sound, problem = _hear(planned, place, theirs)
        return Row(
            name=project.name,
            rate=rate,
            counts=counts,
            likeness=likeness,
            sound=sound,
            problem=problem,
        )


def _size_of(png: Path) -> tuple[int, int]:
    width, height = struct.unpack(">II", png.read_bytes()[16:24])
    return width, height


def _config(project: Project, runtime: Path | None) -> hf.RenderConfig:
    return hf.RenderConfig(
        fps=project.fps,
        variables=dict(project.variables),
        quality="draft",
        runtime=runtime,
    )


def _hear(planned: hf.Plan, place: Path, theirs: Path) -> tuple[Sound | None, str]:
    """Compare the sound of our finished file with theirs, where there is any."""
    other, ours = theirs / "audio.m4a", planned.content.sound is not None
    if ours != other.is_file():
        return None, f"sound only in {'ours' if ours else 'theirs'}"
    if not ours:
        return None, ""
    chunks = [place / f"{n}.mp4" for n in range(len(planned.manifest.schedule.chunks))]
    with hf.Renderer() as renderer:
        for index, chunk in enumerate(chunks):
            renderer.render_chunk(planned.path, index, chunk)
    output = hf.assemble(planned.path, chunks, place / "ours.mp4")
    return compare_sound(output.path, other), ""


def _keep(folder: Path, frames: Path, theirs: Path, project: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(frames, folder / "ours.png")
    shutil.copytree(theirs, folder / "theirs")
    shutil.copytree(project, folder / "project")


def render_theirs(project: Project, folder: Path, peer: Peer) -> Path:
    """Their PNG sequence of *folder*, from the cache if it was made before."""
    options = ["--workers", "1", "--format", "png-sequence"]
    if project.fps:
        options += ["--fps", str(project.fps)]
    if project.variables:
        options += ["--variables", json.dumps(project.variables)]
    target = default_cache() / "fidelity" / _key(folder, options)
    if not target.is_dir():
        with tempfile.TemporaryDirectory(dir=_made(target.parent)) as place:
            output = Path(place) / "frames"
            environment = {**_WORDS, "HYPERFRAMES_BROWSER_PATH": shell_path()}
            command = ("render", folder, *options, "--quiet", "--output", output)
            peer.run(SCRIPT, *command, env=environment, timeout=_PATIENCE)
            output.rename(target)
    return target


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _key(folder: Path, options: list[str]) -> str:
    digest = hashlib.sha256()
    facts = [HYPERFRAMES, hf.probe_chrome().product, *options]
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            facts += [path.relative_to(folder).as_posix(), sha256_file(path)[1]]
    for fact in facts:
        digest.update(fact.encode() + b"\0")
    return digest.hexdigest()[:32]


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0][:200]


def write_page(rows: list[Row]) -> None:
    """Put the table of *rows* and what it was measured with into the page."""
    notes = tomllib.loads(NOTES.read_text("utf-8"))
    lines = [" | ".join(HEAD), " | ".join("---" for _ in HEAD)]
    for row in sorted(rows, key=lambda row: (row.reaches_goal, -row.worst, row.name)):
        *cells, problem = row.cells()
        lines.append(" | ".join([*cells, notes.get(row.name, problem)]))
    near = sum(row.reaches_goal for row in rows)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    said = (
        f"{day}, {describe_machine()}, {HYPERFRAMES}; one run of {len(rows)} projects, "
        f"{near} of them within the goal."
    )
    table = "\n".join(f"| {line} |" for line in lines)
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{said}\n\n{table}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
