"""Copying a repository without its objects: they are read from the user's own through alternates."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.proof.twin_files import copy_listed_files
from dagster_commons.tools.git import git, tracked_and_untracked_files
from dagster_commons.tools.submodules.enumeration import checkout_git_dir, submodules

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED_FILES = ("config", "packed-refs", "shallow")  # of all working trees of a repository
SHARED_DIRECTORIES = ("refs", "info", "reftable")
LEFT_BEHIND = frozenset({"commondir", "gitdir", "locked", "gc.pid"})
# The copied index knows the files by their times and sizes: compare only those, so that git need not read them again.
CONFIGURATION = """
[core]
\tbare = false
\tfsmonitor = false
\tuntrackedCache = false
\tcheckStat = minimal
\ttrustctime = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""
HAS_REMOTE = re.compile(rb'^\s*\[\s*remote\s+"', re.MULTILINE | re.IGNORECASE)


def copy_repository(
    source: Path, destination: Path, redirected: Callable[[str], str], *, kept_at: Path | None = None
) -> tuple[Path, ...]:
    """Copy the working tree `source` with uncommitted changes, its submodules and the repositories embedded in it.

    `kept_at` is where the copy's git directory goes: None for `.git` itself, else a superproject's `modules/NAME`.
    Returns the working trees copied, in the source's paths.

    Raises:
        ToolError: `source` is no working tree, or something in it cannot be read.
        UsageError: its `.gitmodules` cannot be parsed.

    """
    names = tracked_and_untracked_files(source)
    git_dir = kept_at or destination / ".git"
    copy_listed_files(source, destination, names, redirected)
    _copy_git_dir(source, destination, git_dir)
    copied = [source]
    for submodule in submodules(source):
        place = destination / submodule.relative_path
        if submodule.is_initialised:
            kept = git_dir / "modules" / submodule.name
            copied.extend(copy_repository(submodule.path, place, redirected, kept_at=kept))
        elif submodule.path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
    for name in names:
        if name.endswith("/") and source / name not in copied:
            copied.extend(copy_repository(source / name, destination / name, redirected))
    return tuple(copied)


def _copy_git_dir(source: Path, destination: Path, git_dir: Path) -> None:
    own = checkout_git_dir(source)
    if own is None:
        raise ToolError(f"{source} is not a git working tree", file=source)
    common = _common_dir(own)
    (git_dir / "objects" / "info").mkdir(parents=True)
    (git_dir / "objects" / "info" / "alternates").write_bytes(os.fsencode(f"{common / 'objects'}\n"))
    for entry in own.iterdir():
        if entry.is_file() and entry.name not in LEFT_BEHIND and entry.suffix != ".lock":
            shutil.copy2(entry, git_dir / entry.name)
    for name in SHARED_FILES:
        if common != own and (common / name).exists():
            shutil.copy2(common / name, git_dir / name)
    for origin in dict.fromkeys((common, own)):
        for name in SHARED_DIRECTORIES:
            if (origin / name).is_dir():
                shutil.copytree(
                    origin / name, git_dir / name, ignore=shutil.ignore_patterns("*.lock"), dirs_exist_ok=True
                )
    _copy_stash_log(common, git_dir)
    _configure(source, destination, git_dir)


def _common_dir(own: Path) -> Path:
    """The git directory shared by all working trees: a linked one names it in `commondir`."""
    file = own / "commondir"
    return (own / os.fsdecode(file.read_bytes()).strip()).resolve() if file.is_file() else own


def _copy_stash_log(common: Path, git_dir: Path) -> None:
    """Stashes older than the newest are known by the log alone."""
    log = Path("logs", "refs", "stash")
    if (common / log).is_file():
        (git_dir / log).parent.mkdir(parents=True)
        shutil.copy2(common / log, git_dir / log)


def _configure(source: Path, destination: Path, git_dir: Path) -> None:
    file = git_dir / "config"
    written = file.read_bytes()
    added = CONFIGURATION
    if not HAS_REMOTE.search(written):  # relative URLs then refer to the repository itself: the user's, not the copy
        added += f'[remote "origin"]\n\turl = {_quoted(str(source))}\n'
    file.write_bytes(written + os.fsencode(added))
    if git_dir != destination / ".git":
        (destination / ".git").write_bytes(os.fsencode(f"gitdir: {os.path.relpath(git_dir, destination)}\n"))
    if git_dir != destination / ".git" or b"worktree" in written:
        place = os.path.relpath(destination, git_dir)
        git(destination.parent, "config", "-f", str(file), "--replace-all", "core.worktree", place)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
