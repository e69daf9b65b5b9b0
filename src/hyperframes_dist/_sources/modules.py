"""
Packages as modules for a page: what jsdelivr's ``+esm`` and esm.sh give.

A CDN makes one file of a package and of what that needs. Here each file of the packages is
a module of its own, under the address jsdelivr has for it, and what it imports is written
out as such an address. Nothing is bundled, and nothing is run.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

import attrs

from .._tools.address import split
from .._tools.npm import Package, is_exact
from ..errors import ResolveError
from ..progress import Control

_ROOT = "https://cdn.jsdelivr.net/npm/"
_ENDING = "/+esm"
_NAMED = re.compile(
    r"(?P<name>(?:@[^/@]+/)?[^/@]+)(?:@(?P<version>[^/]+))?(?P<path>/.*)?"
)
# jsdelivr's short name for "+esm", and the CDNs that give nothing else.
_MODULE_HOSTS = frozenset({"esm.run", "esm.sh", "cdn.skypack.dev"})
_BUILD_OF_ESM_SH = re.compile(r"/(?:stable|v\d+)(?=/)")

_IMPORT = re.compile(
    r"(?P<head>(?:\bfrom|\bimport)\s*\(?\s*)(?P<mark>[\"'])(?P<what>[^\"'\n]+)(?P=mark)"
)
_REQUIRE = re.compile(r"\brequire\(\s*[\"']([^\"'\n]+)[\"']\s*\)")
_IS_MODULE = re.compile(
    r"(?:^|[;}\n])\s*(?:import\b\s*[\w${*\"']|export\b\s*(?:[{*]|\w+\s))"
)
_EXPORTED = re.compile(
    r"\bexports\.([A-Za-z_$][\w$]*)\s*="
    r"|\bdefineProperty\(\s*exports\s*,\s*[\"']([A-Za-z_$][\w$]*)[\"']"
)
_EXPORTED_TOGETHER = re.compile(r"\bmodule\.exports\s*=\s*\{([\w$\s,:]*)\}")
# As esbuild writes a module: a table of its names, and which table is exported.
_EXPORTED_TABLE = re.compile(r"\bmodule\.exports\s*=\s*\w+\((\w+)\)")
_TABLE = r"\b%s,\s*\{((?:\s*[\w$]+: \(\) => [\w$.]+,?)+)\s*\}\)"
_PASSED_ON = re.compile(
    r"\bmodule\.exports\s*=\s*require\(\s*[\"']([^\"'\n]+)[\"']\s*\)"
)
_OWN_EXPORTS = {"default", "__commonJs"}
_CONDITIONS = ("browser", "module", "import", "production", "default")
_ENDINGS = ("", ".js", ".mjs", ".cjs", ".json", "/index.js", "/index.mjs", "/index.cjs")
_SCRIPTS = (".js", ".mjs", ".cjs", ".json")
_DEEPEST = 5
_MOST_CONDITIONS = 20


@attrs.frozen(kw_only=True)
class ModuleAddress:
    """
    What an address asks for as a module.

    Attributes:
        name: Package name.
        version: Version, range or tag.
        path: A file of the package, or what it calls one; empty for the package.
        external: Packages the page has addresses of its own for.
    """

    name: str
    version: str
    path: str
    external: frozenset[str] = frozenset()


def parse_module_address(address: str) -> ModuleAddress | None:
    """What *address* asks for as a module; None where it asks for a file as it is."""
    parts = split(address)
    host, path = parts.hostname, unquote(parts.path)
    external: frozenset[str] = frozenset()
    if (
        host == "cdn.jsdelivr.net"
        and path.startswith("/npm/")
        and path.endswith(_ENDING)
    ):
        path = path.removeprefix("/npm").removesuffix(_ENDING)
        external = _external(parts.query)
    elif host == "unpkg.com" and "module" in parts.query.split("&"):
        pass
    elif host in _MODULE_HOSTS:
        path = _BUILD_OF_ESM_SH.sub("", path)
        external = _external(parts.query)
        if path.startswith("/*"):
            path, external = "/" + path[2:], frozenset({"*"})
    else:
        return None
    match = _NAMED.fullmatch(path.strip("/"))
    if match is None:
        return None
    return ModuleAddress(
        name=match["name"],
        version=match["version"] or "latest",
        path=(match["path"] or "").strip("/"),
        external=external,
    )


def _external(query: str) -> frozenset[str]:
    rows = [part.partition("=") for part in unquote(query).split("&")]
    return frozenset(
        name for key, _, names in rows if key == "external" for name in names.split(",")
    ) - {""}


def make_module(wanted: ModuleAddress, find: Find, control: Control) -> tuple[str, str]:
    """
    The text of the module *wanted*, and the file it was made from.

    Args:
        find: The package of a name and a version, a range or a tag.

    Raises:
        ResolveError: A package is not there, or has no such file.
        ResolveUnavailableError: The npm client got no answer.
        Cancelled, DeadlineExceeded: As *control* says.
    """
    package = find(wanted.name, wanted.version)
    path = package.file(wanted.path)
    source = f"{package.where}/{path}"
    if wanted.path == path and is_exact(wanted.version):
        return package.module(path, wanted.external, find, control), source
    # The same file by every name it has is one module: a page has one React.
    address = json.dumps(package.address(path, wanted.external))
    text = (
        f"import * as all from {address};\nexport * from {address};\n"
        'export default "default" in all ? all.default : all;\n'
    )
    return text, source


class ModulePackage:
    """The scripts of a *package*, read once, and what they import."""

    def __init__(self, package: Package, control: Control) -> None:
        self._package = package
        self._files = package.read_all(lambda name: name.endswith(_SCRIPTS), control)
        self._facts = _read_facts(self.where, self._files.get("package.json", b""))

    @property
    def where(self) -> str:
        """Its name and release, for messages."""
        return f"npm:{self._package.name}@{self._package.version}"

    def address(self, path: str, external: Iterable[str] = ()) -> str:
        """Where its file *path* is had as a module."""
        names = ",".join(sorted(external))
        query = f"?external={quote(names)}" if names else ""
        place = f"{self._package.name}@{self._package.version}/{path}"
        return _ROOT + quote(place, safe="/@+") + _ENDING + query

    def file(self, wanted: str) -> str:
        """The file that is meant by *wanted*: a path, or a name it exports."""
        found = self._exported(wanted)
        if found is None and wanted:
            found = self._near(wanted)
        if found is None and not wanted:
            fields = (self._facts.get(name) for name in ("module", "browser", "main"))
            entries = [x for x in fields if isinstance(x, str)]
            found = next(filter(None, map(self._near, [*entries, "index"])), None)
        if found is None:
            reason = f"{self.where} has no such file that is a module"
            raise ResolveError(f"{self.where}/{wanted}", reason)
        return found

    def _near(self, path: str) -> str | None:
        path = posixpath.normpath(path.removeprefix("./"))
        names = (path + ending for ending in _ENDINGS)
        return next((name for name in names if name in self._files), None)

    def _exported(self, wanted: str) -> str | None:
        table = self._facts.get("exports")
        if not isinstance(table, dict) or not any(k.startswith(".") for k in table):
            table = {".": table}
        key = f"./{wanted}" if wanted else "."
        if key in table:
            return self._near(_condition(table[key]) or "")
        for pattern, target in table.items():
            before, star, after = pattern.partition("*")
            if not star or not (key.startswith(before) and key.endswith(after)):
                continue
            part = key[len(before) : len(key) - len(after)]
            path = (_condition(target) or "").replace("*", part)
            if part and path and (found := self._near(path)):
                return found
        return None

    def module(
        self, path: str, external: frozenset[str], find: Find, control: Control
    ) -> str:
        """The text of its file *path* as a module; raises as `make_module` does."""
        text = self._files[path].decode(errors="replace")
        if path.endswith(".json"):
            return f"export default {text};\n"

        def target(what: str) -> str | None:
            control.check()
            return self._target(path, what, external, find)

        if _IS_MODULE.search(text):
            return self._with_addresses(path, text, target)
        return self._wrapped(path, text, target)

    def _with_addresses(self, path: str, text: str, target: Target) -> str:
        def write(match: re.Match[str]) -> str:
            found = target(match["what"])
            return match["head"] + json.dumps(match["what"] if found is None else found)

        here = f"{_ROOT}{self._package.name}@{self._package.version}/{path}"
        text = text.replace("process.env.NODE_ENV", '"production"')
        return _IMPORT.sub(write, text).replace("import.meta.url", json.dumps(here))

    def _target(
        self, path: str, what: str, external: frozenset[str], find: Find
    ) -> str | None:
        """The address of *what* the file *path* imports; None to leave it as it is."""
        if re.match(r"[a-z][a-z+.-]*:|//", what) or what in external:
            return None if not what.startswith("node:") else _NOTHING
        if what.startswith((".", "/")):
            near = self._near(posixpath.join(posixpath.dirname(path), what))
            return None if near is None else self.address(near, external)
        match = _NAMED.fullmatch(what)
        name = match["name"] if match else ""
        if name in external or "*" in external or match is None:
            return None
        inside = (match["path"] or "").strip("/")
        if name == self._package.name:
            return self.address(self.file(inside), external)
        version = self._version(name)
        if version is None:
            # A part of Node.js, or something its author has not named: not for pages.
            return _NOTHING
        other = find(name, version)
        return other.address(other.file(inside), external)

    def _version(self, name: str) -> str | None:
        for field in ("dependencies", "peerDependencies", "optionalDependencies"):
            if version := _needs(self._facts, field, self._package.version).get(name):
                return version
        return None

    def _wrapped(self, path: str, text: str, target: Target) -> str:
        """A script for Node.js (``module.exports``), as a module."""
        rows, table = [], []
        for number, what in enumerate(dict.fromkeys(_REQUIRE.findall(text))):
            found = target(what)
            if found is None and what.startswith((".", "/")):
                continue
            rows.append(f"import * as r{number} from {json.dumps(found or what)};")
            table.append(f"{json.dumps(what)}: r{number}")
        names = sorted(self._names_of(path, text, _DEEPEST) - _OWN_EXPORTS)
        taken = ", ".join(f"{name}: e{n}" for n, name in enumerate(names))
        given = ", ".join(f"e{n} as {name}" for n, name in enumerate(names))
        return _WRAPPER % {
            "imports": "\n".join(rows),
            "table": ", ".join(table),
            "text": text,
            "names": f"const {{ {taken} }} = own ?? {{}};\nexport {{ {given} }};\n"
            if names
            else "",
        }

    def _names_of(self, path: str, text: str, deepest: int) -> set[str]:
        """What the script *text* exports by name, as far as its words tell."""
        found = {name for row in _EXPORTED.findall(text) for name in row if name}
        for inside in _EXPORTED_TOGETHER.findall(text):
            found |= {part.partition(":")[0].strip() for part in inside.split(",")}
        for table in _EXPORTED_TABLE.findall(text):
            for inside in re.findall(_TABLE % re.escape(table), text):
                found |= set(re.findall(r"([\w$]+): \(\) =>", inside))
        for what in _PASSED_ON.findall(text) if deepest else ():
            near = self._near(posixpath.join(posixpath.dirname(path), what))
            if near is not None and what.startswith("."):
                other = self._files[near].decode(errors="replace")
                found |= self._names_of(near, other, deepest - 1)
        return found - {""}


Find = Callable[[str, str], ModulePackage]
Target = Callable[[str], str | None]

_NOTHING = "data:text/javascript,export default {}"
_WRAPPER = """%(imports)s
const required = { %(table)s };
const require = (name) => {
  const found = required[name];
  if (!found) throw new Error(`no module ${name} for pages`);
  return "__commonJs" in found ? found.__commonJs : found;
};
const module = { exports: {} };
(function (module, exports, require, process, global) {
%(text)s
}).call(module.exports, module, module.exports, require,
  { env: { NODE_ENV: "production" } }, globalThis);
