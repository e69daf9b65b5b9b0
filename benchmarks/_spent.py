"""
What a render's time goes into, as tables of the page of results.
"""

from __future__ import annotations

from collections.abc import Iterator

from _results import Case, Result

OUTSIDE = """\
### What would have to change outside

Chrome's part is the least that anyone can spend who has this browser draw every frame, so
the last ratio bounds what can be reached with it on this machine. Most of it is painting:
two fifths of that are Skia blurring the sixteen shadows, whose cards turn and grow, by
code that uses no vectors. Less would take layers that are not painted anew whenever a
script changes their scale, which is the author's choice, or painting on a GPU. Of the
encoder's part a third is bringing pixels from Chrome's memory through a pipe into ffmpeg
and into its colours, and the rest is x264 at what the quality asks. What is ours to save
is Python, and what processors idle while a render starts and ends.
"""

_PROCESSES = """\
Each of these processes imports the library and what it stands on, boots a browser, loads
the page, and seeks through what comes before its chunk; each chunk is a file that is
joined and checked. Imports, seeking, joining and checking are ours to save. The rest would
take a Chrome, and a page runtime, that start sooner; or processes that stay, which go on
with browser and page.
"""

_PARTS = (
    ("planning", "planning: a browser's start, the page once, the plan"),
    ("boot", "from the plan to the first frame: browsers' starts, the page loaded"),
    ("finish", "after the last frame: the encoders' ends, joining, checking"),
)


def parts_of(case: Case) -> str:
    """What a render's time goes into."""
    value = {series.name: series.median for series in case.series}
    whole, frames = value["render"], value["frames"]
    taken = value["capture"] - value["draw"]
    rows = [(label, value[name]) for name, label in _PARTS]
    rows += [
        ("frames: drawing", value["draw"]),
        ("frames: reading them, handing them over", taken),
        ("frames: encoding", value["encode"]),
        (
            "frames: the rest, waiting and getting into each other's way",
            frames - value["capture"] - value["encode"],
        ),
    ]
    size = case.settings["size"]
    head = (
        f"What {whole:.2f} s of a render at {size} are spent on; the parts of frames are "
        "what they take alone on all processors. A negative rest is work that overlaps "
        "better than the parts do by themselves:\n\n"
        "| | s | of render |\n|---|---|---|"
    )
    body = [f"| {label} | {s:.2f} | {s / whole:.0%} |" for label, s in rows]
    return "\n".join([head, *body]) + "\n"


def added_by_processes(result: Result) -> Iterator[str]:
    """What chunks in processes of their own take more than one command for all."""
    found = {case.name: case for case in result.cases if case.series}
    pairs = [
        (case, found.get(name.replace("chunks", "profile")))
        for name, case in found.items()
        if name.startswith("chunks-")
    ]
    yield from (_added(apart, whole) for apart, whole in pairs if whole)
    if pairs:
        yield _PROCESSES


def _added(apart: Case, whole: Case) -> str:
    mine = [series for series in apart.series if series.unit == "processor s"]
    rows = [(s.label, s.median, whole.find(s.name).median) for s in mine]
    more = sum(one - other for _, one, other in rows)
    head = (
        f"### What processes of their own add, {apart.settings['size']}\n\n"
        f"{more:.2f} processor seconds more than the command line takes for the same "
        "frames:\n\n| | chunks | command line | more |\n|---|---|---|---|"
    )
    body = [f"| {label} | {a:.2f} | {b:.2f} | {a - b:+.2f} |" for label, a, b in rows]
    return "\n".join([head, *body]) + "\n"
