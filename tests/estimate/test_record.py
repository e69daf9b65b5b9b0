"""What a render took is recorded where the caller asks, and nowhere else."""

from __future__ import annotations

import json

import attrs
import pytest

import hyperframes_dist as hf
from hyperframes_dist._estimate.fit import fit_records, prior
from hyperframes_dist._estimate.model import Work
from hyperframes_dist._estimate.record import (
    PERF_SCHEMA,
    SegmentSpans,
    WorkerSpans,
)
from hyperframes_dist._estimate.report import read_records
from hyperframes_dist._model.machine import Machine
from hyperframes_dist.errors import InputError
from models import exactly, model
from pages import strip_page, write_project
from scenes import SLOW_FROM_HALF


def spans(index: int, seconds: float, *, worker: int = 0, skipped: int = 0):
    """A segment of ten frames that took *seconds* each, after a seek of a second."""
    return SegmentSpans(
        index=index,
        start=10 * index,
        stop=10 * index + 10,
        worker=worker,
        skipped=skipped,
        seek=1.0,
        show=0.0,
        draw=10 * seconds,
        decode=0.0,
        wait=0.0,
        finish=0.25,
        wall=1.0 + 10 * seconds,
    )


def record(*segments: SegmentSpans, workers: int = 1, **fields: object):
    """A record of 100 by 100 pixels, on an idle machine of two processors."""
    made = hf.PerfRecord(
        schema=PERF_SCHEMA,
        content_hash="0" * 64,
        width=100,
        height=100,
        frame_count=10 * len(segments),
        segment_frames=10,
        format="mp4",
        codec="h264",
        workers=workers,
        machine=Machine(cores=2, memory_mb=4096, system="linux-x86_64", load=0.0),
        launch=0.5,
        plan=1.5,
        boots=(WorkerSpans(worker=0, launch=0.0, page=0.75, pages=1),),
        segments=segments,
        join=0.125,
        total=20.0,
        predicted=hf.Interval(1, 2, 3),
        predicted_by="prior",
    )
    return attrs.evolve(made, **fields)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """A page whose second half is slow, rendered with a record in a file."""
    folder = tmp_path_factory.mktemp("perf")
    project = write_project(folder / "project", SLOW_FROM_HALF)
    config = hf.RenderConfig(fps=10, segment_seconds="0.5", quality="draft")
    expected = model(7.0, plan=exactly(1.0))
    result = hf.render(
        project,
        folder / "out.mp4",
        config,
        workers=2,
        perf=folder / "perf.json",
        model=expected,
    )
    (found,) = read_records([folder / "perf.json"])
    return folder, result, found


def test_a_record_is_of_its_render(rendered):
    """What was made, by how many, and that each segment was made once."""
    _, result, found = rendered

    assert (result.content_hash, 20) == (found.content_hash, found.frame_count)
    assert (64, 32, "mp4", "h264") == (
        *(found.width, found.height),
        *(found.format, found.codec),
    )
    assert [(0, 5), (5, 10), (10, 15), (15, 20)] == [
        (each.start, each.stop) for each in found.segments
    ]
    assert {0, 1} == {each.worker for each in found.segments}
    assert 2 == found.workers == len(found.boots)


def test_spans_lie_in_one_another(rendered):
    """Nothing is counted twice, and nothing took no time."""
    _, _, found = rendered

    busiest = max(
        sum(each.wall for each in found.segments if each.worker == worker)
        for worker in (0, 1)
    )
    assert found.launch + found.plan + busiest + found.join <= found.total
    for each in found.segments:
        assert 0 < each.seek + each.decode + each.wait <= each.wall
        assert 0 < each.show + each.draw <= each.wall
        assert each.finish > 0
    assert all(boot.page > 0 and boot.pages >= 1 for boot in found.boots)
    # Workers were given the browser that planned, and one that booted meanwhile.
    assert found.launch > 0
    assert [0, 0] == [boot.launch for boot in found.boots]


