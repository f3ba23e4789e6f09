"""Which of the wished moves what else is used in the same environment does not admit, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.model.names import requirement_name
from dagster_commons.model.sources import source_directory
from dagster_commons.model.upgrades import Stay
from dagster_commons.plans.upgrade_targets import Target, version_in_use
from dagster_commons.plans.wiring import constraints
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import ProjectFile
    from dagster_commons.model.workspace import Use
    from dagster_commons.plans.offers import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """What a module requires of another."""

    said: str  # `shared-io 0.1.0`, for the message
    requirement: str


def objection(
    offer: Offer, uses: tuple[Use, ...], targets: Mapping[str, Target], module: str, root: ProjectFile
) -> Stay | None:
    """What speaks against moving `module` to its target, given all `uses` of one environment and all its `targets`."""
    in_root = constraints(pyproject.read(root.text, root.project.file))
    own = [each for each in in_root if requirement_name(each) == module and not is_exact_pin(each)]
    ranges = [_Range(said=root.project.name, requirement=each) for each in own]
    versions = {use.module: _version(offer, use, targets) for use in uses}
    for use in uses:
        if use.module != module:
            ranges += [each for each in _ranges(offer, use, targets) if requirement_name(each.requirement) == module]
    for each in ranges:
        if not admits(each.requirement, versions.get(module)):
            reason = f"{each.said} requires {each.requirement}"
            return Stay(kind="refused", reason=reason)
    return _needs_another(uses, targets, module, versions)


def admits(requirement: str, version: str | None) -> bool:
    """Whether `version` satisfies the requirement; one that is not known does."""
    from packaging.requirements import Requirement  # noqa: PLC0415 - start-up stays fast

    return version is None or Requirement(requirement).specifier.contains(version, prereleases=True)


def is_exact_pin(requirement: str) -> bool:
    """Whether the requirement is for one exact version: `shared==0.1.3`."""
    from packaging.requirements import Requirement  # noqa: PLC0415 - start-up stays fast

    specifiers = tuple(Requirement(requirement).specifier)
    return len(specifiers) == 1 and specifiers[0].operator in ("==", "===") and "*" not in specifiers[0].version


def _needs_another(
    uses: tuple[Use, ...], targets: Mapping[str, Target], module: str, versions: Mapping[str, str | None]
) -> Stay | None:
    """A module that is required directly, does not move, and that the target does not admit as it is."""
    target = targets[module]
    staying = {use.module: use for use in uses if use.through is None and use.module not in targets}
    for requirement in _unconditional(target.requires):
        name = requirement_name(requirement)
        if name in staying and not admits(requirement, versions.get(name)):
            return Stay(
                kind="refused",
                reason=f"{module} {target.version} requires {requirement}, and {staying[name].location} stays at "
                f"{name} {versions[name]}",
            )
    return None


def _version(offer: Offer, use: Use, targets: Mapping[str, Target]) -> str | None:
    target = targets.get(use.module)
    return target.version if target is not None else version_in_use(offer, use)


def _ranges(offer: Offer, use: Use, targets: Mapping[str, Target]) -> Iterator[_Range]:
    """What the module of `use` requires of others, as it will be; nothing where that cannot be read here."""
    version = _version(offer, use, targets)
    target = targets.get(use.module)
    said = f"{use.module} {version}" if version is not None else use.module
    if target is not None:
        required: tuple[str, ...] = target.requires
    else:
        directory = source_directory(use.source)
        project = offer.workspace.project_at(directory) if directory is not None else None
        required = _declared(project) if project is not None else _released(offer, use, version)
    for requirement in _unconditional(required):
        yield _Range(said=said, requirement=requirement)


def _declared(project: Project) -> tuple[str, ...]:
    return tuple(each.requirement for each in project.dependencies if each.extra is None and each.group is None)


def _released(offer: Offer, use: Use, version: str | None) -> tuple[str, ...]:
    """What the registries say, as far as that was read; the same version requires the same in each of them."""
    provenance = offer.provenances.get(use.module)
    if provenance is None or version is None:
        return ()
    names = [each.name for each in offer.workspace.configuration.registries]
    releases = (each for name in names for each in provenance.releases_in(name))
    return next((each.known_requirements for each in releases if each.version == version), ())


def _unconditional(requirements: tuple[str, ...]) -> Iterator[str]:
    """Without those of extras: nothing that comes along unasked."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - start-up stays fast

    for requirement in requirements:
        try:
            marker = Requirement(requirement).marker
        except InvalidRequirement:
            continue  # uv says what is wrong with it
        if marker is None or "extra" not in str(marker):
            yield requirement
