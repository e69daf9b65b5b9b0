"""
Renders started, found again and stopped.

A render's name follows from its caller's key, and its record is in the store before it
starts: asking twice starts once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import uuid
from typing import Any

from ..._model.codec import to_json
from ..._model.config import RenderConfig, check_portable
from ..._model.keys import cancel_key, named_key, naming_key, site_key
from ..._model.results import Site
from ..._tools.retry import Retry
from ..._wire.layout import put_bytes
from ...errors import CloudError, InputError, StoreConflictError
from ...transport import check_key
from ..state_machine import check_execution_input
from .executions import describe, read_object, status_of
from .session import Cloud, ask
from .values import Render

_LONGEST_KEY = 256
_UNTIL_VISIBLE = Retry(tries=14, first=0.05, longest=1.0)
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[\w-]{1,80}", re.ASCII)


def start_render(
    cloud: Cloud,
    site: Site | str,
    config: RenderConfig,
    *,
    key: str | None = None,
    output: str | None = None,
) -> Render:
    """
    Start a render of *site*; the same *key* starts it once, ever.

    Args:
        output: What the video is called in the store, below ``outputs/named``.

    Raises:
        InputError: *config* cannot be rendered in the cloud, the request is too large
            for Step Functions, *key* was used for another request, or *output* cannot be
            the video's name, or is another's.
        CloudError: The service refused.
    """
    check_portable(config)
    if output is not None:
        _check_output(output, config)
    text = make_input(cloud, site, config)
    name = name_of(key)
    render = Render(name=name, execution=cloud.stack.execution(name))
    if output is not None:
        _require_free(cloud, render, output)
    _keep_record(cloud, render, text, config, output)
    if output is not None:
        put_bytes(cloud.store, output.encode(), naming_key(render.name))
    call = cloud.services["stepfunctions"].start_execution
    try:
        ask(call, stateMachineArn=cloud.stack.state_machine, name=name, input=text)
    except CloudError as error:
        if error.code != "ExecutionAlreadyExists":
            raise
        _check_same(cloud, render, text)
    _await_visible(cloud, render)
    return render


def _await_visible(cloud: Cloud, render: Render) -> None:
    """Step Functions may know a new execution a moment before it tells of it."""
    with contextlib.suppress(InputError):
        _UNTIL_VISIBLE.call(
            lambda: describe(cloud, render), lambda error: isinstance(error, InputError)
        )


def make_input(cloud: Cloud, site: Site | str, config: RenderConfig) -> str:
    """
    What the state machine is started with.

    Raises:
        InputError: The input is larger than the service takes.
    """
    row = {
        "StoreS3Uri": cloud.store.url,
        "ProjectS3Uri": site_uri(cloud, site),
        "Config": json.loads(to_json(config)),
    }
    return check_execution_input(row)


def site_uri(cloud: Cloud, site: Site | str) -> str:
    """
    Where the archive of *site* lies: a `Site`, its hash, or its address in the store.

    Raises:
        InputError: *site* is none of these.
    """
    text = site.uri if isinstance(site, Site) else site
    if _HASH.fullmatch(text):
        return f"{cloud.store.url}/{site_key(text)}"
    parts = text.split("/")
    if text not in {f"{cloud.store.url}/{site_key(part)}" for part in parts}:
        raise InputError(
            f"site {text!r} is neither a site's hash nor one in {cloud.store.url}"
        )
    return text


def name_of(key: str | None) -> str:
    """
    The name of the render with *key*: a readable part of it, and what makes it unique.

    Raises:
        InputError: *key* is empty or longer than 256 characters.
    """
    if key is None:
        return f"render-{uuid.uuid4().hex}"
    if not (isinstance(key, str) and 1 <= len(key) <= _LONGEST_KEY):
        raise InputError(f"key {key!r} is not a text of 1 to {_LONGEST_KEY} characters")
    readable = re.sub(r"[^A-Za-z0-9]+", "-", key)[:40].strip("-") or "render"
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{readable}-{digest[:20]}"


def find_render(cloud: Cloud, name: str) -> Render:
    """
    The render called *name*, or whose execution *name* is the ARN of.

    Raises:
        InputError: *name* cannot be a name, or no render has it.
    """
    short = name.rpartition(":")[2] if name.startswith("arn:") else name
    if not _NAME.fullmatch(short):
        raise InputError(f"{name!r} is not the name of a render")
    render = Render(name=short, execution=cloud.stack.execution(short))
    describe(cloud, render)
    return render


def cancel(cloud: Cloud, render: Render) -> None:
    """
    Stop *render*; nothing happens if it has ended.

    Calls of the function that are running see a mark in the store, and end within seconds.

    Raises:
        InputError: The render does not exist.
        CloudError: The service refused.
    """
    call = cloud.services["stepfunctions"].stop_execution
    reason = {"error": "Cancelled", "cause": "cancelled by the caller"}
    if status_of(describe(cloud, render)) not in {"running", "cancelled"}:
        return
    try:
        ask(call, executionArn=render.execution, **reason)
    except CloudError:
        if status_of(describe(cloud, render)) == "running":
            raise
    if status_of(describe(cloud, render)) in {"succeeded", "failed", "timed_out"}:
        # It has ended by itself meanwhile: nothing runs that would look for the mark.
        return
    # Afterwards: a call that ends by the mark would end the execution as failed.
    put_bytes(cloud.store, b"cancel\n", cancel_key(render.name))


def _check_same(cloud: Cloud, render: Render, text: str) -> None:
    found = read_object(describe(cloud, render).get("input"))
    if found != json.loads(text):
        raise _other_request(render)


def _other_request(render: Render) -> InputError:
    return InputError(
        f"the key of render {render.name!r} was used for another site or configuration; "
        "use another key"
    )


def _check_output(output: str, config: RenderConfig) -> None:
    suffix = config.format_row.suffix or ".tar"
    if not (isinstance(output, str) and output.lower().endswith(suffix)):
        raise InputError(
            f"output {output!r} is not named like {config.format}; let it end in {suffix}"
        )
    check_key(named_key(output))


def _require_free(cloud: Cloud, render: Render, output: str) -> None:
    """Tell at once, not when all is drawn; a video is never put over another one."""
    if cloud.store.find(_record_key(render)) is not None:
        return
    if cloud.store.find(named_key(output)) is not None:
        place = f"{cloud.store.url}/{named_key(output)}"
        raise InputError(f"{place} is there already; choose another name, or delete it")


def _record_key(render: Render) -> str:
    return f"renders/{render.name}.json"


def _keep_record(
    cloud: Cloud,
    render: Render,
    text: str,
    config: RenderConfig,
    output: str | None,
) -> None:
    """What was asked for, beside the render; the values of variables may be private."""
    asked = json.loads(text)
    shown: dict[str, Any] = {**asked["Config"], "variables": sorted(config.variables)}
    record: dict[str, Any] = {
        "schema": "hyperframes-render/1",
        "name": render.name,
        "execution": render.execution,
        "project": asked["ProjectS3Uri"],
        "config": shown,
        "input_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    if output is not None:
        record["output"] = output
    data = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True).encode()
    try:
        put_bytes(cloud.store, data, _record_key(render))
    except StoreConflictError:
        raise _other_request(render) from None
