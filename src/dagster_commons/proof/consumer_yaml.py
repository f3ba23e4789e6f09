"""The YAML of the code locations that use a module, beside what its components take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.analysis.api.component_yaml import YamlFile, yaml_changes
from dagster_commons.model.paths import relative
from dagster_commons.proof.contents import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dagster_commons.model.api import Surface, YamlChange
    from dagster_commons.model.workspace import Workspace

YAML = (".yaml", ".yml")


def files_below(places: Iterable[Path], suffixes: tuple[str, ...]) -> Iterator[Path]:
    """The files with one of `suffixes` below the directories; caches, environments and hidden directories left out."""
    for place in places:
        for current, directories, files in os.walk(place):
            directories[:] = sorted(each for each in directories if each not in LEFT_OUT and not each.startswith("."))
            yield from (Path(current, each) for each in sorted(files) if each.endswith(suffixes))


def consumers(workspace: Workspace, module: str) -> tuple[Path, ...]:
    """The project directories of the code locations that use `module`."""
    users = {use.location for use in workspace.uses_of(module)}
    return tuple(sorted({each.path for each in workspace.locations if each.name in users}))


def consumer_changes(workspace: Workspace, before: Surface, after: Surface) -> tuple[YamlChange, ...]:
    """What the YAML of every known consumer of the module would have to say instead."""
    packages = set(after.packages)
    names = [
        each.name
        for each in workspace.modules
        if packages & set(each.project.import_packages if each.project is not None else (each.name.replace("-", "_"),))
    ]
    places = {place for name in names for place in consumers(workspace, name)}
    files = (
        YamlFile(shown=relative(file, workspace.root), text=file.read_text("utf-8", "replace"))
        for file in files_below(sorted(places), YAML)
    )
    return yaml_changes(before, after, files)
