"""A medium is read from its own bytes: no file of the machine that it names is opened."""

from __future__ import annotations

import ast
import base64
import time
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._media.extract import open_source
from hyperframes_dist._tools.ffmpeg import (
    PART_OPTIONS,
    probe_end_of_sound,
    probe_media,
    probe_video,
    read_parts,
    run_ffmpeg,
)
from hyperframes_dist.errors import EncodeError, HyperframesError, InputError, PageError
from hyperframes_dist.progress import Control

FREE = Control()
PICTURES = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=0.4"]
SOUND = ["-f", "lavfi", "-i", "sine=duration=0.4"]


@pytest.fixture(scope="module")
def secret(tmp_path_factory) -> Path:
    """A film of the machine's that no project holds."""
    path = tmp_path_factory.mktemp("elsewhere") / "secret.mp4"
    args = [*PICTURES, *SOUND, "-c:v", "libx264", "-pix_fmt", "yuv420p", path]
    run_ffmpeg(args, what="x", control=FREE)
    return path


def hls(target: Path) -> str:
    return (
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n"
        f"file://{target}\n#EXT-X-ENDLIST\n"
    )


def live(target: Path) -> str:
    """A list without an end, which a player asks for again and again."""
    return hls(target).replace("#EXT-X-ENDLIST\n", "")


def dash(target: Path) -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT0.4S" profiles="urn:mpeg:dash:profile:full:2011">'
        '<Period><AdaptationSet mimeType="video/mp4"><Representation id="0" '
        f'bandwidth="1"><BaseURL>file://{target}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    )


def concat(target: Path) -> str:
    return f"ffconcat version 1.0\nfile '{target}'\n"


def concat_script(target: Path) -> str:
    """The same without its first line is told by nothing but its name."""
    return f"file '{target}'\n"


def sdp(_: Path) -> str:
    head = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    return f"{head}m=video 5004 RTP/AVP 96\n"


def imf(target: Path) -> str:
    return (
        '<?xml version="1.0"?><CompositionPlaylist '
        'xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>urn:uuid:x</Id>'
        f"<!-- {target} --></CompositionPlaylist>"
    )


def subtitles(_: Path) -> str:
    return "WEBVTT\n\n00:00.000 --> 00:01.000\nwords\n"


def svg(target: Path) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48">'
        f'<image href="file://{target}"/></svg>'
    )


def metadata(_: Path) -> str:
    return ";FFMETADATA1\ntitle=x\n"


KINDS = [
    *(hls, live, dash, concat, concat_script, sdp, imf, subtitles, svg, metadata),
]
SUFFIXES = [".mp4", ".m3u8", ".mpd", ".ffconcat", ".webm", ".svg", ".sdp", ".xml"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_list_of_other_files_is_refused(secret, tmp_path, kind, suffix):
    """Whatever its name, at once, by each of the readers."""
    path = tmp_path / f"clip{suffix}"
    path.write_text(kind(secret))
    began = time.monotonic()

    for read in (probe_media, probe_video, probe_end_of_sound):
        with pytest.raises(EncodeError, match=f"clip{suffix}"):
            read(path, control=FREE)
    with pytest.raises(InputError):
        open_source(path, "v", control=FREE)

    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (hls, "an HLS playlist"),
        (dash, "a DASH manifest"),
        (concat, "a list of files"),
        (sdp, "a description of a stream"),
    ],
)
def test_it_is_called_by_its_name(secret, tmp_path, kind, told):
    """Its author is told what it is and what to use instead."""
    path = tmp_path / "clip.mp4"
    path.write_text("\n " + kind(secret) if kind is not sdp else kind(secret))

    with pytest.raises(EncodeError, match=f"{told}.*use the file it stands for"):
        probe_media(path, control=FREE)


def test_a_row_of_pictures_is_no_film(secret, tmp_path):
    """A name with a number in it does not stand for the files beside it."""
    run_ffmpeg([*PICTURES, tmp_path / "p%03d.png"], what="x", control=FREE)
    (tmp_path / "p%03d.png").write_bytes((tmp_path / "p001.png").read_bytes())

    with pytest.raises(EncodeError):
        probe_media(tmp_path / "p%03d.png", control=FREE)


def test_a_part_that_is_a_list_is_not_followed(secret, tmp_path):
    """What is joined into an output is held to files as well."""
    part, listing = tmp_path / "0000.mp4", tmp_path / "list.txt"
    part.write_text(concat(secret))
    listing.write_text(f"file '{part}'\n{PART_OPTIONS}")

    with pytest.raises(EncodeError):
        run_ffmpeg(
            [*read_parts(listing), "-c", "copy", tmp_path / "out.mp4"],
            what="cannot join",
            control=FREE,
        )


@pytest.mark.parametrize("tag", ["video", "audio"])
@pytest.mark.parametrize("where", ["file", "data"])
def test_the_element_is_named(renderer, secret, project, tmp_path, tag, where):
    """A project that holds such a list is refused, with the element that plays it."""
    text = dash(secret)
    (project / "clip.mp4").write_text(text)
    source = "clip.mp4"
    if where == "data":
        source = "data:video/mp4;base64," + base64.b64encode(text.encode()).decode()
    page = project / "index.html"
    element = (
        f'<{tag} id="film" src="{source}" data-start="0" data-duration="1"></{tag}>'
    )
    page.write_text(page.read_text().replace("</body>", f"{element}</body>"))

    # A file is looked at before there is a browser, what a document carries after.
    kind = PageError if where == "file" else InputError
    with pytest.raises(kind, match=r"(?s)film.*DASH manifest|DASH manifest.*film"):
        renderer.plan(project, tmp_path / "plan", hf.RenderConfig())


def test_every_input_is_read_through_the_same_door():
    """Each ``-i`` of the library names what it reads, so that ffmpeg guesses nothing."""
    package = Path(hf.__file__).parent
    loose = []
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.Tuple, ast.List)):
                words = [getattr(item, "value", None) for item in node.elts]
                if "-i" in words and not _is_told(node, words):
                    loose.append(f"{path.name}:{node.lineno}")

    assert [] == loose


def _is_told(node: ast.Tuple | ast.List, words: list[object]) -> bool:
    """Whether the options before it name a format, or a constant that does."""
    before = node.elts[: words.index("-i")]
    names = {n.id for e in before for n in ast.walk(e) if isinstance(n, ast.Name)}
    return "-f" in words or bool(names & {"_PNG", "_RAW", "_SEALED", "args"})


def test_what_cannot_be_opened_is_told(tmp_path):
    """A file that is gone is no bare error of the system's."""
    with pytest.raises(HyperframesError, match="gone"):
        probe_media(tmp_path / "gone.mp4", control=FREE)
