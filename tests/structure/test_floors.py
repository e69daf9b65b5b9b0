"""
The library stands on floors: imports point down or sideways, and never in a circle.

A new package gets a row in `docs/floors.toml`; a new dependency gets a row in `DOORS`.
"""

from __future__ import annotations

import ast
import graphlib
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import hyperframes_dist

ROOT = Path(hyperframes_dist.__file__).parent


def module_name(path: Path) -> str:
    """A package inside the library is called by its folder, the top by ``__init__``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[1:] and parts[-1] == "__init__" else parts)


PATHS = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
MODULES = {name: ast.parse(path.read_text()) for name, path in PATHS.items()}


def room_of(name: str) -> str:
    """The package or the top module a module lies in."""
    return name.partition(".")[0]


def read_rooms() -> dict[str, dict[str, object]]:
    """The table of `docs/floors.toml`, by name."""
    table = tomllib.loads((DOCS / "floors.toml").read_text("utf-8"))
    return {row["name"]: row for row in table["room"]}


DOCS = Path(__file__).parents[2] / "docs"
ROOMS = read_rooms()
VALUES = [name for name in MODULES if room_of(name) in {"errors", "_model"}]

DOORS = {
    "boto3": {"aws._cloud.session", "transport._boto"},
    "botocore": {"aws._cloud.session", "transport._boto"},
    "aws_cdk": {"aws.cdk"},
    "backports": {"aws._zip.packed"},
    "brotli": {"chrome"},
    "cattrs": {"_model.codec", "_model.manifest"},
    "certifi": {"_tools.https"},
    "click": {"_cli.common"},
    "constructs": {"aws.cdk"},
    "google": {"transport.gs"},
    "imageio_ffmpeg": {"_tools.ffmpeg"},
    "pathspec": {"_wire.site"},
    "pygal": {"_tools.charts"},
    "pyppeteer": {"_look.pyppeteer_bridge", "pyppeteer"},
    "pytest": {"_pytest"},
    "ray": {"engines._ray_actors"},
    "rfc8785": {"_model.codec"},
    "selectolax": {"_tools.html"},
    "temporalio": {"engines._temporal_workflow", "engines.temporal"},
    "tinycss2": {"_compile.scope", "_fonts.css", "_tools.css"},
    "tqdm": {"_cli.bar"},
    "urllib3": {"_tools.https_pool", "transport._boto"},
}

OUTSIDE = {
    *("os", "subprocess", "socket", "select", "shutil", "tempfile", "threading"),
    *("asyncio", "signal", "io", "urllib", "http", "ssl", "logging", "time", "fcntl"),
}


def imports(name: str) -> Iterator[str]:
    """Modules *name* imports anywhere in it; the library's own begin with a dot."""
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)
        elif isinstance(node, ast.ImportFrom):
            inner = [node.module] if node.module else [a.name for a in node.names]
            folder = folder_of(name, node.level)
            found = [".".join([*folder, module]) for module in inner]
            # A name that is no module is one of the package's own.
            yield from (f".{m if m in PATHS else '.'.join(folder)}" for m in found)


def folder_of(name: str, dots: int) -> list[str]:
    """The packages below the library that *dots* lead to from module *name*."""
    folders = PATHS[name].parent.relative_to(ROOT).parts
    assert dots - 1 <= len(folders), f"{name} imports from outside the library"
    return list(folders[: len(folders) - dots + 1])


def own(name: str) -> set[str]:
    return {module[1:] for module in imports(name) if module.startswith(".")}


def foreign(name: str) -> set[str]:
    packages = {m.partition(".")[0] for m in imports(name) if not m.startswith(".")}
    return packages - set(sys.stdlib_module_names)


def test_every_room_has_a_floor():
    """The table is the tree: none missing, none that is gone."""
    assert sorted({room_of(name) for name in MODULES}) == sorted(ROOMS)


@pytest.mark.parametrize("name", ROOMS)
def test_imports_point_down(name):
    """A room knows those below it, but for those it must never know."""
    row = ROOMS[name]
    known = {room_of(o) for m in MODULES if room_of(m) == name for o in own(m)} - {name}

    below = {o for o in ROOMS if ROOMS[o]["floor"] < row["floor"]}
    assert known - (below - set(row.get("never", ()))) == set()


def test_imports_make_no_circle():
    """Any module can be read, and tested, after those it imports."""
    graph = {name: own(name) for name in MODULES}

    order = list(graphlib.TopologicalSorter(graph).static_order())

    assert set(MODULES) == set(order)


@pytest.mark.parametrize("name", MODULES)
def test_outside_packages_have_one_door(name):
    """A dependency can be replaced in one file."""
    through = {p for p in foreign(name) if name not in DOORS.get(p, set())} - {"attrs"}

    assert through == set()


def test_no_door_leads_nowhere():
    """Every row of the table is used, and every dependency has a row."""
    used = {package: set() for package in DOORS}
    for name in MODULES:
        for package in foreign(name) - {"attrs"}:
            used[package].add(name)

    assert used == DOORS


