"""Files of npm packages: by the npm client once, and from verified bytes ever after."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from hyperframes_dist._tools import npm
from hyperframes_dist._tools.npm import (
    Package,
    copy_package,
    fetch_package,
    fetch_packages,
    integrity_of,
    is_exact,
)
from hyperframes_dist.errors import (
    Cancelled,
    DeadlineExceeded,
    InputError,
    ResolveError,
    ResolveUnavailableError,
)
from hyperframes_dist.progress import Control
from packages import put_package, tarball
from patience import SOON

FREE = Control()


def fetch(cache: Path, name="is-number", version="7.0.0", **options) -> Package:
    return fetch_package(name, version, cache=cache, control=FREE, **options)


@pytest.fixture(scope="module")
def fetched(tmp_path_factory) -> Package:
    """A real package by the real client, in a cache of its own."""
    return fetch(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def own_cache(fetched, tmp_path) -> Path:
    """A cache that holds that package."""
    folder = tmp_path / "npm"
    folder.mkdir()
    for path in (fetched.tarball, fetched.tarball.with_suffix(".integrity")):
        (folder / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.fixture
def without_npm(monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def fake_npm(tmp_path, monkeypatch) -> Callable[[str], Path]:
    """Puts a script called npm on PATH; returns the file it may count its runs in."""

    def install(script: str) -> Path:
        folder, runs = tmp_path / "bin", tmp_path / "runs"
        folder.mkdir()
        (folder / "npm").write_text(f"#!/bin/sh\necho run >>'{runs}'\n{script}\n")
        (folder / "npm").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return runs

    return install


def is_final(error: ResolveError) -> bool:
    return type(error) is ResolveError and not error.retryable


def test_a_package_is_read_in_place(fetched):
    """Its files are listed and read by their paths inside it."""
    assert (fetched.name, fetched.version) == ("is-number", "7.0.0")
    assert {"index.js", "package.json"} <= set(fetched.names())
    assert json.loads(fetched.read("package.json"))["version"] == "7.0.0"
    assert integrity_of(fetched.tarball.read_bytes()) == fetched.integrity
    with pytest.raises(ResolveError, match=r"is-number@7\.0\.0/none\.js: no such file"):
        fetched.read("none.js")


def test_only_what_is_needed_is_kept(fetched):
    """The cache holds a tarball and its digest, and what was read; nothing half-done."""
    kept = {path.name for path in fetched.tarball.parent.iterdir()}

    assert kept - {".is-number.lock", "files"} == {
        "is-number@7.0.0.tgz",
        "is-number@7.0.0.integrity",
    }


@pytest.mark.usefixtures("without_npm")
def test_the_second_time_needs_no_client(fetched, own_cache):
    """An exact version in the cache is served without asking anybody."""
    again = fetch(own_cache)

    assert fetched.integrity == again.integrity
    assert fetched.read("index.js") == again.read("index.js")


@pytest.mark.usefixtures("without_npm")
def test_a_pin_is_checked(fetched, own_cache):
    """Bytes that are not the pinned ones are refused for good."""
    assert fetch(own_cache, integrity=fetched.integrity).version == "7.0.0"
    with pytest.raises(ResolveError, match="pinned is sha512-other") as caught:
        fetch(own_cache, integrity="sha512-other")

    assert is_final(caught.value)


def tamper_bytes(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def tamper_truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def tamper_record(path: Path) -> None:
    path.with_suffix(".integrity").write_text("sha512-x")


def tamper_no_record(path: Path) -> None:
    path.with_suffix(".integrity").unlink()


TAMPERINGS = [tamper_bytes, tamper_truncate, tamper_record, tamper_no_record]


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_a_damaged_tarball_is_never_used(own_cache, without_npm, tamper):
    """Without the client it is as if it were not there."""
    tamper(own_cache / "npm/is-number@7.0.0.tgz")

    with pytest.raises(ResolveUnavailableError, match="npm client"):
        fetch(own_cache)


def test_a_damaged_tarball_is_fetched_again(fetched, own_cache):
    """With the client it is whole again."""
    tamper_bytes(own_cache / "npm/is-number@7.0.0.tgz")

    assert fetched.integrity == fetch(own_cache, integrity=fetched.integrity).integrity


def test_a_range_is_asked_for(fetched, own_cache):
    """It becomes the exact version of today, whatever the cache holds."""
    package = fetch(own_cache, version="^7.0.0")

    assert package.version == "7.0.0"
    assert fetched.integrity == package.integrity


@pytest.mark.parametrize(
    ("name", "version"),
    [("is-number", "99.99.99"), ("hyperframes-dist-no-such-package", "1.0.0")],
)
def test_what_is_not_there_will_not_be(tmp_path, name, version):
    """A version or a package that does not exist is not worth a retry."""
    with pytest.raises(ResolveError, match=f"npm:{name}@{version}") as caught:
        fetch(tmp_path, name, version)

    assert is_final(caught.value)


@pytest.mark.usefixtures("without_npm")
def test_a_missing_client_is_named(tmp_path):
    """The error says what to install."""
    with pytest.raises(ResolveUnavailableError, match=r"install Node\.js with npm"):
        fetch(tmp_path)


@pytest.mark.usefixtures("without_npm")
@pytest.mark.parametrize(
    ("name", "version"),
    [
        *(("../x", "1.0.0"), ("/etc", "1.0.0"), ("a/b", "1.0.0"), ("@a/..", "1.0.0")),
        *(("", "1.0.0"), ("-g", "1.0.0"), ("a b", "1.0.0"), ("@a/b/c", "1.0.0")),
        *(("https://x", "1"), ("git+ssh", "file:x"), ("a", "../x"), ("a", "")),
        *(("a", "1 || 2"), ("a", "https://x"), ("a\n", "1.0.0"), ("a", "1.0.0\n")),
        *(("a", "npm:b@1"), ("@/a", "1"), ("a", "git+x:y"), ("a", "1.0.0;id")),
    ],
)
def test_other_names_are_refused(tmp_path, name, version):
    """A path, an address or an option is never handed to the client."""
    with pytest.raises(ResolveError, match="not a package name") as caught:
        fetch(tmp_path, name, version)

    assert is_final(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("version", "exact"),
    [
        *(("1.2.3", True), ("1.2.3-beta.1", True), ("1.2.3+build", True)),
        *(("1.2", False), ("1", False), ("^1.2.3", False), ("latest", False)),
        *(("1.2.x", False), ("1.2.3 ", False), ("v1.2.3", False), ("", False)),
    ],
)
def test_exact_versions(version, exact):
    """Only a whole version names the same bytes next year."""
    assert exact == is_exact(version)


def packs(tmp_path: Path, **facts: object) -> str:
    """A script that does what ``npm pack`` does, for a package called ``a``."""
    source, row = tmp_path / "a.tgz", tmp_path / "row.json"
    source.write_bytes(tarball({"package.json": b"{}"}))
    integrity = integrity_of(source.read_bytes())
    facts = {"version": "1.0.0", "filename": "a.tgz", "integrity": integrity, **facts}
    row.write_text(json.dumps([facts]))
    return f"cp '{source}' . && cat '{row}'"


def test_many_callers_fetch_once(tmp_path, fake_npm):
    """Threads that want the same package wait for one run of the client."""
    runs = fake_npm(packs(tmp_path))
    found: list[Package] = []
    threads = [
        threading.Thread(target=lambda: found.append(fetch(tmp_path, "a", "1.0.0")))
        for _ in range(5)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 5
    assert runs.read_text() == "run\n"


def test_a_tarball_that_is_not_the_registrys_is_refused(tmp_path, fake_npm):
    """A download that broke is worth a retry and is not kept."""
    fake_npm(packs(tmp_path, integrity="sha512-other"))

    with pytest.raises(ResolveUnavailableError, match="registry describes"):
        fetch(tmp_path, "a", "1.0.0")

    assert list((tmp_path / "npm").glob("*.tgz")) == []


def test_a_file_name_from_outside_leads_nowhere(tmp_path, fake_npm):
    """The name of the tarball is the client's word, so it does not count."""
    fake_npm(packs(tmp_path, filename="../../../a.tgz"))

    assert fetch(tmp_path, "a", "1.0.0").tarball == tmp_path / "npm/a@1.0.0.tgz"


