"""One project's part of a plan, with the way back to earlier bytes, and the Plan that several parts make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.model.names import requirement_name
from dagster_commons.model.plan import LockProject, Plan, Step, WriteFile
from dagster_commons.plans.images import earlier_spelling, restored
from dagster_commons.plans.wanted import says_same_source
from dagster_commons.plans.wiring import Texts, constraints, pinned_along
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from dagster_commons.model.plan import Expectation
    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import ProjectFile
    from dagster_commons.plans.offers import Provision


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedProject:
    """What one project's part of a plan comes to."""

    texts: Texts
    expectations: tuple[Expectation, ...] = ()
    lock: bytes | None = None  # an image of the lock to start from
    earlier_steps: tuple[Step, ...] = ()  # before the files are written
    later_steps: tuple[Step, ...] = ()  # after them
    losses: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def texts_of(files: Mapping[Path, ProjectFile], project: Project) -> Texts:
    """The texts that wiring `project` touches, as `files` has them."""
    root = project.uv_root or project.directory
    return Texts(project=project, own=files[project.directory].text, root=files[root].text, root_directory=root)


def with_texts(files: Mapping[Path, ProjectFile], texts: Texts) -> Mapping[Path, ProjectFile]:
    """`files` as they are once `texts` are written: two members of one uv workspace edit the same root."""
    own, root = texts.project.directory, texts.root_directory
    return {
        **files,
        root: replace(files[root], text=texts.root),
        own: replace(files[own], text=texts.own),
    }


def restore_wired(
    files: Mapping[Path, ProjectFile], wired: Texts, module: str, provision: Provision
) -> tuple[Texts, bytes | None]:
    """`wired`, or the bytes that the file had when it last had the same source, where we kept them; and their lock."""
    modules = (module, *pinned_along(provision.wiring), *_pins_gone(files, wired))
    return _restore(files, wired, modules, says_same_source(wired, module, provision))


def restore_unwired(
    files: Mapping[Path, ProjectFile],
    unwired: Texts,
    module: str,
    is_absent: Callable[[pyproject.Document], bool],
) -> tuple[Texts, bytes | None]:
    """`unwired`, or the bytes that the file had before the module came, where we kept them; and their lock."""
    return _restore(files, unwired, (module, *_pins_gone(files, unwired)), is_absent)


def plan_of(title: str, edited: Iterable[EditedProject]) -> Plan:
    """The Plan that carries out every project's part: git steps, then files, then removals, then locks."""
    parts = tuple(edited)
    writes = {file: text for part in parts for file, text in _written(part.texts)}
    locks: dict[Path, bytes | None] = {}
    for part in parts:
        root = part.texts.root_directory
        locks[root] = part.lock or locks.get(root)
    return Plan(
        title=title,
        steps=(
            *dict.fromkeys(step for part in parts for step in part.earlier_steps),
            *(WriteFile(path=file, content=text.encode("utf-8")) for file, text in writes.items()),
            *dict.fromkeys(step for part in parts for step in part.later_steps),
            *(LockProject(directory=directory, keep=lock) for directory, lock in locks.items()),
        ),
        expectations=tuple(expectation for part in parts for expectation in part.expectations),
        losses=tuple(loss for part in parts for loss in part.losses),
        warnings=tuple(dict.fromkeys(warning for part in parts for warning in part.warnings)),
    )


def _restore(
    files: Mapping[Path, ProjectFile],
    texts: Texts,
    modules: tuple[str, ...],
    says_what_is_wanted: Callable[[pyproject.Document], bool],
) -> tuple[Texts, bytes | None]:
    file = files[texts.project.directory]
    if not texts.is_root:
        texts = texts.with_root(earlier_spelling(files[texts.root_directory], texts.root) or texts.root)
    earlier = restored(file, modules=modules, says_what_is_wanted=says_what_is_wanted)
    if earlier is None:
        return texts, None
    return texts.with_own(earlier.text), earlier.lock


def _pins_gone(files: Mapping[Path, ProjectFile], texts: Texts) -> tuple[str, ...]:
    """The modules whose constraints the edit has taken out of the uv root."""
    file = texts.root_directory / "pyproject.toml"
    before, after = (
        {requirement_name(each) for each in constraints(pyproject.read(text, file))}
        for text in (files[texts.root_directory].text, texts.root)
    )
    return tuple(sorted(before - after))


def _written(texts: Texts) -> tuple[tuple[Path, str], ...]:
    own = (texts.project.file, texts.own)
    return (own,) if texts.is_root else (own, (texts.root_directory / "pyproject.toml", texts.root))
