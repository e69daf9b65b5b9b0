"""
The commands that write the infrastructure down: ``aws template``, ``aws state-machine``.

They talk to nobody; what they print is what CloudFormation and Step Functions read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs

from .._tools.files import write_file
from ..aws.options import StackOptions
from ..aws.state_machine import state_machine
from ..aws.template import template
from .common import Args, command, option

__all__ = ["INFRA_VERBS", "stack_option", "stack_options"]

_HELP = {
    "memory": "MiB of the function, 2048 to 10240; processors come with it",
    "timeout": "longest call of the function in seconds, 60 to 900",
    "storage": "scratch space of the function in MiB, 2048 to 10240",
    "concurrency": "calls reserved for the function (default: the account's)",
    "max_chunks_at_once": "most chunks of one render at once, 1 to 1000",
    "expire_days": "days until intermediate files go; sites stay",
    "output_class": "storage class of outputs, such as INTELLIGENT_TIERING",
    "output_days": "days until outputs go (default: never)",
    "log_days": "days until logs go",
    "alarm_topic": "ARN of the SNS topic that is told of alarms",
    "chrome": "sparticuz or headless-shell: the Chrome in the ZIP",
    "arch": "x86_64 or aarch64: the processor the ZIP is for",
    "root": "prefix of every key in the bucket",
}
# --timeout is what every other command calls the time it may itself take.
_FLAGS = {"timeout": "--function-timeout"}


def stack_option(field: attrs.Attribute[Any]) -> Any:
    """The option that is *field* of `StackOptions`."""
    textual = field.name in {"alarm_topic", "arch", "chrome", "output_class", "root"}
    return option(
        _FLAGS.get(field.name, f"--{field.name.replace('_', '-')}"),
        _HELP[field.name],
        kind=str if textual else int,
        default=field.default,
        metavar="TEXT" if textual else "N",
        dest=f"option_{field.name}",
    )


def stack_options(args: Args) -> StackOptions:
    """What the options of `add_stack_option` ask for."""
    given = {
        name.removeprefix("option_"): value
        for name, value in vars(args).items()
        if name.startswith("option_")
    }
    return StackOptions(**given)


def _template(args: Args) -> int:
    return _write(args.out, template(stack_options(args)))


def _machine(args: Args) -> int:
    options = stack_options(args)
    made = state_machine(
        args.function_arn or "${RenderFunctionArn}",
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


_OUT = option("--out", "write there, not to standard output", kind=Path, metavar="FILE")
_FIELDS = attrs.fields_dict(StackOptions)

INFRA_VERBS = (
    command(
        "template",
        _template,
        "Write the CloudFormation template.",
        _OUT,
        *map(stack_option, _FIELDS.values()),
    ),
    command(
        "state-machine",
        _machine,
        "Write the state machine.",
        _OUT,
        option(
            "--function-arn",
            "the render function (default: a placeholder for DefinitionSubstitutions)",
            metavar="ARN",
        ),
        stack_option(_FIELDS["timeout"]),
        stack_option(_FIELDS["max_chunks_at_once"]),
    ),
)
