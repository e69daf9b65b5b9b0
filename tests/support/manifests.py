"""
The manifests below ``examples/clusters`` as their clusters run them: the processes they name,
with the variables they set and the retries they ask for.

What a cluster does besides, such as finding a machine, is not here.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import yaml
from botocore.session import Session
from botocore.stub import Stubber

CLUSTERS = Path(__file__).parents[2] / "examples/clusters"
KILLED = 137

Start = Callable[[str, Sequence[str], Mapping[str, str]], int]
"""Runs a process of that name, and gives its exit status."""


@attrs.frozen(kw_only=True)
class Film:
    """What stands in for what the manifests name as an example."""

    project: Path
    store: str
    render: str
    output: Path

    def placed(self, text: str) -> str:
        """*text* of a manifest with this film's own in place of the example's."""
        for old, new in (
            ("s3://bucket/renders", self.store),
            ("gs://bucket/renders", self.store),
            ("film-1", self.render),
            ("/film", str(self.project)),
        ):
            if text == old:
                return new
        return text


def again(start: Callable[[], int], tries: int, final: Sequence[int]) -> int:
    """The status of a process that is started again, but after a *final* status."""
    for _ in range(tries):
        status = start()
        if status == 0 or status in final:
            break
    return status


def kubernetes(film: Film, start: Start) -> Iterator[int]:
    """Jobs one after the other, as ``kubectl wait`` has it between them."""
    for name in ("plan", "chunks", "assemble"):
        spec = read_yaml(f"kubernetes/{name}.yaml")["spec"]
        indexed = spec.get("completionMode") == "Indexed"
        for index in range(spec.get("completions", 1)):
            env = {"JOB_COMPLETION_INDEX": str(index)} if indexed else {}
            yield _pod(film, start, f"{name}-{index}", spec, env)


def _pod(film: Film, start: Start, name: str, spec: Any, env: Mapping[str, str]) -> int:
    (container,) = spec["template"]["spec"]["containers"]
    own = {row["name"]: film.placed(row["value"]) for row in container["env"]}
    words = [film.placed(_expanded(word, own)) for word in container["args"]]
    rules = [rule["onExitCodes"] for rule in spec["podFailurePolicy"]["rules"][1:]]
    final = [value for rule in rules for value in rule["values"]]
    tries = 1 + spec.get("backoffLimitPerIndex", spec.get("backoffLimit", 0))
    return again(partial(start, name, words, {**own, **env}), tries, final)


def _expanded(word: str, env: Mapping[str, str]) -> str:
    """As Kubernetes expands references to variables in arguments."""
    return re.sub(r"\$\((\w+)\)", lambda found: env[found[1]], word)


def cloud_run(film: Film, start: Start) -> Iterator[int]:
    """Jobs one after the other, as ``gcloud run jobs execute --wait`` has it."""
    for name in ("plan", "chunks", "assemble"):
        outer = read_yaml(f"cloud-run/{name}.yaml")["spec"]["template"]["spec"]
        inner = outer["template"]["spec"]
        words = [film.placed(word) for word in inner["containers"][0]["args"]]
        for index in range(outer["taskCount"]):
            env = {"CLOUD_RUN_TASK_INDEX": str(index)}
            env["CLOUD_RUN_TASK_COUNT"] = str(outer["taskCount"])
            begin = partial(start, f"{name}-{index}", words, env)
            yield again(begin, 1 + inner["maxRetries"], ())


def aws_batch(film: Film, start: Start) -> Iterator[int]:
    """What the script submits, held against the service's own model by botocore."""
    script = load("aws_batch.py")
    session = Session()
    batch = session.create_client(
        "batch",
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )
    definitions, jobs = [], []
    batch.meta.events.register(
        "provide-client-params.batch.RegisterJobDefinition",
        lambda params, **_: definitions.append(params),
    )
    batch.meta.events.register(
        "provide-client-params.batch.SubmitJob", lambda params, **_: jobs.append(params)
    )
    with Stubber(batch) as stub:
        arn = "arn:aws:batch:us-east-1:1:job-definition/hyperframes-dist:1"
        told = {"jobDefinitionName": "hyperframes-dist", "revision": 1}
        stub.add_response("register_job_definition", {**told, "jobDefinitionArn": arn})
        for name in "123":
            stub.add_response("submit_job", {"jobName": name, "jobId": name})
        role = "arn:aws:iam::1:role/films"
        definition = script.register(batch, "film:1", role)
        last = script.submit(batch, "films", definition, film.store, film.render, 4)
        stub.assert_no_pending_responses()
    assert last == "3"
    assert [job.get("dependsOn") for job in jobs] == [
        None,
        [{"jobId": "1"}],
        [{"jobId": "2"}],
    ]
    for job in jobs:
        yield from _batch_job(film, start, job, definitions[0]["retryStrategy"])


def _batch_job(film: Film, start: Start, job: Any, retries: Any) -> Iterator[int]:
    words = [film.placed(word) for word in job["containerOverrides"]["command"]]
    rules = retries["evaluateOnExit"]
    final = [int(r["onExitCode"]) for r in rules if r["action"] == "EXIT"]
    size = job.get("arrayProperties", {}).get("size")
    for index in range(size or 1):
        env = {"AWS_BATCH_JOB_ARRAY_INDEX": str(index)} if size else {}
        begin = partial(start, f"{words[1]}-{index}", words, env)
        yield again(begin, retries["attempts"], final)


