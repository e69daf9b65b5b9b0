"""The infrastructure can be written down from a shell, without an account."""

from __future__ import annotations

import json

import attrs

from hyperframes_dist._cli.main import main
from hyperframes_dist.aws.options import StackOptions
from hyperframes_dist.aws.state_machine import state_machine
from hyperframes_dist.aws.template import template

OPTIONS = {
    "memory": 4096,
    "timeout": 600,
    "storage": 4096,
    "concurrency": 20,
    "max_chunks_at_once": 9,
    "expire_days": 3,
    "log_days": 7,
    "output_class": "STANDARD_IA",
    "output_days": 90,
    "alarm_topic": "arn:aws:sns:eu-west-1:123456789012:alarms",
    "chrome": "headless-shell",
    "arch": "aarch64",
    "root": "renders/team-a",
}


def run(*args: str) -> int:
    return main(["aws", *args])


def test_the_plain_template_is_printed(capsys):
    """Standard output is the template and nothing else."""
    assert 0 == run("template")
    assert template() == json.loads(capsys.readouterr().out)


def test_every_option_of_the_stack_is_an_option_of_the_command(tmp_path, capsys):
    """Under its own name, but for the timeout, which is the function's."""
    given = []
    for name, value in OPTIONS.items():
        flag = "function-timeout" if name == "timeout" else name.replace("_", "-")
        given += [f"--{flag}", str(value)]
    out = tmp_path / "template.json"

    assert set(OPTIONS) == {field.name for field in attrs.fields(StackOptions)}
    assert 0 == run("template", "--out", str(out), *given)
    assert template(StackOptions(**OPTIONS)) == json.loads(out.read_text())
    assert "" == capsys.readouterr().out


def test_the_state_machine_is_written(tmp_path, capsys):
    """With a placeholder for the function, or with its ARN."""
    out = tmp_path / "machine.json"
    limits = ["--function-timeout", "60", "--max-chunks-at-once", "9"]

    assert 0 == run("state-machine")
    assert state_machine() == json.loads(capsys.readouterr().out)
    assert 0 == run("state-machine", "--function-arn", "f", "--out", str(out), *limits)
    made = state_machine("f", function_seconds=60, max_concurrency=9)
    assert made == json.loads(out.read_text())


def test_a_wrong_option_is_an_input_error(capsys):
    """It is refused as it is from Python."""
    assert 2 == run("template", "--memory", "1")
    assert "memory 1 is not a whole number" in capsys.readouterr().err
