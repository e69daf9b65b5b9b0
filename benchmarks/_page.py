"""
The page of results, docs/performance.md and its pictures, from recorded results.

Says nothing that is not in them: no figure is written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
from _plots import GREY, OURS, THEIRS, Bar, Line, bars, lines
from _results import DISTURBED, Case, Ratio, Result, Series
from _spent import OUTSIDE, added_by_processes, parts_of

TITLES = {
    "vs_hyperframes": "Beside HyperFrames",
    "scenes": "Seven scenes beside HyperFrames",
    "vs_remotion": "Beside Remotion",
    "vs_webvideocreator": "Beside web-video-creator",
    "scaling": "Chunks and machines",
    "place": "A chunk's place in the film",
    "footage": "Video in the film",
    "limit": "The machine's own limit",
    "profile": "Where the processors' time goes",
    "render": "One chunk",
    "s3": "A store on S3",
}
"""Every benchmark, in the order it is run and shown."""

GOALS = {
    "vs_hyperframes": {
        "cli-720p": 2.8,
        "cli-1080p": 2.3,
        "parallel-720p": 2.8,
        "parallel-1080p": 2.3,
        "in-turn-720p": 2.5,
        "in-turn-1080p": 2.5,
        "fixed-cost": 4,
    },
    "scenes": {
        "cards": 3.8,
        "slides": 5,
        "captions": 3.5,
        "webgl": 1.6,
        "circles": 3.5,
        "glass": 3.5,
        "minute": 8,
    },
    "vs_remotion": {"remotion-720p": 2.8, "remotion-1080p": 2.2},
    "vs_webvideocreator": {"webvideocreator-720p": 1.7, "webvideocreator-1080p": 1.7},
}
"""How many times as fast as a peer we set out to be, by benchmark and case."""

_INTRO = """\
# Performance

This page and its pictures are written by `python benchmarks/report.py` from
[recorded results](../benchmarks/results); no figure in it is typed by hand.
"""

_METHOD = f"""\
## How it is measured

One file of `benchmarks/` per question. Whoever is compared runs on the same machine, in
the same run, in turns, and whoever was first is last in the next round; a short film
warms both up. What is timed is whole processes, from their start to the finished file,
unless a row says otherwise. All draw the same composition, where no other scene is named:
[sixteen cards that turn](../benchmarks/compositions/peer/index.html) in GSAP, with the
same headless shell, into H.264 in mp4 of the same size and rate.

Times are medians with their range in brackets. Beside each run stands what other
processes took of the machine's processors meanwhile; where that is more than
{DISTURBED:.0%} at the median the time is marked † and is not to be trusted.

PSNR is against a lossless capture of the middle of the film, two seconds at most, after
both were brought to limited BT.709 by what their files say of themselves: what a player
would show. It is comparable where the codec is the same; at another bit rate it has to be
read with the size beside it.

*Simulated* is said where it is meant: on this machine no more chunks can be rendered at
once than it has processors. Then each chunk is rendered alone, and the wall time of that
many machines is computed as plan + the slowest chunk + assemble, without what a store and
an orchestrator take.
"""

_REPEAT = """\
## Repeat it

Needs `chromium-headless-shell` and `ffmpeg` from the distribution, and npm; peers are
installed from npm at the versions above, once, into the cache: 1.7 GB, most of it a
Node.js for each and web-video-creator's ffprobe for five platforms. Nothing else should run
on the machine.

```bash
python benchmarks/report.py --runs 5
```

`--resume` goes on where a stopped report was, `--only limit,scaling` measures some
benchmarks again and keeps the others, `--render-only` writes the page from what is
recorded, and `--quick` tries everything in one short run and leaves this page alone.
`nox -s bench` does the same in an environment of its own. Each benchmark can be run by
itself:

