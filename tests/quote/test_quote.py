"""A quote says what a render will take before it is made, and is held to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import hyperframes_dist as hf
from hyperframes_dist._estimate.model import Work
from hyperframes_dist._quote.calibrate import choose_probes, cut_segment
from hyperframes_dist._quote.quote import Quote
from hyperframes_dist.errors import Cancelled, DeadlineExceeded, InputError
from pages import strip_page, write_project
from scenes import SLOW_FROM_HALF

CONFIG = hf.RenderConfig(fps=15, segment_seconds="0.5", quality="draft")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Two seconds; those frames after the first are slow."""
    return write_project(tmp_path_factory.mktemp("quote") / "project", SLOW_FROM_HALF)


@pytest.fixture(scope="module")
def calibrated(project):
    """A quote from a few seconds of drawing."""
    return hf.quote(project, CONFIG, calibrate=8.0)


@pytest.mark.thorough
@pytest.mark.campaign
def test_the_render_takes_what_was_quoted(project, calibrated, tmp_path):
    """
    A prediction that is held against the clock.

    A machine busy with other things may take any share of its load more or less; so the
    interval is wider by the root of how many wanted each processor when it was quoted,
    which is its model's *doubt*, and by the like if the load has changed meanwhile.
    """
    found: list[hf.PerfRecord] = []

    hf.render(
        project,
        tmp_path / "out.mp4",
        CONFIG,
        workers=calibrated.workers,
        perf=found.append,
        model=calibrated.model,
    )

    (record,) = found
    machine, doubt = record.machine, calibrated.model.doubt
    now = max(1.0, machine.load / machine.cores) ** 0.5
    assert record.total in calibrated.wall.widened(max(now / doubt, 1.0))
    assert calibrated.wall == record.predicted
    # An interval of everything would always be right.
    assert calibrated.wall.high < 6 * doubt**2 * calibrated.wall.low


@pytest.mark.thorough
def test_a_calibration_finds_the_slow_part(calibrated):
    """Its places lie over the whole timeline."""
    regions = calibrated.model.regions

    assert len(regions) > 1
    assert regions[-1].seconds.likely > regions[0].seconds.likely
    assert "calibration" == calibrated.model.source


@pytest.mark.campaign
def test_a_record_is_worth_a_calibration(project, tmp_path):
    """What a render of the same plan took is what it will take; nothing is drawn."""
    path = tmp_path / "perf.json"
    hf.render(project, tmp_path / "out.mp4", CONFIG, workers=1, perf=path)
    total = hf.from_json(path.read_bytes(), hf.PerfRecord).total

    made = hf.quote(project, CONFIG, perf=[path], workers=1)

    assert "records" == made.model.source
    assert 4 == len(made.model.regions)
    assert total in made.wall


def test_nothing_but_a_guess_without_measuring(project):
    """It is made, and says so; a quote is one of the library's values."""
    made = hf.quote(project, CONFIG, calibrate=0)

    assert "prior" == made.model.source
    assert "nothing was measured" in " ".join(made.notes)
    assert made == hf.from_json(hf.to_json(made), Quote)


def test_a_budget_that_is_too_small_is_kept_and_told(project):
    """The guess is given instead of an error, or of a longer wait."""
    made = hf.quote(project, CONFIG, calibrate=0.01)

    assert "prior" == made.model.source
    assert "passed before a frame was drawn" in " ".join(made.notes)


@pytest.fixture(scope="module")
def fastest(project):
    """On functions, whatever it costs."""
    return hf.quote(project, CONFIG, calibrate=0, target="aws", region="eu-west-3")


def test_memory_and_chunks_are_chosen_for_functions(fastest):
    """Within what a function can have, for a price that is an interval too."""
    cost = fastest.cost

    assert fastest.memory_mb in range(2048, 10_241)
    assert 1 <= fastest.chunks <= 4
    assert 0 < cost.low < cost.likely < cost.high < 0.1
    assert "eu-west-3" == fastest.region
    assert any("not in a function" in note for note in fastest.notes)


@pytest.mark.thorough
def test_a_deadline_buys_less(project, fastest):
    """What may take long is made by fewer, and costs no more."""
    cheap = hf.quote(project, CONFIG, calibrate=0, target="aws", within=3600.0)

    assert cheap.in_time
    assert cheap.cost.likely <= fastest.cost.likely
    assert cheap.chunks <= fastest.chunks
    assert cheap.memory_mb == 2048


