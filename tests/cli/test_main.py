"""The commands: one result on standard output, one line of error, plain statuses."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import hyperframes_dist as hf
from commands import run
from pages import composition, strip_page, write_project


@pytest.fixture
def project(tmp_path):
    """A second of numbered frames."""
    return write_project(tmp_path / "project", strip_page(1))


def test_render_prints_the_result_and_nothing_else(project, tmp_path):
    """On a pipe there is one line, and no progress bar."""
    done = run("render", project, tmp_path / "out.mp4", "--fps", "10")

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert "10 frames" in done.stdout
    assert done.stderr == ""
    assert (tmp_path / "out.mp4").is_file()


def test_the_script_is_the_command():
    """`hyperframes-dist` knows the same commands, and its help calls it by that name."""
    script = Path(sys.executable).with_name("hyperframes-dist")

    done = subprocess.run(
        [script, "--help"], capture_output=True, text=True, check=True
    )
    there = run("--help").stdout

    assert done.stdout.startswith("Usage: hyperframes-dist [OPTIONS]")
    assert there.startswith("Usage: python -m hyperframes_dist [OPTIONS]")
    assert done.stdout.partition("COMMAND")[2] == there.partition("COMMAND")[2]


def test_json_is_one_object(project, tmp_path):
    """What a program reads is the result's own JSON."""
    args = ["--json", "--fps", "30000/1001", "--quality", "draft", "--workers", "1"]
    done = run("render", project, tmp_path / "out.mp4", *args)

    result = hf.from_json(done.stdout, hf.OutputResult)

    assert (tmp_path / "out.mp4", 30) == (result.path, result.frame_count)


def test_three_commands_make_what_render_makes(project, tmp_path):
    """plan, chunk and assemble, then verify; the file is the one render writes."""
    options = ["--fps", "8", "--segment-seconds", "0.25"]
    plan_dir, chunks = tmp_path / "plan", [tmp_path / "0.mp4", tmp_path / "1.mp4"]

    steps = [
        run("plan", project, plan_dir, "--chunks", "2", *options),
        *(run("chunk", plan_dir, n, chunk) for n, chunk in enumerate(chunks)),
        run("assemble", plan_dir, tmp_path / "out.mp4", *chunks),
        run("verify", plan_dir),
        run("render", project, tmp_path / "whole.mp4", *options),
    ]

    assert [step.returncode for step in steps] == [0] * 6, [s.stderr for s in steps]
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


@pytest.mark.parametrize(
    ("options", "status", "text"),
    [
        (["--fps", "29.97"], 2, "not exact"),
        (["--quality", "best"], 2, "draft, standard, high"),
        (["--variables", "{"], 2, "--variables"),
        (["--chrome", "/no/such"], 2, "/no/such"),
        (["--timeout", "0"], 124, "deadline"),
        (["--nonsense"], 2, "--nonsense"),
    ],
)
def test_errors_are_one_line(project, tmp_path, options, status, text):
    """The status says whether to try again; there is no traceback."""
    done = run("render", project, tmp_path / "out.mp4", *options)

    assert status == done.returncode
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_errors_in_json(tmp_path):
    """A program learns class, message and whether to retry."""
    done = run("render", tmp_path / "nowhere", tmp_path / "out.mp4", "--json")

    row = json.loads(done.stdout)

    assert (done.returncode, row["error"], row["retryable"]) == (2, "InputError", False)
    assert "nowhere" in row["message"]


def test_the_compositions_own_fault_is_one(tmp_path):
    """A script that throws ends the command with 1."""
    html = composition("<script>throw new Error('kaputt')</script>")
    project = write_project(tmp_path / "project", html)

    done = run("render", project, tmp_path / "out.mp4")

    assert done.returncode == 1
    assert "kaputt" in done.stderr


@pytest.mark.sampled(1)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_cleans_up(tmp_path, number):
    """Ctrl-C ends the browsers, removes the work and says 130."""
    project = write_project(tmp_path / "project", strip_page(20))
    args = [sys.executable, "-m", "hyperframes_dist", "render", project]
    process = subprocess.Popen(
        [*args, tmp_path / "out.mp4"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".out.mp4.*/segments/*/*.json")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)

    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)

    assert process.returncode == 130
    assert b"Traceback" not in stderr
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


