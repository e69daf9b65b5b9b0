"""A clip's sound begins at its sample, at its gain, for its length, in every output."""

from __future__ import annotations

import base64
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import hyperframes_dist as hf
from hyperframes_dist._model.formats import find_format
from hyperframes_dist._tools.ffmpeg import probe_end_of_sound
from hyperframes_dist.errors import (
    InputError,
    PageError,
    PlanIncompleteError,
    PlanIntegrityError,
    UnsupportedFeatureError,
)
from hyperframes_dist.progress import Control
from pages import GSAP, composition, write_project
from sound import (
    RATE,
    clicks,
    convert,
    decode,
    ffmpeg,
    level,
    mixed,
    noise,
    streams,
    wav,
)

RATES = ["24", "25", "30000/1001", "60"]


@pytest.fixture
def mix(renderer, tmp_path):
    """Plan a page of *body* and decode its mixed sound; None in silence."""

    def run(body: str, *, seconds: float = 2, head: str = "", root: str = "", **files):
        attribute = root or "data-no-timeline"
        html = composition(body, head=head, duration=seconds, root=attribute)
        project = write_project(tmp_path / "project", html, **files)
        planned = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=25))
        return None if planned.content.sound is None else mixed(planned)

    return run


def onsets(samples: np.ndarray) -> list[int]:
    """Where samples are that are not silence."""
    return [int(index) for index in np.flatnonzero(samples[:, 0])]


CLICK = {"c.wav": clicks(1, 0.5)}
PLACES = {
    "as it is": ('<audio src="c.wav" data-start="0"></audio>', [0.5]),
    "without a start": ('<audio src="c.wav"></audio>', [0.5]),
    "late": ('<audio src="c.wav" data-start="1.2345"></audio>', [1.7345]),
    "between samples": ('<audio src="c.wav" data-start="0.10001"></audio>', [0.60001]),
    "trimmed": (
        '<audio src="c.wav" data-start="1" data-media-start=".2"></audio>',
        [1.3],
    ),
    "trimmed by its other name": (
        '<audio src="c.wav" data-media-start="9" data-playback-start=".2"></audio>',
        [0.3],
    ),
    "trimmed past it": ('<audio src="c.wav" data-media-start="0.6"></audio>', []),
    "cut before it": ('<audio src="c.wav" data-duration="0.4"></audio>', []),
    "ended before it": (
        '<audio src="c.wav" data-start="1" data-end="1.4"></audio>',
        [],
    ),
    "ended after it": (
        '<audio src="c.wav" data-start="1" data-end="1.6"></audio>',
        [1.5],
    ),
    "past the end": ('<audio src="c.wav" data-start="1.6"></audio>', []),
    "after a clip": (
        (
            '<div id="intro" data-start="0.25" data-duration="0.5"></div>'
            '<audio src="c.wav" data-start="intro + 0.125"></audio>'
        ),
        [1.375],
    ),
    "after a sound": (
        (
            '<audio id="a" src="c.wav" data-start="0.1"></audio>'
            '<audio src="c.wav" data-start="a - 0.25" data-media-start="0.25"></audio>'
        ),
        [0.6, 1.1],
    ),
    "in a nested scene": (
        (
            '<div data-composition-id="in" data-start="0.5" data-duration="1" data-width="8" '
            'data-height="8" data-no-timeline><audio src="c.wav" data-start="0.25"></audio>'
            '<audio src="c.wav" data-start="0.6"></audio></div>'
        ),
        [1.25],
    ),
    "looped": (
        (
            '<audio src="c.wav" loop data-start="0.1" data-duration="1.9" '
            'data-media-start="0.4"></audio>'
        ),
        [0.2, 0.8, 1.4],
    ),
    "looped to the end": (
        '<audio src="c.wav" loop data-duration="99"></audio>',
        [0.5, 1.5],
    ),
    "by a source child": (
        '<audio><source src="none.x" type="audio/x-none"><source src="c.wav"></audio>',
        [0.5],
    ),
    "inserted by a script": (
        (
            "<script>const a=new Audio('c.wav');a.dataset.start='0.25';"
            "document.body.append(a)</script>"
        ),
        [0.75],
    ),
    "in the page itself": (
        (
            f'<audio src="data:audio/wav;base64,{base64.b64encode(clicks(0.2, 0.1)).decode()}"'
            ' data-start="1"></audio>'
        ),
        [1.1],
    ),
}


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", PLACES)
def test_sound_begins_at_its_sample(mix, name):
    """Start, trim, length, loop and nesting put a click on one sample and no other."""
    body, times = PLACES[name]

    samples = mix(body, **CLICK)

    found = [] if samples is None else onsets(samples)
    assert [round(time * RATE) for time in times] == found


