"""
The library stands on floors: imports point down or sideways, and never in a circle.

A new module gets a row in `FLOORS`; a new dependency gets a row in `DOORS`.
"""

from __future__ import annotations

import ast
import graphlib
import json
import subprocess
import sys
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

FLOORS = {
    # Words: values only; no file, no process, no network.
    "_error": 0,
    "_cloud_errors": 0,
    "errors": 0,
    "_frames": 0,
    "_formats": 0,
    "_config": 0,
    "_composition": 0,
    "_manifest": 0,
    "_plan_parts": 0,
    "_asked": 0,
    "_version": 0,
    "_results": 0,
    "_envelope": 0,
    "_variables": 0,
    "_video": 0,
    "_font_names": 0,
    "_interval": 0,
    "_perf": 0,
    "_cost": 0,
    "_fit": 0,
    "_choose": 0,
    "_answer": 0,
    "_promises": 0,
    "_tasks": 0,
    "_numbers": 0,
    "_error_names": 0,
    # Tools: one outside thing each.
    "progress": 1,
    "_archive": 1,
    "_files": 1,
    "_kept": 1,
    "_process": 1,
    "_ffmpeg": 1,
    "_npm": 1,
    "_address": 1,
    "_https": 1,
    "_watched": 1,
    "chrome": 1,
    "_cdp": 1,
    "_page": 1,
    "_memory": 1,
    "_boot": 1,
    "_browser": 1,
    "_launch": 1,
    "_json": 1,
    "_lock": 1,
    "_html": 1,
    "_scope": 1,
    "_font_wall": 1,
    "_font_css": 1,
    "_fontsource": 1,
    "_google_fonts": 1,
    "_stand_in": 1,
    "_cgroup": 1,
    "_machine": 1,
    "_affinity": 1,
    "_spans": 1,
    # Stages: path in, path or values out.
    "_compile": 2,
    "_resolve": 2,
    "_locked": 2,
    "_door": 2,
    "_recorder": 2,
    "_stage": 2,
    "_surface": 2,
    "_probe": 2,
    "_capture": 2,
    "_cameras": 2,
    "_encode": 2,
    "_mux": 2,
    "_store": 2,
    "_plan_dir": 2,
    "_toolchain": 2,
    "_handover": 2,
    "_audio": 2,
    "_declared": 2,
    "_extract": 2,
    "_fonts": 2,
    "_font_check": 2,
    "_font_fallback": 2,
    "_gif": 2,
    "_media": 2,
    "_nested": 2,
    "_nested_files": 2,
    "_nested_names": 2,
    "_nested_paths": 2,
    "_nested_scripts": 2,
    "_parts": 2,
    "_pictures": 2,
    "_video_pictures": 2,
    # The pipeline: the library's reason to exist.
    "_chunks": 3,
    "_output": 3,
    "_planning": 3,
    "_showing": 3,
    "_locking": 3,
    "_freeze": 3,
    "_renderer": 3,
    "_segments": 3,
    "_warm": 3,
    "_local": 3,
    "_perf_record": 3,
    "_calibrate": 3,
    # Transport: whole files in a keyed store.
    "transport": 4,
    "transport._boto": 4,
    "transport._disk": 4,
    "transport._parallel": 4,
    "transport._s3_bucket": 4,
    "transport._s3_errors": 4,
    "transport._s3_get": 4,
    "transport._s3_put": 4,
    "transport._uri": 4,
    "transport.s3": 4,
    "transport.local": 4,
    # Wire: a job is a value, its files are keys.
    "_jobs": 5,
    "_remote": 5,
    "_site_files": 5,
    "_sites": 5,
    # Engines: who runs which job, and when.
    "engines": 6,
    "engines._executor": 6,
    "engines._render": 6,
    "engines._request": 6,
    "engines._temporal_workflow": 6,
    "engines._work": 6,
    "engines.temporal": 6,
    # Promises: what parts of a caller's own must hold.
    "_sample": 6,
    "_chrome_check": 6,
    "_engine_check": 6,
    "testing": 6,
    # The cloud: who runs which job there, when, and who asks for it.
    "aws": 6,
    "aws._batch": 6,
    "aws._batch_lines": 6,
    "aws._boot": 6,
    "aws._chromes": 6,
    "aws._cost": 6,
    "aws._deploy": 6,
    "aws._elf": 6,
    "aws._events": 6,
    "aws._executions": 6,
    "aws._history": 6,
    "aws._fleet": 6,
    "aws._host": 6,
    "aws.handler": 6,
    "aws._inspect": 6,
    "aws._log": 6,
    "aws._notices": 6,
    "aws._outputs": 6,
    "aws._packed": 6,
    "aws._prices": 6,
    "aws._progress": 6,
    "aws._renders": 6,
    "aws._session": 6,
    "aws._stacks": 6,
    "aws._tasks": 6,
    "aws._values": 6,
    "aws._webhooks": 6,
    "aws._wheels": 6,
    "aws._zip": 6,
    "aws.cdk": 6,
    "aws.client": 6,
    "aws.options": 6,
    "aws.package": 6,
    "aws.permissions": 6,
    "aws.retries": 6,
    "aws.state_machine": 6,
    "aws.template": 6,
    # What a render will take, here or there.
    "_quote": 6,
    # Faces: what a person or a program meets.
    "_cli_quote": 7,
    "__init__": 7,
    "__main__": 7,
    "_bar": 7,
    "_cli": 7,
    "_cli_aws": 7,
    "_cli_client": 7,
    "_cli_infra": 7,
    "_cli_stack": 7,
    "_cli_verbs": 7,
    "_options": 7,
}

