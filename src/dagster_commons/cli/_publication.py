"""A staged release carried out: files applied under the journal, then the registry's, which stay."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons import execution
from dagster_commons.model.outcomes import Outcome
from dagster_commons.model.paths import relative
from dagster_commons.tools.indexes import embedded

if TYPE_CHECKING:
    from dagster_commons.model.configuration import EmbeddedRegistry
    from dagster_commons.model.outcomes import StagedPlan
    from dagster_commons.model.plan import Upload
    from dagster_commons.model.workspace import Workspace


def publish(workspace: Workspace, staged: StagedPlan, registry: EmbeddedRegistry) -> Outcome:
    """Apply the staged files, then publish what was built; the notes say what is left to do.

    Raises:
        VersionPolicyError: somebody else published the version meanwhile; the files are as they were.
        CommonsError: as `execution.apply`.

    """
    if not staged.effects and not staged.plan.publishes:
        return Outcome(kind="applied", staged=staged, notes=("already released, with these very bytes",))

    def upload(wanted: Upload) -> None:
        embedded.publish(registry.directory, wanted.files)

    outcome = execution.apply(workspace.root, staged, argv=tuple(sys.argv[1:]), publish=upload)
    if not outcome.published:
        return outcome
    place = shlex.quote(relative(registry.directory, workspace.root))
    notes = (
        "a published version stays: `commons undo` takes back the files, not the release",
        f"the registry is yours to commit: git -C {place} add .",
    )
    return replace(outcome, notes=(*outcome.notes, *notes))
