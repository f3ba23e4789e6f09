"""Tokens of the three clouds, by their own SDKs sent to loopback, and an index there that takes only those tokens.

This shows how we use the SDKs, the index and uv.  It does not show what the clouds themselves accept.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from clouds import CLOUD_KINDS, NOBODY, TOKEN_PREFIX, USERS, clouds_on_loopback, without_the_users
from dagster_commons.errors import CredentialsError
from dagster_commons.model.project import DeclaredIndex
from dagster_commons.tools.indexes import authentication, sdks
from dagster_commons.tools.indexes.authentication import credentials_of, last_said, variables_of
from dagster_commons.tools.indexes.login import log_in
from dagster_commons.tools.indexes.remote import RemoteIndex
from dagster_commons.tools.uv import authenticated, uv
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clouds import Clouds, Mood
    from dagster_commons.model.configuration import RegistryKind

every_kind = pytest.mark.parametrize("kind", CLOUD_KINDS)


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ.keys() - without_the_users(os.environ).keys():
        monkeypatch.delenv(name)
    for name, value in NOBODY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(authentication, "_memos", {})


@pytest.fixture
def clouds(tmp_path: Path) -> Iterator[Clouds]:
    with clouds_on_loopback(tmp_path / "packages") as listening:
        write_wheel(listening.directory, "shared", "0.1.0")
        yield listening


@pytest.fixture
def signed_in(clouds: Clouds, kind: RegistryKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clouds:
    for name, value in clouds.environment(kind, tmp_path / "keys").items():
        monkeypatch.setenv(name, value)
    return clouds


def refusal(clouds: Clouds, kind: RegistryKind) -> CredentialsError:
    with pytest.raises(CredentialsError) as caught:
        credentials_of(clouds.registry(kind))
    error = caught.value
    assert "\n" not in error.message
    assert error.hint
    for secret in (TOKEN_PREFIX, "aws-s3cret", "identity-h3ader", "PRIVATE KEY"):
        assert secret not in error.message + error.hint
    return error


@every_kind
def test_let_in(signed_in: Clouds, kind: RegistryKind) -> None:
    registry = signed_in.registry(kind)

    found = log_in(registry, "shared")

    assert (found.user, found.versions, found.nobody) == (USERS[kind], ("0.1.0",), "refused")
    assert found.expires is not None
    assert timedelta(minutes=55) < found.expires - datetime.now(UTC) <= timedelta(hours=1)
    assert found.origin is not None
    assert TOKEN_PREFIX not in found.origin + repr(found) + repr(credentials_of(registry))
    (release,) = RemoteIndex(registry=registry).releases("shared")
    assert RemoteIndex(registry=registry).metadata("shared", release).name == "shared"


@every_kind
def test_an_index_that_lets_anybody_read_proves_nothing(signed_in: Clouds, kind: RegistryKind) -> None:
    signed_in.is_open = True

    assert log_in(signed_in.registry(kind), "shared").nobody == "let-in"


@every_kind
def test_many_threads_ask_once(signed_in: Clouds, kind: RegistryKind) -> None:
    signed_in.seconds_to_answer = 0.1
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(credentials_of(signed_in.registry(kind)))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(signed_in.issued) == 1
    assert got == [credentials_of(signed_in.registry(kind))] * 8


@every_kind
def test_a_token_is_kept_until_five_minutes_before_it_expires(signed_in: Clouds, kind: RegistryKind) -> None:
    registry = signed_in.registry(kind)
    signed_in.lifetime = timedelta(minutes=4)
    first, second = credentials_of(registry), credentials_of(registry)
    signed_in.lifetime = timedelta(minutes=6)
    third, fourth = credentials_of(registry), credentials_of(registry)

    assert len({each.password for each in (first, second, third) if each is not None}) == 3
    assert third == fourth


@every_kind
def test_a_stale_token_is_refused_and_that_is_not_called_missing(signed_in: Clouds, kind: RegistryKind) -> None:
    registry = signed_in.registry(kind)
    credentials = credentials_of(registry)
    assert credentials is not None
    signed_in.issued[credentials.password] = (credentials.user, datetime.now(UTC) - timedelta(seconds=1))

    with pytest.raises(CredentialsError) as caught:
        RemoteIndex(registry=registry).releases("shared")

    assert caught.value.status == 401
    assert f"refused the credentials ({credentials.origin})" in caught.value.message
    assert "commons registry login corp tests it" in (caught.value.hint or "")


@every_kind
def test_who_is_known_but_may_not_read_is_told_what_to_ask_for(signed_in: Clouds, kind: RegistryKind) -> None:
    registry = signed_in.registry(kind)
    credentials = credentials_of(registry)
    assert credentials is not None
    signed_in.forbidden.add(credentials.password)

    with pytest.raises(CredentialsError) as caught:
        log_in(registry, "shared")

    assert caught.value.status == 403
    assert "whoever asks needs" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("kind", "mood", "reason", "hint"),
    [
        ("codeartifact", "denies", "AWS forbids it to this user", "codeartifact:GetAuthorizationToken on domain acme"),
        ("codeartifact", "expired", "the AWS credentials have expired", "AWS_SESSION_TOKEN anew"),
        ("codeartifact", "unwell", "InternalServerException: out of order", "again later"),
        ("artifact-registry", "denies", "Account disabled", "GOOGLE_APPLICATION_CREDENTIALS"),
        ("artifact-registry", "expired", "invalid_grant: Token has been revoked", "the key in "),
        ("artifact-registry", "unwell", "Google could not answer", "again later"),
        ("azure-artifacts", "denies", "no identity for you", "the managed identity of this machine"),
        ("azure-artifacts", "expired", "ManagedIdentityCredential", "the managed identity of this machine"),
        ("azure-artifacts", "unwell", "ManagedIdentityCredential", "the managed identity of this machine"),
    ],
)
def test_a_cloud_that_hands_out_nothing(
    signed_in: Clouds, kind: RegistryKind, mood: Mood, reason: str, hint: str
) -> None:
    signed_in.mood = mood

    error = refusal(signed_in, kind)
    asked = len(signed_in.asked)
    again = refusal(signed_in, kind)

    assert reason in error.message
    assert hint in (error.hint or "")
    assert (again.message, again.hint) == (error.message, error.hint)
    assert len(signed_in.asked) == asked  # not asked anew: each call would wait
    assert variables_of((signed_in.registry(kind),)) == {}
    told = last_said(signed_in.registry(kind))
    assert isinstance(told, CredentialsError)
    assert told.message == error.message


@pytest.mark.parametrize(
    ("kind", "reason", "hint"),
    [
        ("codeartifact", "no AWS credentials were found", "aws sso login --profile NAME, and export AWS_PROFILE=NAME"),
        ("artifact-registry", "no Application Default Credentials were found", "gcloud auth application-default login"),
        ("azure-artifacts", "nobody is signed in to Azure here", "az login, or a PAT in UV_INDEX_CORP_PASSWORD"),
    ],
)
def test_nobody_is_signed_in(clouds: Clouds, kind: RegistryKind, reason: str, hint: str) -> None:
    error = refusal(clouds, kind)

    assert error.message.endswith(f"because {reason}")
    assert error.hint == hint


@pytest.mark.parametrize(
    "case",
    [
        ("", "gone", "The config profile (gone) could not be found", "aws configure list-profiles"),
        (
            (
                "[profile dev]\nsso_start_url=https://acme.example/start\nsso_region=eu-west-1\n"
                "sso_account_id=111122223333\nsso_role_name=dev\n"
            ),
            "dev",
            "nobody is signed in to AWS SSO here",
            "aws sso login --profile dev",
        ),
        ("[profile dev]\ncredential_process=/bin/false\n", "dev", "boto3 says", "get-caller-identity --profile dev"),
        ("nonsense [", "dev", "boto3 says: Unable to parse config file", "aws sts get-caller-identity"),
    ],
)
def test_profiles_of_aws(
    clouds: Clouds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: tuple[str, str, str, str]
) -> None:
    text, profile, reason, hint = case
    (tmp_path / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", profile)

    error = refusal(clouds, "codeartifact")

    assert reason in error.message
    assert hint in (error.hint or "")


def test_a_profile_with_keys_is_named_as_the_origin(
    clouds: Clouds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("[profile dev]\naws_access_key_id=AKIAEXAMPLE\naws_secret_access_key=aws-s3cret\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "dev")
    monkeypatch.setenv("AWS_ENDPOINT_URL_CODEARTIFACT", clouds.url)

    found = credentials_of(clouds.registry("codeartifact"))

    assert found is not None
    assert found.origin == "AWS CodeArtifact token of profile dev (config-file)"


@pytest.mark.parametrize(("text", "reason"), [(None, "was not found"), ("{}", "does not have a valid type")])
def test_a_key_file_of_google_that_is_none(
    clouds: Clouds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, reason: str
) -> None:
    if text is not None:
        (tmp_path / "key.json").write_text(text)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))

    error = refusal(clouds, "artifact-registry")

    assert reason in error.message
    assert "correct GOOGLE_APPLICATION_CREDENTIALS" in (error.hint or "")


@pytest.mark.parametrize(
    ("kind", "imported", "extra"),
    [
        ("codeartifact", "boto3", "aws"),
        ("artifact-registry", "google.auth.transport.requests", "gcp"),
        ("azure-artifacts", "azure.identity", "azure"),
    ],
)
def test_an_extra_that_is_not_installed_is_named(
    clouds: Clouds, monkeypatch: pytest.MonkeyPatch, kind: RegistryKind, imported: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, imported, None)

    error = refusal(clouds, kind)

    assert "is not installed" in error.message
    assert error.hint == f"uv tool install 'dagster-commons[{extra}]', or pip install 'dagster-commons[{extra}]'"


@every_kind
def test_an_endpoint_that_nobody_listens_at(
    clouds: Clouds, kind: RegistryKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = replace(clouds, url="http://127.0.0.1:9/")
    for name, value in nowhere.environment(kind, tmp_path).items():
        monkeypatch.setenv(name, value)

    error = refusal(clouds, kind)

    assert " cannot be reached (" in error.message
    assert (error.hint or "").startswith("see that you are online")


@every_kind
def test_a_cloud_that_is_slow_is_given_up(
    signed_in: Clouds, kind: RegistryKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdks, "SECONDS", 1.0)
    signed_in.seconds_to_answer = 3
    started = time.monotonic()

    error = refusal(signed_in, kind)

    assert time.monotonic() - started < 2
    assert "no answer within 1 s" in error.message


@every_kind
def test_what_the_user_has_set_wins_and_no_cloud_is_asked(
    signed_in: Clouds, kind: RegistryKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = signed_in.issue(USERS[kind])
    monkeypatch.setenv("UV_INDEX_CORP_PASSWORD", token)

    found = log_in(signed_in.registry(kind), "shared")

    assert (found.user, found.origin, found.expires) == (USERS[kind], "UV_INDEX_CORP_USERNAME and _PASSWORD", None)
    assert signed_in.asked == []


@every_kind
def test_a_token_goes_to_no_host_that_only_the_repository_trusts(
    signed_in: Clouds, kind: RegistryKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    def led_to(url: str) -> str:
        registry = replace(signed_in.registry(kind), index_url=url, publish_url=None)
        try:
            return (credentials_of(registry) or pytest.fail("no credentials")).user
        except CredentialsError as error:
            return f"{error.message}; {error.hint}"

    own = {
        "codeartifact": "acme-111122223333.d.codeartifact.eu-west-1.amazonaws.com",
        "artifact-registry": "europe-west1-python.pkg.dev",
        "azure-artifacts": "pkgs.dev.azure.com",
    }
    assert "export COMMONS_TRUSTED_HOSTS=index.example.com" in led_to("https://index.example.com/simple/")
    assert "in the clear" in led_to(f"http://{own[kind]}/simple/")
    assert "not known to be a host" in led_to(f"https://{own[kind]}.example.com/simple/")
    assert signed_in.asked == []

    assert led_to(f"https://{own[kind]}/simple/") == USERS[kind]
    monkeypatch.setenv("COMMONS_TRUSTED_HOSTS", "other.example.com, index.example.com")
    assert led_to("https://index.example.com/simple/") == USERS[kind]


def test_uv_gets_them_by_every_name_that_projects_give_the_index(
    clouds: Clouds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in clouds.environment("codeartifact", tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("UV_INDEX_OWN_USERNAME", "me")
    declared = (
        DeclaredIndex(name="acme-py", url=clouds.index_url.rstrip("/")),
        DeclaredIndex(name="with-user", url=clouds.index_url.replace("//", "//aws@")),
        DeclaredIndex(name="own", url=clouds.index_url),
        DeclaredIndex(name="elsewhere", url="https://index.example.com/simple/"),
        DeclaredIndex(name=None, url=clouds.index_url),
    )

    variables = variables_of((clouds.registry("codeartifact"),), declared)

    assert sorted(variables) == [
        "UV_INDEX_ACME_PY_PASSWORD",
        "UV_INDEX_ACME_PY_USERNAME",
        "UV_INDEX_CORP_PASSWORD",
        "UV_INDEX_CORP_USERNAME",
        "UV_INDEX_WITH_USER_PASSWORD",
        "UV_INDEX_WITH_USER_USERNAME",
    ]
    assert len(clouds.issued) == 1


def test_only_a_call_that_may_read_an_index_asks_for_them(tmp_path: Path) -> None:
    asked: list[str] = []

    def given(settings: str | None) -> dict[str, str]:
        asked.append("unknown" if settings is None else settings)
        return {}

    with authenticated(given):
        for words in (
            ("venv", "--quiet", "venv"),
            ("pip", "check", "--python", "venv"),
            ("pip", "install", "--offline", "--no-index", "--python", "venv", "--dry-run", "not-there"),
        ):
            uv(tmp_path, *words, check=False)
        assert asked == []
        uv(tmp_path, "pip", "compile", "not-there.in", check=False)
        assert asked == ["unknown"]
        (tmp_path / "uv.toml").write_text("# above\n")
        (tmp_path / "project").mkdir()
        (tmp_path / "project/pyproject.toml").write_text("# own\n")
        uv(tmp_path / "project", "lock", check=False)
    assert "# own" in asked[1]
    assert "# above" in asked[1]


def test_an_index_that_nothing_names_costs_no_token(
    clouds: Clouds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in clouds.environment("codeartifact", tmp_path).items():
        monkeypatch.setenv(name, value)
    registry = clouds.registry("codeartifact")

    assert variables_of((registry,), settings='url = "https://index.example.com/simple/"') == {}
    assert clouds.asked == []
    named = registry.index_url.replace("//", "//aws@").rstrip("/")
    assert len(variables_of((registry,), settings=f'url = "{named}"')) == 2


@every_kind
def test_uv_publishes_with_the_token(signed_in: Clouds, kind: RegistryKind, tmp_path: Path) -> None:
    index = RemoteIndex(registry=signed_in.registry(kind))
    wheel = write_wheel(tmp_path / "dist", "shared", "0.2.0")

    assert index.publish((wheel,)) == (wheel,)
    assert index.publish((wheel,)) == ()
    assert [each.version for each in index.releases("shared")] == ["0.1.0", "0.2.0"]
    assert len(signed_in.issued) == 1
