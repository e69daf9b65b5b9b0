"""A doctor draws a project's frames in several ways, and names what makes them differ."""

from __future__ import annotations

import json

import pytest

from commands import run
from hyperframes_dist import RenderConfig
from hyperframes_dist._look.repeats import examine_project, first_other
from hyperframes_dist.chrome import default_chrome
from hyperframes_dist.progress import Control
from pages import composition, write_project

_SEEK = "addEventListener('hf-seek', () => { %s });"
_WORKER = "new Worker(URL.createObjectURL(new Blob([%s])))"
# What is planted, by the name of what is to be found.
PLANTED = {
    "crypto.subtle.generateKey": """crypto.subtle.generateKey(
        { name: 'AES-GCM', length: 128 }, true, ['encrypt'])
        .then((key) => crypto.subtle.exportKey('raw', key))
        .then((bytes) => { it.textContent = [...new Uint8Array(bytes)].join(); })""",
    "URL.createObjectURL": "it.textContent = URL.createObjectURL(new Blob(['x']))",
    "RTCPeerConnection": """new RTCPeerConnection().createOffer(
        { offerToReceiveAudio: true }).then(({ sdp }) => {
        it.textContent = sdp.match(/fingerprint.*/)[0]; })""",
    "MessageChannel": """let n = 0; const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => { n++; port2.postMessage(0); };
        port2.postMessage(0);"""
    + _SEEK % "it.textContent = n",
    # It counts as fast as it can, and says how far it is when it is asked.
    "Worker": "const worker = "
    + _WORKER
    % "'let n = 0; const { port1, port2 } = new MessageChannel();' +"
    "'port1.onmessage = () => { n++; port2.postMessage(0); };' +"
    "'port2.postMessage(0); onmessage = () => postMessage(n)'"
    + "; worker.onmessage = ({ data }) => { it.textContent = data; };"
    + _SEEK % "worker.postMessage(0)",
}
# What is not: each is made to repeat, or is a part of the film.
CLEAN = {
    "chance": _SEEK % "it.textContent = [Math.random(), Date.now()].join()",
    "timers": "let n = 0; setInterval(() => { it.textContent = ++n; }, 70)",
    "workers": "const worker = "
    + _WORKER % "'onmessage = ({ data }) => postMessage(data * data)'"
    + "; worker.onmessage = ({ data }) => { it.textContent = data; }; let n = 0;"
    + _SEEK % "worker.postMessage(n++)",
    "frames that remember": "let n = 0;" + _SEEK % "it.textContent = ++n",
}
SHOWN = "<i>still</i><p id='it' style='color: #fff; font: 10px monospace'>x</p>"


def planted(folder, script):
    """A project whose *script* writes into ``it``."""
    html = composition(
        f"{SHOWN}<script>const it = document.getElementById('it'); {script}</script>",
        width=300,
        height=64,
        duration="1.5",
    )
    return write_project(folder / "film", html)


def examine(project):
    return examine_project(
        project, RenderConfig(), chrome=default_chrome(), control=Control()
    )


@pytest.mark.thorough
@pytest.mark.parametrize("api", PLANTED)
def test_what_makes_frames_differ_is_named(api, tmp_path):
    """The element that shows it, what of the browser answers otherwise, and who asks."""
    found = examine(planted(tmp_path, PLANTED[api])).unsteady

    assert found is not None
    assert 'id="it"' in found.elements[0]
    assert (api, "index.html") == (found.api, found.place.split(":")[0])


@pytest.mark.thorough
@pytest.mark.parametrize("name", CLEAN)
def test_what_repeats_is_no_fault(name, tmp_path):
    """Nothing is said against a project whose frames are the same each time."""
    assert examine(planted(tmp_path, CLEAN[name])).unsteady is None


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name", ["css-spinner", "gsap-stagger", "random-confetti", "raf-history"]
)
def test_compositions_repeat(name, compositions):
    """Nor against compositions as authors write them."""
    assert examine(compositions / name).unsteady is None


@pytest.mark.thorough
def test_a_doctor_says_so_in_words_and_in_json(tmp_path):
    """And ends with a status of its own where frames differ."""
    folder = planted(tmp_path, PLANTED["URL.createObjectURL"])

    said = run("doctor", folder)
    row = json.loads(run("doctor", folder, "--json").stdout)

    assert said.returncode == 1
    assert "what answers otherwise: URL.createObjectURL" in said.stdout
    assert row["unsteady"]["api"] == "URL.createObjectURL"


@pytest.mark.parametrize(
    ("one", "two", "wanted"),
    [
        (["a1", "b1", "c1"], ["a1", "b2", "c2"], "b"),
        (["a1", "b1"], ["a1", "b1", "c1"], "c"),
        (["a1", "b1"], ["b1", "a1"], "a"),
        (["URL.createObjectURL1", "b1"], ["URL.createObjectURL2", "b2"], "b"),
        (["a1"], ["a1"], ""),
    ],
)
def test_the_first_answer_that_differs_is_named(one, two, wanted):
    """By its value, or its place among others; never the name of a blob before others."""
    rows = [[(each[:-1], each[-1], "x", 0.0) for each in rows] for rows in (one, two)]

    assert wanted == first_other(*rows, all_of_it=True)[0]
