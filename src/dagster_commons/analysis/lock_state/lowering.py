"""Requirements combined with `[tool.uv.sources]`, as uv combines them before it compares.

Source: uv's `crates/uv-distribution/src/metadata/lowering.rs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.analysis.lock_state import markers
from dagster_commons.analysis.lock_state.markers import Both, Either, Marker, Not
from dagster_commons.analysis.lock_state.requirements import (
    ARCHIVES,
    Written,
    absolute,
    clean_url,
    git_key,
    url_source,
    written,
)
from dagster_commons.analysis.lock_state.tables import flag, table, tables, text
from dagster_commons.analysis.lock_state.types import Documents, Need, SourceKey
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import PythonRange
from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_commons.analysis.lock_state.workspaces import UvWorkspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowering:
    """Where the requirements of one project, or of a workspace's root, find their sources."""

    directory: Path
    project: str | None  # None for what stands in the root's own tables: constraints, overrides, …
    sources: Mapping[str, object]
    indexes: tuple[Mapping[str, object], ...]
    workspace: UvWorkspace
    documents: Documents

    def needs(
        self, requirement: str, *, extra: str | None = None, group: str | None = None, within: Marker = markers.ALWAYS
    ) -> Iterator[Need]:
        """What one requirement becomes: one need per source that applies, and one for what they leave over.

        Raises:
            UndecidedError: its source cannot be worked out from the files, or uv would refuse it.

        """
        parts = written(requirement)
        own = markers.parse(parts.marker)
        marker = _both(_both(own, within), markers.extra_marker(extra)) if extra else _both(own, within)
        entries, base = self._entries(parts.name)
        if parts.name in self.workspace.members and parts.name != self.project:
            _refuse_foreign(parts.name, entries)
        applying = [each for each in entries if _applies(each, extra, group)]
        for entry in applying:
            narrowed = _both(markers.parse(text(entry, "marker") or ""), marker)
            if not markers.is_never(narrowed, PythonRange()):
                yield self._need(parts, entry, base, narrowed)
        rest = _rest(applying, marker)
        if rest is not None:
            yield self._plain(parts, rest)

    def _entries(self, name: str) -> tuple[tuple[Mapping[str, object], ...], Path]:
        """The sources declared for `name`, and the directory that their paths start from."""
        for declared, base in ((self.sources, self.directory), (self.workspace.sources, self.workspace.directory)):
            for key in declared:
                if key == name or normalise_name(key) == name:
                    return tables(declared, key), base
        return (), self.directory

    def _plain(self, parts: Written, marker: Marker) -> Need:
        source = url_source(parts.url, self.directory) if parts.url else None
        return Need(parts.name, parts.extras, parts.specifier, source, (), marker)

    def _need(self, parts: Written, entry: Mapping[str, object], base: Path, marker: Marker) -> Need:
        source = self._source(parts.name, entry, base)
        is_index = source[0] == "registry"
        specifier = parts.specifier if is_index else frozenset[str]()
        return Need(parts.name, parts.extras, specifier, source, self._conflict(entry) if is_index else (), marker)

    def _source(self, name: str, entry: Mapping[str, object], base: Path) -> SourceKey:
        if (git := text(entry, "git")) is not None:
            if "path" in entry or "lfs" in entry:
                raise UndecidedError(f"{name} has a git source with `path` or `lfs`")
            kind = next((each for each in ("rev", "tag", "branch") if each in entry), None)
            return git_key(git, kind, text(entry, kind) if kind else None, text(entry, "subdirectory"))
        if (url := text(entry, "url")) is not None:
            return ("url", clean_url(url), text(entry, "subdirectory") or "")
        if (path := text(entry, "path")) is not None:
            return self._path_source(absolute(base, path), entry)
        if (index := text(entry, "index")) is not None:
            return self._index_source(name, index)
        if entry.get("workspace") is True:
            return self._member_source(name)
        raise UndecidedError(f"{name} has a source of a kind that is not read here")

    def _path_source(self, place: str, entry: Mapping[str, object]) -> SourceKey:
        document = self.documents.get(Path(place))
        if document is None and place.endswith(ARCHIVES):
            return ("path", place)
        if flag(entry, "editable"):
            return ("editable", place)
        is_package = flag(entry, "package")
        if is_package is None:
            is_package = flag(table(document, "tool", "uv"), "package") if document is not None else None
        return ("virtual" if is_package is False else "directory", place)

    def _index_source(self, name: str, index: str) -> SourceKey:
        for declared, base in ((self.indexes, self.directory), (self.workspace.indexes, self.workspace.directory)):
            for each in declared:
                if text(each, "name") == index:
                    return ("registry", _index_url(text(each, "url") or "", base))
        raise UndecidedError(f"{name} comes from the index {index}, which pyproject.toml does not define")

    def _member_source(self, name: str) -> SourceKey:
        member = self.workspace.members.get(name)
        if member is None:
            raise UndecidedError(f"{name} is to be a member of the uv workspace, and is none")
        place = str(member.directory)
        if self.workspace.is_virtual(member):
            return ("virtual", place)
        return ("editable" if self.workspace.is_editable(member) else "directory", place)

    def _conflict(self, entry: Mapping[str, object]) -> tuple[str, ...]:
        """An index source that holds for one extra or group is recorded together with it."""
        limits = [f"{key}={normalise_name(value)}" for key in ("extra", "group") if (value := text(entry, key))]
        return tuple(sorted((*limits, f"package={self.project}"))) if limits and self.project else ()


def _index_url(url: str, directory: Path) -> str:
    """An index as a requirement records it: always a URL."""
    if "://" in url and not url.startswith("file://"):
        return clean_url(url)
    return f"file://{absolute(directory, url.removeprefix('file://'))}"


def _applies(entry: Mapping[str, object], extra: str | None, group: str | None) -> bool:
    for_extra, for_group = text(entry, "extra"), text(entry, "group")
    return (for_extra is None or _is_name(for_extra, extra)) and (for_group is None or _is_name(for_group, group))


def _is_name(written_name: str, name: str | None) -> bool:
    return name is not None and normalise_name(written_name) == normalise_name(name)


def _rest(applying: list[Mapping[str, object]], marker: Marker) -> Marker | None:
    """Where none of the sources applies; None: nowhere."""
    if not applying:
        return marker
    covered = [text(entry, "marker") or "" for entry in applying]
    if not all(each.strip() for each in covered):
        return None
    rest = _both(Not(Either(tuple(markers.parse(each) for each in covered))), marker)
    return None if markers.is_never(rest, PythonRange()) else rest


def _both(one: Marker, other: Marker) -> Marker:
    if one == markers.ALWAYS:
        return other
    if other == markers.ALWAYS:
        return one
    parts = [*(one.parts if isinstance(one, Both) else (one,)), *(other.parts if isinstance(other, Both) else (other,))]
    return Both(tuple(parts))


def _refuse_foreign(name: str, entries: tuple[Mapping[str, object], ...]) -> None:
    if not entries or not all(each.get("workspace") is True for each in entries):
        raise UndecidedError(f"uv refuses {name}: it is a member of the uv workspace, but its source says otherwise")
