"""Sources of Chrome: found, unpacked, healed, and able to draw on command."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

import attrs
import pytest

import hyperframes_dist as hf
from hyperframes_dist._browser.launch import launch
from hyperframes_dist._tools.files import default_cache, sha256_file
from hyperframes_dist.chrome import fetch_chrome, newest
from hyperframes_dist.errors import (
    Cancelled,
    ChromeLaunchError,
    DeadlineExceeded,
    InputError,
)
from hyperframes_dist.progress import Control
from hyperframes_dist.testing import check_chrome_source
from hyperframes_dist.testing._chrome import ChromeCheck
from patience import SOON

SOURCES = [
    pytest.param(hf.HeadlessShell, marks=pytest.mark.installed_shell),
    hf.Sparticuz,
]


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_draws_by_begin_frame(source):
    """A PNG comes back from HeadlessExperimental.beginFrame."""
    report = hf.probe_chrome(source(), deadline=time.monotonic() + 120)

    assert report.product.startswith("HeadlessChrome/")
    assert report.executable.is_file()
    assert report.picture_bytes > 60


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_keeps_its_promises(source, tmp_path):
    check_chrome_source(source(), tmp_path)


@attrs.frozen
class Altered:
    """The default source, with something wrong with it."""

    sandbox: Any = "auto"
    path: Any = None
    more: Any = ()
    variables: Any = attrs.field(factory=dict)

    def executable(self) -> Path:
        return hf.default_chrome().executable() if self.path is None else self.path

    def args(self) -> Any:
        return self.more() if callable(self.more) else self.more

    def env(self) -> Any:
        return {**hf.default_chrome().env(), **self.variables}


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        ({"path": "/usr/bin/env"}, "a path"),
        ({"path": Path("/no/such/shell")}, "is a program"),
        ({"path": Path("/usr/bin/ldd")}, "no script"),
        ({"path": Path("/bin/true")}, "draws on command"),
        ({"more": ["--x"]}, "a tuple"),
        ({"more": (1,)}, "are texts"),
        ({"more": ("--force-color-profile=hdr10",)}, "repeat none of ours"),
        ({"more": lambda: (f"--x={time.monotonic_ns()}",)}, "args.. are the same"),
        ({"variables": {"X": 1}}, "texts to texts"),
        ({"sandbox": "no"}, "one of its words"),
    ],
)
def test_a_broken_promise_is_named(fault, promise, tmp_path):
    with pytest.raises(AssertionError, match=promise):
        check_chrome_source(Altered(**fault), tmp_path)


def test_a_page_that_gets_out_is_a_broken_promise(tmp_path):
    """A source that opens the wall is caught by what comes through."""
    open_wall = Altered(more=("--host-resolver-rules=MAP nowhere 127.0.0.1",))

    with pytest.raises(AssertionError, match="reached a server"):
        ChromeCheck(open_wall, tmp_path).reaches_nobody()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("headless-shell", marks=pytest.mark.installed_shell),
        "sparticuz",
    ],
)
def test_probe_command_names_binary_and_version(name):
    """``chrome probe`` prints what drew, and ends with 0."""
    args = [
        sys.executable,
        "-m",
        "hyperframes_dist",
        "chrome",
        "probe",
        "--chrome",
        name,
    ]

    done = subprocess.run(
        args, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0
    assert "HeadlessChrome/" in done.stdout
    assert str(Path(done.stdout.split(":")[0])) in done.stdout


def test_probe_command_fails_in_one_line():
    """A program that is no browser ends the probe as any launch that may be tried again."""
    args = [sys.executable, "-m", "hyperframes_dist", "chrome", "probe"]

    done = subprocess.run(
        [*args, "--chrome", "/bin/true", "--timeout", "30"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 3
    assert "ChromeLaunchError" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_browser_that_never_answers_meets_the_deadline(tmp_path):
    """A hung binary costs the caller's deadline and leaves no process."""
    fake = tmp_path / "chrome"
    # Another run of this test, beside this one, has another number.
    endless = f"sleep {100_000_000 + os.getpid()}"
    fake.write_text(f"#!/bin/sh\nexec {endless}\n")
    fake.chmod(0o755)
    began = time.monotonic()

    with pytest.raises(DeadlineExceeded):
        hf.probe_chrome(hf.HeadlessShell(fake), deadline=began + 1)

    assert time.monotonic() - began < SOON
    assert _running(endless) == ""


def _running(command: str) -> str:
    rows = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            continue
        rows += [text] if text == command else []
    return "\n".join(rows)


def test_a_missing_binary_is_named():
    """The error says which path was tried."""
    with pytest.raises(InputError, match="/no/such/chrome"):
        hf.HeadlessShell(Path("/no/such/chrome")).executable()


def test_versions_compare_as_numbers(tmp_path):
    """Build 131 is newer than build 99, whatever the alphabet says."""
    paths = [
        tmp_path / f"linux-{version}" / "shell" / "chrome-headless-shell"
        for version in ("99.0.1.2", "131.0.6778.87", "131.0.6778.9")
    ]

    assert paths[1] == newest(paths)


