"""Whose repository a git URL names, to tell a module of one's own from a third-party package taken from git."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster_commons.model.workspace import Repository

_SCP_LIKE = re.compile(r"(?:[^/@\s]+@)?([^/:\s]+):(?!//)(.+)")
_REMOTE_URL = re.compile(r'^\s*\[remote "[^"]*"\]\s*\n(?:(?!\s*\[).*\n)*?\s*url\s*=\s*(\S+)', re.MULTILINE)


def owner(url: str) -> str | None:
    """Host and first path segment (`git.example.com/acme`); None for a local path, or a host without owners."""
    scp = _SCP_LIKE.fullmatch(url)
    if scp is not None:
        host, path = scp[1], scp[2]
    else:
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path
    segments = [each for each in path.split("/") if each]
    return f"{host}/{segments[0]}".lower() if host and len(segments) > 1 else None


def remote_owners(repositories: Iterable[Repository]) -> frozenset[str]:
    """The owners of every remote of `repositories`, read from their configuration files."""
    urls = (url for each in repositories for url in _remote_urls(each.git_dir))
    return frozenset(found for url in urls if (found := owner(url)) is not None)


def is_foreign(url: str, owners: frozenset[str]) -> bool:
    """Whether `url` is known to be somebody else's: it has an owner, and none of `owners` is it."""
    found = owner(url)
    return found is not None and bool(owners) and found not in owners


def _remote_urls(git_dir: Path) -> list[str]:
    common = _text(git_dir / "commondir").strip()  # a linked worktree's configuration is its repository's
    return _REMOTE_URL.findall(_text((git_dir / common if common else git_dir) / "config"))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""  # a repository without remotes, or one that is no linked worktree