@pytest.mark.sampled(1)
@pytest.mark.parametrize("rate", [0.5, 2, 4])
def test_rate_changes_the_time_not_the_pitch(mix, rate):
    """A tone played at another rate ends when it should, and is the same tone."""
    wave_data = wav(12_000 * np.sin(np.arange(RATE) * 2 * np.pi * 1000 / RATE))
    body = f'<audio src="t.wav" data-start="0.25" data-playback-rate="{rate}"></audio>'

    samples = mix(body, seconds=3, **{"t.wav": wave_data})[:, 0]

    heard = np.flatnonzero(np.abs(samples) > 500)
    assert abs(heard[0] - 0.25 * RATE) < 0.005 * RATE
    assert abs(heard[-1] - (0.25 + 1 / rate) * RATE) < 0.03 * RATE
    middle = samples[round(0.3 * RATE) : round((0.2 + 1 / rate) * RATE)]
    peak = np.argmax(np.abs(np.fft.rfft(middle))) * RATE / len(middle)
    assert abs(peak - 1000) < 15


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".mp3", ["-c:a", "libmp3lame", "-b:a", "192k"]),
        (".m4a", ["-c:a", "aac", "-b:a", "192k"]),
        (".ogg", ["-c:a", "libvorbis", "-q:a", "6"]),
        (".webm", ["-c:a", "libopus", "-b:a", "192k"]),
        (".mka", ["-c:a", "flac"]),
        (".wav", ["-ar", "44100"]),
        (".aiff", ["-ar", "22050"]),
    ],
)
def test_coded_sources_keep_their_clicks(mix, tmp_path, suffix, options):
    """What a codec adds before the first sample is not heard, whatever the codec."""
    data = convert(clicks(1, 0.5), *options, suffix=suffix, folder=tmp_path)
    name = f"source{suffix}"
    body = f'<audio src="{name}" data-start="0.25" data-media-start="0.1"></audio>'

    samples = mix(body, **{name: data})

    assert abs(np.argmax(np.abs(samples[:, 0])) - round(0.65 * RATE)) <= 1


def test_unity_changes_nothing(mix):
    """A mono source at volume 1 is the same numbers on both sides."""
    data = noise(1)

    samples = mix('<audio src="n.wav"></audio>', **{"n.wav": wav(data)})

    assert np.array_equal(np.hstack([data, data]), samples[:RATE])
    assert not samples[RATE:].any()


def test_stereo_keeps_its_sides(mix):
    """Left stays left."""
    data = noise(1, channels=2)

    samples = mix('<audio src="n.wav"></audio>', **{"n.wav": wav(data)})

    assert np.array_equal(data, samples[:RATE])


def test_tracks_are_summed_as_they_are(mix):
    """Two overlapping clips are their sum, not their mean; outside they are themselves."""
    body = (
        '<audio src="l.wav" data-start="0"></audio>'
        '<audio src="l.wav" data-start="0.5" data-volume="0.5"></audio>'
    )

    samples = mix(body, **{"l.wav": level(1, 10_000)})[:, 0]

    at = [samples[round(time * RATE)] for time in (0.25, 0.75, 1.25, 1.75)]
    assert at == [10_000, 15_000, 5_000, 0]


