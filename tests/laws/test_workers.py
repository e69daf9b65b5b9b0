"""A worker's timers, frames and clock are the film's, wherever a chunk begins."""

from __future__ import annotations

import json

import pytest

import hyperframes_dist as hf
from bars import BAR, pictures, width
from pages import composition, write_project

CONFIG = hf.RenderConfig(fps=10, format="png-sequence", segment_seconds=0.3, chunks=5)
SLEEP = "const sleep = (ms) => new Promise((done) => setTimeout(done, ms));"


def begin(script: str, name: str = "w") -> str:
    """What starts a worker that runs *script*."""
    return f"const {name} = new Worker(URL.createObjectURL(new Blob([{json.dumps(script)}])))"


def counts(script: str, shown: str = "data") -> str:
    """A page whose bar is as long as a worker says."""
    hear = f"({{ data }}) => {{ b.style.width = `${{{shown}}}px` }}"
    return f"{begin(script)}; w.onmessage = {hear}"


ASKED = (
    counts(
        f"{SLEEP} onmessage = async ({{ data }}) => {{ await sleep(200); postMessage(data) }}"
    )
    + "; addEventListener('hf-seek', ({ detail }) => w.postMessage(detail.time * 50))"
)
GONE = "; setTimeout(() => w.terminate(), 550)"
TWO = ";".join(
    begin(f"setInterval(() => postMessage({length}), 100)", name)
    + f"; {name}.onmessage = ({{ data }}) => {{ b.style.width = `${{data}}px` }}"
    for name, length in (("one", 40), ("two", 20))
)
READY = (
    begin("setTimeout(() => postMessage(1), 300)")
    + "; __tailwindReady = new Promise((done) => { w.onmessage = done })"
    + ".then(() => { b.style.width = '33px' })"
)
# What it has for good, its page asks for in vain.
HOLDS = (
    begin(
        "navigator.locks.request('l', () => { postMessage(1); return new Promise(() => {}) })"
    )
    + "; w.onmessage = () => { navigator.locks.request('l', () => {});"
    + " b.style.width = '21px' }"
)
# It is answered while it computes: what it does about that waits, and the page for it.
HEARD_LATE = (
    begin(
        "onmessage = () => setTimeout(() => postMessage('done'), 200);"
        "setTimeout(() => { postMessage('asks');"
        " for (let n = self.sum = 0; n < 3e7; n++) self.sum += n % 7 }, 50)"
    )
    + "; __tailwindReady = new Promise((done) => { w.onmessage = ({ data }) =>"
    + " data === 'asks' ? w.postMessage(1) : done() })"
    + ".then(() => { b.style.width = '33px' })"
)
# At 0.9 seconds. What never rests is due at 0, 1, 2, 3 and 4 ms, and then every fourth.
CASES = {
    "interval": (counts("let n = 0; setInterval(() => postMessage(++n), 50)"), 18),
    "chain": (
        counts(
            "let n = 0; const f = () => { postMessage(n++); setTimeout(f, 30) }; f()"
        ),
        30,
    ),
    "awaited": (
        counts(
            f"{SLEEP} (async () => {{ for (let n = 1; ; n++) {{"
            " await sleep(25); postMessage(n) } })()"
        ),
        36,
    ),
    "frames": (
        counts(
            "let n = 0; const f = () => { postMessage(n++); requestAnimationFrame(f) }; f()"
        ),
        10,
    ),
    "no rest": (
        counts("let n = 0; setInterval(() => postMessage(++n), 0)", "data / 10"),
        (5 + 896 / 4) / 10,
    ),
    "no rest, awaited": (
        counts(
            f"{SLEEP} (async () => {{ for (let n = 1; ; n++) {{"
            " await sleep(0); postMessage(n) } })()",
            "data / 10",
        ),
        (4 + 900 / 4) / 10,
    ),
    "clock": (
        counts(
            "setInterval(() => postMessage((performance.now() + Date.now()) / 40), 50)"
        ),
        45,
    ),
    "late": (
        "setTimeout(() => {"
        + counts("let n = 0; setInterval(() => postMessage(++n), 20)")
        + "}, 500)",
        20,
    ),
    "asked": (ASKED, 35),
    "two": (TWO, 20),
    "waited for": (READY, 33),
    "heard late": (HEARD_LATE, 33),
    "holds a lock": (HOLDS, 21),
    "ended by its page": (
        counts("let n = 0; setInterval(() => postMessage(++n), 50)") + GONE,
        11,
    ),
    "ended by itself": (
        counts(
            "let n = 0; setInterval(() => { postMessage(++n); if (n === 12) close() }, 50)"
        ),
        12,
    ),
    "throws": (counts("setInterval(() => postMessage(14), 50); throw new Error()"), 14),
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", CASES)
def test_a_worker_stands_at_the_frames_time(renderer, tmp_path, name):
    """What it says by 0.9 seconds, also where a browser of its own begins there."""
    script, expected = CASES[name]
    body = f"{BAR}<script>{script}</script>"
    project = write_project(tmp_path / "p", composition(body, duration="1.5"))
    plan = renderer.plan(project, tmp_path / "plan", CONFIG)
    whole = [tmp_path / f"{index}.tar" for index in range(plan.chunk_count)]
    for index, chunk in enumerate(whole):
        renderer.render_chunk(plan.path, index, chunk)
    apart = tmp_path / "apart.tar"

    with hf.Renderer() as other:
        other.render_chunk(plan.path, 3, apart)

    assert expected == pytest.approx(width(whole[3], 0), abs=1)
    assert pictures(whole[3]) == pictures(apart)
