"""
A remote address becomes frozen bytes, from the first source that knows it.

The order: the caller's overrides directory; the npm package behind a well-known CDN's or
Google Fonts' address, so that a plan needs no CDN and its bytes are pinned; guarded HTTPS.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import attrs

from .._fonts.google import FILES_HOST, make_sheet
from .._fonts.names import integrity_of
from .._tools.address import split, without_query
from .._tools.files import resolve_inside
from .._tools.https import HttpsFetcher
from .._tools.media_types import media_type
from .._tools.npm import Package, fetch_package, fetch_packages, is_exact
from ..errors import ResolveError, ResolveUnavailableError
from ..progress import Control
from .modules import (
    ModuleAddress,
    ModulePackage,
    make_module,
    needs_of,
    parse_module_address,
)


@attrs.frozen(kw_only=True)
class Resolved:
    """
    The frozen answer to a remote address.

    Attributes:
        body: Its bytes.
        content_type: Its media type.
        source: Where it came from, for the plan.
        floating: Whether the same address may mean other bytes next year.
    """

    body: bytes
    content_type: str
    source: str
    floating: bool = False


@attrs.frozen(kw_only=True)
class NpmAddress:
    """
    A file of a package, as a CDN's address names it.

    Attributes:
        name: Package name.
        version: Version, range or tag; ``latest`` where the address has none.
        path: Path inside the package; empty asks for its browser entry.
        exact: Whether *path* is the file's own path; a cdnjs address gives a name only.
    """

    name: str
    version: str
    path: str
    exact: bool = True


_PACKAGE = re.compile(
    r"/(?P<name>(?:@[^/@]+/)?[^/@]+)(?:@(?P<version>[^/]+))?(?P<path>/.*)?"
)
_CDNJS = re.compile(r"/ajax/libs/(?P<name>[^/]+)/(?P<version>[^/]+)/(?P<path>.+)")
# The libraries of cdnjs that have a package of the same name, in lower case.
_SAME_NAMES = frozenset(
    {
        *("alpinejs", "animate.css", "animejs", "aos", "apexcharts", "axios"),
        *("bootstrap", "bulma", "chart.js", "chroma-js", "countup.js", "d3", "dayjs"),
        *("echarts", "gsap", "highcharts", "howler", "jquery", "katex", "konva"),
        *(
            "leaflet",
            "lodash",
            "lottie-web",
            "luxon",
            "maplibre-gl",
            "marked",
            "mathjax",
        ),
        *("matter-js", "mermaid", "moment", "normalize.css", "pixi.js", "prismjs"),
        *("react", "react-dom", "rxjs", "simplex-noise", "splitting", "swiper", "tone"),
        *(
            "topojson",
            "tsparticles",
            "two.js",
            "typed.js",
            "underscore",
            "vivus",
            "vue",
        ),
    }
)
# Where cdnjs calls one otherwise than npm does.
_OTHER_NAMES = {
    "babel-standalone": "@babel/standalone",
    "bodymovin": "lottie-web",
    "fabric.js": "fabric",
    "font-awesome": "@fortawesome/fontawesome-free",
    "highlight.js": "@highlightjs/cdn-assets",
    "lodash.js": "lodash",
    "moment.js": "moment",
    "normalize": "normalize.css",
    "p5.js": "p5",
    "paper.js": "paper",
    "prism": "prismjs",
    "svg.js": "@svgdotjs/svg.js",
    "three.js": "three",
    "twitter-bootstrap": "bootstrap",
    "underscore.js": "underscore",
}
# What a package needs is brought together, as deep and as many as pages have wanted so far.
_MOST_LEVELS, _MOST_AT_ONCE, _WORTH_A_CALL = 6, 80, 2
_THREE_RELEASE = re.compile(r"r(\d+)")


def _npm_name(library: str, version: str) -> str | None:
    """The package of a *library* of cdnjs; None where a guess might be a stranger's."""
    name = library.lower()
    if name == "font-awesome" and version.startswith(("3.", "4.")):
        return name
    if name == "highlight.js" and version.partition(".")[0] in {"8", "9"}:
        return None  # Its assets have a package from 10 on.
    return _OTHER_NAMES.get(name, name if name in _SAME_NAMES else None)


def _npm_version(library: str, version: str) -> str:
    release = _THREE_RELEASE.fullmatch(version)
    return f"0.{release[1]}.0" if release and library == "three.js" else version


