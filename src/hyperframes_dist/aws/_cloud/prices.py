"""
What AWS asks for, by region, as data; and what a use of it comes to.

List prices without free tiers, volume tiers or savings plans.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

PRICES_DATE = "2026-11-25"
"""When the prices here were written down."""

_FREE_STORAGE_MB = 512
_MEGA = 1024


@attrs.frozen(kw_only=True)
class Prices:
    """
    Prices of one region, in US dollars.

    Attributes:
        region: The region; empty for none in particular.
        date: When these were right, as ``YYYY-MM-DD``.
        gb_second: A GB of memory for a second, on x86-64.
        gb_second_arm: Likewise on arm64.
        request: One call of a function.
        storage_gb_second: A GB of a function's disk over 512 MB for a second.
        transition: One state transition of a standard workflow.
        put: One request to a bucket that writes or lists.
        get: One request that reads.
    """

    region: str = ""
    date: str = PRICES_DATE
    gb_second: float = 0.0000166667
    gb_second_arm: float = 0.0000133334
    request: float = 0.0000002
    storage_gb_second: float = 0.0000000309
    transition: float = 0.000025
    put: float = 0.000005
    get: float = 0.0000004


# Functions cost the same in all of these; transitions do not. Disk and bucket requests
# are priced as in us-east-1 everywhere: they are a few percent of a render.
_TRANSITION = MappingProxyType(
    {
        "us-east-1": 0.000025,
        "us-east-2": 0.000025,
        "us-west-1": 0.0000279,
        "us-west-2": 0.000025,
        "ca-central-1": 0.000025,
        "sa-east-1": 0.0000375,
        "eu-west-1": 0.000025,
        "eu-west-2": 0.000025,
        "eu-west-3": 0.0000297,
        "eu-central-1": 0.000025,
        "eu-north-1": 0.000025,
        "ap-northeast-1": 0.000025,
        "ap-northeast-2": 0.0000271,
        "ap-southeast-1": 0.000025,
        "ap-southeast-2": 0.000025,
        "ap-south-1": 0.0000285,
    }
)
PRICES: Mapping[str, Prices] = MappingProxyType(
    {
        region: Prices(region=region, transition=price)
        for region, price in _TRANSITION.items()
    }
)
"""Prices by region; a region that is not here is priced as us-east-1, and said so."""


@attrs.frozen(kw_only=True)
class Usage:
    """
    What a render used.

    Attributes:
        seconds: Seconds of the function, all calls together.
        requests: Calls of the function that ran.
        memory_mb: The function's memory.
        storage_mb: The function's disk.
        transitions: State transitions.
        puts: Requests to the bucket that write or list.
        gets: Requests to it that read.
        arm: Whether the function runs on arm64.
    """

    seconds: float
    requests: int
    memory_mb: int
    storage_mb: int = _FREE_STORAGE_MB
    transitions: int = 0
    puts: int = 0
    gets: int = 0
    arm: bool = False

    @property
    def gb_seconds(self) -> float:
        """Memory held, over time."""
        return self.seconds * self.memory_mb / _MEGA

    @property
    def storage_gb_seconds(self) -> float:
        """Disk held over what is free, over time."""
        return self.seconds * max(0, self.storage_mb - _FREE_STORAGE_MB) / _MEGA


@attrs.frozen(kw_only=True)
class Cost:
    """
    What a render cost, in US dollars.

    Attributes:
        usage: What it used.
        prices: What that was priced with.
        compute: Of *total*, the function's time and memory.
        storage: Of *total*, the function's disk.
        requests: Of *total*, the calls of the function.
        transitions: Of *total*, the state transitions.
        bucket: Of *total*, the requests to the bucket; always an estimate.
        attempts: Calls of the function, those that never ran included.
        failed: Those of *attempts* that did not succeed.
        estimated: Whether more than the bucket's requests is an estimate.
        notes: What is estimated, and why.
    """

    usage: Usage
    prices: Prices
    compute: float
    storage: float
    requests: float
    transitions: float
    bucket: float
    attempts: int
    failed: int = 0
    estimated: bool = False
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """All of it."""
        parts = (self.compute, self.storage, self.requests)
        return sum((*parts, self.transitions, self.bucket))


def price(
    usage: Usage,
    prices: Prices,
    *,
    attempts: int | None = None,
    failed: int = 0,
    notes: tuple[str, ...] = (),
) -> Cost:
    """What *usage* costs at *prices*; *notes* say what of it is an estimate."""
    rate = prices.gb_second_arm if usage.arm else prices.gb_second
    return Cost(
        usage=usage,
        prices=prices,
        compute=usage.gb_seconds * rate,
        storage=usage.storage_gb_seconds * prices.storage_gb_second,
        requests=usage.requests * prices.request,
        transitions=usage.transitions * prices.transition,
        bucket=usage.puts * prices.put + usage.gets * prices.get,
        attempts=usage.requests if attempts is None else attempts,
        failed=failed,
        estimated=bool(notes),
        notes=notes,
    )


def prices_of(region: str) -> tuple[Prices, tuple[str, ...]]:
    """Prices of *region*, with a note if they are another region's."""
    if region in PRICES:
        return PRICES[region], ()
    note = f"the prices of {region} are not known here; us-east-1's were used"
    return attrs.evolve(PRICES["us-east-1"], region=region), (note,)
