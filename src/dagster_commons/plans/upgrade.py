"""Planning `upgrade`: each use of a module to another version of the same source, or the reason why it stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.sources import SubmoduleSource, source_kind
from dagster_commons.model.upgrades import LocationUpgrade, Stay
from dagster_commons.plans.admission import require_writable
from dagster_commons.plans.upgrade_edits import Move, group_plan
from dagster_commons.plans.upgrade_ranges import objection
from dagster_commons.plans.upgrade_targets import Target, newest_known, target_of, unread_registry, version_in_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dagster_commons.model.plan import Plan
    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import ProjectFile
    from dagster_commons.model.upgrades import UpgradeRequest
    from dagster_commons.model.workspace import CodeLocation, Use, Workspace
    from dagster_commons.plans.offers import Offer


def upgrade_plans(
    offer: Offer, locations: Iterable[CodeLocation], request: UpgradeRequest, files: Mapping[Path, ProjectFile]
) -> tuple[LocationUpgrade, ...]:
    """What becomes of every use of the modules in `locations`, sorted; uses that must move together have one plan.

    Nothing that belongs to a location outside `locations` is moved.

    Raises:
        UsageError: no location here uses a module that was asked for.

    """
    asked = tuple(locations)
    drafts = [_draft(offer, location, use, request) for location, use in _uses(offer.workspace, asked, request)]
    drafts = _settled(offer, drafts, {each.name for each in asked}, files)
    plans = _plans(offer, drafts, files)
    rows = (_row(offer, draft, plans.get((draft.use.location, draft.use.module)), request) for draft in drafts)
    return tuple(sorted(rows, key=lambda row: (row.module, row.location)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A use, and where it wants to go so far."""

    use: Use
    project: Project | None
    outcome: Target | Stay

    @property
    def root(self) -> Path:
        """The directory of the lock."""
        return (self.project.uv_root or self.project.directory) if self.project is not None else self.use.project

    @property
    def submodule(self) -> Path | None:
        return self.use.source.submodule if isinstance(self.use.source, SubmoduleSource) else None


def _uses(
    workspace: Workspace, locations: tuple[CodeLocation, ...], request: UpgradeRequest
) -> list[tuple[CodeLocation, Use]]:
    """One use per location and module: its own before what another module brings along."""
    by_name = {each.name: each for each in locations}
    found: dict[tuple[str, str], Use] = {}
    for use in sorted(workspace.uses, key=lambda use: use.through is not None):
        if use.location in by_name and (use.module in request.modules or not request.modules):
            found.setdefault((use.location, use.module), use)
    for module in request.modules:
        if not any(name == module for _, name in found):
            from difflib import get_close_matches  # noqa: PLC0415 - only a failure pays for it

            close = get_close_matches(module, [each.name for each in workspace.modules if each.name != module], n=1)
            who = f"{locations[0].name} does not use" if len(locations) == 1 else "no code location here uses"
            hint = f"did you mean `{close[0]}`?" if close else "commons status shows the uses"
            raise UsageError(f"{who} {module}", hint=hint)
    return [(by_name[location], use) for (location, _), use in found.items()]


def _draft(offer: Offer, location: CodeLocation, use: Use, request: UpgradeRequest) -> _Draft:
    project = offer.workspace.project_at(location.path)
    if use.through is not None:
        stay = Stay(kind="fixed", reason=f"comes along with {use.through}")
        return _Draft(use=use, project=project, outcome=stay)
    try:
        project = require_writable(offer.workspace, location, project)
    except RefusedError as error:
        return _Draft(use=use, project=project, outcome=Stay(kind="refused", reason=error.message))
    return _Draft(use=use, project=project, outcome=target_of(offer, project, use, request))


def _settled(offer: Offer, drafts: list[_Draft], asked: set[str], files: Mapping[Path, ProjectFile]) -> list[_Draft]:
    """Take back one move after the other that something speaks against, until nothing does."""
    while True:
        for position, draft in enumerate(drafts):
            if isinstance(draft.outcome, Target):
                stay = _against(offer, drafts, draft, asked, files)
                if stay is not None:
                    drafts = [*drafts[:position], replace(draft, outcome=stay), *drafts[position + 1 :]]
                    break
        else:
            return drafts


