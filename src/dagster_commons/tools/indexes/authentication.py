"""Whom a registry on the web takes us for: what the user has set for uv, else a token that its cloud hands out.

Tokens are kept in memory only, and go to hosts of the cloud that they are for, or that the user trusts: what a
repository says in its commons.toml must not lead them elsewhere.
"""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, assert_never
from urllib.parse import urlsplit

from dagster_commons.errors import CredentialsError
from dagster_commons.model.project import bare_url
from dagster_commons.tools.credentials import credentials_for, has_variables, index_variables, variable_stem
from dagster_commons.tools.web import FORBIDDEN, host_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dagster_commons.model.configuration import RegistryKind, RemoteRegistry
    from dagster_commons.model.project import DeclaredIndex
    from dagster_commons.tools.credentials import Credentials

REFRESHED_BEFORE = timedelta(minutes=5)
SECONDS_BETWEEN_FAILURES = 60.0  # a cloud that gave no token is not asked again before, or each call would wait anew
TRUSTED_HOSTS = "COMMONS_TRUSTED_HOSTS"
LOOPBACK = ("127.0.0.1", "::1", "localhost")

_USERS: Mapping[RegistryKind, str] = {
    "codeartifact": "aws",
    "artifact-registry": "oauth2accesstoken",
    "azure-artifacts": "VssSessionToken",
}
_HOSTS: Mapping[RegistryKind, str] = {
    "codeartifact": r"[a-z0-9.-]+\.codeartifact\.[a-z0-9-]+\.(?:vpce\.)?(?:amazonaws\.(?:com|com\.cn)|on\.aws)",
    "artifact-registry": r"[a-z0-9-]+\.pkg\.dev",
    "azure-artifacts": r"pkgs\.dev\.azure\.com|[a-z0-9-]+\.pkgs\.visualstudio\.com",
}
_RIGHTS: Mapping[RegistryKind, str] = {
    "codeartifact": "codeartifact:ReadFromRepository (to publish: codeartifact:PublishPackageVersion)",
    "artifact-registry": "roles/artifactregistry.reader (to publish: roles/artifactregistry.writer)",
    "azure-artifacts": "to be Feed Reader (to publish: Feed Publisher); a PAT needs the scope Packaging",
}


@dataclass(slots=True, kw_only=True)
class _Memo:
    """What is known of one registry's token; `lock` is held while its cloud is asked."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    credentials: Credentials | None = None
    failure: CredentialsError | None = None
    failed_at: float = 0.0  # of the monotonic clock


_memos: dict[RemoteRegistry, _Memo] = {}


def credentials_of(registry: RemoteRegistry) -> Credentials | None:
    """What to say to `registry`; None: nothing is set, so that it is asked without credentials.

    Raises:
        CredentialsError: the registry's kind needs a token, and none can be had; says what to do.

    """
    own = _set_by_user(registry)
    if own is not None or registry.kind in ("simple", "embedded"):
        return own
    _require_trusted(registry)
    memo = _memos.setdefault(registry, _Memo())
    with memo.lock:
        if memo.credentials is None or _is_expiring(memo.credentials):
            memo.credentials = _obtained(registry, memo)
        return memo.credentials


def last_said(registry: RemoteRegistry) -> Credentials | CredentialsError | None:
    """What `registry` was last told, or why it was told nothing; no cloud is asked."""
    memo = _memos.get(registry)
    return _set_by_user(registry) or (None if memo is None else memo.failure or memo.credentials)


def variables_of(
    registries: Iterable[RemoteRegistry], indexes: Iterable[DeclaredIndex] = (), settings: str | None = None
) -> dict[str, str]:
    """What uv is to find in its environment to read `registries`, also as `indexes` that projects name otherwise.

    One that `settings`, all text that can name an index, does not name is left out: asking for a token takes time.
    One without credentials adds nothing.  Why there are none is said where uv fails for it: a call that does not need
    them goes on.
    """
    declared = tuple(indexes)
    variables: dict[str, str] = {}
    for registry in registries:
        place = bare_url(registry.index_url).partition("://")[2]  # a user may stand before it
        if settings is not None and place not in settings:
            continue
        try:
            credentials = credentials_of(registry)
        except CredentialsError:
            continue
        if credentials is None:
            continue
        others = {each.name for each in declared if each.name and bare_url(each.url) == bare_url(registry.index_url)}
        for name in (registry.name, *sorted(each for each in others if not has_variables(each))):
            variables |= index_variables(name, credentials)
    return variables


def how_to_be_let_in(registry: RemoteRegistry, status: int | None = None) -> str:
    """What to do when the registry lets nobody in; `status` 403 is about rights, all else about who asks."""
    if status == FORBIDDEN and registry.kind in _RIGHTS:
        return f"whoever asks needs {_RIGHTS[registry.kind]}; commons registry login {registry.name} says who asks"
    stem = variable_stem(registry.name)
    tested = f"commons registry login {registry.name} tests it"
    match registry.kind:
        case "codeartifact":
            return f"sign in to AWS (aws sso login, or AWS_PROFILE); {tested}"
        case "artifact-registry":
            return f"gcloud auth application-default login; {tested}"
        case "azure-artifacts":
            return f"az login, or a PAT in {stem}_PASSWORD; {tested}"
        case "simple" | "embedded":
            return f"uv takes them from {stem}_USERNAME and {stem}_PASSWORD"
        case _:
            assert_never(registry.kind)


def _set_by_user(registry: RemoteRegistry) -> Credentials | None:
    """Who gives a cloud's registry only a password (a token, a PAT) means the user that goes with it."""
    found = credentials_for(registry.index_url, registry.name)
    return replace(found, user=found.user or _USERS.get(registry.kind, "")) if found is not None else None