const own = module.exports;
export { own as __commonJs };
export default own?.__esModule && "default" in own ? own.default : own;
%(names)s"""


def needs_of(package: Package, control: Control) -> dict[str, str]:
    """
    The versions of the packages that *package* needs, as its modules ask for them.

    Raises:
        ResolveError: The tarball is damaged.
        Cancelled, DeadlineExceeded: As *control* says.
    """
    where = f"npm:{package.name}@{package.version}"
    facts = _read_facts(where, package.read("package.json", control))
    found = _needs(facts, "dependencies", package.version)
    # Types are for editors.
    return {k: v for k, v in found.items() if not k.startswith("@types/")}


def _needs(facts: Mapping[str, Any], field: str, own: str) -> dict[str, str]:
    table = facts.get(field)
    rows = table.items() if isinstance(table, dict) else ()
    return {
        # Sisters that are released together belong together.
        str(name): own if wanted == f"^{own}" else _simple(wanted)
        for name, wanted in rows
        if isinstance(wanted, str)
    }


def _read_facts(where: str, text: bytes) -> Mapping[str, Any]:
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        raise ResolveError(where, "its package.json is not an object of JSON")
    return facts


def _condition(target: Any, depth: int = 0) -> str | None:
    """The file a row of ``exports`` names for a page."""
    if isinstance(target, str):
        return target
    rows = target if isinstance(target, list) else []
    if isinstance(target, dict):
        rows = [v for k, v in target.items() if k in _CONDITIONS]
        rows += [v for k, v in target.items() if k == "require"]
    if depth == _MOST_CONDITIONS:
        return None
    return next(filter(None, (_condition(row, depth + 1) for row in rows)), None)


def _simple(wanted: str) -> str:
    """One version, range or tag for *wanted*, which may be several of them."""
    last = wanted.rpartition("||")[2].split()
    first = last[0] if last else "latest"
    return first if re.fullmatch(r"[\w.^~*+-]+", first) else "latest"
