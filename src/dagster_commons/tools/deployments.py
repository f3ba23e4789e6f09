"""What a Dagster webserver or a Dagster+ deployment runs, asked over GraphQL.

Where and how is that of Dagster's own clients (`dagster_cloud_cli.core.graphql_client`): `URL/graphql`, and a token as
`Dagster-Cloud-Api-Token`.  The token goes to Dagster+ by https and to this machine, nowhere else, and no redirect is
followed: urllib would carry it along.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.deployment import DeployedLocation, Deployment, Library
from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPResponse
    from urllib.error import HTTPError

TOKEN_VARIABLE = "DAGSTER_CLOUD_API_TOKEN"  # noqa: S105 - the name, not the token
TOKEN_HEADER = "Dagster-Cloud-Api-Token"  # noqa: S105 - the same
CLOUD = "dagster.cloud"
FORMS = "http://HOST:3000 for a webserver, https://ORG.dagster.cloud/DEPLOYMENT for Dagster+"
TIMEOUT_SECONDS = 30.0
LONGEST_ANSWER = 16 * 2**20  # bytes
QUERY = """query CommonsStatus { workspaceOrError { __typename
  ... on Workspace { locationEntries { name loadStatus locationOrLoadError { __typename
    ... on RepositoryLocation { dagsterLibraryVersions { name version } }
    ... on PythonError { message className errorChain { error { message } } }
  } } }
  ... on PythonError { message }
} }"""

_REDACTED = "***"
_OUTERMOST_SAYS_MORE = "DagsterUserCodeUnreachableError"  # caused by pages of gRPC's own
_UNAUTHORISED, _NOWHERE, _REDIRECTS = (401, 403), (404, 405, 410), range(300, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to ask: `url` is what is shown, `graphql` what is asked."""

    url: str
    graphql: str
    is_cloud: bool
    is_local: bool

    @property
    def may_have_token(self) -> bool:
        return self.is_cloud or self.is_local


def endpoint_of(text: str) -> Endpoint:
    """The endpoint that a URL of the user's means; of a page of Dagster+ its deployment.

    Raises:
        UsageError: it is no URL of a webserver, holds credentials, or would send a token unencrypted.

    """
    split = _split(text)
    host = split.hostname or ""
    is_cloud = host == CLOUD or host.endswith(f".{CLOUD}")
    path = split.path.rstrip("/").removesuffix("/graphql")
    if is_cloud:
        path = _deployment_path(split, path)
    url = f"{split.scheme}://{split.netloc}{path}"
    return Endpoint(url=url, graphql=f"{url}/graphql", is_cloud=is_cloud, is_local=_is_loopback(host))


def deployment_at(
    endpoint: Endpoint, *, environment: Mapping[str, str] = os.environ, timeout_seconds: float = TIMEOUT_SECONDS
) -> Deployment:
    """What runs there.

    Raises:
        UsageError: Dagster+ needs a token and there is none, or it cannot be one.
        ToolError: the server cannot be reached, refuses, or does not answer as Dagster does.

    """
    token = _token(endpoint, environment)
    answer = _answer(endpoint, token, timeout_seconds)
    if token is not None:
        answer = answer.replace(token.encode(), _REDACTED.encode())
    try:
        locations = tuple(_deployed(each) for each in _entries(endpoint, answer))
    except _UnexpectedAnswerError as error:
        raise ToolError(
            f"{endpoint.graphql} answers, but not as Dagster does: {error}",
            hint="is it the URL of a Dagster webserver?",
        ) from error
    return Deployment(url=endpoint.url, locations=tuple(sorted(locations, key=lambda each: each.name)))


class _UnexpectedAnswerError(ValueError):
    """JSON of another shape than the query asks for."""


def _split(text: str) -> SplitResult:
    shown = _without_secrets(text)
    malformed = UsageError(f"`{shown}` is no URL of a Dagster webserver", hint=FORMS)
    if not text.isascii() or not text.isprintable() or " " in text:
        raise malformed
    try:
        split = urlsplit(text)
        has_host = bool(split.hostname) and split.port != 0
    except ValueError as error:
        raise malformed from error
    if split.scheme not in {"http", "https"} or not has_host:
        raise malformed
    if "@" in split.netloc:
        raise UsageError(
            f"the URL of {shown} holds credentials",
            hint=f"give it without; a token of Dagster+ is taken from {TOKEN_VARIABLE}",
        )
    if split.query or split.fragment:
        raise UsageError(f"`{shown}` goes on with `?` or `#`", hint=f"give it without: {FORMS}")
    return split


