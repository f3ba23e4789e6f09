"""Code locations: what several files say of one location put together, each with its project and a name of its own."""

from __future__ import annotations

import os.path
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.discovery.documents import broken_reference
from dagster_commons.model.names import normalise_name
from dagster_commons.model.paths import relative
from dagster_commons.model.workspace import CodeLocation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dagster_commons.discovery.facts import Declaration, Origin
    from dagster_commons.discovery.projects import Projects
    from dagster_commons.model.findings import Finding
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Target

# Whose name for a location counts: what is deployed, what is opened locally, what the project calls itself.
_NAME_ORDER: tuple[Origin, ...] = ("cloud", "workspace", "dagster", "dg")
# Whose target is loaded: the file made for opening locations side by side knows interpreter and attribute.
_TARGET_ORDER: tuple[Origin, ...] = ("workspace", "dg", "dagster", "cloud")
_MODULE_ENDINGS = (".definitions", ".defs")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A declaration with the directory of its project, and the repository (or root) that names are unique in."""

    declaration: Declaration
    directory: Path
    project: str
    home: Path


def find_locations(
    declarations: Iterable[Declaration], projects: Projects, homes: frozenset[Path], root: Path
) -> tuple[tuple[CodeLocation, ...], tuple[Finding, ...]]:
    """The code locations behind `declarations`, sorted by name.

    `homes` are the repositories and roots: within one, two declarations of one name may mean one location.
    """
    kept, findings = _without_repetitions(declarations)
    holding = _projects_by_import_package(projects)
    placed = [_place(each, projects, homes, holding) for each in kept]
    locations = _with_unique_names([_location(group) for group in _grouped(placed)], root)
    return tuple(sorted(locations, key=lambda each: each.name)), findings


def _without_repetitions(declarations: Iterable[Declaration]) -> tuple[list[Declaration], tuple[Finding, ...]]:
    """Dagster refuses a name that one file gives twice; the first one is kept."""
    kept: dict[tuple[Origin, Path, str], Declaration] = {}
    findings = []
    for each in declarations:
        key = (each.origin, each.file, each.name or each.default_name)
        if key in kept:
            message = f"the code location `{key[2]}` is declared twice, first in line {kept[key].line}"
            findings.append(broken_reference(each.file, each.line, message))
        else:
            kept[key] = each
    return list(kept.values()), tuple(findings)


def _projects_by_import_package(projects: Projects) -> Mapping[str, list[Project]]:
    found: defaultdict[str, list[Project]] = defaultdict(list)
    for project in projects.known():
        for each in project.import_packages:
            found[each].append(project)
    return found


def _grouped(placed: Iterable[_Placed]) -> Iterable[list[_Placed]]:
    """The declarations of each location; those that can be loaded come first, so that others join them."""
    groups: dict[int, list[_Placed]] = {}
    by_key: defaultdict[tuple[object, ...], dict[int, None]] = defaultdict(dict)
    for each in sorted(placed, key=lambda each: (each.declaration.not_loadable is not None, _rank(each))):
        keys = (("target", each.directory, _target_key(each)), ("name", each.home, _name(each)))
        candidates = dict.fromkeys(number for key in keys for number in by_key[key])
        number = next((number for number in candidates if _is_same(groups[number], each)), len(groups))
        groups.setdefault(number, []).append(each)
        for key in keys:
            by_key[key][number] = None
    return groups.values()


def _place(
    declaration: Declaration, projects: Projects, homes: frozenset[Path], holding: Mapping[str, list[Project]]
) -> _Placed:
    home = next((each for each in declaration.file.parents if each in homes), declaration.file.parent)
    project = _project_of(declaration, projects, home, holding)
    directory = project.directory if project is not None else declaration.place
    name = project.name if project is not None else normalise_name(directory.name)
    return _Placed(declaration=declaration, directory=directory, project=name, home=home)


def _project_of(
    declaration: Declaration, projects: Projects, home: Path, holding: Mapping[str, list[Project]]
) -> Project | None:
    """The project whose environment loads the location.

    A project beside the interpreter or around the working directory that holds the module; else the only one that
    holds it below the declaring file; else the nearest around.
    """
    if declaration.target.kind == "grpc":
        return projects.around(declaration.place, within=home)
    around = projects.around(declaration.place, within=home)
    beside = _beside_interpreter(declaration.target, projects)
    module = _top_level(declaration.target)
    if module is None:
        return beside or around
    for candidate in (beside, around):
        if candidate is not None and holds_module(candidate, module):
            return candidate
    below = [each for each in holding.get(module, ()) if each.directory.is_relative_to(declaration.file.parent)]
    return beside or (below[0] if len(below) == 1 else None) or around


def holds_module(project: Project, module: str) -> bool:
    """Whether the top-level import package `module` lies in the project."""
    if module in project.import_packages:
        return True
    places = (project.directory, project.directory / "src")
    return any((place / module).is_dir() or (place / f"{module}.py").is_file() for place in places)


def _beside_interpreter(target: Target, projects: Projects) -> Project | None:
    """The project whose `.venv/bin/python` is the location's interpreter."""
    executable = target.executable
    if executable is None or len(executable.parents) < 3:  # noqa: PLR2004 - PROJECT/.venv/bin/python
        return None
    return projects.at(executable.parents[2])


