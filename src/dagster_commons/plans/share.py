"""Planning `add`, `remove` and `convert`: which texts change, which submodules, which locks, what to expect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.model.plan import AbsenceExpected, ImportExpected, Plan
from dagster_commons.model.provenance import Provenance
from dagster_commons.model.sources import IndexSource, source_kind
from dagster_commons.plans import wiring as lines
from dagster_commons.plans.admission import require_fitting, require_known_module, require_not_used
from dagster_commons.plans.edits import EditedProject, plan_of, restore_unwired, restore_wired, texts_of, with_texts
from dagster_commons.plans.leftovers import submodule_removals, without_orphan_index
from dagster_commons.plans.losses import losses
from dagster_commons.plans.provision import Offer, Provision, Request, chosen_via, provide
from dagster_commons.plans.users import projects_of, use_in, users_of
from dagster_commons.plans.wiring import EmbeddedIndexWiring, RemoteIndexWiring
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import ProjectFile
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace


def add_plan(
    offer: Offer, locations: Iterable[CodeLocation], request: Request, files: Mapping[Path, ProjectFile]
) -> Plan:
    """Wire `request.module` into `locations`.

    Raises:
        UsageError: the module is unknown or already used, or something must be named.
        RefusedError: it cannot fit, or the project is one that we do not write.

    """
    if request.url is None:
        require_known_module(offer.workspace, offer.provenances, request.module)
    provenance = _provenance(offer, request.module)
    parts: list[EditedProject] = []
    for location, project in projects_of(offer.workspace, locations):
        via = chosen_via(offer, project, request)
        require_not_used(use_in(offer.workspace, location, request.module), request.module, via)
        require_fitting(project, provenance, offer.workspace)
        provision = provide(offer, project, request)
        part = _added(files, project, request.module, provision)
        expectation = _expected(location, part, provenance, provision, request.version)
        parts.append(replace(part, expectation=expectation))
        files = with_texts(files, part.texts)
    return plan_of(f"add {_spelled(request)}", parts)


def remove_plan(
    workspace: Workspace, locations: Iterable[CodeLocation], module: str, files: Mapping[Path, ProjectFile]
) -> Plan:
    """Take `module` out of those of `locations` that use it, its submodule included where nobody else needs it.

    Raises:
        UsageError: none of them uses it, or only through another module.
        RefusedError: the use is one that we do not write.

    """
    users = users_of(workspace, locations, module)
    leaving = tuple(use for _, _, use in users)
    parts: list[EditedProject] = []
    for location, project, use in users:
        part = _removed(workspace, files, project, use, leaving)
        if not _comes_along_anyway(workspace, location, module):
            absence = AbsenceExpected(location=location.name, project=project.directory, module=module)
            part = replace(part, expectation=absence)
        parts.append(part)
        files = with_texts(files, part.texts)
    return plan_of(f"remove {module}", parts)


def convert_plan(
    offer: Offer, locations: Iterable[CodeLocation], request: Request, files: Mapping[Path, ProjectFile]
) -> Plan:
    """Move the uses of `request.module` in `locations` to another source, keeping the version unless one is named.

    Raises:
        UsageError: no such use, or something must be named.
        RefusedError: the use is one that we do not write, or the module cannot come this way.

    """
    users = [each for each in users_of(offer.workspace, locations, request.module) if not _is_there(each[2], request)]
    if not users:
        raise UsageError(f"every use of {request.module} here is by {request.via} already", hint="commons status")
    leaving = tuple(use for _, _, use in users)
    provenance = _provenance(offer, request.module)
    parts: list[EditedProject] = []
    for location, project, use in users:
        asked = _at_version_in_use(request, use, provenance)
        provision = provide(offer, project, asked)
        part = _converted(offer.workspace, files, project, use, provision=provision, leaving=leaving)
        expectation = _expected(location, part, provenance, provision, asked.version)
        parts.append(replace(part, expectation=expectation))
        files = with_texts(files, part.texts)
    return plan_of(f"convert {_spelled(request)} to {request.via}", parts)


def _added(files: Mapping[Path, ProjectFile], project: Project, module: str, provision: Provision) -> EditedProject:
    texts = lines.add_requirement(texts_of(files, project), module, provision.wiring)
    texts = lines.write_source(texts, module, provision.wiring)
    texts, lock = restore_wired(files, texts, module, provision)
    return EditedProject(texts=texts, lock=lock, earlier_steps=provision.steps, warnings=provision.warnings)


def _removed(
    workspace: Workspace, files: Mapping[Path, ProjectFile], project: Project, use: Use, leaving: tuple[Use, ...]
) -> EditedProject:
    texts = lines.remove_requirements(texts_of(files, project), use.module)
    texts = lines.remove_source(texts, use.module)
    texts = without_orphan_index(workspace, texts, use, leaving, kept=None)
    texts, lock = restore_unwired(
        files, texts, use.module, lambda document: not pyproject.module_entries(document, use.module)
    )
    return EditedProject(texts=texts, lock=lock, later_steps=submodule_removals(workspace, project, use, leaving))


def _converted(
    workspace: Workspace,
    files: Mapping[Path, ProjectFile],
    project: Project,
    use: Use,
    *,
    provision: Provision,
    leaving: tuple[Use, ...],
) -> EditedProject:
    before = texts_of(files, project)
    wiring = provision.wiring
    texts = lines.respell_requirements(before, use.module, wiring)
    if isinstance(wiring, EmbeddedIndexWiring) or isinstance(use.source, IndexSource):
        texts = lines.remove_source(texts, use.module)
    index = wiring.index if isinstance(wiring, EmbeddedIndexWiring | RemoteIndexWiring) else None
    texts = without_orphan_index(workspace, texts, use, leaving, kept=index)
    written_anew = lines.write_source(texts, use.module, wiring)
    texts, lock = restore_wired(files, written_anew, use.module, provision)
    is_restored = texts is not written_anew
    return EditedProject(
        texts=texts,
        lock=lock,
        earlier_steps=provision.steps,
        later_steps=submodule_removals(workspace, project, use, leaving),
        warnings=provision.warnings,
        losses=() if is_restored else losses(project, before=before.own, after=texts.own, module=use.module),
    )


def _provenance(offer: Offer, module: str) -> Provenance:
    return offer.provenances.get(module) or Provenance(module=module)


def _comes_along_anyway(workspace: Workspace, location: CodeLocation, module: str) -> bool:
    """Whether another module brings `module` in, so that it stays in the environment."""
    return any(use.location == location.name and use.through is not None for use in workspace.uses_of(module))


def _is_there(use: Use, request: Request) -> bool:
    return source_kind(use.source) == request.via and (request.version is None or request.version == use.locked)


def _at_version_in_use(request: Request, use: Use, provenance: Provenance) -> Request:
    """`request` at the version that the location uses today, where it names none and we know it."""
    if request.version is not None:
        return request
    in_worktree = provenance.project.version if provenance.project is not None else None
    return replace(request, version=use.locked or in_worktree)


def _expected(
    location: CodeLocation, part: EditedProject, provenance: Provenance, provision: Provision, version: str | None
) -> ImportExpected:
    project = part.texts.project
    entries = pyproject.module_entries(pyproject.read(part.texts.own, project.file), provenance.module)
    return ImportExpected(
        location=location.name,
        project=project.directory,
        module=provenance.module,
        import_packages=provenance.import_packages,
        version=version or provision.version,
        place=provision.place,
        extras=tuple(dict.fromkeys(entry.extra for entry in entries if entry.extra is not None)),
        groups=tuple(dict.fromkeys(entry.group for entry in entries if entry.group is not None)),
    )


def _spelled(request: Request) -> str:
    return f"{request.module}=={request.version}" if request.version else request.module
