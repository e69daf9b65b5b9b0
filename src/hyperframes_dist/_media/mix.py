"""
The sound of a composition: every clip's source decoded, placed to the sample, summed.

The result is one lossless file, the same bytes on every machine with the same ffmpeg:
float arithmetic runs without the processor's own instructions. Tracks are summed as they
are; only the last step, the rounding to 16 bits, cuts off what is too loud.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import attrs

from .._model.composition import MediaClip
from .._tools.ffmpeg import REPEATABLE, MediaFacts, read_from, run_ffmpeg
from ..progress import Control
from .envelope import Envelope, gain_at

SAMPLE_RATE = 48_000
"""Samples per second of every mix."""

SOUND_NAME = "audio.flac"
"""The mix in a plan directory."""

_MIX_SECONDS = 3600.0
# Decoded past a clip's end: filters look ahead.
_MARGIN = 2
# One step of ffmpeg's time stretching; beyond two it skips pieces.
_SLOWEST, _FASTEST = Fraction(1, 2), Fraction(2)


def sample_of(seconds: Fraction) -> int:
    """The sample nearest to *seconds*."""
    return round(seconds * SAMPLE_RATE)


@attrs.frozen(kw_only=True)
class Track:
    """
    One clip that is heard.

    Attributes:
        clip: The clip.
        source: The local file of its source.
        facts: What that file holds.
    """

    clip: MediaClip
    source: Path
    facts: MediaFacts

    @property
    def length(self) -> int:
        """Samples of the mix it fills."""
        return sample_of(self.clip.end) - sample_of(self.clip.start)

    @property
    def cycle(self) -> int:
        """Samples from its media start to the end of its source, at its rate."""
        film = self.clip.kind == "video"
        whole = self.facts.natural if film else self.facts.audio
        rest = (whole or Fraction(0)) - self.clip.media_start
        return sample_of(max(Fraction(0), rest) / self.clip.playback_rate)

    def filters(self) -> list[str]:
        """From the decoded source to its place in the mix, before its gain."""
        clip = self.clip
        steps = [
            "aformat=sample_fmts=fltp",
            # A sound file begins with its first sample, whatever its container says; the
            # sound of a film may begin late, and gaps keep their length.
            *(["asetpts=PTS-STARTPTS"] if self.facts.video is None else []),
            f"aresample={SAMPLE_RATE}:async=1:first_pts=0",
            _stereo(self.facts.channels),
            f"atrim=start_sample={sample_of(clip.media_start)}",
            "asetpts=N/SR/TB",
            *(f"atempo={float(step)!r}" for step in _tempo(clip.playback_rate)),
        ]
        if clip.loop and self.cycle < self.length:
            steps += [_exactly(self.cycle), f"aloop=loop=-1:size={self.cycle}"]
        return [*steps, _exactly(self.length), "asetpts=N/SR/TB"]

    @property
    def input_args(self) -> list[str | Path]:
        """Ffmpeg's arguments for its source, read no further than needed."""
        clip = self.clip
        last = clip.media_start + (clip.end - clip.start) * clip.playback_rate
        return ["-t", f"{float(last + _MARGIN):.3f}", *read_from(self.source)]


def _exactly(samples: int) -> str:
    return f"apad=whole_len={samples},atrim=end_sample={samples}"


def _stereo(channels: str) -> str:
    if channels == "mono":
        # ffmpeg's own way from one channel to two takes 3 dB off.
        return "pan=stereo|FL=c0|FR=c0"
    return "aformat=channel_layouts=stereo"


def _tempo(rate: Fraction) -> list[Fraction]:
    """Factors within ffmpeg's best range whose product is *rate*."""
    steps = []
    while not _SLOWEST <= rate <= _FASTEST:
        step = _FASTEST if rate > 1 else _SLOWEST
        steps.append(step)
        rate /= step
    return [*steps, rate] if rate != 1 else steps


