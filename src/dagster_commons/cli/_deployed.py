"""`--deployed`: what a webserver or Dagster+ runs, asked before the workspace is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dagster_commons.errors import UsageError

if TYPE_CHECKING:
    from dagster_commons.model.deployment import Deployment

deployed_option = click.option(
    "--deployed",
    "url",
    metavar="URL",
    help="Also what runs there: http://HOST:3000, or https://ORG.dagster.cloud/DEPLOYMENT with a token in "
    "DAGSTER_CLOUD_API_TOKEN.",
)


def asked(url: str | None, *, offline: bool) -> Deployment | None:
    """What runs at `url`; None where no URL is given.

    Raises:
        UsageError: the URL is none of a webserver, or no server may be asked.
        ToolError: the server does not answer as Dagster does.

    """
    if url is None:
        return None
    if offline:
        raise UsageError("--deployed asks a server, and --offline asks for none", hint="leave one of them out")
    from dagster_commons.report import console  # noqa: PLC0415 - only who asks pays for it
    from dagster_commons.tools.deployments import deployment_at, endpoint_of  # noqa: PLC0415

    endpoint = endpoint_of(url)
    with console.progress(f"asking {endpoint.url}"):
        return deployment_at(endpoint)
