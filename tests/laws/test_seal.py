"""Nothing passes the seal: a listening server hears of no page, whatever it tries."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import attrs
import pytest

import hyperframes_dist as hf
from hyperframes_dist.errors import HyperframesError, PageError, ResolveError
from pages import composition, write_project


@attrs.define
class Listener:
    """A TCP and a UDP socket on loopback that count what reaches them."""

    port: int
    heard: list[str] = attrs.field(factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener that is closed afterwards."""
    tcp = socket.create_server(("127.0.0.1", 0))
    port = tcp.getsockname()[1]
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    heard = Listener(port)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = tcp.accept()
                heard.heard.append("tcp")
                connection.close()

    def receive() -> None:
        with contextlib.suppress(OSError):
            while udp.recv(2048) != b"stop":
                heard.heard.append("udp")

    threads = [threading.Thread(target=accept), threading.Thread(target=receive)]
    for thread in threads:
        thread.start()
    yield heard
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
        knock.sendto(b"stop", ("127.0.0.1", port))
    tcp.shutdown(socket.SHUT_RDWR)
    tcp.close()
    for thread in threads:
        thread.join(5)
    udp.close()


ATTEMPTS = {
    "fetch": "fetch('http://127.0.0.1:PORT/').catch(() => 0)",
    "xhr": "const x = new XMLHttpRequest(); x.open('GET', 'http://127.0.0.1:PORT/'); x.send()",
    "image": "new Image().src = 'http://127.0.0.1:PORT/i.png'",
    "websocket": "new WebSocket('ws://127.0.0.1:PORT/')",
    "event source": "new EventSource('http://127.0.0.1:PORT/')",
    "beacon": "navigator.sendBeacon('http://127.0.0.1:PORT/', 'x')",
    "popup": "window.open('http://127.0.0.1:PORT/')",
    "frame": "const f = document.createElement('iframe');"
    "f.src = 'http://127.0.0.1:PORT/'; document.body.append(f)",
    "preconnect": "const l = document.createElement('link'); l.rel = 'preconnect';"
    "l.href = 'http://127.0.0.1:PORT/'; document.head.append(l)",
    "prefetch": "const l = document.createElement('link'); l.rel = 'prefetch';"
    "l.href = 'http://127.0.0.1:PORT/'; document.head.append(l)",
    "worker": "new Worker(URL.createObjectURL(new Blob(["
    "'fetch(\"http://127.0.0.1:PORT/\").catch(() => 0)'])))",
    "rtc": "const p = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:PORT'}]});"
    "p.createDataChannel('x'); p.createOffer().then((o) => p.setLocalDescription(o))",
    "redirect": "location.href = 'http://127.0.0.1:PORT/'",
    "name": "fetch('http://localhost:PORT/').catch(() => 0)",
}


@pytest.mark.parametrize("attempt", sorted(ATTEMPTS))
def test_nothing_passes(renderer, listener, tmp_path, attempt):
    """No API of a page reaches a server on this machine."""
    script = ATTEMPTS[attempt].replace("PORT", str(listener.port))
    # The page stays open long enough for what it started to be on its way.
    wait = "await new Promise((done) => setTimeout(done, 400))"
    body = f"<script>addEventListener('load', () => {{ {script} }})</script>"
    hold = f"<script>window.__tailwindReady = (async () => {{ {wait} }})()</script>"
    project = write_project(tmp_path / "project", composition(body + hold))

    with contextlib.suppress(HyperframesError):
        renderer.plan(project, tmp_path / "plan")

    assert listener.heard == []


# A page that waits for its answer is told of at once. Chrome tells of what nobody waits
# for beside the frames: rarely some of them later.
@pytest.mark.parametrize(
    ("hold", "latest"), [("event.detail.waitUntil", 16), ("void", 29)]
)
def test_an_unplanned_address_is_an_error_with_its_frame(
    renderer, tmp_path, hold, latest
):
    """A chunk that asks for something new fails by name, not with a blank."""
    body = """<script>
      let asked = false;
      addEventListener("hf-seek", (event) => {
        if (window.chunk && event.detail.time > 0.5 && !asked) {
          asked = true;
          HOLD(fetch("https://example.com/late.json?token=secret").catch(() => 0));
        }
      });
    </script>""".replace("HOLD", hold)
    project = write_project(tmp_path / "project", composition(body))
    planned = renderer.plan(project, tmp_path / "plan")
    page = tmp_path / "plan" / "compiled" / "index.html"
    # The page is told that it is in a chunk by an edit no verification sees: the plan is
    # sealed again around it.
    _reseal(
        planned,
        page,
        page.read_text().replace("let asked", "window.chunk = 1; let asked"),
    )

    with pytest.raises(PageError) as caught:
        renderer.render_chunk(tmp_path / "plan", 0, tmp_path / "0.mp4")

    assert "https://example.com/late.json" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.frame is not None
    assert 16 <= caught.value.frame <= latest


def _reseal(planned: hf.Plan, path, text: str) -> None:
    from hyperframes_dist._model.manifest import dump_manifest, seal
    from hyperframes_dist._tools.files import sha256_file

    path.write_text(text)
    size, digest = sha256_file(path)
    rows = tuple(
        attrs.evolve(row, size=size, sha256=digest)
        if row.path == "compiled/index.html"
        else row
        for row in planned.content.artifacts
    )
    content = attrs.evolve(planned.content, artifacts=rows)
    sealed = seal(content, planned.manifest.schedule, planned.manifest.notes)
    (planned.path / "plan.json").write_bytes(dump_manifest(sealed))


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x.js",
        "https://127.0.0.1/x.js",
        "https://[::1]/x.js",
        "file:///etc/passwd",
    ],
)
def test_plans_reach_no_private_address(renderer, tmp_path, address):
    """An address inside the caller's network is refused while planning."""
    body = f'<script src="{address}"></script>'
    project = write_project(tmp_path / "project", composition(body))

    with pytest.raises((ResolveError, PageError)):
        renderer.plan(project, tmp_path / "plan")
