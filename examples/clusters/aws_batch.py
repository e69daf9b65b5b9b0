"""
A film on AWS Batch: a plan, an array of chunks, and what joins them, each after the other.

    python aws_batch.py --queue films --image ACCOUNT.dkr.ecr.REGION.amazonaws.com/film:1 \
        --role arn:aws:iam::ACCOUNT:role/films --store s3://bucket/renders --render film-1

The image is the project's with the film in ``/film``; the role may read and write the store.
"""

from __future__ import annotations

import argparse
from typing import Any

import boto3

# 1 and 2 would come again; 3, and whatever was killed or lost its machine, may pass.
RETRIES = {
    "attempts": 4,
    "evaluateOnExit": [
        {"onExitCode": "1", "action": "EXIT"},
        {"onExitCode": "2", "action": "EXIT"},
        {"onReason": "*", "action": "RETRY"},
    ],
}


def register(batch: Any, image: str, role: str) -> str:
    """One definition for all three jobs; returns its ARN."""
    made = batch.register_job_definition(
        jobDefinitionName="hyperframes-dist",
        type="container",
        retryStrategy=RETRIES,
        timeout={"attemptDurationSeconds": 3600},
        containerProperties={
            "image": image,
            "jobRoleArn": role,
            "command": ["--help"],
            "resourceRequirements": [
                {"type": "VCPU", "value": "2"},
                {"type": "MEMORY", "value": "4096"},
            ],
        },
    )
    return str(made["jobDefinitionArn"])


def submit(
    batch: Any, queue: str, definition: str, store: str, render: str, chunks: int
) -> str:
    """Start the render; returns the id of its last job."""

    def start(name: str, words: list[str], after: str = "", size: int = 0) -> str:
        wishes: dict[str, Any] = {"arrayProperties": {"size": size}} if size else {}
        if after:
            wishes["dependsOn"] = [{"jobId": after}]
        command = ["job", name, "--store", store, *words]
        made = batch.submit_job(
            jobName=f"{render}-{name}",
            jobQueue=queue,
            jobDefinition=definition,
            containerOverrides={"command": command},
            **wishes,
        )
        return str(made["jobId"])

    named = ["--request", render]
    project = ["--project", "/film", "--name", render, "--chunks", str(chunks)]
    plan = start("plan", project)
    # An array has two jobs at least; one without a chunk ends well.
    array = start("chunk", named, plan, max(2, chunks))
    return start("assemble", named, array)


def main() -> None:
    """Register, submit, and print the id of the last job."""
    parser = argparse.ArgumentParser(description="A film on AWS Batch.")
    for name in ("queue", "image", "role", "store", "render"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--chunks", type=int, default=8)
    args = parser.parse_args()
    batch = boto3.client("batch")
    definition = register(batch, args.image, args.role)
    print(submit(batch, args.queue, definition, args.store, args.render, args.chunks))


if __name__ == "__main__":
    main()
