"""
The verbs below ``aws`` that render: what `AwsClient` does, from a shell.

The cloud's own libraries are loaded by the verbs that need them, when they run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from .._model.codec import to_json
from ..errors import InputError
from ..progress import Progress
from .bar import progress_of
from .common import Args, argument, command, flag, option, show, stop_wishes
from .options import (
    CONFIG_OPTIONS,
    PAGE_OPTIONS,
    PROJECT,
    chrome_source,
    page_config,
    render_config,
)

if TYPE_CHECKING:
    from ..aws import AwsClient, BatchRow, Cost, Delivery, RenderProgress, Webhook
    from ..chrome import ChromeSource

STACK_OPTIONS = (
    option("--stack", "name of the stack", default="hyperframes-dist", metavar="NAME"),
    option("--region", "region of the stack"),
    option("--profile", "profile of the AWS configuration"),
)
"""The choice of a stack, and of an account."""


def open_session(args: Args) -> Any:
    """
    A boto3 session of the profile and region asked for.

    Raises:
        InputError: The profile does not exist.
    """
    from ..aws._cloud.session import open_session as opened  # noqa: PLC0415

    return opened(profile=args.profile, region=args.region)


def _client(args: Args) -> AwsClient:
    from ..aws import AwsClient  # noqa: PLC0415

    return AwsClient.of_stack(args.stack, session=open_session(args))


def _deploy_site(args: Args) -> int:
    site = _client(args).deploy_site(
        args.project, page_config(args), chrome=_chrome(args), **stop_wishes(args)
    )
    how = "uploaded" if site.uploaded else "there already"
    return show(args, to_json(site), f"{site.uri}: {site.bytes} bytes, {how}")


def _chrome(args: Args) -> ChromeSource | None:
    """The Chrome asked for; where none is, an installed one if there is one."""
    return None if args.chrome == "auto" else chrome_source(args)


def _start(args: Args) -> int:
    render = _client(args).start_render(
        args.site, render_config(args), key=args.key, output=args.output_key
    )
    return show(args, to_json(render), render.name)


def _progress(args: Args) -> int:
    client = _client(args)
    return _show_progress(args, client.get_progress(client.find_render(args.render)))


def _show_progress(args: Args, seen: RenderProgress) -> int:
    total = "?" if seen.frames_total is None else seen.frames_total
    share = f"{seen.fraction:.0%}, {seen.frames_done} of {total} frames"
    lines = [f"{seen.render.name}: {seen.status}, {share}, {seen.attempts} calls"]
    lines += [
        f"  {row.where or 'render'}: {row.error}: {row.reason}" for row in seen.faults
    ]
    if seen.output is not None:
        lines.append(f"  {seen.output.uri}, {seen.output.size} bytes")
    return show(args, to_json(seen), "\n".join(lines))


def _wait(args: Args) -> int:
    client = _client(args)
    seen = _wait_for(args, client, client.find_render(args.render))
    return _show_progress(args, seen)


def _wait_for(args: Args, client: AwsClient, render: Any) -> RenderProgress:
    with progress_of(args) as bar:

        def look(seen: RenderProgress) -> None:
            total = seen.frames_total or 0
            bar.update(Progress(stage="render", done=seen.frames_done, total=total))

        return client.wait(
            render,
            on_progress=look,
            webhooks=read_webhooks(args),
            on_delivery=_warn_of,
            **stop_wishes(args),
        )


def read_webhooks(args: Args) -> list[Webhook]:
    """
    Who is to be told how renders end.

    Raises:
        InputError: There is no secret to sign with.
    """
    from ..aws import Webhook  # noqa: PLC0415

    if not args.webhook:
        return []
    if args.webhook_secret is None:
        raise InputError(
            "--webhook needs --webhook-secret FILE, which signs what is sent"
        )
    try:
        secret = args.webhook_secret.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--webhook-secret cannot be read: {error}") from None
    return [Webhook(url=url, secret=secret) for url in args.webhook]


def _warn_of(delivery: Delivery) -> None:
    if not delivery.delivered:
        text = f"warning: {delivery.url} was not told: {delivery.reason}"
        print(text, file=sys.stderr)


def _cancel(args: Args) -> int:
    client = _client(args)
    render = client.find_render(args.render)
    client.cancel(render)
    return show(args, to_json(render), f"{render.name}: stopped")


def _cost(args: Args) -> int:
    client = _client(args)
    cost = client.render_cost(client.find_render(args.render))
    row = {**json.loads(to_json(cost)), "total": cost.total}
    return show(args, json.dumps(row).encode(), _cost_text(cost))


def _cost_text(cost: Cost) -> str:
    usage = cost.usage
    about = "about " if cost.estimated else ""
    rows = (
        ("function", cost.compute, f"{usage.gb_seconds:.1f} GB-seconds"),
        ("disk", cost.storage, f"{usage.storage_gb_seconds:.1f} GB-seconds"),
        ("calls", cost.requests, f"{cost.attempts}, {cost.failed} of them failed"),
        ("transitions", cost.transitions, str(usage.transitions)),
        ("bucket", cost.bucket, f"about {usage.puts} writes, {usage.gets} reads"),
    )
    lines = [f"{about}${cost.total:.6f} at {cost.prices.region} of {cost.prices.date}"]
    lines += [f"  {name:<12} ${money:.6f}  {facts}" for name, money, facts in rows]
    return "\n".join([*lines, *(f"  note: {note}" for note in cost.notes)])


def _download(args: Args) -> int:
    client = _client(args)
    output = client.download_output(client.find_render(args.render), args.output)
    text = f"{args.output}: {output.size} bytes, sha256 {output.sha256}"
    return show(args, to_json(output), text)


def _presign(args: Args) -> int:
    client = _client(args)
    url = client.presign_output(client.find_render(args.render), args.seconds)
    row = {"url": url, "seconds": args.seconds}
    return show(args, json.dumps(row).encode(), url)


def _batch(args: Args) -> int:
    lines, wishes = _read_lines(args.lines), stop_wishes(args)
    client, config, site = _client(args), render_config(args), args.site
    if args.project is not None:
        chrome = _chrome(args)
        made = client.deploy_site(args.project, config, chrome=chrome, **wishes)
        site = made.site_hash
    rows = client.run_batch(
        lines,
        args.results,
        site=site,
        config=attrs.evolve(config, overrides_dir=None),
        at_once=args.at_once,
        folder=args.folder,
        retry_failed=args.retry_failed,
        webhooks=read_webhooks(args),
        on_row=None if args.quiet else _tell_row,
        **wishes,
    )
    return _show_rows(args, rows)


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None


def _tell_row(row: BatchRow) -> None:
    why = f": {row.error}: {row.reason}" if row.error else ""
    print(f"line {row.line}: {row.status}{why}", file=sys.stderr)


def _show_rows(args: Args, rows: tuple[BatchRow, ...]) -> int:
    good = sum(row.status == "succeeded" for row in rows)
    cost = sum(row.cost or 0 for row in rows)
    fields = {"lines": len(rows), "succeeded": good, "cost": round(cost, 6)}
    text = f"{args.results}: {good} of {len(rows)} succeeded, ${cost:.6f}"
    show(args, json.dumps(fields).encode(), text)
    return 0 if good == len(rows) else 1


def _render(args: Args) -> int:
    client, config, wishes = _client(args), render_config(args), stop_wishes(args)
    site = client.deploy_site(args.project, config, chrome=_chrome(args), **wishes)
    # The lock now holds what the overrides said.
    travelling = attrs.evolve(config, overrides_dir=None)
    render = client.start_render(site, travelling, key=args.key, output=args.output_key)
    if not args.quiet:
        print(f"render {render.name}", file=sys.stderr)
    _wait_for(args, client, render)
    output = client.download_output(render, args.output)
    row = {**json.loads(to_json(output)), "render": render.name}
    text = f"{args.output}: {output.frame_count} frames, {output.size} bytes"
    return show(args, json.dumps(row).encode(), text)


_RENDER = argument("render", "name of the render, or its execution's ARN")
_OUTPUT = argument("output", "the file to write", kind=Path)
_KEY = option(
    "--key",
    "names the render: the same key starts it once (default: always a new one)",
)
_OUTPUT_KEY = option(
    "--output-key",
    "what the video is called in the store, below outputs/named, such as 2026/ad-7.mp4",
)
WEBHOOK_SECRET = option(
    "--webhook-secret",
    "file with the secret that signs what is sent",
    kind=Path,
    metavar="FILE",
)
WEBHOOKS = (
    option(
        "--webhook",
        "https address to tell how it ended; may be given more than once",
        metavar="URL",
        many=True,
    ),
    WEBHOOK_SECRET,
)

CLIENT_VERBS = (
    command(
        "deploy-site",
        _deploy_site,
        "Upload a project, with the bytes of its remote addresses.",
        PROJECT,
        *STACK_OPTIONS,
        *PAGE_OPTIONS,
    ),
    command(
        "start",
        _start,
        "Start a render of a deployed project.",
        argument("site", "the site's hash or address"),
        *STACK_OPTIONS,
        _KEY,
        _OUTPUT_KEY,
        *CONFIG_OPTIONS,
    ),
    command("progress", _progress, "Say how far a render is.", _RENDER, *STACK_OPTIONS),
    command(
        "wait",
        _wait,
        "Wait until a render has ended.",
        _RENDER,
        *STACK_OPTIONS,
        *WEBHOOKS,
    ),
    command("cancel", _cancel, "Stop a render.", _RENDER, *STACK_OPTIONS),
    command(
        "cost",
        _cost,
        "Say what a render has cost, failed attempts included.",
        _RENDER,
        *STACK_OPTIONS,
    ),
    command(
        "download",
        _download,
        "Fetch a finished video, verified.",
        _RENDER,
        _OUTPUT,
        *STACK_OPTIONS,
    ),
    command(
        "presign",
        _presign,
        "Print an address anybody may fetch a finished video at.",
        _RENDER,
        *STACK_OPTIONS,
        option(
            "--seconds",
            "how long it is good for, at most 604800",
            kind=int,
            default=3600,
        ),
    ),
    command(
        "batch",
        _batch,
        "Render every line of a file of JSON objects, so many at once.",
        argument(
            "lines", "the file: key, site, config, variables, output a line", kind=Path
        ),
        argument(
            "results",
            "file of rows, one for each line that ended; what is in it is not made again",
            kind=Path,
        ),
        *STACK_OPTIONS,
        option(
            "--project", "project of lines without a site", kind=Path, metavar="DIR"
        ),
        option("--site", "site of lines without one, instead of a project"),
        option(
            "--at-once",
            "most renders that run at one time",
            kind=int,
            default=10,
            metavar="N",
        ),
        option(
            "--folder",
            "where the videos of lines with an output are downloaded to",
            kind=Path,
            metavar="DIR",
        ),
        flag("--retry-failed", "try lines again that failed"),
        *WEBHOOKS,
        *CONFIG_OPTIONS,
    ),
    command(
        "render",
        _render,
        "Upload a project, render it, and download the video.",
        PROJECT,
        _OUTPUT,
        *STACK_OPTIONS,
        _KEY,
        _OUTPUT_KEY,
        *WEBHOOKS,
        *CONFIG_OPTIONS,
    ),
)
