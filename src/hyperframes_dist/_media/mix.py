"""
The sound of a composition: every clip's source decoded, placed to the sample, summed, coded.

The same bytes on every machine with the same ffmpeg: float arithmetic runs without the
processor's own instructions. Tracks are summed as they are. Where the sum is louder than a
file can hold, it is mixed again by way of a limiter; see `MIX_CEILING`.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path

import attrs

from .._model.composition import Bus, Effect, MediaClip
from .._model.content import Sound, SoundTrack
from .._tools.ffmpeg import REPEATABLE, read_from, run_ffmpeg
from ..errors import PlanIntegrityError
from ..progress import Control
from .effects import SAMPLE_RATE, filters_of, hold_peaks, is_known, room, tail_of
from .envelope import Envelope, gain_at

MIX_CEILING = -1.0
"""
What the sum of all tracks peaks at between its samples, in dBTP, where it would be cut off.

It is the most that EBU R 128 allows before sound is coded, which makes peaks a little higher.
"""

MIX_SECONDS = 3600.0
"""The longest that ffmpeg may work on the sound of a film."""

# Decoded past a clip's end: filters look ahead.
_MARGIN = 2
# One step of ffmpeg's time stretching; beyond two it skips pieces.
_SLOWEST, _FASTEST = Fraction(1, 2), Fraction(2)
# What planning gives: a week is longer than any limit; gains are products of some of 12 dB.
_LONGEST, _LOUDEST, _RATES = 7 * 24 * 3600, 100, (Fraction(1, 10), 10)
_PEAK = "lavfi.astats.Overall.Peak_level"
_MEASURE = (
    "asetnsamples=n=480000:p=0",
    "astats=metadata=1:measure_perchannel=none:measure_overall=Peak_level",
    f"ametadata=mode=print:key={_PEAK}:file=-",
    # Encoders take no block of ten seconds.
    "asetnsamples=n=4096:p=0",
)


def sample_of(seconds: Fraction) -> int:
    """The sample nearest to *seconds*."""
    return round(seconds * SAMPLE_RATE)


@attrs.frozen
class _Track:
    """A clip that is heard, and the local file of its source."""

    row: SoundTrack
    source: Path

    @property
    def clip(self) -> MediaClip:
        return self.row.clip

    @property
    def length(self) -> int:
        """Samples of the mix it fills."""
        return length_of(self.clip)

    def filters(self) -> list[str]:
        """From the decoded source to its place in the mix, before its gain."""
        clip, cycle = self.clip, self.row.cycle
        steps = [
            *decoded(is_film=False, is_mono=self.row.is_mono),
            f"atrim=start_sample={sample_of(clip.media_start)}",
            "asetpts=N/SR/TB",
            *(f"atempo={float(step)!r}" for step in _tempo(clip.playback_rate)),
        ]
        if clip.loop and cycle < self.length:
            steps += [_exactly(cycle), f"aloop=loop=-1:size={cycle}"]
        return [*steps, _exactly(self.length), "asetpts=N/SR/TB"]

    @property
    def input_args(self) -> list[str | Path]:
        """Ffmpeg's arguments for its source, read no further than needed."""
        return read_until(self.source, needed_of(self.clip))


def length_of(clip: MediaClip) -> int:
    """Samples of the mix that *clip* fills."""
    return sample_of(clip.end) - sample_of(clip.start)


def needed_of(clip: MediaClip) -> Fraction:
    """How many seconds of its source *clip* needs, from the source's beginning."""
    return clip.media_start + (clip.end - clip.start) * clip.playback_rate


def read_until(source: Path, seconds: Fraction) -> list[str | Path]:
    """Ffmpeg's arguments that make the first *seconds* of *source* its next input."""
    return ["-t", f"{float(seconds + _MARGIN):.3f}", *read_from(source)]


def _exactly(samples: int) -> str:
    return f"apad=whole_len={samples},atrim=end_sample={samples}"


def decoded(*, is_film: bool, is_mono: bool) -> list[str]:
    """
    The filters that make two channels, at the mix's rate and from time 0, of a source.

    A sound file begins with its first sample, whatever its container says; the sound of a
    film may begin late, and gaps keep their length.
    """
    return [
        "aformat=sample_fmts=fltp",
        *([] if is_film else ["asetpts=PTS-STARTPTS"]),
        f"aresample={SAMPLE_RATE}:async=1:first_pts=0",
        _stereo(is_mono=is_mono),
    ]


def _stereo(*, is_mono: bool) -> str:
    if is_mono:
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


