"""What the lock's header records of the uv workspace: Python, environments, options, members, constraints, …."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dagster_commons.analysis.lock_state import markers
from dagster_commons.analysis.lock_state.manifest import is_relevant
from dagster_commons.analysis.lock_state.requirements import written
from dagster_commons.analysis.lock_state.tables import table, tables, text, texts
from dagster_commons.analysis.lock_state.types import Difference
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import canonical_specifier, canonical_version, parts, python_range
from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_commons.analysis.lock_state.versions import PythonRange
    from dagster_commons.analysis.lock_state.workspaces import UvWorkspace
    from dagster_commons.tools.lockfile import Lock

Conflict: TypeAlias = frozenset[tuple[str, str, str]]  # of (package, extra, group), "" where not given

_OPTIONS = (  # the setting, the lock's key, uv's default
    ("resolution", "resolution-mode", "highest"),
    ("prerelease", "prerelease-mode", "if-necessary-or-explicit"),
    ("fork-strategy", "fork-strategy", "requires-python"),
)


def python_differences(lock: Lock, workspace: UvWorkspace) -> Iterator[Difference]:
    """`requires-python` of all members together."""
    wanted = tuple(
        wanted for member in workspace.members.values() if (wanted := text(member.project, "requires-python"))
    )
    if not wanted:
        reason = "no requires-python is given, so it depends on the Python that uv finds"
        yield Difference(reason, is_certain=False)
    elif not python_range(wanted).is_same(python_range((lock.requires_python,))):
        yield Difference(
            f"pyproject says Python {' and '.join(dict.fromkeys(wanted))}, the lock {lock.requires_python}"
        )


def option_differences(lock: Lock, settings: Mapping[str, object]) -> Iterator[Difference]:
    """Resolution options; `settings` are `[tool.uv]`, or uv.toml where there is one."""
    options = table(dict(lock.header), "options")
    for setting, key, default in _OPTIONS:
        if setting in settings and not isinstance(settings[setting], str):
            yield Difference(f"`{setting}` is not a plain word, which is not compared", is_certain=False)
            continue
        new, old = text(settings, setting) or default, text(options, key) or default
        if new != old:
            yield Difference(f"pyproject says {setting} {new}, the lock {old}")


def environment_differences(lock: Lock, workspace: UvWorkspace, python: PythonRange) -> Iterator[Difference]:
    """Supported and required environments, in their order."""
    for setting, key in (("environments", "supported-markers"), ("required-environments", "required-markers")):
        new = _marker_texts(workspace.uv, setting)
        old = _marker_texts(lock.header, key)
        if len(new) != len(old) or not all(
            markers.are_same(markers.parse(one), markers.parse(other), python)
            for one, other in zip(new, old, strict=False)
        ):
            yield Difference(f"pyproject says other {setting} than the lock")


def conflict_differences(lock: Lock, workspace: UvWorkspace) -> Iterator[Difference]:
    """Extras and groups that are declared to exclude each other."""
    declared: set[Conflict] = set()
    if not workspace.has_project_root:
        declared |= _conflict_sets(workspace.uv, None)
    for member in workspace.members.values():
        declared |= _conflict_sets(member.uv, member.name)
        if member.directory == workspace.directory:
            declared = _with_including_groups(declared, member.name, table(workspace.document, "dependency-groups"))
    if declared != _conflict_sets(lock.header, None):
        yield Difference("pyproject declares other conflicts than the lock")


def member_differences(lock: Lock, workspace: UvWorkspace) -> Iterator[Difference]:
    """Which projects are members, and whether each is installed, and editable."""
    is_alone = len(workspace.members) == 1 and workspace.has_project_root
    new = set() if is_alone else {*workspace.members}
    old = {*texts(table(dict(lock.header), "manifest"), "members")}
    if new != old:
        yield Difference(_member_reason({*workspace.members}, old))
    for name, member in workspace.members.items():
        kinds = [source.kind for source in lock.sources(name)]
        if not kinds:
            yield Difference(f"{name} is not in the lock")
            continue
        is_virtual, is_editable = workspace.is_virtual(member), workspace.is_editable(member)
        wanted = "virtual" if is_virtual else "editable" if is_editable else "directory"
        if kinds != [wanted]:
            before = _INSTALLED.get(kinds[0], "not taken from disk")
            yield Difference(f"{name} is {_INSTALLED[wanted]} now, in the lock {before}")


def exclusion_differences(lock: Lock, workspace: UvWorkspace) -> Iterator[Difference]:
    """`exclude-dependencies`."""
    manifest = table(dict(lock.header), "manifest")
    try:
        new, old = texts(workspace.uv, "exclude-dependencies"), texts(manifest, "excludes")
    except UndecidedError:
        if workspace.uv.get("exclude-dependencies") != manifest.get("excludes"):
            yield Difference("`exclude-dependencies` for single packages is not compared", is_certain=False)
        return
    relevant = {name for each in new if is_relevant(lock, name := normalise_name(each), old)}
    if relevant != {normalise_name(each) for each in old}:
        yield Difference("pyproject says other exclude-dependencies than the lock")


def static_metadata_differences(lock: Lock, settings: Mapping[str, object]) -> Iterator[Difference]:
    """`dependency-metadata`: what uv is told of packages instead of asking them."""
    old = {_static_metadata(each) for each in tables(table(dict(lock.header), "manifest"), "dependency-metadata")}
    new = {_static_metadata(each) for each in tables(settings, "dependency-metadata")}
    recorded = {each.name for each in old}
    if {each for each in new if is_relevant(lock, each.name, recorded)} != old:
        yield Difference("pyproject says other dependency-metadata than the lock")


class _StaticMetadata(NamedTuple):
    name: str
    version: str | None
    requires: frozenset[tuple[object, ...]]
    requires_python: frozenset[tuple[str, str]]
    extras: frozenset[str]


_INSTALLED = {"virtual": "not a package", "editable": "editable", "directory": "installed, not editable"}


def _member_reason(members: set[str], recorded: set[str]) -> str:
    added, gone = sorted(members - recorded), sorted(recorded - members)
    if gone:
        return f"{', '.join(gone)} left the uv workspace after the lock"
    if added and recorded:
        return f"{', '.join(added)} joined the uv workspace after the lock"
    return "the uv workspace has other members than the lock"


def _marker_texts(document: Mapping[str, object], key: str) -> tuple[str, ...]:
    return (found,) if isinstance(found := document.get(key), str) else texts(document, key)


def _conflict_sets(document: Mapping[str, object], package: str | None) -> set[Conflict]:
    found = document.get("conflicts", [])
    if not isinstance(found, list):
        raise UndecidedError("`conflicts` cannot be read")
    return {
        frozenset(
            (
                normalise_name(text(item, "package") or package or ""),
                normalise_name(text(item, "extra") or ""),
                normalise_name(text(item, "group") or ""),
            )
            for item in tables({"conflicts": each}, "conflicts")
        )
        for each in found
    }


def _with_including_groups(conflicts: set[Conflict], package: str, groups: Mapping[str, object]) -> set[Conflict]:
    """A group that includes a conflicting one conflicts as it does; uv writes that out."""
    including: dict[str, set[str]] = {}
    for name, entries in groups.items():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(included := entry.get("include-group"), str):
                including.setdefault(normalise_name(included), set()).add(normalise_name(name))
    found, waiting = {*conflicts}, [*conflicts]
    while waiting:
        conflict = waiting.pop()
        for item in conflict:
            for name in including.get(item[2], ()) if item[2] else ():
                wider = (conflict - {item}) | {(package, "", name)}
                if wider not in found:
                    found.add(wider)
                    waiting.append(wider)
    return found


def _static_metadata(entry: Mapping[str, object]) -> _StaticMetadata:
    requirements = [written(each) for each in texts(entry, "requires-dist")]
    version = text(entry, "version")
    return _StaticMetadata(
        name=normalise_name(text(entry, "name") or ""),
        version=version and canonical_version(version),
        requires=frozenset(
            (each.name, each.extras, canonical_specifier(each.specifier), each.url, markers.parse(each.marker))
            for each in requirements
        ),
        requires_python=canonical_specifier(parts(text(entry, "requires-python") or "")),
        extras=frozenset(
            normalise_name(each) for key in ("provides-extra", "provides-extras") for each in texts(entry, key)
        ),
    )
