"""
The three jobs of a render as values, and what the last of them delivers.

They travel: as JSON in an event, or pickled. Nothing here runs one.
"""

from __future__ import annotations

import re
from typing import Any

import attrs

from ..errors import InputError
from .config import MOST_CHUNKS, RenderConfig, check_portable
from .results import OutputResult

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def _check_hash(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not (isinstance(value, str) and _HASH.fullmatch(value)):
        raise InputError(f"{attribute.name} {value!r} is not 64 hexadecimal digits")


def _check_index(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole and 0 <= value < MOST_CHUNKS):
        raise InputError(
            f"{attribute.name} {value!r} is not from 0 to {MOST_CHUNKS - 1}"
        )


def _check_config(_: object, __: attrs.Attribute[Any], config: RenderConfig) -> None:
    check_portable(config)


@attrs.frozen(kw_only=True)
class PlanTask:
    """
    Plan a project that was deployed.

    Attributes:
        site_hash: Its archive's sha256.
        config: What to render.
    """

    site_hash: str = attrs.field(validator=_check_hash)
    config: RenderConfig = attrs.field(factory=RenderConfig, validator=_check_config)


@attrs.frozen(kw_only=True)
class ChunkTask:
    """
    Render one chunk.

    Attributes:
        plan_hash: Its plan.
        index: Which chunk, from 0.
    """

    plan_hash: str = attrs.field(validator=_check_hash)
    index: int = attrs.field(validator=_check_index)


@attrs.frozen(kw_only=True)
class AssembleTask:
    """
    Join the chunks of a plan.

    Attributes:
        plan_hash: The plan.
    """

    plan_hash: str = attrs.field(validator=_check_hash)


@attrs.frozen(kw_only=True)
class Delivered:
    """
    A deliverable in a store.

    Attributes:
        key: Where it lies there.
        output: Its facts; ``path`` is its name alone.
    """

    key: str
    output: OutputResult
