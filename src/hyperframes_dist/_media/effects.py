"""
Effects on sound: what a ``data-fx-chain`` asks for, as filters of ffmpeg.

Each effect is the one that HyperFrames' own graph of Web Audio makes, by its formulas, so
that a film sounds as its author has heard it. Nothing here knows a file or a clip.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import attrs

from .._model.checks import is_number
from .._model.composition import Effect
from ..errors import InputError, UnsupportedFeatureError
from .envelope import Lanes, decibel_lane

SAMPLE_RATE = 48_000
"""Samples per second of every mix."""

_ADVICE = "apply it to the sound file itself"
_LEFT_OUT = frozenset({"chorus", "phaser", "pitchshift"})
# Of each number: the least, the most, and what it is where nothing says.
_FREQUENCY = {"frequency": (20, 20_000, 1000)}
_GAIN = {"gain": (-40, 40, 0)}
_Q = {"q": (0.1, 20, 0.707)}
_FOLLOWER = {"attack": (0.01, 2000, 20), "release": (0.01, 9000, 250)}
_KNEE = {"knee": (1, 8, 2.83)}
_MIX = {"mix": (0, 1, 1)}
_NUMBERS: Mapping[str, Mapping[str, tuple[float, float, float]]] = MappingProxyType(
    {
        "gain": {"gain": (-60, 12, 0)},
        "peaking": {**_FREQUENCY, **_GAIN, "q": (0.1, 20, 1)},
        "lowshelf": {"frequency": (20, 2000, 200), **_GAIN},
        "highshelf": {"frequency": (500, 20_000, 4000), **_GAIN},
        "highpass": {"frequency": (20, 20_000, 300), **_Q},
        "lowpass": {"frequency": (100, 20_000, 8000), **_Q},
        "compressor": {
            **_FOLLOWER,
            **_KNEE,
            **_MIX,
            "threshold": (-60, 0, -24),
            "ratio": (1, 20, 4),
            "makeup": (0, 36, 0),
        },
        "limiter": {
            "limit": (-24, 0, -1),
            "attack": (0.1, 80, 5),
            "release": (1, 8000, 50),
            "level_out": (-24, 24, 0),
        },
        "truepeak": {
            "ceiling": (-24, 0, -1),
            "lookahead": (0.5, 10, 3),
            "release": (10, 2000, 80),
        },
        "gate": {
            "threshold": (-80, 0, -35),
            "range": (-80, 0, -24),
            "ratio": (1, 20, 10),
            "attack": (0.01, 9000, 1),
            "release": (0.01, 9000, 100),
        },
        "saturate": {
            "threshold": (-40, 0, -6),
            "output": (-24, 24, 0),
            "oversample": (1, 8, 4),
        },
        "bitcrush": {"bits": (1, 32, 8), "samples": (1, 250, 1), **_MIX},
        "delay": {
            "time": (1, 5000, 250),
            "feedback": (0.01, 0.95, 0.35),
            "mix": (0, 1, 0.4),
        },
        "reverb": {
            "size": (0.05, 1, 0.7),
            "damping": (0, 1, 0.5),
            "wet": (0, 1, 0.35),
            "dry": (0, 1, 0.7),
        },
    }
)
# What an effect rings on for, at the most, and where that is no more heard.
_LONGEST_TAIL, _FLOOR = 5.0, 0.001
# Samples that Web Audio takes for what goes round once more.
_TURN = 128
_IN, _X = "val(ch)", "ld(0)"
_CURVES = MappingProxyType(
    {
        "tanh": f"tanh({_X})",
        "atan": f"2/PI*atan(PI/2*{_X})",
        "cubic": f"if(gte(abs({_X}),1),sgn({_X}),{_X}-{_X}*{_X}*{_X}/3)",
        "exp": f"sgn({_X})*(1-exp(-abs({_X})))",
        "alg": f"{_X}/sqrt(1+{_X}*{_X})",
        "quintic": f"if(gte(abs({_X}),1),sgn({_X}),{_X}-pow({_X},5)/5)",
        "sin": f"if(gte(abs({_X}),1),sgn({_X}),sin(PI/2*{_X}))",
        "erf": f"tanh(1.20211*{_X})",
        "hard": f"clip({_X},-1,1)",
    }
)


def _tail(effect: Effect) -> Fraction:
    value = effect.numbers
    if effect.kind == "reverb" and value["wet"] > 0:
        return Fraction(_room_seconds(value["size"]))
    if effect.kind == "delay" and value["mix"] > 0:
        turns = math.ceil(math.log(_FLOOR) / math.log(value["feedback"]))
        return Fraction(turns * value["time"] / 1000)
    return Fraction(0)


def tail_of(chain: tuple[Effect, ...]) -> Fraction:
    """Seconds for which *chain* is heard after what it is applied to."""
    whole = sum(map(_tail, chain), Fraction(0))
    return min(Fraction(_LONGEST_TAIL), whole)


def read_chain(text: str, tag: str) -> tuple[Effect, ...]:
    """
    The effects of a ``data-fx-chain`` attribute that are switched on, in order.

    Args:
        tag: The element, for a message.

    Raises:
        InputError: The attribute is not what the format says.
        UnsupportedFeatureError: It asks for an effect that is not carried out.
    """
    if not text.strip():
        return ()
    try:
        chain = json.loads(text)
        if chain["version"] != 1:
            raise ValueError(f"version {chain['version']!r}")
        nodes = [dict(node) for node in chain["nodes"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(f"{tag}: data-fx-chain is not readable: {error}") from None
    return tuple(_read(node, tag) for node in nodes if node.get("enabled") is not False)


def _read(node: Mapping[str, Any], tag: str) -> Effect:
    kind = str(node.get("type"))
    if kind in _LEFT_OUT:
        raise UnsupportedFeatureError(f"{kind!r} in data-fx-chain", tag, _ADVICE)
    if kind not in _NUMBERS:
        known = ", ".join(sorted({*_NUMBERS, *_LEFT_OUT}))
        raise InputError(f"{tag}: data-fx-chain has no effect {kind!r}; it has {known}")
    said = node.get("params")
    said = said if isinstance(said, dict) else {}
    amount = node.get("presetAmount")
    curve = said.get("type")
    return Effect(
        kind=kind,
        id=str(node.get("id") or ""),
        numbers={
            name: _number(said.get(name), *bounds)
            for name, bounds in _NUMBERS[kind].items()
        },
        word=_curve(curve) if kind == "saturate" else "",
        is_gentle=said.get("poles") == "1",
        preset=str(node.get("fromPreset") or ""),
        amount=_number(amount, 0, 1, 1),
    )


# What a lane may drive, but for a gain's own: Web Audio sets the others once and for all.
_DRIVEN = frozenset(
    {"frequency", "q", "gain", "output", "time", "feedback", "mix", "wet", "dry"}
)
_DRIVEN_IN = frozenset(
    {*_NUMBERS} - {"compressor", "limiter", "truepeak", "gate", "bitcrush"}
)


def drive_chain(
    chain: tuple[Effect, ...], lanes: Lanes, start: Fraction, tag: str
) -> tuple[Effect, ...]:
    """
    *chain* as *lanes* of automation drive it.

    Args:
        start: When the clip begins, or the group; lanes count from there.
        tag: The element, for a message.

    Raises:
        UnsupportedFeatureError: A lane drives what is not carried out over time.
    """
    for target, points in lanes.items():
        match target.split("."):
            case ["fx", "preset", name]:
                chain = tuple(
                    _blend(each, points, tag) if each.preset == name else each
                    for each in chain
                )
            case ["fx", name, setting]:
                chain = tuple(
                    _drive(each, setting, points, start, tag)
                    if each.id == name
                    else each
                    for each in chain
                )
    return chain


def _blend(effect: Effect, points: list[dict[str, float]], tag: str) -> Effect:
    values = {point["v"] for point in points}
    if len(values) > 1:
        what = f"an amount of the preset {effect.preset!r} that changes"
        raise UnsupportedFeatureError(what, tag, _ADVICE)
    amount = min(1.0, max(0.0, *values)) if values else effect.amount
    return attrs.evolve(effect, amount=amount)


def _drive(
    effect: Effect,
    setting: str,
    points: list[dict[str, float]],
    start: Fraction,
    tag: str,
) -> Effect:
    bounds = _NUMBERS[effect.kind].get(setting)
    if bounds is None or not points:
        return effect
    least, most, _ = bounds
    if effect.kind == "gain":
        return attrs.evolve(effect, gain=decibel_lane(points, start, least, most))
    if effect.kind not in _DRIVEN_IN or setting not in _DRIVEN:
        return effect
    if len({point["v"] for point in points}) > 1:
        what = f"a {setting} of {effect.kind!r} that changes"
        raise UnsupportedFeatureError(what, tag, _ADVICE)
    value = min(most, max(least, points[0]["v"]))
    return attrs.evolve(effect, numbers={**effect.numbers, setting: value})


def _curve(raw: Any) -> str:
    return raw if isinstance(raw, str) and raw in _CURVES else "tanh"


def _number(raw: Any, least: float, most: float, usual: float) -> float:
    try:
        found = float(raw) if is_number(raw) or isinstance(raw, str) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    return min(most, max(least, found)) if math.isfinite(found) else usual


def level(decibels: float) -> float:
    """The factor that *decibels* are."""
    return float(10 ** (decibels / 20))


def filters_of(effect: Effect) -> list[str]:
    """The filters of *effect*, which is neither a reverb nor driven by a lane."""
    return _FILTERS[effect.kind](effect)


def _gain(effect: Effect) -> list[str]:
    return [f"volume=volume={level(effect.numbers['gain'])!r}:precision=float"]


def _biquad(b: tuple[float, ...], a: tuple[float, ...]) -> list[str]:
    rows = [f"b{n}={value!r}" for n, value in enumerate(b)]
    rows += [f"a{n}={value!r}" for n, value in enumerate(a)]
    return [f"biquad={':'.join(rows)}:precision=f64"]


def _angle(effect: Effect) -> tuple[float, float]:
    turn = 2 * math.pi * effect.numbers["frequency"] / SAMPLE_RATE
    return math.cos(turn), math.sin(turn)


def _pass(effect: Effect) -> list[str]:
    low = effect.kind == "lowpass"
    if effect.is_gentle:
        k = math.tan(math.pi * effect.numbers["frequency"] / SAMPLE_RATE)
        now, last = (k, k) if low else (1, -1)
        one_pole = (1.0, (k - 1) / (k + 1), 0.0)
        return _biquad((now / (1 + k), last / (1 + k), 0.0), one_pole)
    cos, sin = _angle(effect)
    # Of these two Web Audio reads the quality in decibels.
    alpha = sin / (2 * level(effect.numbers["q"]))
    edge = 1 - cos if low else 1 + cos
    b = (edge / 2, edge if low else -edge, edge / 2)
    return _biquad(b, (1 + alpha, -2 * cos, 1 - alpha))


def _peaking(effect: Effect) -> list[str]:
    cos, sin = _angle(effect)
    alpha = sin / (2 * effect.numbers["q"])
    a = 10 ** (effect.numbers["gain"] / 40)
    b = (1 + alpha * a, -2 * cos, 1 - alpha * a)
    return _biquad(b, (1 + alpha / a, -2 * cos, 1 - alpha / a))


def _shelf(effect: Effect) -> list[str]:
    cos, sin = _angle(effect)
    if effect.kind == "highshelf":
        cos = -cos
    a = 10 ** (effect.numbers["gain"] / 40)
    more, less, slope = a + 1, a - 1, math.sqrt(2 * a) * sin
    sign = -1 if effect.kind == "highshelf" else 1
    b = (
        a * (more - less * cos + slope),
        sign * 2 * a * (less - more * cos),
        a * (more - less * cos - slope),
    )
    return _biquad(
        b,
        (
            more + less * cos + slope,
            -sign * 2 * (less + more * cos),
            more + less * cos - slope,
        ),
    )


def _each(expression: str) -> list[str]:
    """A filter that makes of each sample, of either channel, what *expression* says."""
    return [f"aeval=exprs='{expression}':channel_layout=same"]


def _follow(effect: Effect) -> str:
    """Leaves in ``ld(0)`` how loud it is, as a follower with the effect's times has it."""
    up, down = (
        math.exp(-1 / (SAMPLE_RATE * max(1e-5, effect.numbers[name] / 1000)))
        for name in ("attack", "release")
    )
    turn = f"st(0,ld(1)+if(gt(ld(1),ld(0)),{up!r},{down!r})*(ld(0)-ld(1)))"
    return f"st(1,abs({_IN}));{turn}"


