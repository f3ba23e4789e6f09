"""What the lock's header records of the uv workspace: Python, environments, options, members, constraints, …."""

from __future__ import annotations

import datetime
import re
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
_TIME_ZONES = datetime.timedelta(hours=14)
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


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
    yield from _cutoff_difference("exclude-newer", settings.get("exclude-newer"), _locked_cutoff(options))
    new_packages, old_packages = table(settings, "exclude-newer-package"), table(options, "exclude-newer-package")
    for name in sorted({*old_packages, *(each for each in new_packages if lock.sources(normalise_name(each)))}):
        yield from _cutoff_difference(f"exclude-newer for {name}", new_packages.get(name), old_packages.get(name))


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
        yield Difference(_member_reason(new, old))
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


def _member_reason(new: set[str], old: set[str]) -> str:
    added, gone = sorted(new - old), sorted(old - new)
    if added and old:
        return f"{', '.join(added)} joined the uv workspace after the lock"
    if gone and new:
        return f"{', '.join(gone)} left the uv workspace after the lock"
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


def _locked_cutoff(options: Mapping[str, object]) -> object:
    span = options.get("exclude-newer-span")
    return {"span": span} if span is not None else options.get("exclude-newer")


def _cutoff_difference(what: str, new: object, old: object) -> Iterator[Difference]:
    if isinstance(old, dict) and "span" in old:
        old = old["span"]
    if new == old:
        return
    if new is None or old is None or isinstance(new, bool) or isinstance(old, bool):
        yield Difference(f"pyproject says {what} {_said(new)}, the lock {_said(old)}")
        return
    distance = _distance(str(new), str(old))
    if distance is None or distance > _TIME_ZONES:
        yield Difference(f"pyproject says {what} {new}, the lock {old}")
    elif distance:
        yield Difference(f"whether {what} {new} is {old} depends on the time zone", is_certain=False)


def _said(value: object) -> str:
    return "nothing" if value is None else str(value)


def _distance(new: str, old: str) -> datetime.timedelta | None:
    """How far two cut-offs are apart; None where one is a moment and the other a span."""
    one, other = _span(new), _span(old)
    if one is not None and other is not None:
        if one == other and new != old and not new.startswith("P"):
            return datetime.timedelta()
        return datetime.timedelta() if new == old else datetime.timedelta.max
    if one is not None or other is not None:
        return None
    return abs(_moment(new) - _moment(old))


def _span(value: str) -> int | None:
    """Seconds of `P7D`, `7 days` or `24h`; None for what is no span."""
    if value[:1] in "Pp":
        found = re.findall(r"(\d+)([A-Za-z])", value[1:])
    else:
        found = re.findall(r"(\d+)\s*([A-Za-z])[A-Za-z]*", value) if re.fullmatch(r"[\d\sA-Za-z,]+", value) else []
    units = [(int(number), unit.lower()) for number, unit in found]
    return (
        sum(number * _SECONDS[unit] for number, unit in units)
        if units and all(unit in _SECONDS for _, unit in units)
        else None
    )


def _moment(value: str) -> datetime.datetime:
    """A timestamp; a date means the end of that day, here in UTC."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            day = datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.UTC)
            return day + datetime.timedelta(days=1)
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        raise UndecidedError(f"the date `{value}` cannot be read") from None
    if moment.tzinfo is None:
        raise UndecidedError(f"the date `{value}` has no time zone")
    return moment


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
