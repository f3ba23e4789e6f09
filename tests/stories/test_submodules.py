"""By submodule: where it goes, who reuses it, when it leaves, and what is refused before anything is written."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from builders import commit, make_bare_remote, make_repository, workspace
from dagster_commons.tools.git import git
from released import release
from stories.conftest import files_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from builders import Drawing
    from stories.conftest import Said

    Commons = Callable[..., Said]

DYNAMIC = """\
[project]
name = "shared"
dynamic = ["version"]
requires-python = ">=3.10"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.version]
source = "vcs"
"""


@pytest.fixture
def remotes(tmp_path: Path, local_remotes: None) -> Path:
    """`shared.git` 0.1.0 with the tag v0.1.0 and a later 0.2.0; `platform.git` with `base` in `libs/base`."""
    del local_remotes
    directory = tmp_path / "remotes"
    module = workspace(tmp_path / "module").module("shared", at=".").repository().root
    git(module, "tag", "v0.1.0")
    make_bare_remote(module, directory / "shared.git")
    workspace(module).module("shared", at=".", version="0.2.0")
    commit(module, "0.2.0")
    git(module, "push", "--quiet", "origin", "HEAD", "--tags")
    platform = workspace(tmp_path / "platform").module("base", at="libs/base").repository().root
    make_bare_remote(platform, directory / "platform.git")
    return directory


@pytest.fixture
def marketing(tmp_path: Path, remotes: Path) -> Path:
    """A repository with the locations `marketing` and `ops`, whose remote lies beside the modules'."""
    drawing = workspace(tmp_path / "marketing").location("marketing", at="code/marketing").location("ops")
    make_bare_remote(drawing.repository().root, remotes / "marketing.git")
    return drawing.root


def add(commons: Commons, *words: str, location: str = "marketing") -> Said:
    return commons("add", "shared", "--via", "submodule", "-l", location, *words, at="marketing")


def test_the_default_place_is_the_root_of_the_repository(commons: Commons, marketing: Path) -> None:
    head = git(marketing, "rev-parse", "HEAD").text

    said = add(commons, "--url", "../shared.git")

    assert said.exit_code == 0, said.err
    assert 'path = "../../shared", editable = true' in (marketing / "code/marketing/pyproject.toml").read_text()
    assert "url = ../shared.git" in (marketing / ".gitmodules").read_text()
    assert git(marketing, "diff", "--cached", "--name-only").text.split() == [".gitmodules", "shared"]
    assert git(marketing, "rev-parse", "HEAD").text == head, "the commit is the user's"
    assert "imports shared 0.2.0 from shared/src/shared" in said.out


def test_a_tag_a_place_and_a_subdirectory(commons: Commons, marketing: Path) -> None:
    assert add(commons, "--url", "../shared.git", "--tag", "v0.1.0", "--at", "vendor/shared").exit_code == 0
    assert git(marketing, "-C", "vendor/shared", "describe", "--tags").text.strip() == "v0.1.0"
    assert 'path = "../../vendor/shared"' in (marketing / "code/marketing/pyproject.toml").read_text()

    url = "../platform.git"
    words = ("add", "base", "--via", "submodule", "--url", url, "--subdirectory", "libs/base", "-l", "ops")
    said = commons(*words, at="marketing")

    assert said.exit_code == 0, said.err
    assert 'path = "../base/libs/base"' in (marketing / "ops/pyproject.toml").read_text()


def test_the_second_location_reuses_the_checkout_and_the_last_takes_it_along(commons: Commons, marketing: Path) -> None:
    before = files_below(marketing)
    assert add(commons, "--url", "../shared.git").exit_code == 0

    said = commons("add", "shared", "-l", "ops", at="marketing")
    assert said.exit_code == 0, said.err
    assert "submodule" not in said.out
    assert 'path = "../shared"' in (marketing / "ops/pyproject.toml").read_text()

    said = commons("remove", "shared", "-l", "marketing", at="marketing")
    assert said.exit_code == 0, said.err
    assert (marketing / "shared/pyproject.toml").exists()

    said = commons("remove", "shared", "-l", "ops", at="marketing")
    assert said.exit_code == 0, said.err
    assert "submodule removed  shared" in said.out
    assert {each for each, _ in files_below(marketing).items() ^ before.items()} == {
        "code/marketing/uv.lock",
        "ops/uv.lock",
    }
    assert not (marketing / ".git/modules/shared").exists()
    assert "submodule" not in (marketing / ".git/config").read_text()
    assert git(marketing, "diff", "--cached", "--name-only").text == ""


def test_both_locations_at_once_get_one_submodule(commons: Commons, marketing: Path) -> None:
    said = add(commons, "--url", "../shared.git", "-l", "ops")

    assert said.exit_code == 0, said.err
    assert said.out.count("submodule added") == 1
    assert (marketing / ".gitmodules").read_text().count("[submodule") == 1


