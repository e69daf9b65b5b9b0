"""A caller's program, for the type checker alone: nothing here is ever run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import assert_type

import hyperframes_dist as hf
from hyperframes_dist.chrome import Sandbox
from hyperframes_dist.errors import (
    HyperframesError,
    PageError,
    PlanIntegrityError,
    ResolveUnavailableError,
    StoreMissingError,
)
from hyperframes_dist.progress import Cancel, ProgressCallback, Stage
from hyperframes_dist.testing import check_transport
from hyperframes_dist.transport import StoredFile, Transport, open_transport
from hyperframes_dist.transport.local import LocalTransport
from hyperframes_dist.transport.s3 import S3Transport


class OwnChrome:
    """Any object of this shape is a source of Chrome."""

    sandbox: Sandbox = "auto"

    def executable(self) -> Path:
        return Path("/opt/chrome")

    def args(self) -> tuple[str, ...]:
        return ()

    def env(self) -> Mapping[str, str]:
        return {}


class OwnCancel:
    """Any object of this shape cancels."""

    def is_set(self) -> bool:
        return False


class OwnTransport:
    """Any object of this shape is a store."""

    url = "own://store"

    def put(self, path: Path, key: str) -> StoredFile:
        return StoredFile(key=key, size=path.stat().st_size, sha256="0" * 64)

    def get(self, key: str, path: Path) -> StoredFile:
        raise StoreMissingError(f"{self.url}/{key}")

    def find(self, key: str) -> StoredFile | None:
        return None

    def list(self, prefix: str = "") -> Iterator[str]:
        return iter(())

    def delete(self, key: str) -> None:
        pass

    def presign(self, key: str, *, seconds: int) -> str:
        return f"{self.url}/{key}?{seconds}"


def store() -> None:
    """Each of ours, and one's own."""
    opened: Transport = open_transport("s3://bucket/prefix", connections=2)
    stores: list[Transport] = [opened, LocalTransport("store"), S3Transport("bucket")]
    check_transport(OwnTransport, Path("work"), sizes=[0, 1], writers=2)
    for each in stores:
        assert_type(each.put(Path("file"), "a/key").sha256, str)
        assert_type(each.find("a/key"), StoredFile | None)
        assert_type(list(each.list("a")), list[str])


def configure() -> hf.RenderConfig:
    """Every field, in each of the types it takes."""
    hf.RenderConfig(fps=30, segment_seconds=1, chunks=4)
    hf.RenderConfig(fps=Fraction(24000, 1001), segment_seconds="1/2", bitrate="4M")
    hf.RenderConfig(fps=hf.FrameRate(25), segment_seconds=0.5, crf=18)
    return hf.RenderConfig(
        fps="30000/1001",
        format="mp4",
        codec="h264",
        quality="high",
        variables={"title": "Hi", "list": [1, None, {"deep": True}]},
        entry_file="index.html",
        segment_seconds=Fraction(1, 2),
        chunks="auto",
        runtime="runtime.js",
        overrides_dir=Path("overrides"),
        offline=True,
        cache_dir=None,
        limits=hf.Limits(seconds=60, files=100),
    )


def wishes() -> tuple[ProgressCallback, Cancel, float]:
    """What a long call may be given."""

    def report(event: hf.Progress) -> None:
        assert_type(event.stage, Stage)
        assert_type(event.done, int)

    cancel: Cancel = threading.Event()
    return report, cancel or OwnCancel(), time.monotonic() + 60


def in_three_steps(project: Path) -> hf.OutputResult:
    """Plan, render each chunk, assemble."""
    report, cancel, deadline = wishes()
    pinned = hf.lock(project, configure(), chrome=OwnChrome(), deadline=deadline)
    assert_type(pinned.addresses, tuple[hf.LockedAddress, ...])
    made = hf.plan(
        project,
        "plan",
        configure(),
        chrome=OwnChrome(),
        progress=report,
        cancel=cancel,
        deadline=deadline,
    )
    assert_type(made, hf.Plan)
    assert_type(made.duration, Fraction)
    assert_type(made.warnings, tuple[str, ...])
    chunks = [Path(f"{index}.mp4") for index in range(made.chunk_count)]
    for index, chunk in enumerate(chunks):
        result = hf.render_chunk(made.path, index, chunk, chrome=hf.Sparticuz())
        assert_type(result, hf.ChunkResult)
        assert_type(result.segments, tuple[hf.SegmentRecord, ...])
    return hf.assemble("plan", chunks, "out.mp4", cancel=cancel)


def in_one(project: str) -> hf.OutputResult:
    """With a warm browser, with a store, and with nothing but the defaults."""
    with hf.Renderer(hf.HeadlessShell(sandbox="require")) as renderer:
        assert_type(renderer, hf.Renderer)
        assert_type(renderer.plan(project, "plan"), hf.Plan)
        assert_type(renderer.lock(project, update=True), hf.Lock)
        assert_type(renderer.render_chunk("plan", 0, "0.mp4"), hf.ChunkResult)
    hf.render(project, Path("a.mp4"), workers=2, store="store")
    records: list[hf.PerfRecord] = []
    quoted = hf.quote(project, target="aws", within=60, perf=["perf.json"])
    assert_type(quoted, hf.Quote)
    assert_type(quoted.wall.high, float)
    hf.render(project, "a.mp4", perf=records.append, model=quoted.model)
    hf.render(project, "a.mp4", perf=Path("perf.json"))
    return hf.render(project, "b.mp4")


def values() -> None:
    """JSON keeps the type it is asked for; hashes are text."""
    assert_type(hf.to_json(configure()), bytes)
    assert_type(hf.from_json(b"{}", hf.RenderConfig), hf.RenderConfig)
    assert_type(hf.from_json("{}", hf.OutputResult), hf.OutputResult)
    assert_type(hf.verify_plan("plan").content_hash, str)
    assert_type(hf.recompute_plan_hash(Path("plan")), str)
    assert_type(hf.default_chrome(), hf.ChromeSource)
    assert_type(hf.probe_chrome(OwnChrome()).product, str)
    assert_type(hf.FrameRate.parse("30").fraction, Fraction)
    assert_type(hf.__version__, str)


def errors(project: Path) -> bool:
    """What a caller can act on is an attribute with a type."""
    try:
        in_three_steps(project)
    except PageError as error:
        assert_type(error.frame, int | None)
    except PlanIntegrityError as error:
        assert_type(error.expected, str | None)
    except ResolveUnavailableError as error:
        assert_type(error.address, str)
    except HyperframesError as error:
        assert_type(error.retryable, bool)
        return error.retryable
    return False
