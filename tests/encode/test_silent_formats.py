"""A format that holds no sound renders an audible composition without it, and says so."""

from __future__ import annotations

import struct
import wave

import pytest

import hyperframes_dist as hf
from pages import composition, write_project


@pytest.mark.parametrize("name", ["gif", "png-sequence"])
def test_sound_is_not_dropped_silently(renderer, tmp_path, name):
    """The pictures are those of the silent composition, and a warning says what is lost."""
    audio = '<audio id="a" src="t.wav" data-start="0" data-duration="1"></audio>'
    project = write_project(tmp_path / "project", composition(audio))
    with wave.open(str(project / "t.wav"), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        samples = (8000 * (n % 100 < 50) for n in range(48000))
        file.writeframes(struct.pack("<48000h", *samples))

    plan = renderer.plan(project, tmp_path / "plan", hf.RenderConfig(format=name))

    assert plan.content.sound is None
    assert plan.warnings == (f"{name} holds no sound: what is heard is left out",)
    assert [row.path for row in plan.content.artifacts if "flac" in row.path[:12]] == []
    hf.verify_plan(plan.path)
