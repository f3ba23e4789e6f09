"""SRC: source forms that the PEX builder of Dagster+ misreads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.model.names import normalise_name
from dagster_commons.model.sources import MemberSource
from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.project import DeclaredSource

_BUILT_AS_IMAGE = re.compile(r"^\s*-?\s*(registry|image)\s*:", re.MULTILINE)


def misread(evidence: Evidence) -> Iterator[Hit]:
    """Sources of locations that Dagster+ builds as PEX, in a form that its dependency collector does not understand."""
    as_pex = {file.path for file in evidence.of_kind("cloud") if not _BUILT_AS_IMAGE.search(file.text)}
    for directory in sorted({each.path for each in evidence.workspace.locations if each.declared_in in as_pex}):
        yield from _misread_in(evidence, directory)


def _misread_in(evidence: Evidence, directory: Path) -> Iterator[Hit]:
    project = evidence.project_at(directory)
    seen: set[str] = set()
    for declared in project.sources if project is not None else ():
        said = _misreading(declared)
        if project is not None and said is not None and declared.name not in seen:
            seen.add(declared.name)
            yield Hit(subject=project.name, message=said, file=project.file, line=declared.line)


def _misreading(declared: DeclaredSource) -> str | None:
    if declared.is_list:
        return f"the sources of {declared.name} are a list: the dependency collector fails on it"
    source = declared.source
    if isinstance(source, MemberSource) and normalise_name(source.path.name) != declared.name:
        folder = source.path.name
        return f"{declared.name} is a member in a folder named {folder}: taken for a public package of that name"
    return None


RULES = (
    Rule(
        id="SRC003",
        severity="error",
        title="source that Dagster+ misreads",
        why="The dependency collector of the PEX builder fails on a list of sources, and takes a member whose folder"
        " has another name for a public package.",
        fix="write one path source with ./ or ../, or build an image",
        bad="acme-shared = { workspace = true }, in packages/shared",
        good='acme-shared = { path = "../packages/shared" }',
        look=misread,
    ),
)