def parse_npm_address(address: str) -> NpmAddress | None:
    """What a jsdelivr, unpkg or cdnjs address names; None for any other address."""
    parts = split(address)
    path = unquote(parts.path)
    if parts.hostname == "cdn.jsdelivr.net" and path.startswith("/npm/"):
        return _from_package(path.removeprefix("/npm"))
    if parts.hostname == "unpkg.com":
        return _from_package(path)
    if parts.hostname == "cdnjs.cloudflare.com" and (match := _CDNJS.fullmatch(path)):
        library, version = match["name"], match["version"]
        name = _npm_name(library, version)
        if name is None:
            return None
        return NpmAddress(
            name=name,
            version=_npm_version(library, version),
            path=match["path"],
            exact=False,
        )
    return None


def _from_package(path: str) -> NpmAddress | None:
    match = _PACKAGE.fullmatch(path)
    if match is None:
        return None
    inner = (match["path"] or "").strip("/")
    return NpmAddress(
        name=match["name"], version=match["version"] or "latest", path=inner
    )


@attrs.frozen(kw_only=True)
class Resolver:
    """
    The chain of sources.

    Attributes:
        overrides: Directory of ``<host>/<path>`` files looked at first, or None.
        cache: Cache directory for npm packages.
        https: Last resort.
    """

    overrides: Path | None
    cache: Path
    https: HttpsFetcher
    _packages: dict[tuple[str, str], Package] = attrs.field(
        factory=dict, init=False, eq=False
    )
    _modules: dict[tuple[str, str], ModulePackage] = attrs.field(
        factory=dict, init=False, eq=False
    )
    _turns: dict[tuple[str, str], threading.Lock] = attrs.field(
        factory=dict, init=False, eq=False
    )
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False, eq=False)
    _bringing: threading.Lock = attrs.field(
        factory=threading.Lock, init=False, eq=False
    )

    def resolve(self, address: str, control: Control) -> Resolved:
        """
        The bytes behind *address*.

        Raises:
            ResolveError: No source has it, or one refuses it.
            ResolveUnavailableError: A source that should have it did not answer.
        """
        found = self.from_overrides(address)
        if found is not None:
            return found
        if parse_module_address(address) or parse_npm_address(address):
            return self._from_npm_or_https(address, control)
        try:
            found = self._from_google_fonts(address, control)
        except ResolveUnavailableError:
            raise
        except ResolveError as error:
            return self._from_https(address, control, tried=error.reason)
        return found or self._from_https(address, control, tried=_advice(address))

    def _from_npm_or_https(self, address: str, control: Control) -> Resolved:
        module = parse_module_address(address)
        try:
            if module is not None:
                return self._from_modules(module, control)
            return self._from_npm(address, control)
        except ResolveUnavailableError:
            raise
        except ResolveError as error:
            # A CDN also has what it makes itself, and packages npm does not have.
            try:
                return self._from_https(address, control, tried=error.reason)
            except ResolveUnavailableError:
                # What npm said is final, whatever the network is like.
                raise error from None

    def _from_https(self, address: str, control: Control, tried: str) -> Resolved:
        try:
            body, kind = self.https.fetch(address, control)
        except ResolveError as error:
            reason = f"{error.reason} ({tried})" if tried else error.reason
            raise type(error)(error.address, reason) from None
        kind = kind or media_type(split(address).path)
        return Resolved(body=body, content_type=kind, source="https", floating=True)

    def _from_google_fonts(self, address: str, control: Control) -> Resolved | None:
        sheet = make_sheet(address, lambda part: self.resolve(part, control).body)
        if sheet is None:
            return None
        return Resolved(
            body=sheet.css.encode(),
            content_type=media_type("sheet.css"),
            source=" ".join(f"npm:{package}" for package in sheet.packages),
            floating=sheet.floating,
        )

    def from_overrides(self, address: str) -> Resolved | None:
        """What the caller's own file says of *address*; None where there is none."""
        if self.overrides is None:
            return None
        parts = split(address)
        name = f"{parts.hostname or ''}{unquote(parts.path)}"
        path = resolve_inside(self.overrides, name)
        if path is None:
            return None
        return Resolved(
            body=path.read_bytes(), content_type=media_type(name), source="overrides"
        )

    def _package(self, wanted: NpmAddress, control: Control) -> Package:
        # All files of a page come from one release: npm is asked, and bytes compared, once.
        key = wanted.name, wanted.version
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:
            if key not in self._packages:
                self._packages[key] = self._fetch(wanted, control)
            return self._packages[key]

    def _fetch(self, wanted: NpmAddress, control: Control) -> Package:
        return fetch_package(
            wanted.name,
            wanted.version,
            cache=self.cache,
            control=control,
            integrity=integrity_of(wanted.name, wanted.version),
            max_bytes=self.https.max_bytes,
        )

    def _bring_needs(self, package: Package, control: Control) -> None:
        """
        Have npm bring what *package* needs, and what that needs, before modules ask.

        One call of the client for each level: a package of dozens would else be dozens.
        """
        with self._bringing:
            level = [package]
            for _ in range(_MOST_LEVELS):
                wanted = self._new_needs(level, control)
                if len(wanted) < _WORTH_A_CALL:
                    return
                found = fetch_packages(
                    wanted,
                    cache=self.cache,
                    control=control,
                    max_bytes=self.https.max_bytes,
                )
                for name, each in found.items():
                    if not integrity_of(name, wanted[name]):
                        self._packages.setdefault((name, wanted[name]), each)
                level = list(found.values())

    def _new_needs(self, level: Iterable[Package], control: Control) -> dict[str, str]:
        wanted: dict[str, str] = {}
        for package in level:
            with contextlib.suppress(ResolveError):
                for name, version in needs_of(package, control).items():
                    if (name, version) not in self._packages:
                        wanted.setdefault(name, version)
        return dict(sorted(wanted.items())[:_MOST_AT_ONCE])

    def _from_npm(self, address: str, control: Control) -> Resolved:
        wanted = parse_npm_address(address)
        assert wanted is not None  # The caller has looked.
        package = self._package(wanted, control)
        path = _find_file(package, wanted, control)
        if path is None:
            where = f"npm:{package.name}@{package.version}"
            raise ResolveError(without_query(address), f"{where} has no such file")
        return Resolved(
            body=package.read(path, control),
            content_type=media_type(path),
            source=f"npm:{package.name}@{package.version}/{path}",
            floating=not is_exact(wanted.version),
        )

    def _from_modules(self, wanted: ModuleAddress, control: Control) -> Resolved:
        def find(name: str, version: str) -> ModulePackage:
            with self._lock:
                known = self._modules.get((name, version))
            if known is None:
                named = NpmAddress(name=name, version=version, path="")
                package = self._package(named, control)
                exact = package.name, package.version
                with self._lock:
                    known = self._modules.get(exact)
                if known is None:
                    self._bring_needs(package, control)
                    known = ModulePackage(package, control)
                with self._lock:
                    self._modules[exact] = self._modules[name, version] = known
            return known

        text, source = make_module(wanted, find, control)
        return Resolved(
            body=text.encode(),
            content_type=media_type("module.js"),
            source=source,
            floating=not is_exact(wanted.version),
        )