def slurm(film: Film, start: Start) -> Iterator[int]:
    """The scripts under bash, with stand-ins for the cluster's own two programs."""
    folder = film.output.parent / "slurm"
    folder.mkdir()
    _stand_in(folder / "sbatch", _SBATCH)
    _stand_in(folder / "scontrol", _SCONTROL)
    env = {
        "PATH": f"{folder}:{with_program(folder)}",
        "STORE": film.store.removeprefix("file://"),
        "RENDER": film.render,
        "PROJECT": str(film.project),
        "OUTPUT": str(film.output),
    }
    done = subprocess.run(
        ["bash", str(CLUSTERS / "slurm/submit.sh")],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ["1", "2", "3"][-1:] == done.stdout.split()
    for line in (folder / "submitted").read_text().splitlines():
        job = json.loads(line)
        yield from _slurm_job(start, folder, job, env)


def _slurm_job(
    start: Start, folder: Path, job: Mapping[str, Any], env: Mapping[str, str]
) -> Iterator[int]:
    first, _, last = (job["array"] or "0-0").partition("-")
    for index in range(int(first), int(last) + 1):
        own = {"SLURM_JOB_ID": job["id"]}
        if job["array"]:
            own |= {"SLURM_ARRAY_JOB_ID": job["id"], "SLURM_ARRAY_TASK_ID": str(index)}
        status, count = KILLED, 0
        while True:
            (folder / "requeued").unlink(missing_ok=True)
            own["SLURM_RESTART_COUNT"] = str(count)
            name = f"{Path(job['script']).stem}-{index}"
            status = start(name, ["bash", job["script"]], {**env, **own})
            if not (folder / "requeued").is_file():
                break
            assert f"{job['id']}_{index}" == (folder / "requeued").read_text()
            count += 1
        yield status


_SBATCH = """
import json, pathlib, sys
words = sys.argv[1:]
place = pathlib.Path(__file__).parent / "submitted"
lines = place.read_text().splitlines() if place.exists() else []
flags = dict(w.lstrip("-").partition("=")[::2] for w in words[:-1])
assert {*flags} <= {"parsable", "array", "dependency"}, flags
if lines:
    assert flags["dependency"] == f"afterok:{len(lines)}", flags
job = {"id": str(len(lines) + 1), "array": flags.get("array"), "script": words[-1]}
job["script"] = str(pathlib.Path(words[-1]).absolute())
place.write_text("\\n".join([*lines, json.dumps(job)]) + "\\n")
print(job["id"])
"""
_SCONTROL = """
import pathlib, sys
word, name = sys.argv[1:]
assert word == "requeue"
(pathlib.Path(__file__).parent / "requeued").write_text(name)
"""


def _stand_in(path: Path, code: str) -> None:
    path.write_text(f"#!{sys.executable}\n{code}")
    path.chmod(0o755)


def github_actions(film: Film, start: Start) -> Iterator[int]:
    """Every ``run`` of every job, under bash, with its expressions filled in."""
    workflow = read_yaml("github-actions.yml")
    known = {"github.run_id": "77", "secrets.AWS_ACCESS_KEY_ID": "none"}
    known["secrets.AWS_SECRET_ACCESS_KEY"] = "none"
    folder = film.output.parent
    (folder / "film").symlink_to(film.project)
    top = {name: _filled(value, known) for name, value in workflow["env"].items()}
    top["STORE"] = film.store
    outputs = folder / "outputs"
    for name, job in workflow["jobs"].items():
        (run,) = [step["run"] for step in job["steps"] if "run" in step]
        matrix = job.get("strategy", {}).get("matrix", {"index": None})["index"]
        if matrix is not None:
            assert matrix == "${{ fromJSON(needs.plan.outputs.indexes) }}"
            matrix = json.loads(outputs.read_text().partition("indexes=")[2])
        for index in matrix or [0]:
            text = _filled(run, {**known, "matrix.index": str(index)})
            env = {**top, "GITHUB_OUTPUT": str(outputs), "PATH": with_program(folder)}
            words = ["bash", "--noprofile", "-eo", "pipefail", "-c", text]
            yield start(f"{name}-{index}", words, env)


def _filled(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: known[found[1]], text)


def shell_commands() -> Iterator[list[str]]:
    """The words of every command of the library's in a script or a workflow."""
    scripts = sorted(CLUSTERS.glob("slurm/*.sbatch"))
    for path in (*scripts, CLUSTERS / "github-actions.yml"):
        for found in re.findall(r"hyperframes-dist (job [^|>\n]*)", path.read_text()):
            yield shlex.split(found.replace("${{ matrix.index }}", "0"))


def read_yaml(name: str) -> Any:
    """The one document in the manifest *name*."""
    return yaml.safe_load((CLUSTERS / name).read_text())


def load(name: str) -> Any:
    """The script *name* as a module."""
    spec = importlib.util.spec_from_file_location(Path(name).stem, CLUSTERS / name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def command_of(words: Sequence[str]) -> list[str]:
    """The command line of a container with *words*; the image's entry point is ours."""
    own = [] if words[0] == "bash" else [sys.executable, "-m", "hyperframes_dist"]
    return [*own, *words]


def with_program(folder: Path) -> str:
    """PATH on which ``hyperframes-dist`` is the one under test."""
    program = folder / "hyperframes-dist"
    python = shlex.quote(sys.executable)
    program.write_text(f'#!/bin/sh\nexec {python} -m hyperframes_dist "$@"\n')
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"
