"""Which operations bring an effect about, here and now."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, StalePlanError
from dagster_commons.tools.atomic_files import content_of
from dagster_commons.tools.git import git, git_dir, head_commit
from dagster_commons.tools.submodule_effect.checkouts import current_head, is_clean
from dagster_commons.tools.submodule_effect.index_entries import REGULAR_MODE, index_entry, object_of
from dagster_commons.tools.submodule_effect.operations import (
    CopyTree,
    CreateCheckout,
    Fetch,
    IndexEntry,
    MoveCheckout,
    MovePath,
    Operation,
    ReferenceChange,
    RefreshIndexEntry,
    SetGitConfig,
    SetIndexEntry,
    WriteBytes,
)
from dagster_commons.tools.submodules.enumeration import GITLINK_MODE, checkout_git_dir, submodules
from dagster_commons.tools.submodules.obstacles import obstacles_in_git_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.plan import SubmoduleEffect, SubmoduleRecord


def primitive_operations(effect: SubmoduleEffect, backup_directory: Path) -> tuple[Operation, ...]:
    """The operations that bring `effect` about, in order; what they take away goes to `backup_directory`.

    Only reads.  The effect's `after.git_dir` must be there until they have been performed; taking them back needs
    nothing but the backup.

    Raises:
        StalePlanError: the repository is not what the effect starts from.
        RefusedError: a left-over git directory with work of its own has the place that the submodule needs, or the
            submodule to be moved has changed files.
        ToolError: git cannot read the repository.

    """
    _require_unchanged(effect)
    before, after = effect.before, effect.after
    if before is not None and after is not None and _is_only_moved(effect, before, after):
        checkout = _moved_checkout(effect, before, after, backup_directory)
    else:
        removed = _removed_checkout(effect, before, backup_directory) if before is not None else ()
        added = _added_checkout(effect, after, backup_directory) if after is not None else ()
        checkout = (*removed, *added, *_configuration(effect))
    return (*checkout, *_gitmodules(effect), *_gitlink(effect))


def _require_unchanged(effect: SubmoduleEffect) -> None:
    file = effect.repository / ".gitmodules"
    content = content_of(file)
    entry = index_entry(effect.repository, ".gitmodules")
    staged = entry.object if entry is not None else None
    if content not in {effect.gitmodules_before, effect.gitmodules_after} or staged != _object_of(effect, content):
        raise StalePlanError(f"{file} has changed since the plan was made", file=file)
    gitlink = index_entry(effect.repository, _relative_path(effect))
    recorded = gitlink.object if gitlink is not None else None
    expected = effect.before.commit if effect.before is not None else None
    if recorded != expected or (expected is None and os.path.lexists(effect.path)):
        raise StalePlanError(f"{effect.path} has changed since the plan was made", file=effect.path)


def _is_only_moved(effect: SubmoduleEffect, before: SubmoduleRecord, after: SubmoduleRecord) -> bool:
    is_same = (before.name, before.url) == (after.name, after.url)
    return is_same and checkout_git_dir(effect.path) is not None


def _moved_checkout(
    effect: SubmoduleEffect, before: SubmoduleRecord, after: SubmoduleRecord, backup: Path
) -> tuple[Operation, ...]:
    head, commit = current_head(effect.path), head_commit(effect.path)
    if not is_clean(effect.path):
        raise RefusedError(f"{effect.path} has changed files", hint=f"git -C {effect.path} status", file=effect.path)
    if head is None or commit is None:
        raise StalePlanError(f"{effect.path} has no commit checked out", file=effect.path)
    nested = _nested_changes(effect.path, before.git_dir, after.git_dir, backup)
    return (
        Fetch(
            git_dir=before.git_dir,
            source=after.git_dir,
            commits=(after.commit,),
            references=_reference_changes(before.git_dir, after.git_dir),
        ),
        *nested.fetches,
        MoveCheckout(
            worktree=effect.path,
            before=head,
            after=after.commit,
            before_commit=commit,
            after_commit=after.commit,
        ),
        *nested.additions,
    )


def _reference_changes(own: Path, source: Path) -> tuple[ReferenceChange, ...]:
    """How the remote-tracking refs and tags of `own` become those of `source`; none is removed."""
    before, after = _references(own), _references(source)
    return tuple(
        ReferenceChange(name=name, before=before.get(name), after=commit)
        for name, commit in sorted(after.items())
        if before.get(name) != commit
    )


def _references(own: Path) -> dict[str, str]:
    pattern = "--format=%(refname) %(objectname) %(symref)"
    lines = git(own, "for-each-ref", pattern, "refs/remotes", "refs/tags").text.splitlines()
    parts = (line.split(" ") for line in lines)
    return {name: commit for name, commit, target in parts if not target}


@dataclass(frozen=True, slots=True, kw_only=True)
class _NestedChanges:
    """What a move means for the submodules inside: before the checkout, and for new ones after it."""

    fetches: tuple[Operation, ...] = ()
    additions: tuple[Operation, ...] = ()


def _nested_changes(worktree: Path, own: Path, source: Path, backup: Path) -> _NestedChanges:
    """`source` is the twin's git directory: what is checked out there is to be checked out here."""
    wanted = Path(git(source, "rev-parse", "--show-toplevel").text.rstrip("\n"))
    fetches: list[Operation] = []
    additions: list[Operation] = []
    for submodule in submodules(wanted):
        place, commit = worktree / submodule.relative_path, submodule.commit
        if not submodule.is_initialised or commit is None:
            continue
        present = checkout_git_dir(place)
        if present is not None:
            references = _reference_changes(present, submodule.git_dir)
            fetches.append(Fetch(git_dir=present, source=submodule.git_dir, commits=(commit,), references=references))
            inner = _nested_changes(place, present, submodule.git_dir, backup)
            fetches.extend(inner.fetches)
            additions.extend(inner.additions)
        else:
            kept = own / "modules"
            additions.extend(_cleared_place(kept, submodule.name, backup))
            additions.extend(_put_in_place(kept / submodule.name, submodule.git_dir, place, commit, backup))
            additions.extend(_changed_keys(own, submodule.name, _submodule_keys(source, submodule.name)))
    return _NestedChanges(fetches=tuple(fetches), additions=tuple(additions))


