"""
What every benchmark hands over: one format, the same for a person's terminal and for JSON.

A result is a list of cases. A case is one question at one setting: what each contestant
took, and what follows from it as ratios.
"""

from __future__ import annotations

import datetime
import json
import statistics
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import cattrs

SCHEMA = 1
DISTURBED = 0.15
"""Share of the machine that, taken by others, makes a time a bad one."""


@attrs.frozen(kw_only=True)
class Series:
    """
    What one contestant, or one part of the work, took.

    Attributes:
        name: Which one, in every result of the benchmark.
        label: The same for a person.
        values: One per run.
        unit: Of *values*.
        foreign: The share of the machine's processors that belonged to others, per run;
            empty where it was not measured.
        facts: What else is known of its output, such as ``kib`` and ``psnr``.
    """

    name: str
    label: str
    values: tuple[float, ...]
    unit: str = "s"
    foreign: tuple[float, ...] = ()
    facts: Mapping[str, float] = attrs.field(factory=dict)

    @property
    def median(self) -> float:
        """The middle of *values*."""
        return statistics.median(self.values)

    @property
    def disturbed(self) -> bool:
        """Whether others used so much of the machine that *values* cannot be trusted."""
        return bool(self.foreign) and statistics.median(self.foreign) > DISTURBED


@attrs.frozen(kw_only=True)
class Ratio:
    """A number that answers a question; *goal* is the most, or else least, it may be."""

    label: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least


@attrs.frozen(kw_only=True)
class Case:
    """
    One question at one setting; a recorder adds name, title and settings.

    Attributes:
        name: Unique in its benchmark; ``--only`` takes a part of it.
        title: The same for a person.
        settings: Size, length, runs: what has to be equal for two cases to compare.
        series: Who took how long.
        ratios: What follows.
        note: What a reader must know not to be misled.
        failure: Why there is nothing to compare; empty when there is.
        date: When it had been measured, as ISO 8601 in UTC.
    """

    name: str = ""
    title: str = ""
    settings: Mapping[str, str | int | float] = attrs.field(factory=dict)
    series: tuple[Series, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    note: str = ""
    failure: str = ""
    date: str = ""

    def find(self, name: str) -> Series:
        """The series called *name*."""
        return next(series for series in self.series if series.name == name)


@attrs.frozen(kw_only=True)
class Result:
    """
    One benchmark's file.

    Attributes:
        bench: Its name, without ``bench_``.
        question: What it asks, then how, in paragraphs.
        machine: Processors and memory.
        versions: Of everything that took part.
        cases: In the order they were measured.
    """

    bench: str
    question: str
    machine: str
    versions: Mapping[str, str]
    cases: tuple[Case, ...] = ()
    schema: int = SCHEMA


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    setting = str | int | float
    # A setting is whatever JSON says it is.
    converter.register_structure_hook(setting, lambda value, _: value)
    return converter


def read_result(path: Path) -> Result:
    """The result in *path*, which `write_result` wrote."""
    data = json.loads(path.read_text())
    if data.get("schema") != SCHEMA:
        raise SystemExit(f"{path}: schema {data.get('schema')!r}, this reads {SCHEMA}")
    return _converter().structure(data, Result)


def write_result(result: Result, path: Path) -> None:
    """Replace *path* whole, so that a stopped benchmark leaves the cases it finished."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    draft.write_text(json.dumps(_converter().unstructure(result), indent=1) + "\n")
    draft.replace(path)


def summary(values: tuple[float, ...] | list[float], unit: str = "s") -> str:
    """Median and range of *values*."""
    middle = statistics.median(values)
    return (
        f"{middle:.2f} {unit} ({min(values):.2f}-{max(values):.2f}, {len(values)} runs)"
    )


@attrs.define
class Recorder:
    """
    Collects cases, prints each as it ends, and keeps the file up to date.

    Attributes:
        result: What there is so far.
        path: The JSON file; None for the terminal alone.
        only: Names of the cases to measure; empty for all.
        kept: Cases of an earlier run of the same file, by name.
        resume: Whether a kept case that is asked for is not measured again.
    """

    result: Result
    path: Path | None
    only: tuple[str, ...] = ()
    kept: Mapping[str, Case] = attrs.field(factory=dict)
    resume: bool = False

    def case(
        self,
        name: str,
        title: str,
        settings: Mapping[str, str | int | float],
        measure: Callable[[], Case],
    ) -> None:
        """Measure one case, unless it is not asked for or there already."""
        if self.only and not any(word in name for word in self.only):
            self._keep(name)
            return
        earlier = self.kept.get(name) if self.resume else None
        if earlier is not None and not earlier.failure and earlier.settings == settings:
            print(f"\n{title}: kept from the earlier run", flush=True)
            self._add(earlier)
            return
        print(f"\n{title}", flush=True)
        try:
            found = measure()
        except PeerFailed as error:
            found = Case(failure=str(error))
        named = attrs.evolve(found, name=name, title=title, settings=settings)
        self._add(attrs.evolve(named, date=_now()))
        print_case(self.result.cases[-1])

    def _keep(self, name: str) -> None:
        if name in self.kept:
            self._add(self.kept[name])

    def _add(self, case: Case) -> None:
        self.result = attrs.evolve(self.result, cases=(*self.result.cases, case))
        self._write()

    def _write(self) -> None:
        """What was measured, and what of the earlier run is still to be replaced."""
        if self.path is None:
            return
        names = {case.name for case in self.result.cases}
        rest = (case for name, case in self.kept.items() if name not in names)
        cases = (*self.result.cases, *rest)
        write_result(attrs.evolve(self.result, cases=cases), self.path)

    def finish(self) -> None:
        """Print the ratios, last."""
        print()
        for case in self.result.cases:
            for ratio in case.ratios:
                print(f"{case.title}: {describe(ratio)}")
            if case.failure:
                print(f"{case.title}: not measured, {case.failure}")


class PeerFailed(SystemExit):
    """A peer cannot be run here; the message says exactly why."""


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def print_case(case: Case) -> None:
    """The series of *case*, one a line."""
    for series in case.series:
        mark = " [disturbed]" if series.disturbed else ""
        facts = "".join(f"; {name} {value:g}" for name, value in series.facts.items())
        print(
            f"  {series.label:<40} {summary(series.values, series.unit)}{facts}{mark}"
        )
    if case.note:
        print(f"  {case.note}")
    if case.failure:
        print(f"  not measured: {case.failure}")


def describe(ratio: Ratio) -> str:
    """*ratio* with its goal, and whether that is met."""
    unit = f" {ratio.unit}" if ratio.unit else ""
    text = f"{ratio.label} {ratio.value:.2f}{unit}"
    if ratio.met is None:
        return text
    bound = ratio.at_most if ratio.at_most is not None else ratio.at_least
    side = "at most" if ratio.at_most is not None else "at least"
    return f"{text} (goal: {side} {bound:g}; {'met' if ratio.met else 'missed'})"
