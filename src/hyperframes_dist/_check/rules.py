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
        "HF110": Rule("warning", "what is no attribute"),
        "HF111": Rule("warning", "text before the document"),
        "HF112": Rule("note", "a document without a doctype"),
        "HF113": Rule("warning", "text that was read by another encoding"),
        "HF114": Rule("warning", "a comment that is none, or ends elsewhere"),
        "HF201": Rule("warning", "a number that is none"),
        "HF202": Rule("warning", "a number that cannot be meant"),
        "HF203": Rule("warning", "clips that overlap on a track"),
        "HF204": Rule("warning", "a clip past the end"),
        "HF205": Rule("warning", "a clip without a duration"),
        "HF206": Rule("note", 'a timed element without class="clip"'),
        "HF207": Rule("warning", "a start that names no element"),
        "HF208": Rule("warning", "a start that no clip's end gives"),
        "HF209": Rule("warning", "an end that is none"),
        "HF210": Rule("warning", "a clip without a start"),
        "HF211": Rule("warning", "a clip outside of the composition"),
        "HF212": Rule("error", "a shutter that is none"),
        "HF213": Rule("warning", "a loop that nothing is shown by"),
        "HF214": Rule("warning", "a word that says something else"),
        "HF301": Rule("error", "a file that is not in the project"),
        "HF302": Rule("error", "a mounted composition that cannot be used"),
        "HF303": Rule("warning", "a blank address"),
        "HF304": Rule("error", "an address only this machine understands"),
        "HF305": Rule("warning", "a version that floats"),
        "HF306": Rule("warning", "a host that is misspelt"),
        "HF307": Rule("error", "a file that is not what its name says"),
        "HF308": Rule("warning", "a font that is misspelt"),
        "HF309": Rule("error", "a file of another kind than its element shows"),
        "HF310": Rule("error", "an address of no kind"),
        "HF311": Rule("warning", "a style sheet that is not linked"),
        "HF312": Rule("warning", "a reference to what is not there"),
        "HF313": Rule("error", "a mask of another file"),
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
        "HF412": Rule("warning", "an ease that GSAP does not know"),
        "HF413": Rule("warning", "a misspelt word of GSAP"),
        "HF414": Rule("error", "a registry that is used as something else"),
        "HF415": Rule("warning", "a place on the timeline that nobody named"),
        "HF416": Rule("error", "a library that comes after its use"),
        "HF417": Rule("warning", "a misspelt word of the page"),
        "HF418": Rule("warning", "sound that a script plays"),
        "HF419": Rule("note", "a timeline that is not paused"),
        "HF420": Rule("warning", "a template in plain quotes"),
        "HF421": Rule("warning", "a name that nothing declares"),
        "HF501": Rule("error", "declarations that cannot be read"),
        "HF502": Rule("warning", "a variable that is not declared"),
        "HF503": Rule("warning", "a variable of another type"),
        "HF504": Rule("warning", "a variable that nothing reads"),
        "HF505": Rule("warning", "a declaration that lacks something"),
        "HF601": Rule("warning", "a misspelt property"),
        "HF602": Rule("note", "a property Chrome does not know"),
        "HF603": Rule("warning", "a value that is misspelt or lacks its unit"),
        "HF604": Rule("warning", "a style sheet that does not parse"),
        "HF605": Rule("warning", "a custom property that is not defined"),
        "HF606": Rule("warning", "an animation that no @keyframes describes"),
        "HF607": Rule("warning", "a selector that is misspelt"),
        "HF608": Rule("warning", "a clip that its style hides"),
        "HF701": Rule("error", "a page that fails"),
        "HF702": Rule("warning", "what planning finds doubtful"),
        "HF703": Rule("error", "an address that nobody answers"),
        "HF704": Rule("error", "what planning refuses"),
    }
)
