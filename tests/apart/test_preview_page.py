"""The preview's page, with the clicks of a person in a browser that Playwright drives."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import hyperframes_dist as hf

SCRIPT = Path(__file__).with_name("preview_page.mjs")
PAGE = """<!doctype html><html data-composition-variables='[
  {"id": "tone", "type": "enum", "options": ["red", "lime"], "default": "red"},
  {"id": "word", "type": "string", "default": "a"}]'><head><style>
  body { margin: 0 } #root { width: 64px; height: 32px; background: var(--tone) }
  #late { position: absolute; inset: 0; background: blue }
  </style></head><body>
  <div id="root" data-composition-id="main" data-no-timeline data-duration="1"
    data-width="64" data-height="32">
  <div id="late" class="clip" data-start="0" data-duration="0.5"></div>
  <p data-var-text="word"></p></div></body></html>
"""
BLUE, RED, LIME = [0, 0, 255, 255], [255, 0, 0, 255], [0, 255, 0, 255]


def test_a_person_seeks_plays_sets_and_saves(tmp_path):
    """The bar, the button, the form and the file each show what they are to show."""
    project = tmp_path / "project"
    project.mkdir()
    page = project / "index.html"
    page.write_text(PAGE, "utf-8")
    shutil.copy(SCRIPT, tmp_path)
    npm = ["npm", "install", "--silent", "--no-save", "playwright-core@1"]
    subprocess.run(npm, cwd=tmp_path, check=True, capture_output=True, timeout=120)

    with hf.Preview(project) as preview:
        words = (preview.url, str(hf.default_chrome().executable()), str(page))
        done = subprocess.run(
            ["node", SCRIPT.name, *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    assert "" == done.stderr
    seen = json.loads(done.stdout)
    assert "64\u00d732, 30 frames at 30" == seen["facts"]
    assert (BLUE, RED, LIME) == (seen["first"], seen["sought"], seen["set"])
    assert "frame 29, 0.967 s" == seen["place"]
    assert 1 == seen["live"]
    assert [["tone", "SELECT", "select-one"], ["word", "INPUT", "text"]] == seen[
        "fields"
    ]
    assert ("Pause", "Play") == (seen["playing"], seen["paused"])
    assert "HF102" in seen["finding"]
    assert seen["reloaded"] < 500
    assert [] == seen["faults"]
