"""A segment that was drawn is drawn again only if its bytes may be others."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import hyperframes_dist as hf
from contents import make_content
from hyperframes_dist._model.content import Artifact, Reach, Video, VideoRun
from hyperframes_dist._model.manifest import Content
from hyperframes_dist._model.segment_names import SegmentNames
from hyperframes_dist._pipeline.reuse import _changes
from pages import composition, write_project
from sound import clicks
from sources import write_flat
from strategies import contents

OTHERS = "page", "rate", "variables", "capture", "encoder", "toolchain", "requests"
CONFIG = hf.RenderConfig(fps=10, quality="draft", segment_seconds=1)
COLORS = "red", "lime", "blue"


def names_of(content) -> list[tuple[str, str]]:
    names = SegmentNames.of(content)
    return [(names.pictures_hash, names.name(s.index)) for s in content.segments]


@given(contents(), contents(), st.sampled_from(OTHERS))
def test_what_every_segment_shares_names_every_segment(content, other, field):
    assume(getattr(content, field) != getattr(other, field))

    changed = attrs.evolve(content, **{field: getattr(other, field)})

    assert not set(names_of(content)) & set(names_of(changed))


@given(contents(), contents())
def test_what_is_heard_names_none(content, other):
    assert names_of(content) == names_of(attrs.evolve(content, sound=other.sound))


@given(contents(), st.data())
def test_a_file_names_its_readers(content, data):
    assume(content.artifacts)
    number = data.draw(st.integers(0, len(content.artifacts) - 1))
    rows = list(content.artifacts)
    readers = rows[number].segments
    rows[number] = attrs.evolve(rows[number], sha256="0" * 64)
    assume(rows[number] != content.artifacts[number])

    before = names_of(content)
    after = names_of(attrs.evolve(content, artifacts=tuple(rows)))

    everybody = range(len(content.segments))
    wanted = set(everybody if readers is None else readers)
    assert {i for i in everybody if before[i] != after[i]} == wanted & set(everybody)


def with_video(way: str, second: int) -> Content:
    """Two segments of ten frames, each of which shows a picture; the second is *second*."""
    runs = tuple(
        VideoRun(start=start, stop=start + 5, first=number, step=0)
        for start, number in ((3, 0), (14, second))
    )
    video = Video(id="v", folder="f", suffix="jpg", width=2, height=2, runs=runs)
    rows = tuple(
        Artifact(path=f"f/{number}.jpg", size=1, sha256="0" * 64, segments=segments)
        for number, segments in ((0, (0,)), (1, (1,)), (2, (1,)))
    )
    content = make_content("mp4", "h264", count=20, length=10)
    reach = Reach(way=way)
    return attrs.evolve(content, artifacts=rows, videos=(video,), reach=reach)


def test_who_jumps_shares_no_more_than_the_first_frame():
    one, other = (names_of(with_video("jump", second)) for second in (1, 2))

    assert one[0] == other[0]
    assert one[1] != other[1]


def test_who_walks_shares_what_every_video_shows():
    one, other = (names_of(with_video("walk", second)) for second in (1, 2))

    assert not set(one) & set(other)


def film(folder: Path, sounds: bytes, colors: tuple[str, ...] = COLORS) -> Path:
    """Three seconds, each with a video of its own over a moving card, and a sound."""
    clips = "".join(
        f'<video id="v{i}" src="{i}.mp4" muted data-start="{i + 0.2}" data-duration="0.6"'
        f' data-track-index="{i}" style="position:absolute;left:0;top:0"></video>'
        for i in range(len(colors))
    )
    body = (
        "<style>@keyframes go { to { transform: translateX(30px) } }"
        "i { position: absolute; width: 9px; height: 9px; background: #fff;"
        " animation: go 3s linear both }</style><i></i>"
        + clips
        + '<audio id="a" src="a.wav" data-start="0" data-duration="3"'
        ' data-track-index="9"></audio>'
    )
    page = composition(body, duration=3)
    project = write_project(folder, page)
    (project / "a.wav").write_bytes(sounds)
    for number, color in enumerate(colors):
        write_flat(project / f"{number}.mp4", color)
    return project


def test_another_sound_draws_nothing(renderer, tmp_path):
    project = film(tmp_path / "one", clicks(3, 0.5))
    store = tmp_path / "store"
    first = renderer.render(project, tmp_path / "first.mp4", CONFIG, store=store)
    (project / "a.wav").write_bytes(clicks(3, 1.5))

    again = renderer.render(project, tmp_path / "again.mp4", CONFIG, store=store)
    fresh = renderer.render(project, tmp_path / "fresh.mp4", CONFIG)

    assert (first.reused, again.reused) == (0, 3)
    assert again.sha256 == fresh.sha256 != first.sha256


@pytest.mark.thorough
def test_another_video_draws_what_shows_it(renderer, tmp_path):
    project = film(tmp_path / "one", clicks(3, 0.5))
    store = tmp_path / "store"
    renderer.render(project, tmp_path / "first.mp4", CONFIG, store=store)
    write_flat(project / "1.mp4", "white")

    again = renderer.render(project, tmp_path / "again.mp4", CONFIG, store=store)
    fresh = renderer.render(project, tmp_path / "fresh.mp4", CONFIG)

    assert again.reused == 2
    assert again.drawn_because.endswith(": media/v1/00000000-000.part")
    assert again.sha256 == fresh.sha256


@pytest.mark.thorough
@pytest.mark.parametrize("changed", ["the page", "a variable"])
def test_another_page_draws_all_and_says_why(renderer, tmp_path, changed):
    project, store = film(tmp_path / "one", clicks(3, 0.5)), tmp_path / "store"
    renderer.render(project, tmp_path / "first.mp4", CONFIG, store=store)
    config = CONFIG
    if changed == "the page":
        page = project / "index.html"
        page.write_text(page.read_text().replace("30px", "31px"))
    else:
        config = attrs.evolve(CONFIG, variables={"n": 1})

    again = renderer.render(project, tmp_path / "again.mp4", config, store=store)

    wanted = {"the page": "compiled/index.html", "a variable": "variables.n"}
    assert again.reused == 0
    assert wanted[changed] in again.drawn_because


def test_what_has_changed_names_no_secret_of_an_address():
    rows = [{"address": "https://a/b.js?token=secret", "type": kind} for kind in "xy"]
    one, other = ({"requests": [row]} for row in rows)

    assert _changes(one, other) == ["requests[https://a/b.js].type"]
