"""
The table of `docs/engines.md`, of what tests have noted: ``write_engines.py LOG``.

A film that differs is an error, and no table is written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("engines.md")
BEGIN, END = "<!-- Made by nox -s engines. -->\n\n", "\n<!-- Until here. -->\n"
CASES = ("plain", "killed")


def main(log: Path) -> None:
    """Write the table."""
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    wrong = [row for row in rows if row["made"] != row["wanted"]]
    if wrong:
        raise SystemExit(f"these films are others than render's: {wrong}")
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}{table(rows)}{END}{after}", "utf-8")


def table(rows: list[dict[str, str]]) -> str:
    """A row for each engine, a column for each case: the first digits of the sha256."""
    found = {(row["engine"], row["case"]): row["made"][:12] for row in rows}
    lines = [
        "| engine | nothing happens | one is killed in the middle |",
        "|---|---|---|",
    ]
    for engine in sorted({name for name, _ in found}):
        cells = [found.get((engine, case), "") for case in CASES]
        cells = [f"`{cell}`" if cell else "–" for cell in cells]
        lines.append(f"| {engine} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