def mix_tracks(
    sound: Sound,
    folder: Path,
    coding: Sequence[str],
    output: Path,
    *,
    scratch: Path,
    control: Control,
) -> bool:
    """
    Mix *sound* into *output*, of exactly as many samples as it says.

    Args:
        folder: The plan directory; what the sound is mixed from has been verified there.
        coding: Ffmpeg's arguments that say how *output* is coded.
        scratch: An existing directory for work files.

    Returns:
        Whether the sum is louder than a file can hold, and was held at `MIX_CEILING`.

    Raises:
        PlanIntegrityError: A number of *sound* is none that planning gives.
        EncodeError: ffmpeg cannot decode a source.
    """
    _require_possible(sound)
    mixer = _Mixer(scratch, sound.first + sound.samples)
    tracks = [_Track(row, folder / row.path) for row in sound.tracks]
    for track in tracks:
        mixer.read(*track.input_args)
    pads = mixer.place(tracks)

    def run(*filters: str) -> float:
        """The peak of what is given to the encoder, in dB, as far as it is measured."""
        script = scratch / "mix.txt"
        script.write_text(";\n".join([*mixer.graph, _sum(pads, sound, filters)]))
        args = [*mixer.args, "-/filter_complex", script, "-map", "[out]", *coding]
        args += ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1"]
        done = run_ffmpeg(
            [*REPEATABLE, *args, output],
            what="cannot mix the sound",
            control=control,
            timeout=MIX_SECONDS,
        )
        return _peak_in(done.stdout)

    is_loud = run(*_MEASURE) > 0
    if is_loud:
        run(*hold_peaks(MIX_CEILING, lookahead=3, release=80), _exactly(sound.samples))
    return is_loud


def _require_possible(sound: Sound) -> None:
    """A plan may come from anywhere; what is in it becomes ffmpeg's arguments, and memory."""
    for row in sound.tracks:
        clip = row.clip
        chains = [clip.effects, *([clip.bus.effects] if clip.bus else [])]
        gains = [clip.volume, *(gain for _, gain in clip.volume_keyframes)]
        if clip.bus:
            gains += [clip.bus.volume, *(gain for _, gain in clip.bus.volume_keyframes)]
        driven = [effect.gain for chain in chains for effect in chain]
        gains += [gain for lane in driven for _, gain in lane]
        is_possible = (
            0 <= clip.start < clip.end <= _LONGEST
            and 0 <= clip.media_start <= _LONGEST
            and _RATES[0] <= clip.playback_rate <= _RATES[1]
            and all(0 <= gain <= _LOUDEST for gain in gains)
            and all(is_known(effect) for chain in chains for effect in chain)
            and 0 < row.cycle <= _LONGEST * SAMPLE_RATE / _RATES[0]
        )
        if not is_possible:
            raise PlanIntegrityError(
                "content.sound", "a sound that was planned", "another"
            )
    longest = _LONGEST * SAMPLE_RATE
    if not (0 <= sound.first <= longest and 0 < sound.samples <= longest):
        raise PlanIntegrityError(
            "content.sound", "a length that was planned", "another"
        )


def _peak_in(printed: bytes) -> float:
    rows = [line for line in printed.decode().splitlines() if line.startswith(_PEAK)]
    return float(rows[-1].partition("=")[2]) if rows else -math.inf


