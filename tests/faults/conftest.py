"""How many faults are tried, by which seed, and where their outcomes are written."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of ``nox -s faults``."""
    parser.addoption("--cases", type=int, help="how many faults")
    parser.addoption("--seed", type=int, help="what they are drawn by")
    parser.addoption("--log", help="a file that a line is added to for each outcome")
