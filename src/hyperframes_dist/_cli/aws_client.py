"""
The verbs below ``aws`` that render: what `AwsClient` does, from a shell.

The cloud's own libraries are loaded by the verbs that need them, when they run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from .._model.codec import to_json
from ..errors import InputError
from ..progress import Progress
from .bar import ProgressBar
from .common import add_command, show, stop_wishes
from .options import (
    add_config_options,
    add_page_options,
    chrome_source,
    page_config,
    render_config,
)

if TYPE_CHECKING:
    from ..aws import AwsClient, BatchRow, Cost, Delivery, RenderProgress, Webhook
    from ..chrome import ChromeSource

_DEFAULT_STACK = "hyperframes-dist"


def add_client_verbs(verbs: Any) -> None:
    """Add the verbs that deploy sites, and start, watch, pay for and fetch renders."""
    _add_sites(verbs)
    _add_start(verbs)
    _add_watching(verbs)
    _add_outputs(verbs)
    _add_batch(verbs)
    _add_render(verbs)


def add_stack_options(parser: argparse.ArgumentParser) -> None:
    """Give *parser* the choice of a stack, and of an account."""
    text = f"name of the stack (default: {_DEFAULT_STACK})"
    parser.add_argument("--stack", default=_DEFAULT_STACK, metavar="NAME", help=text)
    parser.add_argument("--region", help="region of the stack")
    parser.add_argument("--profile", help="profile of the AWS configuration")


def open_session(args: argparse.Namespace) -> Any:
    """
    A boto3 session of the profile and region asked for.

    Raises:
        InputError: There is no such profile.
    """
    from ..aws._cloud.session import open_session as opened  # noqa: PLC0415

    return opened(profile=args.profile, region=args.region)


def _client(args: argparse.Namespace) -> AwsClient:
    from ..aws import AwsClient  # noqa: PLC0415

    return AwsClient.of_stack(args.stack, session=open_session(args))


def _verb(
    verbs: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    parser = add_command(verbs, name, run, text)
    add_stack_options(parser)
    return parser


def _add_sites(verbs: Any) -> None:
    text = "upload a project, with the bytes of its remote addresses"
    parser = _verb(verbs, "deploy-site", _deploy_site, text)
    parser.add_argument("project", type=Path, help="directory of the composition")
    add_page_options(parser)


def _add_start(verbs: Any) -> None:
    parser = _verb(verbs, "start", _start, "start a render of a deployed project")
    parser.add_argument("site", help="the site's hash or address")
    _add_key(parser)
    add_config_options(parser)


def _add_key(parser: argparse.ArgumentParser) -> None:
    text = "names the render: the same key starts it once (default: always a new one)"
    parser.add_argument("--key", help=text)


def _add_watching(verbs: Any) -> None:
    rows = (
        ("progress", _progress, "say how far a render is"),
        ("wait", _wait, "wait until a render has ended"),
        ("cancel", _cancel, "stop a render"),
        ("cost", _cost, "say what a render has cost, failed attempts included"),
    )
    for name, run, text in rows:
        parser = _verb(verbs, name, run, text)
        parser.add_argument("render", help="name of the render, or its execution's ARN")
        if name == "wait":
            _add_webhooks(parser)


def _add_webhooks(parser: argparse.ArgumentParser) -> None:
    text = "https address to tell how it ended; may be given more than once"
    parser.add_argument(
        "--webhook", action="append", default=[], metavar="URL", help=text
    )
    text = "file with the secret that signs what is sent"
    parser.add_argument("--webhook-secret", type=Path, metavar="FILE", help=text)


def _add_outputs(verbs: Any) -> None:
    parser = _verb(verbs, "download", _download, "fetch a finished video, verified")
    parser.add_argument("render", help="name of the render")
    parser.add_argument("output", type=Path, help="the file to write")
    text = "print an address anybody may fetch a finished video at"
    parser = _verb(verbs, "presign", _presign, text)
    parser.add_argument("render", help="name of the render")
    text = "how long it is good for (default: 3600, at most 604800)"
    parser.add_argument("--seconds", type=int, default=3600, help=text)


def _add_batch(verbs: Any) -> None:
    text = "render every line of a file of JSON objects, so many at once"
    parser = _verb(verbs, "batch", _batch, text)
    add = parser.add_argument
    add(
        "lines", type=Path, help="the file: key, site, config, variables, output a line"
    )
    text = "file of rows, one for each line that ended; what is in it is not made again"
    add("results", type=Path, help=text)
    add("--project", type=Path, metavar="DIR", help="project of lines without a site")
    add("--site", help="site of lines without one, instead of a project")
    text = "most renders that run at one time (default: 10)"
    add("--at-once", type=int, default=10, metavar="N", help=text)
    text = "where the videos of lines with an output are downloaded to"
    add("--folder", type=Path, metavar="DIR", help=text)
    add("--retry-failed", action="store_true", help="try lines again that failed")
    _add_webhooks(parser)
    add_config_options(parser)


def _add_render(verbs: Any) -> None:
    text = "upload a project, render it, and download the video"
    parser = _verb(verbs, "render", _render, text)
    parser.add_argument("project", type=Path, help="directory of the composition")
    parser.add_argument("output", type=Path, help="the file to write")
    _add_key(parser)
    _add_webhooks(parser)
    add_config_options(parser)


def _deploy_site(args: argparse.Namespace) -> int:
    site = _client(args).deploy_site(
        args.project, page_config(args), chrome=_chrome(args), **stop_wishes(args)
    )
    how = "uploaded" if site.uploaded else "there already"
    return show(args, to_json(site), f"{site.uri}: {site.bytes} bytes, {how}")


def _chrome(args: argparse.Namespace) -> ChromeSource | None:
    """The Chrome asked for; where none is, an installed one if there is one."""
    return None if args.chrome == "auto" else chrome_source(args)


def _start(args: argparse.Namespace) -> int:
    render = _client(args).start_render(args.site, render_config(args), key=args.key)
    return show(args, to_json(render), render.name)


def _progress(args: argparse.Namespace) -> int:
    client = _client(args)
    return _show_progress(args, client.get_progress(client.find_render(args.render)))


def _show_progress(args: argparse.Namespace, seen: RenderProgress) -> int:
    total = "?" if seen.frames_total is None else seen.frames_total
    share = f"{seen.fraction:.0%}, {seen.frames_done} of {total} frames"
    lines = [f"{seen.render.name}: {seen.status}, {share}, {seen.attempts} calls"]
    lines += [
        f"  {row.where or 'render'}: {row.error}: {row.reason}" for row in seen.faults
    ]
    if seen.output is not None:
        lines.append(f"  {seen.output.uri}, {seen.output.size} bytes")
    return show(args, to_json(seen), "\n".join(lines))


def _wait(args: argparse.Namespace) -> int:
    client = _client(args)
    seen = _wait_for(args, client, client.find_render(args.render))
    return _show_progress(args, seen)


def _wait_for(
    args: argparse.Namespace, client: AwsClient, render: Any
) -> RenderProgress:
    shown = sys.stderr.isatty() and not args.quiet
    with ProgressBar(sys.stderr, shown=shown) as bar:

        def look(seen: RenderProgress) -> None:
            total = seen.frames_total or 0
            bar.update(Progress(stage="render", done=seen.frames_done, total=total))

        return client.wait(
            render,
            on_progress=look,
            webhooks=_webhooks(args),
            on_delivery=_warn_of,
            **stop_wishes(args),
        )


def _webhooks(args: argparse.Namespace) -> list[Webhook]:
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


def _cancel(args: argparse.Namespace) -> int:
    client = _client(args)
    render = client.find_render(args.render)
    client.cancel(render)
    return show(args, to_json(render), f"{render.name}: stopped")


def _cost(args: argparse.Namespace) -> int:
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


def _download(args: argparse.Namespace) -> int:
    client = _client(args)
    output = client.download_output(client.find_render(args.render), args.output)
    text = f"{args.output}: {output.size} bytes, sha256 {output.sha256}"
    return show(args, to_json(output), text)


def _presign(args: argparse.Namespace) -> int:
    client = _client(args)
    url = client.presign_output(client.find_render(args.render), args.seconds)
    row = {"url": url, "seconds": args.seconds}
    return show(args, json.dumps(row).encode(), url)


def _batch(args: argparse.Namespace) -> int:
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
        webhooks=_webhooks(args),
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


def _show_rows(args: argparse.Namespace, rows: tuple[BatchRow, ...]) -> int:
    good = sum(row.status == "succeeded" for row in rows)
    cost = sum(row.cost or 0 for row in rows)
    fields = {"lines": len(rows), "succeeded": good, "cost": round(cost, 6)}
    text = f"{args.results}: {good} of {len(rows)} succeeded, ${cost:.6f}"
    show(args, json.dumps(fields).encode(), text)
    return 0 if good == len(rows) else 1


def _render(args: argparse.Namespace) -> int:
    client, config, wishes = _client(args), render_config(args), stop_wishes(args)
    site = client.deploy_site(args.project, config, chrome=_chrome(args), **wishes)
    # The lock now holds what the overrides said.
    travelling = attrs.evolve(config, overrides_dir=None)
    render = client.start_render(site, travelling, key=args.key)
    if not args.quiet:
        print(f"render {render.name}", file=sys.stderr)
    _wait_for(args, client, render)
    output = client.download_output(render, args.output)
    row = {**json.loads(to_json(output)), "render": render.name}
    text = f"{args.output}: {output.frame_count} frames, {output.size} bytes"
    return show(args, json.dumps(row).encode(), text)
