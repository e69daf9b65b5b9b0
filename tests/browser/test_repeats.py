"""What a page asks of its browser, and is told otherwise each time by one that is not held."""

from __future__ import annotations

import pytest

from pages import composition, write_project

SHOWN = "<p id='it' style='color: #fff; font: 9px monospace; margin: 0'>x</p>"
_WORKER = """const worker = new Worker(URL.createObjectURL(new Blob([%r])));
    worker.onmessage = ({ data }) => { it.textContent = data; };
    addEventListener('hf-seek', () => worker.postMessage(1));"""
ASKED = {
    "a worker's clock": _WORKER % "onmessage = () => postMessage(performance.now())",
    "a worker's date": _WORKER
    % "onmessage = () => postMessage(Date.now() + new Date())",
    "a worker's dice": _WORKER % "onmessage = () => postMessage(Math.random())",
    "a worker that waits for its clock": _WORKER
    % "onmessage = () => { const t = Date.now(); while (Date.now() - t < 5); postMessage(1) }",
    "the connection": """const { rtt, downlink } = navigator.connection;
        it.textContent = [rtt, downlink].join()""",
    "entries": """addEventListener('hf-seek', () => {
        it.textContent = performance.getEntries().map((e) => e.entryType).join(); })""",
    "long tasks": """let n = 0; new PerformanceObserver(() => { n++; })
        .observe({ type: 'longtask' }); const t = [];
        for (let i = 0; i < 3e6; i++) t.push(i);
        addEventListener('hf-seek', () => { it.textContent = n; })""",
    "a canvas as a file": """let names = []; for (const n of [1, 2, 3]) {
        const canvas = document.createElement('canvas'); canvas.width = 99 * n;
        canvas.toBlob(({ size }) => { it.textContent = names.push([n, size]) && names; },
        n > 1 ? 'image/webp' : 'image/png'); }""",
    "a canvas without a page": """const canvas = new OffscreenCanvas(9, 9);
        canvas.getContext('2d'); canvas.convertToBlob({ type: 'image/png' }).then(
        async (blob) => { it.textContent = [blob.size, blob.type].join(); })""",
    "a database": """const opens = indexedDB.open('d');
        opens.onupgradeneeded = () => opens.result.createObjectStore('s');
        opens.onsuccess = () => addEventListener('hf-seek', ({ detail }) => {
          const kept = opens.result.transaction('s', 'readwrite').objectStore('s');
          kept.put(detail.time, 'k');
          kept.get('k').onsuccess = ({ target }) => { it.textContent = target.result; };
        })""",
    "a lock": """addEventListener('hf-seek', ({ detail }) => {
        for (const n of [1, 2])
          navigator.locks.request('l', () => { it.textContent = detail.time + n; }); })""",
    "a file of its own": """addEventListener('hf-seek', async ({ detail }) => {
        const root = await navigator.storage.getDirectory();
        const file = await root.getFileHandle('f', { create: true });
        const pen = await file.createWritable();
        await pen.write(String(detail.time));
        await pen.close();
        it.textContent = await (await file.getFile()).text(); })""",
    "how far its graphics are": """const gl = new OffscreenCanvas(9, 9).getContext('webgl2');
        const query = gl.createQuery(), kind = gl.ANY_SAMPLES_PASSED;
        let asked = false, n = 0; addEventListener('hf-seek', () => {
          if (asked && gl.getQueryParameter(query, gl.QUERY_RESULT_AVAILABLE)) {
            n++; asked = false;
          } else if (!asked) {
            gl.beginQuery(kind, query); gl.endQuery(kind); asked = true;
          }
          it.textContent = n; })""",
}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ASKED)
def test_it_is_the_same_each_time(name, renderer, tmp_path):
    """Frames are the same on a page of their own, whoever draws them."""
    script = f"<script>const it = document.getElementById('it'); {ASKED[name]}</script>"
    html = composition(SHOWN + script, duration="0.5", width=300, height=40)
    project = write_project(tmp_path / "film", html)
    planned = renderer.plan(project, tmp_path / "plan", segment_seconds="0.1")

    drawn = [
        [still.data for still in renderer.stills(planned, frames=frames)]
        for frames in ([13], [7, 13], [2, 7, 10, 13])
    ]
    empty = renderer.stills(
        write_project(tmp_path / "empty", composition(SHOWN, width=300, height=40)),
        frames=[0],
    )

    assert drawn[0][-1] == drawn[1][-1] == drawn[2][-1]
    assert drawn[0][-1] != empty[0].data
