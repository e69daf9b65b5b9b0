"""Every output frame shows the frame of its source that arithmetic says, in its place."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import attrs
import pytest

import hyperframes_dist as hf
from pages import composition, write_project
from sources import HEIGHT, WIDTH, write_strip, write_variable
from video import decode_grey, read_strip

RATES = ["24", "25", "30000/1001", "60"]
SECONDS = 2
# In milliseconds, as a phone writes them: bursts, a gap, a pause.
VARIABLE = [0, 17, 33, 50, 100, 133, 134, 300, 317, 333, 500, 840, 870, 900, 1200]
CONSTANT = {
    "s24": ("24", 48),
    "s30": ("30", 60),
    "s60": ("60", 120),
    "short": ("30", 10),
}


@attrs.frozen(kw_only=True)
class Row:
    """A video of the page, and what the format says it shows."""

    source: str
    start: str = "0"
    duration: str = "2"
    media_start: str = "0"
    rate: str = "1"
    loop: bool = False
    trim: str = "data-media-start"
    id: str = ""

    def tag(self, top: int) -> str:
        """The element, *top* pixels down."""
        name = f'id="{self.id}" ' if self.id else ""
        return (
            f'<video {name}src="{self.source}.mp4" muted data-start="{self.start}" '
            f'data-duration="{self.duration}" {self.trim}="{self.media_start}" '
            f'data-playback-rate="{self.rate}" {"loop" if self.loop else ""} style="'
            f"position:absolute;left:0;top:{top}px;width:{WIDTH}px;height:{HEIGHT}px"
            '"></video>'
        )

    def wanted(self, time: Fraction) -> int | None:
        """The number shown at *time*; None for nothing."""
        start, played = Fraction(self.start), time - Fraction(self.start)
        if not start <= time < start + Fraction(self.duration):
            return None
        times, natural, slack = times_of_source(self.source)
        trim = Fraction(self.media_start)
        played *= Fraction(self.rate)
        if self.loop:
            played %= natural - trim
        shown = [i for i, begin in enumerate(times) if begin <= trim + played + slack]
        return shown[-1]


def times_of_source(name: str) -> tuple[list[Fraction], Fraction, Fraction]:
    """When its frames begin, when it is over, how exact its times are."""
    if name == "variable":
        times = [Fraction(stamp, 1000) for stamp in VARIABLE]
        return times, times[-1] * 2 - times[-2], Fraction(1, 2000)
    rate, count = CONSTANT[name]
    return (
        [i / Fraction(rate) for i in range(count)],
        count / Fraction(rate),
        Fraction(0),
    )


ROWS = {
    "from 0": Row(source="s30", id="plain"),
    "at an odd start": Row(source="s24", start="0.37", duration="1.13"),
    "trimmed": Row(source="s30", media_start="0.5", duration="1", id="trim"),
    "trimmed by its other name": Row(
        source="s60", media_start="0.71", trim="data-playback-start", duration="1.2"
    ),
    "slow": Row(source="s30", rate="0.5"),
    "fast": Row(source="s30", rate="2", duration="0.9"),
    "slow and trimmed": Row(source="s60", rate="0.7", media_start="0.3", start="0.25"),
    "looped": Row(source="short", loop=True, start="0.1", duration="1.7"),
    "looped and trimmed": Row(source="short", loop=True, media_start="0.1"),
    "looped fast": Row(source="short", loop=True, rate="1.5", start="0.2"),
    "held": Row(source="short", duration="1.6", start="0.2", id="held"),
    "trimmed past its end": Row(source="short", media_start="5", duration="1"),
    "variable": Row(source="variable"),
    "variable, late and fast": Row(source="variable", start="0.4", rate="1.25"),
    "late": Row(source="s60", start="1.5", duration="9"),
    "one of two with an id": Row(source="s30", id="twin", duration="1.5"),
    "two of two with an id": Row(source="s30", id="twin", start="0.6", media_start="1"),
}


@pytest.fixture(scope="session")
def sources(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for name, (rate, count) in CONSTANT.items():
        write_strip(folder / f"{name}.mp4", rate, count)
    write_variable(folder / "variable.mp4", VARIABLE, Fraction(1, 1000))
    return folder


def project_of(place: Path, sources: Path, html: str) -> Path:
    files = {path.name: path.read_bytes() for path in sources.iterdir()}
    used = {name: data for name, data in files.items() if name in html}
    return write_project(place / "project", html, **used)


def render_whole_and_cut(renderer, project: Path, place: Path, **settings) -> Path:
    """The video of *project*, made in one chunk and in three, of equal bytes."""
    found = {}
    for chunks in (3, 1):
        config = hf.RenderConfig(
            chunks=chunks, segment_seconds=Fraction(1, 2), quality="high", **settings
        )
        planned = renderer.plan(project, place / f"plan-{chunks}", config)
        paths = [place / f"{chunks}-{i}.mp4" for i in range(planned.chunk_count)]
        for index in reversed(range(planned.chunk_count)):
            renderer.render_chunk(planned.path, index, paths[index])
        found[chunks] = hf.assemble(planned.path, paths, place / f"{chunks}.mp4")
    assert found[1].sha256 == found[3].sha256
    return found[1].path


def read_number(frame, top: int = 0) -> int | None:
    """The number in the strip at *top*; None where it is all black."""
    return read_strip(frame[top : top + HEIGHT]) - 1 if _lit(frame, top) else None


def _lit(frame, top: int) -> bool:
    return bool(frame[top : top + HEIGHT].max() > 128)


@pytest.mark.parametrize("rate", RATES)
def test_each_frame_shows_its_source_frame(renderer, sources, tmp_path, rate):
    """Starts, trims, rates, loops, held frames, variable rates; whole and in chunks."""
    body = "".join(row.tag(i * HEIGHT) for i, row in enumerate(ROWS.values()))
    size = {"width": WIDTH, "height": HEIGHT * len(ROWS), "duration": SECONDS}
    project = project_of(tmp_path, sources, composition(body, **size))

    output = render_whole_and_cut(renderer, project, tmp_path, fps=rate)

    frames = decode_grey(output, size["width"], size["height"])
    assert len(frames) == math.ceil(SECONDS * Fraction(rate) - Fraction(1, 1000))
    for index, (name, row) in enumerate(ROWS.items()):
        shown = [read_number(frame, index * HEIGHT) for frame in frames]
        wanted = [row.wanted(i / Fraction(rate)) for i in range(len(frames))]
        assert wanted == shown, name


@pytest.mark.parametrize("rate", RATES)
def test_cuts_double_no_frame(renderer, sources, tmp_path, rate):
    """Clips back to back show one frame each time, with none twice and none missing."""
    cuts = ["0", "0.4", "0.8", "1.1", "1.7"]
    rows = [
        Row(
            source="s60",
            start=begin,
            duration=str(Fraction(end) - Fraction(begin))
            if "/" not in str(Fraction(end) - Fraction(begin))
            else f"{float(Fraction(end) - Fraction(begin)):g}",
            media_start=begin,
        )
        for begin, end in zip(cuts, [*cuts[1:], "2"], strict=True)
    ]
    html = composition("".join(row.tag(0) for row in rows), width=WIDTH, duration=2)
    project = project_of(tmp_path, sources, html)

    output = render_whole_and_cut(renderer, project, tmp_path, fps=rate)

    frames = decode_grey(output, WIDTH, HEIGHT)
    times = [i / Fraction(rate) for i in range(len(frames))]
    assert [math.floor(t * 60) for t in times] == [read_number(f) for f in frames]
