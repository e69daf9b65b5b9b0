"""
Where a script calls GSAP's tweens, which several rules look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .project import Code

GSAP = re.compile(r"gsap|TweenMax|greensock", re.IGNORECASE)
"""What is in every address GSAP is loaded from."""

TWEENS = frozenset({"to", "from", "fromTo", "set"})
"""The methods that make one."""


def tweens(code: Code) -> Iterator[int]:
    """Where the bracket of each call opens; the method's name stands before it."""
    script = code.script
    for index in script.names(*TWEENS):
        if script.text(index - 1) in {".", "?."} and script.text(index + 1) == "(":
            yield index + 1


def timelines(code: Code) -> frozenset[str]:
    """The names that hold a timeline of GSAP's; a look at all of a script."""
    script = code.script
    return frozenset(
        script.text(index - 4)
        for index in script.names("timeline")
        if [script.text(index + n) for n in (-3, -2, -1, 1)] == ["=", "gsap", ".", "("]
        and script.kind(index - 4) == "name"
    )
