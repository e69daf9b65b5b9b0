"""A live preview in a browser, by hls.js, while the film it shows is made."""

from __future__ import annotations

import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import hyperframes_dist as hf
from hyperframes_dist import engines

SCRIPT = Path(__file__).with_name("live_page.mjs")
# A browser that plays H.264; those that npm brings for drawing may not.
BROWSER = "chromium-headless-shell"
CONFIG = hf.RenderConfig(fps=30, chunks=3, segment_seconds=1)
FILM = """<!doctype html><html><body style="margin: 0">
<div id="root" data-composition-id="main" data-no-timeline data-duration="6"
  data-width="320" data-height="180" style="position: relative; width: 320px; height: 180px">
<div class="clip" data-start="0" data-duration="6" style="width: 90px; height: 90px;
  background: teal; animation: go 6s linear"></div>
<audio src="tone.wav" data-start="0" data-duration="6"></audio>
<style>@keyframes go { to { transform: translateX(200px) } }</style></div></body></html>
"""
PAGE = """<!doctype html><video muted playsinline></video><script src="hls.min.js"></script>
<script>
  window.video = document.querySelector("video");
  window.seen = [];
  window.hls = new Hls();
  hls.on(Hls.Events.ERROR, (_, data) => data.fatal && seen.push(data.details));
  hls.loadSource("%s");
  hls.attachMedia(video);
  hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
</script>
"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of *folder*, as any web server would have it."""
    handler = partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def tone() -> bytes:
    """Six seconds of a square wave as a WAV."""
    rate, samples = 8000, b"\x10" * 20 + b"\xf0" * 20
    data = samples * (6 * rate // len(samples))
    head = b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt "
    facts = (16, 4), (1, 2), (1, 2), (rate, 4), (rate, 4), (1, 2), (8, 2)
    packed = b"".join(value.to_bytes(size, "little") for value, size in facts)
    return head + packed + b"data" + len(data).to_bytes(4, "little") + data


def test_a_browser_plays_what_is_still_made(tmp_path):
    """From the first second, with its sound; it goes on as the list grows, to the end."""
    project, store = tmp_path / "project", tmp_path / "store"
    project.mkdir()
    (project / "index.html").write_text(FILM)
    (project / "tone.wav").write_bytes(tone())
    npm = ["npm", "install", "--silent", "--no-save", "playwright-core@1", "hls.js@1"]
    subprocess.run(npm, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    shutil.copy(SCRIPT, tmp_path)
    shutil.copy(tmp_path / "node_modules/hls.js/dist/hls.min.js", tmp_path)
    address = "/store/live/film/film.m3u8"
    (tmp_path / "page.html").write_text(PAGE % address)
    request = engines.deploy(project, CONFIG, store=store, name="film", live=True)
    planned = engines.run_job(request.plan_job())
    sound, first, *rest = request.part_jobs(planned)
    for job in (sound, first):
        engines.run_job(job)
    browser = shutil.which(BROWSER)
    assert browser, f"apt-get install {BROWSER}"

    with (
        served(tmp_path) as root,
        ThreadPoolExecutor(1) as pool,
        subprocess.Popen(
            ["node", SCRIPT.name, f"{root}/page.html", browser],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as player,
    ):
        assert player.stdin is not None
        assert player.stdout is not None
        early = json.loads(player.stdout.readline())
        made = [pool.submit(engines.run_job, job) for job in rest]
        player.stdin.write("go on\n")
        player.stdin.flush()
        late = json.loads(player.stdout.readline())
    assert 0 == player.returncode
    assert [None, None] == [each.exception() for each in made]

    assert (True, 2, [320, 180], 1) == tuple(
        early[key] for key in ("live", "fragments", "size", "tracks")
    )
    assert 1.9 < early["edge"] < 2.1
    assert early["heard"] > 0
    assert (False, 6, True, 1) == tuple(
        late[key] for key in ("live", "fragments", "ended", "ranges")
    )
    assert abs(late["duration"] - 6) < 0.05
    assert abs(late["begin"]) < 0.05
    assert late["frames"] > 150
    assert [] == late["faults"] + late["pageFaults"]
