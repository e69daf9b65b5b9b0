"""Lottie animations whose pictures can be computed."""

from __future__ import annotations

import json

WIDTH, HEIGHT, SECONDS, FPS = 200, 16, 2, 10


def lottie_data() -> str:
    """A white rectangle whose width runs from nothing to all, linearly."""
    linear = {"i": {"x": [1], "y": [1]}, "o": {"x": [0], "y": [0]}}
    scale = [{"t": 0, "s": [0, 100, 100], **linear}, {"t": 20, "s": [100, 100, 100]}]
    still = {"o": {"a": 0, "k": 100}, "r": {"a": 0, "k": 0}}
    group = {
        "ty": "gr",
        "it": [
            {"ty": "rc", "p": {"a": 0, "k": [100, 8]}, "s": {"a": 0, "k": [200, 16]}}
            | {"r": {"a": 0, "k": 0}},
            {"ty": "fl", "c": {"a": 0, "k": [1, 1, 1, 1]}, "o": {"a": 0, "k": 100}},
            {"ty": "tr", "p": {"a": 0, "k": [0, 0]}, "a": {"a": 0, "k": [0, 0]}}
            | {"s": {"a": 0, "k": [100, 100]}, **still},
        ],
    }
    transform = {**still, "p": {"a": 0, "k": [0, 0, 0]}, "a": {"a": 0, "k": [0, 0, 0]}}
    layer = {
        "ty": 4,
        "ip": 0,
        "op": 20,
        "st": 0,
        "ks": {**transform, "s": {"a": 1, "k": scale}},
    }
    layer |= {"shapes": [group], "ind": 1, "bm": 0, "ddd": 0}
    size = {"w": WIDTH, "h": HEIGHT, "ip": 0, "op": 20, "fr": FPS, "v": "5.7.0"}
    return json.dumps({**size, "layers": [layer], "assets": []})
