"""
Rendering on AWS: one Lambda function in three roles, a state machine that fans out, and
S3, which holds everything.

What talks to AWS is imported when first asked for: importing this package, or the
function's modules in it, loads no client. The extra ``aws`` brings boto3. Nothing here
knows how a frame is drawn.
"""

from importlib import import_module as _import_module
from types import MappingProxyType as _MappingProxyType
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _TYPE_CHECKING:
    from .._results import Site
    from ._batch_lines import BatchRow
    from ._prices import PRICES, Cost, Prices, Usage, price
    from ._session import Stack
    from ._values import (
        CloudOutput,
        PlanFacts,
        Render,
        RenderFault,
        RenderProgress,
    )
    from ._webhooks import Delivery, Webhook, WebhookEvent, notify, verify_signature
    from .client import AwsClient

__all__ = [
    "AwsClient",
    "BatchRow",
    "CloudOutput",
    "Cost",
    "Delivery",
    "PRICES",
    "PlanFacts",
    "Prices",
    "Render",
    "RenderFault",
    "RenderProgress",
    "Site",
    "Stack",
    "Usage",
    "Webhook",
    "WebhookEvent",
    "notify",
    "price",
    "verify_signature",
]

_LAZY = _MappingProxyType(
    {
        "AwsClient": "client",
        "BatchRow": "_batch_lines",
        "CloudOutput": "_values",
        "Cost": "_prices",
        "Delivery": "_webhooks",
        "PRICES": "_prices",
        "PlanFacts": "_values",
        "Prices": "_prices",
        "Render": "_values",
        "RenderFault": "_values",
        "RenderProgress": "_values",
        "Site": "._results",
        "Stack": "_session",
        "Usage": "_prices",
        "Webhook": "_webhooks",
        "WebhookEvent": "_webhooks",
        "notify": "_webhooks",
        "price": "_prices",
        "verify_signature": "_webhooks",
    }
)


def __getattr__(name: str) -> _Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_import_module(f".{_LAZY[name]}", __name__), name)
    return globals().setdefault(name, value)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
