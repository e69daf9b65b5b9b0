"""Pictures decoded from the packets in a plan are those of the source, wherever one begins."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import hyperframes_dist as hf
from footage import PICTURES, SIZE, SOURCES, open_reel, plan_source, write_source
from hyperframes_dist._media.extract import extract_pictures, open_source
from hyperframes_dist._media.packets import number_frames
from hyperframes_dist.errors import (
    DamagedSourceError,
    PlanIncompleteError,
    PlanIntegrityError,
)
from hyperframes_dist.progress import Control
from pages import composition, write_project
from sources import ffmpeg

VIDEO = '<video src="{}" muted data-start="0" data-duration="{}"></video>'


def pictures_of(path: Path, folder: Path) -> dict[int, bytes]:
    """Every picture of the source *path* by its number, decoded from its first frame on."""
    source = open_source(path, path.name, control=Control())
    numbers = number_frames(source)
    assert numbers is not None
    folder.mkdir()
    made = extract_pictures(source, range(len(numbers)), folder, control=Control())
    assert made is not None
    return {n: file.read_bytes() for n, file in zip(numbers, made, strict=True)}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", SOURCES)
def test_a_frame_is_the_same_wherever_decoding_begins(tmp_path, name):
    """Byte for byte, in order and out of it, and no run of packets is read in vain."""
    path = write_source(tmp_path, name)

    made = plan_source(path, tmp_path / "plan")

    wanted = pictures_of(path, tmp_path / "whole")
    with open_reel(made, tmp_path / "plan") as reel:
        assert wanted == {number: reel.picture(number) for number in wanted}
    far = [n for n in wanted if n % 17 == 3]
    for number in reversed(far):
        with open_reel(made, tmp_path / "plan") as reel:
            assert wanted[number] == reel.picture(number)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["open groups", "H.265", "VP9", "AV1"])
def test_a_segment_needs_no_more_than_its_share(tmp_path, name):
    """With its own runs alone there is every picture of it."""
    path = write_source(tmp_path, name)
    made = plan_source(path, tmp_path / "plan")
    wanted = pictures_of(path, tmp_path / "whole")
    assert len(made.footage[0].runs) == 3

    others = [a.path for a in made.artifacts if 2 not in (a.segments or ())]
    assert others
    for path in others:
        (tmp_path / "plan/draft" / path).unlink()

    with open_reel(made, tmp_path / "plan") as reel:
        for number in range(60, 90):
            assert wanted[number] == reel.picture(number)
        with pytest.raises(PlanIncompleteError):
            reel.picture(5)


@pytest.mark.thorough
@pytest.mark.parametrize("name", PICTURES)
def test_a_source_that_packets_do_not_tell_is_pictures(tmp_path, name):
    """Fields, hidden frames and decoders that are not exact: made while planning."""
    path = write_source(tmp_path, name, 1)

    made = plan_source(path, tmp_path / "plan", 1)

    assert ((), 30) == (made.footage, len(made.artifacts))


@pytest.mark.thorough
def test_of_a_long_group_a_segment_needs_what_lies_before(tmp_path):
    """What follows its last frame in the same group is not fetched for it."""
    path = write_source(tmp_path, "no group but the first")
    made = plan_source(path, tmp_path / "plan")
    wanted = pictures_of(path, tmp_path / "whole")

    (run,) = made.footage[0].runs
    files = {artifact.path: artifact.segments for artifact in made.artifacts}
    assert (0, 1, 2) == files[run.parts[0].path]
    assert 0 not in files[run.parts[-1].path]
    (tmp_path / "plan/draft" / run.parts[-1].path).unlink()
    with open_reel(made, tmp_path / "plan") as reel:
        assert [wanted[n] for n in range(30)] == [reel.picture(n) for n in range(30)]


@pytest.mark.thorough
def test_what_an_edit_list_leaves_out_is_not_shown(tmp_path):
    """Frames before the cut are decoded for others' sake, and counted."""
    whole = write_source(tmp_path, "closed groups", 5)
    path = tmp_path / "cut.mp4"
    ffmpeg("-ss", "1.27", "-i", whole, "-c", "copy", path)

    made = plan_source(path, tmp_path / "plan")

    wanted = pictures_of(path, tmp_path / "whole")
    assert min(wanted) > 0
    with open_reel(made, tmp_path / "plan") as reel:
        shown = [n for n in wanted if n < min(wanted) + 90]
        assert [wanted[n] for n in shown] == [reel.picture(n) for n in shown]


@pytest.mark.thorough
def test_clips_far_apart_have_decoders_of_their_own(tmp_path):
    """Two elements that show one source at two times do not begin anew at each frame."""
    path = write_source(tmp_path, "closed groups")
    made = plan_source(path, tmp_path / "plan")
    wanted = pictures_of(path, tmp_path / "whole")

    with open_reel(made, tmp_path / "plan") as reel:
        for number in range(25):
            assert wanted[number] == reel.picture(number)
            assert wanted[number + 60] == reel.picture(number + 60)
        assert len(reel._decoders) == 2


def damaged(path: Path, seconds: float) -> Path:
    """*path* with every byte of some frames around *seconds* of three turned over."""
    data = bytearray(path.read_bytes())
    begin = int(len(data) * seconds / 3)
    for place in range(begin, begin + 600):
        data[place] ^= 0xFF
    path.write_bytes(data)
    return path


def test_a_damaged_frame_ends_the_chunk_that_shows_it(renderer, tmp_path):
    """By name and time, for good; chunks that show others are rendered."""
    path = damaged(write_source(tmp_path, "closed groups"), 1.5)
    html = composition(VIDEO.format("a.mp4", 3), width=SIZE[0], duration=3)
    project = write_project(tmp_path / "p", html, **{"a.mp4": path.read_bytes()})
    config = hf.RenderConfig(fps=10, chunks=3, segment_seconds=Fraction(1))
    planned = renderer.plan(project, tmp_path / "plan", config)

    with pytest.raises(DamagedSourceError, match=r"'a\.mp4' is damaged at 1\.") as told:
        renderer.render_chunk(planned.path, 1, tmp_path / "1.mp4")

    assert not told.value.retryable
    assert 1 <= told.value.time < 2
    assert renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4").frame_count == 10


@pytest.mark.thorough
def test_a_decoder_that_was_killed_begins_anew(tmp_path):
    """A system short of memory ends programs; the pictures after are the same."""
    path = write_source(tmp_path, "closed groups")
    made = plan_source(path, tmp_path / "plan")
    wanted = pictures_of(path, tmp_path / "whole")

    with open_reel(made, tmp_path / "plan") as reel:
        for number in wanted:
            assert wanted[number] == reel.picture(number)
            if number % 31 == 30:
                reel._decoders[-1].kill()


def test_packets_that_changed_are_refused(tmp_path):
    """Whatever they would decode to."""
    path = write_source(tmp_path, "closed groups", 1)
    made = plan_source(path, tmp_path / "plan", 1)
    place = tmp_path / "plan/draft" / made.footage[0].runs[0].parts[0].path
    data = bytearray(place.read_bytes())
    data[-1] ^= 1
    place.write_bytes(data)

    with (
        open_reel(made, tmp_path / "plan") as reel,
        pytest.raises(PlanIntegrityError),
    ):
        reel.picture(5)


@pytest.mark.thorough
def test_key_frames_far_apart_are_told(tmp_path):
    """What it costs to begin within is said while there is time to encode anew."""
    path = tmp_path / "long.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=s=64x36:r=5:d=30", "-g", "999", path)

    made = plan_source(path, tmp_path / "plan", 30)

    assert "no key frame for 30.0 s" in made.warnings[0]
