"""
The commands below ``aws``, and among them those that build and check what is deployed.

The cloud's own libraries are loaded by the verbs that need them, when they run.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from .._model.codec import to_json
from .aws_client import CLIENT_VERBS
from .aws_stack import STACK_VERBS
from .aws_zip import INFRA_VERBS
from .common import Args, Group, argument, command, option, show

if TYPE_CHECKING:
    from ..aws.package import ZipReport

_MIB = 1 << 20


def _build(args: Args) -> int:
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


def _verify(args: Args) -> int:
    from ..aws.package import verify_zip  # noqa: PLC0415

    return _show(args, verify_zip(args.zip))


def _show(args: Args, report: ZipReport) -> int:
    target = f"Python {report.python} on {report.arch}, Chrome from {report.chrome}"
    sizes = (
        f"{report.unzipped / _MIB:.1f} MiB unzipped, {report.zipped / _MIB:.1f} zipped"
    )
    lines = [f"{report.path}: for {target}", report.breakdown(), sizes]
    return show(args, to_json(report), "\n".join([*lines, f"sha256 {report.sha256}"]))


_ZIP = (
    command(
        "build-zip",
        _build,
        "Build the deployment ZIP of the Lambda function.",
        argument("output", "the ZIP to write", kind=Path),
        option(
            "--chrome",
            "which browser goes in",
            choices=("sparticuz", "headless-shell"),
            default="sparticuz",
        ),
        option(
            "--chrome-path",
            "executable of a headless shell, its resource files beside it",
            kind=Path,
            metavar="FILE",
        ),
        option("--python", "version of the runtime", default="3.13"),
        option("--arch", "x86_64 or aarch64", default="x86_64"),
        option(
            "--glibc",
            "newest glibc the function has; Amazon Linux 2023 has the default",
            default="2.34",
            metavar="VERSION",
        ),
    ),
    command(
        "verify-zip",
        _verify,
        "Recompute all that a deployment ZIP says of itself.",
        argument("zip", "the ZIP to read", kind=Path),
    ),
)

COMMANDS = (
    Group(
        "aws",
        "Rendering on AWS Lambda.",
        (*_ZIP, *INFRA_VERBS, *STACK_VERBS, *CLIENT_VERBS),
    ),
)