def _compressor(effect: Effect) -> list[str]:
    value = effect.numbers
    knee = 20 * math.log10(max(1.0001, value["knee"]))
    slope, mix = 1 - 1 / value["ratio"], value["mix"]
    over = f"st(2,20*log(max(ld(0),1e-12))/log(10)-({value['threshold']!r}))"
    bent = f"{slope!r}*{knee!r}*pow((ld(2)+{knee!r})/(2*{knee!r}),2)"
    less = (
        f"st(3,if(lt(abs(ld(2)),{knee!r}),-{bent},if(gt(ld(2),0),-ld(2)*{slope!r},0)))"
    )
    gain = f"pow(10,ld(3)/20)*{level(value['makeup']) * mix!r}+{1 - mix!r}"
    return _each(f"{_follow(effect)};{over};{less};{_IN}*({gain})")


def _limiter(effect: Effect) -> list[str]:
    most, out = level(effect.numbers["limit"]), level(effect.numbers["level_out"])
    gain = f"if(gt(ld(0),{most!r}),{most!r}/ld(0),1)*{out!r}"
    return _each(f"{_follow(effect)};{_IN}*{gain}")


# How far ffmpeg's limiter, which looks at four points a sample, is told to stay below what
# it has to hold: narrowing the band again makes peaks higher.
_HEADROOM = 0.3


