"""What changes since a revision reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.reach import reached_locations
from dagster_commons.model.affected import Affected
from dagster_commons.proof.materialising import repository_of_root
from dagster_commons.proof.revisions import merge_base, resolve_revision
from dagster_commons.tools.git import changed_paths

if TYPE_CHECKING:
    from dagster_commons.model.workspace import Workspace


def reached_since(workspace: Workspace, base: str | None) -> Affected:
    """The code locations that changes since `base` reach (None: since the merge base with the default branch).

    Raises:
        UsageError: there is no such revision, or no repository.

    """
    repository = repository_of_root(workspace)
    state = resolve_revision(repository, base) if base is not None else merge_base(repository)
    return Affected(
        base=state.revision, locations=reached_locations(workspace, changed_paths(repository, state.commit))
    )
