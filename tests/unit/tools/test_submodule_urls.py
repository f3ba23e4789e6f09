"""Remote URLs of submodules: resolved, compared, shown."""

from __future__ import annotations

import pytest

from dagster_commons.tools.redaction import without_credentials
from dagster_commons.tools.submodules.urls import are_same_url, resolve_relative


@pytest.mark.parametrize(
    ("base", "url", "expected"),
    [
        ("https://example.com/acme/app.git", "../shared.git", "https://example.com/acme/shared.git"),
        ("https://example.com/acme/app.git/", "./shared.git", "https://example.com/acme/app.git/shared.git"),
        ("git@example.com:acme/app.git", "../shared.git", "git@example.com:acme/shared.git"),
        ("git@example.com:app.git", "../shared.git", "git@example.com:shared.git"),
        ("/srv/git/app", "../../other/shared", "/srv/other/shared"),
    ],
)
def test_relative_urls_resolve_as_git_says(base: str, url: str, expected: str) -> None:
    assert resolve_relative(base, url) == expected


def test_urls_compare_without_their_ending() -> None:
    assert are_same_url("https://example.com/a.git", "https://example.com/a/")
    assert not are_same_url("https://example.com/a", "https://example.com/b")


def test_credentials_are_not_shown() -> None:
    assert without_credentials("fatal: https://me:secret@example.com/a.git") == "fatal: https://example.com/a.git"
    assert without_credentials("git@example.com:a.git") == "git@example.com:a.git"