def _is_expiring(credentials: Credentials) -> bool:
    return credentials.expires is not None and credentials.expires - datetime.now(UTC) < REFRESHED_BEFORE


def _obtained(registry: RemoteRegistry, memo: _Memo) -> Credentials:
    """A new token; what failed a moment ago fails again without asking.

    Raises:
        CredentialsError: there is none to be had.

    """
    known = memo.failure
    if known is not None and time.monotonic() - memo.failed_at < SECONDS_BETWEEN_FAILURES:
        raise CredentialsError(known.message, status=known.status, hint=known.hint)
    try:
        credentials = _token(registry)
    except CredentialsError as error:
        memo.credentials, memo.failure, memo.failed_at = None, error, time.monotonic()
        raise
    memo.failure = None
    return credentials


def _token(registry: RemoteRegistry) -> Credentials:
    match registry.kind:
        case "codeartifact":
            from dagster_commons.tools.indexes import codeartifact  # noqa: PLC0415 - only the kind in use

            return codeartifact.credentials(registry)
        case "artifact-registry":
            from dagster_commons.tools.indexes import artifact_registry  # noqa: PLC0415 - likewise

            return artifact_registry.credentials(registry)
        case "azure-artifacts":
            from dagster_commons.tools.indexes import azure_artifacts  # noqa: PLC0415 - likewise

            return azure_artifacts.credentials(registry)
        case "simple" | "embedded":
            raise CredentialsError(f"no cloud hands out tokens for registry {registry.name}")
        case _:
            assert_never(registry.kind)


def _require_trusted(registry: RemoteRegistry) -> None:
    """See that the registry's URLs are the cloud's own, on this machine, or named by the user.

    Raises:
        CredentialsError: a token would go to somebody else, or in the clear.

    """
    trusted = {each.strip().lower() for each in os.environ.get(TRUSTED_HOSTS, "").split(",")}
    for url in filter(None, (registry.index_url, registry.publish_url)):
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if host in LOOPBACK:
            continue
        if parts.scheme != "https":
            raise CredentialsError(
                f"no token is sent to {host_of(url)} in the clear", hint=f"write https:// in {registry.name}'s url"
            )
        if host not in trusted and re.fullmatch(_HOSTS[registry.kind], host) is None:
            raise CredentialsError(
                f"no token is sent to {host}, which is not known to be a host of {registry.kind}",
                hint=f"if you trust it: export {TRUSTED_HOSTS}={host}",
            )
