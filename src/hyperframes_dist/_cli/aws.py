"""
The commands below ``aws``, and among them those that build and check what is deployed.

The cloud's own libraries are loaded by the verbs that need them, when they run.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._model.codec import to_json
from .aws_client import add_client_verbs
from .aws_stack import add_stack_verbs
from .aws_zip import add_infra_verbs
from .common import add_command, show

if TYPE_CHECKING:
    from ..aws.package import ZipReport

_MIB = 1 << 20


def add_verbs(aws: argparse.ArgumentParser) -> None:
    """Give the group *aws* all its verbs."""
    verbs = aws.add_subparsers(required=True, metavar="VERB")
    add_zip_verbs(verbs)
    add_infra_verbs(verbs)
    add_stack_verbs(verbs)
    add_client_verbs(verbs)


def add_zip_verbs(verbs: Any) -> None:
    """Add the verbs that build and check the deployment ZIP."""
    text = "build the deployment ZIP of the Lambda function"
    add = add_command(verbs, "build-zip", _build, text).add_argument
    add("output", type=Path, help="the ZIP to write")
    kinds = ("sparticuz", "headless-shell")
    add("--chrome", choices=kinds, default="sparticuz", help="which browser goes in")
    text = "executable of a headless shell, its resource files beside it"
    add("--chrome-path", type=Path, metavar="FILE", help=text)
    add("--python", default="3.13", help="version of the runtime (default: 3.13)")
    add("--arch", default="x86_64", help="x86_64 or aarch64 (default: x86_64)")
    text = "newest glibc the function has (default: 2.34, Amazon Linux 2023)"
    add("--glibc", default="2.34", metavar="VERSION", help=text)
    text = "recompute all that a deployment ZIP says of itself"
    parser = add_command(verbs, "verify-zip", _verify, text)
    parser.add_argument("zip", type=Path, help="the ZIP to read")


def _build(args: argparse.Namespace) -> int:
    from ..aws.package import build_zip  # noqa: PLC0415

    report = build_zip(
        args.output,
        chrome=args.chrome,
        chrome_path=args.chrome_path,
        python=args.python,
        arch=args.arch,
        glibc=args.glibc,
        deadline=None if args.timeout is None else time.monotonic() + args.timeout,
    )
    return _show(args, report)


def _verify(args: argparse.Namespace) -> int:
    from ..aws.package import verify_zip  # noqa: PLC0415

    return _show(args, verify_zip(args.zip))


def _show(args: argparse.Namespace, report: ZipReport) -> int:
    target = f"Python {report.python} on {report.arch}, Chrome from {report.chrome}"
    sizes = (
        f"{report.unzipped / _MIB:.1f} MiB unzipped, {report.zipped / _MIB:.1f} zipped"
    )
    lines = [f"{report.path}: for {target}", report.breakdown(), sizes]
    return show(args, to_json(report), "\n".join([*lines, f"sha256 {report.sha256}"]))
