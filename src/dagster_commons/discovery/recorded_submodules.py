"""The submodules of every repository with their states and release tags: for `check` alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.discovery.parallel import in_threads
from dagster_commons.errors import ToolError
from dagster_commons.model.submodules import RecordedSubmodule
from dagster_commons.tools.git import git

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.discovery.enumeration import Enumeration
    from dagster_commons.tools.submodules import Submodule

_RELEASE = re.compile(r"(?:^|[-/_])v?[0-9]+(?:\.[0-9]+)+")


def read_submodules(enumeration: Enumeration) -> tuple[RecordedSubmodule, ...]:
    """Sorted by path; a repository that git cannot read was reported when its uses were looked at."""
    asked = [(tree, found) for tree, found in sorted(enumeration.submodules.items()) if found]
    return tuple(each for answers in in_threads(_recorded, asked) for each in answers)


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
