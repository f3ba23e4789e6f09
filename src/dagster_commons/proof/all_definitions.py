"""The definitions of every code location of the working tree, loaded from a copy of it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from dagster_commons.model.states import WorktreeState
from dagster_commons.proof.load_order import environment_word
from dagster_commons.proof.loading import load
from dagster_commons.proof.materialising import materialised
from dagster_commons.proof.probing import probing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.model.verdicts import LoadResult
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.loading import LoadOptions


def load_all(workspace: Workspace, options: LoadOptions) -> Mapping[str, LoadResult]:
    """What each code location defines, or why it could not be loaded, by name.

    Raises:
        ToolError: the working tree could not be copied.

    """
    most = os.cpu_count() or 1
    with (
        materialised(workspace, WorktreeState()) as tree,
        probing(most=most) as probes,
        ThreadPoolExecutor(max_workers=most) as pool,
    ):
        ordered = sorted(tree.workspace.locations, key=lambda each: environment_word(tree.workspace, each))
        loads = {each.name: pool.submit(load, tree, each, options, probes) for each in ordered}
        return {name: found.result().result for name, found in sorted(loads.items())}
