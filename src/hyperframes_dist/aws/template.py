"""
The whole stack as one CloudFormation template: a bucket, a function, a state machine.

A value, the same for the same options; nothing here talks to AWS. The ZIP lies in a
bucket of the caller's; where, are the template's parameters.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

from .._model.keys import EXPIRING
from .options import StackOptions
from .permissions import (
    allow_function,
    allow_map,
    allow_state_machine,
    refuse_plain_http,
)
from .state_machine import state_machine

__all__ = ["template"]

_HANDLER = "hyperframes_dist.aws.handler.handler"
_ARCHITECTURES = MappingProxyType({"x86_64": "x86_64", "aarch64": "arm64"})
_RUNTIME = "python3.13"


def template(options: StackOptions | None = None) -> dict[str, Any]:
    """
    The template, as CloudFormation reads it from JSON.

    Its parameters are ``CodeBucket``, ``CodeKey`` and ``CodeVersion`` (optional), the
    place of the function's ZIP, and ``WebhookUrl`` and ``WebhookSecret`` (optional), who is
    told how renders end. Its outputs are ``Bucket``, ``StoreS3Uri``,
    ``FunctionArn`` and ``StateMachineArn``.
    """
    options = StackOptions() if options is None else options
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "hyperframes_dist: renders HyperFrames compositions",
        "Parameters": _parameters(),
        "Rules": {"WebhookIsSigned": _webhook_is_signed()},
        "Conditions": {
            "HasCodeVersion": _is_given("CodeVersion"),
            "HasWebhook": _is_given("WebhookUrl"),
        },
        "Resources": {
            **_bucket(options),
            **_function(options),
            **_machine(options),
            **_alarms(options),
            **_notices(),
        },
        "Outputs": _outputs(options),
    }


def _parameters() -> dict[str, Any]:
    return {
        "CodeBucket": {"Type": "String", "Description": "Bucket of the function's ZIP"},
        "CodeKey": {"Type": "String", "Description": "Key of the function's ZIP"},
        "CodeVersion": {
            "Type": "String",
            "Default": "",
            "Description": "Version of the ZIP, in a bucket that keeps versions",
        },
        # An address's query may hold a token.
        "WebhookUrl": {
            "Type": "String",
            "Default": "",
            "NoEcho": True,
            "AllowedPattern": "(https://.+)?",
            "ConstraintDescription": "an https address, or nothing",
            "Description": "An https address that is told how renders end",
        },
        "WebhookSecret": {
            "Type": "String",
            "Default": "",
            "NoEcho": True,
            "AllowedPattern": "(.{16,})?",
            "ConstraintDescription": "16 characters or more, or nothing",
            "Description": "What its messages are signed with, 16 characters or more",
        },
    }


def _is_given(parameter: str) -> dict[str, Any]:
    return {"Fn::Not": [{"Fn::Equals": [_ref(parameter), ""]}]}


def _webhook_is_signed() -> dict[str, Any]:
    """Who is told of renders can tell that it is told by this stack, or nobody is told."""
    secret = {"Assert": _is_given("WebhookSecret")}
    why = "a WebhookUrl needs a WebhookSecret, which its messages are signed with"
    return {
        "RuleCondition": _is_given("WebhookUrl"),
        "Assertions": [{**secret, "AssertDescription": why}],
    }


def _bucket(options: StackOptions) -> dict[str, Any]:
    return {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            # Outputs outlive the stack that made them.
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "BlockPublicPolicy": True,
                    "IgnorePublicAcls": True,
                    "RestrictPublicBuckets": True,
                },
                "OwnershipControls": {
                    "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
                },
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                    ]
                },
                # A key follows from its bytes and is never overwritten, so an old version
                # would only be an expired file that is still paid for.
                "VersioningConfiguration": {"Status": "Suspended"},
                "LifecycleConfiguration": {
                    "Rules": [
                        *(_expire(name, options) for name in EXPIRING),
                        *_keep_outputs(options),
                        _abort_uploads(),
                    ]
                },
            },
        },
        "BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "Bucket": _ref("Bucket"),
                "PolicyDocument": refuse_plain_http(),
            },
        },
    }


def _expire(folder: str, options: StackOptions) -> dict[str, Any]:
    rule = {"Id": f"Expire{folder.title()}", "Status": "Enabled"}
    prefix = f"{options.prefix}{folder}/"
    return {**rule, "Prefix": prefix, "ExpirationInDays": options.expire_days}


def _keep_outputs(options: StackOptions) -> list[dict[str, Any]]:
    """How finished videos are stored, and for how long, where that is not as it comes."""
    if options.output_class == "STANDARD" and options.output_days is None:
        return []
    rule: dict[str, Any] = {
        "Id": "KeepOutputs",
        "Status": "Enabled",
        "Prefix": f"{options.prefix}outputs/",
    }
    if days := options.days_to_class:
        moved = {"StorageClass": options.output_class, "TransitionInDays": days}
        rule["Transitions"] = [moved]
    if options.output_days is not None:
        rule["ExpirationInDays"] = options.output_days
    return [rule]


def _abort_uploads() -> dict[str, Any]:
    # The parts of an upload that never ended are in no listing, but they are paid for.
    after = {"DaysAfterInitiation": 1}
    rule = {"Id": "AbortUploads", "Status": "Enabled"}
    return {**rule, "AbortIncompleteMultipartUpload": after}


def _function(options: StackOptions) -> dict[str, Any]:
    version = {"Fn::If": ["HasCodeVersion", _ref("CodeVersion"), _ref("AWS::NoValue")]}
    properties = {
        "Runtime": _RUNTIME,
        "Architectures": [_ARCHITECTURES[options.arch]],
        "Handler": _HANDLER,
        "Code": {
            "S3Bucket": _ref("CodeBucket"),
            "S3Key": _ref("CodeKey"),
            "S3ObjectVersion": version,
        },
        "Role": _arn("FunctionRole"),
        "MemorySize": options.memory,
        "Timeout": options.timeout,
        "EphemeralStorage": {"Size": options.storage},
        "LoggingConfig": {"LogGroup": _ref("FunctionLogs")},
        "Environment": {
            "Variables": {
                "HYPERFRAMES_DIST_BUCKETS": _ref("Bucket"),
                "HYPERFRAMES_DIST_CHROME": options.chrome,
                "HYPERFRAMES_DIST_STORE": _store(options),
                "HYPERFRAMES_DIST_WEBHOOK": _if_told("WebhookUrl"),
                "HYPERFRAMES_DIST_WEBHOOK_SECRET": _if_told("WebhookSecret"),
            }
        },
    }
    if options.concurrency is not None:
        properties["ReservedConcurrentExecutions"] = options.concurrency
    return {
        "FunctionLogs": _log_group(options),
        "FunctionRole": allow_function(options.prefix),
        "Function": {"Type": "AWS::Lambda::Function", "Properties": properties},
    }


def _machine(options: StackOptions) -> dict[str, Any]:
    definition = state_machine(
        "${Function.Arn}",
        partition="${AWS::Partition}",
        function_seconds=options.timeout,
        max_concurrency=options.chunks_at_once,
    )
    text = json.dumps(definition, separators=(",", ":"))
    return {
        # This prefix is exempt from the limit on the size of the logs' own policy, and the
        # function's name is unique in the account, as a log group's must be.
        "StateMachineLogs": _log_group(options, "/aws/vendedlogs/states/${Function}"),
        "StateMachineRole": allow_state_machine(),
        "StateMachine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineType": "STANDARD",
                "RoleArn": _arn("StateMachineRole"),
                "DefinitionString": {"Fn::Sub": text},
                "LoggingConfiguration": {
                    "Level": "ERROR",
                    # A configuration may hold what is none of the log readers' business.
                    "IncludeExecutionData": False,
                    "Destinations": [
                        {
                            "CloudWatchLogsLogGroup": {
                                "LogGroupArn": _arn("StateMachineLogs")
                            }
                        }
                    ],
                },
            },
        },
        "MapPolicy": allow_map(),
    }


def _log_group(options: StackOptions, name: str | None = None) -> dict[str, Any]:
    properties: dict[str, Any] = {"RetentionInDays": options.log_days}
    if name is not None:
        properties["LogGroupName"] = {"Fn::Sub": name}
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": properties,
    }


def _alarms(options: StackOptions) -> dict[str, Any]:
    near = options.timeout * 900
    function = {"Name": "FunctionName", "Value": _ref("Function")}
    machine = {"Name": "StateMachineArn", "Value": _ref("StateMachine")}
    render, states = ("AWS/Lambda", function), ("AWS/States", machine)
    return {
        # Some errors pass when tried again; many at once do not.
        "ErrorsAlarm": _alarm(options, render, "Errors", 5),
        "ThrottlesAlarm": _alarm(options, render, "Throttles", 1),
        "DurationAlarm": _alarm(options, render, "Duration", near, "Maximum"),
        "FailuresAlarm": _alarm(options, states, "ExecutionsFailed", 1),
        "TimeoutsAlarm": _alarm(options, states, "ExecutionsTimedOut", 1),
    }


def _alarm(
    options: StackOptions,
    source: tuple[str, dict[str, Any]],
    metric: str,
    threshold: int,
    statistic: str = "Sum",
) -> dict[str, Any]:
    namespace, dimension = source
    properties = {
        "AlarmDescription": f"{metric}, {statistic} in 5 minutes, {threshold} or more",
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [dimension],
        "Statistic": statistic,
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    if options.alarm_topic is not None:
        properties["AlarmActions"] = [options.alarm_topic]
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def _if_told(parameter: str) -> dict[str, Any]:
    return {"Fn::If": ["HasWebhook", _ref(parameter), _ref("AWS::NoValue")]}


def _notices() -> dict[str, Any]:
    """
    What calls the function when an execution ends, so that somebody is told who does not wait.

    No state of the machine could: one that ran out of time or was stopped enters none.
    """
    ends = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"stateMachineArn": [_ref("StateMachine")], "status": ends},
    }
    rule = {
        "Description": "How renders end, for the webhook",
        "EventPattern": pattern,
        "Targets": [{"Id": "Function", "Arn": _arn("Function")}],
    }
    allowed = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": _ref("Function"),
        "Principal": "events.amazonaws.com",
        "SourceArn": _arn("Ended"),
    }
    return {
        "Ended": {
            "Type": "AWS::Events::Rule",
            "Condition": "HasWebhook",
            "Properties": rule,
        },
        "EndedMayCall": {
            "Type": "AWS::Lambda::Permission",
            "Condition": "HasWebhook",
            "Properties": allowed,
        },
    }


def _store(options: StackOptions) -> dict[str, Any]:
    root = f"/{options.root}" if options.root else ""
    return {"Fn::Sub": f"s3://${{Bucket}}{root}"}


def _outputs(options: StackOptions) -> dict[str, Any]:
    store = _store(options)
    rows = {
        "Bucket": ("Bucket of sites, work and outputs", _ref("Bucket")),
        "StoreS3Uri": ("Address of the store in it", store),
        "FunctionArn": ("The render function", _arn("Function")),
        "StateMachineArn": ("The state machine to start", _ref("StateMachine")),
    }
    return {name: {"Description": d, "Value": v} for name, (d, v) in rows.items()}


def _ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


def _arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}
