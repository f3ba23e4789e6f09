"""The lines that an expert would write for each source, as edits of pyproject texts.

A project's own requirement and source stand in its pyproject.toml; index tables and constraints stand in the uv
workspace root's, because uv silently ignores them in a member.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.errors import RefusedError
from dagster_commons.model.names import pinned, requirement_name, strip_version
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from dagster_commons.model.project import Project


Table: TypeAlias = dict[str, str | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathWiring:
    """An editable path source; for a submodule the path of the project in its checkout."""

    directory: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class GitWiring:
    """uv's git source, pinned by a tag (or a commit)."""

    url: str
    tag: str | None
    rev: str | None
    subdirectory: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteIndexWiring:
    """An exact pin from a named, explicit, authenticated index."""

    version: str
    index: str
    url: str
    constraints: tuple[str, ...] = ()  # exact pins of managed modules that come along


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedIndexWiring:
    """An exact pin from the embedded registry: relative, first, not explicit, so that the lock is portable."""

    version: str
    index: str
    directory: Path
    constraints: tuple[str, ...] = ()


Wiring: TypeAlias = PathWiring | GitWiring | RemoteIndexWiring | EmbeddedIndexWiring


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The pyproject texts that one project's wiring touches; the same text twice where it is its own uv root."""

    project: Project
    own: str
    root: str
    root_directory: Path

    @property
    def is_root(self) -> bool:
        return self.root_directory == self.project.directory

    def with_own(self, text: str) -> Texts:
        return Texts(
            project=self.project,
            own=text,
            root=text if self.is_root else self.root,
            root_directory=self.root_directory,
        )

    def with_root(self, text: str) -> Texts:
        return Texts(
            project=self.project,
            own=text if self.is_root else self.own,
            root=text,
            root_directory=self.root_directory,
        )


def add_requirement(texts: Texts, module: str, wiring: Wiring) -> Texts:
    """Declare `module` as a dependency, spelled as `wiring` needs it."""
    return texts.with_own(pyproject.add_dependency(texts.own, requirement_for(module, wiring)))


def respell_requirements(texts: Texts, module: str, wiring: Wiring) -> Texts:
    """Give every requirement of `module` the form that `wiring` needs; extras, markers and place are kept."""
    text = texts.own
    for entry in pyproject.module_entries(pyproject.read(text, texts.project.file), module):
        text = pyproject.replace_dependency(
            text,
            module,
            requirement_for(entry.requirement, wiring),
            extra=entry.extra,
            group=entry.group,
            old=entry.requirement,
        )
    return texts.with_own(text)


def remove_requirements(texts: Texts, module: str) -> Texts:
    """Take every requirement of `module` out, whichever extra or group it stands in."""
    text = texts.own
    for entry in pyproject.module_entries(pyproject.read(text, texts.project.file), module):
        text = pyproject.remove_dependency(text, module, extra=entry.extra, group=entry.group)
    return texts.with_own(text)


def write_source(texts: Texts, module: str, wiring: Wiring) -> Texts:
    """Write the source, index and constraints that `wiring` needs."""
    match wiring:
        case PathWiring():
            written = relative_path(wiring.directory, texts.project.directory)
            return _set_source(texts, module, {"path": written, "editable": True})
        case GitWiring():
            return _set_source(texts, module, _git_source(wiring))
        case RemoteIndexWiring():
            remote: Table = {"name": wiring.index, "url": wiring.url, "explicit": True, "authenticate": "always"}
            texts = _ensure_index(texts, remote, first=False)
            texts = constrain(texts, wiring.constraints, index=wiring.index)
            return _set_source(texts, module, {"index": wiring.index})
        case EmbeddedIndexWiring():
            embedded: Table = {"name": wiring.index, "url": relative_path(wiring.directory, texts.root_directory)}
            texts = _ensure_index(texts, embedded, first=True)
            return constrain(texts, wiring.constraints, index=None)


def remove_source(texts: Texts, module: str) -> Texts:
    """Take the source entry of `module` out."""
    return texts.with_own(pyproject.remove_source(texts.own, module))


def remove_constraint(texts: Texts, module: str) -> Texts:
    """Take the constraint of `module` out of the uv root's pyproject.toml."""
    return texts.with_root(pyproject.remove_constraint(texts.root, module))


