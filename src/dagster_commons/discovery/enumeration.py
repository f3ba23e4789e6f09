"""Which directories hold files for us, and which git repositories they lie in: one git call per repository."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.discovery.documents import UNREADABLE
from dagster_commons.discovery.facts import FILES
from dagster_commons.discovery.parallel import in_threads
from dagster_commons.discovery.roots import git_dir_of, superproject_of, working_tree_of
from dagster_commons.errors import CommonsError, UsageError
from dagster_commons.model.findings import Finding
from dagster_commons.model.workspace import Repository
from dagster_commons.tools.git import files_and_gitlinks

if TYPE_CHECKING:
    from dagster_commons.tools.submodules import Submodule

_SKIPPED = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", "site-packages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration:
    """What lies under the roots; `submodules` are those of every repository, by its working tree."""

    directories: tuple[Path, ...]  # those that hold a file for us
    repositories: tuple[Repository, ...]
    submodules: dict[Path, tuple[Submodule, ...]]
    findings: tuple[Finding, ...]
    listed: tuple[tuple[Path, tuple[str, ...]], ...]  # a directory, and every file below it that was seen


def enumerate_files(roots: tuple[tuple[Path, bool], ...]) -> Enumeration:
    """Look under `roots` (directory, whether it is our own clone of a fleet URL).

    In a git repository everything that it does not ignore, its initialised submodules and the repositories nested in
    it; elsewhere every directory that is not hidden.

    Raises:
        ToolError: git is not installed.

    """
    walk = _Walk()
    for root, is_cached_clone in roots:
        walk.begin(root, is_cached_clone=is_cached_clone)
    while walk.waiting:
        walk.go_on()
    return Enumeration(
        directories=tuple(sorted(walk.directories)),
        repositories=tuple(sorted(walk.repositories.values(), key=lambda each: each.root)),
        submodules=walk.submodules,
        findings=tuple(walk.findings),
        listed=tuple(walk.listed),
    )


def is_skipped(relative: str) -> bool:
    """Installed packages and templates (`{{…}}`) are nobody's projects."""
    return "{{" in relative or not _SKIPPED.isdisjoint(relative.split("/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A directory to ask git about, and the working tree that it lies in (or is)."""

    directory: Path
    tree: Path
    is_cached_clone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """What git said of a place; `is_complete` is False where it could not say, or ignores the whole directory."""

    files: tuple[str, ...] = ()
    gitlinks: tuple[str, ...] = ()
    submodules: tuple[Submodule, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_complete: bool = True


@dataclass(kw_only=True)
class _Walk:
    """Goes from repositories to those inside them; git is asked about all that are known at once."""

    directories: set[Path] = field(default_factory=set)
    repositories: dict[Path, Repository] = field(default_factory=dict)
    submodules: dict[Path, tuple[Submodule, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    waiting: list[_Place] = field(default_factory=list)
    entered: set[Path] = field(default_factory=set)
    listed: list[tuple[Path, tuple[str, ...]]] = field(default_factory=list)

    def begin(self, directory: Path, *, is_cached_clone: bool) -> None:
        tree = working_tree_of(directory)
        if tree is None:
            self._walk(directory, is_cached_clone=is_cached_clone)
        else:
            self._enter(directory, tree, superproject_of(tree), is_cached_clone=is_cached_clone)

    def go_on(self) -> None:
        """Ask git about everything that waits, and queue the repositories found inside."""
        places, self.waiting = self.waiting, []
        for place, listing in zip(places, in_threads(_listing, places), strict=True):
            self.findings += listing.findings
            self.submodules.setdefault(place.tree, listing.submodules)
            self.listed.append((place.directory, listing.files))
            for name in listing.files:
                parent, _, base = name.rpartition("/")
                if not base:
                    self._enter_nested(place.directory / parent, None, is_cached_clone=place.is_cached_clone)
                elif base in FILES and not is_skipped(parent):
                    self.directories.add(place.directory / parent)
            for name in listing.gitlinks:
                self._enter_nested(place.directory / name, place.tree, is_cached_clone=place.is_cached_clone)
            if not listing.is_complete:
                self._walk(place.directory, is_cached_clone=place.is_cached_clone)

    def _enter_nested(self, path: Path, superproject: Path | None, *, is_cached_clone: bool) -> None:
        if git_dir_of(path) is not None:
            self._enter(path, path, superproject, is_cached_clone=is_cached_clone)

    def _enter(self, directory: Path, tree: Path, superproject: Path | None, *, is_cached_clone: bool) -> None:
        if directory in self.entered:
            return
        self.entered.add(directory)
        git_dir = git_dir_of(tree)
        if git_dir is not None and tree not in self.repositories:
            self.repositories[tree] = Repository(
                root=tree, git_dir=git_dir, superproject=superproject, is_cached_clone=is_cached_clone
            )
        self.waiting.append(_Place(directory=directory, tree=tree, is_cached_clone=is_cached_clone))

    def _walk(self, top: Path, *, is_cached_clone: bool) -> None:
        for current, directories, files in os.walk(top):
            here = Path(current)
            if here != top and git_dir_of(here) is not None:
                directories.clear()
                self._enter_nested(here, None, is_cached_clone=is_cached_clone)
                continue
            directories[:] = sorted(each for each in directories if not each.startswith(".") and not is_skipped(each))
            self.listed.append((here, tuple(files)))
            if not set(FILES).isdisjoint(files):
                self.directories.add(here)


def _listing(place: _Place) -> _Listing:
    try:
        files, gitlinks = files_and_gitlinks(place.directory)
    except CommonsError as error:
        if error.hint is not None:
            raise  # git itself is missing
        return _Listing(findings=(_unlisted(place.tree, error),), is_complete=False)
    found: tuple[Submodule, ...] = ()
    findings: tuple[Finding, ...] = ()
    if gitlinks or (place.tree / ".gitmodules").is_file():
        from dagster_commons.tools.submodules import submodules  # noqa: PLC0415 - lazy: most repositories have none

        try:
            found = submodules(place.tree)
        except UsageError as error:
            findings = (_unreadable_submodules(place.tree, error),)
    return _Listing(
        files=files,
        gitlinks=gitlinks,
        submodules=found,
        findings=findings,
        is_complete=bool(files or gitlinks) or place.directory == place.tree,
    )


def _unlisted(tree: Path, error: CommonsError) -> Finding:
    return Finding(
        rule=UNREADABLE,
        severity="error",
        subject=tree.name,
        message=error.message,
        file=tree,
        fix="git -C DIR status says why",
    )


def _unreadable_submodules(tree: Path, error: UsageError) -> Finding:
    file = error.file or tree / ".gitmodules"
    return Finding(
        rule=UNREADABLE,
        severity="error",
        subject=file.name,
        message=error.message,
        file=file,
        line=error.line,
        fix=error.hint,
    )
