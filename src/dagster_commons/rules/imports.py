"""SRC: code that imports what its project does not declare, and declarations that nothing imports."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from dagster_commons.analysis.location_code import (
    code_by_project,
    import_packages,
    installed_names,
    is_code,
    modules_of,
)
from dagster_commons.model.paths import relative
from dagster_commons.rules.rule import CannotTell, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.project import Project
    from dagster_commons.model.source_files import Import, SourceFile
    from dagster_commons.model.workspace import CodeLocation


def from_a_folder(evidence: Evidence) -> Iterator[Hit | CannotTell]:
    """Imports of a package that is only a folder beside or above the location's project."""
    for location, file, found in _foreign_imports(evidence):
        folder = _folder_of(evidence, location, found.package)
        owners = _owners(evidence, found.package)
        if folder is not None and not owners:
            shown = relative(folder, evidence.workspace.root)
            yield Hit(
                subject=location.name,
                message=f"{found.package} is imported from {shown}, which is no dependency",
                file=file.path,
                line=found.line,
                fix=f"make {shown} a distribution package and declare it: commons new, then commons add",
            )
    yield from _unparsed(evidence)


def of_another_location(evidence: Evidence) -> Iterator[Hit]:
    """Imports of the code of another code location."""
    modules = {each.name for each in evidence.whole.modules}
    for location, file, found in _foreign_imports(evidence):
        owners = [each for each in _owners(evidence, found.package) if each.name not in modules]
        other = next((each for each in _locations_at(evidence, owners) if each.path != location.path), None)
        if other is not None:
            yield Hit(
                subject=location.name,
                message=f"{found.package} is the code of the location {other.name}",
                file=file.path,
                line=found.line,
            )


def undeclared(evidence: Evidence) -> Iterator[Hit]:
    """Imports of a shared module that the project does not depend on."""
    by_package = {name: each for each in evidence.whole.modules for name in import_packages(each)}
    for location, file, found in _foreign_imports(evidence):
        module = by_package.get(found.package)
        if module is not None:
            yield Hit(
                subject=location.name,
                message=f"{found.package} is imported, and {module.name} is no dependency",
                file=file.path,
                line=found.line,
                fix=f"commons add {module.name} -l {location.name}",
            )


def unused(evidence: Evidence) -> Iterator[Hit]:
    """Direct dependencies on a shared module whose name stands nowhere in the location's files."""
    files = code_by_project(evidence)
    for use in evidence.workspace.uses:
        location, module = evidence.workspace.location(use.location), evidence.workspace.module(use.module)
        if location is None or module is None or module.project is None or not module.project.import_packages:
            continue
        own = [each for each in files.get(location.path, ()) if each.path.name != "pyproject.toml"]
        is_direct = use.through is None and use.extra is None and use.group is None and use.project == location.path
        has_code = any(each.path.suffix == ".py" for each in own)
        if not is_direct or not has_code or any(each.unread for each in own):
            continue
        if not any(not each.mentions.isdisjoint(module.project.import_packages) for each in own):
            yield Hit(
                subject=use.location,
                message=f"{use.module} is declared, and nothing imports {' or '.join(import_packages(module))}",
                file=use.project / "pyproject.toml",
                line=use.line,
                fix=f"commons remove {use.module} -l {use.location}",
            )


@lru_cache(maxsize=2)
def _foreign_imports(evidence: Evidence) -> tuple[tuple[CodeLocation, SourceFile, Import], ...]:
    return tuple(_found_foreign_imports(evidence))


def _found_foreign_imports(evidence: Evidence) -> Iterator[tuple[CodeLocation, SourceFile, Import]]:
    """Of each location and import package the first import that neither it nor a dependency of it provides."""
    files = code_by_project(evidence)
    for location in _one_per_project(evidence):
        project = evidence.project_at(location.path)
        if project is None:
            continue
        of_modules = {name for each in modules_of(evidence, location) for name in import_packages(each)}
        seen = {*of_modules, *project.import_packages, *sys.stdlib_module_names}
        for file in files.get(location.path, ()):
            for found in file.imports if is_code(file, project) else ():
                if found.package in seen or found.is_guarded:
                    continue
                seen.add(found.package)
                if not _is_beside(evidence, project, found.package) and not _is_installed(
                    evidence, location, found.package
                ):
                    yield location, file, found


def _is_beside(evidence: Evidence, project: Project, package: str) -> bool:
    """Whether a folder of the project itself is called so."""
    return any(each / package in evidence.python_folders for each in (project.directory, project.directory / "src"))


def _is_installed(evidence: Evidence, location: CodeLocation, package: str) -> bool:
    """Whether a distribution package in its environment is called so, or begins so (dbt-core has dbt)."""
    return any(name == package or name.startswith(f"{package}_") for name in installed_names(evidence, location))


def _folder_of(evidence: Evidence, location: CodeLocation, package: str) -> Path | None:
    """The nearest folder of that name that holds Python files, beside or above the project, in its repository."""
    home = evidence.workspace.repository_of(location.path)
    top = home.root if home is not None else evidence.workspace.root
    above = (each for each in location.path.parents if each.is_relative_to(top))
    return next((each / package for each in above if each / package in evidence.python_folders), None)


def _owners(evidence: Evidence, package: str) -> tuple[Project, ...]:
    return tuple(each for each in evidence.whole.projects if package in each.import_packages)


def _locations_at(evidence: Evidence, projects: list[Project]) -> Iterator[CodeLocation]:
    directories = {each.directory for each in projects}
    return (each for each in evidence.whole.locations if each.path in directories)


def _one_per_project(evidence: Evidence) -> tuple[CodeLocation, ...]:
    return tuple({each.path: each for each in reversed(evidence.workspace.locations)}.values())[::-1]


def _unparsed(evidence: Evidence) -> Iterator[CannotTell]:
    for each in evidence.sources:
        if each.unread is not None:
            place = relative(each.path.parent, evidence.workspace.root)
            yield CannotTell(reason=f"imports in {place}: {each.unread}")


RULES = (
    Rule(
        id="SRC004",
        severity="error",
        title="code shared through the working directory alone",
        why="It imports where somebody starts Python in the right directory or sets PYTHONPATH, and nowhere else.",
        fix="make it a shared module and declare it: commons new, then commons add",
        bad="`import helpers` in sales, and helpers/ beside it",
        good="acme-helpers in dependencies and in [tool.uv.sources]",
        look=from_a_folder,
    ),
    Rule(
        id="SRC005",
        severity="error",
        title="import of another location's code",
        why="Its definitions and all its dependencies come along, and each location is deployed by itself.",
        fix="move what both need into a shared module",
        bad="`from finance.assets import helper` in sales",
        good="`from shared.factory import helper` in both",
        look=of_another_location,
    ),
    Rule(
        id="SRC006",
        severity="error",
        title="module imported and not declared",
        why="It imports here because something else installed it; a fresh environment or an image does not have it.",
        fix="commons add MODULE -l LOCATION",
        bad="`import shared` with no shared in dependencies",
        good='dependencies = ["shared"]',
        look=undeclared,
    ),
    Rule(
        id="SRC007",
        severity="warning",
        title="module declared and never imported",
        why="Every change of the module seems to reach the location, and its dependencies are installed for nothing.",
        fix="commons remove MODULE -l LOCATION",
        bad='dependencies = ["shared"], and shared is imported nowhere',
        good="what is declared is used",
        look=unused,
    ),
)
