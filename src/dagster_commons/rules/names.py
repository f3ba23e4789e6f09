"""SRC: import packages that stand in each other's way in one environment."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dagster_commons.analysis.location_code import modules_of
from dagster_commons.model.paths import relative
from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.project import Project


def of_the_standard_library(evidence: Evidence) -> Iterator[Hit]:
    """Shared modules and locations whose import package has a name of Python's own."""
    for project in _projects(evidence):
        for name in project.import_packages:
            if name in sys.stdlib_module_names:
                yield Hit(
                    subject=project.name,
                    message=f"its import package {name} has the name of one of Python's standard library",
                    file=project.file,
                )


def of_each_other(evidence: Evidence) -> Iterator[Hit]:
    """Distribution packages with the same import package in one location's environment.

    What both have without an `__init__.py` is a namespace that they share on purpose (PEP 420).
    """
    seen: set[tuple[str, ...]] = set()
    for location in evidence.workspace.locations:
        own = evidence.project_at(location.path)
        modules = (module.project for module in modules_of(evidence, location))
        given: dict[str, str] = {}
        for project in (each for each in (own, *modules) if each is not None):
            for package in _regular_packages(evidence, project):
                other = given.setdefault(package, project.name)
                names = (package, *sorted((other, project.name)))
                if other == project.name or names in seen:
                    continue
                seen.add(names)
                yield Hit(
                    subject=location.name,
                    message=f"{other} and {project.name} both install {package}: one hides or overwrites the other",
                    file=own.file if own is not None else None,
                )


def linked(evidence: Evidence) -> Iterator[Hit]:
    """Uses with an override of `commons link` in the location's environment."""
    for use in evidence.workspace.uses:
        if "linked" in use.state:
            yield Hit(
                subject=use.location,
                message=f"{use.module} in its environment is not what {relative(use.project, evidence.workspace.root)}"
                " declares",
                file=use.project / "pyproject.toml",
                line=use.line,
                fix=f"commons unlink {use.module} -l {use.location}",
            )


def _regular_packages(evidence: Evidence, project: Project) -> Iterator[str]:
    """The import packages that the project installs and that are no namespaces."""
    for package in project.import_packages if project.is_package else ():
        places = (project.directory / "src" / package, project.directory / package)
        if any(f"{place}/__init__.py" in evidence.listed or f"{place}.py" in evidence.listed for place in places):
            yield package


def _projects(evidence: Evidence) -> tuple[Project, ...]:
    modules = [each.project for each in evidence.workspace.modules if each.project is not None]
    locations = [evidence.project_at(each.path) for each in evidence.workspace.locations]
    found = {each.directory: each for each in (*modules, *locations) if each is not None and each.is_package}
    return tuple(found.values())


RULES = (
    Rule(
        id="SRC008",
        severity="error",
        title="import package with the name of a standard one",
        why="Python finds its own first, or the package hides Python's from everything else, depending on sys.path.",
        fix="rename the import package",
        bad="src/queue/__init__.py",
        good="src/acme_queue/__init__.py",
        look=of_the_standard_library,
    ),
    Rule(
        id="SRC009",
        severity="error",
        title="import package that two distribution packages install",
        why="Installed as wheels the later one overwrites files of the first; editable, one hides the other.",
        fix="rename one of the import packages",
        bad="acme-shared and acme-tools both have src/shared",
        good="src/acme_shared and src/acme_tools",
        look=of_each_other,
    ),
    Rule(
        id="SRC012",
        severity="warning",
        title="active link",
        why="What runs here is not what the lock says, so nobody else has it.",
        fix="commons unlink MODULE",
        bad="commons link shared ../shared, a week ago",
        good="commons unlink shared",
        look=linked,
    ),
)