def _removed_checkout(effect: SubmoduleEffect, before: SubmoduleRecord, backup: Path) -> tuple[Operation, ...]:
    kept = git_dir(effect.repository).resolve() / "modules"
    work_tree = MovePath(
        source=effect.path,
        destination=_backup_of(effect.path, backup, "removed"),
        source_root=effect.repository,
        destination_root=backup,
    )
    if not before.git_dir.resolve().is_relative_to(kept):
        return (work_tree,)  # inside the work tree, or somebody else's
    return (work_tree, _moved_git_dir(before.git_dir.resolve(), kept, backup))


def _added_checkout(effect: SubmoduleEffect, after: SubmoduleRecord, backup: Path) -> tuple[Operation, ...]:
    kept = git_dir(effect.repository).resolve() / "modules"
    is_leaving = effect.before is not None and effect.before.git_dir.resolve() == kept / after.name
    leftover = () if is_leaving else _cleared_place(kept, after.name, backup)
    return (*leftover, *_put_in_place(kept / after.name, after.git_dir, effect.path, after.commit, backup))


def _put_in_place(place: Path, source: Path, worktree: Path, commit: str, backup: Path) -> tuple[Operation, ...]:
    return (
        CopyTree(
            source=source,
            destination=place,
            destination_root=_existing_ancestor(place),
            set_aside=_backup_of(place, backup, "added"),
            set_aside_root=backup,
        ),
        CreateCheckout(
            worktree=worktree,
            git_dir=place,
            commit=commit,
            worktree_root=_existing_ancestor(worktree),
            set_aside=_backup_of(worktree, backup, "added"),
            set_aside_root=backup,
        ),
    )


def _existing_ancestor(path: Path) -> Path:
    """The directory that has to stay when `path` and what was made for it are taken away again."""
    return next(each for each in path.parents if each.is_dir())


def _cleared_place(kept: Path, name: str, backup: Path) -> tuple[Operation, ...]:
    place = kept / name
    if not os.path.lexists(place):
        return ()
    _require_expendable(place)
    return (_moved_git_dir(place, kept, backup),)


