"""Which cases of a family the default run keeps: few, the same ones each time, well spread."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pytest

_SEED = "18"


def mark_the_rest(items: Iterable[pytest.Item]) -> None:
    """
    Of each test that is ``sampled(n)``, mark all but *n* cases ``thorough``.

    A case that is named alone on the command line is its whole family, and is run. Cases
    of a campaign are in nobody's family.
    """
    families: dict[str, list[pytest.Function]] = defaultdict(list)
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if isinstance(item, pytest.Function) and marks & {"sampled", "campaign"} == {
            "sampled"
        }:
            families[item.nodeid.partition("[")[0]].append(item)
    for family in families.values():
        (count,) = family[0].get_closest_marker("sampled").args
        cases = {item.nodeid: item.callspec.indices for item in family}
        kept = choose(cases, count)
        for item in family:
            if item.nodeid not in kept:
                item.add_marker("thorough")


def choose(cases: Mapping[str, Mapping[str, int]], count: int) -> list[str]:
    """
    *count* of *cases*, each a name and which value each of its parameters has.

    Their hashes are the order; one with values that no other has shown goes first.
    """
    waiting = sorted(cases, key=_rank)
    chosen: list[str] = []
    seen: set[tuple[str, int]] = set()
    while waiting and len(chosen) < count:
        best = max(waiting, key=lambda name: len(cases[name].items() - seen))
        waiting.remove(best)
        chosen.append(best)
        seen |= cases[best].items()
    return chosen


def _rank(name: str) -> bytes:
    return hashlib.sha256(f"{_SEED} {name}".encode()).digest()