def _deployment_path(split: SplitResult, path: str) -> str:
    if split.scheme != "https":
        raise UsageError(
            "Dagster+ is asked by https: a token is not sent unencrypted",
            hint=f"https://{split.netloc}{path or '/DEPLOYMENT'}",
        )
    deployment = path.strip("/").partition("/")[0]
    if not deployment:
        raise UsageError(
            f"https://{split.netloc} does not say which deployment", hint=f"https://{split.netloc}/prod, for instance"
        )
    return f"/{deployment}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _token(endpoint: Endpoint, environment: Mapping[str, str]) -> str | None:
    token = environment.get(TOKEN_VARIABLE, "").strip()
    if not endpoint.may_have_token or (not token and not endpoint.is_cloud):
        return None
    if not token:
        raise UsageError(
            f"{endpoint.url} needs a token", hint=f"set {TOKEN_VARIABLE} to a user token of that organization"
        )
    if not token.isascii() or not token.isprintable():
        raise UsageError(f"what {TOKEN_VARIABLE} holds is no token", hint="copy it once more, as a single line")
    return token


def _answer(endpoint: Endpoint, token: str | None, timeout_seconds: float) -> bytes:
    from http.client import HTTPException  # noqa: PLC0415 - only who asks a server pays for it
    from urllib.error import HTTPError  # noqa: PLC0415
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener  # noqa: PLC0415

    class NoRedirect(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    request = Request(  # noqa: S310 - http or https, see `_split`
        endpoint.graphql,
        data=json.dumps({"query": QUERY}).encode(),
        headers=headers if token is None else {**headers, TOKEN_HEADER: token},
    )
    opener = build_opener(NoRedirect, *((ProxyHandler({}),) if endpoint.is_local else ()))
    deadline = time.monotonic() + timeout_seconds
    try:
        try:
            with opener.open(request, timeout=timeout_seconds) as response:
                return _read(response, deadline)
        except HTTPError as error:
            with error:
                return _answer_in_spite_of(error, endpoint, deadline)
    except (OSError, HTTPException) as error:
        raise _unreachable(endpoint, error, timeout_seconds) from error


def _read(response: HTTPResponse | HTTPError, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := response.read1(65536):
        parts.append(part)
        size += len(part)
        if time.monotonic() > deadline:
            raise TimeoutError
        if size > LONGEST_ANSWER:
            raise ToolError(
                f"the answer is longer than {LONGEST_ANSWER >> 20} MiB", hint="is it the URL of a Dagster webserver?"
            )
    return b"".join(parts)


def _answer_in_spite_of(error: HTTPError, endpoint: Endpoint, deadline: float) -> bytes:
    """The body of a refusal that GraphQL wrote: Dagster answers 400 to a query that it does not understand."""
    code = error.code
    if code in _UNAUTHORISED:
        raise ToolError(f"{endpoint.graphql} refuses (HTTP {code})", hint=_how_to_be_let_in(endpoint))
    if code in _REDIRECTS:
        place = _without_secrets(error.headers.get("Location", "another place"))
        raise ToolError(
            f"{endpoint.graphql} sends on to {place}, which is not followed",
            hint="give the URL at which the webserver itself answers; a login page in front of it cannot be passed",
        )
    if code in _NOWHERE:
        raise ToolError(
            f"there is no GraphQL at {endpoint.graphql} (HTTP {code})", hint=f"give the URL without a page: {FORMS}"
        )
    body = _read(error, deadline)
    if _is_graphql(body):
        return body
    raise ToolError(f"{endpoint.graphql} answers HTTP {code}", hint="see the webserver's log, or try again later")


def _how_to_be_let_in(endpoint: Endpoint) -> str:
    if endpoint.is_cloud:
        return f"see that {TOKEN_VARIABLE} holds a user token that may see this deployment"
    if endpoint.is_local:
        return f"set {TOKEN_VARIABLE} to a token that it takes"
    return f"{TOKEN_VARIABLE} is sent to Dagster+ by https and to this machine only; go past what asks to log in"


def _unreachable(endpoint: Endpoint, error: Exception, timeout_seconds: float) -> ToolError:
    import socket  # noqa: PLC0415 - only a failure pays for it
    import ssl  # noqa: PLC0415

    reason = getattr(error, "reason", error) if isinstance(error, OSError) else error
    match reason:
        case ssl.SSLError():
            return _without_tls(endpoint, reason)
        case TimeoutError():
            return ToolError(
                f"{endpoint.url} did not answer within {timeout_seconds:g} s",
                hint="is it up? one that has just started loads its code locations first: try again",
            )
        case socket.gaierror():
            return ToolError(f"there is no host of the name in {endpoint.url}", hint="see that it is spelled right")
        case ConnectionRefusedError():
            return ToolError(f"nothing listens at {endpoint.url}", hint="is the webserver up? is it another port?")
        case OSError():
            said = reason.strerror or str(reason) or type(reason).__name__
            return ToolError(f"{endpoint.url} cannot be reached: {said}", hint="see that this machine may reach it")
        case _:
            return ToolError(
                f"{endpoint.url} does not answer in HTTP ({type(reason).__name__})",
                hint="is it another port, or https instead of http?",
            )


def _without_tls(endpoint: Endpoint, reason: Exception) -> ToolError:
    said = getattr(reason, "verify_message", "") or str(getattr(reason, "reason", None) or "the handshake failed")
    return ToolError(
        f"no secure connection to {endpoint.url}: {said.replace('_', ' ').lower()}",
        hint="SSL_CERT_FILE names the certificates of your own authority; a server without TLS has an http:// URL",
    )


def _is_graphql(body: bytes) -> bool:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and not document.keys().isdisjoint({"data", "errors"})


def _entries(endpoint: Endpoint, answer: bytes) -> list[object]:
    """The entries of the workspace.

    Raises:
        ToolError: the answer says why there are none.

    """
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise ToolError(
            f"{endpoint.graphql} answers, but not with JSON",
            hint="is it the URL of a Dagster webserver, or of a login page in front of it?",
        ) from error
    answered = _mapping(document)
    if answered.get("errors"):
        raise _refused_query(endpoint, answered["errors"])
    workspace = _mapping(_mapping(answered.get("data")).get("workspaceOrError"))
    if workspace.get("__typename") == "PythonError":
        said = _text(workspace.get("message")).strip()
        raise ToolError(f"{endpoint.url} cannot say what it runs: {said}", hint="see the webserver's log")
    return _list(workspace.get("locationEntries"))


def _refused_query(endpoint: Endpoint, errors: object) -> ToolError:
    said = "; ".join(_text(_mapping(each).get("message")) for each in _list(errors))
    if "Cannot query field" in said:
        return ToolError(
            f"{endpoint.url} runs a Dagster that is too old to tell the versions of libraries: {said}",
            hint="upgrade the webserver",
        )
    return ToolError(f"{endpoint.url} refuses the question: {said}", hint="see the webserver's log")


def _deployed(value: object) -> DeployedLocation:
    """One entry.  `loadStatus` is LOADED also when the import failed: only `locationOrLoadError` tells."""
    entry = _mapping(value)
    name = _text(entry.get("name"))
    loaded = entry.get("locationOrLoadError")
    if loaded is None:
        return DeployedLocation(name=name, is_loading=True)
    location = _mapping(loaded)
    is_loading = entry.get("loadStatus") == "LOADING"
    if location.get("__typename") == "PythonError":
        return DeployedLocation(name=name, error=_why(location), is_loading=is_loading)
    libraries = [_library(each) for each in _list(location.get("dagsterLibraryVersions") or [])]
    return DeployedLocation(
        name=name, libraries=tuple(sorted(libraries, key=lambda each: each.name)), is_loading=is_loading
    )


def _why(error: Mapping[str, object]) -> str:
    """The innermost error: what is around it says that something failed to load."""
    chain = _list(error.get("errorChain") or [])
    if not chain or error.get("className") == _OUTERMOST_SAYS_MORE:
        return _text(error.get("message")).strip()
    return _text(_mapping(_mapping(chain[-1]).get("error")).get("message")).strip()


def _library(value: object) -> Library:
    library = _mapping(value)
    return Library(name=normalise_name(_text(library.get("name"))), version=_text(library.get("version")))


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _UnexpectedAnswerError(f"an object was expected, not {_shortly(value)}")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _UnexpectedAnswerError(f"a list was expected, not {_shortly(value)}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _UnexpectedAnswerError(f"text was expected, not {_shortly(value)}")
    return value


def _shortly(value: object) -> str:
    return "nothing" if value is None else type(value).__name__


def _without_secrets(url: str) -> str:
    """`url` without user and password, query and fragment."""
    return re.sub(r"[?#].*", "", re.sub(r"(?<=://)[^/?#]*@|^[^/?#]*@", "", url), flags=re.DOTALL)