@pytest.mark.parametrize("name", VALUES)
def test_values_touch_nothing(name):
    """Errors and values know no file, no process, no network, no clock."""
    allowed = {"PathLike"}
    tree = MODULES[name]
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "os"
        for alias in node.names
    }
    touched = {m.partition(".")[0] for m in imports(name)} & OUTSIDE

    assert touched <= {"os"}
    assert ("os" in touched) == bool(names)
    assert names <= allowed


@pytest.mark.parametrize("name", MODULES)
def test_a_module_begins_by_saying_what_it_is(name):
    """Whoever opens a file at night reads first what it is for."""
    assert ast.get_docstring(MODULES[name])


def spelled(name: str) -> set[str]:
    """Ways of waiting, of dicing and of guessing that a module has of its own."""
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(MODULES[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return (calls & {"time.sleep"}) | (set(imports(name)) & {"random", "difflib"})


def test_what_is_done_in_one_place_is_done_nowhere_else():
    """Waits are `Control`'s, tries `Retry`'s, and slips are told by one measure."""
    found = {name: spelled(name) for name in MODULES if spelled(name)}

    assert {"progress": {"time.sleep"}, "_tools.retry": {"random"}} == found


MUTABLE = (*(ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp),)
CONTAINERS = {"dict", "list", "set", "defaultdict", "deque", "bytearray", "Counter"}
CHANGES = {
    *("append", "extend", "insert", "remove", "pop", "clear", "update", "add"),
    *("discard", "setdefault", "popitem", "sort", "reverse"),
}


def shared(name: str) -> set[str]:
    """Names a module binds to something that can be changed in place."""
    found = set()
    for node in MODULES[name].body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        value = node.value
        called = isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
        made = called and value.func.id in CONTAINERS
        if made or isinstance(value, MUTABLE):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {t.id for t in targets if isinstance(t, ast.Name)}
    return found


def changed(name: str) -> set[str]:
    """Names whose value the code of a module changes in place."""
    found = set()
    for node in ast.walk(MODULES[name]):
        owner: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value if node.func.attr in CHANGES else None
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            owner = node.value
        elif isinstance(node, ast.AugAssign):
            owner = node.target
        if isinstance(owner, ast.Name):
            found.add(owner.id)
    return found


@pytest.mark.parametrize("name", MODULES)
def test_modules_hold_no_state(name):
    """Two renders in one process share constants, never anything that changes."""
    variables = {each for each in shared(name) if not each.isupper()} - {"__all__"}
    statements = [n for n in ast.walk(MODULES[name]) if isinstance(n, ast.Global)]

    assert variables == set()
    assert shared(name) & changed(name) == set()
    assert statements == []


def loaded_by(code: str) -> set[str]:
    """Top-level modules a fresh interpreter has loaded after *code*."""
    script = f"{code}; import json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, check=True
    )
    assert done.stderr == b""
    return {module.partition(".")[0] for module in json.loads(done.stdout)}


HEAVY = {
    *("boto3", "botocore", "click", "numpy", "PIL", "pyppeteer", "selectolax", "tqdm"),
    *("urllib3", "websockets", "asyncio"),
}


@pytest.mark.parametrize(
    "code",
    [
        "import hyperframes_dist",
        "from hyperframes_dist import RenderConfig, verify_plan, recompute_plan_hash",
        "from hyperframes_dist import to_json, from_json, OutputResult, HeadlessShell",
        "import hyperframes_dist.testing",
        "import hyperframes_dist._pytest",
        "import hyperframes_dist.engines",
        "import hyperframes_dist.transport as t; t.open_transport('file:///nowhere')",
        "import hyperframes_dist.errors, hyperframes_dist.progress, hyperframes_dist.chrome",
        "from hyperframes_dist.aws import PRICES, Usage, price",
    ],
)
def test_importing_is_cheap(code):
    """Configuring and verifying load no browser client, parser, bar or cloud."""
    assert loaded_by(code) & HEAVY == set()


def test_a_command_boots_a_browser_without_what_it_has_no_use_for():
    """It speaks to Chrome, and fetches, draws and calls nothing else."""
    command = ["-X", "importtime", "-m", "hyperframes_dist", "chrome", "probe"]
    done = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )

    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}

    assert "hyperframes_dist._browser.cdp" in loaded
    assert loaded & {*HEAVY, "selectolax", "pyee"} == {"asyncio", "click"}


def test_what_drives_a_browser_is_loaded_when_asked_for():
    """A name brings the pipe, a first render the parser, and neither brings a cloud."""
    code = "import hyperframes_dist as hf"
    named = "hf.plan, hf.render, hf.Renderer, hf.probe_chrome"

    assert loaded_by(f"{code}; {named}") & HEAVY == {"asyncio"}
    assert loaded_by(f"{code}; {named}()") & HEAVY == {"asyncio"}


def test_a_help_loads_no_command():
    """What can be run is listed by a table, which knows no browser."""
    code = "from hyperframes_dist.__main__ import main; main(['--help'])"
    script = (
        f"import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()): {code}"
    )

    loaded = loaded_by(f"exec({script!r})")

    assert loaded & HEAVY == {"click"}
