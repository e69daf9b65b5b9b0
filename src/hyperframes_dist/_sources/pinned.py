"""
Remote addresses under a lock: the pinned bytes, or an error that says what to do.

Pinned bytes are kept by their digest, so a project whose bytes are kept needs no network.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from typing import Protocol

import attrs

from .._model.config import RenderConfig
from .._tools.address import without_query
from .._tools.cache import KeptBytes
from .._tools.files import default_cache
from .._tools.https import HttpsFetcher
from .._tools.npm import fetch_package, is_exact
from ..errors import InputError, ResolveError, ResolveUnavailableError
from ..progress import Control
from .chain import Resolved, Resolver
from .lock import LOCK_NAME, Lock, LockedAddress

KEPT = "remote"
"""The folder of a cache that keeps bytes by their digest."""

_SOURCE = re.compile(r"npm:(?P<name>@?[^@]+)@(?P<version>[^/]+)/(?P<path>.+)")
_HOW_TO_LOCK = "`python -m hyperframes_dist lock PROJECT`"


class Sources(Protocol):
    """Whoever turns an address into bytes while a project is planned or locked."""

    def resolve(self, address: str, control: Control) -> Resolved:
        """See `LockedResolver.resolve`."""
        ...

    def is_pinned(self, address: str) -> bool:
        """See `LockedResolver.is_pinned`."""
        ...


def kept_bytes(config: RenderConfig) -> KeptBytes:
    """Where *config* has remote bytes kept."""
    return KeptBytes((config.cache_dir or default_cache()) / KEPT)


def locked_resolver(config: RenderConfig, lock: Lock | None) -> LockedResolver:
    """The sources of a plan by *config*, under *lock* where there is one."""
    limits = config.limits
    chain = Resolver(
        overrides=config.overrides_dir,
        cache=config.cache_dir or default_cache(),
        https=HttpsFetcher(
            max_bytes=limits.remote_bytes, timeout=limits.remote_seconds
        ),
    )
    return LockedResolver(
        pins={} if lock is None else lock.by_address,
        chain=chain,
        kept=kept_bytes(config),
        offline=config.offline,
    )


@attrs.frozen(kw_only=True)
class LockedResolver:
    """
    The chain of sources, held to what is pinned.

    Attributes:
        pins: What is pinned, by address.
        chain: Who answers where nothing is pinned or kept.
        kept: Bytes by their digest.
        offline: Whether nothing may be fetched.
    """

    pins: Mapping[str, LockedAddress]
    chain: Resolver
    kept: KeptBytes
    offline: bool = False

    def resolve(self, address: str, control: Control) -> Resolved:
        """
        The bytes behind *address*: the pinned ones if it is pinned.

        Raises:
            ResolveError: No source has it, one refuses it or has other bytes than are
                pinned, or nothing may be fetched and it is not at hand.
            ResolveUnavailableError: A source that should have it did not answer.
        """
        pin = self.pins.get(address)
        if pin is not None:
            return self._pinned(pin, control)
        if not self.offline:
            return self.chain.resolve(address, control)
        found = self.chain.from_overrides(address)
        if found is None:
            reason = (
                f"offline, and neither {LOCK_NAME} nor the overrides directory has it; "
                f"run {_HOW_TO_LOCK} where there is a network"
            )
            raise ResolveError(without_query(address), reason)
        return found

    def is_pinned(self, address: str) -> bool:
        """Whether the bytes behind *address* are pinned, so that they are to be had."""
        return address in self.pins

    def _pinned(self, pin: LockedAddress, control: Control) -> Resolved:
        # An override counts even where the pinned bytes are kept: what a plan holds must
        # not depend on what happens to lie in a cache.
        found = self.chain.from_overrides(pin.address)
        if found is not None:
            return _answer(pin, _compared(pin, found))
        body = self.kept.get(pin.sha256)
        if body is None:
            body = self._from_source(pin, control) or self._from_chain(pin, control)
            # A cache that cannot be written costs time, not correctness.
            with contextlib.suppress(OSError, InputError):
                self.kept.put(body)
        return _answer(pin, body)

    def _from_source(self, pin: LockedAddress, control: Control) -> bytes | None:
        """From the release that was pinned; a floating address means another by now."""
        match = _SOURCE.fullmatch(pin.source)
        if match is None or not is_exact(match["version"]):
            return None
        try:
            package = fetch_package(
                match["name"],
                match["version"],
                cache=self.chain.cache,
                control=control,
                offline=self.offline,
                max_bytes=self.chain.https.max_bytes,
            )
            body = package.read(match["path"])
        except ResolveUnavailableError:
            raise
        except ResolveError:
            return None
        return body if hashlib.sha256(body).hexdigest() == pin.sha256 else None

    def _from_chain(self, pin: LockedAddress, control: Control) -> bytes:
        if self.offline:
            reason = (
                f"offline, and its locked bytes ({_digest(pin.sha256)}) are not in the "
                f"cache; run {_HOW_TO_LOCK} where there is a network, with this cache"
            )
            raise ResolveError(without_query(pin.address), reason)
        return _compared(pin, self.chain.resolve(pin.address, control))


def _compared(pin: LockedAddress, found: Resolved) -> bytes:
    sha256 = hashlib.sha256(found.body).hexdigest()
    if sha256 != pin.sha256:
        reason = (
            f"{LOCK_NAME} pins {_digest(pin.sha256)} of {pin.size} bytes, {found.source} "
            f"has {_digest(sha256)} of {len(found.body)}; if that is wanted, lock anew "
            f"with {_HOW_TO_LOCK} --update, else put the pinned bytes into the overrides "
            "directory"
        )
        raise ResolveError(without_query(pin.address), reason)
    return found.body


def _digest(sha256: str) -> str:
    return f"sha256 {sha256[:16]}…"


def _answer(pin: LockedAddress, body: bytes) -> Resolved:
    return Resolved(body=body, content_type=pin.content_type, source=pin.source)