@pytest.mark.parametrize(
    "version",
    ["../../../x", "1.0.1", "latest", "1.0.0/../x", "", None, 1, ["1.0.0"], "١.٠.٠"],
)
def test_a_release_that_was_not_asked_for_is_refused(tmp_path, fake_npm, version):
    """Its name becomes a file's; nothing is written, least of all outside the cache."""
    fake_npm(packs(tmp_path, version=version))

    with pytest.raises(ResolveUnavailableError, match="npm packed the release"):
        fetch(tmp_path, "a", "1.0.0")

    assert list(tmp_path.rglob("*.integrity")) == []


@pytest.mark.parametrize("version", ["../../../x", "1", "latest"])
def test_a_tag_stands_for_a_release(tmp_path, fake_npm, version):
    """What floats is pinned to an exact version or not at all."""
    fake_npm(packs(tmp_path, version=version))

    with pytest.raises(ResolveUnavailableError, match="npm packed the release"):
        fetch(tmp_path, "a", "latest")


def test_a_client_that_leaves_nothing(tmp_path, fake_npm):
    """A tarball is found where it was asked for, not where the client says."""
    fake_npm(packs(tmp_path).replace("cp", "true"))

    with pytest.raises(ResolveUnavailableError, match="npm left 0 tarballs"):
        fetch(tmp_path, "a", "1.0.0")


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "[{}]", "{", "[5]", '"x"', "5", "[" * 99999]
)
def test_other_output_is_no_answer(tmp_path, fake_npm, text):
    """A client that prints something else is an error, not a crash."""
    fake_npm(f"echo '{text}'")

    with pytest.raises(ResolveUnavailableError, match="something else than its JSON"):
        fetch(tmp_path, "a", "1.0.0")


