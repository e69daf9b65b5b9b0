"""
The report of a render: one page that says what was made, by which tools, and where the time
went. It needs nothing beside itself: charts are shapes in it, and pictures its own bytes.
"""

from __future__ import annotations

import itertools
import math
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import attrs

from .._check.check import check
from .._check.project import ID, SRC, read_project, scope_of
from .._check.timing import length_of, start_of, window_of
from .._encode.still import Still
from .._estimate.fit import fit_records
from .._estimate.model import predict_local
from .._estimate.record import PerfRecord
from .._estimate.report import work_of
from .._estimate.spans import Drawn
from .._model.config import RenderConfig
from .._model.results import OutputResult, Plan
from .._tools.charts import Bar, bars, columns, require_charts, spans
from .._tools.files import work_dir, write_file
from .._tools.leftovers import temp_dir
from ..errors import HyperframesError, InputError

_SLOWEST, _MOST_COLUMNS, _MOST_BARS, _MOST_CLIPS = 4, 600, 120, 40
_MORE_WORKERS = (1, 2, 4, 8, 16)


@attrs.frozen(kw_only=True)
class Facts:
    """
    What a report is made of.

    Attributes:
        project: The directory of the composition.
        config: What was asked for.
        plan: What was drawn.
        result: What was made.
        record: What each part took.
        drawn: The segments that were drawn, frame by frame.
        sizes: Bytes of each segment, by its place in the plan.
        slow: Pictures of the slowest frames, each with its seconds.
    """

    project: Path
    config: RenderConfig
    plan: Plan
    result: OutputResult
    record: PerfRecord
    drawn: tuple[Drawn, ...]
    sizes: Mapping[int, int]
    slow: tuple[tuple[Still, float], ...]


def check_report(path: Path | None) -> None:
    """
    Refuse a report that could not be written, before anything is rendered.

    Raises:
        InputError: *path* is a directory, no page, or in no place that can be written to,
            or charts cannot be drawn.
    """
    if path is None:
        return
    if path.is_dir():
        raise InputError(f"report {str(path)!r} is a directory; name a file")
    if path.suffix.lower() not in {".html", ".htm"}:
        name = f"{path.stem or 'report'}.html"
        raise InputError(f"report {str(path)!r} is a page; name it {name}")
    require_charts()
    with work_dir(path):
        pass


def frame_seconds(drawn: Iterable[Drawn]) -> dict[int, float]:
    """
    What each frame took until it was there, by its number.

    A segment's first frame has the way to it in it.
    """
    found: dict[int, float] = {}
    for one in drawn:
        last = one.begun
        for frame, arrival in zip(one.segment.frames, one.arrivals, strict=False):
            found[frame] = max(0.0, arrival.at - last)
            last = arrival.at
    return found


def slowest_frames(drawn: Iterable[Drawn]) -> list[tuple[int, float]]:
    """The frames that took longest, with their seconds, the slowest first."""
    seconds = frame_seconds(drawn)
    ranked = sorted(seconds, key=lambda frame: (-seconds[frame], frame))
    return [(frame, seconds[frame]) for frame in ranked[:_SLOWEST]]


def write_report(facts: Facts, path: Path) -> None:
    """Write the report of *facts* to *path*; it appears whole or not at all."""
    parts = [
        ("What was made", _made(facts)),
        ("Timeline", _timeline(facts)),
        ("Time by stage", _stages(facts)),
        ("Milliseconds a frame", _frames(facts)),
        ("Chunks and workers", _workers(facts)),
        ("Size by segment", _sizes(facts)),
        ("Critical path, and more workers", _path(facts)),
        ("Warnings", _warnings(facts)),
        ("Settings", _table(_settings(facts))),
        ("Toolchain", _table(_flat(attrs.asdict(facts.plan.content.toolchain)))),
        ("Hashes", _table(_hashes(facts))),
    ]
    body = "".join(
        f'<section id="{_slug(title)}"><h2>{title}</h2>{text}</section>'
        for title, text in parts
        if text
    )
    title = escape(facts.result.path.name)
    page = _PAGE.replace("{title}", title).replace("{body}", body)
    write_file(path, page.encode())


def _slug(title: str) -> str:
    return title.lower().replace(",", "").replace(" ", "-")


def _table(rows: Iterable[tuple[str, Any]]) -> str:
    cells = "".join(
        f"<tr><th>{escape(str(name))}</th><td>{escape(str(value))}</td></tr>"
        for name, value in rows
    )
    return f"<table>{cells}</table>" if cells else ""


def _flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, item in value.items():
        if isinstance(item, Mapping):
            yield from _flat(item, f"{above}{name}.")
        elif isinstance(item, list | tuple):
            yield f"{above}{name}", " ".join(map(str, item))
        elif item is not None:
            yield f"{above}{name}", str(item)


