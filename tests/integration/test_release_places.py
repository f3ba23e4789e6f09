"""Where a release is made from, and what speaks against one: messages, exit codes, and that nothing is left."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.indexes import embedded
from git_fixtures import add_submodule, commit, git
from releasing import FACTORY, PROJECT, commons, releasable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return releasable(tmp_path)


def versions(root: Path) -> list[str]:
    return [each.version for each in embedded.releases(root / "registry", "shared")]


def test_a_hotfix_from_the_tag_while_a_newer_version_exists(root: Path) -> None:
    commons(root, "release", "shared==0.1.3")
    git(root, "add", "registry")
    git(root, "commit", "--quiet", "-m", "registry")
    commit(root, {"shared/src/shared/__init__.py": FACTORY + "def more(): ...\n"})
    commons(root, "release", "shared", "--bump", "minor")
    main = git(root, "symbolic-ref", "--short", "HEAD").strip()
    git(root, "add", "registry")
    git(root, "commit", "--quiet", "-m", "registry with 0.2.0")
    with_both = git(root, "rev-parse", "HEAD").strip()

    git(root, "switch", "--quiet", "--create", "hotfix", "shared-v0.1.3")
    git(root, "checkout", "--quiet", with_both, "--", "registry")
    git(root, "commit", "--quiet", "-m", "the registry as it is")
    commit(root, {"shared/src/shared/__init__.py": "def asset_factory(): return 1\n"})
    said = commons(root, "release", "shared")

    assert "release shared==0.1.4 to corp" in said
    assert git(root, "describe", "--tags").strip() == "shared-v0.1.4"
    assert versions(root) == ["0.1.3", "0.1.4", "0.2.0"]
    listed = json.loads(commons(root, "registry", "list", "--format", "json"))["registries"][0]["modules"][0]
    assert listed["newest"] == "0.2.0"
    git(root, "switch", "--quiet", "--force", main)
    assert "release shared==0.2.1" in commons(root, "release", "shared", "--bump", "patch", "--dry-run")


def test_tags_that_are_there_already(root: Path) -> None:
    git(root, "tag", "shared-v0.1.2")
    said = commons(root, "release", "shared==0.1.2", code=7)
    assert "shared 0.1.2 is tagged already: shared-v0.1.2 at" in said  # the changelog has no entry there
    git(root, "tag", "--delete", "shared-v0.1.2")

    commons(root, "release", "shared==0.1.3")
    git(root, "push", "--quiet", "origin", "shared-v0.1.3")
    git(root, "tag", "--delete", "shared-v0.1.3")
    git(root, "reset", "--quiet", "--hard", "HEAD~1")
    shutil.rmtree(root / "registry/shared")
    embedded.initialise(root / "registry", names=("shared",))
    said = commons(root, "release", "shared==0.1.3", code=7)
    assert "origin has the tag shared-v0.1.3 already" in said
    assert "hint: git fetch --tags" in said
    assert versions(root) == []


def test_from_a_tag_without_a_commit(root: Path) -> None:
    git(root, "rm", "--quiet", "shared/CHANGELOG.md")
    commit(root, {"shared/pyproject.toml": PROJECT.replace("0.1.2", "0.1.3")})
    git(root, "tag", "shared-v0.1.3")
    git(root, "checkout", "--quiet", "--detach", "shared-v0.1.3")
    before = git(root, "rev-parse", "HEAD")

    said = commons(root, "release", "shared==0.1.3")

    assert "published shared==0.1.3 to corp" in said
    assert "HEAD of repository is detached" in said
    assert git(root, "rev-parse", "HEAD") == before
    assert git(root, "tag", "--list").split() == ["shared-v0.1.3"]


def test_what_is_not_committed_and_what_does_not_count(root: Path) -> None:
    (root / ".gitignore").write_text("*.log\n")
    commit(root, {"other.txt": "x"})
    (root / "other.txt").write_text("changed outside the project")
    (root / "shared/build.log").write_text("ignored")
    (root / "shared/src/shared/new.py").write_text("")

    said = commons(root, "release", "shared==0.1.3", code=1)

    assert "shared has changes that are not committed: shared/src/shared/new.py\n" in said
    assert versions(root) == []
    (root / "shared/src/shared/new.py").unlink()
    commons(root, "release", "shared==0.1.3")
    assert (root / "other.txt").read_text() == "changed outside the project"
    assert git(root, "show", "--name-only", "--format=").split() == ["shared/CHANGELOG.md", "shared/pyproject.toml"]


def test_a_merge_that_is_not_finished_and_nobody_who_commits(root: Path, tmp_path: Path) -> None:
    (root / ".git/MERGE_HEAD").write_text(git(root, "rev-parse", "HEAD"))
    assert "a merge, rebase or the like is not finished" in commons(root, "release", "shared==0.1.3", code=1)
    (root / ".git/MERGE_HEAD").unlink()

    nobody = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    nobody |= {"HOME": str(tmp_path / "nobody"), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    git(root, "config", "user.useConfigOnly", "true")
    said = commons(root, "release", "shared==0.1.3", code=1, environment=nobody)
    assert "git does not know who you are" in said
    assert versions(root) == []


def test_a_hook_that_refuses_the_commit_and_a_second_run(root: Path) -> None:
    hook = root / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho no such commit >&2\nexit 1\n")
    hook.chmod(0o755)

    said = commons(root, "release", "shared==0.1.3", code=4)
    assert "shared 0.1.3 is published, but git has not recorded all of it" in said
    assert "no such commit" in said
    assert versions(root) == ["0.1.3"]
    assert git(root, "tag", "--list") == ""

    hook.unlink()
    said = commons(root, "release", "shared==0.1.3")
    assert "published shared" not in said
    assert git(root, "describe").strip() == "shared-v0.1.3"
    assert git(root, "status", "--porcelain", "--", "shared").strip() == ""


def test_a_push_that_is_refused_and_a_second_run(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "remote.git", "colleague")
    commit(tmp_path / "colleague", {"theirs.txt": "x"})
    git(tmp_path / "colleague", "push", "--quiet", "origin", "HEAD")

    said = commons(root, "release", "shared==0.1.3", "--push", code=1)
    assert "origin would not take a push of " in said
    assert versions(root) == []
    assert git(tmp_path / "remote.git", "tag", "--list") == ""

    git(
        root,
        "pull",
        "--quiet",
        "--no-rebase",
        "--no-edit",
        "origin",
        git(root, "symbolic-ref", "--short", "HEAD").strip(),
    )
    said = commons(root, "release", "shared==0.1.3", "--push")
    assert git(tmp_path / "remote.git", "tag", "--list").strip() == "shared-v0.1.3"


def test_a_remote_that_does_not_answer(root: Path) -> None:
    git(root, "remote", "set-url", "origin", "../nowhere.git")

    said = commons(root, "release", "shared==0.1.3", "--dry-run")

    assert "warning: whether origin has the tag already is not known: it cannot be read" in said


def test_a_commit_that_nobody_else_has(root: Path) -> None:
    commit(root, {"shared/src/shared/__init__.py": FACTORY + "\n"})

    said = commons(root, "release", "shared==0.1.3", "--dry-run")

    assert "warning: no remote of repository has the commit that is released\n" in said


def test_a_shallow_clone(root: Path, tmp_path: Path) -> None:
    commit(root, {"other.txt": "x"})
    git(root, "push", "--quiet", "origin", "HEAD")
    git(tmp_path, "clone", "--quiet", "--depth=1", (tmp_path / "remote.git").as_uri(), "shallow")

    said = commons(tmp_path / "shallow", "release", "shared", "--bump", "minor", code=1)
    assert "the last release of shared cannot be told in a shallow clone" in said
    assert "hint: git fetch --unshallow --tags" in said
    assert "is a shallow clone" in commons(tmp_path / "shallow", "release", "shared==0.1.3", "--dry-run")


def test_a_version_that_comes_from_tags(root: Path) -> None:
    text = PROJECT.replace('version = "0.1.2"', 'dynamic = ["version"]').partition("[build-system]")[0]
    text += '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n'
    commit(root, {"shared/pyproject.toml": text + '[tool.hatch.version]\nsource = "vcs"\n'})

    said = commons(root, "release", "shared==0.1.3", code=1)

    assert "the version of shared cannot be set: its version comes from git tags (hatch-vcs)" in said
    assert versions(root) == []


@pytest.mark.parametrize(
    ("file", "text", "what"),
    [
        (
            "shared/src/shared/settings.py",
            'KEY = "AKIA' + "ABCDEFGHIJKLMNOP" + '"\n',
            "an AWS access key in shared/settings.py",
        ),
        ("shared/src/shared/.env", "A=1\n", "a file that is usually secret in shared/.env"),
    ],
)
def test_a_secret_is_not_published_unless_it_is_none(root: Path, file: str, text: str, what: str) -> None:
    commit(root, {file: text})
    said = commons(root, "release", "shared==0.1.3", code=1)
    assert f"would hold a secret: {what}" in said.replace("src/shared", "shared")
    assert versions(root) == []

    entries = "".join(
        f'[[accept]]\nrule = "REG011"\nobject = "{name}"\nbecause = "made up"\n'
        for name in (file.removeprefix("shared/src/"), file.removeprefix("shared/"))
    )
    commit(root, {"commons.toml": (root / "commons.toml").read_text() + entries})
    commons(root, "release", "shared==0.1.3")
    assert versions(root) == ["0.1.3"]
    assert '"ACC' not in commons(root, "check", "--offline", "--format", "json")


def test_two_modules_that_install_the_same_file(root: Path) -> None:
    other = PROJECT.replace('name = "shared"', 'name = "other"')
    settings = '[tool.uv.build-backend]\nmodule-name = ["other", "shared"]\n'
    commit(
        root,
        {
            "other/pyproject.toml": other + settings,
            "other/src/other/__init__.py": "",
            "other/src/shared/__init__.py": "",
            "commons.toml": 'modules = ["shared", "other"]\n' + (root / "commons.toml").read_text(),
        },
    )

    said = commons(root, "release", "shared==0.1.3", code=1)

    assert "shared and other both install shared/__init__.py: the last one would win" in said
    assert versions(root) == []


def test_in_a_submodule_in_a_worktree_and_from_below(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("COUNT", "1"), ("KEY_0", "protocol.file.allow"), ("VALUE_0", "always")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    settings = f'[registries.corp]\nkind = "embedded"\npath = "{root / "registry"}"\n'
    alone = tmp_path / "alone"
    shutil.copytree(root / "shared", alone)
    (alone / "commons.toml").write_text(settings)
    git(alone, "init", "--quiet")
    git(alone, "add", ".")
    git(alone, "commit", "--quiet", "-m", "alone")
    assert "release shared==0.1.3" in commons(alone / "src", "release", "shared==0.1.3")
    assert git(alone, "describe").strip() == "shared-v0.1.3"

    consumer = tmp_path / "consumer"
    consumer.mkdir()
    git(consumer, "init", "--quiet")
    (consumer / "commons.toml").write_text(settings)
    git(consumer, "add", ".")
    git(consumer, "commit", "--quiet", "-m", "begin")
    add_submodule(consumer, alone, "shared")
    inside = consumer / "shared"
    commit(inside, {"src/shared/__init__.py": FACTORY + "def more(): ...\n"})
    said = commons(consumer, "release", "shared==0.2.0")
    assert "published shared==0.2.0 to corp" in said
    assert git(inside, "describe").strip() == "shared-v0.2.0"
    assert git(inside, "log", "-1", "--format=%s").strip() == "Release shared 0.2.0"

    git(alone, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    commit(tmp_path / "linked", {"src/shared/__init__.py": FACTORY + "\n\n"})
    assert "release shared==0.3.0" in commons(tmp_path / "linked", "release", "shared==0.3.0", "--dry-run")


def test_outside_git(root: Path, tmp_path: Path) -> None:
    place = tmp_path / "outside"
    shutil.copytree(root, place, ignore=shutil.ignore_patterns(".git"))

    said = commons(place, "release", "shared==0.1.3")

    assert "published shared==0.1.3 to corp" in said
    assert "tagged" not in said
    assert 'version = "0.1.3"' in (place / "shared/pyproject.toml").read_text()
