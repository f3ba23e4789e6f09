"""Which directories hold files for us, and which git repositories they lie in: one git call per repository."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from dagster_commons.discovery.documents import UNREADABLE
from dagster_commons.discovery.facts import FILES
from dagster_commons.discovery.roots import git_dir_of, superproject_of, working_tree_of
from dagster_commons.errors import CommonsError, UsageError
from dagster_commons.model.findings import Finding
from dagster_commons.model.workspace import Repository
from dagster_commons.tools.git import files_and_gitlinks
from dagster_commons.tools.submodules import Submodule, submodules

_SKIPPED = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", "site-packages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration:
    """What lies under the roots; `submodules` are those of every repository, by its working tree."""

    directories: tuple[Path, ...]  # those that hold a file for us
    repositories: tuple[Repository, ...]
    submodules: dict[Path, tuple[Submodule, ...]]
    findings: tuple[Finding, ...]


def enumerate_files(roots: tuple[tuple[Path, bool], ...]) -> Enumeration:
    """Look under `roots` (directory, whether it is our own clone of a fleet URL).

    In a git repository everything that it does not ignore, its initialised submodules and the repositories nested in
    it; elsewhere every directory that is not hidden.

    Raises:
        ToolError: git is not installed.

    """
    walk = _Walk()
    for root, is_cached_clone in roots:
        walk.enter(root, is_cached_clone=is_cached_clone)
    return Enumeration(
        directories=tuple(sorted(walk.directories)),
        repositories=tuple(sorted(walk.repositories.values(), key=lambda each: each.root)),
        submodules=walk.submodules,
        findings=tuple(walk.findings),
    )


@dataclass(kw_only=True)
class _Walk:
    directories: set[Path] = field(default_factory=set)
    repositories: dict[Path, Repository] = field(default_factory=dict)
    submodules: dict[Path, tuple[Submodule, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    entered: set[Path] = field(default_factory=set)

    def enter(self, directory: Path, *, is_cached_clone: bool) -> None:
        if directory in self.entered:
            return
        self.entered.add(directory)
        tree = working_tree_of(directory)
        if tree is not None:
            self._add_repository(tree, superproject_of(tree), is_cached_clone=is_cached_clone)
            if self._list(directory, tree, is_cached_clone=is_cached_clone):
                return
        self._walk(directory, is_cached_clone=is_cached_clone)

    def _list(self, directory: Path, tree: Path, *, is_cached_clone: bool) -> bool:
        """Ask git; False where it cannot say, or ignores the whole directory."""
        try:
            files, gitlinks = files_and_gitlinks(directory)
        except CommonsError as error:
            if error.hint is not None:
                raise  # git itself is missing
            self.findings.append(_unlisted(tree, error))
            return False
        for name in files:
            parent, _, base = name.rpartition("/")
            if not base:
                self._enter_nested(directory / parent, None, is_cached_clone=is_cached_clone)
            elif base in FILES and not _is_skipped(parent):
                self.directories.add(directory / parent)
        if gitlinks or (tree / ".gitmodules").is_file():
            self._read_submodules(tree)
        for name in gitlinks:
            self._enter_nested(directory / name, tree, is_cached_clone=is_cached_clone)
        return bool(files or gitlinks) or directory == tree

    def _enter_nested(self, path: Path, superproject: Path | None, *, is_cached_clone: bool) -> None:
        if git_dir_of(path) is None or path in self.entered:
            return
        self.entered.add(path)
        self._add_repository(path, superproject, is_cached_clone=is_cached_clone)
        if not self._list(path, path, is_cached_clone=is_cached_clone):
            self._walk(path, is_cached_clone=is_cached_clone)

    def _walk(self, top: Path, *, is_cached_clone: bool) -> None:
        for current, directories, files in os.walk(top):
            here = Path(current)
            if here != top and git_dir_of(here) is not None:
                directories.clear()
                self._enter_nested(here, None, is_cached_clone=is_cached_clone)
                continue
            directories[:] = sorted(each for each in directories if not each.startswith(".") and not _is_skipped(each))
            if not set(FILES).isdisjoint(files):
                self.directories.add(here)

    def _add_repository(self, root: Path, superproject: Path | None, *, is_cached_clone: bool) -> None:
        git_dir = git_dir_of(root)
        if git_dir is not None and root not in self.repositories:
            self.repositories[root] = Repository(
                root=root, git_dir=git_dir, superproject=superproject, is_cached_clone=is_cached_clone
            )

    def _read_submodules(self, tree: Path) -> None:
        if tree in self.submodules:
            return
        self.submodules[tree] = ()
        try:
            self.submodules[tree] = submodules(tree)
        except UsageError as error:
            message = error.message
            file = error.file or tree / ".gitmodules"
            self.findings.append(
                Finding(
                    rule=UNREADABLE,
                    severity="error",
                    subject=file.name,
                    message=message,
                    file=file,
                    line=error.line,
                    fix=error.hint,
                )
            )


def _is_skipped(relative: str) -> bool:
    """Installed packages and templates (`{{…}}`) are nobody's projects."""
    return "{{" in relative or not _SKIPPED.isdisjoint(relative.split("/"))


def _unlisted(tree: Path, error: CommonsError) -> Finding:
    return Finding(
        rule=UNREADABLE,
        severity="error",
        subject=tree.name,
        message=error.message,
        file=tree,
        fix="git -C DIR status says why",
    )
