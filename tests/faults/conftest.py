"""How many faults are tried, by which seed, and where their outcomes are written."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of ``nox -s faults`` and ``nox -s load``."""
    parser.addoption("--cases", type=int, help="how many faults")
    parser.addoption("--seed", type=int, help="what they are drawn by")
    parser.addoption("--log", help="a file that a line is added to for each outcome")
    parser.addoption("--jobs", type=int, help="how many chunks are jobs")
    parser.addoption("--minutes", type=float, help="how long a warm renderer works")
