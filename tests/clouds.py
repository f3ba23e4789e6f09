"""The three clouds on loopback: what hands out tokens, and one real index (pypiserver) that takes only those.

The clouds' own SDKs are sent here by their own environment variables; see `Cloud.environment`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import sys
import threading
import time
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from credentials import IDENTITY_HEADER, TOKEN_PREFIX
from dagster_commons.model.configuration import RegistryKind, RemoteRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

USERS = {"codeartifact": "aws", "artifact-registry": "oauth2accesstoken", "azure-artifacts": "VssSessionToken"}
CLOUD_KINDS: tuple[RegistryKind, ...] = ("codeartifact", "artifact-registry", "azure-artifacts")
SETTINGS: Mapping[RegistryKind, tuple[tuple[str, str], ...]] = {
    "codeartifact": (
        ("domain", "acme"), ("domain-owner", "111122223333"), ("region", "eu-west-1"), ("repository", "python"),
    ),
    "artifact-registry": (("location", "europe-west1"), ("project", "acme-data"), ("repository", "python")),
    "azure-artifacts": (("feed", "python"), ("organization", "acme"), ("project", "data")),
}  # fmt: skip
# Nobody's configuration and no other place to find credentials in.
NOBODY = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "NO_GCE_CHECK": "true",
    "NETRC": "/nonexistent",
    "CLOUDSDK_CONFIG": "/nonexistent",
    "AZURE_CONFIG_DIR": "/nonexistent",
}
_OTHERS = ("AWS_", "AZURE_", "GCE_", "GOOGLE_", "CLOUDSDK_", "IDENTITY_", "MSI_", "NO_GCE_")

Mood: TypeAlias = Literal["grants", "denies", "expired", "unwell"]


@dataclass(kw_only=True)
class Clouds:
    """Where it listens, what it has handed out, and how it answers."""

    url: str
    directory: Path  # that the index serves
    mood: Mood = "grants"
    lifetime: timedelta = timedelta(hours=1)
    seconds_to_answer: float = 0
    issued: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # by token: user, expiry
    forbidden: set[str] = field(default_factory=set)  # tokens that the index lets nowhere
    asked: list[str] = field(default_factory=list)  # the paths at which tokens were asked for
    is_open: bool = False  # whether the index lets anybody read
    is_forbidden: bool = False  # whether the index lets nobody read whom it knows

    @property
    def index_url(self) -> str:
        return f"{self.url}simple/"

    def registry(self, kind: RegistryKind, name: str = "corp") -> RemoteRegistry:
        return RemoteRegistry(
            name=name, kind=kind, index_url=self.index_url, publish_url=self.url, settings=SETTINGS[kind]
        )

    def table(self, kind: RegistryKind, name: str = "corp") -> str:
        """The registry in commons.toml, its URLs replaced as for a private endpoint."""
        settings = "".join(f'{key} = "{value}"\n' for key, value in SETTINGS[kind])
        urls = f'url = "{self.index_url}"\npublish-url = "{self.url}"\n'
        return f'[registries.{name}]\nkind = "{kind}"\n{settings}{urls}'

    def environment(self, kind: RegistryKind, directory: Path) -> dict[str, str]:
        """What sends the SDK of `kind` here; a key file, if it needs one, goes into `directory`."""
        match kind:
            case "codeartifact":
                keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "aws-s3cret"}
                return NOBODY | keys | {"AWS_ENDPOINT_URL_CODEARTIFACT": self.url}
            case "artifact-registry":
                return NOBODY | {"GOOGLE_APPLICATION_CREDENTIALS": str(self.service_account_key(directory))}
            case _:
                return NOBODY | {"IDENTITY_ENDPOINT": f"{self.url}msi", "IDENTITY_HEADER": IDENTITY_HEADER}

    def metadata_server(self) -> dict[str, str]:
        """What makes google-auth believe that this is a machine of Google's."""
        host = self.url.removeprefix("http://").rstrip("/")
        return NOBODY | {"NO_GCE_CHECK": "", "GCE_METADATA_HOST": host, "GCE_METADATA_IP": host}

    def service_account_key(self, directory: Path) -> Path:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - one cloud's tests need it
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - likewise

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        said = {
            "type": "service_account",
            "client_email": "releases@acme-data.example.com",
            "private_key_id": "1",
            "private_key": pem.decode(),
            "token_uri": f"{self.url}token",
        }
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / "key.json"
        file.write_text(json.dumps(said))
        return file

    def issue(self, user: str, *, lasting: timedelta | None = None) -> tuple[str, datetime]:
        token, expires = TOKEN_PREFIX + secrets.token_hex(16), datetime.now(UTC) + (lasting or self.lifetime)
        self.issued[token] = (user, expires)
        return token, expires