def hold_peaks(ceiling: float, *, lookahead: float, release: float) -> list[str]:
    """
    The filters that hold peaks, also those between samples, below *ceiling*.

    Dense noise may end up a third of a decibel above it.

    Args:
        ceiling: In dBTP, -24 to 0.
        lookahead: Milliseconds in which the gain falls before a peak, 0.1 to 80.
        release: Milliseconds in which it rises again, 1 to 8000.
    """
    limit = max(0.0625, level(ceiling - _HEADROOM))
    times = f"attack={lookahead!r}:release={release!r}"
    # Level off: else what is held is made louder afterwards.
    limiter = f"alimiter=limit={limit!r}:{times}:level=0:latency=1"
    return [f"aresample={4 * SAMPLE_RATE}", limiter, f"aresample={SAMPLE_RATE}"]


def _true_peak(effect: Effect) -> list[str]:
    value = effect.numbers
    return hold_peaks(
        value["ceiling"], lookahead=value["lookahead"], release=value["release"]
    )


def is_known(effect: Effect) -> bool:
    """Whether *effect* is one that `read_chain` gives: of a kind, within its bounds."""
    bounds = _NUMBERS.get(effect.kind, {})
    return (
        bool(bounds)
        and effect.numbers.keys() == bounds.keys()
        and all(
            low <= effect.numbers[k] <= high for k, (low, high, _) in bounds.items()
        )
        and (effect.word in _CURVES) == (effect.kind == "saturate")
        and 0 <= effect.amount <= 1
    )


