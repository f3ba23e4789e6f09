"""AWS CodeArtifact: user `aws`, a token for one domain, asked for as whom boto3 takes us (profile, SSO, role, keys)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dagster_commons.tools.credentials import Credentials
from dagster_commons.tools.indexes.sdks import in_one_sentence, in_time, missing_extra, no_token
from dagster_commons.tools.web import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.errors import CredentialsError
    from dagster_commons.model.configuration import RemoteRegistry

USER = "aws"
TOKEN = "AWS CodeArtifact token"  # noqa: S105 - what it is called
LIFETIME_SECONDS = 3600  # 900 to 43200; longer than any call, short enough to be worth little when it leaks
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 5, 10, 2

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_REFUSED = frozenset(
    {
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


def credentials(registry: RemoteRegistry) -> Credentials:
    """A token for the registry's domain.

    Raises:
        CredentialsError: there is none to be had; says what to do.

    """
    try:
        import boto3  # noqa: F401, PLC0415 - only a registry of this kind pays for it
    except ImportError as error:
        raise missing_extra(TOKEN, "boto3", "aws") from error
    settings = dict(registry.settings)
    try:
        return in_time(lambda: _asked(settings))
    except Exception as error:  # an SDK may raise anything; the user gets a sentence
        raise _told(error, settings) from error


def _asked(settings: Mapping[str, str]) -> Credentials:
    import boto3  # noqa: PLC0415 - lazy, as above
    from botocore.config import Config  # noqa: PLC0415 - likewise

    patience = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    )
    session = boto3.Session(region_name=settings["region"])
    answer = session.client("codeartifact", config=patience).get_authorization_token(
        domain=settings["domain"], domainOwner=settings["domain-owner"], durationSeconds=LIFETIME_SECONDS
    )
    return Credentials(
        user=USER,
        password=answer["authorizationToken"],
        origin=f"{TOKEN} of {_who(session.profile_name, session.get_credentials().method)}",
        expires=answer["expiration"],
    )


def _who(profile: str, method: str) -> str:
    role = os.environ.get("AWS_ROLE_ARN", "").rpartition("/")[2]
    match method:
        case "env":
            return "the keys in AWS_ACCESS_KEY_ID"
        case "iam-role" | "container-role":
            return "this machine's role"
        case "assume-role-with-web-identity" if role:
            return f"role {role}"
        case _:
            return f"profile {profile} ({method})"


def _told(error: Exception, settings: Mapping[str, str]) -> CredentialsError:
    from botocore import exceptions as sdk  # noqa: PLC0415 - lazy, as above

    if isinstance(error, sdk.ClientError):
        return _answered(error.response.get("Error", {}), settings)
    match error:
        case sdk.NoCredentialsError():
            reason, hint = "no AWS credentials were found", _sign_in()
        case sdk.ProfileNotFound():
            reason = in_one_sentence(error)
            hint = "aws configure list-profiles names those that there are: set AWS_PROFILE to one"
        case sdk.SSOError() | sdk.UnauthorizedSSOTokenError() | sdk.TokenRetrievalError():
            reason = "nobody is signed in to AWS SSO here, or the session has expired"
            hint = f"aws sso login{_profile_option()}"
        case sdk.HTTPClientError() | sdk.EndpointConnectionError() | TimeoutError():
            asked = getattr(error, "kwargs", {}).get("endpoint_url")
            reason = f"AWS cannot be reached ({host_of(asked) if asked else in_one_sentence(error)})"
            hint = f"see that you are online, and that {_place(settings)} is right"
        case sdk.BotoCoreError():
            reason, hint = f"boto3 says: {in_one_sentence(error)}", f"{_whoami()} tries them alone"
        case _:
            reason = f"boto3 failed ({type(error).__name__}: {in_one_sentence(error)})"
            hint = f"see that {_place(settings)} is right; {_whoami()} tries the credentials alone"
    return no_token(TOKEN, reason, hint=hint)


def _answered(said: Mapping[str, str], settings: Mapping[str, str]) -> CredentialsError:
    """What CodeArtifact answered instead of a token."""
    code = said.get("Code", "an error without a code")
    domain = f"domain {settings['domain']} of account {settings['domain-owner']}"
    if code in _EXPIRED:
        reason, hint = f"the AWS credentials have expired ({code})", _sign_in()
    elif code in _REFUSED:
        reason, hint = f"AWS refused the credentials ({code})", _sign_in()
    elif code == "AccessDeniedException":
        needed = f"codeartifact:GetAuthorizationToken on {domain}, and sts:GetServiceBearerToken"
        reason, hint = f"AWS forbids it to this user ({code})", f"it needs {needed}; {_whoami()} says who it is"
    elif code == "ResourceNotFoundException":
        reason = f"there is no {domain} in {settings['region']}"
        hint = "correct domain, domain-owner and region in commons.toml"
    else:
        reason = f"AWS says {code}: {in_one_sentence(ValueError(said.get('Message') or 'no message'))}"
        hint = f"run it again later; {_whoami()} tries the credentials alone"
    return no_token(TOKEN, reason, hint=hint)


def _place(settings: Mapping[str, str]) -> str:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_CODEARTIFACT") or os.environ.get("AWS_ENDPOINT_URL")
    return f"the endpoint ({endpoint})" if endpoint else f"the region ({settings['region']})"


def _whoami() -> str:
    return f"aws sts get-caller-identity{_profile_option()}"


def _profile_option() -> str:
    profile = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
    return f" --profile {profile}" if profile else ""


def _sign_in() -> str:
    if "AWS_ACCESS_KEY_ID" in os.environ:
        return "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew, or unset them"
    if "AWS_ROLE_ARN" in os.environ:
        return "see that this job's web identity (AWS_WEB_IDENTITY_TOKEN_FILE) may take AWS_ROLE_ARN"
    return f"aws sso login{_profile_option() or ' --profile NAME, and export AWS_PROFILE=NAME'}"