def test_a_span_is_of_what_it_is_called(rendered):
    """A script that computes takes longer to be told the time, not to be drawn."""
    _, _, found = rendered
    show = [each.show for each in found.segments]
    draw = [each.draw for each in found.segments]

    # What else the machine does only ever adds to a time.
    assert min(show[2:]) > 2 * min(draw[2:])
    assert min(show[2:]) > 2 * min(show[:2])


def test_prediction_and_actual_stand_side_by_side(rendered):
    """What was expected is of the model that was given."""
    _, _, found = rendered

    assert 1.0 + 20 * 7.0 / 2 == pytest.approx(found.predicted.likely)
    assert "records" == found.predicted_by
    assert found.total > 0


@pytest.mark.thorough
def test_records_change_no_byte_and_appear_only_where_asked(rendered, tmp_path):
    """The same render without a record is the same file, and leaves that file alone."""
    folder, result, _ = rendered
    config = hf.RenderConfig(fps=10, segment_seconds="0.5", quality="draft")

    plain = hf.render(folder / "project", tmp_path / "out.mp4", config, workers=2)

    assert result.sha256 == plain.sha256
    assert ["out.mp4"] == [path.name for path in tmp_path.iterdir()]
    assert {"project", "out.mp4", "perf.json"} == {p.name for p in folder.iterdir()}


def test_a_record_is_one_of_the_librarys_values(rendered):
    """Its file is its canonical JSON, and reading it gives it back."""
    folder, _, found = rendered
    data = (folder / "perf.json").read_bytes()

    assert data == hf.to_json(found) + b"\n"
    assert found == hf.from_json(data, hf.PerfRecord)


def test_a_function_can_take_the_record(tmp_path):
    """Instead of a file; segments that a store held were not made and have no spans."""
    project = write_project(tmp_path / "project", strip_page(1))
    config = hf.RenderConfig(fps=4, segment_seconds="0.5", quality="draft")
    found: list[hf.PerfRecord] = []

    for name in ("one.mp4", "two.mp4"):
        hf.render(
            project,
            tmp_path / name,
            config,
            store=tmp_path / "store",
            perf=found.append,
        )

    assert [2, 0] == [len(each.segments) for each in found]
    assert found[0].content_hash == found[1].content_hash


def test_chunks_have_records_too(tmp_path):
    """Each of its own segments; together they know the whole timeline."""
    project = write_project(tmp_path / "project", strip_page(1))
    config = hf.RenderConfig(fps=8, segment_seconds="0.25", quality="draft", chunks=2)
    expected = model(3.0, replay=exactly(0.5), join=exactly(1.0))
    found: list[hf.PerfRecord] = []

    with hf.Renderer() as renderer:
        planned = renderer.plan(project, tmp_path / "plan", config)
        # In falling order, so that each has a page of its own.
        for index in (1, 0):
            renderer.render_chunk(
                planned.path,
                index,
                tmp_path / f"{index}.mp4",
                perf=found.append,
                model=expected,
            )
    found.reverse()

    assert [[0, 1], [2, 3]] == [[s.index for s in each.segments] for each in found]
    assert [0, 4] == [each.segments[0].skipped for each in found]
    assert [13.0, 15.0] == [each.predicted.likely for each in found]
    work = Work(frame_count=8, segment_frames=2, pixels=160 * 32)
    fitted = fit_records(found, work, planned.content_hash)
    assert 4 == len(fitted.regions)
    # Neither chunk planned, and both were given a browser that ran.
    assert prior(work).plan == fitted.plan
    assert prior(work).launch == fitted.launch