def _top_level(target: Target) -> str | None:
    return None if target.kind in ("file", "grpc") or not target.value else target.value.partition(".")[0]


def _rank(placed: _Placed) -> tuple[int, Path, int]:
    declaration = placed.declaration
    return _NAME_ORDER.index(declaration.origin), declaration.file, declaration.line or 0


def _is_same(group: list[_Placed], other: _Placed) -> bool:
    """Whether `other` is one more word for the location of `group`: never if one list has both."""
    mine = (other.declaration.origin, other.declaration.file)
    if any((each.declaration.origin, each.declaration.file) == mine for each in group):
        return False
    return any(_is_same_target(each, other) or _is_same_name(each, other) for each in group)


def _is_same_target(one: _Placed, other: _Placed) -> bool:
    if one.directory != other.directory:
        return False
    attributes = {each.declaration.target.attribute for each in (one, other)} - {None}
    target = _target_key(one)
    return target is not None and target == _target_key(other) and len(attributes) <= 1


def _is_same_name(one: _Placed, other: _Placed) -> bool:
    """One name in one repository; two loadable targets must be of one project, too."""
    if one.home != other.home or _name(one) != _name(other):
        return False
    is_loadable = one.declaration.not_loadable is None and other.declaration.not_loadable is None
    return one.directory == other.directory or not is_loadable


def _target_key(placed: _Placed) -> str | None:
    """One spelling for a file, the module that it is, and the package whose definitions it holds."""
    target = placed.declaration.target
    if not target.value or target.kind == "grpc":
        return None
    value = target.value
    if target.kind == "file":
        start = target.working_directory or placed.directory
        value = _module_of(Path(os.path.normpath(start / value)), placed.directory)
    for ending in _MODULE_ENDINGS:
        value = value.removesuffix(ending)
    return value


def _module_of(file: Path, project: Path) -> str:
    place = next((each for each in (project / "src", project) if file.is_relative_to(each)), None)
    if place is None:
        return str(file)
    return ".".join(file.relative_to(place).with_suffix("").parts).removesuffix(".__init__")


def _name(placed: _Placed) -> str:
    return placed.declaration.name or placed.declaration.default_name


def _location(group: list[_Placed]) -> CodeLocation:
    ranked = sorted(group, key=_rank)
    # A name that a file gives, then dg's own (the directory), then what Dagster makes of the target.
    named = next((each for each in ranked if each.declaration.name is not None), None)
    named = named or next((each for each in ranked if each.declaration.origin == "dg"), ranked[0])
    loadable = [each for each in group if each.declaration.not_loadable is None]
    by_target = sorted(loadable or group, key=lambda each: _TARGET_ORDER.index(each.declaration.origin))
    base = by_target[0]
    builds = (each.declaration.build_directory for each in ranked)
    return CodeLocation(
        name=_name(named),
        project=base.project,
        path=base.directory,
        target=_completed(base.declaration.target, [each.declaration.target for each in by_target[1:]]),
        build_directory=next((each for each in builds if each is not None), base.directory),
        declared_in=named.declaration.file,
        line=named.declaration.line,
        not_loadable=base.declaration.not_loadable,
    )


def _completed(target: Target, others: list[Target]) -> Target:
    """Interpreter and attribute from other declarations where the chosen one has none."""
    executables = (each.executable for each in (target, *others))
    attributes = (each.attribute for each in (target, *others))
    return replace(
        target,
        executable=next((each for each in executables if each is not None), None),
        attribute=next((each for each in attributes if each is not None), None),
    )


def _with_unique_names(locations: list[CodeLocation], root: Path) -> Iterator[CodeLocation]:
    """`NAME@DIRECTORY` where several locations of the workspace have one name."""
    counts = Counter(each.name for each in locations)
    taken: set[str] = set()
    for each in sorted(locations, key=lambda each: (each.name, each.path, each.target.value)):
        place = relative(each.path, root)
        name = each.name if counts[each.name] == 1 or place == "." else f"{each.name}@{place}"
        if name in taken:
            name = f"{name}:{each.target.value}"
        taken.add(name)
        yield replace(each, name=name)