def _made(facts: Facts) -> str:
    result, record = facts.result, facts.record
    machine = record.machine
    length = f"{result.frame_count} frames, {float(result.duration):g} s"
    rows = [
        ("file", result.path),
        ("length", f"{length} at {facts.plan.content.frame_rate} frames per second"),
        (
            "picture",
            f"{result.width}x{result.height}, {record.format} ({record.codec})",
        ),
        ("size", f"{result.size} bytes"),
        ("took", f"{record.total:.2f} s with {record.workers} workers"),
        (
            "speed",
            f"{result.frame_count / max(record.total, 1e-9):.1f} frames per second",
        ),
        ("on", " ".join(f"{k}={v}" for k, v in _flat(attrs.asdict(machine)))),
        ("still stretches", _still(facts)),
    ]
    if result.reused:
        rows.append(("kept from before", f"{result.reused} segments"))
    return _table(rows)


def _still(facts: Facts) -> str:
    """Runs of frames that are the one before them, to the bit."""
    same = [
        frame
        for one in facts.drawn
        for frame, arrival in zip(one.segment.frames, one.arrivals, strict=False)
        if arrival.is_same
    ]
    runs = [
        [frame for _, frame in run]
        for _, run in itertools.groupby(
            enumerate(sorted(same)), key=lambda pair: pair[1] - pair[0]
        )
    ]
    rate = facts.plan.content.frame_rate
    shown = ", ".join(
        f"{float(rate.time_of(run[0] - 1)):.2f}–{float(rate.time_of(run[-1] + 1)):.2f} s"
        for run in sorted(runs, key=len, reverse=True)[:8]
    )
    return f"{len(same)} frames are the one before; {shown}" if runs else "none"


def _timeline(facts: Facts) -> str:
    """The clips of the entry, as its files say; what only the page knows is not there."""
    try:
        entry = read_project(facts.project, facts.config).entry
    except (HyperframesError, OSError):
        return ""
    rows: list[tuple[str, list[Bar]]] = []
    end = float(facts.plan.duration)
    for node in entry.shown():
        start, scope = start_of(node, entry), scope_of(node)
        if node.get("data-start") is None or scope is None or start is None:
            continue
        window = window_of(node, entry) or (start, length_of(entry, scope) or end)
        name = node.get("id") or node.get(ID) or f"<{node.tag}>"
        file = node.get("src") or node.get(SRC) or ""
        kind = {"audio": 3, "video": 2}.get(node.tag, 1 if node.get(SRC) else 0)
        label = f"{name} {file}".strip()
        row = f"{name} ({file.rpartition('/')[2]})" if file else name
        length = max(0.0, window[1] - window[0])
        rows.append((row[:40], [Bar(window[0], length, label, kind)]))
    content = facts.plan.content
    media = [("sound", "one mix" if content.sound else "none")]
    media += [(f"video {v.id}", f"{v.width}x{v.height}") for v in content.videos]
    media += [
        (f"footage {f.name}", f"{f.codec} {f.width}x{f.height}")
        for f in content.footage
    ]
    chart = spans(rows[:_MOST_CLIPS], "s") if rows else ""
    return chart + _table(media)


def _stages(facts: Facts) -> str:
    record = facts.record
    drawing = record.total - record.launch - record.plan - record.join
    rows = [
        ("browser's start", record.launch),
        ("plan", record.plan),
        ("draw and encode", max(0.0, drawing)),
        ("join", record.join),
    ]
    sums = {
        name: sum(getattr(s, name) for s in record.segments)
        for name in ("seek", "show", "draw", "decode", "wait", "finish")
    }
    inner = [(f"workers: {name}", value) for name, value in sums.items()]
    return bars([*rows, *inner], "s")


