"""
The stack as a construct for the AWS CDK; needs the extra ``cdk``.

It includes the template as it is, so the two can never differ. Nothing else imports this
module: loading the CDK starts Node.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from aws_cdk import Token, aws_lambda, aws_s3, aws_s3_assets, aws_stepfunctions
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

from .options import StackOptions
from .template import template

__all__ = ["HyperframesDist"]


class HyperframesDist(Construct):
    """
    A bucket, a function and a state machine that render compositions.

    Attributes:
        bucket: Holds sites, work and outputs.
        store_s3_uri: Address of the store in it.
        function: Renders; called by the state machine only.
        state_machine: What an execution is started of; ``grant_start_execution`` on it
            and ``grant_read_write`` on *bucket* is what a client needs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: Path | str,
        options: StackOptions | None = None,
    ) -> None:
        """
        Make the resources in *scope*.

        Args:
            code: The function's ZIP on this machine; the CDK uploads it.
            options: The choices of the stack, as the template takes them.
        """
        super().__init__(scope, construct_id)
        asset = aws_s3_assets.Asset(self, "Code", path=str(code))
        parts = _include(self, asset, template(options))
        self.bucket = aws_s3.Bucket.from_cfn_bucket(parts.get_resource("Bucket"))
        self.store_s3_uri = _output(parts, "StoreS3Uri")
        self.function = aws_lambda.Function.from_function_arn(
            self, "RenderFunction", _output(parts, "FunctionArn")
        )
        self.state_machine = aws_stepfunctions.StateMachine.from_state_machine_arn(
            self, "RenderMachine", _output(parts, "StateMachineArn")
        )


def _include(
    scope: Construct, asset: aws_s3_assets.Asset, made: dict[str, Any]
) -> CfnInclude:
    # An asset's key is the digest of its bytes, so it has no versions to choose from.
    del made["Parameters"]["CodeVersion"], made["Conditions"]["HasCodeVersion"]
    del made["Resources"]["Function"]["Properties"]["Code"]["S3ObjectVersion"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "template.json")
        path.write_text(json.dumps(made), "utf-8")
        return CfnInclude(
            scope,
            "Resources",
            template_file=str(path),
            # The construct may stand in one stack twice.
            preserve_logical_ids=False,
            parameters={
                "CodeBucket": asset.s3_bucket_name,
                "CodeKey": asset.s3_object_key,
            },
        )


def _output(parts: CfnInclude, name: str) -> str:
    return str(Token.as_string(parts.get_output(name).value))
