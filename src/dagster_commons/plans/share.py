"""Planning `add`, `remove` and `convert`: which texts change, which submodules, which locks, what to expect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.model.plan import AbsenceExpected, ImportExpected, Plan
from dagster_commons.model.provenance import Provenance
from dagster_commons.model.sources import IndexSource
from dagster_commons.plans import wiring as lines
from dagster_commons.plans.admission import (
    require_fitting,
    require_known_module,
    require_not_used,
    require_one_version_per_lock,
    require_python,
)
from dagster_commons.plans.companions import comes_along, leaving_uses
from dagster_commons.plans.edits import EditedProject, plan_of, restore_unwired, restore_wired, texts_of, with_texts
from dagster_commons.plans.keeping import is_there, kept_version
from dagster_commons.plans.leftovers import submodule_removals, without_orphan_constraints, without_orphan_index
from dagster_commons.plans.losses import losses
from dagster_commons.plans.provision import chosen_via, provide
from dagster_commons.plans.users import ChangedProject, changed_projects, use_in, using_projects
from dagster_commons.plans.wiring import EmbeddedIndexWiring, RemoteIndexWiring
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dagster_commons.model.provenance import ProjectFile
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace
    from dagster_commons.plans.offers import Kept, Offer, Provision, Request
    from dagster_commons.plans.wiring import Texts


def add_plan(
    offer: Offer, locations: Iterable[CodeLocation], request: Request, files: Mapping[Path, ProjectFile]
) -> Plan:
    """Wire `request.module` into `locations`.

    Raises:
        UsageError: the module is unknown or already used, or something must be named.
        RefusedError: it cannot fit, or the project is one that we do not write.

    """
    if request.url is None and request.registry is None:
        require_known_module(offer.workspace, offer.provenances, request.module)
    provenance = _provenance(offer, request.module)
    projects = changed_projects(offer.workspace, locations)
    parts: list[EditedProject] = []
    for changed in projects:
        via = chosen_via(offer, changed.project, request)
        require_not_used(use_in(offer.workspace, changed.location, request.module), request.module, via)
        require_fitting(changed.project, provenance, offer.workspace)
        provision = provide(offer, changed.project, request)
        require_python(changed.project, request.module, provision.requires_python)
        require_one_version_per_lock(offer.workspace, changed.project, request.module, provision.wiring, leaving=())
        part = _added(files, changed, request.module, provision)
        parts.append(
            replace(part, expectations=_expected(changed, part.texts, provenance, provision=provision, request=request))
        )
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
    users = using_projects(workspace, locations, module)
    leaving = leaving_uses(workspace, {each.changed.project.directory for each in users}, module)
    parts: list[EditedProject] = []
    for user in users:
        part = _removed(workspace, files, user.changed, user.use, leaving)
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
    every = using_projects(offer.workspace, locations, request.module)
    users = [each for each in every if not is_there(offer, each.use, request)]
    if not users:
        who = every[0].use.location if len(every) == 1 else "every code location here"
        raise UsageError(f"{who} uses {request.module} by {request.via} already", hint="commons status")
    leaving = leaving_uses(offer.workspace, {each.changed.project.directory for each in users}, request.module)
    provenance = _provenance(offer, request.module)
    parts: list[EditedProject] = []
    for user in users:
        project = user.changed.project
        kept = kept_version(offer, user.use, request)
        provision = provide(offer, project, request, kept)
        require_python(project, request.module, provision.requires_python)
        require_one_version_per_lock(offer.workspace, project, request.module, provision.wiring, leaving=leaving)
        part = _converted(offer.workspace, files, user.changed, user.use, provision=provision, leaving=leaving)
        expectations = _expected(user.changed, part.texts, provenance, provision=provision, request=request, kept=kept)
        parts.append(replace(part, expectations=expectations))
        files = with_texts(files, part.texts)
    return plan_of(f"convert {_spelled(request)} to {request.via}", parts)


def _added(
    files: Mapping[Path, ProjectFile], changed: ChangedProject, module: str, provision: Provision
) -> EditedProject:
    texts = lines.add_requirement(texts_of(files, changed.project), module, provision.wiring)
    texts = lines.write_source(texts, module, provision.wiring)
    texts, lock = restore_wired(files, texts, module, provision)
    return EditedProject(
        texts=texts, lock=lock, earlier_steps=provision.steps, warnings=(*changed.warnings, *provision.warnings)
    )


def _removed(
    workspace: Workspace,
    files: Mapping[Path, ProjectFile],
    changed: ChangedProject,
    use: Use,
    leaving: tuple[Use, ...],
) -> EditedProject:
    project, warnings = changed.project, changed.warnings
    texts = lines.remove_requirements(texts_of(files, project), use.module)
    stays = comes_along(workspace, files[project.directory], use.module)
    if stays:
        warnings = (*warnings, f"{use.module} stays in the environment of {use.location}: another requirement needs it")
    if not (stays and isinstance(use.source, IndexSource)):  # what ties it to its index is still needed then
        texts = lines.remove_constraint(lines.remove_source(texts, use.module), use.module)
    texts = without_orphan_constraints(workspace, texts, use, leaving, kept=())
    texts = texts if stays else without_orphan_index(workspace, texts, leaving, kept=None)
    texts, lock = restore_unwired(
        files, texts, use.module, lambda document: not pyproject.module_entries(document, use.module)
    )
    absences = (
        AbsenceExpected(location=location.name, project=project.directory, module=use.module)
        for location in changed.locations
    )
    return EditedProject(
        texts=texts,
        lock=lock,
        expectations=() if stays else tuple(absences),
        later_steps=submodule_removals(workspace, project, use, leaving),
        warnings=warnings,
    )


def _converted(
    workspace: Workspace,
    files: Mapping[Path, ProjectFile],
    changed: ChangedProject,
    use: Use,
    *,
    provision: Provision,
    leaving: tuple[Use, ...],
) -> EditedProject:
    project, wiring = changed.project, provision.wiring
    before = texts_of(files, project)
    texts = lines.remove_constraint(lines.respell_requirements(before, use.module, wiring), use.module)
    if isinstance(wiring, EmbeddedIndexWiring) or isinstance(use.source, IndexSource):
        texts = lines.remove_source(texts, use.module)
    texts = without_orphan_constraints(workspace, texts, use, leaving, kept=lines.pinned_along(wiring))
    index = wiring.index if isinstance(wiring, EmbeddedIndexWiring | RemoteIndexWiring) else None
    texts = without_orphan_index(workspace, texts, leaving, kept=index)
    written_anew = lines.write_source(texts, use.module, wiring)
    texts, lock = restore_wired(files, written_anew, use.module, provision)
    is_restored = texts.own != written_anew.own
    return EditedProject(
        texts=texts,
        lock=lock,
        earlier_steps=provision.steps,
        later_steps=submodule_removals(workspace, project, use, leaving) if _leaves_checkout(use, provision) else (),
        warnings=(*changed.warnings, *provision.warnings),
        losses=() if is_restored else losses(project, before=before.own, after=texts.own, module=use.module),
    )


def _leaves_checkout(use: Use, provision: Provision) -> bool:
    """Whether the place that is read afterwards is another than the use's own."""
    return provision.place is None or provision.place != getattr(use.source, "path", None)