def _advice(address: str) -> str:
    """What to do about an *address* that HTTPS alone can answer."""
    if split(address).hostname != FILES_HOST:
        return ""
    return (
        "files of Google Fonts have no package; name the family by an address of "
        "fonts.googleapis.com, or put the file into the overrides directory"
    )


def _find_file(package: Package, wanted: NpmAddress, control: Control) -> str | None:
    names = package.names(control)
    if not wanted.path:
        return _browser_entry(package, names)
    for path in (wanted.path, _unminified(wanted.path)):
        found = path if path in names else None
        if not wanted.exact:
            found = _closest(names, path)
        if found is not None:
            return found
    return None


def _unminified(path: str) -> str:
    # jsdelivr minifies on the fly what a package does not ship minified.
    return re.sub(r"\.min\.(js|css)$", r".\1", path)


def _closest(names: Iterable[str], path: str) -> str | None:
    """The file of that name nearest to the top; cdnjs keeps only names."""
    tail = PurePosixPath(path).parts
    same = [n for n in names if PurePosixPath(n).parts[-len(tail) :] == tail]
    return min(same, key=lambda n: (n.count("/"), n), default=None)


def _browser_entry(package: Package, names: tuple[str, ...]) -> str | None:
    try:
        facts = json.loads(package.read("package.json"))
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        where = f"npm:{package.name}@{package.version}"
        raise ResolveError(where, "its package.json is not an object of JSON")
    for field in ("jsdelivr", "unpkg", "browser", "main"):
        entry = facts.get(field)
        if isinstance(entry, str):
            path = entry.removeprefix("./")
            for name in (path, f"{path}.js", f"{path}/index.js"):
                if name in names:
                    return name
    return "index.js" if "index.js" in names else None
