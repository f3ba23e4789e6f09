"""By a registry behind a URL: a real index on loopback that wants a password for everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import workspace
from package_index import PASSWORD, serving
from stories.conftest import files_below
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from package_index import PackageIndex
    from stories.conftest import Said

    Commons = Callable[..., Said]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PackageIndex]:
    """`shared` 0.1.0, and 0.2.0, which needs `base`."""
    with serving(tmp_path / "packages") as serving_index:
        write_wheel(serving_index.directory, "shared", "0.1.0")
        write_wheel(serving_index.directory, "shared", "0.2.0", requires=("base>=1",))
        write_wheel(serving_index.directory, "base", "1.0.0")
        yield serving_index


@pytest.fixture
def finance(tmp_path: Path, index: PackageIndex, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A location whose registry `corp` is that index; uv may ask no other."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "nothing").as_uri())
    (tmp_path / "nothing").mkdir()
    configuration = f'modules = ["shared", "base"]\n[registries.corp]\nkind = "simple"\nurl = "{index.url}"\n'
    drawing = workspace(tmp_path / "finance").location("finance", at=".").file("commons.toml", configuration)
    return drawing.repository().root


def test_what_is_written_and_that_no_password_is(commons: Commons, index: PackageIndex, finance: Path) -> None:
    words = ("add", "shared==0.1.0", "--via", "index")
    said = commons(*words, at="finance", environment=index.credentials("corp"))

    assert said.exit_code == 0, said.err
    written = (finance / "pyproject.toml").read_text()
    table = f'[[tool.uv.index]]\nname = "corp"\nurl = "{index.url}"\nexplicit = true\nauthenticate = "always"\n'
    assert table in written
    assert 'shared = { index = "corp" }' in written
    assert '"shared==0.1.0"' in written
    everything = (
        said.out
        + said.err
        + "".join(path.read_bytes().decode("utf-8", "replace") for path in finance.rglob("*") if path.is_file())
    )
    assert PASSWORD not in everything

    said = commons("remove", "shared", at="finance")
    assert said.exit_code == 0, said.err
    assert "tool.uv" not in (finance / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "finance cannot be locked: registry corp asks for credentials"),
        (
            {"UV_INDEX_CORP_USERNAME": "commons", "UV_INDEX_CORP_PASSWORD": "wr0ng-w0rd"},
            (
                "finance cannot be locked: registry corp forbids it with these credentials "
                "(UV_INDEX_CORP_USERNAME and _PASSWORD)"
            ),
        ),
    ],
)
def test_without_the_right_password(
    commons: Commons, finance: Path, environment: dict[str, str], expected: str
) -> None:
    before = files_below(finance)

    said = commons("add", "shared==0.1.0", "--via", "index", at="finance", environment=environment)

    assert said.exit_code == 4
    assert said.err.startswith(f"error: {expected}\n")
    assert "hint: uv takes them from UV_INDEX_CORP_USERNAME and UV_INDEX_CORP_PASSWORD\n" in said.err
    assert "wr0ng" not in said.err + said.out
    assert "not found" not in said.err
    assert files_below(finance) == before


def test_versions_that_cannot_be(commons: Commons, index: PackageIndex, finance: Path) -> None:
    before = files_below(finance)

    said = commons("add", "shared", "--via", "index", at="finance")
    assert said.exit_code == 2
    assert "name one: shared==VERSION" in said.err

    words = ("add", "shared==0.7.0", "--via", "index")
    said = commons(*words, at="finance", environment=index.credentials("corp"))
    assert said.exit_code == 4
    assert said.err.startswith("error: finance cannot be locked: there is no shared==0.7.0\n")
    assert max(map(len, said.err.splitlines())) <= 80
    assert files_below(finance) == before


def test_a_module_that_comes_along_is_wired_by_hand_first(
    commons: Commons, index: PackageIndex, finance: Path, tmp_path: Path
) -> None:
    write_wheel(tmp_path / "strangers/base", "base", "9.0")
    (tmp_path / "nothing/base").mkdir()
    wheel = next((tmp_path / "strangers/base").glob("*.whl"))
    (tmp_path / "nothing/base/index.html").write_text(f'<a href="{wheel.as_uri()}">{wheel.name}</a>')
    before = files_below(finance)
    credentials = index.credentials("corp")
    words = ("add", "shared==0.2.0", "--via", "index")

    said = commons(*words, at="finance", environment=credentials)
    assert said.exit_code == 1
    assert "uv would take base from" in said.err
    assert "commons add base==VERSION --via index --registry corp" in said.err
    assert files_below(finance) == before

    assert commons("add", "base==1.0.0", "--via", "index", at="finance", environment=credentials).exit_code == 0
    said = commons(*words, at="finance", environment=credentials)
    assert said.exit_code == 0, said.err
    assert "strangers" not in (finance / "uv.lock").read_text()


def test_what_the_working_tree_knows_is_said_before(commons: Commons, index: PackageIndex, finance: Path) -> None:
    workspace(finance).module("base").module("shared", uses={"base": '{ path = "../base" }'})

    words = ("add", "shared==0.1.0", "--via", "index", "-l", "finance")
    said = commons(*words, at="finance", environment=index.credentials("corp"))

    assert said.exit_code == 0, said.err
    assert "warning: shared brings base along, and uv takes that from any index unless it is wired too" in said.out


def test_an_index_of_that_name_that_leads_elsewhere(commons: Commons, index: PackageIndex, finance: Path) -> None:
    file = finance / "pyproject.toml"
    file.write_text(file.read_text() + '\n[[tool.uv.index]]\nname = "corp"\nurl = "https://elsewhere.example.com/"\n')
    before = files_below(finance)

    words = ("add", "shared==0.1.0", "--via", "index")
    said = commons(*words, at="finance", environment=index.credentials("corp"))

    assert said.exit_code == 1
    assert 'an index corp stands here already, with url = "https://elsewhere.example.com/"' in said.err
    assert files_below(finance) == before


def test_an_index_that_others_use_stays(commons: Commons, index: PackageIndex, finance: Path) -> None:
    file = finance / "pyproject.toml"
    credentials = index.credentials("corp")
    assert commons("add", "shared==0.1.0", "--via", "index", at="finance", environment=credentials).exit_code == 0
    text = file.read_text()
    file.write_text(
        text.replace('shared = { index = "corp" }', 'shared = { index = "corp" }\nother = { index = "corp" }')
    )

    said = commons("remove", "shared", at="finance", environment=credentials)

    assert said.exit_code == 0, said.err
    assert 'name = "corp"' in file.read_text()
    assert 'other = { index = "corp" }' in file.read_text()
