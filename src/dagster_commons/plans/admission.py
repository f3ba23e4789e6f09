"""What must hold before a module may be wired into a project; every refusal says what to do instead."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.sources import GitSource, IndexSource, MemberSource, source_directory, source_kind
from dagster_commons.plans.wiring import EmbeddedIndexWiring, GitWiring, PathWiring, RemoteIndexWiring

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import Provenance
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace
    from dagster_commons.plans.wiring import Wiring

PYTHON_MINORS = tuple(f"3.{minor}.{patch}" for minor in range(7, 25) for patch in (0, 99))


def require_known_module(workspace: Workspace, provenances: Mapping[str, Provenance], module: str) -> None:
    """Refuse a name that nothing in the workspace, the fleet or the registries knows.

    Raises:
        UsageError: with the closest name, or the list of known ones.

    """
    known = {each.name for each in workspace.modules} | set(provenances)
    if module in known:
        return
    from difflib import get_close_matches  # noqa: PLC0415 - only a typo pays for it

    close = get_close_matches(module, sorted(known), n=1)
    hint = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(sorted(known)) or 'none'}"
    raise UsageError(
        f"there is no shared module `{module}` here",
        hint=f"{hint}\n"
        "one of another repository: --url URL, or [fleet] in commons.toml\n"
        "one of a registry: --registry NAME",
    )


def require_writable(workspace: Workspace, location: CodeLocation, project: Project | None) -> Project:
    """The project of `location`, if it is one whose files we may edit.

    Raises:
        RefusedError: pip, poetry or setup.py projects, and clones in our cache, are read, never written.

    """
    if project is None:
        raise RefusedError(
            f"{location.name} has no project file that we can edit",
            file=location.declared_in,
            line=location.line,
            hint="give it a pyproject.toml managed by uv (`uv init --bare`)",
        )
    if project.manager != "uv":
        raise RefusedError(
            f"{location.name} is managed by {project.manager}: we read such projects but do not write them",
            file=project.file,
            hint="move it to uv (`uv init --bare`, then `uv add`), or wire the module in by hand",
        )
    home = workspace.repository_of(project.directory)
    if home is not None and home.is_cached_clone:
        raise RefusedError(
            f"{location.name} was read from a remote repository; its clone in our cache is not yours to change",
            hint="clone it beside this repository and name its path under [fleet] in commons.toml",
        )
    return project


def require_fitting(project: Project, provenance: Provenance, workspace: Workspace) -> None:
    """Refuse a module whose import names or dependencies cannot fit into `project`.

    Raises:
        RefusedError: which of them, and what to change.

    """
    _require_free_names(project, provenance, workspace)
    _require_no_cycle(project, provenance.module, workspace)


def require_python(project: Project, module: str, offered: str | None) -> None:
    """Refuse a module that runs on fewer versions of Python (`offered`, None: not known) than `project`.

    Raises:
        RefusedError: which versions, and what to change.

    """
    if offered is None or project.requires_python is None:
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - start-up stays fast

    try:
        needed, admitted = SpecifierSet(project.requires_python), SpecifierSet(offered)
    except InvalidSpecifier as error:
        raise RefusedError(f"requires-python cannot be read: {error}", file=project.file) from error
    outside = [version for version in PYTHON_MINORS if needed.contains(version) and not admitted.contains(version)]
    if outside:
        minors = sorted({version.rpartition(".")[0] for version in outside}, key=lambda text: int(text[2:]))
        raise RefusedError(
            f"{project.name} runs on Python {project.requires_python}, {module} on {offered}: "
            f"{_listed(minors)} would have no {module}",
            file=project.file,
            hint=f'set requires-python = "{offered}" in {project.name}, or widen it in {module}',
        )


def require_one_version_per_lock(
    workspace: Workspace, project: Project, module: str, wiring: Wiring, *, leaving: Collection[Use]
) -> None:
    """Refuse what another member of the uv workspace, which has the same lock, uses differently.

    Raises:
        RefusedError: which code location, and how to change both at once.

    """
    for use in workspace.uses_of(module):
        fellow = workspace.project_at(use.project)
        if fellow is None or fellow == project or fellow.uv_root != project.uv_root or use.through is not None:
            continue
        if use not in leaving and not _agrees(use, wiring):
            raise RefusedError(
                f"{project.name} and {fellow.name} are members of one uv workspace, which locks one {module} for both; "
                f"{use.location} uses `{use.requirement}` by {source_kind(use.source)}",
                file=fellow.file,
                line=use.line,
                hint=f"change {use.location} first, or both at once with commons convert",
            )


def require_editable_use(use: Use, project: Project) -> None:
    """Refuse a use whose source we would have to guess about.

    Raises:
        RefusedError: a list-form source, or a uv workspace member.

    """
    if isinstance(use.source, MemberSource):
        raise RefusedError(
            f"{use.location} uses {use.module} as a member of its uv workspace; such uses are read, not written",
            file=project.file,
            line=use.line,
            hint=f"write the source of {use.module} by hand, or take it out of [tool.uv.workspace] members",
        )
    if use.alternatives or any(each.is_list for each in project.sources if each.name == use.module):
        raise RefusedError(
            f"{use.location} has a list of sources for {use.module}; which of them to change cannot be told",
            file=project.file,
            line=use.line,
            hint="leave one source, or edit the list by hand",
        )


def require_not_used(use: Use | None, module: str, kind: str) -> None:
    """Refuse to add what is there already.

    Raises:
        UsageError: it is, by this source or by another.

    """
    if use is None:
        return
    present = source_kind(use.source)
    if use.through is not None:
        return
    if present == kind:
        raise UsageError(f"{use.location} already uses {module} by {present}", hint="commons status shows it")
    raise UsageError(
        f"{use.location} already uses {module} by {present}",
        hint=f"commons convert {module} --via {kind} -l {use.location}",
    )


def _agrees(use: Use, wiring: Wiring) -> bool:
    """Whether one lock can hold the use and the wiring."""
    match wiring:
        case PathWiring():
            return source_directory(use.source) == wiring.directory
        case GitWiring():
            source = use.source
            return isinstance(source, GitSource) and (source.url, source.reference) == (
                wiring.url,
                wiring.tag or wiring.rev,
            )
        case RemoteIndexWiring() | EmbeddedIndexWiring():
            return isinstance(use.source, IndexSource) and _admits(use.requirement, wiring.version)


def _admits(requirement: str, version: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - start-up stays fast

    try:
        return Requirement(requirement).specifier.contains(version, prereleases=True)
    except InvalidRequirement:
        return False


def _listed(minors: list[str]) -> str:
    """`3.10, 3.11`, or `3.13 and newer` where the list goes on to the last we know."""
    newest = PYTHON_MINORS[-1].rpartition(".")[0]
    return f"{minors[0]} and newer" if len(minors) > 1 and minors[-1] == newest else ", ".join(minors)


def _require_free_names(project: Project, provenance: Provenance, workspace: Workspace) -> None:
    for name in provenance.import_packages:
        if name in sys.stdlib_module_names:
            raise RefusedError(
                f"{provenance.module} is imported as `{name}`, which is a module of Python's standard library",
                hint="rename the import package",
            )
        if name in project.import_packages:
            raise RefusedError(
                f"{provenance.module} and {project.name} are both imported as `{name}`", hint="rename one of them"
            )
    used = {use.module for use in workspace.uses if use.project == project.directory} - {provenance.module}
    for other in workspace.projects:
        shared = set(other.import_packages) & set(provenance.import_packages)
        if other.name in used and shared:
            raise RefusedError(
                f"{project.name} already uses {other.name}, which is imported as `{min(shared)}` too",
                hint="two distributions cannot share an import package; rename one of them",
            )


def _require_no_cycle(project: Project, module: str, workspace: Workspace) -> None:
    by_name = {each.name: each for each in workspace.projects}
    trail: list[tuple[str, tuple[str, ...]]] = [(module, (module,))]
    seen: set[str] = set()
    while trail:
        name, path = trail.pop()
        if name == project.name:
            raise RefusedError(
                f"{project.name} cannot use {module}: {' → '.join((project.name, *path))} would be a cycle",
                hint="move what both need into a module of its own",
            )
        if name not in seen and name in by_name:
            seen.add(name)
            trail += [(each.name, (*path, each.name)) for each in by_name[name].dependencies]
