"""
The verbs below ``aws`` that deploy the stack, and take it down.

The cloud's own libraries are loaded by the verbs that need them, when they run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import attrs

from .._model.codec import to_json
from ..aws.options import StackOptions
from ..errors import InputError
from ..progress import Control
from .aws_client import STACK_OPTIONS, WEBHOOK_SECRET, open_session, read_webhooks
from .aws_zip import stack_option, stack_options
from .common import Args, argument, command, flag, option, show, stop_wishes

# What the ZIP was built for is read from the ZIP.
_OF_ZIP = ("arch", "chrome")


def _deploy(args: Args) -> int:
    from ..aws._cloud.deploy import deploy  # noqa: PLC0415
    from ..aws._cloud.session import Services  # noqa: PLC0415
    from ..aws.package import verify_zip  # noqa: PLC0415
    from ..aws.template import template  # noqa: PLC0415

    told = read_webhooks(args)
    if len(told) > 1:
        raise InputError("a stack tells one --webhook; send on from there")
    report = verify_zip(args.zip)
    of_zip = {name: getattr(report, name) for name in _OF_ZIP}
    made = template(attrs.evolve(stack_options(args), **of_zip))
    runtime = made["Resources"]["Function"]["Properties"]["Runtime"]
    if runtime != f"python{report.python}":
        raise InputError(
            f"{args.zip} was built for Python {report.python}, the stack has {runtime}; "
            "build it for that"
        )
    stack = deploy(
        Services(session=open_session(args)),
        args.stack,
        args.zip,
        made,
        code_bucket=args.code_bucket,
        webhook=told[0] if told else None,
        on_status=None if args.quiet else _tell,
        control=Control(**stop_wishes(args)),
    )
    return show(args, to_json(stack), f"{stack.name}: {stack.store}")


def _destroy(args: Args) -> int:
    if args.keep_bucket and args.delete_outputs:
        raise InputError("--keep-bucket and --delete-outputs exclude each other")
    from ..aws._cloud.deploy import destroy  # noqa: PLC0415
    from ..aws._cloud.session import Services  # noqa: PLC0415

    count = destroy(
        Services(session=open_session(args)),
        args.stack,
        keep_bucket=args.keep_bucket,
        delete_outputs=args.delete_outputs,
        on_status=None if args.quiet else _tell,
        control=Control(**stop_wishes(args)),
    )
    row = {"stack": args.stack, "deleted_objects": count}
    return show(args, json.dumps(row).encode(), f"{args.stack}: gone, {count} objects")


def _tell(status: str) -> None:
    print(status, file=sys.stderr)


STACK_VERBS = (
    command(
        "deploy",
        _deploy,
        "Create or update the stack with a deployment ZIP.",
        argument("zip", "what build-zip wrote", kind=Path),
        *STACK_OPTIONS,
        option(
            "--code-bucket",
            "bucket of yours for the ZIP (default: one is made for the account)",
            metavar="BUCKET",
        ),
        option(
            "--webhook",
            "https address that the stack tells how each of its renders ended",
            metavar="URL",
            many=True,
        ),
        WEBHOOK_SECRET,
        *(
            stack_option(field)
            for field in attrs.fields(StackOptions)
            if field.name not in _OF_ZIP
        ),
    ),
    command(
        "destroy",
        _destroy,
        "Delete the stack and its bucket.",
        *STACK_OPTIONS,
        flag("--keep-bucket", "leave the bucket, with all that is in it"),
        flag(
            "--delete-outputs",
            "delete finished videos too; without this, their presence is an error",
        ),
    ),
)
