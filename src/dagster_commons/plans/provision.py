"""How a project would get a shared module: the wiring, the git steps before it, and what to expect afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.provenance import Provenance
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.by_index import by_index
from dagster_commons.plans.by_repository import by_git, by_submodule, checkout_in, stated_version, uncompared
from dagster_commons.plans.offers import Provision
from dagster_commons.plans.wiring import PathWiring

if TYPE_CHECKING:
    from dagster_commons.model.project import Project
    from dagster_commons.model.sources import WritableSourceKind
    from dagster_commons.plans.offers import Kept, Offer, Request


def provide(offer: Offer, project: Project, request: Request, kept: Kept | None = None) -> Provision:
    """Decide how `project` gets the module, at the version `kept` of a conversion unless the request names one.

    Raises:
        UsageError: something must be named that cannot be read off (a URL, a version, a registry), or does not fit.
        RefusedError: this way is not possible, e.g. a repository inside itself, or it leads to another version.

    """
    provenance = offer.provenances.get(request.module) or Provenance(module=request.module)
    via = chosen_via(offer, project, request)
    _refuse_stray_details(request, via)
    match via:
        case "path":
            return _by_path(offer, project, provenance, request, kept)
        case "submodule":
            return by_submodule(offer, project, provenance, request, kept)
        case "index":
            return by_index(offer, project, provenance, request, kept)
        case "git":
            return by_git(project, provenance, request, kept)


def chosen_via(offer: Offer, project: Project, request: Request) -> WritableSourceKind:
    """The source that was asked for, or that `[sources]` names, or the one that is in the project's repository already.

    Raises:
        UsageError: none of these says it.

    """
    if request.via is not None:
        return request.via
    for default in offer.workspace.configuration.sources:
        if default.module == request.module:
            return default.via
    home = offer.workspace.repository_of(project.directory)
    if home is not None and checkout_in(offer.workspace, home.root, request.module) is not None:
        return "submodule"
    provenance = offer.provenances.get(request.module)
    module = provenance.project if provenance is not None else None
    if module is not None and home == offer.workspace.repository_of(module.directory):
        return "path"
    raise UsageError(
        f"say how {project.name} shall get {request.module}: --via path|submodule|index|git",
        hint="path suits one repository; submodule and git need a URL, index a registry",
    )


def _refuse_stray_details(request: Request, via: WritableSourceKind) -> None:
    """An option that this way does not know would be ignored in silence."""
    details = (
        ("--registry", request.registry, ("index",)),
        ("--url", request.url, ("submodule", "git")),
        ("--tag", request.tag, ("submodule", "git")),
        ("--subdirectory", request.subdirectory, ("submodule", "git")),
        ("--at", request.submodule_path, ("submodule",)),
    )
    for option, value, ways in details:
        if value is not None and via not in ways:
            raise UsageError(
                f"{option} says nothing about a module by {via}", hint=f"{option} goes with --via {' or '.join(ways)}"
            )


def _by_path(offer: Offer, project: Project, provenance: Provenance, request: Request, kept: Kept | None) -> Provision:
    module = provenance.project
    if module is None:
        raise UsageError(
            f"{provenance.module} has no project directory in this workspace, so there is no path to it",
            hint="`commons new` makes one; a module of another repository comes via submodule, index or git",
        )
    _refuse_fellow_member(project, module)
    _refuse_only_a_checkout(offer, project, module, kept)
    version = offer.versions.get(module.directory)
    _see_version(project, request, kept, version)
    warnings: list[str] = []
    if kept is not None and None in (version, kept.version):
        warnings.append(uncompared(project, module.name))
    if offer.workspace.repository_of(module.directory) != offer.workspace.repository_of(project.directory):
        warnings.append(f"{module.name} lies in another repository than {project.name}: a lone clone of it cannot sync")
    return Provision(
        wiring=PathWiring(directory=module.directory),
        place=module.directory,
        version=stated_version(module),
        requires_python=module.requires_python,
        warnings=tuple(warnings),
    )


def _refuse_fellow_member(project: Project, module: Project) -> None:
    is_fellow = module.uv_root == project.uv_root and module.uv_root not in (None, module.directory, project.directory)
    if is_fellow or (module.uv_root == project.directory != module.directory):
        raise RefusedError(
            f"{module.name} and {project.name} are members of one uv workspace; such uses are read, not written",
            file=project.file,
            hint=f"uv add --package {project.name} {module.name}",
        )


def _refuse_only_a_checkout(offer: Offer, project: Project, module: Project, kept: Kept | None) -> None:
    """The path to a checkout that the conversion is about to remove would lead nowhere."""
    home = offer.workspace.repository_of(module.directory)
    if kept is None or home is None or home.superproject is None:
        return
    if offer.workspace.repository_of(project.directory) in (home, None):
        return
    raise UsageError(
        f"{module.name} is in this workspace only as the checkout of a submodule, {home.root.name}",
        hint="its own repository can be named under [fleet] in commons.toml; then --via path leads there",
    )


def _see_version(project: Project, request: Request, kept: Kept | None, version: str | None) -> None:
    """Whether the working tree has the version that is wanted, as far as the files say it."""
    if version is None:
        return
    if request.version is not None and not is_same_version(request.version, version):
        raise UsageError(
            f"{request.module} is {version} in this workspace, not {request.version}",
            hint="a path leads to the working tree as it is; --via index or git has other versions",
        )
    in_use = kept.version if kept is not None and request.version is None else None
    if kept is not None and in_use is not None and not is_same_version(in_use, version):
        raise RefusedError(
            f"{project.name} uses {request.module} {in_use}, and by path it would get {version}",
            hint=f"another version must be named: {kept.named(version)}",
        )
