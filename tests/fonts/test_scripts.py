"""A line in each of the world's scripts is drawn, and never as boxes."""

from __future__ import annotations

import random
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from pages import composition, write_project

LINES = {
    "latin": "ŵ x̂ q̃ ệ e\u0301",
    "ipa": "ɸ ə ɛ ʁ",
    "greek": "ώ ᾧ Ω",
    "cyrillic": "ё Ж Ў",
    "armenian": "Հ ա յ",
    "georgian": "ქ Ა",
    "hebrew": "שָׁ לוֹ ם",
    "arabic": "مٌ لَّ ع",
    "syriac": "ܫ ܠ ܡ",
    "thaana": "ދި ވެ",
    "nko": "ߒ ߞ ߏ",
    "devanagari": "न क्ष त्रि ।",
    "bengali": "বা ক্ষ ৎ",
    "gurmukhi": "ਪੰ ਜਾ",
    "gujarati": "ગુ ર્જ",
    "oriya": "ଓ ଡ଼ି ଆ",
    "tamil": "த மி ழ் ொ",
    "telugu": "తె లు గు",
    "kannada": "ಕ ನ್ನ",
    "malayalam": "മ ലയാ ളം",
    "sinhala": "සිං හ",
    "thai": "ภา น้ำ เ",
    "lao": "ພາ ສາ ຳ",
    "tibetan": "བོ ད་ ཀྲ",
    "myanmar": "မြ န်မာ",
    "khmer": "ភា ខ្មែ",
    "ethiopic": "አ ማ ር",
    "cherokee": "Ꮳ Ꮃ Ꭹ",
    "canadian": "ᐃ ᓄ ᒃ",
    "ogham": "ᚑ ᚌ",
    "runic": "ᚠ ᚢ ᚦ",
    "tagalog": "ᜊ ᜌ᜔",
    "mongolian": "ᠮ ᠣ",
    "tai le": "ᥖ ᥭ",
    "balinese": "ᬅ ᬓᬶ",
    "javanese": "ꦲ ꦏꦶ",
    "sundanese": "ᮃ ᮊᮤ",
    "ol chiki": "ᱥ ᱟ",
    "coptic": "Ⲙ ⲉ",
    "tifinagh": "ⵜ ⵉ",
    "vai": "ꕙ ꔤ",
    "gothic": "𐌲 𐌿",
    "adlam": "𞤀 𞤢",
    "hiragana": "ひ か\u3099",
    "katakana": "カ ヴ ー",
    "han": "漢 汉 龘 、",
    "bopomofo": "ㄅ ㄆ",
    "hangul": "한 \u1112\u1161\u11ab ㅎ",
    "emoji": "😀 1️⃣ 👩‍🚀 🏳️‍🌈 👍🏽 🇩🇪 ❤️",
    "boxes": "┌ ─ █ ░ ╬",
    "braille": "⠓ ⠑",
    "math": "∀ ∈ ⌈ 𝔸 𝛼",
    "arrows": "→ ⇒ ⟶ ⤴",
    "money": "€ ₹ ₿ ₴",
    "signs": "☃ ♞ ✓ ⌘",
}
NOBODYS = "\U0010fffd"
SIZE, COLUMNS = 32, 24


def page(cells: list[str], style: str) -> str:
    """*cells* on a grid, each from its own whole pixel on."""
    spans = "".join(
        f"<span style='left:{i % COLUMNS * SIZE}px;top:{i // COLUMNS * SIZE}px'>{c}</span>"
        for i, c in enumerate(cells)
    )
    css = (
        f"<style>span{{position:absolute;width:{SIZE}px;height:{SIZE}px;overflow:hidden;"
        f"color:#fff;font-size:16px;line-height:{SIZE}px;text-indent:4px;{style}}}</style>"
    )
    rows = -(-len(cells) // COLUMNS)
    return composition(
        spans, head=css, width=COLUMNS * SIZE, height=rows * SIZE, duration="0.1"
    )


def pictures(renderer, folder: Path, html: str) -> tuple[list[np.ndarray], hf.Plan]:
    """What each cell shows, and the plan."""
    config = hf.RenderConfig(format="png-sequence", fps=10)
    plan = renderer.plan(write_project(folder / "project", html), folder / "p", config)
    renderer.render_chunk(plan.path, 0, folder / "chunk.tar")
    with tarfile.open(folder / "chunk.tar") as tar:
        image = Image.open(tar.extractfile("frame_000001.png")).convert("L")
    whole = np.asarray(image)
    rows = [np.hsplit(row, COLUMNS) for row in np.vsplit(whole, whole.shape[0] // SIZE)]
    return [cell for row in rows for cell in row], plan


def holds(cell: np.ndarray, box: np.ndarray) -> bool:
    """Whether *box*, cut to its ink, is somewhere in *cell*."""
    ys, xs = np.nonzero(box)
    ink = box[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    views = np.lib.stride_tricks.sliding_window_view(cell, ink.shape)
    return bool((views == ink).all(axis=(2, 3)).any())


STACKS = ["sans-serif", "Montserrat, serif", "var(--f)"]
FEW = random.Random(18).sample([*LINES], 6)


@pytest.mark.parametrize(
    ("stack", "scripts"),
    [
        pytest.param(STACKS[0], FEW, id="few"),
        *(pytest.param(s, LINES, marks=pytest.mark.thorough, id=s) for s in STACKS),
    ],
)
def test_a_line_in_every_script(renderer, tmp_path, stack, scripts):
    """No cell shows the box that a character of nobody shows, and nothing is warned of."""
    texts = [text for script in scripts for text in LINES[script].split()]

    style = f"--f:Georgia;font-family:{stack}"
    cells, plan = pictures(renderer, tmp_path, page([NOBODYS, *texts], style))

    box, drawn = cells[0], dict(zip(texts, cells[1:], strict=False))
    assert [text for text in texts if not drawn[text].any()] == []
    assert [text for text in texts if holds(drawn[text], box)] == []
    (warning,) = plan.warnings
    assert f"has {NOBODYS} (U+10FFFD)" in warning


def test_a_linked_sheet_and_a_face_of_the_authors_machine(renderer, tmp_path):
    """Both are drawn as a sheet of the document with a font of the plan is."""
    texts = ["漢", "नि", "😀"]
    face = "@font-face{font-family:Other;src:local('Nobody has this')}"
    link = "<link rel=stylesheet href=fonts.css>"

    plain, _ = pictures(renderer, tmp_path / "a", page(texts, "font-family:sans-serif"))
    html = page(texts, "").replace("<style>", f"{link}<style>")
    write_project(
        tmp_path / "b" / "project",
        html,
        **{"fonts.css": f"{face}span{{font-family:Other,sans-serif}}".encode()},
    )
    linked, plan = pictures(renderer, tmp_path / "b", html)

    assert all((a == b).all() for a, b in zip(plain, linked, strict=True))
    assert all(cell.any() for cell in linked[:3])
    assert ["'Other' of <span>" in warning for warning in plan.warnings] == [True]


def test_a_mended_font_draws_what_it_has(renderer, tmp_path):
    """A heading keeps its font though a character was missing somewhere else."""
    style = "--f:'JetBrains Mono';font-family:var(--f)"

    alone, _ = pictures(renderer, tmp_path / "a", page(["₹", "W"], style))
    html = page(["₹", "W"], style).replace("</div>", "<p>漢 →</p></div>")
    mended, _ = pictures(renderer, tmp_path / "b", html)

    assert (alone[1] == mended[1]).all()
