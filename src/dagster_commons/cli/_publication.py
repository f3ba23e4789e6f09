"""A staged release carried out: files applied under the journal, then the registry's, which stay."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons import execution
from dagster_commons.model.paths import relative
from dagster_commons.tools.indexes import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.configuration import EmbeddedRegistry
    from dagster_commons.model.outcomes import Outcome, StagedPlan
    from dagster_commons.model.plan import Upload
    from dagster_commons.model.workspace import Workspace


def publish(workspace: Workspace, staged: StagedPlan, registry: EmbeddedRegistry) -> Outcome:
    """Apply the staged files, then publish what was built; the notes say what is left to do.

    Raises:
        VersionPolicyError: somebody else published the version meanwhile; the files are as they were.
        CommonsError: as `execution.apply`.

    """

    def upload(wanted: Upload) -> None:
        embedded.publish(registry.directory, wanted.files)

    outcome = execution.apply(workspace.root, staged, argv=tuple(sys.argv[1:]), publish=upload)
    if outcome.kind != "applied":
        return outcome
    notes = (*outcome.notes, *_notes(workspace, outcome.published, registry))
    return replace(outcome, notes=notes)


def _notes(workspace: Workspace, published: tuple[Upload, ...], registry: EmbeddedRegistry) -> Iterator[str]:
    if not published:
        yield "released already, with these very bytes: only files here were brought in line"
        return
    yield "a published version stays, whatever is undone"
    if workspace.repository_of(registry.directory) is not None:
        place = shlex.quote(relative(registry.directory, workspace.root))
        names = shlex.join(sorted({each.module for each in published}))
        yield f"the registry is yours to commit: git -C {place} add {names}"
