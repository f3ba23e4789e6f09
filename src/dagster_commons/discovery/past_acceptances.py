"""The acceptances of a release that commons.toml had at an earlier one: they were for that, and are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.discovery.roots import CONFIGURATION_FILE
from dagster_commons.errors import UsageError
from dagster_commons.model.paths import relative
from dagster_commons.tools import pyproject
from dagster_commons.tools.git import git

if TYPE_CHECKING:
    from dagster_commons.model.workspace import Workspace


def accepted_at(workspace: Workspace, tag: str) -> frozenset[tuple[str, str, str]]:
    """Rule, object and reason of each entry at `tag`; none where commons.toml lies in another repository.

    Raises:
        ToolError: git cannot read the repository.

    """
    file = workspace.root / CONFIGURATION_FILE
    home = workspace.repository_of(workspace.root)
    if home is None:
        return frozenset()
    shown = git(home.root, "show", f"{tag}:{relative(file, home.root)}", check=False)
    if shown.exit_code != 0:
        return frozenset()
    try:
        entries = pyproject.tables(pyproject.read(shown.text, file), "accept")
    except UsageError:
        return frozenset()
    told = (tuple(each.get(key) for key in ("rule", "object", "because")) for each in entries)
    return frozenset((str(rule), str(thing), str(because)) for rule, thing, because in told if rule and thing)