@pytest.mark.parametrize("sink", [3, "."])
def test_a_record_that_could_not_be_written_is_refused_first(tmp_path, sink):
    """Before anything is rendered."""
    with pytest.raises(InputError, match="perf"):
        hf.render(tmp_path / "nowhere", tmp_path / "out.mp4", perf=sink)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"schema": 2}, "schema 2"),
        ({"total": -1}, "total"),
        ({"total": "1"}, "total"),
        ({"workers": 0}, "workers"),
        ({"predicted": {"low": 2, "likely": 1, "high": 3}}, "low <= likely"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_record_is_checked_when_it_is_read(tmp_path, change, text):
    """A file may come from anywhere; the error names it and what is wrong."""
    row = {**json.loads(hf.to_json(record(spans(0, 0.1)))), **change}
    path = tmp_path / "perf.json"
    path.write_text(json.dumps(row))

    with pytest.raises(InputError, match=text) as caught:
        read_records([path])

    assert "perf.json" in str(caught.value)


def test_records_of_the_same_plan_know_each_part():
    """Frames cost what they cost there; the seek is not part of them."""
    segments = (spans(0, 0.1), spans(1, 0.5), spans(2, 0.1))
    work = Work(frame_count=30, segment_frames=10, pixels=10_000)

    made = fit_records([record(*segments)], work, "0" * 64)

    assert [0, pytest.approx(1 / 3), pytest.approx(2 / 3)] == [
        region.start for region in made.regions
    ]
    assert pytest.approx([0.1, 0.5, 0.1]) == [
        region.seconds.likely for region in made.regions
    ]
    assert (0.5, 1.5, 0.75, 0.25, 0.125) == tuple(
        part.likely
        for part in (made.launch, made.plan, made.page, made.finish, made.join)
    )


def test_records_of_other_plans_are_scaled_and_doubted():
    """Four times the pixels cost more, and how much is less certain."""
    work = Work(frame_count=30, segment_frames=10, pixels=40_000)
    made = fit_records([record(spans(0, 0.1), spans(1, 0.3))], work, "1" * 64)
    (region,) = made.regions

    assert 0.2 < region.seconds.likely < 0.4
    assert region.seconds.high > 2 * region.seconds.likely
    assert "other compositions" in " ".join(made.notes)


def test_contention_is_learnt_from_records_with_other_workers():
    """Two that take half as long again disturb each other by a half."""
    work = Work(frame_count=20, segment_frames=10, pixels=10_000)
    one = record(spans(0, 0.2), spans(1, 0.2))
    two = record(spans(0, 0.3), spans(1, 0.3, worker=1), workers=2)

    made = fit_records([one, two, two], work, "0" * 64)

    assert (2, 0.5) == (made.workers, pytest.approx(made.contention.likely))
    assert pytest.approx(0.3) == made.regions[0].seconds.likely


def test_a_worker_that_skipped_says_what_skipping_costs():
    """What is over the turn between two segments, by frame."""
    work = Work(frame_count=30, segment_frames=10, pixels=10_000)
    far = attrs.evolve(spans(2, 0.1, skipped=10), seek=3.0, wall=4.0)

    made = fit_records([record(spans(0, 0.1), spans(1, 0.1), far)], work, "0" * 64)

    assert (1.0, 0.2) == (made.turn.likely, pytest.approx(made.replay.likely))


def test_a_busy_machine_makes_a_record_doubtful():
    """As the root of how many wanted each processor."""
    work = Work(frame_count=10, segment_frames=10, pixels=10_000)
    busy = attrs.evolve(record(spans(0, 0.1)).machine, load=18.0)

    calm, hasty = (
        fit_records([record(spans(0, 0.1), **fields)], work)
        for fields in ({}, {"machine": busy})
    )

    assert (1.0, 3.0) == (calm.doubt, hasty.doubt)


def test_records_without_frames_say_nothing():
    """All of it came from a store."""
    work = Work(frame_count=10, segment_frames=10, pixels=10_000)

    with pytest.raises(InputError, match="segment that was drawn"):
        fit_records([attrs.evolve(record(spans(0, 0.1)), segments=())], work)


def test_without_measuring_a_larger_frame_costs_more():
    """And little is certain."""
    small, large = (
        prior(Work(frame_count=10, segment_frames=10, pixels=pixels)).regions[0].seconds
        for pixels in (10_000, 2_000_000)
    )

    assert small.likely < large.likely
    assert large.high >= 3 * large.likely
