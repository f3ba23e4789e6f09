"""By uv's git source: what is written, which tag, and failures in words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import commit, make_bare_remote, workspace
from dagster_commons.tools.git import git
from stories.conftest import files_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stories.conftest import Said

    Commons = Callable[..., Said]


@pytest.fixture
def finance(tmp_path: Path) -> Path:
    """The location `finance`, which knows nothing of the module's repository."""
    return workspace(tmp_path / "finance").location("finance", at=".").repository().root


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """`shared` 0.1.0 with the tag v0.1.0, and `base` below `libs/base`."""
    module = workspace(tmp_path / "module").module("shared", at=".").module("base", at="libs/base").repository().root
    git(module, "tag", "v0.1.0")
    return make_bare_remote(module, tmp_path / "shared.git")


def test_a_directory_becomes_a_file_url(commons: Commons, finance: Path, remote: Path) -> None:
    said = commons("add", "shared", "--via", "git", "--url", str(remote), "--tag", "v0.1.0", at="finance")

    assert said.exit_code == 0, said.err
    assert "imports shared 0.1.0 from its environment" in said.out
    assert f'shared = {{ git = "file://{remote}", tag = "v0.1.0" }}' in (finance / "pyproject.toml").read_text()
    before = files_below(finance)

    said = commons("convert", "shared", "--via", "git", "--tag", "v0.1.0", at="finance")
    assert said.exit_code == 2
    assert "finance uses shared by git already" in said.err
    assert files_below(finance) == before


def test_a_subdirectory(commons: Commons, finance: Path, remote: Path) -> None:
    words = ("add", "base", "--via", "git", "--url", f"file://{remote}", "--tag", "v0.1.0")
    said = commons(*words, "--subdirectory", "libs/base", at="finance")

    assert said.exit_code == 0, said.err
    assert 'subdirectory = "libs/base"' in (finance / "pyproject.toml").read_text()
    assert "imports base 0.1.0" in said.out


def test_another_tag_is_another_version(commons: Commons, finance: Path, remote: Path, tmp_path: Path) -> None:
    url = ("--url", str(remote))
    assert commons("add", "shared", "--via", "git", *url, "--tag", "v0.1.0", at="finance").exit_code == 0
    workspace(tmp_path / "module").module("shared", at=".", version="0.2.0")
    commit(tmp_path / "module", "0.2.0")
    git(tmp_path / "module", "tag", "v0.2.0")
    git(tmp_path / "module", "push", "--quiet", "origin", "HEAD", "--tags")
    before = files_below(finance)

    said = commons("convert", "shared", "--via", "git", *url, "--tag", "v0.2.0", at="finance")
    assert said.exit_code == 1
    assert "it would get shared 0.2.0 where 0.1.0 is expected; another version must be named: commons" in said.out
    assert files_below(finance) == before

    said = commons("convert", "shared==0.2.0", "--via", "git", *url, "--tag", "v0.2.0", at="finance")
    assert said.exit_code == 0, said.out
    assert 'tag = "v0.2.0"' in (finance / "pyproject.toml").read_text()


def test_a_tag_that_is_not_there(commons: Commons, finance: Path, remote: Path) -> None:
    before = files_below(finance)

    said = commons("add", "shared", "--via", "git", "--url", str(remote), "--tag", "v9", at="finance")

    assert said.exit_code == 4
    assert said.err.startswith("error: finance cannot be locked: file://…/shared.git has no tag v9\n")
    assert "hint: git ls-remote --tags file://…/shared.git" in said.err
    assert "cache" not in said.err
    assert "twin" not in said.err
    assert files_below(finance) == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--url", "../shared.git", "--tag", "v1"), "uv's git source needs a whole URL, not `../shared.git`"),
        (("--tag", "v1"), "no remote of shared is known"),
        (("--url", "git@git.example.com:acme/shared.git"), "a git source is pinned by a tag; say which tag of shared"),
        (("--url", "https://me:pw@git.example.com/x.git", "--tag", "v1"), "the URL has a password in it"),
        (("--tag", "v1", "--at", "x"), "--at says nothing about a module by git"),
        (("--tag", "v1", "--registry", "corp"), "--registry says nothing about a module by git"),
    ],
)
def test_what_must_be_named(commons: Commons, finance: Path, words: tuple[str, ...], expected: str) -> None:
    (finance / "commons.toml").write_text('modules = ["shared"]\n')
    before = files_below(finance)

    said = commons("add", "shared", "--via", "git", *words, at="finance")

    assert said.exit_code == 2
    assert expected in said.err
    assert "pw" not in said.err
    assert files_below(finance) == before


def test_a_remote_that_does_not_answer(commons: Commons, finance: Path) -> None:
    before = files_below(finance)

    words = ("add", "shared", "--via", "git", "--url", "https://127.0.0.1:9/shared.git", "--tag", "v1")
    said = commons(*words, at="finance")

    assert said.exit_code == 4
    assert "finance cannot be locked: an index or repository cannot be reached" in said.err
    assert files_below(finance) == before


def test_an_import_package_of_another_name(commons: Commons, finance: Path, tmp_path: Path) -> None:
    module = workspace(tmp_path / "tools").module("acme-tools", at=".").root
    (module / "src/acme_tools").rename(module / "src/tools")
    text = (module / "pyproject.toml").read_text()
    (module / "pyproject.toml").write_text(text + '\n[tool.uv.build-backend]\nmodule-name = "tools"\n')
    git(module, "init", "--quiet")
    commit(module, "tools")
    git(module, "tag", "v1")

    for words in (("--via", "git", "--tag", "v1"), ("--via", "submodule")):
        said = commons("add", "acme-tools", *words, "--url", str(module), at="finance", environment=LOCAL)
        assert said.exit_code == 0, said.out + said.err
        assert "imports acme-tools 0.1.0" in said.out
        assert commons("undo", at="finance").exit_code == 0
    assert finance.exists()


LOCAL = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "protocol.file.allow",
    "GIT_CONFIG_VALUE_0": "always",
}
