"""
For pytest: the fixture `assert_frames`, and the option ``--update-frames``.

It is loaded by every run of pytest where the library is installed, and so brings nothing in
before a test asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ._pipeline.renderer import Renderer

_UPDATE = "--update-frames"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-frames``."""
    group = parser.getgroup("hyperframes")
    text = "write golden frames as they are drawn now"
    group.addoption(_UPDATE, action="store_true", default=False, help=text)


@pytest.fixture(scope="session")
def hyperframes_renderer() -> Iterator[Renderer]:
    """A `Renderer` whose browser stays warm for the whole run."""
    from ._pipeline.renderer import Renderer  # noqa: PLC0415

    with Renderer() as renderer:
        yield renderer


@pytest.fixture
def assert_frames(
    request: pytest.FixtureRequest, hyperframes_renderer: Renderer
) -> Any:
    """
    `hyperframes_dist.testing.assert_frames` with a warm browser.

    The pictures lie in ``frames`` beside the test, in a folder of the test's name, unless
    ``golden_dir`` names another one.
    """
    from .testing import assert_frames as hold  # noqa: PLC0415

    name = re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
    place = request.path.parent / "frames" / name

    def check(
        source: Any, at: Any = None, *, golden_dir: Path | str = place, **rest: Any
    ) -> None:
        update = bool(request.config.getoption(_UPDATE))
        hold(
            source, golden_dir, at, update=update, renderer=hyperframes_renderer, **rest
        )

    return check
