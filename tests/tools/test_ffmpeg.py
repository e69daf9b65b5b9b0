"""ffmpeg is found, run under a deadline, and asked what a file holds."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import time
from fractions import Fraction
from pathlib import Path

import pytest

from hyperframes_dist._tools import ffmpeg as _ffmpeg
from hyperframes_dist._tools.ffmpeg import (
    check_ffmpeg,
    find_ffmpeg,
    probe_video,
    read_from,
    run_ffmpeg,
)
from hyperframes_dist._tools.files import disk_errors
from hyperframes_dist._tools.process import Finished
from hyperframes_dist.errors import DiskFullError, EncodeError, EncoderLostError
from hyperframes_dist.progress import Control
from patience import SOON

FREE = Control()
SOURCE = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=0.4"]


def test_it_is_the_packages_own():
    """The ffmpeg that is used is a program of a known package, not what PATH has."""
    path = find_ffmpeg()

    assert os.access(path, os.X_OK)
    assert "imageio_ffmpeg" in path.parts


def test_none_for_this_platform(monkeypatch, tmp_path):
    """A platform the package has nothing for is a typed error."""

    def missing() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.setattr(_ffmpeg.imageio_ffmpeg, "__file__", str(tmp_path / "i.py"))
    monkeypatch.setattr(_ffmpeg.imageio_ffmpeg, "get_ffmpeg_exe", missing)

    with pytest.raises(EncodeError, match="No ffmpeg exe"):
        find_ffmpeg()


def test_the_callers_own_goes_first(monkeypatch):
    """What its package does too: the variable is taken at its word."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/somewhere/ffmpeg")

    assert Path("/somewhere/ffmpeg") == find_ffmpeg()


def test_its_last_words_are_in_the_error():
    """The message names the work and what ffmpeg said."""
    with pytest.raises(EncodeError, match=r"(?s)cannot join.*no-such-file"):
        run_ffmpeg(
            ["-i", Path("/no-such-file"), "-f", "null", "-"],
            what="cannot join",
            control=FREE,
        )


def test_it_is_ended_after_its_patience():
    """An ffmpeg that runs on is an error, and gone."""
    began = time.monotonic()
    endless = ["-re", "-f", "lavfi", "-i", "testsrc", "-f", "null", "-"]

    with pytest.raises(EncodeError, match="still running"):
        run_ffmpeg(endless, what="endless", control=FREE, timeout=0.5)

    assert time.monotonic() - began < SOON


@pytest.mark.parametrize(("times", "right"), [(1, True), (2, False)])
def test_it_is_run_once_more_when_it_was_killed(monkeypatch, tmp_path, times, right):
    """A signal is no answer; a second one is an error that a later try may mend."""
    fake, count = tmp_path / "ffmpeg", tmp_path / "count"
    count.write_text("")
    fake.write_text(
        f'#!/bin/sh\n[ $(wc -c <{count}) -ge {times} ] && exec {find_ffmpeg()} "$@"\n'
        f"printf x >>{count}\nkill -9 $$\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr(_ffmpeg, "find_ffmpeg", lambda: fake)

    if right:
        assert (
            run_ffmpeg([*SOURCE, "-f", "null", "-"], what="x", control=FREE).code == 0
        )
    else:
        with pytest.raises(EncoderLostError, match="SIGKILL, 2 times"):
            run_ffmpeg([*SOURCE, "-f", "null", "-"], what="x", control=FREE)
    assert count.read_text() == "x" * times


def test_no_room_is_not_its_fault():
    """A full disk is told from a refusal, so that a retry can be meant."""
    with pytest.raises(DiskFullError), disk_errors(Path("/dev/full")):
        run_ffmpeg(
            [*SOURCE, "-f", "rawvideo", Path("/dev/full")], what="x", control=FREE
        )


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("a.mp4: File too large", errno.EFBIG),
        ("a.mp4: Disk quota exceeded", errno.EDQUOT),
        ("a.mp4: Too many open files", errno.EMFILE),
        ("code: -11 (Resource temporarily unavailable)", errno.EAGAIN),
        ("a.mp4: Cannot allocate memory", errno.ENOMEM),
    ],
)
def test_what_the_system_refuses_is_not_its_fault(said, number):
    """Whether another try may help is told by the system's own number."""
    with pytest.raises(OSError, match=os.strerror(number)) as raised:
        check_ffmpeg(Finished(1, b"", f"[mp4 @ 0x1] {said}"), "x")

    assert number == raised.value.errno


def test_a_file_may_grow_no_further(tmp_path):
    """Where that ends the program by a signal, too."""
    most = 200_000
    long = ["-f", "lavfi", "-i", "testsrc=size=640x480:duration=4"]
    args = [*long, "-f", "rawvideo", tmp_path / "a"]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        with pytest.raises(DiskFullError), disk_errors(tmp_path):
            run_ffmpeg(args, what="x", control=FREE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_comments_before_a_list_are_read_once(tmp_path):
    """Each is one comment, however many there are: ways to read them would double."""
    path = tmp_path / "a.mp4"
    path.write_bytes(b"<!---->" * 500 + b"x")
    began = time.process_time()

    read_from(path)

    assert time.process_time() - began < 1


@pytest.fixture
def video(tmp_path) -> Path:
    """Ten frames at 25 per second."""
    path = tmp_path / "video.mp4"
    run_ffmpeg([*SOURCE, "-c:v", "libx264", "-bf", "0", path], what="x", control=FREE)
    return path


def test_packets_are_listed_with_exact_times(video):
    """Codec, size, the time of each packet, and the end of the last one."""
    stream = probe_video(video, control=FREE)

    assert (stream.codec, stream.size) == ("h264", "64x48")
    assert tuple(Fraction(n, 25) for n in range(10)) == stream.times
    assert Fraction(10, 25) == stream.duration
    assert stream.extradata


@pytest.mark.parametrize("name", ["1:2.mp4", "-i.mp4", "a b'ü.mp4", "%d.mp4", "a\nb"])
def test_a_name_is_never_read_as_something_else(video, monkeypatch, name):
    """A relative path may hold what ffmpeg would take for an option or an address."""
    monkeypatch.chdir(video.parent)
    video.rename(name)

    stream = probe_video(Path(name), control=FREE)

    assert len(stream.times) == 10


def test_a_truncated_file_is_no_video(video):
    """What cannot be read is an error that names the file."""
    data = video.read_bytes()
    video.write_bytes(data[: len(data) // 2])

    with pytest.raises(EncodeError, match=r"cannot read video\.mp4"):
        probe_video(video, control=FREE)


def test_sound_alone_is_no_video(tmp_path):
    """A file without pictures has nothing to list."""
    path = tmp_path / "sound.wav"
    sine = ["-f", "lavfi", "-i", "sine=duration=0.1"]
    run_ffmpeg([*sine, path], what="x", control=FREE)

    with pytest.raises(EncodeError, match=r"cannot read sound\.wav"):
        probe_video(path, control=FREE)


def test_it_asks_nobody(tmp_path):
    """It neither waits for a keyboard nor asks before it overwrites."""
    path = tmp_path / "x.mp4"
    path.write_bytes(b"old")

    run_ffmpeg([*SOURCE, path], what="x", control=FREE)

    assert path.stat().st_size > 100
    help_text = subprocess.run(
        [find_ffmpeg(), "-version"], capture_output=True, check=True
    )
    assert help_text.stdout.startswith(b"ffmpeg version")
