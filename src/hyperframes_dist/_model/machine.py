"""
Where a render runs, as a value.
"""

from __future__ import annotations

import attrs

from .checks import count, span


@attrs.frozen(kw_only=True)
class Machine:
    """
    Where a render ran.

    Attributes:
        cores: Processors it might use.
        memory_mb: Memory of the machine in MiB.
        system: Operating system and processor, such as ``linux-x86_64``.
        load: Processes that wanted a processor, over the minute before; tells a
            disturbed measurement from a quiet one.
    """

    cores: int = count(1)
    memory_mb: int = count(1)
    system: str
    load: float = span()
