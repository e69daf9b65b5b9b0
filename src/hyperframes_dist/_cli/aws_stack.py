"""
The verbs below ``aws`` that deploy the stack, and take it down.

The cloud's own libraries are loaded by the verbs that need them, when they run.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import attrs

from .._model.codec import to_json
from ..aws.options import StackOptions
from ..errors import InputError
from ..progress import Control
from .aws_client import add_stack_options, open_session
from .aws_zip import add_stack_option, stack_options
from .common import add_command, show, stop_wishes

# What the ZIP was built for is read from the ZIP.
_OF_ZIP = ("arch", "chrome")


def add_stack_verbs(verbs: Any) -> None:
    """Add the verbs that deploy the stack, and take it down."""
    _add_deploy(verbs)
    _add_destroy(verbs)


def _add_deploy(verbs: Any) -> None:
    text = "create or update the stack with a deployment ZIP"
    parser = add_command(verbs, "deploy", _deploy, text)
    add_stack_options(parser)
    add = parser.add_argument
    add("zip", type=Path, help="what build-zip wrote")
    text = "bucket of yours for the ZIP (default: one is made for the account)"
    add("--code-bucket", metavar="BUCKET", help=text)
    for field in attrs.fields(StackOptions):
        if field.name not in _OF_ZIP:
            add_stack_option(parser, field)


def _add_destroy(verbs: Any) -> None:
    text = "delete the stack and its bucket"
    parser = add_command(verbs, "destroy", _destroy, text)
    add_stack_options(parser)
    choice = parser.add_mutually_exclusive_group()
    text = "leave the bucket, with all that is in it"
    choice.add_argument("--keep-bucket", action="store_true", help=text)
    text = "delete finished videos too; without this, their presence is an error"
    choice.add_argument("--delete-outputs", action="store_true", help=text)


def _deploy(args: argparse.Namespace) -> int:
    from ..aws._cloud.deploy import deploy  # noqa: PLC0415
    from ..aws._cloud.session import Services  # noqa: PLC0415
    from ..aws.package import verify_zip  # noqa: PLC0415
    from ..aws.template import template  # noqa: PLC0415

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
        on_status=None if args.quiet else _tell,
        control=Control(**stop_wishes(args)),
    )
    return show(args, to_json(stack), f"{stack.name}: {stack.store}")


def _destroy(args: argparse.Namespace) -> int:
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
