"""By a registry in each cloud: the installed command, the clouds' own SDKs and uv, all sent to loopback.

This shows how we use the SDKs, uv and the index.  It does not show what the clouds themselves accept.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from builders import workspace
from clouds import CLOUD_KINDS, IDENTITY_HEADER, TOKEN_PREFIX, USERS, clouds_on_loopback, without_the_users
from stories.conftest import files_below
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clouds import Clouds
    from dagster_commons.model.configuration import RegistryKind
    from stories.conftest import Said

    Commons = Callable[..., Said]

every_kind = pytest.mark.parametrize("kind", CLOUD_KINDS)
SECRETS = (TOKEN_PREFIX, IDENTITY_HEADER, "aws-s3cret")
ADD = ("add", "shared==0.1.0", "--via", "index")


@pytest.fixture
def clouds(tmp_path: Path) -> Iterator[Clouds]:
    with clouds_on_loopback(tmp_path / "packages") as listening:
        write_wheel(listening.directory, "shared", "0.1.0")
        yield listening


@pytest.fixture
def finance(clouds: Clouds, kind: RegistryKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A location whose registry `corp` is of that kind; uv may ask no other index and has a cache of its own."""
    for name in os.environ.keys() - without_the_users(os.environ).keys():
        monkeypatch.delenv(name)
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "nothing").as_uri())
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(tmp_path / "commons-cache"))
    drawing = workspace(tmp_path / "finance").location("finance", at=".")
    return drawing.file("commons.toml", f'modules = ["shared"]\n{clouds.table(kind)}').repository().root


