"""Chains of effects, held against what their formulas make of a level and of a click."""

from __future__ import annotations

import json
import math
from html import escape

import numpy as np
import pytest

import hyperframes_dist as hf
from hyperframes_dist.errors import UnsupportedFeatureError
from pages import composition, write_project
from sound import RATE, clicks, level, mixed

FULL = 32768
IN = 16384  # Half of full scale, -6.02 dB.
SPAN = 0.5


def chain(*nodes: dict[str, object]) -> str:
    """A ``data-fx-chain`` attribute of *nodes*."""
    return f'data-fx-chain="{escape(json.dumps({"version": 1, "nodes": nodes}))}"'


def node(kind: str, **params: object) -> dict[str, object]:
    """One effect."""
    return {"type": kind, "params": params}


def db(decibels: float) -> float:
    """The factor that *decibels* are."""
    return 10 ** (decibels / 20)


OVER = 20 * math.log10(0.5)
# What half of full scale comes to at the end of half a second of it.
LEVELS = {
    "gain": ([node("gain", gain=-6)], 0.5 * db(-6)),
    "switched off": ([{**node("gain", gain=-6), "enabled": False}], 0.5),
    "a shelf": ([node("lowshelf", frequency=2000, gain=-12)], 0.5 * db(-12)),
    "the other shelf": ([node("highshelf", frequency=2000, gain=-12)], 0.5),
    "a peak": ([node("peaking", frequency=2000, gain=12)], 0.5),
    "low": ([node("lowpass", frequency=200)], 0.5),
    "high": ([node("highpass", frequency=200)], 0.0),
    "high, gently": ([node("highpass", frequency=200, poles="1")], 0.0),
    "compressed": (
        [node("compressor", threshold=-24, ratio=4, attack=1, knee=1, makeup=3)],
        0.5 * db((-24 - OVER) * 0.75 + 3),
    ),
    "held": ([node("truepeak", ceiling=-12)], db(-12.3)),
    "limited": ([node("limiter", limit=-12, attack=1)], db(-12)),
    "shut out": ([node("gate", threshold=0, range=-20, ratio=20, release=10)], 0.05),
    "saturated": (
        [node("saturate", type="tanh", threshold=-6, oversample=1)],
        math.tanh(0.5 / db(-6)) * db(-6),
    ),
    "crushed": ([node("gain", gain=-1), node("bitcrush", bits=2)], 0.5),
    "echoed": ([node("delay", time=10, feedback=0.5, mix=0.4)], 0.3 + 0.2 * 2),
    "in part": (
        [{**node("gain", gain=-60), "fromPreset": "p", "presetAmount": 0.25}],
        0.5 * (0.75 + 0.25 * db(-60)),
    ),
}


@pytest.fixture
def mix(renderer, tmp_path):
    """Plans a page and gives its samples, between -1 and 1."""

    def make(body: str, duration: float, **files: bytes) -> np.ndarray:
        html = composition(body, duration=duration)
        project = write_project(tmp_path / "project", html, **files)
        plan = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=10))
        return mixed(plan) / FULL

    return make


def test_effects_do_what_their_formulas_say(mix):
    """A level through each effect, once it has settled."""
    clips = [
        f'<audio src="l.wav" data-start="{2 * SPAN * n}" {chain(*nodes)}></audio>'
        for n, (nodes, _) in enumerate(LEVELS.values())
    ]

    made = mix("".join(clips), 2 * SPAN * len(LEVELS), **{"l.wav": level(SPAN, IN)})

    ends = [round((2 * SPAN * n + SPAN - 0.01) * RATE) for n in range(len(LEVELS))]
    found = {name: made[end, 1] for name, end in zip(LEVELS, ends, strict=True)}
    wanted = {name: value for name, (_, value) in LEVELS.items()}
    assert found == pytest.approx(wanted, abs=0.002)


def test_a_room_and_echoes_are_heard_after_their_clip(mix):
    """Echoes at their times, each fainter; the room has the energy of the click, dying."""
    echo = chain(node("delay", time=100, feedback=0.5, mix=0.5))
    room = chain(node("reverb", size=0.05, damping=0, wet=1, dry=0))
    body = (
        f'<audio src="c.wav" data-start="0" {echo}></audio>'
        f'<audio src="c.wav" data-start="1" {room}></audio>'
    )

    made = mix(body, 2, **{"c.wav": clicks(0.05, 0.01, level=IN)})[:, 0]

    # Each turn but the first takes 128 samples more.
    times = [480 + 4800 * n + 128 * max(0, n - 1) for n in range(4)]
    at = [abs(made[time]) for time in times]
    assert at == pytest.approx([0.25, 0.25, 0.125, 0.0625], abs=0.002)
    tail = made[RATE:] ** 2
    assert tail.sum() == pytest.approx(0.25, rel=0.05)
    assert tail[RATE // 2 :].sum() < 0.001


def test_a_group_goes_through_its_effects_together(mix):
    """Two levels of a group are limited as one; its lane counts from the beginning."""
    lanes = [{"target": "volume", "points": [{"t": 1, "v": 1}, {"t": 1.2, "v": 0.5}]}]
    moves = escape(json.dumps({"version": 1, "lanes": lanes}))
    limit = chain(node("limiter", limit=-12, attack=1))
    body = (
        f'<hf-audio-group id="g" {limit} data-automation="{moves}"></hf-audio-group>'
        '<audio src="l.wav" data-audio-group="g"></audio>'
        '<audio src="l.wav" data-start="0.5" data-audio-group="g"></audio>'
    )

    made = mix(body, 2, **{"l.wav": level(1.5, IN // 2)})[:, 0]

    at = [made[round(time * RATE)] for time in (0.4, 0.9, 1.4)]
    assert at == pytest.approx([0.25, db(-12), db(-12) / 2], abs=0.003)


def test_a_gain_is_driven_by_its_lane(mix):
    """In decibels, from the clip's start."""
    lane = {"target": "fx.n1.gain", "points": [{"t": 0, "v": 0}, {"t": 1, "v": -12}]}
    moves = escape(json.dumps({"version": 1, "lanes": [lane]}))
    gain = chain({**node("gain"), "id": "n1"})
    body = (
        f'<audio src="l.wav" data-start="0.5" data-automation="{moves}" {gain}></audio>'
    )

    made = mix(body, 2, **{"l.wav": level(1.5, IN)})[:, 0]

    at = [made[round(time * RATE)] for time in (0.51, 1.0, 1.6)]
    assert at == pytest.approx(
        [0.5 * db(-0.12), 0.5 * db(-6), 0.5 * db(-12)], abs=0.002
    )


@pytest.mark.parametrize("kind", ["chorus", "phaser", "pitchshift"])
def test_an_effect_that_is_not_carried_out_is_refused(mix, kind):
    """By the names of the effect and the element."""
    body = f'<audio id="a" src="l.wav" {chain(node(kind))}></audio>'

    with pytest.raises(UnsupportedFeatureError, match=rf"'{kind}' in data-fx-chain"):
        mix(body, 1, **{"l.wav": level(1, IN)})
