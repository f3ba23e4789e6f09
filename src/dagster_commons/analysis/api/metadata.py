"""Changes of what an installer and a type checker look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.api.rule import Found
from dagster_commons.model.api import ENTRY_POINTS, METADATA_PARTS
from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.requirements import Requirement

    from dagster_commons.model.api import Metadata

PYTHONS = tuple(f"3.{minor}" for minor in range(8, 20))
# Versions at which a range may begin or end, tried one by one: two ranges are compared by what they admit.
_PROBES = tuple(f"{major}.{minor}.{patch}" for major in range(12) for minor in range(60) for patch in (0, 1, 50))


def metadata_changes(old: Metadata, new: Metadata) -> Iterator[Found]:
    """What changed for whoever installs it, or checks types against it, as far as both sides say it."""
    unknown = {*old.unknown, *new.unknown}
    if "requires-python" not in unknown:
        yield from _python_changes(old, new)
    if "dependencies" not in unknown:
        yield from _dependency_changes(old, new)
    if "optional-dependencies" not in unknown:
        was, now = ({normalise_name(each) for each in metadata.extras} for metadata in (old, new))
        yield from _gone_and_come("extra", was, now)
    if unknown.isdisjoint(ENTRY_POINTS):
        yield from _gone_and_come("entry point", set(old.entry_points), set(new.entry_points))
    if old.has_py_typed and not new.has_py_typed:
        yield Found(rule="py-typed-removed", what="py.typed is gone", part="py.typed")


def not_compared(old: Metadata, new: Metadata) -> Iterator[str]:
    """What either side does not say; nothing where both are code without a project."""
    if not old.unknown == new.unknown == METADATA_PARTS:
        for each in dict.fromkeys((old.unknown, new.unknown)):
            if each:
                yield f"{', '.join(each)}: pyproject.toml does not say"


def _python_changes(old: Metadata, new: Metadata) -> Iterator[Found]:
    lost = [each for each in PYTHONS if _admits(old.requires_python, each) and not _admits(new.requires_python, each)]
    if lost:
        what = f"Python {', '.join(lost)} is not supported any more"
        yield Found(rule="python-narrowed", what=what, part="requires-python")


def _gone_and_come(kind: str, was: set[str], now: set[str]) -> Iterator[Found]:
    rule = kind.replace(" ", "-")
    for name in sorted(was - now):
        yield Found(rule=f"{rule}-removed", what=f"the {kind} {name} is gone", part=f"{kind} {name}")
    for name in sorted(now - was):
        yield Found(rule=f"{rule}-added", what=f"the {kind} {name} came", part=f"{kind} {name}")


def _admits(specifier: str | None, version: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - lazy: packaging is slow to import

    try:
        return specifier is None or SpecifierSet(specifier).contains(f"{version}.99")
    except InvalidSpecifier:
        return True


def _dependency_changes(old: Metadata, new: Metadata) -> Iterator[Found]:
    before, after = _requirements(old), _requirements(new)
    for name in sorted(after.keys() - before.keys()):
        yield Found(rule="dependency-added", what=f"{after[name]} is required now", part=f"dependency {name}")
    for name in sorted(before.keys() - after.keys()):
        yield Found(rule="dependency-removed", what=f"{before[name]} is required no more", part=f"dependency {name}")
    for name in sorted(before.keys() & after.keys()):
        was, now = before[name], after[name]
        if was.specifier != now.specifier and _is_narrower(was, now):
            yield Found(rule="dependency-narrowed", what=f"{was} became {now}", part=f"dependency {name}")


def _requirements(metadata: Metadata) -> dict[str, Requirement]:
    """Those that are installed without an extra, by normalised name."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - lazy, as above

    found: dict[str, Requirement] = {}
    for text in metadata.dependencies:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is None or "extra" not in str(requirement.marker):
            found[normalise_name(requirement.name)] = requirement
    return found


def _is_narrower(was: Requirement, now: Requirement) -> bool:
    """Whether some version that was admitted is not any more; the versions that the ranges name are tried, too."""
    named = [each.version.removesuffix(".*") for each in (*was.specifier, *now.specifier)]
    near = [variant for each in named for variant in (each, f"{each}.1", f"{each}.post1")]
    return any(
        was.specifier.contains(each, prereleases=True) and not now.specifier.contains(each, prereleases=True)
        for each in (*near, *_PROBES)
        if _is_version(each)
    )


def _is_version(text: str) -> bool:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - lazy, as above

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True
