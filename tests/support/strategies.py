"""What hypothesis draws for tests: legal values of the library, and hostile names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
from hypothesis import strategies as st

import hyperframes_dist as hf
from hyperframes_dist._compile.project import IGNORED, IGNORED_AT_TOP
from hyperframes_dist._model.content import (
    OWN,
    Artifact,
    Page,
    Request,
    Toolchain,
)
from hyperframes_dist._model.frames import FrameRate, split_chunks
from hyperframes_dist._model.manifest import SCHEMA, Content, Schedule
from hyperframes_dist._plan.build import capture_of, encoder_of

SEEK_PAGE = """<html data-width=32 data-height=32><body><script>
window.__hf = { duration: 1, seek(t) {} };
</script></body></html>"""
"""The smallest page that can be planned: it brings its own seek, so needs no runtime."""

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    ),
    max_leaves=8,
)
VARIABLES = st.dictionaries(TEXT, JSON, max_size=4)

RATES = st.one_of(
    st.sampled_from([24, 25, 30, 60, "24000/1001", "30000/1001", "60000/1001"]),
    st.fractions(min_value=1, max_value=240, max_denominator=2000),
).map(FrameRate.parse)

_PATHS = st.none() | st.sampled_from(["a", "a/b.js", "/a b/c", "ü"]).map(Path)
_POSITIVE = st.floats(min_value=0.001, max_value=1e9)
_COUNTS = st.integers(1, 2**40)
LIMITS = st.builds(
    hf.Limits,
    seconds=_POSITIVE,
    pixels=_COUNTS,
    plan_bytes=_COUNTS,
    files=_COUNTS,
    remote_bytes=_COUNTS,
    remote_seconds=_POSITIVE,
    ready_seconds=_POSITIVE,
)
_RATE_CONTROL = st.one_of(
    st.just({}),
    st.integers(0, 51).map(lambda crf: {"crf": crf}),
    st.sampled_from(["1", "800k", "4M", "2.5M"]).map(lambda rate: {"bitrate": rate}),
)


@st.composite
def configs(draw: st.DrawFn) -> hf.RenderConfig:
    """A configuration with any field set."""
    return hf.RenderConfig(
        fps=draw(st.none() | RATES),
        codec=draw(st.sampled_from([None, "h264"])),
        quality=draw(st.sampled_from(["draft", "standard", "high"])),
        variables=draw(VARIABLES),
        entry_file=draw(st.sampled_from(["index.html", "a/b.html", "ü x.HTM"])),
        segment_seconds=draw(st.fractions(Fraction(1, 100), 60, max_denominator=100)),
        chunks=draw(st.just("auto") | st.integers(1, 10_000)),
        runtime=draw(_PATHS),
        overrides_dir=draw(_PATHS),
        cache_dir=draw(_PATHS),
        limits=draw(LIMITS),
        **draw(_RATE_CONTROL),
    )


@st.composite
def plannable(draw: st.DrawFn) -> dict[str, Any]:
    """Fields of a configuration that change what a plan says, kept small."""
    return {
        "fps": draw(st.none() | st.sampled_from([1, 12, "24000/1001", "30000/1001"])),
        "quality": draw(st.sampled_from(["draft", "standard", "high"])),
        "variables": draw(VARIABLES),
        "segment_seconds": draw(st.sampled_from([Fraction(1, 7), 0.25, 1, 2])),
        "chunks": draw(st.just("auto") | st.integers(1, 5)),
        **draw(_RATE_CONTROL),
    }


# Names that have broken somebody's path, URL or list of records.
_HOSTILE = [
    *(
        "a b",
        "ü",
        "日本",
        "a\nb",
        "a\r",
        "\t",
        "'",
        '"',
        "%41",
        "%",
        "#",
        "?",
        "a?b=c#d",
    ),
    *(
        "*",
        "\\",
        "-rf",
        "~",
        "$HOME",
        "`id`",
        "a\x01b",
        "😀",
        "Ａ",
        "e\u0301",
        "\u00e9",
    ),
    *(
        "plan.json",
        "compiled",
        "runtime.js",
        "index.htm",
        ".hidden",
        "con",
        "a,b",
        "\x7f",
    ),
]
_FREE_NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0"),
    min_size=1,
    max_size=20,
)
_TAKEN = {".", "..", OWN, "index.html", *IGNORED, *IGNORED_AT_TOP}
NAMES = (st.sampled_from(_HOSTILE) | _FREE_NAMES).filter(
    lambda name: name not in _TAKEN and not name.startswith(".env")
)
BYTES = st.one_of(st.just(b""), st.binary(max_size=64), st.just(b"a\n\0b" * 99))
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        BYTES, lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
    ),
    max_size=5,
)
"""Files by name; a mapping is a folder."""


def write_tree(folder: Path, tree: Mapping[str, Any]) -> Path:
    """Write *tree* into *folder*, which is made; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, item in tree.items():
        if isinstance(item, bytes):
            (folder / name).write_bytes(item)
        else:
            write_tree(folder / name, item)
    return folder


