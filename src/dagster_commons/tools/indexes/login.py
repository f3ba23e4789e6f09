"""A registry asked with the credentials that there are, and once without: the latter says what the former proves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dagster_commons.errors import CredentialsError, ToolError
from dagster_commons.model.login import Login
from dagster_commons.tools.indexes import simple
from dagster_commons.tools.indexes.authentication import credentials_of
from dagster_commons.tools.indexes.remote import RemoteIndex

if TYPE_CHECKING:
    from dagster_commons.model.configuration import RemoteRegistry
    from dagster_commons.model.login import Nobody


def log_in(registry: RemoteRegistry, module: str) -> Login:
    """Obtain credentials and ask for the page of `module`; nothing is stored.

    Raises:
        CredentialsError: there are none, or the registry refuses them; says what to do.
        ToolError: it cannot be reached, or does not answer as an index does.

    """
    releases = RemoteIndex(registry=registry).releases(module)
    credentials = credentials_of(registry)
    return Login(
        registry=registry.name,
        kind=registry.kind,
        place=registry.index_url,
        asked_at=datetime.now(UTC),
        user=credentials.user if credentials is not None else None,
        origin=credentials.origin if credentials is not None else None,
        expires=credentials.expires if credentials is not None else None,
        module=module,
        versions=tuple(each.version for each in releases),
        nobody=_without_credentials(registry, module) if credentials is not None else "let-in",
    )


def _without_credentials(registry: RemoteRegistry, module: str) -> Nobody:
    try:
        simple.read_releases(registry.index_url, module, None)
    except CredentialsError:
        return "refused"
    except ToolError:
        return "unclear"  # a login page, say
    return "let-in"
