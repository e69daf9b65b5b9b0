"""
The commands that write the infrastructure down: ``aws template``, ``aws state-machine``.

They talk to nobody; what they print is what CloudFormation and Step Functions read.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import attrs

from .._tools.files import write_file
from ..aws.options import StackOptions
from ..aws.state_machine import state_machine
from ..aws.template import template

__all__ = ["add_infra_verbs", "add_stack_option", "stack_options"]

_HELP = {
    "memory": "MiB of the function, 2048 to 10240; processors come with it",
    "timeout": "longest call of the function in seconds, 60 to 900",
    "storage": "scratch space of the function in MiB, 2048 to 10240",
    "concurrency": "calls reserved for the function (default: the account's)",
    "max_chunks_at_once": "most chunks of one render at once, 1 to 1000",
    "expire_days": "days until intermediate files go; sites and outputs stay",
    "log_days": "days until logs go",
    "alarm_topic": "ARN of the SNS topic that is told of alarms",
    "chrome": "sparticuz or headless-shell: the Chrome in the ZIP",
    "arch": "x86_64 or aarch64: the processor the ZIP is for",
    "root": "prefix of every key in the bucket",
}
# --timeout is what every other command calls the time it may itself take.
_FLAGS = {"timeout": "--function-timeout"}


def add_infra_verbs(verbs: Any) -> None:
    """
    Add the commands to *verbs*, the sub-parsers of the command ``aws``.

    Each sets ``run``, a function of the parsed arguments that returns an exit status.
    """
    made = _add(verbs, "template", _template, "write the CloudFormation template")
    for field in attrs.fields(StackOptions):
        add_stack_option(made, field)
    machine = _add(verbs, "state-machine", _machine, "write the state machine")
    machine.add_argument(
        "--function-arn",
        default="${RenderFunctionArn}",
        metavar="ARN",
        help="the render function (default: a placeholder for DefinitionSubstitutions)",
    )
    timeout, chunks = (
        getattr(attrs.fields(StackOptions), n)
        for n in ("timeout", "max_chunks_at_once")
    )
    add_stack_option(machine, timeout)
    add_stack_option(machine, chunks)


def _add(verbs: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=text, description=text
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write there, not to standard output"
    )
    parser.add_argument("--json", action="store_true", help="errors as a JSON object")
    parser.add_argument("--verbose", action="store_true", help="log to standard error")
    return parser


def add_stack_option(
    parser: argparse.ArgumentParser, field: attrs.Attribute[Any]
) -> None:
    """Give *parser* the choice that is *field* of `StackOptions`."""
    shown = "" if field.default is None else f" (default: {field.default})"
    textual = field.name in {"alarm_topic", "arch", "chrome", "root"}
    parser.add_argument(
        _FLAGS.get(field.name, f"--{field.name.replace('_', '-')}"),
        dest=f"option_{field.name}",
        type=str if textual else int,
        default=field.default,
        metavar="TEXT" if textual else "N",
        help=_HELP[field.name] + shown,
    )


def stack_options(args: argparse.Namespace) -> StackOptions:
    """What the options of `add_stack_option` ask for."""
    given = {
        name.removeprefix("option_"): value
        for name, value in vars(args).items()
        if name.startswith("option_")
    }
    return StackOptions(**given)


def _template(args: argparse.Namespace) -> int:
    return _write(args.out, template(stack_options(args)))


def _machine(args: argparse.Namespace) -> int:
    options = stack_options(args)
    made = state_machine(
        args.function_arn,
        function_seconds=options.timeout,
        max_concurrency=options.chunks_at_once,
    )
    return _write(args.out, made)


def _write(out: Path | None, made: dict[str, Any]) -> int:
    text = json.dumps(made, indent=2)
    if out is None:
        print(text)
    else:
        write_file(out, f"{text}\n".encode())
    return 0
