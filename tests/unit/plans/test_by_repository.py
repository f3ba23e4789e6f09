"""URLs in the form that uv's git source needs."""

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.plans.by_repository import uv_git_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://git.example.com/acme/shared.git", "https://git.example.com/acme/shared.git"),
        ("git+https://git.example.com/acme/shared.git", "https://git.example.com/acme/shared.git"),
        ("ssh://git@git.example.com:2222/acme/shared.git", "ssh://git@git.example.com:2222/acme/shared.git"),
        ("git@git.example.com:acme/shared.git", "ssh://git@git.example.com/acme/shared.git"),
        ("git@git.example.com:/srv/shared.git", "ssh://git@git.example.com/srv/shared.git"),
        ("git.example.com:acme/shared.git", "ssh://git.example.com/acme/shared.git"),
        ("/srv/git/shared.git", "file:///srv/git/shared.git"),
        ("file:///srv/git/shared.git", "file:///srv/git/shared.git"),
    ],
)
def test_whole_urls(url: str, expected: str) -> None:
    assert uv_git_url(url) == expected


@pytest.mark.parametrize("url", ["../shared.git", "./shared", "shared.git", "shared"])
def test_relative_ones_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="needs a whole URL"):
        uv_git_url(url)
