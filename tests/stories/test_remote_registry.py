"""By a registry behind a URL: a real index on loopback that wants a password for everything."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize("way", ["without credentials", "--offline"])
def test_a_registry_that_cannot_be_read_offers_no_version(
    commons: Commons, index: PackageIndex, finance: Path, way: str
) -> None:
    words, credentials = (("--offline",), index.credentials("corp")) if way == "--offline" else ((), {})
    before = files_below(finance)

    said = commons("add", "shared", "--via", "index", *words, at="finance", environment=credentials)

    assert said.exit_code == 2
    reason = "was not asked (--offline)" if way == "--offline" else "cannot be read: 127.0.0.1:"
    assert said.err.startswith(f"error: registry corp {reason}")
    assert "so no version of shared can be chosen" in said.err
    assert "name one: shared==VERSION" in said.err
    assert "not found" not in said.err
    assert files_below(finance) == before


def test_a_version_is_named_unseen_where_the_registry_is_not_asked(
    commons: Commons, index: PackageIndex, finance: Path
) -> None:
    words = ("add", "shared==0.1.0", "--via", "index", "--offline")

    said = commons(*words, at="finance", environment=index.credentials("corp"))

    assert said.exit_code == 0, said.err
    told = "warning: registry corp was not asked (--offline): it is not known what shared 0.1.0 brings along\n"
    assert told in said.out


def test_a_version_that_is_not_there(commons: Commons, index: PackageIndex, finance: Path) -> None:
    before = files_below(finance)

    words = ("add", "shared==0.7.0", "--via", "index")
    said = commons(*words, at="finance", environment=index.credentials("corp"))

    assert said.exit_code == 2
    assert said.err == "error: registry corp has no shared==0.7.0\n  hint: it has: 0.1.0, 0.2.0\n"
    assert files_below(finance) == before


def test_a_module_that_the_registry_lacks(commons: Commons, index: PackageIndex, finance: Path) -> None:
    words = ("add", "shraed", "--via", "index", "--registry", "corp")

    said = commons(*words, at="finance", environment=index.credentials("corp"))

    assert said.exit_code == 2
    assert said.err.startswith("error: registry corp holds no version of shraed\n")


def test_the_newest_version_and_what_comes_along(
    commons: Commons, index: PackageIndex, finance: Path, tmp_path: Path
) -> None:
    publish_strangers(tmp_path, "base")
    before = files_below(finance)
    credentials = index.credentials("corp")

    said = commons("add", "shared", "--via", "index", at="finance", environment=credentials)

    assert said.exit_code == 0, said.err
    assert "imports shared 0.2.0" in said.out
    written = (finance / "pyproject.toml").read_text()
    assert 'constraint-dependencies = ["base==1.0.0"]' in written
    assert 'base = { index = "corp" }' in written
    assert "strangers" not in (finance / "uv.lock").read_text()
    said = commons("check", "--offline", at="finance", environment=credentials)
    assert said.exit_code == 0, said.out

    said = commons("remove", "shared", at="finance", environment=credentials)

    assert said.exit_code == 0, said.err
    without_lock = {name: content for name, content in files_below(finance).items() if name != "uv.lock"}
    assert without_lock == before


def test_an_upgrade_moves_what_comes_along_with_it(
    commons: Commons, index: PackageIndex, finance: Path, tmp_path: Path
) -> None:
    publish_strangers(tmp_path, "base")
    credentials = index.credentials("corp")
    assert commons("add", "shared==0.1.0", "--via", "index", at="finance", environment=credentials).exit_code == 0
    before = (finance / "pyproject.toml").read_text()

    said = commons("upgrade", at="finance", environment=credentials)
    assert "commons upgrade shared==0.2.0 -l finance" in said.out

    said = commons("upgrade", "--apply", at="finance", environment=credentials)
    assert said.exit_code == 0, said.err + said.out
    assert 'constraint-dependencies = ["base==1.0.0"]' in (finance / "pyproject.toml").read_text()
    assert "strangers" not in (finance / "uv.lock").read_text()

    said = commons("upgrade", "shared==0.1.0", at="finance", environment=credentials)
    assert said.exit_code == 0, said.err + said.out
    assert (finance / "pyproject.toml").read_text() == before


def test_an_upgrade_that_cannot_be_looked_up(commons: Commons, index: PackageIndex, finance: Path) -> None:
    credentials = index.credentials("corp")
    assert commons("add", "shared==0.1.0", "--via", "index", at="finance", environment=credentials).exit_code == 0

    said = commons("upgrade", "--apply", at="finance", environment={"UV_INDEX_CORP_PASSWORD": "wr0ng-w0rd"})

    assert said.exit_code == 1
    assert "refused: registry corp cannot be read: " in said.out
    assert "forbids it with these credentials (UV_INDEX_CORP_USERNAME and _PASSWORD)" in said.out
    document = json.loads(commons("upgrade", "--offline", "--format", "json", at="finance").out)
    (row,) = document["upgrades"]
    assert (row["target"], row["target_unread"]) == (None, "registry corp was not asked (--offline)")


def test_the_newest_version_in_status(commons: Commons, index: PackageIndex, finance: Path) -> None:
    credentials = index.credentials("corp")
    assert commons("add", "shared==0.1.0", "--via", "index", at="finance", environment=credentials).exit_code == 0

    def status(*words: str, environment: dict[str, str]) -> tuple[str, dict[str, object]]:
        text = commons("status", *words, at="finance", environment=environment).out
        (use,) = json.loads(
            commons("status", *words, "--format", "json", at="finance", environment=environment).out
        )["uses"]  # fmt: skip
        return text, use

    text, use = status(environment=credentials)
    assert "finance   index   0.1.0   0.2.0   current" in text
    assert "commons upgrade shared==0.2.0 -l finance" in text
    assert (use["available"], use["available_unread"], use["behind"]) == ("0.2.0", None, True)

    text, use = status("--offline", environment=credentials)
    assert "finance   index   0.1.0   unknown  current" in text
    assert "newest unknown: registry corp was not asked (--offline)\n" in text
    assert (use["available"], use["available_unread"]) == (None, "registry corp was not asked (--offline)")

    text, use = status(environment={})
    assert "finance   index   0.1.0   unknown  current" in text
    assert "asks for credentials" in str(use["available_unread"])


def test_whether_a_locked_version_is_yanked_there(commons: Commons, index: PackageIndex, finance: Path) -> None:
    credentials = index.credentials("corp")
    assert commons("add", "shared==0.1.0", "--via", "index", at="finance", environment=credentials).exit_code == 0

    def skipped(*words: str, environment: dict[str, str]) -> list[str]:
        words = ("check", "--select", "REG009", "--format", "json", *words)
        document = json.loads(commons(*words, at="finance", environment=environment).out)
        assert document["findings"] == []
        return [each["reason"] for each in document["skipped"]]

    assert skipped(environment=credentials) == []
    assert skipped("--offline", environment=credentials) == ["registry corp was not asked (--offline)"]
    (reason,) = skipped(environment={})
    assert "asks for credentials" in reason


def test_what_the_registry_holds(commons: Commons, index: PackageIndex, finance: Path) -> None:
    credentials = index.credentials("corp")
    assert commons("add", "shared==0.1.0", "--via", "index", at="finance", environment=credentials).exit_code == 0

    said = commons("registry", "list", at="finance", environment=credentials)
    assert said.exit_code == 0
    assert said.out.startswith(f"corp  {index.url}  simple · 2 modules · 3 versions\n")
    rows = [line.split() for line in said.out.splitlines()[2:]]
    assert [row[-1] for row in rows] == ["newest", "newest", "finance"]

    said = commons("registry", "list", at="finance")
    assert said.exit_code == 4
    assert "simple · not read\n  registry corp cannot be read: 127.0.0.1:" in said.out
    said = commons("registry", "list", "--offline", at="finance", environment=credentials)
    assert (said.exit_code, "not asked (--offline)" in said.out) == (0, True)


def test_what_is_kept_has_no_credentials_and_is_nobody_elses_to_read(
    commons: Commons, index: PackageIndex, finance: Path, tmp_path: Path
) -> None:
    cache = {"DAGSTER_COMMONS_CACHE": str(tmp_path / "cache")}
    commons("add", "shared", "--via", "index", at="finance", environment=index.credentials("corp") | cache)

    files = [each for each in (tmp_path / "cache/indexes").rglob("*") if each.is_file()]

    assert len(files) == 5  # the pages of two modules, what three releases require
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    assert not any(PASSWORD.encode() in each.read_bytes() for each in files)


def test_a_module_whose_companion_the_registry_lacks(
    commons: Commons, index: PackageIndex, finance: Path, tmp_path: Path
) -> None:
    publish_strangers(tmp_path, "base")
    next(index.directory.glob("base-*.whl")).unlink()
    before = files_below(finance)

    words = ("add", "shared==0.2.0", "--via", "index")
    said = commons(*words, at="finance", environment=index.credentials("corp"))

    assert said.exit_code == 1
    assert "uv would take base from" in said.err
    assert "commons add base==VERSION --via index --registry corp" in said.err
    assert files_below(finance) == before


def test_what_the_working_tree_knows_is_said_where_the_registry_is_not_asked(
    commons: Commons, index: PackageIndex, finance: Path
) -> None:
    workspace(finance).module("base").module("shared", uses={"base": '{ path = "../base" }'})

    words = ("add", "shared==0.1.0", "--via", "index", "-l", "finance", "--offline")
    said = commons(*words, at="finance", environment=index.credentials("corp"))

    assert said.exit_code == 0, said.err
    assert "warning: shared brings base along, and uv takes that from any index unless it is wired too" in said.out


def publish_strangers(root: Path, name: str) -> None:
    """A newer version by that name in uv's default index."""
    (root / "nothing" / name).mkdir()
    wheel = write_wheel(root / "strangers" / name, name, "9.0")
    (root / "nothing" / name / "index.html").write_text(f'<a href="{wheel.as_uri()}">{wheel.name}</a>')


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
