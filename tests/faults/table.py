"""The outcomes of a campaign as a table: ``python tests/faults/table.py LOG``."""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path


def table(rows: list[tuple[str, int, str]]) -> str:
    """A line for each fault of *rows*: how often it was tried, and how it ended."""
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    for fault, _, ended in rows:
        ends[fault][ended] += 1
    lines = ["| fault | cases | how they ended |", "|---|---|---|"]
    for fault, counts in sorted(ends.items()):
        told = ", ".join(f"{count} {ended}" for ended, count in counts.most_common())
        lines.append(f"| {fault} | {counts.total()} | {told} |")
    total = sum(counts.total() for counts in ends.values())
    return "\n".join([*lines, f"| all | {total} | |"])


if __name__ == "__main__":
    log = Path(sys.argv[1])
    sys.stdout.write(
        table([json.loads(line) for line in log.read_text().splitlines()]) + "\n"
    )
