"""The edits and steps that move uses of modules to other versions, each in the form that it has."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.model.names import pinned, requirement_name, strip_version
from dagster_commons.model.plan import ImportExpected, LockProject, MoveSubmodule
from dagster_commons.model.sources import GitSource, IndexSource, SubmoduleSource, source_directory
from dagster_commons.plans import wiring as lines
from dagster_commons.plans.companions import leaving_uses
from dagster_commons.plans.edits import EditedProject, plan_of, texts_of, with_texts
from dagster_commons.plans.leftovers import without_orphan_constraints
from dagster_commons.plans.losses import losses
from dagster_commons.plans.upgrade_ranges import admits, is_exact_pin
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dagster_commons.model.plan import Plan
    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import ProjectFile
    from dagster_commons.model.workspace import Use, Workspace
    from dagster_commons.plans.offers import Offer
    from dagster_commons.plans.upgrade_targets import Target
    from dagster_commons.plans.wiring import Texts

_VERSION_IN_PIN = re.compile(r"(?P<before>===?\s*)[^\s,;]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A use of one location, and what it moves to."""

    use: Use
    project: Project
    target: Target


def group_plan(offer: Offer, moves: Sequence[Move], files: Mapping[Path, ProjectFile]) -> Plan:
    """The plan that carries out all of `moves`, which share a lock or a submodule."""
    parts: dict[tuple[Path, str], EditedProject] = {}
    locks: dict[Path, tuple[str, ...]] = {}
    for move in moves:
        key = (move.project.directory, move.use.module)
        if key in parts:
            found = parts[key]
            parts[key] = replace(found, expectations=(*found.expectations, _expectation(move, found.texts, offer)))
            continue
        part = _moved(offer, files, move, moves)
        files = with_texts(files, part.texts)
        parts[key] = part
        if move.target.version is not None and isinstance(move.use.source, IndexSource):
            root = part.texts.root_directory
            locks[root] = (*locks.get(root, ()), f"{move.use.module}=={move.target.version}")
    plan = plan_of(_title(moves), _latest(tuple(parts.values()), files))
    return replace(
        plan,
        steps=tuple(
            replace(step, upgrades=locks.get(step.directory, ())) if isinstance(step, LockProject) else step
            for step in plan.steps
        ),
    )


def _latest(parts: Sequence[EditedProject], files: Mapping[Path, ProjectFile]) -> list[EditedProject]:
    """The parts, each with the texts as the last of them leaves them."""
    return [replace(each, texts=texts_of(files, each.texts.project)) for each in parts]


def _title(moves: Sequence[Move]) -> str:
    what = sorted({f"{move.use.module} to {move.target.title}" for move in moves})
    where = sorted({move.use.location for move in moves})
    return f"upgrade {', '.join(what)} in {', '.join(where)}"


def _moved(offer: Offer, files: Mapping[Path, ProjectFile], move: Move, moves: Sequence[Move]) -> EditedProject:
    before = texts_of(files, move.project)
    texts = _respelled(before, move)
    match move.use.source:
        case IndexSource():
            texts = _constrained(offer, texts, move, moves)
        case GitSource():
            texts = _retagged(texts, move)
        case _:
            pass
    return EditedProject(
        texts=texts,
        expectations=(_expectation(move, texts, offer),),
        earlier_steps=_submodule_moves(offer.workspace, move),
        losses=losses(move.project, before=before.own, after=texts.own, module=move.use.module)
        if _loses_range(before, move)
        else (),
        warnings=(*move.target.warnings, *_moving_along(offer.workspace, move, moves)),
    )


def _respelled(texts: Texts, move: Move) -> Texts:
    """Pins moved, ranges that admit the version kept, other ranges become what the source is written with."""
    version = move.target.version
    if version is None:
        return texts
    text = texts.own
    for entry in pyproject.module_entries(pyproject.read(text, texts.project.file), move.use.module):
        text = pyproject.replace_dependency(
            text,
            move.use.module,
            _requirement_for(entry.requirement, version, move.use),
            extra=entry.extra,
            group=entry.group,
            old=entry.requirement,
        )
    return texts.with_own(text)


