"""Whom a registry on the web takes us for: what the user has set for uv."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dagster_commons.errors import CredentialsError
from dagster_commons.tools.credentials import credentials_for, index_variables, variable_stem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_commons.model.configuration import RemoteRegistry
    from dagster_commons.tools.credentials import Credentials


def credentials_of(registry: RemoteRegistry) -> Credentials | None:
    """What to say to `registry`; None: nothing is set, so that it is asked without credentials.

    Raises:
        CredentialsError: the registry's kind needs a token, and none can be had; says what to do.

    """
    return credentials_for(registry.index_url, registry.name)


def variables_of(registries: Iterable[RemoteRegistry]) -> dict[str, str]:
    """What uv is to find in its environment to read `registries`; one without credentials adds nothing.

    Why there are none is said where uv fails for it: a call that does not need them goes on.
    """
    variables: dict[str, str] = {}
    for registry in registries:
        try:
            credentials = credentials_of(registry)
        except CredentialsError:
            continue
        if credentials is not None:
            variables |= index_variables(registry.name, credentials)
    return variables


def how_to_be_let_in(registry: RemoteRegistry) -> str:
    """What to do when the registry lets nobody in."""
    stem = variable_stem(registry.name)
    match registry.kind:
        case "codeartifact":
            return f"sign in to AWS (aws sso login, or AWS_PROFILE); commons registry login {registry.name} tests it"
        case "artifact-registry":
            return f"gcloud auth application-default login; commons registry login {registry.name} tests it"
        case "azure-artifacts":
            return f"az login, or a PAT in {stem}_PASSWORD; commons registry login {registry.name} tests it"
        case "simple" | "embedded":
            return f"uv takes them from {stem}_USERNAME and {stem}_PASSWORD"
        case _:
            assert_never(registry.kind)