@pytest.mark.parametrize(
    ("wishes", "text"),
    [
        ({"target": "gcp"}, "local or aws"),
        ({"within": 0}, "within"),
        ({"within": float("nan")}, "within"),
        ({"calibrate": -1}, "calibrate"),
        ({"workers": 0}, "workers"),
        ({"memory_mb": 4096}, "target aws"),
        ({"target": "aws", "memory_mb": 128}, "memory 128"),
        ({"target": "aws", "workers": 0}, "concurrency"),
        ({"perf": "perf.json"}, "not a list"),
        ({"perf": ["/no/such.json"]}, "/no/such.json"),
    ],
)
def test_wishes_are_checked_before_anything_starts(tmp_path, wishes, text):
    """The project is not even looked for."""
    with pytest.raises(InputError, match=text):
        hf.quote(tmp_path / "nowhere", **wishes)


class AfterPlanning:
    """A wish to stop that comes up a few waits after the plan is done."""

    planned = False
    waits = 3

    def hear(self, step: hf.Progress) -> None:
        self.planned = self.planned or step.done == step.total

    def is_set(self) -> bool:
        self.waits -= self.planned
        return self.waits < 0


def test_a_quote_can_be_stopped(project):
    """Its calibration is as cancellable as a render."""
    stop = AfterPlanning()

    with pytest.raises(Cancelled):
        hf.quote(project, CONFIG, calibrate=60, cancel=stop, progress=stop.hear)

    assert stop.planned


def test_a_quote_has_a_deadline(project):
    """Which is its own, not the render's."""
    with pytest.raises(DeadlineExceeded):
        hf.quote(project, CONFIG, calibrate=60, deadline=0.0)


@pytest.mark.parametrize("frames", [0, 1, 9, 16, 40, 1000])
@pytest.mark.parametrize("count", [1, 31, 60, 600])
def test_probes_are_spread_over_the_timeline(frames, count):
    """In rising order, at most four, and no more than can have some frames each."""
    work = Work(frame_count=count, segment_frames=30, pixels=1)

    probes = choose_probes(work, frames)

    assert 1 <= len(probes) <= min(4, max(1, frames // 8))
    starts = [probe.frames.start for probe in probes]
    assert sorted(set(starts)) == starts
    if frames >= 40:
        assert min(4, len(work.segments)) == len(probes)
        assert starts[0] < count / 2
        assert probes[-1].frames.stop > count / 2


def test_a_probe_stays_in_its_segment():
    """A cut at most shortens it."""
    last = Work(frame_count=40, segment_frames=30, pixels=1).segments[1]

    assert [(30, 34), (30, 40)] == [
        (part.frames.start, part.frames.stop)
        for part in (cut_segment(last, 4), cut_segment(last, 99))
    ]


def run(*args: object) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    command = [sys.executable, "-m", "hyperframes_dist", *map(str, args)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=dict(os.environ),
    )


@pytest.mark.thorough
def test_the_commands_hand_records_to_each_other(tmp_path):
    """``render --perf`` writes what ``quote --perf`` reads."""
    project = write_project(tmp_path / "project", strip_page(1))
    perf, options = tmp_path / "perf.json", ["--fps", "8", "--quality", "draft"]

    rendered = run("render", project, tmp_path / "out.mp4", "--perf", perf, *options)
    quoted = run("quote", project, "--perf", perf, "--json", *options)

    assert (0, 0) == (rendered.returncode, quoted.returncode), quoted.stderr
    made = hf.from_json(quoted.stdout, Quote)
    assert (8, "records", True) == (made.frame_count, made.model.source, made.in_time)
    assert "note: records used: 1" in quoted.stderr


def test_a_quote_on_the_command_line_is_one_line(tmp_path):
    """Time and money with their bounds, and what was chosen."""
    project = write_project(tmp_path / "project", strip_page(1))
    options = ["--calibrate", "0", "--target", "aws", "--memory", "3072"]

    done = run("quote", project, *options, "--deadline", "0.001")

    assert 0 == done.returncode, done.stderr
    assert 1 == len(done.stdout.splitlines())
    for text in ("30 frames", "not surely within the deadline", "USD", "3072 MB"):
        assert text in done.stdout


def test_a_wrong_record_is_one_line_of_error(tmp_path):
    """The status is that of a wrong argument."""
    path = tmp_path / "perf.json"
    path.write_text("{}")

    done = run("quote", tmp_path, "--perf", path, "--json")

    assert 2 == done.returncode
    assert "InputError" == json.loads(done.stdout)["error"]
    assert "perf.json" in done.stderr