STUCK = """
import signal, sys, threading, time
from hyperframes_dist._cli.common import Args, stop_wishes
wishes = stop_wishes(Args(timeout=None))
print("ready", flush=True)
wishes["cancel"].wait()
print("asked", flush=True)
while True:
    time.sleep(60)
"""


@contextlib.contextmanager
def started(program: str) -> Iterator[subprocess.Popen[str]]:
    """*program* in a process that is ready, and does not outlive its test."""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_second_signal_ends_the_process(number):
    """Whatever it waits for, and with the status of that signal."""
    with started(STUCK) as process:
        process.send_signal(number)
        assert process.stdout.readline() == "asked\n"
        process.send_signal(number)

        assert process.wait(30) == -number


def test_what_outlives_its_terminal_goes_on():
    """A hang-up that was ignored from the start, as by nohup, stays ignored."""
    program = STUCK.replace('wishes["cancel"].wait()', "time.sleep(1)")
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    with started(f"{ignoring}\n{program}") as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGHUP)
        assert process.stdout.readline() == "asked\n"
        assert process.poll() is None


def test_a_terminal_sees_frames_and_time_left(project, tmp_path):
    """The bar is drawn on a terminal, with a count, a rate and what remains."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    args = [sys.executable, "-m", "hyperframes_dist", "render", project]
    process = subprocess.Popen(
        [*args, tmp_path / "out.mp4"], stdout=subprocess.PIPE, stderr=follower
    )
    os.close(follower)
    seen = b""
    while True:
        try:
            block = os.read(leader, 4096)
        except OSError:
            break
        if not block:
            break
        seen += block
    os.close(leader)

    assert process.stdout is not None
    assert len(process.stdout.read().splitlines()) == 1
    assert process.wait() == 0
    process.stdout.close()
    assert b"/30" in seen
    assert b"frames/s" in seen


@pytest.mark.parametrize(
    "command",
    [
        "",
        "render",
        "plan",
        "lock",
        "chunk",
        "assemble",
        "verify",
        "chrome",
        "chrome probe",
    ],
)
def test_every_command_explains_itself(command):
    """``--help`` names the arguments and ends well."""
    done = run(*command.split(), "--help")

    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_variables_from_a_file(tmp_path):
    """``@FILE`` reads the object from a file."""
    values = tmp_path / "values.json"
    values.write_text('{"wide": 3}')
    project = write_project(tmp_path / "project", composition())

    done = run("plan", project, tmp_path / "plan", "--variables", f"@{values}")

    assert done.returncode == 0, done.stderr
    assert dict(hf.verify_plan(tmp_path / "plan").content.variables) == {"wide": 3}


@pytest.mark.installed_shell
def test_chrome_list_names_the_sources():
    """What is installed, and what would be used."""
    row = json.loads(run("chrome", "list", "--json").stdout)

    assert Path(row["headless-shell"]).is_file()
    assert row["default"] == "HeadlessShell"


def test_closed_streams_are_no_fault(tmp_path):
    """A command whose caller has closed all three does its work, and fills no file of it."""
    write_project(tmp_path / "project", composition(duration=0.2))
    command = f"{sys.executable} -m hyperframes_dist render project out.mp4"

    done = subprocess.run(
        ["sh", "-c", f"{command} <&- >&- 2>&-"], cwd=tmp_path, timeout=120, check=False
    )

    assert done.returncode == 0
    assert (tmp_path / "out.mp4").read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize("words", ["info project --json", "check project"])
def test_a_full_output_is_told(tmp_path, words):
    """In one line, where there is room for one."""
    write_project(tmp_path / "project", composition(duration=0.2))
    command = f"{sys.executable} -m hyperframes_dist {words} >/dev/full"

    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path,
        timeout=60,
        check=False,
        stderr=subprocess.PIPE,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("hyperframes_dist: OSError: [Errno 28]")
    assert len(done.stderr.splitlines()) == 1