def test_the_registrys_address_is_not_shown(tmp_path, fake_npm):
    """Its lines may hold a token; what remains says what went wrong."""
    fake_npm(
        "echo 'npm error 401 https://me:s3cret@host/a?token=s3cret no' >&2; exit 1"
    )

    with pytest.raises(ResolveUnavailableError, match="npm error 401") as caught:
        fetch(tmp_path, "a", "1.0.0")

    assert "s3cret" not in str(caught.value)


def test_a_hung_client_is_ended(tmp_path, fake_npm):
    """It costs its patience, and the next caller may try again."""
    fake_npm("exec sleep 1000")
    began = time.monotonic()

    with pytest.raises(ResolveUnavailableError, match="still running"):
        fetch(tmp_path, "a", "1.0.0", timeout=0.3)

    assert time.monotonic() - began < SOON


def test_the_callers_deadline_ends_it(tmp_path, fake_npm):
    """A deadline is the caller's own error, not the client's."""
    fake_npm("exec sleep 1000")
    control = Control(deadline=time.monotonic() + 0.3)

    with pytest.raises(DeadlineExceeded):
        fetch_package("a", "1.0.0", cache=tmp_path, control=control)


@attrs.frozen
class CancelAt:
    """A caller who changes its mind at *moment*."""

    moment: float

    def is_set(self) -> bool:
        return time.monotonic() >= self.moment


def test_cancelling_ends_it(tmp_path, fake_npm):
    """Soon, and nothing half-done is kept."""
    fake_npm("touch half.tgz; exec sleep 1000")
    cancel = CancelAt(time.monotonic() + 0.3)

    with pytest.raises(Cancelled):
        fetch_package("a", "1.0.0", cache=tmp_path, control=Control(cancel=cancel))

    assert time.monotonic() - cancel.moment < SOON
    assert [path.name for path in (tmp_path / "npm").iterdir()] == [".a.lock"]


@pytest.mark.usefixtures("without_npm")
def test_a_tarballs_folder_may_have_any_name(tmp_path):
    """Most call it ``package``; the paths inside are what counts."""
    put_package(tmp_path, "@s/a", "1.0.0", {"x/y.js": b"1"}, folder="other")

    package = fetch(tmp_path, "@s/a", "1.0.0")

    assert package.names() == ("x/y.js",)
    assert package.read("x/y.js") == b"1"


def test_offline_takes_what_is_cached_and_nothing_else(own_cache, fake_npm):
    """The client is not started, and a cache that is only read is not written to."""
    runs = fake_npm("exit 1")

    found = fetch(own_cache, offline=True)
    with pytest.raises(ResolveError, match=r"npm:a@1\.0\.0: offline") as caught:
        fetch(own_cache, "a", "1.0.0", offline=True)
    with pytest.raises(ResolveError, match=r"npm:is-number@\^7\.0\.0: offline"):
        fetch(own_cache, version="^7.0.0", offline=True)

    assert found.read("package.json")
    assert not caught.value.retryable
    assert not runs.exists()
    assert not list((own_cache / "npm").glob(".*"))


