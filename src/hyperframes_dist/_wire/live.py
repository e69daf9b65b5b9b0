"""
The live preview of a render that has a name in a store.

What it consists of is drawn in `_render/live`; here is where it lies.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._model.keys import FILM, live_folder
from .._model.results import Plan
from ..errors import InputError
from ..progress import Control
from ..transport import Replacing, Transport, open_transport, store_address
from .jobs import check_render_name

if TYPE_CHECKING:
    from .._render.live import LivePreview


def live_address(store: Path | str, render: str) -> str:
    """
    Where a player finds the render of that name, once its first segment is finished.

    Args:
        store: The store, a path or an address for `open_transport`.
        render: The render's name there; it was asked for with ``live``.

    Raises:
        InputError: *render* is no name, or the store is none.
    """
    transport = open_transport(store_address(store))
    return f"{transport.url}/{live_folder(check_render_name(render))}/{FILM}"


def require_live(transport: Transport) -> Replacing:
    """
    *transport*, if a list that grows can lie there.

    Raises:
        InputError: It cannot.
    """
    if not isinstance(transport, Replacing):
        raise InputError(
            f"{transport.url}: a live preview is a list that grows, and this store cannot "
            "replace a file: its transport has no `replace`; leave `live` out"
        )
    return transport


def open_live(
    transport: Transport, plan: Plan, render: str, control: Control
) -> LivePreview:
    """
    The preview of *plan* as the film of *render*.

    Raises:
        InputError: The store cannot hold one, or the pictures cannot be shown so.
    """
    require_live(transport)
    # A client that asks for an address draws nothing.
    from .._render.live import LivePreview  # noqa: PLC0415

    # Both protocols are kept by one object, which no type says.
    shelf: Any = transport
    return LivePreview(shelf, live_folder(render), plan, control)
