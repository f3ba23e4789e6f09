"""What git says to the commit, the tag and the push of a release, and how the next run finishes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drawn_releases import commons, digests_in, draw_release, kept_builds, state_of, versions_in
from git_fixtures import commit, git

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = ("release", "shared==0.1.3")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return draw_release(tmp_path / "repository")


def hook(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def assert_done(root: Path, digests: dict[str, str]) -> None:
    """The release is recorded, with the bytes that were published, and a further run has nothing to do."""
    assert git(root, "tag", "--list").split() == ["shared-v0.1.3"]
    assert git(root, "describe", "--exact-match", "shared-v0.1.3^{commit}").strip() == "shared-v0.1.3"
    assert git(root, "status", "--porcelain", "--", "shared") == ""
    assert digests_in(root / "registry/shared") == digests
    assert kept_builds(root) == ()
    before = state_of(root)
    assert commons(root, *RELEASE).startswith("nothing to do: release shared==0.1.3 to corp\n")
    assert state_of(root) == before


def test_a_hook_that_mends_the_files_is_taken_back_and_said(root: Path) -> None:
    mending = hook(root / ".git/hooks/pre-commit", "echo more >> shared/CHANGELOG.md; echo files were modified; exit 1")

    said = commons(root, *RELEASE, code=4)
    assert "is published, but git has not recorded all of it: a hook changed CHANGELOG.md, put back now as" in said
    assert "\n  files were modified\n" in said
    assert "hint: mend that, then run the command again: nothing is published twice" in said
    digests = digests_in(root / "registry/shared")

    mending.unlink()
    said = commons(root, *RELEASE)
    assert "shared 0.1.3 was published before, with these very bytes\n" in said
    assert "\npublished shared" not in said
    assert_done(root, digests)
    assert "more" not in git(root, "show", "HEAD:shared/CHANGELOG.md")


def test_a_hook_that_commits_something_else_gets_no_tag(root: Path) -> None:
    adding = hook(root / ".git/hooks/pre-commit", "echo more >> shared/CHANGELOG.md; git add shared/CHANGELOG.md")

    assert "a hook changed CHANGELOG.md" in commons(root, *RELEASE, code=4)
    assert git(root, "tag", "--list") == ""
    digests = digests_in(root / "registry/shared")

    adding.unlink()
    commons(root, *RELEASE)
    assert_done(root, digests)
    assert "more" not in git(root, "show", "shared-v0.1.3:shared/CHANGELOG.md")


@pytest.mark.parametrize(
    ("key", "what"), [("commit.gpgSign", "git --literal-pathspecs commit"), ("tag.gpgSign", "git tag")]
)
def test_a_signature_that_cannot_be_made(root: Path, key: str, what: str) -> None:
    commit(root, {"shared/changelog.d/1.added.md": "A factory\n"})
    git(root, "config", "gpg.program", "false")
    git(root, "config", key, "true")

    said = commons(root, *RELEASE, code=4)

    assert f"error: shared 0.1.3 is published, but git has not recorded all of it: `{what}" in said
    assert "gpg failed to sign the data" in said
    assert str(root) not in said
    digests = digests_in(root / "registry/shared")
    git(root, "config", key, "false")
    commons(root, *RELEASE)
    assert_done(root, digests)
    assert git(root, "log", "--format=%s").count("Release shared 0.1.3") == 1
    assert "changelog.d" not in git(root, "ls-tree", "-r", "--name-only", "HEAD")


def test_what_else_is_staged_stays_staged(root: Path) -> None:
    commit(root, {"gone.txt": "x", "changed.txt": "x"})
    git(root, "rm", "--quiet", "gone.txt")
    for name in ("new.txt", "changed.txt"):
        (root / name).write_text("staged")
        git(root, "add", name)
    staged = git(root, "diff", "--cached")

    commons(root, *RELEASE)

    assert git(root, "diff", "--cached") == staged
    assert git(root, "show", "--name-only", "--format=").split() == ["shared/CHANGELOG.md", "shared/pyproject.toml"]


def test_a_fragment_that_git_ignores_is_none(root: Path) -> None:
    commit(root, {".gitignore": "*.draft.md\n", "shared/changelog.d/1.added.md": "A factory\n"})
    draft = root / "shared/changelog.d/2.added.draft.md"
    draft.write_text("not yet\n")

    commons(root, *RELEASE)

    assert [each.name for each in draft.parent.iterdir()] == [draft.name]
    assert git(root, "show", "HEAD:shared/CHANGELOG.md").endswith("\n\n### Added\n\n- A factory\n")


def test_a_changelog_that_git_ignores_cannot_be_committed(root: Path) -> None:
    commit(root, {".gitignore": "CHANGELOG.md\n"})
    git(root, "rm", "--quiet", "--cached", "shared/CHANGELOG.md")
    git(root, "commit", "--quiet", "--message", "no changelog")
    before = state_of(root)

    said = commons(root, *RELEASE, code=1)

    assert said.startswith("error: git ignores CHANGELOG.md, so the release cannot be committed\n")
    assert state_of(root) == before


def test_a_push_that_cannot_be_is_refused_before_anything_is_published(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "remote.git", "colleague")
    commit(tmp_path / "colleague", {"theirs.txt": "x"})
    git(tmp_path / "colleague", "push", "--quiet", "origin", "HEAD")
    before = state_of(root)

    said = commons(root, *RELEASE, "--push", code=1)
    assert said.startswith("error: origin would not take a push of main: [rejected] (fetch first)\n")
    assert "hint: git pull; or release it without --push" in said
    for options, why in (
        ((), "cannot be read: '../nowhere.git' does not"),
        (("--offline",), "was not asked (--offline)"),
    ):
        git(root, "remote", "set-url", "origin", "../nowhere.git")
        said = commons(root, *RELEASE, "--push", *options, code=1)
        assert f"error: the release of shared could not be pushed: origin {why}" in said
    git(root, "remote", "remove", "origin")
    assert "there is no remote to push the release of shared to" in commons(root, *RELEASE, "--push", code=1)
    assert state_of(root) == before

    git(root, "remote", "add", "origin", "../remote.git")
    git(root, "pull", "--quiet", "--rebase", "origin", "main")
    said = commons(root, *RELEASE, "--push")
    assert "tagged shared-v0.1.3, and pushed\n" in said
    assert "git push" not in said
    assert git(tmp_path / "remote.git", "rev-parse", "main") == git(root, "rev-parse", "HEAD")


def test_a_push_that_the_server_declines_and_a_second_run(root: Path, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    declining = hook(remote / "hooks/pre-receive", "echo protected branch; exit 1")

    said = commons(root, *RELEASE, "--push", code=4)
    assert "shared 0.1.3 is published, but git has not recorded all of it: `git push" in said
    assert "\n  remote: protected branch" in said
    assert git(remote, "tag", "--list") == ""
    digests = digests_in(root / "registry/shared")

    declining.unlink()
    said = commons(root, *RELEASE, "--push")
    assert "was published before" in said
    assert "and pushed" in said
    assert git(remote, "tag", "--list").strip() == "shared-v0.1.3"
    assert git(remote, "rev-parse", "main") == git(root, "rev-parse", "HEAD")
    assert_done(root, digests)


def test_from_a_detached_head_the_tag_alone_is_pushed(root: Path, tmp_path: Path) -> None:
    git(root, "checkout", "--quiet", "--detach")
    main = git(tmp_path / "remote.git", "rev-parse", "main")

    said = commons(root, *RELEASE, "--push")

    assert "warning: HEAD of repository is detached: the tag alone will hold the release's commit" in said
    assert git(tmp_path / "remote.git", "tag", "--list").strip() == "shared-v0.1.3"
    assert git(tmp_path / "remote.git", "rev-parse", "main") == main


def test_a_tag_that_is_another_on_the_remote(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "remote.git", "colleague")
    commit(tmp_path / "colleague", {"theirs.txt": "x"})
    git(tmp_path / "colleague", "tag", "shared-v0.1.2")
    git(tmp_path / "colleague", "push", "--quiet", "origin", "shared-v0.1.2")
    git(root, "rm", "--quiet", "shared/CHANGELOG.md")
    git(root, "commit", "--quiet", "--message", "no changelog")
    git(root, "tag", "shared-v0.1.2")
    before = state_of(root)

    said = commons(root, "release", "shared==0.1.2", code=7)

    there = git(tmp_path / "colleague", "rev-parse", "--short=9", "HEAD").strip()
    assert f"error: shared 0.1.2 is tagged already: shared-v0.1.2 at {there} on origin is another\n" in said
    assert state_of(root) == before
    assert versions_in(root / "registry/shared") == []
