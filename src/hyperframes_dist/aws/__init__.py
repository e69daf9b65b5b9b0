"""
Rendering on AWS: one Lambda function in its roles, a state machine that fans out, and
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
    from .._model.results import Site
    from ._cloud.batch_lines import BatchRow
    from ._cloud.engine import AwsEngine
    from ._cloud.prices import PRICES, Cost, Prices, Usage, price
    from ._cloud.session import Stack
    from ._cloud.values import (
        CloudOutput,
        PlanFacts,
        Render,
        RenderFault,
        RenderProgress,
    )
    from ._cloud.webhooks import (
        Delivery,
        Webhook,
        WebhookEvent,
        notify,
        verify_signature,
    )
    from .client import AwsClient

__all__ = [
    "AwsClient",
    "AwsEngine",
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
        "AwsEngine": "_cloud.engine",
        "BatchRow": "_cloud.batch_lines",
        "CloudOutput": "_cloud.values",
        "Cost": "_cloud.prices",
        "Delivery": "_cloud.webhooks",
        "PRICES": "_cloud.prices",
        "PlanFacts": "_cloud.values",
        "Prices": "_cloud.prices",
        "Render": "_cloud.values",
        "RenderFault": "_cloud.values",
        "RenderProgress": "_cloud.values",
        "Site": "._model.results",
        "Stack": "_cloud.session",
        "Usage": "_cloud.prices",
        "Webhook": "_cloud.webhooks",
        "WebhookEvent": "_cloud.webhooks",
        "notify": "_cloud.webhooks",
        "price": "_cloud.prices",
        "verify_signature": "_cloud.webhooks",
    }
)


def __getattr__(name: str) -> _Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_import_module(f".{_LAZY[name]}", __name__), name)
    return globals().setdefault(name, value)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
