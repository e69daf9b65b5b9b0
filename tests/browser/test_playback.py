"""What scripts read of a sound is where the film is, and what they are told follows."""

from __future__ import annotations

import pytest

from bars import widths
from sound import ffmpeg, level

SOUND = (
    "<audio id=a src=s.wav data-start=0.1 data-media-start=0.2 data-playback-rate=2>"
    "</audio>"
)
READ = """const a = document.getElementById("a"), bar = document.getElementById("b");
const show = () => bar.style.width = `${Math.round(a.currentTime * 40)}px`;
(function turn() { show(); requestAnimationFrame(turn) })();"""
TOLD = """const a = document.getElementById("a"), bar = document.getElementById("b");
let width = 1;
const add = (n) => () => bar.style.width = `${width += n}px`;
a.onplay = add(10);
a.addEventListener("timeupdate", add(1));
a.addEventListener("ended", () => bar.style.width = a.paused ? "50px" : "60px");"""
CASES = {
    "read": (READ, [8, 8, 16, 24, 32, 32]),
    "told": (TOLD, [0, 11, 12, 13, 50, 50]),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_script_follows_the_sound(renderer, tmp_path, name):
    """By arithmetic: 0.6 s from its own 0.2 s on, at twice its speed, from 0.1 s on."""
    script, expected = CASES[name]
    sound = {"s.wav": level(0.8)}

    assert expected == widths(renderer, tmp_path, script, 0.2, before=SOUND, **sound)


PLAYS = """const a = document.getElementById("a"), bar = document.getElementById("b");
a.play();
a.play().then(() => bar.style.width = "20px");"""


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_a_script_may_play_what_the_film_plays(renderer, tmp_path, kind):
    """As pages do without looking at the promise; how frames are made interrupts nothing."""
    sound = {"s.wav": level(0.8)} if kind == "audio" else {"s.wav": film(0.8)}
    tag = f"<{kind} id=a src=s.wav data-start=0.1 muted></{kind}>"

    found = widths(renderer, tmp_path, PLAYS, 0.2, before=tag, **sound)

    assert found[-1] == 20


def film(seconds: float) -> bytes:
    """Grey pictures and no sound."""
    source = f"color=gray:s=32x32:r=10:d={seconds}"
    return ffmpeg("-f", "lavfi", "-i", source, *_WEBM)


_WEBM = ("-c:v", "libvpx-vp9", "-f", "webm", "-")