def _require_expendable(leftover: Path) -> None:
    obstacles = obstacles_in_git_dir(leftover)
    if obstacles:
        raise RefusedError(
            f"{leftover} is left over from a submodule that was removed, and it holds work: {'; '.join(obstacles)}",
            hint=f"git --git-dir {leftover} log --branches --not --remotes; move the directory away to go on",
            file=leftover,
        )


def _moved_git_dir(source: Path, kept: Path, backup: Path) -> MovePath:
    return MovePath(
        source=source,
        destination=_backup_of(source, backup, "removed"),
        source_root=kept.parent,
        destination_root=backup,
    )


def _backup_of(path: Path, backup: Path, why: str) -> Path:
    """A place in the backup that no other path shares; its last part is the path's own name."""
    return backup / why / hashlib.sha256(os.fsencode(path)).hexdigest()[:12] / path.name


def _configuration(effect: SubmoduleEffect) -> Iterator[Operation]:
    """`submodule.NAME.*` of the superproject: what git has written in the twin, nothing for what is removed."""
    own = git_dir(effect.repository)
    before, after = effect.before, effect.after
    if before is not None and (after is None or before.name != after.name):
        yield from _changed_keys(own, before.name, {})
    if after is not None:
        depth = len(after.name.split("/"))  # `…/modules/NAME` is kept in the twin's own git directory
        yield from _changed_keys(own, after.name, _submodule_keys(after.git_dir.parents[depth], after.name))


def _changed_keys(own: Path, name: str, wanted: dict[str, tuple[str, ...]]) -> Iterator[SetGitConfig]:
    current = _submodule_keys(own, name)
    for key in sorted({*current, *wanted}):
        before, after = current.get(key, ()), wanted.get(key, ())
        if before != after:
            yield SetGitConfig(repository=own, key=key, before=before, after=after)


def _submodule_keys(own: Path, name: str) -> dict[str, tuple[str, ...]]:
    answer = git(own, "config", "--local", "-z", "--get-regexp", r"^submodule\.", check=False)
    found: dict[str, tuple[str, ...]] = {}
    for item in answer.text.split("\0"):
        key, _, value = item.partition("\n")
        if key.rpartition(".")[0] == f"submodule.{name}":
            found[key] = (*found.get(key, ()), value)
    return found


def _gitmodules(effect: SubmoduleEffect) -> tuple[Operation, ...]:
    if effect.gitmodules_before == effect.gitmodules_after:
        return ()
    refresh = RefreshIndexEntry(repository=effect.repository, path=".gitmodules")
    return (
        refresh,  # the last when taken back
        WriteBytes(
            path=effect.repository / ".gitmodules", before=effect.gitmodules_before, after=effect.gitmodules_after
        ),
        SetIndexEntry(
            repository=effect.repository,
            path=".gitmodules",
            before=_gitmodules_entry(effect, effect.gitmodules_before),
            after=_gitmodules_entry(effect, effect.gitmodules_after),
        ),
        refresh,
    )


def _gitmodules_entry(effect: SubmoduleEffect, content: bytes | None) -> IndexEntry | None:
    name = _object_of(effect, content)
    if content is None or name is None:
        return None
    current = index_entry(effect.repository, ".gitmodules")
    return IndexEntry(mode=current.mode if current else REGULAR_MODE, object=name, content=content)


def _object_of(effect: SubmoduleEffect, content: bytes | None) -> str | None:
    return None if content is None else object_of(effect.repository, ".gitmodules", content)


def _gitlink(effect: SubmoduleEffect) -> tuple[Operation, ...]:
    before, after = (
        IndexEntry(mode=GITLINK_MODE, object=each.commit) if each is not None else None
        for each in (effect.before, effect.after)
    )
    path = _relative_path(effect)
    if before == after:
        return ()
    return (SetIndexEntry(repository=effect.repository, path=path, before=before, after=after),)


def _relative_path(effect: SubmoduleEffect) -> str:
    return effect.path.relative_to(effect.repository).as_posix()