def test_the_checkout_stays_while_another_module_of_it_is_used(
    commons: Commons, marketing: Path, tmp_path: Path
) -> None:
    workspace(tmp_path / "platform").module("tools", at="libs/tools")
    commit(tmp_path / "platform", "tools")
    git(tmp_path / "platform", "push", "--quiet", "origin", "HEAD")
    url = "../platform.git"
    words = ("--via", "submodule", "--url", url, "--subdirectory", "libs/base", "--at", "platform")
    assert commons("add", "base", *words, "-l", "ops", at="marketing").exit_code == 0
    assert commons("add", "tools", "-l", "marketing", at="marketing").exit_code == 0
    assert 'path = "../../platform/libs/tools"' in (marketing / "code/marketing/pyproject.toml").read_text()

    assert commons("remove", "base", "-l", "ops", at="marketing").exit_code == 0
    assert (marketing / "platform/libs").exists()
    assert commons("remove", "tools", "-l", "marketing", at="marketing").exit_code == 0
    assert not (marketing / "platform").exists()


def test_a_module_that_needs_another_of_its_repository(commons: Commons, marketing: Path, tmp_path: Path) -> None:
    workspace(tmp_path / "platform").module(
        "tools", at="libs/tools", uses={"base": '{ path = "../base", editable = true }'}
    )
    commit(tmp_path / "platform", "tools")
    git(tmp_path / "platform", "push", "--quiet", "origin", "HEAD")
    words = ("--via", "submodule", "--url", "../platform.git", "--subdirectory", "libs/tools", "--at", "platform")
    assert commons("add", "tools", *words, "-l", "ops", at="marketing").exit_code == 0

    said = commons("remove", "tools", "-l", "ops", at="marketing")

    assert said.exit_code == 0, said.err
    assert not (marketing / "platform").exists(), "what came along needs it no longer"


def test_a_checkout_that_another_project_reads_stays(commons: Commons, marketing: Path) -> None:
    assert add(commons, "--url", "../shared.git").exit_code == 0
    workspace(marketing).module("tools", uses={"shared": '{ path = "../shared" }'})

    said = commons("remove", "shared", "-l", "marketing", at="marketing")

    assert said.exit_code == 0, said.err
    assert (marketing / "shared/pyproject.toml").exists()


@pytest.mark.parametrize("option", [("--tag", "v0.1.0"), ("--url", "../platform.git"), ("--at", "vendor/shared")])
def test_options_that_the_checkout_there_would_ignore(
    commons: Commons, marketing: Path, option: tuple[str, str]
) -> None:
    assert add(commons, "--url", "../shared.git").exit_code == 0
    before = files_below(marketing)

    said = add(commons, *option, location="ops")

    assert said.exit_code == 2
    assert f"shared is here as a submodule already, at shared: {option[0]} has nothing to say" in said.err
    assert files_below(marketing) == before


def test_a_repository_inside_itself(commons: Commons, marketing: Path, remotes: Path) -> None:
    workspace(marketing).module("own", at="libs/own")
    before = files_below(marketing)

    said = commons("add", "own", "--via", "submodule", "-l", "ops", at="marketing")
    assert said.exit_code == 1
    assert "own lives in the same repository as ops: a repository cannot contain itself" in said.err

    for url in ("../marketing.git", str(remotes / "marketing.git"), str(marketing)):
        said = commons("add", "other", "--via", "submodule", "--url", url, "-l", "ops", at="marketing")
        assert said.exit_code == 2
        assert "is this very repository, and a repository cannot be its own submodule" in said.err
    assert files_below(marketing) == before
    assert not (marketing / ".git/modules").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--url", "https://me:secret@git.example.com/shared.git"), "the URL has a password in it"),
        (("--url", "../shared.git", "--tag", "v9"), "../shared.git has no commit v9"),
        (("--url", "../nowhere.git"), "cannot add the submodule shared from ../nowhere.git"),
        (("--url", "../shared.git", "--at", "ops"), "ops exists already"),
        (("--url", "../shared.git", "--at", "../outside"), "is no place for a submodule"),
        (("--url", "../shared.git", "--subdirectory", "libs"), "marketing cannot be locked"),
        (("--url", "../shared.git", "--subdirectory", "../libs"), "which ../libs is not"),
        ((), "no remote of shared is known"),
    ],
)
def test_what_is_refused_leaves_nothing(
    commons: Commons, marketing: Path, words: tuple[str, ...], expected: str
) -> None:
    before = files_below(marketing)
    (marketing / "commons.toml").write_text('modules = ["shared"]\n')

    said = add(commons, *words)

    assert said.exit_code in {1, 2, 4}
    assert expected in said.err.replace("\n  ", " ")
    assert "secret" not in said.err + said.out
    (marketing / "commons.toml").unlink()
    assert files_below(marketing) == before
    assert not (marketing / ".git/modules").exists()
    assert git(marketing, "status", "--porcelain").text == ""