def mix_audio(
    clips: Sequence[MediaClip],
    samples: int,
    output: Path,
    *,
    first: int = 0,
    source: Callable[[str], Path],
    measure: Callable[[str], MediaFacts],
    scratch: Path,
    control: Control,
) -> bool:
    """
    Mix what is heard of *clips* into *output*, a FLAC file of exactly *samples*.

    Args:
        first: The sample of the composition that the file begins with.
        source: Gives the local file behind an address.
        measure: Gives what that file holds.
        scratch: An existing directory for work files, outside of the plan.

    Returns:
        Whether there is any sound; no file is written without.

    Raises:
        EncodeError: ffmpeg cannot decode a source.
    """
    tracks = [
        Track(clip=clip, source=source(clip.src), facts=measure(clip.src))
        for clip in clips
        if _is_heard(clip) and measure(clip.src).audio is not None
    ]
    tracks = [track for track in tracks if track.cycle > 0 and track.length > 0]
    if not tracks:
        return False
    args = [arg for track in tracks for arg in track.input_args]
    graph: list[str] = []
    inputs = len(tracks)
    for index, track in enumerate(tracks):
        moving = _write_gain(track, scratch / f"gain-{index}.f32")
        if moving is not None:
            args += [*_RAW, "-i", moving]
        graph += _place(track, index, None if moving is None else inputs)
        inputs += moving is not None
    graph.append(_sum(len(tracks), first, samples))
    script = scratch / "mix.txt"
    script.write_text(";\n".join(graph))
    args += ["-/filter_complex", script, "-map", "[out]", "-c:a", "flac"]
    args += ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1"]
    run_ffmpeg(
        [*REPEATABLE, *args, output],
        what="cannot mix the sound",
        control=control,
        timeout=_MIX_SECONDS,
    )
    return True


_RAW = ("-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "1")


def _is_heard(clip: MediaClip) -> bool:
    loud = (gain for _, gain in clip.volume_keyframes or ((0, clip.volume),))
    return not clip.muted and any(loud)


def _write_gain(track: Track, path: Path) -> Path | None:
    """Write the track's gain, sample by sample, to *path*; None where it is constant."""
    clip = track.clip
    if not clip.volume_keyframes:
        return None
    start = sample_of(clip.start)
    with path.open("wb") as file:
        for block in render_envelope(clip.volume_keyframes, start, track.length):
            block.tofile(file)
    return path


def render_envelope(
    envelope: Envelope, start: int, length: int
) -> Iterator[array[float]]:
    """The gain of *length* samples from sample *start* on, a block per slope."""
    points = [(sample_of(time), gain) for time, gain in envelope]
    first = gain_at(envelope, Fraction(start, SAMPLE_RATE))
    last = gain_at(envelope, Fraction(start + length, SAMPLE_RATE))
    inside = [(at, gain) for at, gain in points if start < at < start + length]
    row = [(start, first), *inside, (start + length, last)]
    for (here, gain), (after, other) in pairwise(row):
        count = after - here
        if gain == other:
            yield array("f", [gain]) * count
        else:
            step = (other - gain) / max(1, count)
            yield array("f", [gain + step * n for n in range(count)])


def _place(track: Track, index: int, gain: int | None) -> list[str]:
    """
    The lines of the filter graph that end in the track's pad ``t<index>``.

    Args:
        gain: The input that holds its gain; None takes the clip's constant one.
    """
    delay = f"adelay=delays={sample_of(track.clip.start)}S:all=1"
    own = f"[{index}:a:0]" + ",".join(track.filters())
    if gain is None:
        volume = f"volume=volume={track.clip.volume!r}:precision=float"
        return [f"{own},{volume},{delay}[t{index}]"]
    return [
        f"{own}[s{index}]",
        f"[{gain}:a:0]pan=stereo|FL=c0|FR=c0,aformat=sample_fmts=fltp[g{index}]",
        f"[s{index}][g{index}]amultiply,{delay}[t{index}]",
    ]


def _sum(count: int, first: int, samples: int) -> str:
    pads = "".join(f"[t{index}]" for index in range(count))
    mix = f"amix=inputs={count}:normalize=0:duration=longest"
    part = _exactly(first + samples)
    if first:
        # Mixed from the composition's start, so that a part sounds as it does in the whole.
        part += f",atrim=start_sample={first},asetpts=N/SR/TB"
    # The one place where sound is cut off: at full scale, by the rounding to 16 bits.
    return f"{pads}{mix},{part},aformat=sample_fmts=s16[out]"
