"""
What `nox -s cdk` runs: the construct, synthesised offline, is the template.

Not collected by pytest: the CDK is half a gigabyte and pins what other tests need newer.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from aws_cdk import App, Stack

from hyperframes_dist.aws.cdk import HyperframesDist
from hyperframes_dist.aws.options import StackOptions
from hyperframes_dist.aws.template import template


def synthesise(folder: Path, options: StackOptions) -> dict:
    """The template of a stack that holds the construct twice."""
    code = folder / "function.zip"
    code.write_bytes(b"PK\x05\x06" + bytes(18))
    app = App(outdir=str(folder / "out"))
    stack = Stack(app, "Films")
    for name in ("One", "Two"):
        made = HyperframesDist(stack, name, code=code, options=options)
        assert made.bucket.bucket_name
        assert made.function.function_arn
        assert made.state_machine.state_machine_arn
        assert made.store_s3_uri
    assembly = app.synth()
    return assembly.get_stack_by_name("Films").template


def check(made: dict, options: StackOptions) -> None:
    """Each resource of the template is there twice, with what it was made with."""
    wanted = template(options)["Resources"].values()
    for resource in wanted:
        same = [r for r in made["Resources"].values() if r["Type"] == resource["Type"]]
        twice = 2 * sum(r["Type"] == resource["Type"] for r in wanted)
        assert len(same) == twice, resource["Type"]
    functions = [
        resource["Properties"]
        for resource in made["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    ]
    for function in functions:
        assert function["MemorySize"] == options.memory
        assert function["Code"]["S3Key"]


def main() -> int:
    """Check the plain stack and one with options."""
    for options in (
        StackOptions(),
        StackOptions(memory=4096, concurrency=20, root="a"),
    ):
        with tempfile.TemporaryDirectory() as folder:
            made = synthesise(Path(folder), options)
        check(made, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
