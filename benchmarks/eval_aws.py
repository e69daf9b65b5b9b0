"""
The adapter judged: films made through the whole stack, beside the same films made here.

Each composition is rendered by `render()` with the function's Chrome and through a stack at
four chunks, and compared: time, picture, sound, bytes. Without options the stack is an
emulated one (real S3 server, real state machine, the real ZIP in a sandbox) and the speedup
says nothing about AWS; give the names of a real one to have it measured:

    python benchmarks/eval_aws.py
    python benchmarks/eval_aws.py --stack hyperframes-dist --region eu-central-1
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from _cli import describe_machine
from _quality import compare_videos

import hyperframes_dist as hf
from hyperframes_dist._tools.ffmpeg import find_ffmpeg
from hyperframes_dist._tools.files import default_cache
from hyperframes_dist.aws import AwsClient, Stack
from hyperframes_dist.aws.package import build_zip

ROOT = Path(__file__).parents[1]
COMPOSITIONS = ROOT / "tests/compositions"
CHUNKS = 4
SOUND_RATE = 48_000
# What upstream's evaluation asks for.
LEAST_PSNR, LEAST_CORRELATION = 40.0, 0.99


@attrs.frozen(kw_only=True)
class Verdict:
    """How one film from the stack compares with the one made here."""

    name: str
    frames: int
    local_seconds: float
    cloud_seconds: float
    same_bytes: bool
    psnr: float
    correlation: float | None

    @property
    def good(self) -> bool:
        sounds = self.correlation is None or self.correlation >= LEAST_CORRELATION
        return self.psnr >= LEAST_PSNR and sounds

    def line(self) -> str:
        sound = "silent" if self.correlation is None else f"{self.correlation:.4f}"
        return (
            f"{self.name:16} {self.frames:6} {self.local_seconds:8.2f} "
            f"{self.cloud_seconds:8.2f} {self.local_seconds / self.cloud_seconds:7.2f} "
            f"{self.psnr:7.1f} {sound:>8} {'equal' if self.same_bytes else 'DIFFER':>7}"
        )


def write_fixtures(folder: Path) -> list[Path]:
    """Four compositions, two of them with sound."""
    sys.path.insert(0, str(ROOT / "tests/support"))
    from pages import composition, write_project
    from sound import noise, wav

    silent = [
        ROOT / "tests/compositions" / n for n in ("gsap-stagger", "css-keyframes")
    ]
    ramp = np.linspace(0, 440 * 2 * np.pi * 4, 4 * SOUND_RATE)
    tone = wav(np.round(9000 * np.sin(ramp)), SOUND_RATE)
    body = """<h1 style="color:#fff;font:40px monospace">sound</h1>
      <style>@keyframes go {{ to {{ transform: translateX(180px) }} }}
      h1 {{ animation: go 4s linear both }}</style>{audio}"""
    one = '<audio id="a" src="a.wav" data-start="0.5" data-duration="3"></audio>'
    two = one + '<audio id="b" src="b.wav" data-start="1" data-volume="0.4"></audio>'
    page = {"width": 320, "height": 180, "duration": 4}
    sounding = [
        write_project(
            folder / name,
            composition(body.format(audio=audio), **page),
            **{"a.wav": tone, "b.wav": wav(noise(2.0))},
        )
        for name, audio in (("one-sound", one), ("two-sounds", two))
    ]
    return [*silent, *sounding]


@contextlib.contextmanager
def emulated(folder: Path) -> Iterator[AwsClient]:
    """A stack on this machine, whose function is the real ZIP."""
    from aws_stack import STORE, aws_stack
    from lambda_box import unzip
    from seaweed import start_seaweed

    report = build_zip(folder / "function.zip", chrome="sparticuz")
    task = unzip(report.path, folder / "task")
    (folder / "seaweed").mkdir()
    (folder / "stack").mkdir()
    server = start_seaweed(folder / "seaweed")
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        cache = default_cache()
        running = stack.enter_context(
            aws_stack(folder / "stack", cache, task, server, concurrency=CHUNKS)
        )
        clients = {"s3": server.client()}
        clients |= {n: running.emulator.client(n) for n in ("stepfunctions", "lambda")}
        made = Stack(state_machine=running.machine, store=STORE, function="render")
        yield AwsClient.connect(made, clients=clients)


def judge(client: AwsClient, project: Path, folder: Path, timeout: float) -> Verdict:
    """Render *project* both ways, and compare."""
    local, cloud = folder / "local.mp4", folder / "cloud.mp4"
    config = hf.RenderConfig(segment_seconds="1/2", chunks=CHUNKS)
    began = time.monotonic()
    made = hf.render(project, local, config, chrome=hf.Sparticuz())
    local_seconds = time.monotonic() - began
    site = client.deploy_site(project, config)
    began = time.monotonic()
    render = client.start_render(site, config)
    client.wait(render, deadline=began + timeout)
    cloud_seconds = time.monotonic() - began
    client.download_output(render, cloud)
    same = local.read_bytes() == cloud.read_bytes()
    return Verdict(
        name=project.name,
        frames=made.frame_count,
        local_seconds=local_seconds,
        cloud_seconds=cloud_seconds,
        same_bytes=same,
        psnr=compare_videos(cloud, local),
        correlation=correlate(cloud, local),
    )


def correlate(one: Path, other: Path) -> float | None:
    """Correlation of two films' sound at no lag; None if neither has any."""
    first, second = decode_sound(one), decode_sound(other)
    if not len(first) and not len(second):
        return None
    if len(first) != len(second):
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def decode_sound(video: Path) -> np.ndarray:
    """Its samples, one channel; none if it is silent."""
    command = [find_ffmpeg(), "-v", "error", "-nostdin", "-i", video, "-vn"]
    done = subprocess.run(
        [*command, "-ac", "1", "-f", "f32le", "-"],
        capture_output=True,
        check=False,
        timeout=120,
    )
    return np.frombuffer(done.stdout, "<f4")


def connect(args: argparse.Namespace, folder: Path) -> Any:
    if args.stack is None:
        return emulated(folder)
    return contextlib.nullcontext(AwsClient.of_stack(args.stack, region=args.region))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--stack", help="a deployed stack instead of an emulated one")
    parser.add_argument("--region", help="where it lies")
    parser.add_argument("--timeout", type=float, default=600, help="seconds a film")
    parser.add_argument("--json", type=Path, metavar="FILE", help="results as JSON")
    args = parser.parse_args()
    print(describe_machine())
    kind = "emulated on this machine" if args.stack is None else args.stack
    print(f"stack: {kind}; {CHUNKS} chunks\n")
    head = ("film", "frames", "local s", "cloud s", "speedup", "PSNR", "sound", "bytes")
    print("{:16} {:>6} {:>8} {:>8} {:>7} {:>7} {:>8} {:>7}".format(*head))
    verdicts = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        projects = write_fixtures(folder / "projects")
        with connect(args, folder) as client:
            for project in projects:
                verdicts.append(judge(client, project, folder, args.timeout))
                print(verdicts[-1].line(), flush=True)
    if args.json is not None:
        args.json.write_text(json.dumps([attrs.asdict(v) for v in verdicts], indent=1))
    equal = sum(verdict.same_bytes for verdict in verdicts)
    print(f"\nequal bytes: {equal} of {len(verdicts)}")
    return 0 if all(verdict.good for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
