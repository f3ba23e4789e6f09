"""uv workspaces as uv finds them, from the parsed pyproject.toml files by directory."""

from __future__ import annotations

import functools
import os.path
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.analysis.lock_state.tables import flag, table, tables, text, texts
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.analysis.lock_state.types import Documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One project with its own pyproject.toml."""

    name: str
    directory: Path
    document: Mapping[str, object]

    @property
    def project(self) -> Mapping[str, object]:
        return table(self.document, "project")

    @property
    def uv(self) -> Mapping[str, object]:
        return table(self.document, "tool", "uv")

    def is_package(self, *, needs_build_system: bool) -> bool:
        """Whether uv would install it, rather than only its dependencies."""
        said = flag(self.uv, "package")
        return said if said is not None else "build-system" in self.document or not needs_build_system


@dataclass(frozen=True, slots=True, kw_only=True)
class UvWorkspace:
    """A root and its members; a project alone is its own root.

    `members` is by normalised name.  `required` says for each member that another one requires whether it is
    installed editable (None: not said).
    """

    directory: Path
    document: Mapping[str, object]
    members: Mapping[str, Member]
    required: Mapping[str, bool | None]
    is_explicit: bool

    @property
    def uv(self) -> Mapping[str, object]:
        return table(self.document, "tool", "uv")

    @property
    def has_project_root(self) -> bool:
        return any(member.directory == self.directory for member in self.members.values())

    @property
    def sources(self) -> Mapping[str, object]:
        """`[tool.uv.sources]` that members inherit; a project alone has no heirs."""
        return table(self.uv, "sources") if self.is_explicit else {}

    @property
    def indexes(self) -> tuple[Mapping[str, object], ...]:
        return tables(self.uv, "index") if self.is_explicit else ()

    def is_virtual(self, member: Member) -> bool:
        return not member.is_package(needs_build_system=member.name not in self.required)

    def is_editable(self, member: Member) -> bool:
        said = self.required.get(member.name)
        return not self.is_virtual(member) and (True if said is None else said)


def workspace_at(directory: Path, documents: Documents) -> UvWorkspace:
    """The uv workspace whose root is `directory`.

    Raises:
        UndecidedError: the root's pyproject.toml is not among `documents`, or a member's is malformed.

    """
    document = _document(directory, documents)
    definition = table(document, "tool", "uv", "workspace")
    is_explicit = "workspace" in table(document, "tool", "uv")
    directories = [directory] if "project" in document else []
    if is_explicit:
        directories += [each for each in documents if each != directory and _includes(directory, definition, each)]
    members = [_member(each, documents) for each in directories]
    managed = [each for each in members if each.directory == directory or flag(each.uv, "managed") is not False]
    return UvWorkspace(
        directory=directory,
        document=document,
        members={member.name: member for member in sorted(managed, key=lambda each: each.name)},
        required=_required(document, managed, is_explicit=is_explicit),
        is_explicit=is_explicit,
    )


def workspace_around(directory: Path, documents: Documents) -> UvWorkspace:
    """The uv workspace that the project in `directory` belongs to, itself alone where there is none around it."""
    if "workspace" not in table(_document(directory, documents), "tool", "uv"):
        root = next((parent for parent in directory.parents if parent in documents), None)
        if root is not None and _includes(root, table(documents[root], "tool", "uv", "workspace"), directory):
            return workspace_at(root, documents)
    return workspace_at(directory, documents)


def _document(directory: Path, documents: Documents) -> Mapping[str, object]:
    document = documents.get(directory)
    if document is None:
        raise UndecidedError(f"{directory.name}/pyproject.toml is not there or cannot be read")
    return document


def _member(directory: Path, documents: Documents) -> Member:
    document = _document(directory, documents)
    name = text(table(document, "project"), "name")
    if name is None:
        raise UndecidedError(f"{directory.name}/pyproject.toml gives no project name")
    return Member(name=normalise_name(name), directory=directory, document=document)


def _includes(root: Path, definition: Mapping[str, object], directory: Path) -> bool:
    relative = Path(os.path.relpath(directory, root)).as_posix()
    return any(_glob(pattern).fullmatch(relative) for pattern in texts(definition, "members")) and not any(
        _glob(pattern).fullmatch(relative) for pattern in texts(definition, "exclude")
    )


@functools.lru_cache(maxsize=512)
def _glob(pattern: str) -> re.Pattern[str]:
    """Uv's globs: `*` and `?` stay within one directory, `**` crosses directories."""
    parts = []
    for piece in os.path.normpath(pattern).split("/"):
        if piece == "**":
            parts.append("(?:[^/]+/)*")
        else:
            name = re.escape(piece).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
            parts.append(re.sub(r"\\\[(!?)([^]]*?)\\\]", _character_class, name) + "/")
    return re.compile("".join(parts).removesuffix("/"))


def _character_class(found: re.Match[str]) -> str:
    return f"[{'^' if found[1] else ''}{found[2]}]"


def _required(document: Mapping[str, object], members: list[Member], *, is_explicit: bool) -> Mapping[str, bool | None]:
    """Members that some `workspace = true` source names, whether or not anything uses it."""
    own = text(table(document, "project"), "name")
    owners: list[tuple[str | None, Mapping[str, object]]] = []
    if is_explicit:
        owners.append((own and normalise_name(own), table(document, "tool", "uv", "sources")))
    owners += [(member.name, table(member.uv, "sources")) for member in members]
    required: dict[str, bool | None] = {}
    for owner, sources in owners:
        for name in sources:
            for source in tables(sources, name):
                if source.get("workspace") is True and normalise_name(name) != owner:
                    required[normalise_name(name)] = flag(source, "editable")
    return required
