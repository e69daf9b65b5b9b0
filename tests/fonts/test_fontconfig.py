"""Text has the same pixels whatever fonts a machine has, and however it is set up."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._fonts.fontconfig import write_wall
from pages import composition, write_project

# Everything a machine may have a say in: generic families, names it may have or not,
# the default, text on a canvas, controls, names that only a script mentions.
LOOKS = [
    *("", "sans-serif", "serif", "monospace", "system-ui", "cursive", "ui-monospace"),
    *("-apple-system", "Brand", "'Brand', sans-serif", "DejaVu Sans"),
]
BODY = "".join(f'<p style="font-family:{look}">Quick é</p>' for look in LOOKS)
SCRIPT = """<button>Quick</button><canvas id="c" width="80" height="20"></canvas><script>
  const pen = document.getElementById("c").getContext("2d");
  pen.fillStyle = "#fff";
  pen.font = "16px Brand";
  pen.fillText("Quick", 0, 16);
</script>"""
STYLE = "<style>p{margin:0;font-size:16px;line-height:1;color:#fff}</style>"
PAGE = composition(BODY + SCRIPT, head=STYLE, width=120, height=240, duration="0.1")
CONFIG = hf.RenderConfig(format="png-sequence", fps=10)


def configuration(path: Path, *folders: Path, names: Mapping[str, str]) -> Path:
    """A fontconfig set-up with the fonts in *folders*, some called otherwise."""
    rules = "".join(
        f'<match><test name="family"><string>{name}</string></test><edit name="family" '
        f'mode="assign" binding="same"><string>{font}</string></edit></match>'
        for name, font in names.items()
    )
    dirs = "".join(f"<dir>{folder}</dir>" for folder in folders)
    cache = f"<cachedir>{path.parent / 'cache'}</cachedir>"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig>{dirs}{cache}{rules}</fontconfig>"
    )
    return path


@pytest.fixture
def machines(tmp_path) -> tuple[Path, Path]:
    """A machine without a font, and one where other fonts have all the names."""
    (tmp_path / "none").mkdir()
    own = tmp_path / "own"
    own.mkdir()
    mono = files("hyperframes_dist") / "_fonts/data/jetbrains-mono.ttf"
    (own / "mono.ttf").write_bytes(mono.read_bytes())
    names = ["Brand", "sans-serif", "serif", "system-ui", "DejaVu Sans", "Inter"]
    every = dict.fromkeys([*names, "Times New Roman", "Arial"], "JetBrains Mono")
    return (
        configuration(tmp_path / "none.conf", tmp_path / "none", names={}),
        configuration(tmp_path / "other.conf", own, names=every),
    )


def draw(project: Path, work: Path, chrome: hf.ChromeSource | None = None) -> bytes:
    """The frames of *project*, drawn by a browser of its own."""
    with hf.Renderer(chrome=chrome) as renderer:
        planned = renderer.plan(project, work / "plan", CONFIG)
        renderer.render_chunk(planned.path, 0, work / "chunk.tar")
    return (work / "chunk.tar").read_bytes()


def test_fonts_of_the_machine_reach_no_pixel(tmp_path, machines, monkeypatch):
    """Without a font, or with others under all the names: the same bytes."""
    project = write_project(tmp_path / "project", PAGE)
    drawn = []
    for machine in machines:
        monkeypatch.setenv("FONTCONFIG_FILE", str(machine))
        drawn.append(draw(project, tmp_path / machine.stem))

    assert drawn[0] == drawn[1]


class Exposed:
    """The default Chrome, with the fonts a caller says."""

    def __init__(self, machine: Path) -> None:
        self._base, self._machine = hf.default_chrome(), machine
        self.sandbox = self._base.sandbox

    def executable(self) -> Path:
        return self._base.executable()

    def args(self) -> tuple[str, ...]:
        return self._base.args()

    def env(self) -> Mapping[str, str]:
        return {**self._base.env(), "FONTCONFIG_FILE": str(self._machine)}


def test_a_caller_may_say_which_fonts_there_are(tmp_path, machines):
    """A source of Chrome that names fonts is given those, and they do look different."""
    project = write_project(tmp_path / "project", PAGE)

    ours = draw(project, tmp_path / "ours")
    theirs = draw(project, tmp_path / "theirs", Exposed(machines[1]))

    assert ours != theirs


def test_the_wall_has_a_font_for_every_kind(tmp_path):
    """Three fonts and a configuration that names no other folder."""
    env = write_wall(tmp_path / "wall")

    text = Path(env["FONTCONFIG_FILE"]).read_text()
    names = sorted(path.name for path in (tmp_path / "wall/fonts").iterdir())
    assert ["eb-garamond.ttf", "inter.ttf", "jetbrains-mono.ttf"] == names
    assert text.count("<dir>") == 1
    assert f"<dir>{tmp_path / 'wall/fonts'}</dir>" in text
