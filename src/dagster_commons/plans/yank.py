"""`commons registry yank`: a release marked as one that nobody should begin to use; those who pin it keep it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.plan import Plan, WriteFile
from dagster_commons.model.registry import Listed
from dagster_commons.model.versions import is_same_version
from dagster_commons.tools.simple_pages import PAGE_NAME, render_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.configuration import Configuration, RegistryKind
    from dagster_commons.model.registry import ReleasedVersion


def yank_registry(configuration: Configuration, module: str, *, name: str | None) -> EmbeddedRegistry:
    """The registry in which `module` is yanked: the named one, the one of `[sources.MODULE]`, or the only one.

    Raises:
        UsageError: there is none of that name, none at all, or several to choose from.
        RefusedError: it is one that others run, with what can be done there.

    """
    configured = configuration.registries
    wanted = name or next((each.registry for each in configuration.sources if each.module == module), None)
    names = ", ".join(each.name for each in configured) or "none"
    if wanted is None and len(configured) != 1:
        raise UsageError(f"say in which registry {module} is to be yanked: {names}", hint="--registry NAME")
    found = configured[0] if wanted is None else configuration.registry(wanted)
    if found is None:
        raise UsageError(f"there is no registry `{wanted}` in commons.toml", hint=f"registries: {names}")
    if not isinstance(found, EmbeddedRegistry):
        raise RefusedError(f"others run registry {found.name}: it is yanked there", hint=_there(found.kind))
    return found


def yank_plan(
    registry: EmbeddedRegistry, module: str, listed: Listed, version: str, *, reason: str | None, is_undone: bool
) -> Plan:
    """The page of `module` with every file of `version` marked as yanked, or with `is_undone` no longer.

    `reason` None keeps the one that is there.  Without steps where it is so already.

    Raises:
        UsageError: the registry has no such version, or a reason is given for taking back.

    """
    if is_undone and reason is not None:
        raise UsageError("--reason and --undo contradict each other", hint="leave one of them out")
    release = next((each for each in listed.versions if is_same_version(each.version, version)), None)
    if release is None:
        known = ", ".join(each.version for each in listed.versions) or "no versions"
        raise UsageError(f"registry {registry.name} has no {module}=={version}", hint=f"it has: {known}")
    mark = None if is_undone else reason if reason is not None else release.yanked or ""
    marked = tuple(_marked(each, mark) if each is release else each for each in listed.versions)
    page = render_page(module, tuple(file for each in marked for file in each.files))
    path = registry.directory / module / PAGE_NAME
    word = "no longer yank" if is_undone else "yank"
    return Plan(
        title=f"{word} {module} {release.version} in registry {registry.name}",
        steps=() if marked == listed.versions else (WriteFile(path=path, content=page.encode("utf-8")),),
    )


def what_follows(module: str, listed: Listed, version: str, users: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Who has the version locked, and what is the newest once the registry lists `listed`."""
    locked = [location for location, each in users if is_same_version(each, version)]
    release = next((each for each in listed.versions if is_same_version(each.version, version)), None)
    if locked and release is not None and release.yanked is not None:
        verb = "lock it and keep" if len(locked) > 1 else "locks it and keeps"
        yield f"{', '.join(locked)} {verb} working: an exact pin still finds it, with a warning of uv's"
    yield f"the newest version of {module} there: {listed.newest or 'none that is final and not yanked'}"


def after(listed: Listed, plan: Plan, version: str, *, reason: str | None, is_undone: bool) -> Listed:
    """What the registry lists once `plan` is carried out."""
    if not plan.steps:
        return listed
    return Listed(
        versions=tuple(
            _marked(each, None if is_undone else reason or "") if is_same_version(each.version, version) else each
            for each in listed.versions
        )
    )


def _marked(release: ReleasedVersion, reason: str | None) -> ReleasedVersion:
    return replace(release, files=tuple(replace(file, yanked=reason) for file in release.files))


def _there(kind: RegistryKind) -> str:
    """What can be done at a server of that kind instead."""
    instead = "release a higher version that is right; commons upgrade brings everybody there"
    match kind:
        case "codeartifact":
            return (
                "CodeArtifact has no yanking. Its status Unlisted is not the same: the page leaves it out, so that "
                f"exact pins find it no more, either\n{instead}"
            )
        case "artifact-registry":
            return f"Artifact Registry has no yanking, and deleting a version breaks whoever pins it\n{instead}"
        case "azure-artifacts":
            return f"a Feed Publisher yanks it on the web page of the feed, at the version\nor {instead}"
        case "simple":
            return (
                "where the server can yank, use its own tools; pypiserver and devpi cannot, and deleting a version "
                f"breaks whoever pins it\n{instead}"
            )
        case "embedded":
            return instead
        case _:
            assert_never(kind)
