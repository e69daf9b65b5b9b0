"""What a page or a worker reads of time and of the machine is the same everywhere."""

from __future__ import annotations

import json

import pytest

import hyperframes_dist as hf
from pages import composition, write_project

# Throws where a reading is another one: what it is, and what it should be.
_READ = """const read = (scope, now) => {
  const day = new Intl.DateTimeFormat("en", { dateStyle: "short" });
  performance.mark("m");
  const pairs = {
    event: [new Event("e").timeStamp, now],
    mark: [performance.getEntriesByName("m").at(-1).startTime, now],
    measure: [performance.measure("n").duration, now],
    day: [day.format(), "1/1/70"],
    parts: [day.formatToParts().at(-1).value, "70"],
    file: [new File([""], "f").lastModified, now],
    kind: [new File([""], "f") instanceof File, true],
    dated: [new File([""], "f", { lastModified: 7 }).lastModified, 7],
    cores: [navigator.hardwareConcurrency, 4],
    memory: [navigator.deviceMemory, 8],
    network: [navigator.connection?.downlink ?? 10, 10],
    origin: [JSON.stringify(performance.toJSON().timeOrigin), "0"],
    moments: [performance.getEntriesByType("resource").flatMap((entry) =>
      Object.entries(entry.toJSON()).filter(([name]) => /Start|End$/.test(name))
        .map(([, value]) => value)).filter(Boolean).length, 0],
  };
  if (scope.document) {
    const form = new FormData();
    form.append("b", new Blob([""]), "b.txt");
    const { fetchStart, responseEnd, loadEventEnd } = performance.timing;
    Object.assign(pairs, {
      form: [form.get("b").lastModified, now],
      named: [form.get("b").name, "b.txt"],
      filed: [form.get("b") instanceof File, true],
      document: [document.lastModified, "01/01/1970 00:00:00"],
      timing: [fetchStart + responseEnd + loadEventEnd, 0],
      shown: [document.createElement("video").getVideoPlaybackQuality().creationTime, now],
      heap: [performance.memory.usedJSHeapSize, 16 * 2 ** 20],
      voices: [speechSynthesis.getVoices().length, 0],
    });
  }
  for (const [name, [value, wanted]] of Object.entries(pairs))
    if (value !== wanted) return `${name} is ${value} and not ${wanted}, at ${now}`;
  return "";
};"""
_PAGE = """requestAnimationFrame(function turn(now) {
  const wrong = read(self, now);
  if (wrong) throw new Error(wrong);
  requestAnimationFrame(turn);
});"""
_WORKER = f"""const w = new Worker(URL.createObjectURL(new Blob([{
    json.dumps(_READ + "onmessage = ({ data }) => postMessage(read(self, data));")
}])));
let heard = 0;
w.onmessage = ({{ data }}) => {{ if (data) throw new Error(data); heard++ }};
addEventListener("hf-seek", ({{ detail }}) => {{
  if (detail.time > 0.3 && !heard) throw new Error("the worker says nothing");
  w.postMessage(performance.now());
}});"""


@pytest.mark.parametrize("script", [_READ + _PAGE, _WORKER], ids=["page", "worker"])
def test_readings_are_the_films(renderer, tmp_path, script):
    """Whatever the machine's time, its zone, its load, and what is plugged in."""
    page = composition(f"<script>{script}</script>", duration="0.6")
    project = write_project(tmp_path / "project", page)

    renderer.render(project, tmp_path / "out.mp4", hf.RenderConfig(fps=10))


# Answers of Chrome's other processes: whoever is told next has them by then.
_ASKED = """const ask = {
  media: () => navigator.mediaCapabilities.decodingInfo({ type: "file", video: {
    width: 9, height: 9, bitrate: 9, framerate: 9, contentType: 'video/webm; codecs="vp8"',
  } }),
  clipboard: () => navigator.clipboard.readText().catch(() => {}),
  worklet: () =>
    new OfflineAudioContext(1, 9, 44100).audioWorklet.addModule("data:text/javascript,"),
  codec: () => VideoEncoder.isConfigSupported({ codec: "vp8", width: 64, height: 64 }),
  offer: () => new RTCPeerConnection().createOffer({ offerToReceiveAudio: true }),
};
addEventListener("hf-seek", async ({ detail }) => {
  await ask[NAME]();
  if (performance.now() !== detail.time * 1000) throw new Error("answered in another frame");
});"""


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", ["media", "clipboard", "worklet", "codec", "offer"])
def test_answers_come_in_their_frame(renderer, tmp_path, name):
    script = _ASKED.replace("NAME", json.dumps(name))
    page = composition(f"<script>{script}</script>", duration="1.2")
    project = write_project(tmp_path / "project", page)

    renderer.render(project, tmp_path / "out.mp4", hf.RenderConfig(fps=10))