def write_links(folder: Path, links: Mapping[str, str]) -> None:
    """Link each name in *folder* to a path below it, where that path exists."""
    for name, target in links.items():
        place = folder / name
        if not os.path.lexists(place) and (folder / target).exists():
            place.symlink_to(target)


def entries(tree: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The paths of all files and folders in *tree*."""
    found = []
    for name, item in tree.items():
        found.append(prefix + name)
        if not isinstance(item, bytes):
            found += entries(item, f"{prefix}{name}/")
    return found


@st.composite
def projects(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, str]]:
    """A tree, and links at its top to files and folders in it."""
    tree = draw(TREES)
    if not tree:
        return tree, {}
    targets = st.sampled_from(entries(tree))
    return tree, draw(st.dictionaries(NAMES, targets, max_size=2))


_DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
# Paths and addresses are wide open on purpose: framing must hold for any text.
_WORDS = st.sampled_from(["a", "b", "\0", "\n", '"', "a\0b", '","size":1', "é"]) | TEXT
_SAFE_PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """A consistent content of a plan, of any text."""
    paths = sorted(draw(st.sets(_SAFE_PATHS, min_size=1, max_size=4)))
    segments = st.none() | st.lists(st.integers(0, 9), max_size=3).map(tuple)
    artifacts = tuple(
        Artifact(
            path=path,
            size=draw(st.integers(0, 2**40)),
            sha256=draw(_DIGESTS),
            segments=draw(segments),
        )
        for path in paths
    )
    requests = st.builds(
        Request,
        address=_WORDS,
        path=st.sampled_from(paths),
        content_type=_WORDS,
    )
    config = draw(_CONFIGS)
    return Content(
        schema=SCHEMA,
        page=draw(_PAGES),
        rate=str(draw(RATES)),
        frame_count=draw(st.integers(1, 300)),
        segment_frames=draw(st.integers(1, 60)),
        capture=attrs.evolve(capture_of(config), scale=draw(st.integers(1, 8))),
        encoder=encoder_of(config),
        toolchain=draw(_TOOLCHAINS),
        variables=draw(VARIABLES),
        requests=tuple(draw(st.lists(requests, max_size=2))),
        artifacts=artifacts,
    )


_PAGES = st.builds(
    Page,
    entry=_WORDS,
    id=_WORDS,
    width=st.integers(2, 4000),
    height=st.integers(2, 4000),
    duration=st.fractions(0, 100).map(str),
    timeline=st.booleans(),
    preload=st.lists(_WORDS, max_size=2).map(tuple),
)
_CONFIGS = st.sampled_from(
    [
        *(hf.RenderConfig(quality=name) for name in ("draft", "standard", "high")),
        *(hf.RenderConfig(crf=crf, capture="lossless") for crf in (0, 23, 51)),
        *(hf.RenderConfig(bitrate=rate) for rate in ("800k", "4M")),
        *(
            hf.RenderConfig(format=name)
            for name in ("webm", "mov", "gif", "png-sequence")
        ),
        hf.RenderConfig(format="gif", gif_loop=3),
    ]
)
_TOOLCHAINS = st.builds(
    Toolchain,
    chrome=_WORDS,
    chrome_sha256=_DIGESTS,
    chrome_args=st.lists(_WORDS, max_size=3).map(tuple),
    ffmpeg_sha256=_DIGESTS,
    runtime_sha256=st.none() | _DIGESTS,
    library=_WORDS,
)


def schedule(content: Content, chunks: int) -> Schedule:
    """The schedule of *content* in at most *chunks* chunks."""
    dealt = split_chunks(len(content.segments), chunks=chunks)
    return Schedule(chunks=tuple((chunk.first, chunk.stop) for chunk in dealt))
