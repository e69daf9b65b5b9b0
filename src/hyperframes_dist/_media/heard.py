"""
What is heard of the clips of a page, before anything is mixed: which ones, and for how long.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from .._model.composition import MediaClip
from .._tools.ffmpeg import REPEATABLE, MediaFacts, run_ffmpeg
from ..progress import Control
from .mix import MIX_SECONDS, decoded, length_of, read_until, sample_of


def is_heard(clip: MediaClip, measure: Callable[[str], MediaFacts]) -> bool:
    """Whether *clip* adds anything to the mix; *measure* tells what its source holds."""
    loud = (gain for _, gain in clip.volume_keyframes or ((0, clip.volume),))
    if clip.muted or not any(loud) or length_of(clip) <= 0:
        # What is silent anyway may be no file at all.
        return False
    facts = measure(clip.src)
    return facts.audio is not None and cycle_of(clip, facts) > 0


def cycle_of(clip: MediaClip, facts: MediaFacts) -> int:
    """Samples from the media start of *clip* to the end of its source, at its rate."""
    whole = facts.natural if clip.kind == "video" else facts.audio
    rest = (whole or Fraction(0)) - clip.media_start
    return sample_of(max(Fraction(0), rest) / clip.playback_rate)


def write_stem(
    source: Path, facts: MediaFacts, seconds: Fraction, output: Path, control: Control
) -> None:
    """
    Write the first *seconds* of the sound of *source* as a FLAC file, in stereo.

    That of a film begins with its first picture: sound that begins late, and gaps in it,
    are silence.

    Raises:
        EncodeError: ffmpeg cannot decode it.
    """
    filters = (
        *decoded(is_film=facts.video is not None, is_mono=facts.channels == "mono"),
        "aformat=sample_fmts=s16",
    )
    args = [*REPEATABLE, *read_until(source, seconds), "-map", "0:a:0"]
    args += ["-af", ",".join(filters), "-c:a", "flac", "-map_metadata", "-1"]
    args += ["-fflags", "+bitexact", "-flags:a", "+bitexact", output]
    run_ffmpeg(
        args,
        what=f"cannot read the sound of {source.name}",
        control=control,
        timeout=MIX_SECONDS,
    )