DOORS = {
    "attrs": set(FLOORS),
    "boto3": {"aws._session", "transport._boto"},
    "botocore": {"aws._session", "transport._boto"},
    "aws_cdk": {"aws.cdk"},
    "backports": {"aws._packed"},
    "brotli": {"chrome"},
    "cattrs": {"_manifest", "_json"},
    "certifi": {"_https"},
    "constructs": {"aws.cdk"},
    "imageio_ffmpeg": {"_ffmpeg"},
    "pathspec": {"_site_files"},
    "rfc8785": {"_manifest"},
    "selectolax": {"_html"},
    "temporalio": {"engines._temporal_workflow", "engines.temporal"},
    "tinycss2": {"_scope", "_font_css"},
    "tqdm": {"_bar"},
    "urllib3": {"_watched", "transport._boto"},
}

LONGEST_MODULE = 600
WORDS = [name for name, floor in FLOORS.items() if floor == 0]
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
            yield from (".".join(["", *folder, module]) for module in inner)


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


def test_every_module_has_a_floor():
    """The table is the tree: none missing, none that is gone."""
    assert set(FLOORS) == set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name):
    """A module knows its own floor and those below, never one above."""
    above = {other for other in own(name) if FLOORS[other] > FLOORS[name]}

    assert above == set()


def test_imports_make_no_circle():
    """Any module can be read, and tested, after those it imports."""
    graph = {name: own(name) for name in MODULES}

    order = list(graphlib.TopologicalSorter(graph).static_order())

    assert set(MODULES) == set(order)


@pytest.mark.parametrize("name", MODULES)
def test_outside_packages_have_one_door(name):
    """A dependency can be replaced in one file."""
    through = {package for package in foreign(name) if name not in DOORS[package]}

    assert through == set()


def test_no_door_leads_nowhere():
    """Every row of the table is used, and every dependency has a row."""
    used = {package: set() for package in DOORS}
    for name in MODULES:
        for package in foreign(name):
            used[package].add(name)

    declared = {
        package: doors for package, doors in DOORS.items() if package != "attrs"
    }
    assert declared == {p: users for p, users in used.items() if p != "attrs"}


@pytest.mark.parametrize("name", WORDS)
def test_words_touch_nothing(name):
    """The ground floor knows no file, no process, no network, no clock."""
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
def test_a_module_can_be_read_in_one_sitting(name):
    """At six hundred lines it is split, and it begins by saying what it is."""
    text = PATHS[name].read_text("utf-8")

    assert len(text.splitlines()) <= LONGEST_MODULE
    assert ast.get_docstring(MODULES[name])


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
    *("boto3", "botocore", "numpy", "PIL", "pyppeteer", "selectolax", "tqdm"),
    *("urllib3", "websockets", "asyncio"),
}


@pytest.mark.parametrize(
    "code",
    [
        "import hyperframes_dist",
        "from hyperframes_dist import RenderConfig, verify_plan, recompute_plan_hash",
        "from hyperframes_dist import to_json, from_json, OutputResult, HeadlessShell",
        "import hyperframes_dist.testing",
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

    assert "hyperframes_dist._cdp" in loaded
    assert loaded & {*HEAVY, "selectolax", "pyee"} == {"asyncio"}


def test_what_drives_a_browser_is_loaded_when_asked_for():
    """Its first use brings the parser, and neither that nor a boot brings a cloud."""
    code = "import hyperframes_dist as hf"
    named = "hf.plan, hf.render, hf.Renderer, hf.probe_chrome"

    assert loaded_by(f"{code}; {named}") & HEAVY == {"selectolax", "asyncio"}
    assert loaded_by(f"{code}; {named}()") & HEAVY == {"selectolax", "asyncio"}