def _gate(effect: Effect) -> list[str]:
    value = effect.numbers
    threshold, floor = level(value["threshold"]), level(value["range"])
    up, down = (
        math.exp(-1 / (SAMPLE_RATE * max(1e-5, value[name] / 1000)))
        for name in ("attack", "release")
    )
    under = f"pow({threshold!r}/max(ld(0),1e-9),{1 - value['ratio']!r})"
    goal = f"st(2,if(lt(ld(0),{threshold!r}),max({floor!r},{under}),1))"
    # What is kept is how far the gate is shut, since it begins open.
    kept = f"st(3,1-(ld(2)+if(lt(ld(2),1-ld(3)),{down!r},{up!r})*(1-ld(3)-ld(2))))"
    return _each(f"{_follow(effect)};{goal};{kept};{_IN}*(1-ld(3))")


def _saturate(effect: Effect) -> list[str]:
    value = effect.numbers
    threshold = level(value["threshold"])
    out = threshold * level(value["output"])
    put = f"st(0,clip({_IN},-1,1)/{threshold!r})"
    each = _each(f"{put};({_CURVES[effect.word]})*{out!r}")
    times = 4 if value["oversample"] >= 4 else 2 if value["oversample"] >= 2 else 1
    if times == 1:
        return each
    return [f"aresample={SAMPLE_RATE * times}", *each, f"aresample={SAMPLE_RATE}"]


