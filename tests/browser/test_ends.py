"""Who waits for an animation's end is told when it comes, whatever it leaves behind."""

from __future__ import annotations

import pytest

from bars import widths

_WAVE = """const b = document.getElementById("b");
b.style.width = "0px";
let width = 0;
const add = (n) => () => b.style.width = `${width += n}px`;
const wave = (timing) => b.animate({ opacity: [0.9, 1] }, timing);
const chain = async () => { for (;;) { await wave({ duration: 100 }).finished; add(10)() } };
"""
# By the frame, a tenth of a second each.
CASES = {
    "one after another": ("chain();", [0, 10, 20, 30, 40, 50]),
    "begun late": ("setTimeout(chain, 200);", [0, 0, 0, 10, 20, 30]),
    "with pauses": (
        "wave({ duration: 50, delay: 100, endDelay: 100, iterations: 2 }).onfinish = add(30);",
        [0, 0, 0, 30, 30, 30],
    ),
    "asked for afterwards": (
        "const a = wave({ duration: 100 }); setTimeout(() => a.finished.then(add(30)), 400);",
        [0, 0, 0, 0, 30, 30],
    ),
    "turned round": (
        "const a = wave({ duration: 200 }); a.reverse(); a.finished.then(add(20));",
        [0, 0, 20, 20, 20, 20],
    ),
    "told once": (
        'setTimeout(() => wave({ duration: 100, fill: "both" }).onfinish = add(10), 200);',
        [0, 0, 0, 10, 10, 10],
    ),
    "of no length": ("wave({ duration: 0 }).finished.then(add(20));", [20] * 6),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", CASES)
def test_an_end_is_told_in_its_frame(renderer, tmp_path, name):
    script, expected = CASES[name]

    assert expected == widths(renderer, tmp_path, _WAVE + script, 0.2)