def test_a_package_is_copied_whole(own_cache, tmp_path, without_npm):
    """Another cache then has it, checked by its own record."""
    copy_package(fetch(own_cache), tmp_path / "other")

    assert (
        fetch(own_cache).integrity == fetch(tmp_path / "other", offline=True).integrity
    )


@pytest.mark.parametrize("place", ["file/cache", "/proc/hyperframes"])
def test_a_cache_nobody_can_write_to_is_named(tmp_path, fake_npm, place):
    """Not the call that failed, but the place, and how another one is given."""
    fake_npm("exit 1")
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match=r"cache.*HYPERFRAMES_DIST_CACHE"):
        fetch_package("a", "1.0.0", cache=tmp_path / place, control=Control())


@pytest.mark.thorough
def test_many_packages_are_one_call(tmp_path, fake_npm):
    """Of the registry's own client; each is checked as if it were fetched alone."""
    npm = shutil.which("npm")
    runs = fake_npm(f'exec {npm} "$@"')
    wanted = {"is-number": "^7.0.0", "is-odd": "3.0.1", "@types/is-odd": "^3.0.0"}

    found = fetch_packages(wanted, cache=tmp_path, control=FREE)

    assert sorted(wanted) == sorted(found)
    assert (found["is-number"].version[:2], found["is-odd"].version) == ("7.", "3.0.1")
    assert runs.read_text() == "run\n"
    assert found["is-odd"] == fetch(tmp_path, "is-odd", "3.0.1")
    assert runs.read_text() == "run\n"


def test_one_that_is_missing_leaves_none(tmp_path, fake_npm):
    """Who asks for it alone is told why, and of the others no half is kept."""
    fake_npm("echo npm error E404 >&2; exit 1")

    assert fetch_packages({"a": "1", "b": "2"}, cache=tmp_path, control=FREE) == {}
    assert list((tmp_path / "npm").glob("*.tgz")) == []


def test_a_version_that_is_not_there_is_told_with_the_newest(tmp_path, fake_npm):
    """So is a package, with the one that was meant."""
    fake_npm(
        'case "$1" in view) echo 3.13.0;; *) echo npm error code ETARGET >&2; exit 1;; esac'
    )

    with pytest.raises(
        ResolveError, match=r"no version '9\.9\.9' of 'gsap', .* 3\.13\.0"
    ):
        fetch(tmp_path, "gsap", "9.9.9")


def test_a_package_that_is_not_there_is_told_with_the_one_meant(tmp_path, fake_npm):
    """One slip away from a well-known one."""
    fake_npm("echo npm error code E404 >&2; exit 1")

    with pytest.raises(ResolveError, match="no package 'gspa'; did you mean 'gsap'"):
        fetch(tmp_path, "gspa", "3.12.5")


def test_what_was_unpacked_once_is_kept(tmp_path, monkeypatch):
    """Names and files of a package are read from its tarball the first time only."""
    put_package(tmp_path, "a", "1.0.0", {"x.js": b"1", "y.js": b"2"})
    first = fetch(tmp_path, "a", "1.0.0")
    wanted = first.names(), first.read("x.js")

    monkeypatch.setattr(npm.Tarball, "_files", None)

    again = fetch(tmp_path, "a", "1.0.0")
    assert wanted == (again.names(), again.read("x.js"))


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: b"", lambda data: data[70:]]
)
def test_what_is_kept_and_damaged_is_unpacked_again(tmp_path, damage):
    """No byte of a file follows from what a disk has lost."""
    put_package(tmp_path, "a", "1.0.0", {"x.js": b"1", "y.js": b"2"})
    package = fetch(tmp_path, "a", "1.0.0")
    wanted = package.names(), package.read("y.js")

    for path in (tmp_path / "npm/files").iterdir():
        path.write_bytes(damage(path.read_bytes()))

    assert wanted == (package.names(), package.read("y.js"))


def test_what_is_kept_counts_as_unpacked(tmp_path):
    """A limit holds for files that were unpacked when it was a higher one."""
    put_package(tmp_path, "a", "1.0.0", {"x.js": b"1" * 4096, "y.js": b"2"})
    fetch(tmp_path, "a", "1.0.0").read("y.js")

    package = attrs.evolve(fetch(tmp_path, "a", "1.0.0"), max_bytes=2048)

    with pytest.raises(ResolveError, match="more than 2048 bytes"):
        package.read("y.js")