def test_a_shell_in_a_cache_directory_is_found(tmp_path, monkeypatch):
    """With none on PATH, the newest of puppeteer's downloads is used."""
    monkeypatch.setenv("PATH", "")
    for version in ("9.0.0.0", "131.0.0.0"):
        folder = tmp_path / f".cache/puppeteer/chrome-headless-shell/linux-{version}/x"
        folder.mkdir(parents=True)
        (folder / "chrome-headless-shell").write_text("#!/bin/sh\n")
        (folder / "chrome-headless-shell").chmod(0o755)

    found = hf.HeadlessShell(home=tmp_path).find()

    assert found is not None
    assert "linux-131.0.0.0" in str(found)


@pytest.mark.installed_shell
def test_debians_wrapper_is_seen_through():
    """The real binary is started, so that signals reach it."""
    with hf.HeadlessShell().executable().open("rb") as file:
        assert file.read(4) == b"\x7fELF"


@pytest.mark.installed_shell
def test_the_default_prefers_an_installed_shell(monkeypatch):
    """Sparticuz is for machines that have none."""
    monkeypatch.delenv("HYPERFRAMES_DIST_CHROME", raising=False)
    assert isinstance(hf.default_chrome(), hf.HeadlessShell)

    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("HOME", "/nonexistent")
    assert isinstance(hf.default_chrome(), hf.Sparticuz)


@pytest.fixture(scope="module")
def cheap_sparticuz(tmp_path_factory) -> hf.Sparticuz:
    """A cache of its own whose package is the one already fetched."""
    hf.Sparticuz().executable()
    packages, own = default_cache() / "npm", tmp_path_factory.mktemp("cheap")
    (own / "npm").mkdir()
    for path in packages.glob("@sparticuz*"):
        (own / "npm" / path.name).symlink_to(path)
    return hf.Sparticuz(own)


def test_sparticuz_is_unpacked_once(cheap_sparticuz):
    """Many callers at once wait for one unpacking and see it whole."""
    # Nobody in this file has asked it before.
    found: list[tuple[Path, int]] = []

    def ask() -> None:
        path = cheap_sparticuz.executable()
        found.append((path, path.stat().st_ino))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    assert len(set(found)) == 1


def truncate(file: BinaryIO, middle: int) -> None:
    file.truncate(middle)


def alter(file: BinaryIO, middle: int) -> None:
    file.seek(middle)
    byte = file.read(1)
    file.seek(middle)
    file.write(bytes([byte[0] ^ 1]))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("spoil", [truncate, alter])
def test_sparticuz_heals_a_half_extracted_browser(cheap_sparticuz, spoil):
    """A truncated or altered file is noticed before use, and unpacked again."""
    binary = cheap_sparticuz.executable()
    wanted = sha256_file(binary)
    with binary.open("rb+") as file:
        spoil(file, binary.stat().st_size // 2)

    assert wanted == sha256_file(cheap_sparticuz.executable())


@pytest.fixture
def unwalled(tmp_path):
    """A Chrome that comes up without its sandbox only, as where user namespaces are shut."""
    chrome, script = hf.default_chrome(), tmp_path / "chrome"
    refusal = "echo 'FATAL: No usable sandbox! Update your kernel.' >&2; exit 1"
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *--no-sandbox*) ;; *) {refusal};; esac\n'
        f'exec "{chrome.executable()}" "$@"\n'
    )
    script.chmod(0o755)
    return Wrapped(chrome, script)


@attrs.frozen
class Wrapped:
    """*base* by way of a script."""

    base: hf.ChromeSource
    script: Path
    sandbox: str = "auto"

    def executable(self) -> Path:
        return self.script

    def args(self) -> list[str]:
        return self.base.args()

    def env(self) -> dict[str, str]:
        return self.base.env()


def test_a_host_without_sandboxes_is_gone_without_or_refused(
    unwalled, monkeypatch, caplog
):
    """``auto`` says that it does, ``require`` tells what Chrome said."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with launch(unwalled, control=Control()) as browser:
        assert browser.alive
    assert "Chrome runs without its sandbox" in caplog.text
    with pytest.raises(ChromeLaunchError, match="No usable sandbox") as caught:
        launch(attrs.evolve(unwalled, sandbox="require"), control=Control())
    assert ChromeLaunchError is type(caught.value)


def test_sandbox_can_be_required():
    """As root there is no sandbox, and ``require`` says so instead of going without."""
    source = attrs.evolve(hf.default_chrome(), sandbox="require")

    if os.geteuid() != 0:
        with launch(source, control=Control()) as browser:
            assert browser.alive
    else:
        with pytest.raises(ChromeLaunchError, match="sandbox"):
            launch(source, control=Control())


def test_a_first_download_is_given_up_when_its_caller_does(tmp_path):
    """Neither a cancelled call nor one whose time is over fetches a browser."""
    source = hf.Sparticuz(tmp_path)

    with pytest.raises(DeadlineExceeded):
        launch(source, control=Control(deadline=0.0))
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        fetch_chrome(source, Control(cancel=cancelled))

    assert not source.folder.exists()
