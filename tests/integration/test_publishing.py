"""Releases into real registries: who may, what is there already, and eight at a time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from credentials import secret
from dagster_commons.errors import CredentialsError, RefusedError, VersionPolicyError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.indexes.index import open_index
from dagster_commons.tools.indexes.remote import RemoteIndex
from publishers import publishers
from publishing import digests, drawn
from registry_servers import PUBLISHER, READER, plain_pypiserver, variables
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from registry_servers import Server

PUBLISHERS, ROUNDS, MANY_ROUNDS = 8, 2, 20


@pytest.fixture
def sign_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[tuple[str, str] | None], None]:
    """Say to uv and to us who asks; at first it is who may publish."""

    def say(user: tuple[str, str] | None) -> None:
        for name in variables(PUBLISHER):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables(user).items():
            monkeypatch.setenv(name, value)

    monkeypatch.setenv("NETRC", "/dev/null")
    say(PUBLISHER)
    return say


@pytest.mark.usefixtures("sign_in")
def test_what_is_released_stays(server: Server, module: str, tmp_path: Path) -> None:
    index = RemoteIndex(registry=server.registry())
    wheel, sdist = files = drawn(tmp_path / "a", module, "0.1.0")

    assert index.unreleased(files) == files
    assert index.publish((sdist, wheel)) == (wheel, sdist)
    assert server.page(module) == digests(files)
    assert {name: hashlib.sha256(each).hexdigest() for name, each in server.served(module).items()} == digests(files)

    assert index.unreleased(files) == ()
    assert index.publish(files) == ()

    others = drawn(tmp_path / "b", module, "0.1.0", "other = True\n")
    for attempt in (index.publish, index.unreleased):
        with pytest.raises(VersionPolicyError, match=rf"corp has {module} 0\.1\.0 already, with other bytes: .*\.whl"):
            attempt(others)
    with pytest.raises(VersionPolicyError, match=r"already, with other bytes: .*\.tar\.gz"):
        index.publish((wheel, others[1]))
    assert server.page(module) == digests(files)


@pytest.mark.usefixtures("sign_in")
def test_what_only_half_arrived_is_completed(server: Server, module: str, tmp_path: Path) -> None:
    index = RemoteIndex(registry=server.registry())
    wheel, sdist = files = drawn(tmp_path / "a", module, "0.1.0")
    index.publish((wheel,))

    with pytest.raises(VersionPolicyError):
        index.publish(drawn(tmp_path / "b", module, "0.1.0", "other = True\n"))
    assert server.page(module) == digests((wheel,))

    assert index.publish(files) == (sdist,)
    assert server.page(module) == digests(files)


@pytest.mark.usefixtures("sign_in")
def test_the_shell_s_settings_of_other_uploads_change_nothing(
    pypiserver_registry: Server, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("URL", "CHECK_URL"):
        monkeypatch.setenv(f"UV_PUBLISH_{name}", "http://127.0.0.1:9/elsewhere/")
    monkeypatch.setenv("UV_PUBLISH_TOKEN", secret("token"))
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    (tmp_path / "uv.toml").touch()
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    files = drawn(tmp_path, module, "0.1.0")

    assert RemoteIndex(registry=pypiserver_registry.registry()).publish(files) == files


@pytest.mark.parametrize(
    ("user", "status", "expected"),
    [
        (None, 401, r"corp cannot be read: 127\.0\.0\.1:\d+ asks for credentials"),
        (("publisher", secret("wrong")), 401, r"corp cannot be read: 127\.0\.0\.1:\d+ refused the credentials"),
        (READER, 403, r"corp cannot be uploaded into: it forbids it to reader \(UV_INDEX_CORP_USERNAME and _PASSWORD"),
    ],
)
def test_who_may_not(
    server: Server,
    module: str,
    tmp_path: Path,
    sign_in: Callable[[tuple[str, str] | None], None],
    *,
    user: tuple[str, str] | None,
    status: int,
    expected: str,
) -> None:
    sign_in(user)

    with pytest.raises(CredentialsError, match=expected) as refused:
        RemoteIndex(registry=server.registry()).publish(drawn(tmp_path, module, "0.1.0"))

    assert refused.value.status == status
    assert "uv takes them from UV_INDEX_CORP_USERNAME and UV_INDEX_CORP_PASSWORD" in (refused.value.hint or "")
    assert "not found" not in refused.value.message
    assert "<" not in refused.value.message
    assert server.page_status(module) == 404


@pytest.mark.usefixtures("sign_in")
def test_a_server_without_sha256_cannot_be_compared(module: str, tmp_path: Path) -> None:
    with plain_pypiserver(tmp_path / "releases", "--hash-algo", "md5") as server:
        files = drawn(server.directory, module, "0.1.0")
        for attempt in (RemoteIndex(registry=server.registry()).publish, open_index(server.registry()).unreleased):
            with pytest.raises(RefusedError, match=r"without a sha256") as refused:
                attempt(files)
    assert "sha256" in (refused.value.hint or "")


@pytest.mark.usefixtures("sign_in")
def test_one_spelling_of_a_name_is_as_good_as_another(tmp_path: Path) -> None:
    with plain_pypiserver(tmp_path / "releases") as server:
        index = RemoteIndex(registry=server.registry())
        wheel = write_wheel(tmp_path, "acme-shared", "0.1.0")
        (server.directory / wheel.name.replace("acme_shared", "Acme.Shared")).write_bytes(wheel.read_bytes())

        assert index.publish((wheel,)) == ()
        with pytest.raises(VersionPolicyError, match=r"other bytes: Acme\.Shared-0\.1\.0"):
            index.publish((write_wheel(tmp_path / "b", "acme-shared", "0.1.0", source="x = 1\n"),))


def test_of_eight_publishers_one_wins(server: Server, module: str, tmp_path: Path) -> None:
    race(server, module, tmp_path, rounds=ROUNDS)


@pytest.mark.matrix
@pytest.mark.timeout(1200)
def test_of_eight_publishers_one_wins_twenty_times(server: Server, module: str, tmp_path: Path) -> None:
    race(server, module, tmp_path, rounds=MANY_ROUNDS)


def test_of_eight_publishers_one_wins_in_a_directory(module: str, tmp_path: Path) -> None:
    race(None, module, tmp_path, rounds=ROUNDS)


@pytest.mark.matrix
def test_of_eight_publishers_one_wins_in_a_directory_twenty_times(module: str, tmp_path: Path) -> None:
    race(None, module, tmp_path, rounds=MANY_ROUNDS)


def race(server: Server | None, module: str, at: Path, *, rounds: int) -> None:
    """Eight processes release a version with different bytes, round after round (None: into an embedded registry)."""
    directory = at / "registry"
    if server is None:
        embedded.initialise(directory, names=())
    registry = EmbeddedRegistry(name="corp", directory=directory) if server is None else server.registry()
    user = PUBLISHER if server is None else server.session(PUBLISHER)
    released: dict[str, str] = {}
    with publishers(PUBLISHERS, variables(user)) as competing:
        for number in range(rounds):
            drawings = [
                drawn(at / f"{number}-{each}", module, f"0.{number}.0", f"number = {each}\n" * 20_000)
                for each in range(PUBLISHERS)
            ]
            for publisher, files in zip(competing, drawings, strict=True):
                publisher.order(registry, files)
            answers = [each.answer() for each in competing]

            codes = [each["code"] for each in answers]
            assert sorted(codes) == [0] + [7] * (PUBLISHERS - 1), answers
            assert all("other bytes" in each["said"] for each in answers if each["code"] == 7), answers
            released |= digests(drawings[codes.index(0)])
            if server is None:
                assert embedded.verify(directory) == ()
                files = [each for release in embedded.releases(directory, module) for each in release.files]
                assert {each.name: each.sha256 for each in files} == released
            else:
                assert server.page(module) == released
                served = server.served(module).items()
                assert {name: hashlib.sha256(each).hexdigest() for name, each in served} == released
