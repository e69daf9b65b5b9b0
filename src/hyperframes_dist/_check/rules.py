"""
The rules by their codes. A code never changes its meaning; one page tells of each
(``docs/checks.md``).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from .report import Severity


@attrs.frozen
class Rule:
    """How bad it is, and what it is about, in a few words."""

    severity: Severity
    about: str


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "HF101": Rule("error", "a document without a composition"),
        "HF102": Rule("warning", "a misspelt attribute of the format"),
        "HF103": Rule("warning", "a misspelt attribute of HTML"),
        "HF104": Rule("warning", "a misspelt element"),
        "HF105": Rule("warning", "a composition without a size"),
        "HF106": Rule("error", "two roots"),
        "HF107": Rule("warning", "an id that stands twice"),
        "HF108": Rule("warning", "an element that is not closed, or closed wrongly"),
        "HF109": Rule("warning", "an attribute that stands twice"),
        "HF201": Rule("warning", "a number that is none"),
        "HF202": Rule("warning", "a number that cannot be meant"),
        "HF203": Rule("warning", "clips that overlap on a track"),
        "HF204": Rule("warning", "a clip past the end"),
        "HF205": Rule("warning", "a clip without a duration"),
        "HF206": Rule("note", 'a timed element without class="clip"'),
        "HF207": Rule("warning", "a start that names no element"),
        "HF301": Rule("error", "a file that is not in the project"),
        "HF302": Rule("error", "a mounted composition that cannot be used"),
        "HF303": Rule("warning", "a blank address"),
        "HF304": Rule("error", "an address only this machine understands"),
        "HF305": Rule("warning", "a version that floats"),
        "HF306": Rule("warning", "a host that is misspelt"),
        "HF307": Rule("error", "a file that is not what its name says"),
        "HF308": Rule("warning", "a font that is misspelt"),
        "HF401": Rule("error", "a timeline that is not registered"),
        "HF402": Rule("error", "a timeline under another name"),
        "HF403": Rule("warning", "a target that is not there"),
        "HF404": Rule("warning", "a tween past the end"),
        "HF405": Rule("warning", "a repeat without an end"),
        "HF406": Rule("error", "a script that does not parse"),
        "HF407": Rule("error", "a library that is not loaded"),
        "HF408": Rule("warning", "content that comes by a timer"),
        "HF409": Rule("note", "a timer"),
        "HF410": Rule("warning", "a question to the network"),
        "HF411": Rule("note", "chance and the clock, which are made to repeat"),
        "HF501": Rule("error", "declarations that cannot be read"),
        "HF502": Rule("warning", "a variable that is not declared"),
        "HF503": Rule("warning", "a variable of another type"),
        "HF504": Rule("warning", "a variable that nothing reads"),
        "HF601": Rule("warning", "a misspelt property"),
        "HF602": Rule("note", "a property Chrome does not know"),
        "HF603": Rule("warning", "a value that is misspelt or lacks its unit"),
        "HF604": Rule("warning", "a style sheet that does not parse"),
        "HF605": Rule("warning", "a custom property that is not defined"),
    }
)
