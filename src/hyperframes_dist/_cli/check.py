"""
The command ``check``.
"""

from __future__ import annotations

from .._look.check import check
from .._model.config import RenderConfig
from .common import Args, command, flag, option, stop_wishes
from .options import CHROME, PROJECT, chrome_source, read_variables


def _check(args: Args) -> int:
    config = RenderConfig(
        entry_file=args.entry, variables=read_variables(args.variables)
    )
    report = check(
        args.project,
        config,
        page=args.page,
        chrome=chrome_source(args),
        **stop_wishes(args),
    )
    if args.json or args.format == "json":
        print(report.to_json().decode())
    else:
        print(report.to_github() if args.format == "github" else report)
    return 0 if report.ok(strict=args.strict) else 1


COMMANDS = (
    command(
        "check",
        _check,
        "Look for mistakes in a project, without a browser unless asked.",
        PROJECT,
        option(
            "--format",
            "github is commands of GitHub Actions",
            choices=("text", "json", "github"),
            default="text",
        ),
        flag("--page", "show the page too, and tell what only it can"),
        flag("--strict", "fail at warnings too"),
        option("--entry", "the document", default="index.html"),
        option("--variables", "JSON object, or @FILE with one"),
        CHROME,
        examples=("check my-film --strict", "check my-film --page"),
    ),
)