def _provenance(offer: Offer, module: str) -> Provenance:
    return offer.provenances.get(module) or Provenance(module=module)


def _expected(
    changed: ChangedProject,
    texts: Texts,
    provenance: Provenance,
    *,
    provision: Provision,
    request: Request,
    kept: Kept | None = None,
) -> tuple[ImportExpected, ...]:
    document = pyproject.read(texts.own, changed.project.file)
    entries = pyproject.module_entries(document, provenance.module)
    is_editable = all(table.get("editable") is True for table in pyproject.source_tables(document, provenance.module))
    known = provenance.project.import_packages if provenance.project is not None else ()
    version = request.version or (kept.version if kept is not None else None) or provision.version
    return tuple(
        ImportExpected(
            location=location.name,
            project=changed.project.directory,
            module=provenance.module,
            import_packages=known,
            version=version,
            place=provision.place if is_editable else None,
            extras=tuple(dict.fromkeys(entry.extra for entry in entries if entry.extra is not None)),
            groups=tuple(dict.fromkeys(entry.group for entry in entries if entry.group is not None)),
            naming=kept.naming if kept is not None and request.version is None else None,
        )
        for location in changed.locations
    )


def _spelled(request: Request) -> str:
    return f"{request.module}=={request.version}" if request.version else request.module
