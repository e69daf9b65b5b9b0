"""A format that holds no sound refuses an audible composition instead of muting it."""

from __future__ import annotations

import struct
import wave

import pytest

import hyperframes_dist as hf
from hyperframes_dist.errors import UnsupportedFeatureError
from pages import composition, write_project


@pytest.mark.parametrize("name", ["gif", "png-sequence"])
def test_sound_is_not_dropped_silently(renderer, tmp_path, name):
    """The error names the format and says which ones hold sound."""
    audio = '<audio id="a" src="t.wav" data-start="0" data-duration="1"></audio>'
    project = write_project(tmp_path / "project", composition(audio))
    with wave.open(str(project / "t.wav"), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        samples = (8000 * (n % 100 < 50) for n in range(48000))
        file.writeframes(struct.pack("<48000h", *samples))

    with pytest.raises(
        UnsupportedFeatureError, match=f"sound in {name}.*mp4, webm or mov"
    ):
        renderer.plan(project, tmp_path / "plan", hf.RenderConfig(format=name))

    assert not (tmp_path / "plan").exists()