@pytest.fixture
def signed_in(clouds: Clouds, kind: RegistryKind, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return clouds.environment(kind, tmp_path_factory.mktemp("keys"))


def leaks(said: Said, directory: Path) -> list[str]:
    """Where a secret is: in what was printed, or in any file below `directory`."""
    places = {"printed": (said.out + said.err).encode()}
    places |= {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    return [place for place, content in places.items() if any(each.encode() in content for each in SECRETS)]


@every_kind
def test_add_with_a_token_that_is_written_and_printed_nowhere(
    commons: Commons, clouds: Clouds, finance: Path, signed_in: dict[str, str], tmp_path: Path
) -> None:
    for words in ((*ADD, "--dry-run", "--format", "json"), ADD, ("sync",), ("registry", "login", "--format", "json")):
        said = commons(*words, at="finance", environment=signed_in)
        assert said.exit_code == 0, said.err
        assert leaks(said, tmp_path) == []

    assert (
        f'url = "{clouds.index_url}"\nexplicit = true\nauthenticate = "always"\n'
        in (finance / "pyproject.toml").read_text()
    )
    assert "shared-0.1.0" in (finance / "uv.lock").read_text()
    assert list((finance / ".venv").rglob("shared/__init__.py"))
    assert len(clouds.issued) >= 3  # one per run: nothing is stored


@every_kind
def test_without_anybody_signed_in_uv_s_failure_is_told_with_what_to_do(
    commons: Commons, clouds: Clouds, finance: Path, signed_in: dict[str, str], tmp_path: Path
) -> None:
    before = files_below(finance)
    clouds.mood = "denies"

    said = commons(*ADD, at="finance", environment=signed_in)

    assert said.exit_code == 4
    first, second, *_ = said.err.splitlines()
    assert first == "error: finance cannot be locked: registry corp asks for credentials"
    assert second.strip().startswith("no ")
    assert " token because " in second
    assert "hint: " in said.err
    assert "not found in the package registry" not in said.err
    assert max(map(len, said.err.partition("  hint:")[0].splitlines())) <= 80
    assert leaks(said, tmp_path) == []
    assert files_below(finance) == before


@every_kind
def test_a_token_that_may_not_read(
    commons: Commons, clouds: Clouds, finance: Path, signed_in: dict[str, str], tmp_path: Path
) -> None:
    clouds.is_forbidden = True

    said = commons(*ADD, at="finance", environment=signed_in)
    assert said.exit_code == 4
    assert "finance cannot be locked: registry corp forbids it with these credentials (" in said.err
    assert "hint: whoever asks needs " in said.err

    said = commons("registry", "login", at="finance", environment=signed_in)
    assert said.exit_code == 4
    assert "forbids it with these credentials" in said.err
    assert "hint: whoever asks needs " in said.err
    assert leaks(said, tmp_path) == []


@every_kind
def test_login(commons: Commons, clouds: Clouds, kind: RegistryKind, finance: Path, signed_in: dict[str, str]) -> None:
    before = files_below(finance)

    said = commons("registry", "login", "corp", at="finance", environment=signed_in)
    assert said.exit_code == 0, said.err
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0] == "registry corp: let in"
    assert f"  user         {USERS[kind]}" in lines
    assert any(each.startswith(("  expires      in 59 min (", "  expires      in 1 h 0 min (")) for each in lines)
    assert "  asked for    shared: 1 version, newest 0.1.0" in lines
    assert "without any it refuses" in said.out

    clouds.is_open = True
    document = json.loads(commons("registry", "login", "--format", "json", at="finance", environment=signed_in).out)
    assert document["without_credentials"] == "let-in"
    assert 3500 < document["expires_in_seconds"] <= 3600
    assert any("says nothing about these credentials" in each for each in document["proves"])
    assert files_below(finance) == before


@pytest.mark.parametrize("kind", ["codeartifact"])
def test_an_extra_that_is_not_installed(
    commons: Commons, finance: Path, signed_in: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "without/boto3").mkdir(parents=True)
    (tmp_path / "without/boto3/__init__.py").write_text("raise ModuleNotFoundError('boto3', name='boto3')\n")

    said = commons(*ADD, at="finance", environment={**signed_in, "PYTHONPATH": str(tmp_path / "without")})

    assert said.exit_code == 4
    assert "no AWS CodeArtifact token because boto3 is not installed" in said.err
    assert "hint: uv tool install 'dagster-commons[aws]', or pip install 'dagster-commons[aws]'" in said.err


@pytest.mark.parametrize("kind", ["artifact-registry"])
def test_on_a_machine_of_google_s(commons: Commons, clouds: Clouds, finance: Path) -> None:
    said = commons("registry", "login", at="finance", environment=clouds.metadata_server())

    assert said.exit_code == 0, said.err
    assert "Google token of machine@acme-data.example.com" in said.out


@pytest.mark.parametrize("kind", ["codeartifact"])
def test_an_index_that_a_project_calls_otherwise(
    commons: Commons, clouds: Clouds, finance: Path, signed_in: dict[str, str]
) -> None:
    file = finance / "pyproject.toml"
    index = (
        f'[[tool.uv.index]]\nname = "acme-py"\nurl = "{clouds.index_url}"\nexplicit = true\nauthenticate = "always"\n'
    )
    text = file.read_text().replace("dependencies = [\n", 'dependencies = [\n    "shared==0.1.0",\n')
    file.write_text(f'{text}\n{index}\n[tool.uv.sources]\nshared = {{ index = "acme-py" }}\n')

    said = commons("lock", at="finance", environment=signed_in)

    assert said.exit_code == 0, said.err
    assert "shared-0.1.0" in (finance / "uv.lock").read_text()


@pytest.mark.parametrize("kind", ["codeartifact"])
def test_a_command_that_asks_no_registry_asks_for_no_token_either(
    commons: Commons, clouds: Clouds, finance: Path, signed_in: dict[str, str]
) -> None:
    assert commons("new", "tools", at="finance", environment=signed_in).exit_code == 0
    assert clouds.asked == []


@every_kind
def test_release_into_it_and_take_it_from_there(
    commons: Commons, clouds: Clouds, finance: Path, signed_in: dict[str, str], tmp_path: Path
) -> None:
    workspace(finance).module("shared", at="packages/shared", version="0.1.0").repository()

    said = commons("release", "shared==0.2.0", at="finance", environment=signed_in)
    assert said.exit_code == 0, said.err + said.out
    assert leaks(said, tmp_path) == []
    assert (clouds.directory / "shared-0.2.0-py3-none-any.whl").is_file()

    said = commons("add", "shared==0.2.0", "--via", "index", "-l", "finance", at="finance", environment=signed_in)
    assert said.exit_code == 0, said.err
    assert "shared-0.2.0" in (finance / "uv.lock").read_text()
    assert leaks(said, tmp_path) == []
