"""The submodules of every repository with their states and release tags: for `check` alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.discovery.parallel import in_threads
from dagster_commons.errors import ToolError
from dagster_commons.model.submodules import RecordedSubmodule
from dagster_commons.tools.git import git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.discovery.enumeration import Enumeration
    from dagster_commons.tools.submodules import Submodule

_RELEASE = re.compile(r"(?:^|[-/_])v?[0-9]+(?:\.[0-9]+)+")


def read_submodules(enumeration: Enumeration) -> tuple[RecordedSubmodule, ...]:
    """Sorted by path; a repository that git cannot read was reported when its uses were looked at."""
    asked = [(tree, found) for tree, found in sorted(enumeration.submodules.items()) if found]
    return tuple(each for answers in in_threads(_recorded, asked) for each in answers)


def leftover_git_directories(enumeration: Enumeration) -> tuple[Path, ...]:
    """Git directories that a repository keeps for submodules which it has no more, neither recorded nor checked out."""
    found = []
    for repository in enumeration.repositories:
        kept = repository.git_dir / "modules"
        known = {each.git_dir for each in enumeration.submodules.get(repository.root, ())}
        known |= {kept / each.name for each in enumeration.submodules.get(repository.root, ())}
        found += [each for each in _git_directories(kept) if each not in known]
    return tuple(sorted(found))


def _git_directories(directory: Path) -> Iterator[Path]:
    """Those below `directory`: a name with a slash in it is several directories."""
    for each in directory.iterdir() if directory.is_dir() else ():
        if (each / "HEAD").is_file():
            yield each
        elif each.is_dir():
            yield from _git_directories(each)


def _recorded(asked: tuple[Path, tuple[Submodule, ...]]) -> tuple[RecordedSubmodule, ...]:
    from dagster_commons.tools.submodules import submodule_states  # noqa: PLC0415 - lazy: most repositories have none

    tree, found = asked
    try:
        states = submodule_states(tree, found)
        return tuple(
            RecordedSubmodule(
                repository=tree,
                path=each.path,
                name=each.name,
                url=each.url,
                resolved_url=each.resolved_url,
                commit=each.commit,
                states=states[each.path],
                tags=_releases(each, f"--points-at={each.commit}"),
                has_releases=bool(_releases(each)),
            )
            for each in found
        )
    except ToolError:
        return ()


def _releases(submodule: Submodule, *which: str) -> tuple[str, ...]:
    if not submodule.is_initialised or submodule.commit is None:
        return ()
    listed = git(submodule.path, "tag", "--list", *which, check=False)
    return tuple(tag for tag in listed.text.split() if _RELEASE.search(tag))
