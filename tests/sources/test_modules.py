"""What a CDN calls a module of a package is made of the package's own files."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hyperframes_dist as hf
from hyperframes_dist._planned.toolchain import read_runtime
from hyperframes_dist._sources.modules import (
    ModuleAddress,
    ModulePackage,
    make_module,
    parse_module_address,
)
from hyperframes_dist._tools.npm import fetch_package
from hyperframes_dist.errors import ResolveError
from hyperframes_dist.progress import Control
from packages import put_package
from pages import composition, write_project

NPM = "https://cdn.jsdelivr.net/npm"
FREE = Control()


def put(cache: Path, name: str, version: str, facts: object, **files: str) -> None:
    """Cache a package; ``a__b`` is ``a/b.js``."""
    rows = {f"{k.replace('__', '/')}.js": v.encode() for k, v in files.items()}
    rows["package.json"] = json.dumps(facts).encode()
    put_package(cache, name, version, rows)


def made(cache: Path, address: str) -> str:
    """The module that *address* is, of packages in *cache* alone."""
    wanted = parse_module_address(address)
    assert wanted is not None

    def find(name, version):
        package = fetch_package(name, version, cache=cache, control=FREE, offline=True)
        return ModulePackage(package, FREE)

    return make_module(wanted, find, FREE)[0]


@pytest.mark.parametrize(
    ("address", "name", "version", "path"),
    [
        (f"{NPM}/animejs/+esm", "animejs", "latest", ""),
        (f"{NPM}/@a/b@1.2.3/+esm", "@a/b", "1.2.3", ""),
        (f"{NPM}/a@1/lib/b.js/+esm", "a", "1", "lib/b.js"),
        ("https://esm.run/a@2", "a", "2", ""),
        ("https://esm.sh/react-dom@19.0.0/client", "react-dom", "19.0.0", "client"),
        ("https://esm.sh/stable/react@18.2.0/", "react", "18.2.0", ""),
        ("https://unpkg.com/a@0.160.0/b/c.js?module", "a", "0.160.0", "b/c.js"),
    ],
)
def test_an_address_names_a_module(address, name, version, path):
    """Of jsdelivr, esm.run, esm.sh and unpkg."""
    expected = ModuleAddress(name=name, version=version, path=path)

    assert expected == parse_module_address(address)


@pytest.mark.parametrize(
    "address",
    [f"{NPM}/a@1/b.js", "https://unpkg.com/a@1/b.js", "https://esm.sh.example/a/+esm"],
)
def test_other_addresses_are_files(address):
    """Or a stranger's."""
    assert parse_module_address(address) is None


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"exports": "./e.js"}, "e"),
        ({"exports": {".": {"node": "./n.js", "import": "./e.js"}}}, "e"),
        ({"exports": {"require": "./n.js", "default": {"import": "./e.js"}}}, "e"),
        ({"module": "e.js", "main": "n.js"}, "e"),
        ({"main": "./e"}, "e"),
        ({}, "index"),
    ],
)
def test_the_page_gets_the_entry_for_pages(tmp_path, facts, path):
    """As package.json says; every name of a file leads to the one module it is."""
    put(tmp_path, "a", "1.0.0", facts, e="export {}", n="", index="export {}")

    text = made(tmp_path, f"{NPM}/a@1.0.0/+esm")

    assert f'export * from "{NPM}/a@1.0.0/{path}.js/+esm"' in text


def test_imports_are_written_out(tmp_path):
    """Of files beside, of other packages at the versions wanted, and of Node.js."""
    text = """import{x}from"./b";import y from 'dep/sub';export * from "react";
      const later = () => import("../c.js"); import "fs"; import z from "https://a.b/c.js";
      const place = import.meta.url; process.env.NODE_ENV;"""
    facts = {"peerDependencies": {"react": "^3.1.0"}, "dependencies": {"dep": "2.0.0"}}
    put(tmp_path, "a", "3.1.0", facts, lib__a=text, lib__b="", c="")
    exports = {"./sub": {"import": "./s.js"}}
    put(tmp_path, "dep", "2.0.0", {"exports": exports}, s="export default 1")
    put(tmp_path, "react", "3.1.0", {}, index="export {}")

    found = made(tmp_path, f"{NPM}/a@3.1.0/lib/a.js/+esm")

    assert found.splitlines()[0] == (
        f'import{{x}}from"{NPM}/a@3.1.0/lib/b.js/+esm";'
        f'import y from "{NPM}/dep@2.0.0/s.js/+esm";'
        f'export * from "{NPM}/react@3.1.0/index.js/+esm";'
    )
    assert f'import("{NPM}/a@3.1.0/c.js/+esm")' in found
    assert 'import "data:text/javascript,' in found
    assert 'from "https://a.b/c.js"' in found
    assert '; "production";' in found
    assert f'place = "{NPM}/a@3.1.0/lib/a.js"' in found


def test_what_the_page_has_an_address_for_is_left_to_it(tmp_path):
    """Here, and in the files that are imported in turn."""
    facts = {"dependencies": {"three": "*"}}
    put(tmp_path, "a", "1.0.0", facts, index='import "three"; import "./b.js"', b="")

    found = made(tmp_path, f"{NPM}/a@1.0.0/index.js/+esm?external=three")

    assert found == f'import "three"; import "{NPM}/a@1.0.0/b.js/+esm?external=three"'


def test_a_package_without_the_file_is_named(tmp_path):
    """With its version."""
    put(tmp_path, "a", "1.0.0", {"exports": {"./x": "./x.js"}}, x="")

    with pytest.raises(ResolveError, match=r"npm:a@1\.0\.0 has no such file"):
        made(tmp_path, "https://esm.sh/a@1.0.0/y")


def test_scripts_for_node_are_modules_too(renderer, tmp_path):
    """One instance each, with names; drawn by a page."""
    runtime = tmp_path / "runtime.js"
    runtime.write_bytes(read_runtime(hf.RenderConfig(), FREE))
    cache = tmp_path / "cache"
    put(
        cache,
        *("core", "1.0.0", {}),
        index='if (process.env.NODE_ENV === "production") { module.exports = '
        'require("./real"); } else { module.exports = require("./gone"); }',
        real="var a = 1,\n  importsKeys = 2; exports.count = 0; "
        "exports.more = () => ++exports.count;",
    )
    put(
        cache,
        *("view", "1.0.0", {"peerDependencies": {"core": "^1.0.0"}}),
        index='const core = require("core"); exports.run = () => core.more();',
    )
    script = """<i id="b" style="position:absolute;height:32px;background:#fff"></i>
      <script type="module">
      import core, { more } from "https://esm.sh/core@1.0.0";
      import { run } from "https://cdn.jsdelivr.net/npm/view@1.0.0/+esm";
      more(); run();
      document.getElementById("b").style.width = `${core.count * 10}px`;</script>"""
    project = write_project(tmp_path / "project", composition(script))
    config = hf.RenderConfig(cache_dir=cache, runtime=runtime)

    picture = renderer.still(project, 0, config).data

    row = np.asarray(Image.open(io.BytesIO(picture)).convert("L"))[16]
    assert 20 == (row > 128).sum()


def test_a_module_of_esbuild_gives_its_names(tmp_path):
    """CommonJS with a table of getters, in place of names that are set."""
    text = """var given = {};
__export(given, {
  first: () => first,
  $second: () => second_default
});
module.exports = __toCommonJS(given);"""
    put(tmp_path, "a", "1.0.0", {}, index=text)

    found = made(tmp_path, f"{NPM}/a@1.0.0/index.js/+esm")

    assert "as first" in found
    assert "as $second" in found
