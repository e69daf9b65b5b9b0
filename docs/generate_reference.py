"""
Write ``docs/reference`` from the library itself: names, commands and errors.

``--check`` writes nothing and ends with 1 if a file is not what would be written; the
test of the documentation runs that.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import io
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

import hyperframes_dist as hf
from hyperframes_dist import (
    aio,
    aws,
    chrome,
    engines,
    errors,
    pyppeteer,
    testing,
    transport,
)
from hyperframes_dist._cli.main import _status
from hyperframes_dist._cli.main import main as main_of_commands
from hyperframes_dist.engines.temporal import TemporalEngine, make_worker
from hyperframes_dist.transport.local import LocalTransport
from hyperframes_dist.transport.s3 import S3Transport

HERE = Path(__file__).parent / "reference"
FLOORS = Path(__file__).with_name("floors.toml")
MADE = "<!-- Made by docs/generate_reference.py; edit the docstrings instead. -->"
COMMANDS = (
    "",
    "new",
    "preview",
    "info",
    "render",
    "still",
    "sheet",
    "batch",
    "check",
    "plan",
    "lock",
    "chunk",
    "assemble",
    "verify",
    "quote",
    "doctor",
    "chrome",
    "chrome list",
    "chrome probe",
    "job",
    "job plan",
    "job chunk",
    "job help",
    "job sound",
    "job assemble",
    "job all",
    "job cancel",
    "watch",
    "aws",
    "aws build-zip",
    "aws verify-zip",
    "aws template",
    "aws state-machine",
    "aws deploy",
    "aws destroy",
    "aws deploy-site",
    "aws start",
    "aws progress",
    "aws wait",
    "aws cancel",
    "aws cost",
    "aws download",
    "aws presign",
    "aws batch",
    "aws render",
)
FLOORS_BEGIN = "<!-- floors: made by docs/generate_reference.py from floors.toml -->"
FLOORS_END = "<!-- end of floors -->"
API_INTRO = (
    "Everything a caller needs is in `hyperframes_dist`; the errors are in "
    "`hyperframes_dist.errors`, described in [errors](errors.md). A module whose "
    "name begins with an underscore is not an interface."
)
AWS_INTRO = (
    "Names of `hyperframes_dist.aws`, which the extra `aws` is for. How they are used: "
    "[render on AWS](../aws.md). `PRICES` maps regions to `Prices`."
)
CLI_INTRO = """Results go to standard output, everything else to standard error. With `--json`
standard output is one JSON object, also for an error; `--json`, `--verbose` and `--quiet` may
stand before the command too. Every error is one line, and the exit status says whether to try
again. Progress is a bar on a terminal; `--progress plain` writes a line for each phase that is
over, `--progress json` an object for each step.

Options that are wanted every time stand in `hyperframes-dist.toml` in the folder a command is
run in, or in the table `tool.hyperframes_dist` of its `pyproject.toml`: names without the
hyphens in front, such as `quality = "draft"` or `no-audio = true`. What is typed wins.

A shell completes commands, options and values after one line in its start-up file, with
`zsh_source` or `fish_source` for those:

```bash
eval "$(_HYPERFRAMES_DIST_COMPLETE=bash_source hyperframes-dist)"
```"""
ERRORS_INTRO = (
    "All errors are below `HyperframesError`, in `hyperframes_dist.errors`. The "
    "class says who must act; `retryable` on the class says whether the same call "
    "may succeed when made again. They can be pickled."
)
TRANSPORTS_INTRO = (
    "Names of `hyperframes_dist.transport`, of its modules `local` and `s3`, and of "
    "`hyperframes_dist.testing`. How they are used: "
    "[keep files in a store](../how-to/write-a-transport.md)."
)
ENGINES_INTRO = (
    "Names of `hyperframes_dist.engines`, of its module `temporal`, and of "
    "`hyperframes_dist.testing`. How they are used: "
    "[render on what already runs your work](../how-to/engines.md)."
)
PYPPETEER_INTRO = (
    "Names of `hyperframes_dist.pyppeteer`, which the extra `pyppeteer` is for. How they are "
    "used: [look around in a plan with pyppeteer](../how-to/pyppeteer.md)."
)
_REPEATED = ("See `ChromeSource.", "See `Transport.")
_SECTION = re.compile(r"(Args|Attributes|Returns|Raises):")
_ITEM = re.compile(r" {4}(\*{0,2}\w+): (.*)")


def markdown(doc: str | None) -> str:
    """A docstring of the house as Markdown."""
    lines: list[str] = []
    inside = ""
    for line in inspect.cleandoc(doc or "").splitlines():
        if match := _SECTION.fullmatch(line):
            inside = match[1]
            lines += [f"**{inside}**", ""]
        elif not inside:
            lines.append(line)
        elif inside != "Returns" and (match := _ITEM.fullmatch(line)):
            lines.append(f"- `{match[1]}`: {match[2]}")
        elif line:
            lines.append(f"  {line.strip()}" if inside != "Returns" else line.strip())
        else:
            inside = ""
            lines.append("")
    return "\n".join(lines).replace("``", "`").strip()


def signature(name: str, function: Any) -> str:
    """How *function* is called, one parameter a line where one line is too short."""
    facts = inspect.signature(function)
    parts: list[str] = []
    for parameter in facts.parameters.values():
        if parameter.name in {"self", "cls"}:
            continue
        star = any(part.startswith("*") for part in parts)
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            parts.append("*")
        parts.append(_parameter(parameter))
    returns = _type(facts.return_annotation)
    end = f" -> {returns}" if returns else ""
    line = f"{name}({', '.join(parts)}){end}"
    if len(line) <= 80:
        return line
    inner = "".join(f"    {part},\n" for part in parts)
    return f"{name}(\n{inner}){end}"


def _parameter(parameter: inspect.Parameter) -> str:
    kind = _type(parameter.annotation)
    name = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(
        parameter.kind, ""
    ) + parameter.name
    text = f"{name}: {kind}" if kind else name
    if parameter.default is parameter.empty:
        return text
    return f"{text} = {parameter.default!r}"


def _type(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty:
        return ""
    if isinstance(annotation, str):
        return annotation
    return str(getattr(annotation, "__name__", annotation))


def fields(kind: type) -> str:
    """The fields of an attrs class, as its source would list them."""
    rows = []
    for field in attrs.fields(kind):
        if not field.init or field.name.startswith("_"):
            continue
        row = f"    {field.name}: {_type(field.type)}"
        if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
            row += " = ..."
        elif field.default is not attrs.NOTHING:
            row += f" = {field.default!r}"
        rows.append(row)
    return f"class {kind.__name__}:\n" + "\n".join(rows)


def describe_class(kind: type) -> Iterator[str]:
    """Heading, fields or arguments, prose and members of a class."""
    if attrs.has(kind):
        yield f"```text\n{fields(kind)}\n```"
    elif "__init__" in vars(kind) and not getattr(kind, "_is_protocol", False):
        init = signature(f"class {kind.__name__}", vars(kind)["__init__"])
        yield f"```text\n{init.removesuffix(' -> None')}\n```"
    yield markdown(kind.__doc__)
    for name, member in vars(kind).items():
        doc = inspect.getdoc(member) or ""
        # What a class only repeats of a protocol is described there.
        if name.startswith("_") or doc.startswith(_REPEATED):
            continue
        if isinstance(member, property):
            yield f"#### {kind.__name__}.{name}\n\n{markdown(member.__doc__)}"
        elif isinstance(member, classmethod):
            yield _describe_method(kind, name, member.__func__)
        elif inspect.isfunction(member):
            yield _describe_method(kind, name, member)


def _describe_method(kind: type, name: str, function: Any) -> str:
    title = f"#### {kind.__name__}.{name}"
    call = f"```text\n{signature(name, function)}\n```"
    return f"{title}\n\n{call}\n\n{markdown(function.__doc__)}"


def api() -> str:
    """``api.md``."""
    parts = [
        MADE,
        "# Python names",
        API_INTRO,
    ]
    functions = [n for n in hf.__all__ if inspect.isfunction(getattr(hf, n))]
    classes = [
        name
        for name in hf.__all__
        if inspect.isclass(kind := getattr(hf, name))
        and not issubclass(kind, Exception)
    ]
    parts.append("## Functions")
    for name in functions:
        function = getattr(hf, name)
        parts.append(f"### {name}\n\n```text\n{signature(name, function)}\n```")
        parts.append(markdown(function.__doc__))
    parts.append("## Classes")
    for name in classes:
        parts.append(f"### {name}")
        parts += describe_class(getattr(hf, name))
    name = "check_chrome_source"
    check = testing.check_chrome_source
    parts.append(f"### testing.{name}\n\n```text\n{signature(name, check)}\n```")
    parts.append(markdown(check.__doc__))
    title = f"### testing.{testing.assert_frames.__name__}"
    call = signature("assert_frames", testing.assert_frames)
    parts.append(f"{title}\n\n```text\n{call}\n```")
    parts.append(markdown(testing.assert_frames.__doc__))
    twins = ", ".join(f"`{name}`" for name in aio.__all__ if name != "stream")
    parts += [
        "## Coroutines",
        (
            f"`hyperframes_dist.aio` has {twins} as coroutines; "
            "[how they are used](../how-to/embed-in-asyncio.md)."
        ),
        f"### aio.stream\n\n```text\n{signature('stream', aio.stream)}\n```",
        markdown(aio.stream.__doc__),
    ]
    choices = ", ".join(f'`"{word}"`' for word in chrome.Sandbox.__args__)
    parts += [
        "### Sandbox",
        f"One of {choices}; see [Chrome](../how-to/chrome-source.md).",
    ]
    return "\n\n".join(parts) + "\n"


def cloud() -> str:
    """``aws.md``."""
    return _page_of("AWS", AWS_INTRO, [getattr(aws, name) for name in aws.__all__])


def transports() -> str:
    """``transports.md``."""
    public = [getattr(transport, name) for name in transport.__all__]
    public += [testing.check_transport, LocalTransport, S3Transport]
    return _page_of("Stores", TRANSPORTS_INTRO, public)


def engine_names() -> str:
    """``engines.md``."""
    public = [getattr(engines, name) for name in engines.__all__]
    public += [testing.check_engine, make_worker, TemporalEngine]
    return _page_of("Engines", ENGINES_INTRO, public)


def looking() -> str:
    """``pyppeteer.md``."""
    public = [getattr(pyppeteer, name) for name in pyppeteer.__all__]
    return _page_of("pyppeteer", PYPPETEER_INTRO, public)


def _page_of(title: str, intro: str, public: list[Any]) -> str:
    parts = [MADE, f"# {title}", intro, "## Functions"]
    for function in filter(inspect.isfunction, public):
        name = function.__name__
        parts.append(f"### {name}\n\n```text\n{signature(name, function)}\n```")
        parts.append(markdown(function.__doc__))
    parts.append("## Classes")
    for kind in filter(inspect.isclass, public):
        parts += [f"### {kind.__name__}", *describe_class(kind)]
    return "\n\n".join(parts) + "\n"


def cli() -> str:
    """``cli.md``."""
    parts = [
        MADE,
        "# Commands",
        CLI_INTRO,
    ]
    for command in COMMANDS:
        title = f"python -m hyperframes_dist {command}".strip()
        parts.append(f"## {title}\n\n```text\n{help_of(command)}\n```")
    return "\n\n".join(parts) + "\n"


def help_of(command: str) -> str:
    """What ``--help`` of *command* prints on a terminal of 80 columns."""
    with contextlib.redirect_stdout(io.StringIO()) as text:
        assert main_of_commands([*command.split(), "--help"]) == 0
    return "\n".join(line.rstrip() for line in text.getvalue().strip().splitlines())


def error_tree() -> str:
    """``errors.md``."""
    tree = inspect.cleandoc(errors.__doc__ or "").partition("::\n\n")[2]
    parts = [
        MADE,
        "# Errors",
        ERRORS_INTRO,
        f"```text\n{inspect.cleandoc(tree)}\n```",
        "| class | also a | retry | exit status |\n|---|---|---|---|\n"
        + "\n".join(_row(getattr(errors, name)) for name in errors.__all__),
    ]
    parts += [
        f"## {name}\n\n{markdown(getattr(errors, name).__doc__)}"
        for name in errors.__all__
    ]
    return "\n\n".join(parts) + "\n"


def _row(kind: type[errors.HyperframesError]) -> str:
    base = kind.__mro__[1:]
    builtin = [b.__name__ for b in base if b.__module__ == "builtins"]
    own = [
        name for name in builtin if name not in {"Exception", "BaseException", "object"}
    ]
    also = f"`{own[0]}`" if own else ""
    retry = "yes" if kind.retryable else ""
    # A class decides its exit status; how it is made does not matter here.
    status = _status(kind.__new__(kind))
    link = f"[{kind.__name__}](#{kind.__name__.lower()})"
    return f"| {link} | {also} | {retry} | {status} |"


def architecture() -> str:
    """The page as it is, with the table of floors between its two marks."""
    page = (HERE.parent / "architecture.md").read_text("utf-8")
    before, _, rest = page.partition(FLOORS_BEGIN)
    _, _, after = rest.partition(FLOORS_END)
    return f"{before}{FLOORS_BEGIN}\n{floors()}{FLOORS_END}{after}"


def floors() -> str:
    """`floors.toml` from the top down, as Markdown."""
    rooms = tomllib.loads(FLOORS.read_text("utf-8"))["room"]
    rows = ["| floor | room | what it is | never knows |", "|---|---|---|---|"]
    for row in sorted(rooms, key=lambda row: -row["floor"]):
        never = ", ".join(f"`{name}`" for name in row.get("never", ()))
        rows.append(f"| {row['floor']} | `{row['name']}` | {row['what']} | {never} |")
    return "\n".join(rows) + "\n"


def for_models() -> str:
    """``llms.txt``: what there is to read, as language models look for it."""
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text("utf-8"))
    lines = ["# hyperframes_dist", "", f"> {project['project']['description']}"]
    for line in (HERE.parent / "index.md").read_text("utf-8").splitlines():
        if title := re.fullmatch(r"\*\*(.+)\*\*", line):
            lines += ["", f"## {title[1]}", ""]
        elif line.startswith("- ["):
            lines.append(line)
    return "\n".join(lines) + "\n"


PAGES = {
    "../llms.txt": for_models,
    "../architecture.md": architecture,
    "api.md": api,
    "cli.md": cli,
    "errors.md": error_tree,
    "aws.md": cloud,
    "transports.md": transports,
    "engines.md": engine_names,
    "pyppeteer.md": looking,
}


def main() -> int:
    """Write the pages, or compare them with what lies there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    checking = parser.parse_args().check
    # Lines of help are broken by it, and the width of this terminal is nobody else's.
    os.environ.update(COLUMNS="80", NO_COLOR="1")
    stale = []
    for name, make in PAGES.items():
        path, text = HERE / name, make()
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if not checking:
                path.write_text(text, "utf-8")
    for name in stale:
        sys.stdout.write(f"docs/reference/{name}\n")
    return 1 if checking and stale else 0


if __name__ == "__main__":
    sys.exit(main())
