"""Files appear whole or not at all, and nothing of the work on them stays."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hyperframes_dist._tools.files import (
    copy_file,
    default_cache,
    disk_errors,
    file_lock,
    list_files,
    path_of,
    publish_file,
    read_required,
    require_directory,
    resolve_inside,
    sha256_cached,
    sha256_file,
    system_errors,
    work_dir,
    write_file,
)
from hyperframes_dist.errors import (
    Cancelled,
    DeadlineExceeded,
    DiskFullError,
    InputError,
    PageError,
    PlanIncompleteError,
    PlanIntegrityError,
    ResourceLimitError,
)
from hyperframes_dist.progress import Control
from patience import SOON


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Stop(BaseException):
    """What no ``except Exception`` catches, as an interrupt is."""


@pytest.mark.parametrize("raised", [OSError, KeyError, KeyboardInterrupt, Stop])
def test_a_failed_file_is_not_there(tmp_path, raised):
    """When the writer fails half-way, what lay there before still does, alone."""
    target = tmp_path / "out.mp4"
    target.write_bytes(b"old")

    def write() -> None:
        with publish_file(target) as draft:
            draft.write_bytes(b"half")
            raise raised

    with pytest.raises(raised):
        write()

    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["out.mp4"]


def test_a_finished_file_replaces_the_old_one(tmp_path):
    """The new file is there at once and whole; folders on the way are made."""
    target = tmp_path / "a/b/out.mp4"

    write_file(target, b"old")
    with publish_file(target) as draft:
        draft.write_bytes(b"new")
        assert target.read_bytes() == b"old"

    assert target.read_bytes() == b"new"
    assert names(target.parent) == ["out.mp4"]


def test_a_reader_keeps_what_it_opened(tmp_path):
    """Replacing a file does not change it under whoever reads it."""
    target = tmp_path / "x"
    write_file(target, b"old")

    with target.open("rb") as reader:
        write_file(target, b"new")

        assert reader.read() == b"old"


def test_a_writer_that_wrote_nothing_publishes_nothing(tmp_path):
    """A block that ends without a file is an error, not an empty file."""
    with pytest.raises(FileNotFoundError), publish_file(tmp_path / "x"):
        pass

    assert names(tmp_path) == []


@pytest.mark.parametrize("raised", [None, ValueError, KeyboardInterrupt, Stop])
def test_a_work_directory_is_gone_afterwards(tmp_path, raised):
    """However the block ends, and whatever lies in it."""

    def work() -> None:
        with work_dir(tmp_path / "out") as scratch:
            seen.append(scratch)
            (scratch / "deep/er").mkdir(parents=True)
            (scratch / "deep/er/file").write_bytes(b"x")
            (scratch / "link").symlink_to(tmp_path)
            if raised is not None:
                raise raised

    seen: list[Path] = []
    (tmp_path / "kept").write_bytes(b"")
    if raised is None:
        work()
    else:
        with pytest.raises(raised):
            work()

    assert tmp_path == seen[0].parent
    assert names(tmp_path) == ["kept"]


def test_a_work_directory_may_be_gone_already(tmp_path):
    """Whoever removed or renamed it took nothing from us."""
    with work_dir(tmp_path / "out") as scratch:
        shutil.rmtree(scratch)

    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "😀" * 63])
def test_the_longest_name_can_be_published(tmp_path, name):
    """A name as long as a file system takes leaves room for the work beside it."""
    write_file(tmp_path / name, b"x")

    assert names(tmp_path) == [name]


def test_a_relative_path_stays_relative_to_the_start(tmp_path, monkeypatch):
    """The work directory is absolute, so that no program takes it for an option."""
    monkeypatch.chdir(tmp_path)

    with work_dir(Path("-x:y")) as scratch:
        assert scratch.is_absolute()

    write_file(Path("-x:y"), b"x")
    assert names(tmp_path) == ["-x:y"]


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize(
    "place", ["s3://bucket/o.mp4", "https://a.b/c", "file:///o.mp4"]
)
def test_an_address_is_no_path(kind, place):
    """A folder of its name would be made, where nobody looks."""
    with pytest.raises(InputError, match=r"^output '.*' is an address, and a path "):
        path_of(kind(place), "output")


@pytest.mark.parametrize("place", ["a:b.mp4", "concat:a|b.mp4", "/s3:/b", "C:/o.mp4"])
def test_a_path_may_have_colons(place):
    """What only looks like an address is a place."""
    assert Path(place) == path_of(place, "output")


def test_a_full_disk_while_publishing(tmp_path):
    """No room is its own retryable error, and the little there was is free again."""

    def write() -> None:
        with publish_file(tmp_path / "x") as draft:
            draft.symlink_to("/dev/full")
            draft.write_bytes(b"x")

    with pytest.raises(DiskFullError) as caught:
        write()

    assert caught.value.retryable
    assert caught.value.errno == errno.ENOSPC
    assert str(tmp_path) in caught.value.filename
    assert names(tmp_path) == []


def test_a_full_disk_while_working(tmp_path):
    """A stage that writes beside its output gets the same error."""
    with pytest.raises(DiskFullError), work_dir(tmp_path / "x"):
        Path("/dev/full").write_bytes(b"x")

    assert names(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_quota_is_a_full_disk(tmp_path, number):
    """Both mean that somebody must make room."""
    with pytest.raises(DiskFullError), disk_errors(tmp_path):
        raise OSError(number, "no")


def test_other_system_errors_pass(tmp_path):
    """What is not about room is not called so."""
    with pytest.raises(PermissionError), disk_errors(tmp_path):
        raise PermissionError(errno.EACCES, "no")


@pytest.mark.parametrize(
    ("raised", "wanted"),
    [
        (OSError(errno.ENOSPC, "no"), DiskFullError),
        (OSError(errno.EMFILE, "no"), ResourceLimitError),
        (OSError(errno.ENFILE, "no", "/x"), ResourceLimitError),
        (MemoryError(), ResourceLimitError),
        (RuntimeError("can't start new thread"), ResourceLimitError),
        (PermissionError(errno.EACCES, "no", "/x"), InputError),
        (OSError(errno.EIO, "no", "/x"), InputError),
        (PageError("no"), PageError),
        # A callback of the caller's raises what it likes.
        (BrokenPipeError(errno.EPIPE, "no"), BrokenPipeError),
        (RuntimeError("no"), RuntimeError),
        (FileNotFoundError(errno.ENOENT, "no"), FileNotFoundError),
    ],
)
def test_what_the_system_refuses_is_one_of_our_errors(tmp_path, raised, wanted):
    """A caller who catches the library's errors need know none of the system's."""
    with pytest.raises(wanted) as told, system_errors(tmp_path):
        raise raised

    assert type(told.value) is wanted


def test_a_directory_that_is_gone_is_told_as_such(tmp_path, monkeypatch):
    """Paths without a beginning lead nowhere from there."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    with pytest.raises(InputError, match="directory was removed"), system_errors(gone):
        Path("film.mp4").absolute()


