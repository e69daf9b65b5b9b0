"""
From a change of a file to what `Preview` shows of it.

The page is told (``told``) and has the author's document again (``live``); beside it comes the
frame a render would give (``frame``), for which the project is planned anew. The clock's
seconds are worth something on an idle machine only, the processors' are those of every process
below this one: ``python benchmarks/preview_change.py [PROJECT] [CHANGES]``.
"""

from __future__ import annotations

import http.client
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from still_ratio import Stopwatch

import hyperframes_dist as hf

_DEMO = Path(__file__).parents[1] / "examples" / "launch-film"


def main() -> None:
    """Print the seconds of each, as one line of JSON."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else _DEMO
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as folder:
        project = Path(shutil.copytree(source, Path(folder) / "project"))
        with hf.Preview(project) as preview:
            get(preview, "/frame/0.png")
            events = listen(preview)
            rows = [change(preview, project, events, n) for n in range(count)]
            events.close()
    clock = {
        name: statistics.median(row[name].clock for row in rows) for name in rows[0]
    }
    spent = {
        name: statistics.median(row[name].spent for row in rows) for name in rows[0]
    }
    print(json.dumps({"changes": count, **clock, "processors": spent}))


def change(
    preview: hf.Preview, project: Path, events: http.client.HTTPResponse, number: int
) -> dict[str, Stopwatch]:
    """The time from change *number* of the document to each thing that shows it."""
    entry = project / "index.html"
    mark = f"<!-- change {number} -->"
    text = entry.read_text("utf-8").replace("</body>", f"{mark}</body>", 1)
    watches = {name: Stopwatch() for name in ("told", "live", "frame")}
    entry.write_text(text, "utf-8")
    while not events.readline().startswith(b"data:"):
        pass  # The blank line behind the event before.
    watches["told"].stop()
    if mark.encode() not in get(preview, "/live/index.html"):
        raise AssertionError("the page that plays is the old one")
    watches["live"].stop()
    get(preview, "/frame/0.png")
    watches["frame"].stop()
    return watches


def listen(preview: hf.Preview) -> http.client.HTTPResponse:
    """The preview's changes as they come, behind the one that says how it is now."""
    connection = connect(preview)
    connection.request("GET", "/events")
    events = connection.getresponse()
    events.readline()
    return events


def get(preview: hf.Preview, path: str) -> bytes:
    """What the preview gives at *path*."""
    connection = connect(preview)
    connection.request("GET", path)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    if answer.status != http.client.OK:
        raise AssertionError(f"{path}: {answer.status} {data[:200]!r}")
    return data


def connect(preview: hf.Preview) -> http.client.HTTPConnection:
    """A connection to the preview."""
    return http.client.HTTPConnection(urlsplit(preview.url).netloc, timeout=120)


if __name__ == "__main__":
    main()