def _requirement_for(requirement: str, version: str, use: Use) -> str:
    if is_exact_pin(requirement):
        return _VERSION_IN_PIN.sub(rf"\g<before>{version}", requirement, count=1)
    if admits(requirement, version):
        return requirement
    return pinned(requirement, version) if isinstance(use.source, IndexSource) else strip_version(requirement)


def _loses_range(before: Texts, move: Move) -> bool:
    entries = pyproject.module_entries(pyproject.read(before.own, move.project.file), move.use.module)
    return any(
        not is_exact_pin(each.requirement) and not admits(each.requirement, move.target.version) for each in entries
    )


def _constrained(offer: Offer, texts: Texts, move: Move, moves: Sequence[Move]) -> Texts:
    """The module's own constraint and those of what comes along moved; those that nothing needs any more taken out."""
    targets = {
        each.use.module: each.target.version
        for each in moves
        if each.target.version is not None and _root(each.project) == texts.root_directory
    }
    along = {requirement_name(each) for each in move.target.constraints}
    wanted = {requirement_name(each): each for each in move.target.constraints}
    for constraint in lines.constraints(pyproject.read(texts.root, texts.root_directory / "pyproject.toml")):
        if requirement_name(constraint) in targets and is_exact_pin(constraint):
            wanted[requirement_name(constraint)] = constraint
    leaving = leaving_uses(offer.workspace, {move.project.directory}, move.use.module)
    texts = without_orphan_constraints(offer.workspace, texts, move.use, leaving, kept=tuple(wanted))
    for name, constraint in sorted(wanted.items()):
        version = targets.get(name)
        moved = _VERSION_IN_PIN.sub(rf"\g<before>{version}", constraint, count=1) if version else constraint
        texts = lines.constrain(texts, (moved,), index=move.target.index if name in along else None)
    return texts


def _retagged(texts: Texts, move: Move) -> Texts:
    source, tag = move.use.source, move.target.tag
    if not isinstance(source, GitSource) or tag is None or source.reference_kind is None:
        return texts
    is_commit = source.reference_kind == "rev" and re.fullmatch(r"[0-9a-f]{7,64}", source.reference or "") is not None
    written = tag.commit if is_commit else tag.name
    return texts.with_own(pyproject.set_source_value(texts.own, move.use.module, source.reference_kind, written))


def _submodule_moves(workspace: Workspace, move: Move) -> tuple[MoveSubmodule, ...]:
    source, tag = move.use.source, move.target.tag
    if not isinstance(source, SubmoduleSource) or tag is None:
        return ()
    home = next((each.superproject for each in workspace.repositories if each.root == source.submodule), None)
    if home is None:
        return ()
    return (MoveSubmodule(repository=home, path=source.submodule, commit=tag.commit, tag=tag.name),)


def _moving_along(workspace: Workspace, move: Move, moves: Sequence[Move]) -> tuple[str, ...]:
    """Other modules in the same submodule, which move whether or not they were asked for."""
    source = move.use.source
    if not isinstance(source, SubmoduleSource):
        return ()
    asked = {each.use.module for each in moves}
    along = {
        use.module
        for use in workspace.uses
        if isinstance(use.source, SubmoduleSource) and use.source.submodule == source.submodule
    }
    return tuple(f"{name} is in the same submodule and moves along" for name in sorted(along - asked))


def _expectation(move: Move, texts: Texts, offer: Offer) -> ImportExpected:
    document = pyproject.read(texts.own, move.project.file)
    entries = pyproject.module_entries(document, move.use.module)
    provenance = offer.provenances.get(move.use.module)
    known = provenance.project.import_packages if provenance is not None and provenance.project is not None else ()
    directory = source_directory(move.use.source)
    is_editable = all(table.get("editable") is True for table in pyproject.source_tables(document, move.use.module))
    return ImportExpected(
        location=move.use.location,
        project=move.project.directory,
        module=move.use.module,
        import_packages=known,
        version=move.target.version,
        place=directory if is_editable else None,
        extras=tuple(dict.fromkeys(entry.extra for entry in entries if entry.extra is not None)),
        groups=tuple(dict.fromkeys(entry.group for entry in entries if entry.group is not None)),
    )


def _root(project: Project) -> Path:
    return project.uv_root or project.directory
