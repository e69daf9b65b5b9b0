"""
`AwsClient`: renders on AWS from anywhere that has Python and an account.

It holds a stack's clients and nothing else; what it does lies in the modules beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import attrs

from .._model.config import RenderConfig
from .._model.results import Site
from .._wire.site import deploy_site
from ..chrome import ChromeSource
from ..errors import DeadlineExceeded, HyperframesError, RenderFailedError
from ..progress import Cancel
from ._cloud import batch as _batch
from ._cloud import cost as _cost
from ._cloud import outputs as _outputs
from ._cloud import progress as _progress
from ._cloud import renders as _renders
from ._cloud.batch_lines import BatchRow
from ._cloud.notices import announce, not_told
from ._cloud.prices import Cost, Prices
from ._cloud.session import Cloud, Services, Stack, connect
from ._cloud.stacks import DEFAULT_STACK, find_stack
from ._cloud.values import CloudOutput, OnProgress, Render, RenderProgress
from ._cloud.webhooks import Delivery, Webhook

OnDelivery = Callable[[Delivery], None]
"""Called with how each webhook's sending ended."""


@attrs.frozen
class AwsClient:
    """
    A deployed stack, to render on.

    Safe to use from several threads. Values it hands out are plain: a `Render` can be
    kept, or found again by its name in another process.

    Attributes:
        cloud: The stack with the clients it is reached by.
    """

    cloud: Cloud

    @classmethod
    def connect(
        cls,
        stack: Stack,
        *,
        session: Any = None,
        clients: Mapping[str, Any] | None = None,
    ) -> AwsClient:
        """
        A client of *stack*.

        Args:
            session: A boto3 session; None takes the environment's credentials.
            clients: boto3 clients to use instead of ones made from it, by service:
                ``stepfunctions``, ``s3``, ``lambda``.

        Raises:
            InputError: The stack's names are malformed, or there is no such region.
        """
        return cls(connect(stack, session=session, clients=clients))

    @classmethod
    def of_stack(
        cls,
        name: str = DEFAULT_STACK,
        *,
        region: str | None = None,
        session: Any = None,
        clients: Mapping[str, Any] | None = None,
    ) -> AwsClient:
        """
        A client of the stack called *name*, as its outputs in CloudFormation describe it.

        Args:
            region: Where it lies; None takes the session's.
            session: A boto3 session; None takes the environment's credentials.
            clients: As `connect` has them, and ``cloudformation``.

        Raises:
            InputError: The stack does not exist, or no region is known.
            CloudError: CloudFormation refused the call.
        """
        services = Services(session=session, region=region, clients=clients)
        stack = find_stack(services, name)
        return cls.connect(stack, session=session, clients=clients)

    def deploy_site(
        self,
        project_dir: str | PathLike[str],
        config: RenderConfig | None = None,
        *,
        chrome: ChromeSource | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Site:
        """
        Upload a project with the bytes of its remote addresses, unless the store has it.

        The same project makes the same archive, byte for byte. Left out are what a plan
        leaves out, plan directories, and what ``.hyperframesignore`` in the project names
        in the syntax of ``.gitignore``.

        Args:
            project_dir: Directory of the composition. Where a Chrome is installed its
                lock is brought up to date; elsewhere its lock is taken as it is.
            config: How the page is shown while its addresses are locked.
            chrome: Where that Chrome comes from; None takes an installed one.
            cancel: Stops the call when set.
            deadline: When it must have ended, on the clock of `time.monotonic`.

        Raises:
            InputError: The project cannot be rendered, or a link leads out of it.
            ResolveError: A remote address cannot be turned into bytes.
            TransportError: The store did not answer.
        """
        # The function brings the page's runtime itself.
        return deploy_site(
            self.cloud.store,
            Path(project_dir),
            config or RenderConfig(),
            runtime=False,
            chrome=chrome,
            cancel=cancel,
            deadline=deadline,
        )

    def start_render(
        self,
        site: Site | str,
        config: RenderConfig | None = None,
        *,
        key: str | None = None,
        output: str | None = None,
    ) -> Render:
        """
        Start a render; returns at once.

        Args:
            site: What `deploy_site` returned, its hash, or its address in the store.
            config: What to render; may name no path of this machine.
            key: Names the render, 1 to 256 characters. Asking again with the same key,
                site and config returns the render there is, whatever became of it; None
                starts one each time.
            output: What the video is called in the store, such as ``2026/ad-7.mp4``; it
                lies below ``outputs/named`` then, and under its plan's hash as well.

        Raises:
            InputError: *config* cannot be rendered in the cloud, the request is too large
                for Step Functions, *key* was used for another request, or *output* is not
                named like the format, or is there already.
            CloudError: A service refused the call.
        """
        given = config or RenderConfig()
        return _renders.start_render(self.cloud, site, given, key=key, output=output)

    def find_render(self, name: str) -> Render:
        """
        A render started before, by its name or the ARN of its execution.

        Raises:
            InputError: No render is called so, or it ended more than 90 days ago.
        """
        return _renders.find_render(self.cloud, name)

    def get_progress(self, render: Render) -> RenderProgress:
        """
        How far *render* is, by what the store holds of it.

        Raises:
            InputError: The render does not exist.
            CloudError: A service refused the call.
            TransportError: The store did not answer.
        """
        return _progress.get_progress(self.cloud, render)

    def wait(
        self,
        render: Render,
        *,
        on_progress: OnProgress | None = None,
        webhooks: Sequence[Webhook] = (),
        on_delivery: OnDelivery | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> RenderProgress:
        """
        Wait until *render* has succeeded.

        Args:
            on_progress: Called with each look, every second at first, later every ten.
            webhooks: Told when it ends, and when *deadline* passes; each once for each of
                these, whoever waits.
            on_delivery: Called with how telling each of them ended.
            cancel: Stops waiting when set; the render goes on.
            deadline: When waiting must have ended, on the clock of `time.monotonic`; the
                render goes on.

        Raises:
            RenderFailedError: The render ended without a video.
            Cancelled: *cancel* was set.
            DeadlineExceeded: *deadline* passed.
            HyperframesError: As `get_progress` raises; what may pass is waited out.
        """
        try:
            seen = _progress.wait(
                self.cloud,
                render,
                on_progress=on_progress,
                cancel=cancel,
                deadline=deadline,
            )
        except (RenderFailedError, DeadlineExceeded):
            self._tell(render, webhooks, on_delivery)
            raise
        self._tell(render, webhooks, on_delivery)
        return seen

    def _tell(
        self,
        render: Render,
        webhooks: Sequence[Webhook],
        on_delivery: OnDelivery | None,
    ) -> None:
        if not webhooks:
            return
        try:
            told = announce(self.cloud.store, self.get_progress(render), webhooks)
        except HyperframesError as error:
            # How the render ended is what the caller has to know.
            told = not_told(webhooks, str(error))
        for delivery in told:
            if on_delivery is not None:
                on_delivery(delivery)

    def cancel(self, render: Render) -> None:
        """
        Stop *render*; nothing happens if it has ended.

        Calls of the function that are running end within seconds; what they have finished is
        kept, and what they ran is paid for.

        Raises:
            InputError: The render does not exist.
            CloudError: A service refused the call.
            TransportError: The store did not answer.
        """
        _renders.cancel(self.cloud, render)

    def render_cost(self, render: Render, prices: Prices | None = None) -> Cost:
        """
        What *render* has cost: every call of the function, failed ones included.

        Args:
            prices: What to price it with; None takes the list prices of its region.

        Raises:
            InputError: The render does not exist.
            CloudError: A service refused the call.
        """
        return _cost.render_cost(self.cloud, render, prices)

    def download_output(self, render: Render, path: str | PathLike[str]) -> CloudOutput:
        """
        Fetch the video of *render* to *path*, verified, whole or not at all.

        A sequence of pictures becomes a directory, or one file where *path* ends in
        ``.tar``.

        Raises:
            InputError: The render has not finished.
            RenderFailedError: The render ended without a video.
            StoreDamagedError: What lies in the store is not what was made.
        """
        return _outputs.download_output(self.cloud, render, Path(path))

    def presign_output(self, render: Render, seconds: int) -> str:
        """
        An address anybody may fetch the video of *render* at.

        Args:
            seconds: For how long, 1 to 604800; less if the credentials end before.

        Raises:
            InputError: The render has not finished, or *seconds* is out of its bounds.
            RenderFailedError: The render ended without a video.
        """
        return _outputs.presign_output(self.cloud, render, seconds)

    def run_batch(
        self,
        lines: Iterable[str],
        results: str | PathLike[str],
        *,
        site: Site | str | None = None,
        config: RenderConfig | None = None,
        at_once: int = 10,
        folder: str | PathLike[str] | None = None,
        retry_failed: bool = False,
        webhooks: Sequence[Webhook] = (),
        on_row: _batch.OnRow | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> tuple[BatchRow, ...]:
        """
        Render every line of a batch, so many at once, and write a row for each.

        Args:
            lines: JSON objects, one a line, of ``key``, ``site``, ``config``,
                ``variables`` and ``output``, all of them optional. Without a key, the
                request is its own.
            results: File of rows. It is the batch's memory: what is in it is not made
                again.
            site: What lines without a site render.
            config: What lines change by their ``config`` and ``variables``.
            at_once: Most renders that run at one time, 1 to 1000.
            folder: Where lines with an ``output`` are downloaded to.
            retry_failed: Whether lines whose render failed in an earlier run are tried
                again.
            webhooks: Told how each render ended.
            on_row: Called with each new row.
            cancel: Stops the batch when set.
            deadline: When it must have ended, on the clock of `time.monotonic`.

        Returns:
            The row of each line, in the order of lines: of this run or an earlier one.

        Raises:
            InputError: Two lines have one key, or an argument is out of its bounds. A
                line that cannot be rendered is a row with the status ``refused``.
            Cancelled, DeadlineExceeded: Stopped; what runs in the cloud goes on, and the
                next run with the same *results* picks it up.
        """
        return _batch.run_batch(
            self.cloud,
            lines,
            Path(results),
            site=site,
            config=config,
            at_once=at_once,
            folder=None if folder is None else Path(folder),
            retry_failed=retry_failed,
            webhooks=webhooks,
            on_row=on_row,
            cancel=cancel,
            deadline=deadline,
        )
