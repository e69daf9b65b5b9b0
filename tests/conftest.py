"""What every test shares: one warm browser, one cache, and nothing left running."""

from __future__ import annotations

import os
import select
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import hyperframes_dist as hf
import zips
from cloud import Place, deployed
from hyperframes_dist._planned.toolchain import read_runtime
from hyperframes_dist._tools.files import default_cache
from hyperframes_dist.aws.package import ZipReport
from hyperframes_dist.progress import Control
from lambda_box import unzip
from ministack import Ministack, ministack_python
from sampling import mark_the_rest
from seaweed import S3Server, start_seaweed
from strategies import SEEK_PAGE

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "default",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=10,
    suppress_health_check=_SLOW,
)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=60)
settings.register_profile(
    "campaign",
    deadline=None,
    derandomize=False,
    database=None,
    max_examples=400,
    suppress_health_check=_SLOW,
    print_blob=True,
)
settings.load_profile("default")

# Rooms whose files draw, encode or begin servers: minutes where others take seconds.
_LONG = {"engines", "laws", "aws", "media", "browser", "pipeline", "compile", "encode"}
# Each of these needs an environment of its own, which a nox session makes.
collect_ignore = ["apart"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before any is left out by its marker; no long file is begun when others are done."""
    mark_the_rest(items)
    items.sort(key=lambda item: item.path.parent.name not in _LONG)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: half of a test is waiting for a process."""
    return len(os.sched_getaffinity(0)) + 1


_MARK = "HYPERFRAMES_DIST_TEST_RUN"
_DEATH_SECONDS = 20


@pytest.fixture(scope="session", autouse=True)
def signals_are_heard() -> None:
    """What nohup or a shell's background started ignores some, and so would each child."""
    usual = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGHUP: signal.SIG_DFL,
        signal.SIGQUIT: signal.SIG_DFL,
    }
    for number, handler in usual.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No process and no browser profile of this run outlives it."""
    own = Path(tempfile.mkdtemp(prefix="hfd-"))
    with pytest.MonkeyPatch.context() as patch:
        # Both are inherited by whatever is started, so a stray can be told from others'.
        patch.setenv("TMPDIR", str(own))
        patch.setenv(_MARK, str(own))
        patch.setattr(tempfile, "tempdir", None)
        yield
    strays = [text for pid, text in _ours(own) if not _dies(pid)]
    profiles = [path.name for path in own.glob("hyperframes-chrome-*")]
    shutil.rmtree(own, ignore_errors=True)
    assert (strays, profiles) == ([], []), "processes or profiles were left behind"


def _ours(own: Path) -> list[tuple[int, str]]:
    """Living processes that this one started, directly or not, with what they run."""
    rows = {pid: row for pid in _pids() if (row := _stat(pid)) is not None}
    mark, found = f"{own}".encode(), []
    for pid in rows.keys() - {os.getpid()}:
        text = _read(pid, "cmdline")
        marked = mark in text or mark in _read(pid, "environ")
        if marked or _stems_from_us(pid, rows):
            found.append((pid, text.replace(b"\0", b" ").decode(errors="replace")))
    return found


def _stems_from_us(pid: int, rows: dict[int, tuple[int, int]]) -> bool:
    """Whether a parent or the leader of its session is ours, at any distance."""
    seen, waiting = {os.getsid(0)} - {os.getpid()}, [pid]
    while waiting:
        if (kin := waiting.pop()) == os.getpid():
            return True
        if kin in rows and kin not in seen:
            seen.add(kin)
            waiting += rows[kin]
    return False


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _stat(pid: int) -> tuple[int, int] | None:
    """Parent and session of a living process; a zombie only waits to be collected."""
    state, parent, _, session = (
        _read(pid, "stat").rpartition(b")")[2].split()[:4] or [b"X"] * 4
    )
    return None if state in b"ZX" else (int(parent), int(session))


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _dies(pid: int) -> bool:
    """Whether *pid*, which may have been killed this moment, ends shortly."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], _DEATH_SECONDS)[0])
    finally:
        os.close(descriptor)


@pytest.fixture(scope="session")
def renderer() -> Iterator[hf.Renderer]:
    """A browser kept warm for the whole run."""
    with hf.Renderer() as shared:
        yield shared


@pytest.fixture(scope="session")
def cache() -> Path:
    """Where packages and tools are kept between runs."""
    return default_cache()


@pytest.fixture(scope="session")
def runtime_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pinned page runtime as a file, for those who may fetch nothing."""
    path = tmp_path_factory.mktemp("runtime") / "runtime.js"
    path.write_bytes(read_runtime(hf.RenderConfig(), Control()))
    return path


@pytest.fixture(scope="session")
def compositions() -> Path:
    """Compositions as authors write them, one directory each."""
    return Path(__file__).parent / "compositions"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The smallest project: a page with its own seek, one second long."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "index.html").write_text(SEEK_PAGE, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server, for the whole run."""
    server = start_seaweed(tmp_path_factory.mktemp("seaweed"))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def sparticuz_zip(tmp_path_factory: pytest.TempPathFactory) -> ZipReport:
    """The default deployment ZIP, built once for the run."""
    return zips.build("sparticuz", tmp_path_factory.mktemp("zip"))


@pytest.fixture(scope="session")
def shell_zip(tmp_path_factory: pytest.TempPathFactory) -> ZipReport:
    """The deployment ZIP with this machine's headless shell, built once for the run."""
    return zips.build("headless-shell", tmp_path_factory.mktemp("zip"))


@pytest.fixture(scope="session")
def sparticuz_task(
    sparticuz_zip: ZipReport, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The default ZIP, unzipped as Lambda does."""
    return unzip(sparticuz_zip.path, tmp_path_factory.mktemp("task"))


@pytest.fixture(scope="session")
def shell_task(shell_zip: ZipReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ZIP with a headless shell, unzipped as Lambda does."""
    return unzip(shell_zip.path, tmp_path_factory.mktemp("task"))


@pytest.fixture(scope="module")
def emulator(
    cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ministack]:
    """An AWS of the module's own."""
    with Ministack(ministack_python(cache), tmp_path_factory.mktemp("aws")) as aws:
        yield aws


@pytest.fixture(scope="module")
def place(
    emulator: Ministack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """A stack in it whose function draws nothing."""
    with deployed(emulator, tmp_path_factory.mktemp("place")) as place:
        yield place
