"""Animations that a page steers while the film runs go as HTML and CSS say."""

from __future__ import annotations

import pytest

from bars import widths

# A bar that grows by 6 pixels a frame.
GROW = """const bar = document.getElementById("b");
const widths = [{ width: "0" }, { width: "60px" }];
const grows = bar.animate(widths, { duration: 1000, fill: "both" });
"""
CSS = """<style>@keyframes grow { from { width: 0 } to { width: 60px } }
  #b { animation: grow 1s linear both } #b.held { animation-play-state: paused }</style>"""
BAR_LATER = "const bar = document.getElementById('b');"
CASES = {
    "paused": (
        "",
        GROW + "setTimeout(() => grows.pause(), 200)",
        [0, 6, 12, 12, 12, 12],
    ),
    "paused, played": (
        "",
        GROW
        + "setTimeout(() => grows.pause(), 200); setTimeout(() => grows.play(), 400)",
        [0, 6, 12, 12, 12, 18],
    ),
    "paused early": ("", f"{GROW}grows.pause()", [0, 6, 12, 18, 24, 30]),
    "fast": ("", f"{GROW}grows.playbackRate = 2", [0, 12, 24, 36, 48, 60]),
    "turned round": (
        "",
        GROW + "setTimeout(() => grows.reverse(), 300)",
        [0, 6, 12, 18, 12, 6],
    ),
    "begun earlier": (
        "",
        GROW
        + "setTimeout(() => { grows.startTime = document.timeline.currentTime - 500 }, 200)",
        [0, 6, 30, 36, 42, 48],
    ),
    "begun later": (
        "",
        GROW
        + "setTimeout(() => { grows.startTime = document.timeline.currentTime + 200 }, 200)",
        [0, 6, 0, 0, 0, 6],
    ),
    "paused by a class": (
        CSS,
        BAR_LATER
        + """setTimeout(() => bar.classList.add("held"), 200);
             setTimeout(() => bar.classList.remove("held"), 400)""",
        [0, 6, 12, 12, 12, 18],
    ),
    "paused by its style": (
        CSS,
        BAR_LATER + "setTimeout(() => bar.style.animationPlayState = 'paused', 300)",
        [0, 6, 12, 18, 18, 18],
    ),
    "begun anew": (
        CSS,
        BAR_LATER
        + """setTimeout(() => { bar.style.animation = "none"; void bar.offsetWidth;
             bar.style.animation = "" }, 300)""",
        [0, 6, 12, 0, 6, 12],
    ),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", sorted(CASES))
def test_an_animation_goes_as_the_page_says(renderer, tmp_path, name):
    """From the frame on at which a script or a style says so."""
    before, script, expected = CASES[name]

    assert expected == widths(renderer, tmp_path, script, 0.2, before=before)
