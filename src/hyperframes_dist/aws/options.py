"""What the stack on AWS may be asked for, checked on construction."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from .._model.checks import number
from ..errors import InputError
from ..transport._uri import check_key

__all__ = ["StackOptions"]

_LOG_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
_ARCHES: Final = ("x86_64", "aarch64")
_CHROMES: Final = ("sparticuz", "headless-shell")
# What S3 lets a file become on its first day, and what it must wait thirty for.
_CLASSES: Final = (
    *("STANDARD", "INTELLIGENT_TIERING", "GLACIER_IR"),
    *("STANDARD_IA", "ONEZONE_IA"),
)
_TOPIC: Final = re.compile(
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+(\.fifo)?"
)


def _one_of(choices: tuple[Any, ...]) -> Any:
    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value not in choices:
            listed = ", ".join(map(str, choices))
            raise InputError(f"{attribute.name} {value!r} is not one of {listed}")

    return check


def _matches(pattern: re.Pattern[str], example: str) -> Any:
    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not (isinstance(value, str) and pattern.fullmatch(value)):
            raise InputError(f"{attribute.name} {value!r} is not like {example}")

    return check


def _key(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str):
        raise InputError(f"{attribute.name} {value!r} is not like renders/team-a")
    check_key(value)


_optional = attrs.validators.optional


@attrs.frozen(kw_only=True)
class StackOptions:
    """
    The choices of one stack.

    Attributes:
        memory: Memory of the function in MiB, 2048 to 10 240. Processors come with it:
            one for each 1769 MiB.
        timeout: Longest call of the function in seconds, 60 to 900.
        storage: Its scratch space in MiB, 2048 to 10 240: Chrome unpacked, the plan, the
            frames of its videos and the chunk.
        concurrency: Calls reserved for the function, so many at once and no more; None
            takes from what the account has.
        max_chunks_at_once: Most chunks of one render at once, 1 to 1000; by default the
            reserved concurrency, or 500.
        expire_days: Days until intermediate files go, 1 to 365. Sites stay.
        output_class: Storage class that outputs get: ``STANDARD``, or after a day
            ``INTELLIGENT_TIERING`` or ``GLACIER_IR``, or after the thirty days S3 asks for
            ``STANDARD_IA`` or ``ONEZONE_IA``. All of them are read like any file.
        output_days: Days until outputs go, 1 to 3650; None keeps them until somebody
            removes them.
        log_days: Days until logs go; one of the periods CloudWatch Logs has.
        alarm_topic: ARN of the SNS topic that is told of alarms; None tells nobody.
        chrome: ``sparticuz`` or ``headless-shell``: the Chrome the ZIP was built with.
        arch: ``x86_64`` or ``aarch64``: the processor the ZIP was built for.
        root: Prefix of every key in the bucket, without slashes at its ends.

    Raises:
        InputError: A choice is out of its bounds.
    """

    memory: int = attrs.field(default=10_240, validator=number(2048, 10_240))
    timeout: int = attrs.field(default=900, validator=number(60, 900))
    storage: int = attrs.field(default=10_240, validator=number(2048, 10_240))
    concurrency: int | None = attrs.field(
        default=None, validator=_optional(number(1, 10_000))
    )
    max_chunks_at_once: int | None = attrs.field(
        default=None, validator=_optional(number(1, 1000))
    )
    expire_days: int = attrs.field(default=7, validator=number(1, 365))
    output_class: str = attrs.field(default="STANDARD", validator=_one_of(_CLASSES))
    output_days: int | None = attrs.field(
        default=None, validator=_optional(number(1, 3650))
    )
    log_days: int = attrs.field(default=30, validator=_one_of(_LOG_DAYS))
    alarm_topic: str | None = attrs.field(
        default=None,
        validator=_optional(
            _matches(_TOPIC, "arn:aws:sns:eu-west-1:123456789012:name")
        ),
    )
    chrome: str = attrs.field(default="sparticuz", validator=_one_of(_CHROMES))
    arch: str = attrs.field(default="x86_64", validator=_one_of(_ARCHES))
    root: str | None = attrs.field(default=None, validator=_optional(_key))

    def __attrs_post_init__(self) -> None:
        if self.output_days is not None and self.output_days <= self.days_to_class:
            raise InputError(
                f"output_days {self.output_days}: outputs become {self.output_class} after "
                f"{self.days_to_class} days, and have to stay longer"
            )

    @property
    def days_to_class(self) -> int:
        """Days until outputs get their class; 0 where they have it from the beginning."""
        waits = self.output_class.endswith("_IA")
        return 30 if waits else int(self.output_class != "STANDARD")

    @property
    def prefix(self) -> str:
        """What every key in the bucket begins with: *root* and a slash, or nothing."""
        return f"{self.root}/" if self.root else ""

    @property
    def chunks_at_once(self) -> int:
        """Most chunks of one render that are worth starting at once."""
        return min(
            self.max_chunks_at_once or (self.concurrency or 500),
            self.concurrency or 1000,
        )