def _frames(facts: Facts) -> str:
    seconds = frame_seconds(facts.drawn)
    if not seconds:
        return "<p>No frame was drawn: all were kept from before.</p>"
    frames = sorted(seconds)
    step = math.ceil(len(frames) / _MOST_COLUMNS)
    groups = [frames[n : n + step] for n in range(0, len(frames), step)]
    chart = columns(
        [str(group[0]) for group in groups],
        [1000 * max(seconds[frame] for frame in group) for group in groups],
        "ms",
    )
    ordered = sorted(seconds.values())
    middle = 1000 * ordered[len(ordered) // 2]
    worst = 1000 * ordered[-1 - len(ordered) // 20]
    said = (
        f"<p>Half of them took at most {middle:.1f} ms, 19 of 20 at most {worst:.1f} ms"
    )
    more = f"; a column is the slowest of {step} frames" if step > 1 else ""
    return f"{said}{more}.</p>{chart}{_pictures(facts)}"


def _pictures(facts: Facts) -> str:
    cells = []
    for still, seconds in facts.slow:
        with temp_dir("report") as folder:
            data = b64encode(still.save(folder / "still.webp").read_bytes()).decode()
        at = f"frame {still.frame}, {float(still.time):.2f} s: {1000 * seconds:.0f} ms"
        cells.append(
            f'<figure><img alt="{at}" src="data:image/webp;base64,{data}">'
            f"<figcaption>{at}</figcaption></figure>"
        )
    return f'<div class="row">{"".join(cells)}</div>' if cells else ""


def _workers(facts: Facts) -> str:
    rows: dict[int, list[Drawn]] = {}
    for one in sorted(facts.drawn, key=lambda one: one.begun):
        rows.setdefault(one.worker, []).append(one)
    chunk_of = {
        index: number
        for number, (first, stop) in enumerate(facts.plan.manifest.schedule.chunks)
        for index in range(first, stop)
    }
    charted = [
        (f"worker {worker}", _merged(row, chunk_of))
        for worker, row in sorted(rows.items())
    ]
    chunks = facts.plan.chunk_count
    cut = f"{len(facts.drawn)} segments, {chunks} chunk{'s' * (chunks != 1)}"
    said = f"<p>{cut}; in seconds of the call.</p>"
    return said + spans(charted, "s") if charted else ""


def _merged(row: Sequence[Drawn], chunk_of: Mapping[int, int]) -> list[Bar]:
    """A bar a segment; where there are very many, a bar for several in a row."""
    step = math.ceil(len(row) / _MOST_BARS)
    made = []
    for place in range(0, len(row), step):
        first, last = row[place], row[min(place + step, len(row)) - 1]
        names = f"segment {first.segment.index}"
        if last is not first:
            names += f" to {last.segment.index}"
        chunk = chunk_of.get(first.segment.index, 0)
        made.append(
            Bar(first.begun, last.ended - first.begun, f"{names}, chunk {chunk}", chunk)
        )
    return made


def _sizes(facts: Facts) -> str:
    if not facts.sizes:
        return ""
    indices = sorted(facts.sizes)
    step = math.ceil(len(indices) / _MOST_COLUMNS)
    groups = [indices[n : n + step] for n in range(0, len(indices), step)]
    values = [sum(facts.sizes[i] for i in group) / 1000 for group in groups]
    return columns([str(group[0]) for group in groups], values, "kB")


def _path(facts: Facts) -> str:
    record = facts.record
    rows = [("browser's start", record.launch), ("plan", record.plan)]
    ends: dict[int, float] = {}
    for one in facts.drawn:
        ends[one.worker] = max(ends.get(one.worker, 0.0), one.ended)
    if ends:
        last = max(ends, key=lambda worker: ends[worker])
        began = min(one.begun for one in facts.drawn if one.worker == last)
        rows.append((f"worker {last}, the last to end", ends[last] - began))
    rows.append(("join", record.join))
    table = _table((name, f"{seconds:.2f} s") for name, seconds in rows)
    return table + _more(facts)


def _more(facts: Facts) -> str:
    """What other numbers of workers would take, as this render predicts it."""
    work = work_of(facts.plan.content)
    try:
        model = fit_records([facts.record], work, facts.plan.content_hash)
    except InputError:
        return ""
    profile = model.profile(work)
    rows = []
    for count in sorted({*_MORE_WORKERS, facts.record.workers}):
        wall = predict_local(profile, count).wall
        said = f"{wall.likely:.1f} s ({wall.low:.1f} to {wall.high:.1f})"
        rows.append((f"{count} worker{'s' * (count != 1)}", said))
    cores = facts.record.machine.cores
    return (
        f"<p>Expected with other numbers of workers on this machine, which has {cores} "
        f"processors:</p>{_table(rows)}"
    )


def _warnings(facts: Facts) -> str:
    try:
        findings = check(facts.project, facts.config).findings
    except (HyperframesError, OSError):
        findings = ()
    rows = [
        f"<li><code>{escape(f'{f.file}:{f.line}:{f.column}')}</code> <b>{f.code}</b> "
        f"{escape(f.message)}; {escape(f.hint)}"
        + (f"<br><code>{escape(f.element)}</code>" if f.element else "")
        + "</li>"
        for f in findings
        if f.severity != "note"
    ]
    told = {str(finding) for finding in findings}
    rows += [f"<li>{escape(w)}</li>" for w in facts.result.warnings if w not in told]
    return f"<ul>{''.join(rows)}</ul>" if rows else "<p>None.</p>"


def _settings(facts: Facts) -> Iterator[tuple[str, str]]:
    config = facts.config
    for field in attrs.fields(type(config)):
        value = getattr(config, field.name)
        if field.name == "variables":
            continue  # They may be secrets, and the film shows what it shows of them.
        if value is not None and not attrs.has(type(value)):
            yield field.name, str(value)
    yield "variables", ", ".join(config.variables) or "none"
    yield from _flat(attrs.asdict(facts.plan.content.encoder), "encoder.")
    yield from _flat(attrs.asdict(facts.plan.content.capture), "capture.")


def _hashes(facts: Facts) -> list[tuple[str, str]]:
    return [
        ("output, sha256", facts.result.sha256),
        ("content", facts.plan.content_hash),
        ("plan", facts.plan.plan_hash),
    ]


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #0f172a; background: #fff;
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem }
table { border-collapse: collapse } th, td { padding: .15rem .8rem .15rem 0;
  text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { color: #475569; font-weight: 500; white-space: nowrap }
svg { width: 100%; height: auto; display: block }
.row { display: flex; gap: 1rem; flex-wrap: wrap } figure { margin: 0; flex: 1 1 12rem }
img { width: 100%; border: 1px solid #cbd5e1 } figcaption, code { font-size: .85rem }
</style></head><body><h1>{title}</h1>{body}</body></html>
"""