```bash
python benchmarks/bench_limit.py --runs 3 --sizes 1280x720
```
"""


def write_page(results: Sequence[Result], page: Path) -> None:
    """Write *page* and, in a directory named like it, its pictures."""
    pictures = page.with_suffix("")
    pictures.mkdir(parents=True, exist_ok=True)
    for name, svg in draw_pictures(results).items():
        (pictures / name).write_text(svg)
    page.write_text(render_page(results, pictures.name))


def render_page(results: Sequence[Result], pictures: str) -> str:
    """The page as Markdown; *pictures* is the directory of its pictures."""
    names = draw_pictures(results)
    parts = [_INTRO, _circumstances(results), _in_short(results)]
    for result in results:
        parts.append(f"## {TITLES[result.bench]}\n\n{_markdown(result.question)}\n")
        # Times of two machines can only be compared by their ratios.
        parts.append(f"Measured on {result.machine}.\n")
        if f"{result.bench}.svg" in names:
            title = TITLES[result.bench]
            parts.append(f"![{title}]({pictures}/{result.bench}.svg)\n")
        for case in result.cases:
            parts.append(_case(case))
            if result.bench == "limit" and case.series:
                parts.append(parts_of(case))
        if result.bench == "profile":
            parts += [OUTSIDE, *added_by_processes(result)]
    return "\n".join([*parts, _METHOD, _REPEAT])


def _markdown(docstring: str) -> str:
    return docstring.replace("``", "`")


def _circumstances(results: Sequence[Result]) -> str:
    machines = sorted({result.machine for result in results})
    days = sorted(case.date[:10] for result in results for case in result.cases)
    versions: dict[str, set[str]] = {}
    for result in results:
        for name, version in result.versions.items():
            versions.setdefault(name, set()).add(version)
    listed = ", ".join(f"{n} {' and '.join(sorted(v))}" for n, v in versions.items())
    span = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    text = f"Measured on {'; '.join(machines)}, no GPU, on {span}, with {listed}.\n"
    return f"{text}\n{_load(results)}"


def _load(results: Sequence[Result]) -> str:
    every = [s for r in results for c in r.cases for s in c.series if s.foreign]
    bad = [series for series in every if series.disturbed]
    if not bad:
        return "The machine was quiet: no row is disturbed by other processes.\n"
    worst = max(max(series.foreign) for series in bad)
    return (
        f"**The machine was not quiet**: {len(bad)} of {len(every)} rows, those with †, "
        f"were measured while other processes took more than {DISTURBED:.0%} of its "
        f"processors, {worst:.0%} at worst. Read them as proof that the benchmarks run, "
        "not as figures.\n"
    )


def _in_short(results: Sequence[Result]) -> str:
    rows = ["## In short\n", "| | | | goal |", "|---|---|---|---|"]
    for result in results:
        section = TITLES[result.bench]
        for case in result.cases:
            mark = " †" if any(series.disturbed for series in case.series) else ""
            for plain in case.ratios:
                ratio = _with_goal(result.bench, case, plain)
                value = f"{_value(ratio)}{mark}"
                rows.append(
                    f"| {section} | {case.title}: {ratio.label} "
                    f"| {value} | {_goal(ratio)} |"
                )
            if case.failure:
                rows.append(f"| {section} | {case.title} | not measured, see below | |")
    return "\n".join(rows) + "\n"


def _with_goal(bench: str, case: Case, ratio: Ratio) -> Ratio:
    goal = GOALS.get(bench, {}).get(case.name)
    if ratio.label != "theirs / ours" or goal is None:
        return ratio
    return attrs.evolve(ratio, at_least=goal)


def _value(ratio: Ratio) -> str:
    return f"{ratio.value:.2f}{f' {ratio.unit}' if ratio.unit else ''}"


def _goal(ratio: Ratio) -> str:
    if ratio.met is None:
        return ""
    bound = (
        f"at most {ratio.at_most:g}"
        if ratio.at_most is not None
        else f"at least {ratio.at_least:g}"
    )
    return f"{bound}: {'met' if ratio.met else '**missed**'}"


def _case(case: Case) -> str:
    settings = ", ".join(f"{k} {_plain(v)}" for k, v in case.settings.items())
    lines_ = [f"### {case.title}\n", f"{settings}\n"]
    if case.failure:
        return "\n".join([*lines_, f"Not measured: {case.failure}\n"])
    lines_ += list(_table(case))
    found = "; ".join(f"{ratio.label}: **{_value(ratio)}**" for ratio in case.ratios)
    lines_ += ["", f"{found}.\n"]
    if case.note:
        lines_.append(f"{case.note}\n")
    return "\n".join(lines_)


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _table(case: Case) -> Iterator[str]:
    columns = [
        (head, cell)
        for name, head, cell in _FACTS
        if any(name in series.facts for series in case.series)
    ]
    heads = ["", "time", "others' share", *(head for head, _ in columns)]
    yield _row(heads)
    yield _row(["---"] * len(heads)).replace(" ", "")
    for series in case.series:
        cells = [cell(series.facts) for _, cell in columns]
        yield _row([series.label, _time(series), _share(series), *cells])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


Facts = Mapping[str, float]


def _kib(facts: Facts) -> str:
    return f"{facts['kib']:.0f}" if "kib" in facts else ""


def _nearness(facts: Facts) -> str:
    return f"{facts['psnr']:.1f} ({facts['psnr_worst']:.1f})" if "psnr" in facts else ""


def _kernel(facts: Facts) -> str:
    return f"{facts['kernel_s']:.2f} s" if "kernel_s" in facts else ""


_FACTS = (
    ("kib", "KiB", _kib),
    ("psnr", "PSNR dB (worst frame)", _nearness),
    ("kernel_s", "in the kernel", _kernel),
)


def _time(series: Series) -> str:
    low, high = min(series.values), max(series.values)
    mark = " †" if series.disturbed else ""
    return f"{series.median:.2f} {series.unit} ({low:.2f}–{high:.2f}){mark}"


def _share(series: Series) -> str:
    if not series.foreign:
        return ""
    return f"{min(series.foreign):.0%}–{max(series.foreign):.0%}"


def draw_pictures(results: Sequence[Result]) -> dict[str, str]:
    """SVG by file name."""
    found = {}
    for result in results:
        cases = [case for case in result.cases if case.series]
        name = f"{result.bench}.svg"
        if not cases:
            continue
        if result.bench.startswith("vs_") or result.bench == "scenes":
            found[name] = _draw_peers(TITLES[result.bench], cases)
        elif result.bench == "limit":
            found[name] = _draw_limit(cases)
        elif result.bench == "scaling":
            found[name] = _draw_scaling(cases[0])
    return found


def _draw_peers(title: str, cases: Sequence[Case]) -> str:
    groups = {
        case.title: [
            _bar_of(series, THEIRS if series.name.startswith("theirs") else OURS)
            for series in case.series
        ]
        for case in cases
    }
    return bars(f"{title}: seconds, less is better", groups, "s")


def _draw_limit(cases: Sequence[Case]) -> str:
    groups = {
        case.title: [
            _bar_of(case.find(name), OURS if name == "render" else GREY)
            for name in ("draw", "capture", "encode", "render")
        ]
        for case in cases
    }
    return bars("Parts alone and a whole render: seconds", groups, "s")


def _bar_of(series: Series, colour: str) -> Bar:
    low, high = min(series.values), max(series.values)
    mark = " †" if series.disturbed else ""
    return Bar(f"{series.label}{mark}", series.median, low, high, colour)


def _draw_scaling(case: Case) -> str:
    speed = {
        kind: _speed_ups(case, kind, f"{kind}-1") for kind in ("simulated", "real")
    }
    counts = [count for count, _ in speed["simulated"]]
    serial = next(r.value for r in case.ratios if r.label.startswith("serial"))
    amdahl = [(n, 1 / (serial + (1 - serial) / n)) for n in counts]
    most = max(counts)
    return lines(
        f"Speed-up over one chunk, {case.settings['size']}",
        [
            Line("machines (simulated)", speed["simulated"], OURS),
            Line("this machine", speed["real"], "#d97706"),
            Line(f"Amdahl, serial {serial:.0%}", amdahl, THEIRS, dashed=True),
            Line("ideal", [(1, 1), (most, most)], GREY, dashed=True),
        ],
        "chunks",
        "times as fast",
    )


def _speed_ups(case: Case, kind: str, first: str) -> list[tuple[float, float]]:
    one = case.find(first).median
    names: Mapping[str, Series] = {s.name: s for s in case.series}
    return [
        (int(name.rpartition("-")[2]), one / series.median)
        for name, series in names.items()
        if name.startswith(f"{kind}-")
    ]
