"""
The remote bytes of a project beside it, for a machine that fetches nothing.

With what lies in *dest* as its cache, a plan with ``offline=True`` needs no network.
"""

from __future__ import annotations

from pathlib import Path

from .._model.config import RenderConfig
from .._pipeline.calls import lock
from .._planned.toolchain import keep_runtime
from .._sources.lock import Lock, read_lock
from .._sources.pinned import KEPT, locked_resolver
from .._tools.cache import KeptBytes
from ..chrome import ChromeSource, Sparticuz, check_platform, default_chrome
from ..errors import UnsupportedPlatformError
from ..progress import Cancel, Control, ProgressCallback


def freeze_remote(
    project_dir: Path | str,
    dest: Path | str,
    config: RenderConfig | None = None,
    *,
    runtime: bool = True,
    chrome: ChromeSource | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> Lock:
    """
    Write what a plan without a network needs into the directory *dest*.

    Where a Chrome is installed, the project is locked first, which adds to its lock what
    is missing; elsewhere its lock is taken as it is.

    Args:
        project_dir: Directory of the composition; its lock may be written.
        dest: Receives ``remote/<sha256>`` for every address of the lock, and with
            *runtime* the package of the page runtime; ``RenderConfig(cache_dir=dest,
            offline=True)`` then plans from it.
        config: How the page is shown, and which cache is read; None takes the defaults.
        runtime: Whether the page runtime is put there too, unless *config* names one.
        chrome: Where the browser comes from; None takes an installed one.
        progress: Told of each step.
        cancel: Stops the call when set.
        deadline: When the call must have ended, on the clock of `time.monotonic`.

    Raises:
        HyperframesError: As `lock` raises; without a lock it needs a Chrome.
    """
    config, control = config or RenderConfig(), Control(progress, cancel, deadline)
    held = read_lock(Path(project_dir))
    source = chrome or installed_chrome()
    if held is None or source is not None:
        held = lock(
            project_dir,
            config,
            chrome=source,
            progress=progress,
            cancel=cancel,
            deadline=deadline,
        )
    _write(held, Path(dest), config, control)
    if runtime and config.runtime is None:
        keep_runtime(config, Path(dest), control)
    return held


def _write(held: Lock, dest: Path, config: RenderConfig, control: Control) -> None:
    sources, kept = locked_resolver(config, held), KeptBytes(dest / KEPT)
    (dest / KEPT).mkdir(parents=True, exist_ok=True)
    for row in held.addresses:
        control.check()
        kept.put(sources.resolve(row.address, control).body)


def installed_chrome() -> ChromeSource | None:
    """The default Chrome, if nothing has to be downloaded for it."""
    try:
        check_platform()
    except UnsupportedPlatformError:
        return None
    source = default_chrome()
    absent = (
        isinstance(source, Sparticuz) and not (source.folder / "chromium").is_file()
    )
    return None if absent else source
