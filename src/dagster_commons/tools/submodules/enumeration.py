"""Which submodules a repository has: the gitlinks of its index joined with the entries of its `.gitmodules`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError, UsageError
from dagster_commons.tools.git import git, git_dir
from dagster_commons.tools.submodules.urls import resolved

if TYPE_CHECKING:
    from pathlib import Path

GITLINK_MODE = "160000"
BAD_LINE = re.compile(r"bad config line (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submodule:
    """One submodule as its superproject records it, and whether it is checked out here."""

    repository: Path  # the superproject's working tree
    name: str  # the key in `.gitmodules`; the relative path where there is no entry
    path: Path
    relative_path: str  # below `repository`, POSIX form
    url: str | None  # as written in `.gitmodules`
    resolved_url: str | None  # a relative URL as seen from the superproject's remote
    commit: str | None  # the gitlink in the index; None for an entry without gitlink
    branch: str | None  # as written in `.gitmodules`; `.` means the superproject's own
    git_dir: Path  # the checkout's; without a checkout, where git would keep it
    is_initialised: bool
    has_entry: bool


def submodules(repository: Path) -> tuple[Submodule, ...]:
    """The submodules of the working tree `repository`, sorted by path; nested ones are not followed.

    Entries that git itself ignores (no path, a name or path that leaves the repository) are left out.

    Raises:
        UsageError: `.gitmodules` cannot be parsed; names the file and the line.
        ToolError: git cannot read the repository.

    """
    gitlinks = _gitlinks(repository)
    entries = _entries(repository)
    if not gitlinks and not entries:
        return ()
    kept = git_dir(repository) / "modules"
    paths = sorted({*gitlinks, *entries})
    return tuple(_submodule(repository, kept, path, gitlinks.get(path), entries.get(path)) for path in paths)


def nested(repository: Path) -> tuple[Submodule, ...]:
    """The submodules of `repository` and those inside its checked-out submodules, each before its own.

    Raises:
        UsageError: a `.gitmodules` cannot be parsed.
        ToolError: git cannot read one of the repositories.

    """
    found: list[Submodule] = []
    for submodule in submodules(repository):
        found.append(submodule)
        if submodule.is_initialised:
            found.extend(nested(submodule.path))
    return tuple(found)


def checkout_git_dir(working_tree: Path) -> Path | None:
    """The git directory of what is checked out at `working_tree`, read without git; None when nothing is."""
    entry = working_tree / ".git"
    if entry.is_dir():
        return entry if (entry / "HEAD").exists() else None
    try:
        written = os.fsdecode(entry.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ToolError(f"cannot read {entry}: {error.strerror}", file=entry) from error
    target = working_tree / written.removeprefix("gitdir:").strip()
    return target.resolve() if (target / "HEAD").exists() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    name: str
    url: str | None
    branch: str | None


def _gitlinks(repository: Path) -> dict[str, str]:
    """Path and commit of every gitlink; of a conflicted one our own side."""
    found: dict[str, str] = {}
    for line in git(repository, "ls-files", "-s", "-z").text.split("\0"):
        if line.startswith(GITLINK_MODE):
            described, _, path = line.partition("\t")
            _, commit, stage = described.split(" ")
            if stage in {"0", "2"} or path not in found:
                found[path] = commit
    return found


def _entries(repository: Path) -> dict[str, _Entry]:
    file = repository / ".gitmodules"
    if not file.is_file():
        return {}
    answer = git(repository, "config", "-f", ".gitmodules", "-z", "--get-regexp", r"^submodule\.", check=False)
    if answer.exit_code not in {0, 1}:
        raise _broken(file, answer.error_text)
    values: dict[str, dict[str, str]] = {}
    for item in answer.text.split("\0"):
        key, _, value = item.partition("\n")
        name, _, variable = key.removeprefix("submodule.").rpartition(".")
        values.setdefault(name, {})[variable] = value
    return {
        each["path"].rstrip("/"): _Entry(name=name, url=each.get("url"), branch=each.get("branch"))
        for name, each in values.items()
        if "path" in each and _stays_inside(name) and _stays_inside(each["path"])
    }


def _stays_inside(written: str) -> bool:
    """Whether git accepts it as a submodule's name or path."""
    return bool(written) and not written.startswith(("/", "-")) and ".." not in written.split("/")


def _broken(file: Path, said: str) -> UsageError:
    match = BAD_LINE.search(said)
    return UsageError(
        f".gitmodules cannot be read: {said.removeprefix('fatal: ')}",
        hint="mend the file; a half-resolved merge leaves its conflict markers there",
        file=file,
        line=int(match[1]) if match else None,
    )


def _submodule(repository: Path, kept: Path, path: str, commit: str | None, entry: _Entry | None) -> Submodule:
    name = entry.name if entry else path
    url = entry.url if entry else None
    checkout = checkout_git_dir(repository / path)
    return Submodule(
        repository=repository,
        name=name,
        path=repository / path,
        relative_path=path,
        url=url,
        resolved_url=resolved(repository, url) if url else None,
        commit=commit,
        branch=entry.branch if entry else None,
        git_dir=checkout or kept / name,
        is_initialised=checkout is not None,
        has_entry=entry is not None,
    )
