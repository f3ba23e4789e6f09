"""Remote URLs: relative ones resolved as git does, and two compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.tools.git import git

if TYPE_CHECKING:
    from pathlib import Path


def resolved(repository: Path, url: str) -> str:
    """`url` of `.gitmodules`; a relative one as seen from the remote of `repository`, or from here without remote."""
    if not url.startswith(("./", "../")):
        return url
    return resolve_relative(default_remote_url(repository) or str(repository), url)


def default_remote_url(repository: Path) -> str | None:
    """The URL of the remote that relative submodule URLs refer to: the branch's own, the only one, or `origin`."""
    remotes = remote_urls(repository)
    branch = git(repository, "symbolic-ref", "--quiet", "--short", "HEAD", check=False).text.strip()
    if branch:
        own = git(repository, "config", "--get", f"branch.{branch}.remote", check=False).text.strip()
        if own in remotes:
            return remotes[own]
    if len(remotes) == 1:
        return next(iter(remotes.values()))
    return remotes.get("origin")


def remote_urls(repository: Path) -> dict[str, str]:
    """The URL of every remote of `repository`, as configured."""
    answer = git(repository, "config", "-z", "--get-regexp", r"^remote\..*\.url$", check=False)
    found: dict[str, str] = {}
    for item in answer.text.split("\0"):
        key, separator, url = item.partition("\n")
        if separator:
            found.setdefault(key.removeprefix("remote.").removesuffix(".url"), url)
    return found


def resolve_relative(base: str, url: str) -> str:
    """`url` (beginning with `./` or `../`) from `base`, as gitmodules(5) describes it."""
    base = base.rstrip("/")
    while True:
        if url.startswith("../"):
            url = url.removeprefix("../")
            base = _parent(base)
        elif url.startswith("./"):
            url = url.removeprefix("./")
        else:
            separator = "" if base.endswith(":") else "/"
            return f"{base}{separator}{url}".rstrip("/")


def are_same_url(one: str, other: str) -> bool:
    """Whether two URLs name the same remote in the same way; a trailing `/` or `.git` does not count."""
    return _bare(one) == _bare(other)


def _parent(base: str) -> str:
    directory, slash, _ = base.rpartition("/")
    if slash:
        return directory
    host, colon, _ = base.rpartition(":")
    return f"{host}{colon}" if colon else "."


def _bare(url: str) -> str:
    return url.rstrip("/").removesuffix(".git")