def test_a_digest_is_of_the_bytes(tmp_path):
    """Size and sha256 of a file are those of its bytes, in whatever blocks they come."""
    path = tmp_path / "x"
    path.write_bytes(b"a" * (3 << 20))

    size, digest = sha256_file(path)

    tool = subprocess.run(["sha256sum", path], capture_output=True, check=True)
    assert size == (3 << 20)
    assert digest == tool.stdout.split()[0].decode()


def test_a_copy_is_of_bytes_alone(tmp_path):
    """Permissions and times stay behind; an existing target is never overwritten."""
    source, target = tmp_path / "a", tmp_path / "new/b"
    source.write_bytes(b"a")
    source.chmod(0o400)

    assert sha256_file(source) == copy_file(source, target)

    assert target.read_bytes() == b"a"
    assert os.access(target, os.W_OK)
    with pytest.raises(FileExistsError):
        copy_file(source, target)


def swap_in_place(path: Path) -> None:
    path.write_bytes(b"b")


def swap_by_rename(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"b")
    other.replace(path)


@pytest.mark.parametrize("swap", [swap_in_place, swap_by_rename])
def test_a_swapped_file_is_hashed_again(tmp_path, swap):
    """Other bytes of the same size and time do not pass for the old ones."""
    path, cache = tmp_path / "x", tmp_path / "cache"
    path.write_bytes(b"a")
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    before = sha256_cached(path, cache)

    swap(path)
    os.utime(path, ns=times)

    assert sha256_file(path)[1] == sha256_cached(path, cache)
    assert before != sha256_cached(path, cache)


def test_a_digest_is_remembered(tmp_path):
    """A large file that did not change is not read again."""
    path = Path(sys.executable)
    digest = sha256_cached(path, tmp_path)
    assert sha256_file(path)[1] == digest
    record = next((tmp_path / "sha256").iterdir())

    record.write_text("f" * 64)

    assert sha256_cached(path, tmp_path) == "f" * 64


def test_a_damaged_record_is_ignored(tmp_path):
    """What is no digest is computed again, and mended."""
    path = Path(sys.executable)
    digest = sha256_cached(path, tmp_path)
    record = next((tmp_path / "sha256").iterdir())
    record.write_text("x")

    assert digest == sha256_cached(path, tmp_path)
    assert digest == record.read_text()


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path):
    """A digest is a digest without a place to keep it."""
    (tmp_path / "file").write_bytes(b"")

    digest = sha256_cached(Path(sys.executable), tmp_path / "file")

    assert sha256_file(Path(sys.executable))[1] == digest


