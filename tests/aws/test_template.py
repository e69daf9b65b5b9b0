"""The stack: linted, least of rights, and created for real."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fake_function
from hyperframes_dist.aws.options import StackOptions
from hyperframes_dist.aws.state_machine import check_execution_input, state_machine
from hyperframes_dist.aws.template import template
from hyperframes_dist.errors import InputError
from ministack import Ministack, ministack_python

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
EVERYTHING = StackOptions(
    memory=4096,
    timeout=600,
    storage=4096,
    concurrency=20,
    expire_days=3,
    output_class="STANDARD_IA",
    output_days=90,
    log_days=7,
    alarm_topic=TOPIC,
    chrome="headless-shell",
    arch="aarch64",
    root="renders/team-a",
)
PLAIN, FULL = template(), template(EVERYTHING)
BOTH = pytest.mark.parametrize("made", [PLAIN, FULL], ids=["plain", "full"])
LARGEST_BODY = 51_200


def properties(made: dict[str, Any], name: str) -> dict[str, Any]:
    return made["Resources"][name]["Properties"]


def definition(made: dict[str, Any]) -> str:
    """The state machine's text, with what CloudFormation fills in."""
    text = properties(made, "StateMachine")["DefinitionString"]["Fn::Sub"]
    return text.replace("${AWS::Partition}", "aws").replace("${Function.Arn}", "f")


