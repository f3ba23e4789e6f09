"""Whose a git source is, as far as URLs tell."""

from __future__ import annotations

import pytest

from dagster_commons.discovery.owners import owner


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