def _against(
    offer: Offer, drafts: list[_Draft], draft: _Draft, asked: set[str], files: Mapping[Path, ProjectFile]
) -> Stay | None:
    moving_along = [use for use in offer.workspace.uses if _moves_along(offer.workspace, draft, use)]
    unasked = sorted({use.location for use in moving_along} - asked)
    if unasked:
        return Stay(kind="refused", reason=f"{', '.join(unasked)} would move along ({_bond(draft)}): name both with -l")
    for other in drafts:
        is_fellow = other.use in moving_along and other.use.module == draft.use.module
        if is_fellow and isinstance(other.outcome, Stay) and other.outcome.kind != "current":
            reason = f"{other.use.location} would move along ({_bond(draft)}), but {other.outcome.reason}"
            return Stay(kind="refused", reason=reason)
    uses = tuple(use for use in offer.workspace.uses if _root_of(offer.workspace, use) == draft.root)
    here = {each.use.module: each.outcome for each in drafts if each.root == draft.root}
    targets = {module: outcome for module, outcome in here.items() if isinstance(outcome, Target)}
    return objection(offer, uses, targets, draft.use.module, files[draft.root])


def _moves_along(workspace: Workspace, draft: _Draft, use: Use) -> bool:
    """Whether `use` cannot stay when `draft` moves: it has the same submodule, or the same module in the same lock."""
    if use.location == draft.use.location:
        return False
    in_submodule = isinstance(use.source, SubmoduleSource) and use.source.submodule == draft.submodule
    return in_submodule or (use.module == draft.use.module and _root_of(workspace, use) == draft.root)


def _bond(draft: _Draft) -> str:
    return "the same submodule" if draft.submodule is not None else "the same lock"


def _root_of(workspace: Workspace, use: Use) -> Path | None:
    """The directory of the lock that the location of `use` is installed from."""
    location = workspace.location(use.location)
    project = workspace.project_at(location.path) if location is not None else None
    return (project.uv_root or project.directory) if project is not None else None


def _plans(offer: Offer, drafts: list[_Draft], files: Mapping[Path, ProjectFile]) -> dict[tuple[str, str], Plan]:
    """One plan per group of moves that share a lock or a submodule, by location and module."""
    found: dict[tuple[str, str], Plan] = {}
    for group in _groups([each for each in drafts if isinstance(each.outcome, Target)]):
        moves = [
            Move(use=each.use, project=each.project, target=each.outcome)
            for each in group
            if isinstance(each.outcome, Target) and each.project is not None
        ]
        plan = group_plan(offer, moves, files)
        found |= {(each.use.location, each.use.module): plan for each in group}
    return found


def _groups(drafts: list[_Draft]) -> list[list[_Draft]]:
    groups: list[tuple[set[Path], list[_Draft]]] = []
    for draft in drafts:
        keys = {draft.root} | ({draft.submodule} if draft.submodule is not None else set())
        members = [draft]
        for other in [each for each in groups if each[0] & keys]:
            keys |= other[0]
            members = [*other[1], *members]
            groups.remove(other)
        groups.append((keys, members))
    return [members for _, members in groups]


def _row(offer: Offer, draft: _Draft, plan: Plan | None, request: UpgradeRequest) -> LocationUpgrade:
    outcome, use = draft.outcome, draft.use
    is_fixed = isinstance(outcome, Stay) and outcome.kind == "fixed"
    known = newest_known(offer, draft.project, use) if draft.project is not None else None
    unread = unread_registry(offer, draft.project, use) if draft.project is not None else None
    return LocationUpgrade(
        location=use.location,
        module=use.module,
        source=source_kind(use.source),
        in_use=version_in_use(offer, use),
        target=outcome.title if isinstance(outcome, Target) else None if is_fixed else request.version or known,
        plan=plan,
        stay=outcome if isinstance(outcome, Stay) else None,
        unread=unread.reason if unread is not None else None,
    )