def statements(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every statement that allows something to a role of the stack."""
    for resource in made["Resources"].values():
        inside = resource["Properties"]
        documents = [row["PolicyDocument"] for row in inside.get("Policies", [])]
        if resource["Type"] == "AWS::IAM::Policy":
            documents.append(inside["PolicyDocument"])
        for document in documents:
            yield from document["Statement"]


def lint(folder: Path, *made: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    paths = []
    for index, each in enumerate(made):
        paths.append(folder / f"{index}.json")
        paths[-1].write_text(json.dumps(each))
    linter = Path(sys.executable).with_name("cfn-lint")
    return subprocess.run(
        [linter, "--include-checks", "I", "--", *paths],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_linter_finds_nothing(tmp_path):
    """Not in the plain stack, not in one with every option; a wrong type it does find."""
    done = lint(tmp_path, PLAIN, FULL)
    broken = json.loads(json.dumps(PLAIN))
    broken["Resources"]["Function"]["Properties"]["MemorySize"] = 99_999

    assert (0, "") == (done.returncode, done.stdout), done.stderr
    assert 0 != lint(tmp_path, broken).returncode


@BOTH
def test_it_can_be_sent_as_it_is(made):
    """Small enough to need no upload of its own."""
    assert len(json.dumps(made).encode()) <= LARGEST_BODY


@BOTH
def test_only_what_can_be_made_again_expires(made):
    """Three prefixes, and outputs where that is asked for; sites have no rule."""
    root = "renders/team-a/" if made is FULL else ""
    rules = properties(made, "Bucket")["LifecycleConfiguration"]["Rules"]

    expiring = {r["Prefix"]: r["ExpirationInDays"] for r in rules if "Prefix" in r}
    days = 3 if made is FULL else 7
    wanted = {f"{root}{name}/": days for name in ("work", "segments", "live")}
    wanted |= {f"{root}outputs/": 90} if made is FULL else {}
    assert wanted == expiring
    (rest,) = [rule for rule in rules if "Prefix" not in rule]
    assert {"Id", "Status", "AbortIncompleteMultipartUpload"} == set(rest)


@BOTH
def test_the_bucket_is_private(made):
    """No public access, encrypted, TLS only, and kept when the stack goes."""
    inside = properties(made, "Bucket")
    (denied,) = properties(made, "BucketPolicy")["PolicyDocument"]["Statement"]

    assert {True} == set(inside["PublicAccessBlockConfiguration"].values())
    assert len(inside["PublicAccessBlockConfiguration"]) == 4
    assert "BucketEncryption" in inside
    assert ("Deny", "*", "s3:*") == (
        denied["Effect"],
        denied["Principal"],
        denied["Action"],
    )
    assert {"Bool": {"aws:SecureTransport": "false"}} == denied["Condition"]
    assert {"Retain"} == {
        made["Resources"][name][policy]
        for name in ("Bucket", "BucketPolicy")
        for policy in ("DeletionPolicy", "UpdateReplacePolicy")
    }


@BOTH
def test_no_right_is_wider_than_its_use(made):
    """No action has a wildcard; only the delivery of logs is for any resource."""
    for each in statements(made):
        assert not [action for action in each["Action"] if "*" in action]
        anywhere = "*" in each["Resource"]
        assert anywhere == ("logs:CreateLogDelivery" in each["Action"])


def test_nothing_may_delete_a_site_or_an_output():
    """Deleting is for what is made again, and for what jobs tell of themselves."""
    (where,) = [
        s["Resource"] for s in statements(FULL) if "s3:DeleteObject" in s["Action"]
    ]

    root = "${Bucket.Arn}/renders/team-a"
    told = ("renders/*/marks", "renders/*/faults")
    wanted = [f"{root}/{folder}/*" for folder in ("work", "segments", "live", *told)]
    assert wanted == [r["Fn::Sub"] for r in where]


def test_a_webhook_has_a_secret():
    """Whoever sets one parameter without the other is told by CloudFormation itself."""
    rule = FULL["Rules"]["WebhookIsSigned"]

    (assertion,) = rule["Assertions"]
    told = {"Fn::Not": [{"Fn::Equals": [{"Ref": "WebhookUrl"}, ""]}]}
    signed = {"Fn::Not": [{"Fn::Equals": [{"Ref": "WebhookSecret"}, ""]}]}
    assert (told, signed) == (rule["RuleCondition"], assertion["Assert"])
    assert "WebhookUrl needs a WebhookSecret" in assertion["AssertDescription"]


def test_options_are_in_the_template():
    """Each choice is where it works."""
    function = properties(FULL, "Function")
    machine = json.loads(definition(FULL))

    assert 4096 == function["MemorySize"]
    assert 600 == function["Timeout"]
    assert ["arm64"] == function["Architectures"]
    assert {"Size": 4096} == function["EphemeralStorage"]
    assert 20 == function["ReservedConcurrentExecutions"]
    variables = function["Environment"]["Variables"]
    assert "headless-shell" == variables["HYPERFRAMES_DIST_CHROME"]
    assert {"Ref": "Bucket"} == variables["HYPERFRAMES_DIST_BUCKETS"]
    for logs in ("FunctionLogs", "StateMachineLogs"):
        assert 7 == properties(FULL, logs)["RetentionInDays"]
    assert state_machine("f", function_seconds=600, max_concurrency=20) == machine
    store = FULL["Outputs"]["StoreS3Uri"]["Value"]
    assert {"Fn::Sub": "s3://${Bucket}/renders/team-a"} == store


def test_outputs_are_kept_as_they_are_asked_to_be():
    """In their class, when S3 lets them have it, and for so long; else for ever."""
    cheap = template(StackOptions(output_class="INTELLIGENT_TIERING"))
    wanted = {
        "Id": "KeepOutputs",
        "Status": "Enabled",
        "Prefix": "renders/team-a/outputs/",
        "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 30}],
        "ExpirationInDays": 90,
    }

    def rules(made: dict[str, Any]) -> dict[str, Any]:
        found = properties(made, "Bucket")["LifecycleConfiguration"]["Rules"]
        return {rule["Id"]: rule for rule in found}

    assert wanted == rules(FULL)["KeepOutputs"]
    (moved,) = rules(cheap)["KeepOutputs"]["Transitions"]
    assert {"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 1} == moved
    assert "ExpirationInDays" not in rules(cheap)["KeepOutputs"]
    assert "KeepOutputs" not in rules(PLAIN)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"output_class": "GLACIER"}, "output_class 'GLACIER' is not one of STANDARD"),
        ({"output_days": 0}, "output_days"),
        ({"output_class": "STANDARD_IA", "output_days": 30}, "after 30 days"),
    ],
)
def test_outputs_that_could_not_be_read_or_kept_are_refused(options, told):
    with pytest.raises(InputError, match=told):
        StackOptions(**options)


def test_defaults_are_the_largest_function():
    """Nothing is reserved, and nobody is told, unless it is asked for."""
    function = properties(PLAIN, "Function")

    assert (10_240, 900) == (function["MemorySize"], function["Timeout"])
    assert "ReservedConcurrentExecutions" not in function
    assert state_machine("f") == json.loads(definition(PLAIN))
    assert {"Fn::Sub": "s3://${Bucket}"} == PLAIN["Outputs"]["StoreS3Uri"]["Value"]


def test_alarms_tell_the_topic():
    """Errors, throttles, failed and overlong executions, and calls near their end."""
    alarms = [
        resource["Properties"]
        for resource in FULL["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]

    assert {
        *("Errors", "Throttles", "Duration", "ExecutionsFailed", "ExecutionsTimedOut")
    } == {alarm["MetricName"] for alarm in alarms}
    assert all([TOPIC] == alarm["AlarmActions"] for alarm in alarms)
    (duration,) = [a for a in alarms if a["MetricName"] == "Duration"]
    assert (540_000, "Maximum") == (duration["Threshold"], duration["Statistic"])
    assert not any(
        "AlarmActions" in resource["Properties"]
        for resource in PLAIN["Resources"].values()
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"memory": 99_999}, "memory 99999 is not a whole number from 2048 to 10240"),
        ({"timeout": 901}, "timeout 901"),
        ({"storage": 20_480}, "storage 20480"),
        ({"concurrency": 0}, "concurrency 0"),
        ({"max_chunks_at_once": 1001}, "max_chunks_at_once 1001"),
        ({"expire_days": 0}, "expire_days 0"),
        ({"log_days": 2}, "log_days 2 is not one of 1, 3, 5"),
        ({"alarm_topic": "alarms"}, "alarm_topic 'alarms' is not like arn:aws:sns"),
        ({"chrome": "chrome"}, "chrome 'chrome' is not one of sparticuz"),
        ({"arch": "arm64"}, "arch 'arm64' is not one of x86_64, aarch64"),
        ({"root": "/renders/"}, "key '/renders/' is not a relative path"),
        ({"root": 7}, "root 7 is not like renders/team-a"),
    ],
)
def test_options_are_checked(change, words):
    """AWS would refuse them when half of the stack is there."""
    with pytest.raises(InputError, match=words):
        StackOptions(**change)


@pytest.mark.parametrize(
    ("concurrency", "asked", "expected"),
    [(None, None, 500), (20, None, 20), (20, 50, 20), (20, 5, 5), (None, 50, 50)],
)
def test_a_render_starts_no_more_chunks_than_the_function_takes(
    concurrency, asked, expected
):
    """What is over the reserved concurrency would only be throttled."""
    options = StackOptions(concurrency=concurrency, max_chunks_at_once=asked)

    assert expected == options.chunks_at_once


def zip_function() -> bytes:
    """A ZIP with a handler where the template looks for it."""
    source = Path(fake_function.__file__).read_text("utf-8")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for package in ("hyperframes_dist", "hyperframes_dist/aws"):
            archive.writestr(f"{package}/__init__.py", "")
        archive.writestr("hyperframes_dist/aws/handler.py", source)
    return buffer.getvalue()


def await_stack(client: Any, name: str, wanted: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            assert wanted == stack["StackStatus"], stack
            return stack
        time.sleep(0.05)
    raise TimeoutError(f"{name} is still {stack['StackStatus']}")


def test_the_stack_is_created_and_renders(cache, tmp_path):
    """From the template alone: a private bucket, and a machine that runs."""
    (tmp_path / "calls").mkdir()
    (tmp_path / "faults.json").write_text("{}")
    values = {"CodeBucket": "code", "CodeKey": "function.zip"}
    with Ministack(ministack_python(cache), tmp_path) as aws:
        s3, stacks = aws.client("s3"), aws.client("cloudformation")
        s3.create_bucket(Bucket="code")
        s3.put_object(Bucket="code", Key="function.zip", Body=zip_function())
        stacks.create_stack(
            StackName="films",
            TemplateBody=json.dumps(FULL),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in values.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        stack = await_stack(stacks, "films", "CREATE_COMPLETE")
        outputs = {row["OutputKey"]: row["OutputValue"] for row in stack["Outputs"]}
        access = s3.get_public_access_block(Bucket=outputs["Bucket"])
        function = aws.client("lambda").get_function_configuration(
            FunctionName=outputs["FunctionArn"]
        )
        store = f"s3://fake{tmp_path}"
        value = {"StoreS3Uri": store, "ProjectS3Uri": store, "Config": {"chunks": 2}}
        done = aws.run(outputs["StateMachineArn"], check_execution_input(value))

    assert f"s3://{outputs['Bucket']}/renders/team-a" == outputs["StoreS3Uri"]
    assert {True} == set(access["PublicAccessBlockConfiguration"].values())
    assert (4096, 600) == (function["MemorySize"], function["Timeout"])
    variables = function["Environment"]["Variables"]
    assert outputs["Bucket"] == variables["HYPERFRAMES_DIST_BUCKETS"]
    assert "SUCCEEDED" == done["status"], done
    assert 2 == len(json.loads(done["output"])["Chunks"])
