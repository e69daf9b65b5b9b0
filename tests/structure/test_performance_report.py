"""The page of results says what was recorded, and no more."""

from __future__ import annotations

import sys
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from _page import TITLES, draw_pictures, render_page  # noqa: E402
from _race import Contestant, race  # noqa: E402
from _results import (  # noqa: E402
    Case,
    PeerFailed,
    Ratio,
    Recorder,
    Result,
    Series,
    read_result,
    write_result,
)
from bench_scaling import serial_part  # noqa: E402

RECORDED = sorted((BENCHMARKS / "results").glob("*.json"))
PAGE = ROOT / "docs/performance.md"


def recorded():
    """All recorded results, in the page's order."""
    paths = (BENCHMARKS / f"results/{name}.json" for name in TITLES)
    return [read_result(path) for path in paths]


def pair(theirs, ours, *, foreign=0.0):
    """A case of two contestants who took that long."""
    series = tuple(
        Series(name=name, label=name, values=(value,), foreign=(foreign,))
        for name, value in (("theirs", theirs), ("ours", ours))
    )
    ratios = (Ratio(label="theirs / ours", value=theirs / ours, at_least=2),)
    return Case(name="pair", title="A pair", settings={}, series=series, ratios=ratios)


def result_of(*cases):
    """A result of *cases*."""
    return Result(
        bench="vs_remotion", question="Who?", machine="A", versions={}, cases=cases
    )


def test_page_is_that_of_recorded_results():
    """The page and its pictures are what the report makes of the recorded results."""
    results = recorded()

    assert render_page(results, "performance") == PAGE.read_text()
    pictures = {p.name: p.read_text() for p in (ROOT / "docs/performance").iterdir()}
    assert draw_pictures(results) == pictures


def test_the_readme_says_what_was_recorded():
    """Its table is that of the recorded case, to the digit."""
    result = read_result(BENCHMARKS / "results/vs_hyperframes.json")
    (case,) = (case for case in result.cases if case.name == "cli-720p")
    readme = (ROOT / "README.md").read_text()

    for name in ("theirs", "ours"):
        series = case.find(name)
        low, high = min(series.values), max(series.values)
        row = (
            f"| {series.median:.1f} ({low:.1f} to {high:.1f}) "
            f"| {series.facts['kib']:.0f} | {series.facts['psnr']:.1f} dB |"
        )
        assert row in readme


def test_the_readme_says_how_far_ahead_anybody_could_be():
    """It is the recorded bound."""
    profile = read_result(BENCHMARKS / "results/profile.json").cases[0]
    (bound,) = (r.value for r in profile.ratios if "spread evenly" in r.label)

    assert f"{bound:.1f} times HyperFrames' speed" in _words(ROOT / "README.md")


def _words(path):
    return " ".join(path.read_text().split())


def test_every_benchmark_is_recorded():
    """No benchmark is missing from the report, and none from the page."""
    scripts = {
        path.stem.removeprefix("bench_") for path in BENCHMARKS.glob("bench_*.py")
    }

    assert scripts == set(TITLES)
    assert scripts == {path.stem for path in RECORDED}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_ratios_follow_from_times(path):
    """A ratio between the two sides is that of the medians beside it."""
    result = read_result(path)

    assert result.cases
    for case in result.cases:
        for ratio in case.ratios:
            if ratio.label == "theirs / ours":
                times = case.find("theirs").median / case.find("ours").median
                assert times == pytest.approx(ratio.value, abs=0.001)


def test_result_survives_its_file(tmp_path):
    """What is written is what is read."""
    result = result_of(pair(3.0, 1.0))

    write_result(result, tmp_path / "result.json")

    assert result == read_result(tmp_path / "result.json")


def test_another_schema_is_refused(tmp_path):
    """A file of another format is named, not misread."""
    write_result(attrs.evolve(result_of(), schema=99), tmp_path / "result.json")

    with pytest.raises(SystemExit, match="schema 99"):
        read_result(tmp_path / "result.json")


def test_page_marks_what_others_disturbed():
    """A time that was taken on a busy machine is marked wherever it is shown."""
    quiet = render_page([result_of(pair(3.0, 1.0))], "pictures")
    busy = render_page([result_of(pair(3.0, 1.0, foreign=0.4))], "pictures")

    assert "The machine was quiet" in quiet
    assert "3.00 s (3.00–3.00) |" in quiet
    assert "2 of 2 rows" in busy
    assert "3.00 s (3.00–3.00) † |" in busy


@pytest.mark.parametrize(("theirs", "word"), [(3.0, "met"), (1.5, "**missed**")])
def test_page_says_whether_goals_are_met(theirs, word):
    """A goal stands beside the figure, and whether it is met."""
    page = render_page([result_of(pair(theirs, 1.0))], "pictures")

    assert f"| at least 2: {word} |" in page


def test_page_says_why_a_peer_is_missing():
    """A peer that cannot be run leaves its reason in place of figures."""
    case = Case(name="a", title="A case", settings={}, failure="node exited with 9")

    page = render_page([result_of(case)], "pictures")

    assert "Not measured: node exited with 9" in page


def test_peer_that_fails_is_recorded(tmp_path):
    """One peer's failure does not end the benchmark."""
    recorder = Recorder(result_of(), tmp_path / "result.json")

    def fail():
        raise PeerFailed("no such browser")

    recorder.case("first", "First", {}, fail)
    recorder.case("second", "Second", {}, lambda: pair(3.0, 1.0))

    first, second = read_result(tmp_path / "result.json").cases
    assert ("first", "no such browser") == (first.name, first.failure)
    assert ("second", "") == (second.name, second.failure)


def test_resumed_benchmark_keeps_what_it_has(tmp_path):
    """Finished cases of the same settings are kept; failed and other ones measured."""
    settings = {"runs": 2}
    kept = {
        "done": attrs.evolve(pair(3.0, 1.0), name="done", settings=settings),
        "failed": Case(name="failed", settings=settings, failure="no such browser"),
        "other": attrs.evolve(pair(3.0, 1.0), name="other", settings={"runs": 1}),
    }
    recorder = Recorder(result_of(), tmp_path / "r.json", kept=kept, resume=True)
    measured = []

    for name in kept:
        recorder.case(
            name, name, settings, lambda name=name: measured.append(name) or Case()
        )

    assert ["failed", "other"] == measured


def test_stopped_benchmark_loses_no_earlier_case(tmp_path):
    """Cases that were not reached again stay in the file."""
    kept = {"late": attrs.evolve(pair(3.0, 1.0), name="late")}
    recorder = Recorder(result_of(), tmp_path / "r.json", kept=kept, resume=True)

    recorder.case("early", "Early", {}, Case)

    cases = read_result(tmp_path / "r.json").cases
    assert ["early", "late"] == [case.name for case in cases]


def test_contestants_take_turns():
    """Whoever was first is last in the next round."""
    order = []
    names = ("theirs", "ours")
    contestants = {
        name: Contestant(name, lambda name=name: order.append(name)) for name in names
    }

    race(contestants, 2)

    assert ["theirs", "ours", "ours", "theirs"] == order
    assert 2 == len(contestants["ours"].seconds)


@pytest.mark.parametrize("serial", [0.0, 0.25, 1.0])
def test_serial_part_is_found(serial):
    """Times that obey Amdahl's law give back their serial part."""
    walls = {n: 8 * (serial + (1 - serial) / n) for n in (1, 2, 4, 8)}

    assert serial == pytest.approx(serial_part(walls))