HOLD = """
import sys
from pathlib import Path
from hyperframes_dist._tools.files import file_lock
with file_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
print("left", flush=True)
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """A process that holds the lock until its input ends."""
    args = [sys.executable, "-c", HOLD, str(path)]
    return subprocess.Popen(
        args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("end", ["release", "kill"])
def test_a_lock_is_held_by_one_process(tmp_path, end):
    """Another one waits until it is released, or its holder has died."""
    lock, entered = tmp_path / "a/lock", threading.Event()

    def enter() -> None:
        with file_lock(lock):
            entered.set()

    with holder(lock) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "held\n"
        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.3)
        if end == "kill":
            process.kill()
        else:
            process.stdin.close()
        assert entered.wait(SOON)
        thread.join()


def test_a_lock_is_held_by_one_thread(tmp_path):
    """Threads of one process exclude each other as processes do."""
    inside, most = [], []

    def work() -> None:
        for _ in range(50):
            with file_lock(tmp_path / "lock"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {1} == set(most)
    assert len(most) == 200


def test_files_are_listed_in_one_order(tmp_path):
    """By code point of the whole path, hidden ones too, on every machine."""
    for name in ("b", "a.txt", "a/z", "B", "a/.hidden", "ü", "é/x"):
        write_file(tmp_path / name, b"")
    (tmp_path / "empty").mkdir()

    assert list_files(tmp_path) == ("B", "a.txt", "a/.hidden", "a/z", "b", "é/x", "ü")


def link_to_a_file(root: Path) -> None:
    (root / "sub/odd").symlink_to("file")


def link_to_a_folder(root: Path) -> None:
    (root / "sub/odd").symlink_to("..")


def link_to_nothing(root: Path) -> None:
    (root / "sub/odd").symlink_to("nowhere")


def fifo(root: Path) -> None:
    os.mkfifo(root / "sub/odd")


@pytest.mark.parametrize(
    "make", [link_to_a_file, link_to_a_folder, link_to_nothing, fifo]
)
def test_a_plan_holds_files_only(tmp_path, make):
    """A link or a special file is named, not followed."""
    write_file(tmp_path / "sub/file", b"")
    make(tmp_path)

    with pytest.raises(PlanIntegrityError, match="sub/odd"):
        list_files(tmp_path)


def test_a_missing_part_is_named(tmp_path):
    """A folder in a file's place is as missing as nothing."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"x")

    assert read_required(tmp_path, "file") == b"x"
    for name in ("none", "folder", "file/below"):
        with pytest.raises(PlanIncompleteError, match=name):
            read_required(tmp_path, name)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        *(("a/file", True), ("a/../a/file", True), ("inner", True), ("./a/file", True)),
        *(("outer", False), ("../secret", False), ("a/../../secret", False)),
        *(("/etc/passwd", False), ("a", False), ("none", False), ("", False)),
        *(("a\0b", False), ("circle", False), ("x" * 5000, False), ("a/file/x", False)),
    ],
)
def test_only_what_is_inside_is_found(tmp_path, name, found):
    """No spelling and no link leads out of a directory."""
    root = tmp_path / "root"
    write_file(root / "a/file", b"x")
    write_file(tmp_path / "secret", b"x")
    (root / "inner").symlink_to("a/file")
    (root / "outer").symlink_to("../secret")
    (root / "circle").symlink_to("circle")

    assert found == (resolve_inside(root, name) is not None)


def test_a_directory_is_required(tmp_path):
    """The error says what was wanted and where."""
    assert tmp_path == require_directory(tmp_path, "project")
    with pytest.raises(InputError, match=r"project '.*none'"):
        require_directory(tmp_path / "none", "project")


@pytest.mark.parametrize(
    ("own", "xdg", "expected"),
    [("/a", "/b", "/a"), ("", "/b", "/b/hyperframes_dist"), ("", "", "HOME")],
)
def test_the_cache_has_one_place(monkeypatch, own, xdg, expected):
    """The library's own variable, then the desktop's, then the home directory."""
    monkeypatch.setenv("HYPERFRAMES_DIST_CACHE", own)
    monkeypatch.setenv("XDG_CACHE_HOME", xdg)

    found = str(default_cache())

    assert expected.replace("HOME", f"{Path.home()}/.cache/hyperframes_dist") == found


def test_a_lock_is_not_waited_for_for_ever(tmp_path):
    """Whoever holds it too long is named by the file, and what to do is said."""
    lock = tmp_path / "lock"

    with (
        file_lock(lock),
        pytest.raises(DeadlineExceeded, match=r"lock.*0\.1 s; end it"),
        file_lock(lock, seconds=0.1),
    ):
        pytest.fail("entered twice")


def test_who_waits_for_a_lock_can_be_stopped(tmp_path):
    cancel = threading.Event()
    cancel.set()
    lock = tmp_path / "lock"

    with file_lock(lock):
        with pytest.raises(Cancelled), file_lock(lock, control=Control(cancel=cancel)):
            pytest.fail("two hold one lock")
        late = Control(deadline=time.monotonic() + 0.1)
        with pytest.raises(DeadlineExceeded), file_lock(lock, control=late):
            pytest.fail("two hold one lock")


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch):
    """Instead of a shared place where somebody else may have put files."""

    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("HYPERFRAMES_DIST_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", nowhere)

    with pytest.raises(InputError, match="HYPERFRAMES_DIST_CACHE"):
        default_cache()