class _Mixer:
    """
    The graph of filters of one mix, and the files it reads.

    Args:
        scratch: Where gains and rooms are written, sample by sample.
        samples: How long the mix is, from the composition's start.
    """

    def __init__(self, scratch: Path, samples: int) -> None:
        self._scratch, self._samples = scratch, samples
        self.args: list[str | Path] = []
        self.graph: list[str] = []
        self._inputs = self._made = 0

    def read(self, *args: str | Path) -> int:
        """Read the file that *args* name; the number of that input."""
        self.args += args
        self._inputs += 1
        return self._inputs - 1

    def place(self, tracks: Sequence[_Track]) -> list[str]:
        """The pads to be summed: of each track, and of each group that has effects."""
        pads: list[str] = []
        groups: dict[str, list[str]] = {}
        buses = {
            track.clip.bus.id: track.clip.bus for track in tracks if track.clip.bus
        }
        for index, track in enumerate(tracks):
            self._track(track, index)
            bus = track.clip.bus
            (pads if bus is None else groups.setdefault(bus.id, [])).append(f"t{index}")
        for index, (name, members) in enumerate(groups.items()):
            self._group(buses[name], members, index)
            pads.append(f"b{index}")
        return pads

    def _track(self, track: _Track, index: int) -> None:
        clip = track.clip
        start = sample_of(clip.start)
        pad, steps = f"{index}:a:0", track.filters()
        length = track.length
        if clip.effects:
            length = min(
                self._samples - start, length + sample_of(tail_of(clip.effects))
            )
            length = max(length, track.length)
            pad = self.apply(
                clip.effects, pad, [*steps, _exactly(length)], start, length
            )
            steps = [_exactly(length)]
        delay = f"adelay=delays={start}S:all=1"
        own = f"[{pad}]" + ",".join(steps)
        if not clip.volume_keyframes:
            self.graph.append(f"{own},{_volume(clip.volume)},{delay}[t{index}]")
            return
        gain = self._gain(clip.volume_keyframes, start, length)
        self.graph += [
            f"{own}[s{index}]",
            _doubled(gain, f"g{index}"),
            f"[s{index}][g{index}]amultiply,{delay}[t{index}]",
        ]

    def _group(self, bus: Bus, members: Sequence[str], index: int) -> None:
        whole = _exactly(self._samples)
        pads = "".join(f"[{name}]" for name in members)
        summed = f"amix=inputs={len(members)}:normalize=0:duration=longest"
        self.graph.append(f"{pads}{summed},{whole}[m{index}]")
        pad = self.apply(bus.effects, f"m{index}", ["anull"], 0, self._samples)
        if not bus.volume_keyframes:
            self.graph.append(f"[{pad}]{whole},{_volume(bus.volume)}[b{index}]")
            return
        gain = self._gain(bus.volume_keyframes, 0, self._samples)
        self.graph += [
            f"[{pad}]{whole}[n{index}]",
            _doubled(gain, f"h{index}"),
            f"[n{index}][h{index}]amultiply[b{index}]",
        ]

    def apply(
        self,
        chain: Sequence[Effect],
        pad: str,
        before: Sequence[str],
        start: int,
        length: int,
    ) -> str:
        """
        Send what comes from *pad*, by way of the filters *before*, through *chain*.

        Args:
            start: The sample of the composition it begins with.
            length: How many samples there are.

        Returns:
            The pad it comes out of.
        """
        pad = self._line(pad, before)
        for (preset, amount), run in groupby(chain, _preset):
            if not preset or amount == 1:
                pad = self._run(run, pad, start, length)
            elif amount:
                pad = self._blend(run, amount, pad, start, length)
        return pad

    def _run(self, run: Iterable[Effect], pad: str, start: int, length: int) -> str:
        for effect in run:
            if effect.gain:
                gain = self._name()
                source = self._gain(effect.gain, start, length)
                self.graph.append(_doubled(source, gain))
                pad = self._line(f"{pad}][{gain}", ["amultiply"])
            elif effect.kind == "reverb":
                pad = self._reverb(effect, pad)
            elif filters := filters_of(effect):
                pad = self._line(pad, filters)
        return pad

    def _blend(
        self, run: Iterable[Effect], amount: float, pad: str, start: int, length: int
    ) -> str:
        dry, wet = self._name(), self._name()
        self.graph.append(f"[{pad}]asplit[{dry}][{wet}]")
        wet = self._run(run, wet, start, length)
        dry, wet = (
            self._line(name, [_volume(part)])
            for name, part in ((dry, 1 - amount), (wet, amount))
        )
        return self._line(f"{dry}][{wet}", ["amix=inputs=2:normalize=0"])

    def _reverb(self, effect: Effect, pad: str) -> str:
        path = self._scratch / f"room-{self._name()}.f32"
        with path.open("wb") as file:
            room(effect).tofile(file)
        heard, dry, wet = self._name(), self._name(), self._name()
        self.graph.append(_doubled(self.read(*_RAW, "-i", path), heard))
        self.graph.append(f"[{pad}]asplit[{dry}][{wet}]")
        # What ffmpeg calls dry is what goes in; the room is as loud as it was made.
        gains = f"dry=1:wet={effect.numbers['wet']!r}:irnorm=-1:gtype=none"
        wet = self._line(f"{wet}][{heard}", [f"afir={gains}"])
        dry = self._line(dry, [_volume(effect.numbers["dry"])])
        return self._line(f"{dry}][{wet}", ["amix=inputs=2:normalize=0"])

    def _line(self, pad: str, filters: Sequence[str]) -> str:
        name = self._name()
        self.graph.append(
            f"[{pad}]{','.join(filters)},aformat=sample_fmts=fltp[{name}]"
        )
        return name

    def _name(self) -> str:
        self._made += 1
        return f"x{self._made}"

    def _gain(self, envelope: Envelope, start: int, length: int) -> int:
        """The input that gives a gain for each of *length* samples from *start* on."""
        path = self._scratch / f"gain-{self._inputs}.f32"
        with path.open("wb") as file:
            for block in render_envelope(envelope, start, length):
                block.tofile(file)
        return self.read(*_RAW, "-i", path)


def _volume(gain: float) -> str:
    return f"volume=volume={gain!r}:precision=float"


def _preset(effect: Effect) -> tuple[str, float]:
    return effect.preset, effect.amount


def _doubled(source: int, name: str) -> str:
    """A line that gives the input *source*, of one channel, for both sides."""
    return f"[{source}:a:0]pan=stereo|FL=c0|FR=c0,aformat=sample_fmts=fltp[{name}]"


_RAW = ("-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "1")


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


def _sum(names: Sequence[str], sound: Sound, filters: Sequence[str]) -> str:
    pads = "".join(f"[{name}]" for name in names)
    mix = f"amix=inputs={len(names)}:normalize=0:duration=longest"
    part = _exactly(sound.first + sound.samples)
    if sound.first:
        # Mixed from the composition's start, so that a part sounds as it does in the whole.
        part += f",atrim=start_sample={sound.first}"
    # What is delayed begins without a time, and blocks of it would have none.
    part += ",asetpts=N/SR/TB"
    return f"{pads}{','.join([mix, part, *filters])}[out]"
