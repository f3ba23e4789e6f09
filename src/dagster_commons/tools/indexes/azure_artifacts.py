"""Azure Artifacts: user `VssSessionToken`, a token of Microsoft Entra for Azure DevOps (a PAT needs no SDK)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dagster_commons.tools.credentials import Credentials, variable_stem
from dagster_commons.tools.indexes.sdks import in_one_sentence, in_time, missing_extra, no_token, quieten

if TYPE_CHECKING:
    from dagster_commons.errors import CredentialsError
    from dagster_commons.model.configuration import RemoteRegistry

USER = "VssSessionToken"
TOKEN = "Microsoft Entra token"  # noqa: S105 - what it is called
SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"  # Azure DevOps, in every tenant
CONNECT_SECONDS, READ_SECONDS, PROGRAM_SECONDS, RETRIES = 5, 10, 15, 1

_ATTEMPT = re.compile(r"^\t(?P<who>\w+Credential): (?P<said>.*)", re.MULTILINE)
_NOT_TRIED = re.compile(
    r"unavailable|not (?:fully )?configured|not found on path|is not installed|could not be found"
    r"|package to be installed|No accounts were found",
    re.IGNORECASE,
)
_UNREACHABLE = re.compile(r"Failed to (?:establish|resolve)|[Cc]onnection|[Tt]imed out|no answer within")
_OF_THE_MACHINE = {
    "EnvironmentCredential": "correct AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or unset them",
    "WorkloadIdentityCredential": "see the workload identity of this job (AZURE_FEDERATED_TOKEN_FILE)",
    "ManagedIdentityCredential": "see the managed identity of this machine",
}


def credentials(registry: RemoteRegistry) -> Credentials:
    """A token of whoever `DefaultAzureCredential` finds: environment, identity of the machine, `az login`.

    Raises:
        CredentialsError: there is none to be had; says what to do.

    """
    try:
        import azure.identity  # noqa: F401, PLC0415 - only a registry of this kind pays for it
    except ImportError as error:
        raise missing_extra(TOKEN, "azure-identity", "azure") from error
    quieten("azure")
    quieten("msal")
    try:
        return in_time(_asked)
    except Exception as error:  # an SDK may raise anything; the user gets a sentence
        raise _told(error, registry.name) from error


def _asked() -> Credentials:
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - lazy, as above

    with DefaultAzureCredential(
        connection_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        process_timeout=PROGRAM_SECONDS,
        retry_total=RETRIES,
    ) as chain:
        token = chain.get_token(SCOPE)
        found = getattr(chain, "_successful_credential", None)  # it tells nobody but its log which one it was
    return Credentials(
        user=USER,
        password=token.token,
        origin=f"{TOKEN} of {type(found or chain).__name__}",
        expires=datetime.fromtimestamp(token.expires_on, UTC),
    )


def _told(error: Exception, registry: str) -> CredentialsError:
    sign_in = f"az login, or a PAT in {variable_stem(registry)}_PASSWORD"
    said = str(error)
    tried = [each for each in _ATTEMPT.finditer(said) if not _NOT_TRIED.search(each["said"])]
    if _ATTEMPT.search(said) and not tried:
        return no_token(TOKEN, "nobody is signed in to Azure here", hint=sign_in)
    who, reason = (tried[0]["who"], tried[0]["said"]) if tried else ("azure-identity", in_one_sentence(error))
    reason = in_one_sentence(ValueError(reason))
    hint = _OF_THE_MACHINE.get(who, sign_in)
    if isinstance(error, TimeoutError) or _UNREACHABLE.search(reason):
        reason = f"Azure cannot be reached ({who}: {reason})"
        return no_token(TOKEN, reason, hint=f"see that you are online; if so, {hint}")
    return no_token(TOKEN, f"Azure gave none ({who}: {reason})", hint=hint)
