"""
What `check` says: findings, each at its line, and the ways to print them.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

import attrs

from ..errors import InputError, PageError, quote_line

Severity = Literal["error", "warning", "note"]

_QUERY = re.compile(r"(//[^\s\"'<>?]+)\?[^\s\"'<>]*")


@attrs.frozen(kw_only=True)
class Finding:
    """
    One thing `check` found in a project.

    Attributes:
        code: Which rule found it, such as ``HF102``; stable, see ``docs/checks.md``.
        severity: ``error``: it cannot be rendered; ``warning``: it is rendered, and hardly
            as meant; ``note``: worth knowing.
        file: The file, as a POSIX path in the project.
        line: The line in it, from 1.
        column: The column in that line, from 1.
        element: The start tag it is about, shortened; None where it is about none.
        message: What is wrong.
        hint: What to do about it.
        source: The text of the line.
    """

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    element: str | None = None
    message: str
    hint: str
    source: str = ""

    def __str__(self) -> str:
        """As it may be logged: a signed address has its secret in the query."""
        place = f"{self.file}:{self.line}:{self.column}"
        return _QUERY.sub(r"\1", f"{place}: {self.code} {self.message}; {self.hint}")


@attrs.frozen(kw_only=True)
class Report:
    """
    All that `check` found in a project.

    Attributes:
        findings: In the order of files and lines, the entry document first.
        files: How many files were read.
    """

    findings: tuple[Finding, ...]
    files: int = 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps the project from being rendered."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is rendered, and hardly as meant."""
        return tuple(f for f in self.findings if f.severity == "warning")

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is worth knowing."""
        return tuple(f for f in self.findings if f.severity == "note")

    def ok(self, *, strict: bool = False) -> bool:
        """Whether there are no errors, nor, where *strict*, warnings."""
        return not self.errors and not (strict and self.warnings)

    def raise_errors(self, *, strict: bool = False) -> None:
        """
        Refuse the project if it is not `ok`.

        Raises:
            PageError: The report has errors; the first one's place is the error's.
            InputError: The report has warnings only, and *strict* refuses them.
        """
        if self.errors:
            first, *others = self.errors
            more = "".join(f"\n{finding}" for finding in others)
            raise PageError(
                f"{first.code} {first.message}",
                file=first.file,
                line=first.line,
                column=first.column,
                source=first.source,
                element=first.element,
                hint=first.hint + more,
            )
        if not self.ok(strict=strict):
            rows = "".join(f"\n  {finding}" for finding in self.warnings)
            raise InputError(f"the project is not free of warnings:{rows}")

    def __str__(self) -> str:
        blocks = [_block(finding) for finding in self.findings]
        return "\n\n".join([*blocks, self.summary])

    @property
    def summary(self) -> str:
        """One line with how many findings there are of each severity."""
        counts = [
            f"{len(rows)} {name}{'' if len(rows) == 1 else 's'}"
            for name, rows in (
                ("error", self.errors),
                ("warning", self.warnings),
                ("note", self.notes),
            )
            if rows
        ]
        return f"found {', '.join(counts)}" if counts else "all checks passed"

    def to_github(self) -> str:
        """The findings as commands of GitHub Actions, one a line."""
        return "\n".join(map(_github, self.findings))

    def to_json(self) -> bytes:
        """The report as one JSON object."""
        counts = {
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "notes": len(self.notes),
        }
        rows: list[dict[str, Any]] = [attrs.asdict(f) for f in self.findings]
        return json.dumps({"findings": rows, **counts, "files": self.files}).encode()


def _block(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    head = f"{place}: {finding.code} [{finding.severity}] {finding.message}"
    quoted = quote_line(finding.source, finding.line, finding.column)
    rows = [head, quoted, f"      = help: {finding.hint}"]
    return "\n".join(rows if finding.source else [head, rows[-1]])


def _github(finding: Finding) -> str:
    kind = {"note": "notice"}.get(finding.severity, finding.severity)
    place = (
        f"file={_escape(finding.file, ',:')},line={finding.line},col={finding.column}"
    )
    text = f"{finding.message}; {finding.hint}"
    return f"::{kind} {place},title={finding.code}::{_escape(text)}"


def _escape(text: str, more: str = "") -> str:
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
