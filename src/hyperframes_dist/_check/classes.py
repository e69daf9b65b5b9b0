"""
What the fields of a script's classes are called: names that are made, and not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from .script import Script

_MODIFIERS = frozenset({"static", "get", "set", "async", "accessor", "*"})
_ENDS_KEY = frozenset({"=", ";", "}", "(", ""})
# Words behind which a value goes on.
_GOES_ON = frozenset(
    {
        *("typeof", "new", "await", "yield", "void", "delete", "in", "instanceof"),
        *("function", "class", "extends"),
    }
)
_VALUES = frozenset({"name", "number", "string"})


def class_keys(script: Script) -> frozenset[int]:
    """Where the names of fields and methods stand in the classes of *script*."""
    found = set[int]()
    for index in script.names("class"):
        if script.text(index - 1) not in {".", "?."}:
            found.update(_keys_in(script, _body(script, index)))
    return frozenset(found)


def _body(script: Script, index: int) -> int:
    """Where the body opens of the class whose word stands at *index*."""
    place = index + 1
    while script.text(place) not in {"{", ";", "}", ")", "]", ""}:
        opens = script.text(place) in {"(", "["} and script.kind(place) == "punct"
        place = (script.closing(place) if opens else place) + 1
    return place


def _keys_in(script: Script, opened: int) -> Iterator[int]:
    if script.text(opened) != "{":
        return
    place, end = opened + 1, script.closing(opened)
    while place < end:
        if script.text(place) == ";":
            place += 1
            continue
        place = _key(script, place)
        if script.kind(place) == "name":
            yield place
        place = _behind(script, place, end)


def _key(script: Script, place: int) -> int:
    """Where the name stands of the member that begins at *place*."""
    while script.text(place) in _MODIFIERS:
        after = script.text(place + 1)
        if after in _ENDS_KEY:
            break
        place += 1
    return place


def _behind(script: Script, place: int, end: int) -> int:
    """Where the member ends whose name stands at *place*."""
    closed = script.text(place) in {"[", "{"} and script.kind(place) == "punct"
    place = (script.closing(place) if closed else place) + 1
    if script.text(place) == "(":
        return script.closing(script.closing(place) + 1) + 1
    if script.text(place) != "=":
        return place
    place += 1
    while place < end and script.text(place) != ";":
        if script.text(place) in {"(", "[", "{"} and script.kind(place) == "punct":
            place = script.closing(place)
        place += 1
        if _begins_member(script, place):
            break
    return place


def _begins_member(script: Script, place: int) -> bool:
    """Whether a value stands at *place* behind another, which a line ends."""
    text, before = script.text(place), script.text(place - 1)
    if script.kind(place) not in _VALUES or text in {"in", "instanceof"}:
        return False
    if before == "async":
        return text != "function" and script.text(place + 1) != "=>"
    if script.kind(place - 1) == "punct":
        return before in {")", "]", "}", "++", "--"}
    return before not in _GOES_ON or script.text(place - 2) in {".", "?."}