def test_a_checkout_that_is_not_initialised(commons: Commons, marketing: Path, tmp_path: Path, remotes: Path) -> None:
    assert add(commons, "--url", "../shared.git").exit_code == 0
    commit(marketing, "the module")
    git(marketing, "push", "--quiet", "origin", "HEAD")
    git(tmp_path, "clone", "--quiet", str(remotes / "marketing.git"), "clone")

    said = commons("add", "shared", "--via", "submodule", "--url", "../shared.git", "-l", "ops", at="clone")

    assert said.exit_code == 2
    assert "shared is a submodule already" in said.err
    assert "commons sync" in said.err


@pytest.fixture
def with_module(tmp_path: Path, remotes: Path, marketing: Path) -> Drawing:
    """`marketing` with the module by submodule at 0.1.0, a registry that has 0.1.0 and 0.2.0, all committed."""
    git(marketing, "submodule", "--quiet", "add", "../shared.git", "shared")
    git(marketing / "shared", "checkout", "--quiet", "v0.1.0")
    drawing = workspace(marketing).location("ops", uses={"shared": '{ path = "../shared", editable = true }'})
    release(marketing, "shared", "0.1.0")
    release(marketing, "shared", "0.2.0")
    commit(marketing, "by submodule")
    git(marketing, "-C", "ops", "status", "--short")
    assert tmp_path == remotes.parent
    return drawing


@pytest.mark.parametrize("via", ["git", "index"])
def test_there_and_back(commons: Commons, with_module: Drawing, via: str) -> None:
    root = with_module.root
    assert commons("lock", "-l", "ops", at="marketing").exit_code == 0
    before, gitlink = files_below(root), git(root, "ls-files", "-s", "shared").text

    said = commons("convert", "shared", "--via", via, "-l", "ops", at="marketing")
    assert said.exit_code == 0, said.err
    assert "submodule removed  shared" in said.out
    assert "0.1.0" in said.out
    assert not (root / "shared").exists()

    words = ("convert", "shared", "--via", "submodule", "--url", "../shared.git", "-l", "ops")
    said = commons(*words, "--tag", "v0.1.0", at="marketing")
    assert said.exit_code == 0, said.err
    assert files_below(root) == before
    assert git(root, "ls-files", "-s", "shared").text == gitlink


def test_another_version_must_be_named(commons: Commons, with_module: Drawing) -> None:
    root = with_module.root
    assert commons("convert", "shared", "--via", "index", "-l", "ops", at="marketing").exit_code == 0
    before = files_below(root)

    words = ("convert", "shared", "--via", "submodule", "--url", "../shared.git", "-l", "ops")
    said = commons(*words, at="marketing")

    assert said.exit_code == 1
    assert "it would get shared 0.2.0 where 0.1.0 is expected; another version must be named:" in said.out
    assert "commons convert shared==0.2.0 --via submodule -l ops --url ../shared.git" in said.out
    assert files_below(root) == before

    said = commons(words[0], "shared==0.2.0", *words[2:], at="marketing")
    assert said.exit_code == 0, said.out
    assert "imports shared 0.2.0 from shared/src/shared" in said.out


def test_a_version_that_no_file_says_must_be_named(commons: Commons, with_module: Drawing) -> None:
    root = with_module.root
    (root / "shared/pyproject.toml").write_text(DYNAMIC)
    (root / "ops/uv.lock").unlink(missing_ok=True)

    said = commons("convert", "shared", "--via", "index", "-l", "ops", at="marketing")

    assert said.exit_code == 1
    assert "which version of shared ops uses cannot be told from its files" in said.err
    assert "commons convert shared==0.2.0 --via index -l ops" in said.err


def test_by_path_to_nothing_but_the_checkout(commons: Commons, with_module: Drawing) -> None:
    said = commons("convert", "shared", "--via", "path", "-l", "ops", at="marketing")

    assert said.exit_code == 2
    assert "shared is in this workspace only as the checkout of a submodule" in said.err
    assert with_module.root.exists()


def test_no_repository_to_carry_it(commons: Commons, tmp_path: Path, remotes: Path) -> None:
    root = workspace(tmp_path / "loose").location("loose", at=".").root

    said = commons("add", "shared", "--via", "submodule", "--url", str(remotes / "shared.git"), at="loose")

    assert said.exit_code == 2
    assert "loose is in no git repository, so it cannot carry a submodule" in said.err
    make_repository(root)
    assert (
        commons("add", "shared", "--via", "submodule", "--url", str(remotes / "shared.git"), at="loose").exit_code == 0
    )
    shutil.rmtree(root)