def true_peak(samples: np.ndarray) -> float:
    """The peak of a signal, also between its samples, in dB of full scale (ITU-R BS.1770)."""
    spectrum = np.fft.rfft(samples / 32_768, axis=0)
    padded = np.concatenate([spectrum, np.zeros((3 * len(samples) // 2, 2))])
    return 20 * np.log10(
        np.abs(4 * np.fft.irfft(padded, 4 * len(samples), axis=0)).max()
    )


def tone(frequency: float, seconds: float = 2, peak: float = 0.9) -> bytes:
    """A sine of so many cycles a second."""
    turns = frequency * np.arange(round(seconds * RATE)) / RATE
    return wav(peak * 32_767 * np.sin(2 * np.pi * turns))


def test_too_loud_is_held(mix):
    """A sum that is louder than a file can hold is a sum still, at less than -1 dBTP."""
    body = '<audio src="a.wav"></audio><audio src="b.wav"></audio>'

    samples = mix(body, **{"a.wav": tone(440), "b.wav": tone(660)})

    assert -1.5 < true_peak(samples) <= -1
    spectrum = np.abs(np.fft.rfft(samples[RATE // 2 : 3 * RATE // 2, 0]))
    heard = spectrum[[440, 660]].sum() / spectrum.sum()
    # Cut off at full scale it is less than 0.8.
    assert heard > 0.95


def test_what_fits_is_left_alone(mix):
    """A sum up to full scale has the very samples of its parts."""
    body = '<audio src="l.wav"></audio><audio src="k.wav"></audio>'

    samples = mix(body, **{"l.wav": level(2, 20_000), "k.wav": level(2, 12_767)})

    assert samples.min() == samples.max() == 32_767


def test_who_asks_is_told_that_it_was_too_loud(renderer, tmp_path):
    """The deliverable's sound is held at its ceiling, and its result says why."""
    body = '<audio src="a.wav"></audio><audio src="b.wav"></audio>'
    project = write_project(
        tmp_path / "project",
        composition(body, duration=2),
        **{"a.wav": tone(440), "b.wav": tone(660)},
    )

    film = renderer.render(project, tmp_path / "out.mp4", fps=5, quality="draft")

    (told,) = film.warnings
    assert "louder than a file can hold" in told
    assert true_peak(decode(film.path)) < -0.5


VOLUMES = {
    "half": ('data-volume="0.5"', 0.5),
    "boosted": ('data-volume="1.5"', 1.5),
    "boosted too far": ('data-volume="99"', 10 ** (12 / 20)),
    "negative": ('data-volume="-3"', None),
    "not a number": ('data-volume="loud"', 1.0),
    "muted": ("muted", None),
    "hidden": ("data-hidden", None),
    "no sound wanted": ('data-has-audio="false"', None),
    "in a group": ('data-audio-group="g"', 0.5),
    "in a hidden group": ('data-audio-group="h"', None),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", VOLUMES)
def test_volume_is_a_linear_gain(mix, name):
    """The attributes of a clip and its group decide how loud it is."""
    attributes, gain = VOLUMES[name]
    body = (
        '<hf-audio-group id="g" data-volume="0.5"></hf-audio-group>'
        '<hf-audio-group id="h" data-hidden></hf-audio-group>'
        f'<audio src="l.wav" {attributes}></audio>'
    )

    samples = mix(body, **{"l.wav": level(2, 5000)})

    assert (samples is None) == (gain is None)
    if gain is not None:
        assert np.abs(samples - 5000 * gain).max() <= 1


def lane(*points: dict[str, float]) -> str:
    """A data-automation attribute with a volume lane of *points*."""
    lanes = [{"target": "volume", "points": list(points)}]
    return f"data-automation='{json.dumps({'version': 1, 'lanes': lanes})}'"


TWEEN = (
    "<script>const tl=gsap.timeline({{paused:true}});{}"
    "window.__timelines.main=tl</script>"
)
MOVES = {
    "a lane": (
        lane({"t": 0.5, "v": 1}, {"t": 1.5, "v": 0}),
        "",
        [(0.5, 1), (0.75, 1), (1.25, 0.5), (1.75, 0), (1.9, 0)],
    ),
    "a bent lane": (
        lane({"t": 0, "v": 0, "curve": 0.5}, {"t": 1, "v": 1}),
        "",
        [(0.5, 0.25**2), (0.75, 0.5**2), (1, 0.75**2), (1.5, 1)],
    ),
    "fades": (
        'data-duration="1.5" data-fade-in="0.5" data-fade-out="0.5"',
        "",
        [(0.3, 0.1), (0.5, 0.5), (1, 1), (1.5, 0.5), (1.7, 0.1)],
    ),
    "a tween": (
        "",
        "tl.to('#a',{volume:0,duration:1,ease:'none'},0.6);",
        [(0.3, 1), (0.6, 1), (0.85, 0.75), (1.1, 0.5), (1.35, 0.25), (1.6, 0)],
    ),
    "a tween above unity": (
        'data-volume="2"',
        "tl.to('#a',{volume:1,duration:1,ease:'none'},0.5);",
        [(0.3, 2), (1, 1.5), (1.75, 1)],
    ),
    "a set": ("", "tl.set('#a',{volume:0.25},0);", [(0.3, 0.25), (1.75, 0.25)]),
    "a callback": (
        "",
        (
            "tl.to({x:1},{x:0,duration:2,ease:'none',onUpdate(){"
            "a.volume=this.targets()[0].x}},0);"
        ),
        [(0.5, 0.75), (1, 0.5), (1.5, 0.25)],
    ),
    "a duck that comes back": (
        'data-volume="0.5"',
        (
            "tl.to('#a',{volume:0.1,duration:.2,ease:'none'},0.6)"
            ".to('#a',{volume:0.5,duration:.2,ease:'none'},1.2);"
        ),
        [(0.5, 0.5), (0.7, 0.3), (1, 0.1), (1.3, 0.3), (1.5, 0.5)],
    ),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", MOVES)
def test_volume_moves(mix, name):
    """Lanes, fades, tweens and scripts shape a clip's gain, sample by sample."""
    attributes, script, wanted = MOVES[name]
    body = f'<audio id="a" src="l.wav" data-start="0.25" {attributes}></audio>'
    body += TWEEN.format(script + "tl.set({},{},2);")

    samples = mix(
        body,
        head=f'<script src="{GSAP}"></script>',
        root=" ",
        **{"l.wav": level(2, 8000)},
    )[:, 0]

    found = [samples[round(time * RATE)] / 8000 for time, _ in wanted]
    assert np.abs(np.array([gain for _, gain in wanted]) - found).max() < 0.003
    assert np.abs(np.diff(samples[RATE // 3 :])).max() < 8000 * 0.5


@pytest.fixture
def film(tmp_path):
    """A video of two seconds with a click at one second."""
    sound, target = tmp_path / "c.wav", tmp_path / "film.mp4"
    sound.write_bytes(clicks(2, 1))
    picture = ["-f", "lavfi", "-i", "testsrc=s=64x32:r=25:d=2"]
    ffmpeg(*picture, "-i", sound, "-c:a", "aac", "-b:a", "192k", target)
    data = target.read_bytes()
    sound.unlink()
    target.unlink()
    return data


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("attributes", "heard"),
    [
        ("", True),
        ('muted data-has-audio="true"', True),
        ("muted", False),
        ('data-has-audio="false"', False),
    ],
)
def test_a_video_is_heard_unless_it_is_muted(mix, film, attributes, heard):
    """The sound of a video goes into the mix, at its place."""
    body = f'<video src="v.mp4" data-start="0.5" data-media-start="0.5" {attributes}>'

    samples = mix(f"{body}</video>", **{"v.mp4": film})

    assert heard == (samples is not None)
    if samples is not None:
        assert abs(np.argmax(np.abs(samples[:, 0])) - RATE) <= 1


def test_the_sound_of_a_film_may_begin_late(mix, tmp_path):
    """A film whose sound starts 0.3 s after its pictures is heard 0.3 s later."""
    sound, target = tmp_path / "c.wav", tmp_path / "film.mkv"
    sound.write_bytes(clicks(1, 0.2))
    picture = ["-f", "lavfi", "-i", "testsrc=s=64x32:r=25:d=1"]
    ffmpeg(*picture, "-itsoffset", "0.3", "-i", sound, "-c:a", "flac", target)
    loop = 'loop data-duration="2" data-start="0"'

    samples = mix(
        f'<video src="v.mkv" {loop}></video>', **{"v.mkv": target.read_bytes()}
    )

    assert onsets(samples) == [0.5 * RATE, 1.5 * RATE]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("fps", RATES)
def test_output_is_as_long_as_its_frames(renderer, tmp_path, fps):
    """Decoded from the output, the click is on its sample and nothing is too much."""
    body = '<audio src="c.wav" data-start="0.7"></audio>'
    html = composition(body, duration=1.7)
    project = write_project(tmp_path / "project", html, **CLICK)
    shas = set()
    for chunks in (1, 3):
        config = hf.RenderConfig(fps=fps, chunks=chunks, segment_seconds="1/3")
        planned = renderer.plan(project, tmp_path / f"plan-{chunks}", config)
        paths = [tmp_path / f"{chunks}-{n}.mp4" for n in range(planned.chunk_count)]
        for index, path in enumerate(paths):
            renderer.render_chunk(planned.path, index, path)

        output = hf.assemble(planned.path, paths, tmp_path / f"{chunks}.mp4")

        shas.add(output.sha256)
        samples = decode(output.path)
        wanted = round(output.duration * RATE)
        assert Fraction(wanted, RATE) == probe_end_of_sound(
            output.path, control=Control()
        )
        # ffmpeg 7 plays the padding of the last packet too.
        assert 0 <= len(samples) - wanted < 1024
        assert np.argmax(np.abs(samples[:, 0])) == round(1.2 * RATE)
        assert streams(output.path) == ["video", "audio"]
    assert len(shas) == 1


@pytest.mark.sampled(1)
@pytest.mark.parametrize("start", [0, 0.01, 0.25, 0.7])
@pytest.mark.parametrize("media_start", [0, 1])
def test_sound_ends_with_its_film(renderer, tmp_path, start, media_start):
    """Whatever it begins with, in times as well as in samples."""
    body = (
        f'<audio src="l.wav" data-start="{start}" data-media-start="{media_start}" '
        'data-duration="3"></audio>'
    )
    files = {"l.wav": level(4)}
    project = write_project(tmp_path / "p", composition(body, duration=4), **files)
    plan = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=5))

    sound = tmp_path / "sound.m4a"

    hf.mix_sound(plan.path, sound)

    assert 4 == probe_end_of_sound(sound, control=Control())


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("fps", "codec"), [("30000/1001", "vp9"), ("24", "av1")])
def test_webm_is_as_long_as_its_frames(renderer, tmp_path, fps, codec):
    """Though its times are milliseconds, samples are neither lost, added nor moved."""
    body = '<audio src="c.wav" data-start="0.7"></audio>'
    html = composition(body, width=16, height=16, duration=1.7)
    project = write_project(tmp_path / "project", html, **CLICK)
    asked = {"fps": fps, "format": "webm", "codec": codec, "quality": "draft"}
    shas = set()
    for chunks in (1, 3):
        config = hf.RenderConfig(**asked, chunks=chunks, segment_seconds="2/3")
        planned = renderer.plan(project, tmp_path / f"plan-{chunks}", config)
        paths = [tmp_path / f"{chunks}-{n}.webm" for n in range(planned.chunk_count)]
        for index, path in enumerate(paths):
            renderer.render_chunk(planned.path, index, path)

        output = hf.assemble(planned.path, paths, tmp_path / f"{chunks}.webm")

        shas.add(output.sha256)
        samples = decode(output.path)
        assert round(output.duration * RATE) == len(samples)
        assert np.argmax(np.abs(samples[:, 0])) == round(1.2 * RATE)
        assert streams(output.path) == ["video", "audio"]
        browser_hears(renderer, output.path, len(samples), round(1.2 * RATE))
    assert len(shas) == 1


def browser_hears(renderer: hf.Renderer, path: Path, length: int, loudest: int) -> None:
    """Chrome, too, decodes *path* to *length* samples, the *loudest* in its place."""
    script = f"""<script>window.__tailwindReady = (async () => {{
      const data = await (await fetch("film")).arrayBuffer();
      const context = new OfflineAudioContext(2, 1, {RATE});
      const sound = (await context.decodeAudioData(data)).getChannelData(0);
      const at = sound.reduce((best, x, i) => (x > sound[best] ? i : best), 0);
      if (sound.length !== {length} || at !== {loudest})
        throw new Error(`${{sound.length}} samples, the loudest at ${{at}}`);
    }})()</script>"""
    folder = path.with_suffix(".heard")
    project = write_project(folder, composition(script), film=path.read_bytes())
    renderer.plan(project, path.with_suffix(".plan"), hf.RenderConfig(fps=1))


@pytest.mark.parametrize("seconds", [1 / 240, 0.2, 1001 / 1000, 2])
def test_webm_sound_of_any_length(tmp_path, seconds):
    """Also less than one packet of it; vector instructions change no byte."""
    source, row = tmp_path / "n.wav", find_format("webm")
    source.write_bytes(wav(noise(seconds, 2)))
    coded = ("-c:a", row.audio, "-b:a", "192k", "-flags:a", "+bitexact")
    exact = ("-fflags", "+bitexact")
    files = []
    for name, flags in {"with": (), "without": ("-cpuflags", "0")}.items():
        ogg, path = tmp_path / f"{name}.ogg", tmp_path / f"{name}.webm"
        ffmpeg(*flags, "-i", source, *coded, *exact, *row.container.sound_file, ogg)
        ffmpeg("-i", ogg, "-c", "copy", *row.container.sound_options, *exact, path)
        files.append(path)

    assert files[0].read_bytes() == files[1].read_bytes()
    assert len(decode(files[0])) == round(seconds * RATE)


@pytest.mark.parametrize("name", ["mp4", "webm"])
def test_noise_is_not_shifted(tmp_path, name):
    """The output's sound fits the source best at no shift at all."""
    data = noise(2)
    html = composition('<audio src="n.wav"></audio>', width=16, height=16, duration=2)
    project = write_project(tmp_path / "project", html, **{"n.wav": wav(data)})

    config = hf.RenderConfig(fps="30000/1001", format=name, quality="draft")
    output = hf.render(project, tmp_path / f"out.{name}", config)

    found, wanted = decode(output.path)[: 2 * RATE, 0], data[:, 0]
    size = len(found)
    spectrum = np.fft.rfft(found) * np.conj(np.fft.rfft(wanted[:size]))
    assert np.argmax(np.fft.irfft(spectrum, size)) == 0


def test_a_page_with_its_own_seek_is_heard(renderer, tmp_path):
    """Without the page runtime the format's own rules place a clip."""
    html = (
        '<!doctype html><html data-width="16" data-height="16"><body>'
        '<audio id="a" src="c.wav" data-start="0.25" data-duration="0.75"></audio>'
        '<audio src="c.wav" data-start="a + 0.125"></audio>'
        "<script>window.__hf={duration:2,seek(){}}</script></body></html>"
    )
    project = write_project(tmp_path / "project", html, **CLICK)

    planned = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=25))

    samples = mixed(planned)
    assert onsets(samples) == [0.75 * RATE, 1.625 * RATE]


def test_silence_is_no_stream(renderer, tmp_path):
    """A composition without sound has no sound file and no audio stream."""
    project = write_project(tmp_path / "project", composition())

    planned = renderer.plan(project, tmp_path / "plan")
    renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")
    output = hf.assemble(planned.path, [tmp_path / "0.mp4"], tmp_path / "out.mp4")

    assert planned.content.sound is None
    assert not (planned.path / "sound").exists()
    assert streams(output.path) == ["video"]


def files_in(folder: Path) -> set[str]:
    """Every file below *folder*."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_nothing_of_the_preparation_is_in_the_plan(renderer, tmp_path):
    """Sources that are fetched, unpacked or converted leave no work file in a plan."""
    overrides = tmp_path / "overrides"
    (overrides / "media.invalid").mkdir(parents=True)
    mp3 = convert(level(1), "-c:a", "libmp3lame", suffix=".mp3", folder=tmp_path)
    (overrides / "media.invalid/far.mp3").write_bytes(mp3)
    packed = base64.b64encode(clicks(0.2, 0.1)).decode()
    body = (
        f'<audio src="https://media.invalid/far.mp3" {lane({"t": 0, "v": 1})}></audio>'
        '<audio src="near.mp3" data-playback-rate="2" data-fade-in="0.1"></audio>'
        f'<audio src="data:audio/wav;base64,{packed}" loop data-duration="1"></audio>'
    )
    html = composition(body)
    project = write_project(tmp_path / "project", html, **{"near.mp3": mp3})
    config = hf.RenderConfig(overrides_dir=overrides)

    first = renderer.plan(project, tmp_path / "a", config)
    second = renderer.plan(project, tmp_path / "b", config)

    for planned in (first, second):
        known = {artifact.path for artifact in planned.content.artifacts}
        assert files_in(planned.path) == known | {"plan.json"}
        assert hf.recompute_plan_hash(planned.path) == planned.plan_hash
        assert hf.verify_plan(planned.path) == planned
    assert first.plan_hash == second.plan_hash
    assert {p.name for p in tmp_path.iterdir()} == {"overrides", "project", "a", "b"}


def test_workers_need_no_sound(renderer, tmp_path):
    """A chunk is rendered without what is heard, which lies in the plan once."""
    html = composition('<audio src="c.wav"></audio>')
    project = write_project(tmp_path / "project", html, **CLICK)
    planned = renderer.plan(project, tmp_path / "plan")
    assert not (planned.path / "compiled/c.wav").exists()
    source = (planned.path / "sound/0000.wav").rename(tmp_path / "kept.wav")

    renderer.render_chunk(planned.path, 0, tmp_path / "0.mp4")

    with pytest.raises(PlanIncompleteError, match=r"0000\.wav"):
        hf.assemble(planned.path, [tmp_path / "0.mp4"], tmp_path / "out.mp4")
    data = bytearray(source.read_bytes())
    data[-1] ^= 1
    (planned.path / "sound/0000.wav").write_bytes(data)
    with pytest.raises(PlanIntegrityError, match=r"0000\.wav"):
        hf.assemble(planned.path, [tmp_path / "0.mp4"], tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_a_source_the_page_reads_is_a_workers_too(renderer, tmp_path):
    """A file that is heard and also fetched by a script goes to every worker."""
    script = "<script>fetch('c.wav').then((r)=>r.arrayBuffer())</script>"
    html = composition('<audio src="c.wav"></audio>' + script)
    project = write_project(tmp_path / "project", html, **CLICK)

    planned = renderer.plan(project, tmp_path / "plan")

    readers = {a.path: a.segments for a in planned.content.artifacts}
    assert readers["compiled/c.wav"] is None
    assert readers["sound/0000.wav"] == ()


REFUSED = {
    "no sound in it": ('<audio id="a" src="p.png"></audio>', PageError, 'id="a"'),
    "not readable": ('<audio id="a" src="t.txt"></audio>', PageError, 'id="a"'),
    "not there": ('<audio id="a" src="gone.mp3"></audio>', PageError, "gone.mp3"),
    "broken effects": (
        '<audio id="a" src="c.wav" data-fx-chain="[1]"></audio>',
        InputError,
        "data-fx-chain",
    ),
    "broken effects of a group": (
        (
            '<hf-audio-group id="g" data-fx-chain="[1]"></hf-audio-group>'
            '<audio id="a" src="c.wav" data-audio-group="g"></audio>'
        ),
        InputError,
        'id="a"',
    ),
    "a speed ramp": (
        (
            '<audio id="a" src="c.wav" data-automation=\'{"version":1,"lanes":'
            '[{"target":"rate","points":[{"t":0,"v":1}]}]}\'></audio>'
        ),
        UnsupportedFeatureError,
        "speed ramp",
    ),
    "a broken lane": (
        '<audio id="a" src="c.wav" data-automation="{"></audio>',
        InputError,
        "data-automation",
    ),
    "made by a script": (
        (
            '<audio id="a"></audio><script>'
            "a.src=URL.createObjectURL(new Blob([new Uint8Array(9)]))</script>"
        ),
        UnsupportedFeatureError,
        "blob:",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_sound_is_refused_by_name(renderer, tmp_path, name):
    """What cannot be heard as meant is an error that names it; nothing is left."""
    body, kind, text = REFUSED[name]
    picture = ["-f", "lavfi", "-i", "color=s=8x8:d=0.1", "-frames:v", "1"]
    ffmpeg(*picture, tmp_path / "p.png")
    files = {"p.png": (tmp_path / "p.png").read_bytes(), "t.txt": b"not a sound"}
    (tmp_path / "p.png").unlink()
    project = write_project(tmp_path / "project", composition(body), **files, **CLICK)

    with pytest.raises(kind) as caught:
        renderer.plan(project, tmp_path / "plan")

    assert text in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
