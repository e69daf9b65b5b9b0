"""The figures of a long load, into docs/reliability.md: ``write_load.py LOG``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/reliability.md"
BEGIN, END = "<!-- Made by nox -s load. -->\n\n", "\n<!-- Until here. -->\n"
UNITS = {"memory": "KiB of memory", "browsers": "KiB of the browser's"}


def main(log: Path) -> None:
    """Write the table."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    PAGE.write_text(f"{before}{BEGIN}{table(rows)}{END}{after}", "utf-8")


def table(rows: list[tuple[str, int, dict[str, list[float]]]]) -> str:
    """A row for each thing that is counted, a column for each load."""
    heads = [f"{load}, {count}" for load, count, _ in rows]
    lines = [
        f"| more with each | {' | '.join(heads)} |",
        "|---" * (len(rows) + 1) + "|",
    ]
    for name in rows[0][2]:
        cells = [_cell(facts[name]) for _, _, facts in rows]
        lines.append(f"| {UNITS.get(name, name)} | {' | '.join(cells)} |")
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return "\n".join([*lines, "", f"Measured on {day}."]) + "\n"


def _cell(facts: list[float]) -> str:
    first, slope, error = facts
    if not slope and not error:
        return f"0 (all the time {first:g})"
    return f"{slope:.4f} ± {error:.4f} (from {first:.0f})"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
