"""Google Artifact Registry: user `oauth2accesstoken`, a token of the Application Default Credentials."""

from __future__ import annotations

import os
import re
from datetime import UTC
from typing import TYPE_CHECKING, Any

from dagster_commons.tools.credentials import Credentials
from dagster_commons.tools.indexes.sdks import in_one_sentence, in_time, missing_extra, no_token, quieten

if TYPE_CHECKING:
    from dagster_commons.errors import CredentialsError
    from dagster_commons.model.configuration import RemoteRegistry

USER = "oauth2accesstoken"
TOKEN = "Google token"  # noqa: S105 - what it is called
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
LOGIN = "gcloud auth application-default login"

_HOST = re.compile(r"host='([^']+)'")


def credentials(registry: RemoteRegistry) -> Credentials:
    """A token of whoever the Application Default Credentials are; the registry adds nothing to it.

    Raises:
        CredentialsError: there is none to be had; says what to do.

    """
    del registry
    try:
        import google.auth.transport.requests  # noqa: F401, PLC0415 - only a registry of this kind pays for it
    except ImportError as error:
        raise missing_extra(TOKEN, "google-auth[requests]", "gcp") from error
    quieten("google.auth")
    try:
        return in_time(_asked)
    except Exception as error:  # an SDK may raise anything; the user gets a sentence
        raise _told(error) from error


def _asked() -> Credentials:
    import google.auth  # noqa: PLC0415 - lazy, as above
    from google.auth.transport.requests import Request  # noqa: PLC0415 - likewise

    found: Any = google.auth.default(scopes=[SCOPE])[0]  # it has types, but not of what it returns
    found.refresh(Request())
    expiry = found.expiry
    account = getattr(found, "service_account_email", None) or getattr(found, "account", None)
    return Credentials(
        user=USER,
        password=found.token,
        origin=f"{TOKEN} of {account or 'the Application Default Credentials'}",
        expires=expiry.replace(tzinfo=UTC) if expiry is not None else None,  # google-auth means UTC and leaves it out
    )


def _told(error: Exception) -> CredentialsError:
    from google.auth import exceptions as sdk  # noqa: PLC0415 - lazy, as above

    named = os.environ.get(KEY_FILE)
    match error:
        case sdk.DefaultCredentialsError() if named:
            reason = f"{KEY_FILE} leads to none: {in_one_sentence(error)}"
            return no_token(TOKEN, reason, hint=f"correct {KEY_FILE}, or unset it and: {LOGIN}")
        case sdk.DefaultCredentialsError():
            return no_token(TOKEN, "no Application Default Credentials were found", hint=LOGIN)
        case sdk.TransportError() | TimeoutError():
            hint = f"see that you are online, and that the token_uri in {named} is right" if named else None
            host = _HOST.search(str(error))
            reason = f"Google cannot be reached ({host[1] if host else in_one_sentence(error)})"
            return no_token(TOKEN, reason, hint=hint or "see that you are online")
        case sdk.RefreshError() if error.retryable:
            reason = f"Google could not answer ({in_one_sentence(_first(error))})"
            return no_token(TOKEN, reason, hint="run it again later")
        case sdk.RefreshError():
            hint = f"see that the key in {named} is still one ({KEY_FILE})" if named else LOGIN
            reason = f"Google refused the credentials ({in_one_sentence(_first(error))})"
            return no_token(TOKEN, reason, hint=hint)
        case _:
            reason = f"google-auth failed ({type(error).__name__}: {in_one_sentence(error)})"
            return no_token(TOKEN, reason, hint=f"{LOGIN}; gcloud auth application-default print-access-token tries it")


def _first(error: Exception) -> Exception:
    """Without the server's whole answer, which follows in the same error."""
    return Exception(error.args[0]) if error.args else error