def without_the_users(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without what would let a cloud's SDK take us for somebody."""
    return {name: value for name, value in environment.items() if not name.startswith((*_OTHERS, "UV_INDEX_"))}


@contextlib.contextmanager
def clouds_on_loopback(directory: Path) -> Iterator[Clouds]:
    """Answer on a free port of 127.0.0.1 while the context is open; the index serves `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    clouds = Clouds(url="", directory=directory)
    with make_server("127.0.0.1", 0, _application(clouds), server_class=_Server, handler_class=_Silent) as server:
        clouds.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield clouds
        finally:
            server.shutdown()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the standard library's name
        del format, arguments


_Start: TypeAlias = "Callable[[str, list[tuple[str, str]]], object]"


def _application(clouds: Clouds) -> Callable[[dict[str, object], _Start], Iterable[bytes]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hooks = tuple(sys.meta_path)
        import pypiserver  # noqa: PLC0415 - it warns, and hooks into every later import

        sys.meta_path[:] = hooks
        index = pypiserver.app(
            roots=[clouds.directory],
            disable_fallback=True,
            authenticate=[],
            password_file=".",  # noqa: S106 - "nobody is asked", by pypiserver
        )

    def application(asked: dict[str, object], start: _Start) -> Iterable[bytes]:
        said = _token_answer(clouds, asked)
        if said is None:
            refusal = _refusal(clouds, asked)
            if refusal is None:
                asked.pop("HTTP_RANGE", None)  # pypiserver would leave the file open
                answered: Iterable[bytes] = index(asked, start)
                return answered
            status, document, headers = refusal, {}, [("WWW-Authenticate", 'Basic realm="x"')]
        else:
            status, document, headers = *said, [("Metadata-Flavor", "Google")]
            time.sleep(clouds.seconds_to_answer)
        start(status, [("Content-Type", "application/json"), *headers])
        return [json.dumps(document).encode()]

    return application


def _token_answer(clouds: Clouds, asked: Mapping[str, object]) -> tuple[str, dict[str, object]] | None:
    """What hands out tokens says; None: it is not asked."""
    path, query = str(asked["PATH_INFO"]), parse_qs(str(asked.get("QUERY_STRING", "")))
    if path == "/v1/authorization-token":
        clouds.asked.append(path)
        assert query["domain"] == ["acme"]
        assert query["domain-owner"] == ["111122223333"]
        return _aws(clouds)
    if path == "/token" or path.startswith("/computeMetadata/"):
        return _google(clouds, path)
    if path == "/msi":
        clouds.asked.append(path)
        assert asked["HTTP_X_IDENTITY_HEADER"] == IDENTITY_HEADER
        assert query["resource"] == ["499b84ac-1321-427f-aa17-267ca6975798"]
        return _azure(clouds)
    return ("200 OK", {}) if asked.get("HTTP_METADATA_FLAVOR") == "Google" else None


def _aws(clouds: Clouds) -> tuple[str, dict[str, object]]:
    match clouds.mood:
        case "grants":
            token, expires = clouds.issue("aws")
            return "200 OK", {"authorizationToken": token, "expiration": expires.timestamp()}
        case "denies":
            return "403 Forbidden", {"__type": "AccessDeniedException", "message": "not authorized to perform"}
        case "expired":
            return "403 Forbidden", {"__type": "ExpiredTokenException", "message": "The security token is expired"}
        case "unwell":
            return "500 Internal Server Error", {"__type": "InternalServerException", "message": "out of order"}


def _google(clouds: Clouds, path: str) -> tuple[str, dict[str, object]]:
    if path != "/token" and not path.endswith("/token"):
        return "200 OK", {"email": "machine@acme-data.example.com", "scopes": ["cloud-platform"]}
    clouds.asked.append(path)
    match clouds.mood:
        case "grants":
            token, _ = clouds.issue("oauth2accesstoken")
            seconds = int(clouds.lifetime.total_seconds())
            return "200 OK", {"access_token": token, "expires_in": seconds, "token_type": "Bearer"}
        case "denies":
            return "403 Forbidden", {"error": "access_denied", "error_description": "Account disabled"}
        case "expired":
            return "400 Bad Request", {"error": "invalid_grant", "error_description": "Token has been revoked"}
        case "unwell":
            return "500 Internal Server Error", {"error": "internal_failure"}


def _azure(clouds: Clouds) -> tuple[str, dict[str, object]]:
    match clouds.mood:
        case "grants":
            token, expires = clouds.issue("VssSessionToken")
            said = {"access_token": token, "expires_on": str(int(expires.timestamp())), "token_type": "Bearer"}
            return "200 OK", {**said, "resource": "499b84ac-1321-427f-aa17-267ca6975798"}
        case "denies":
            return "403 Forbidden", {"statusCode": 403, "message": "no identity for you"}
        case "expired":
            return "401 Unauthorized", {"error": "invalid_client", "error_description": "AADSTS7000222: keys expired"}
        case "unwell":
            return "500 Internal Server Error", {"error": "server_error"}


def _refusal(clouds: Clouds, asked: Mapping[str, object]) -> str | None:
    """The status with which the index lets nobody in; None: let in."""
    word = str(asked.get("HTTP_AUTHORIZATION", "")).removeprefix("Basic ")
    if not word:
        return None if clouds.is_open else "401 Unauthorized"
    user, _, token = base64.b64decode(word).decode().partition(":")
    known, expires = clouds.issued.get(token, ("", datetime.now(UTC)))
    if not known or user != known or expires <= datetime.now(UTC):
        return "401 Unauthorized"
    return "403 Forbidden" if clouds.is_forbidden or token in clouds.forbidden else None