def constrain(texts: Texts, constraints: Iterable[str], *, index: str | None) -> Texts:
    """Write exact pins of what comes along; with `index`, an explicit one, also the source that ties each to it.

    uv asks an explicit index only for what has a source, and applies the sources beside constraints to them.
    """
    for constraint in constraints:
        texts = texts.with_root(pyproject.add_constraint(texts.root, constraint))
        name = requirement_name(constraint)
        document = pyproject.read(texts.root, texts.root_directory / "pyproject.toml")
        if index is not None and not pyproject.source_tables(document, name):
            texts = texts.with_root(pyproject.set_source(texts.root, name, {"index": index}))
    return texts


def remove_companion_source(texts: Texts, module: str, indexes: Collection[str]) -> Texts:
    """Take out the source that tied `module`, which only came along, to one of `indexes`."""
    document = pyproject.read(texts.root, texts.root_directory / "pyproject.toml")
    tied = [table.get("index") for table in pyproject.source_tables(document, module)]
    if pyproject.module_entries(document, module) or len(tied) != 1 or tied[0] not in indexes:
        return texts
    return texts.with_root(pyproject.remove_source(texts.root, module))


def constraints(document: pyproject.Document) -> tuple[str, ...]:
    """The constraints of a uv root, as written."""
    return pyproject.strings(document, "tool", "uv", "constraint-dependencies")


def remove_index(texts: Texts, index: str) -> Texts:
    """Take the table of `index` out of the uv root's pyproject.toml."""
    return texts.with_root(pyproject.remove_index(texts.root, index))


def requirement_for(requirement: str, wiring: Wiring) -> str:
    """`requirement` (a name or a whole requirement) as `wiring` needs it: an exact pin, or without a version."""
    match wiring:
        case PathWiring() | GitWiring():
            return strip_version(requirement)
        case RemoteIndexWiring() | EmbeddedIndexWiring():
            return pinned(requirement, wiring.version)


def pinned_along(wiring: Wiring) -> tuple[str, ...]:
    """The modules that `wiring` pins by constraints because they come along."""
    if isinstance(wiring, EmbeddedIndexWiring | RemoteIndexWiring):
        return tuple(requirement_name(constraint) for constraint in wiring.constraints)
    return ()


def relative_path(target: Path, start: Path) -> str:
    """`target` as seen from `start`, posix, always beginning with `./` or `../` (Dagster+ misreads bare names)."""
    relative = os.path.relpath(target, start).replace(os.sep, "/")
    return relative if relative.startswith("../") or relative == ".." else f"./{relative}"


def _set_source(texts: Texts, module: str, source: Table) -> Texts:
    return texts.with_own(pyproject.set_source(texts.own, module, source))


def _git_source(wiring: GitWiring) -> dict[str, str | bool]:
    source: Table = {"git": wiring.url}
    if wiring.tag is not None:
        source["tag"] = wiring.tag
    if wiring.rev is not None:
        source["rev"] = wiring.rev
    if wiring.subdirectory is not None:
        source["subdirectory"] = wiring.subdirectory
    return source


def _ensure_index(texts: Texts, table: Table, *, first: bool) -> Texts:
    """The index of that name as it is there already, or `table` written; another one of the name is refused.

    Raises:
        RefusedError: an index of that name leads elsewhere, or is explicit where it must not be, or the reverse.

    """
    file = texts.root_directory / "pyproject.toml"
    for index in pyproject.tables(pyproject.read(texts.root, file), "tool", "uv", "index"):
        if index.get("name") != table["name"]:
            continue
        for key in ("url", "explicit"):
            said, needed = index.get(key, False), table.get(key, False)
            if _comparable(said) != _comparable(needed):
                raise RefusedError(
                    f"an index {table['name']} stands here already, with {key} = {_toml(said)}, not {_toml(needed)}",
                    file=file,
                    hint="make the two agree, or give the registry in commons.toml another name",
                )
        return texts
    return texts.with_root(pyproject.add_index(texts.root, table, first=first))


def _comparable(value: object) -> object:
    """A URL without what makes no difference: a trailing slash, a leading `./`."""
    return value.rstrip("/").removeprefix("./") if isinstance(value, str) else value


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
