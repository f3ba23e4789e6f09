"""Whose a git source is, as far as URLs tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.discovery import read_workspace
from dagster_commons.discovery.owners import owner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://git.example.com/Acme/shared.git", "git.example.com/acme"),
        ("https://user:secret@git.example.com:8443/acme/team/shared", "git.example.com/acme"),
        ("git@git.example.com:acme/shared.git", "git.example.com/acme"),
        ("git.example.com:acme/shared", "git.example.com/acme"),
        ("ssh://git@git.example.com/acme/shared.git", "git.example.com/acme"),
        ("https://git.example.com/shared.git", None),
        ("file:///srv/git/acme/shared.git", None),
        ("/srv/git/acme/shared.git", None),
        ("../shared", None),
    ],
)
def test_the_owner_in_a_url(url: str, expected: str | None) -> None:
    assert owner(url) == expected


@pytest.mark.parametrize(
    ("remote", "modules"),
    [
        ("git@git.example.com:acme/finance.git", ["own"]),
        ("https://git.example.com/else/finance.git", []),
        ("/srv/git/finance.git", ["own", "theirs"]),
        (None, ["own", "theirs"]),
    ],
)
def test_packages_from_the_git_of_others_are_third_party(
    tmp_path: Path, remote: str | None, modules: list[str]
) -> None:
    git_sources = {
        "own": '{ git = "https://git.example.com/acme/own" }',
        "theirs": '{ git = "https://git.example.com/numbers/theirs", tag = "v1" }',
    }
    drawing = workspace(tmp_path).location("finance", uses=git_sources)
    # a working tree that git refuses is walked, so this needs no git
    configured = f'[remote "origin"]\n\tfetch = x\n\turl = {remote}\n' if remote else ""
    drawing.file(".git/HEAD", "ref: refs/heads/main\n").file(".git/config", f"[core]\n\tbare = false\n{configured}")
    assert [use.module for use in read_workspace(tmp_path).uses] == modules