def _bitcrush(effect: Effect) -> list[str]:
    value = effect.numbers
    steps, mix = 2 ** (value["bits"] - 1), value["mix"]
    every = max(1, math.floor(value["samples"] + 0.5))
    held = f"if(eq(mod(n,{every}),0),st(0,floor({_IN}*{steps!r}+0.5)/{steps!r}),ld(0))"
    return _each(f"{held}*{mix!r}+{_IN}*{1 - mix!r}")


def _delay(effect: Effect) -> list[str]:
    value = effect.numbers
    if not value["mix"]:
        return []
    turns = math.ceil(math.log(_FLOOR / 10) / math.log(value["feedback"]))
    first = round(value["time"] * SAMPLE_RATE / 1000)
    # ffmpeg cuts off what is over a sample.
    delays = "|".join(
        f"{(first + n * (first + _TURN) + 0.01) * 1000 / SAMPLE_RATE:.6f}"
        for n in range(turns)
    )
    decays = "|".join(
        f"{value['mix'] * value['feedback'] ** n:.9f}" for n in range(turns)
    )
    dry = 1 - value["mix"]
    return [f"aecho=in_gain={dry!r}:out_gain=1:delays={delays}:decays={decays}"]


_FILTERS: Mapping[str, Callable[[Effect], list[str]]] = MappingProxyType(
    {
        "gain": _gain,
        "peaking": _peaking,
        "lowshelf": _shelf,
        "highshelf": _shelf,
        "highpass": _pass,
        "lowpass": _pass,
        "compressor": _compressor,
        "limiter": _limiter,
        "truepeak": _true_peak,
        "gate": _gate,
        "saturate": _saturate,
        "bitcrush": _bitcrush,
        "delay": _delay,
    }
)


def _room_seconds(size: float) -> float:
    return 0.6 + size * 2.6


def room(effect: Effect) -> array[float]:
    """What a click sounds like in the room of the reverb *effect*: noise that dies away."""
    size, damping = effect.numbers["size"], effect.numbers["damping"]
    count = max(1, math.floor(SAMPLE_RATE * _room_seconds(size)))
    seed = math.floor(size * 1000 + 0.5) * 2654435761
    seed = (seed + math.floor(damping * 1000 + 0.5) * 40503) % 2**32
    cutoff, last, energy = max(0.001, 1 - damping), 0.0, 0.0
    made = []
    for n in range(count):
        seed = (seed * 1664525 + 1013904223) % 2**32
        last += cutoff * (seed / 0xFFFFFFFF * 2 - 1 - last)
        made.append(last * (1 - n / count) ** 2.5)
        energy += made[-1] ** 2
    whole = math.sqrt(energy) or 1.0
    return array("f", [sample / whole for sample in made])
