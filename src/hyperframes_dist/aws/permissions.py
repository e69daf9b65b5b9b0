"""
Who may do what, and no more: the policies of the stack's resources.

Logical names, such as ``Bucket`` and ``Function``, are those of the template.
"""

from __future__ import annotations

from typing import Any

from .._model.keys import EXPIRING, faults_folder, marks_folder

__all__ = [
    "allow_function",
    "allow_map",
    "allow_state_machine",
    "refuse_plain_http",
]

_VERSION = "2012-10-17"


def refuse_plain_http() -> dict[str, Any]:
    """The bucket's own policy: nobody reads or writes it without TLS."""
    denied = {
        "Sid": "RefusePlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [_sub("${Bucket.Arn}"), _sub("${Bucket.Arn}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return _document(denied)


def allow_function(prefix: str) -> dict[str, Any]:
    """
    The function's role: the store's objects, and its own log.

    Args:
        prefix: What every key of the store begins with.
    """
    objects = [
        _allow(
            ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            [_sub(f"${{Bucket.Arn}}/{prefix}*")],
        ),
        # Only what can be made again or is told anew; nothing deletes a site or an output.
        _allow(
            ["s3:DeleteObject"],
            [
                _sub(f"${{Bucket.Arn}}/{prefix}{folder}/*")
                for folder in (*EXPIRING, marks_folder("*"), faults_folder("*"))
            ],
        ),
        # Without it S3 answers that a missing key is forbidden, not that it is missing.
        _allow(["s3:ListBucket"], [_sub("${Bucket.Arn}")]),
    ]
    logs = _allow(
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [{"Fn::GetAtt": ["FunctionLogs", "Arn"]}],
    )
    trusted = {"Service": "lambda.amazonaws.com"}
    return _role(trusted, {"Store": _document(*objects), "Logs": _document(logs)})


def allow_state_machine() -> dict[str, Any]:
    """The state machine's role: that one function, and the delivery of its log."""
    invoke = _allow(["lambda:InvokeFunction"], [_sub("${Function.Arn}")])
    # These actions know no resource; Step Functions' own documentation asks for them so.
    deliver = _allow(
        [
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ],
        ["*"],
    )
    trusted = {"Service": "states.amazonaws.com"}
    documents = {"Invoke": _document(invoke), "Logs": _document(deliver)}
    own = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    return _role(trusted, documents, own)


def allow_map() -> dict[str, Any]:
    """
    What a distributed Map needs: to start, watch and stop executions of its own machine.

    It is attached after the machine is made, since the machine's role must exist before.
    """
    executions = (
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution"
    )
    start = _allow(["states:StartExecution"], [{"Ref": "StateMachine"}])
    children = _allow(
        ["states:DescribeExecution", "states:StopExecution"],
        [
            _sub(f"{executions}:${{StateMachine.Name}}:*"),
            _sub(f"{executions}:${{StateMachine.Name}}/*"),
        ],
    )
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyName": "Map",
            "PolicyDocument": _document(start, children),
            "Roles": [{"Ref": "StateMachineRole"}],
        },
    }


def _role(
    trusted: dict[str, Any],
    documents: dict[str, Any],
    condition: dict[str, Any] | None = None,
) -> dict[str, Any]:
    assume: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": trusted,
        "Action": "sts:AssumeRole",
    }
    if condition is not None:
        assume["Condition"] = condition
    policies = [
        {"PolicyName": name, "PolicyDocument": document}
        for name, document in documents.items()
    ]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": _document(assume),
            "Policies": policies,
        },
    }


def _allow(actions: list[str], resources: list[Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": _VERSION, "Statement": list(statements)}


def _sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}
