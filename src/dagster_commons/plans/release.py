"""`commons release MODULE --version V`: what shall become of the module's files before it is built and published."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dagster_commons.errors import RefusedError, UsageError, VersionPolicyError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.plan import Plan, WriteFile
from dagster_commons.model.sources import source_kind
from dagster_commons.model.versions import is_same_version
from dagster_commons.model.workspace import SharedModule
from dagster_commons.plans import changelog
from dagster_commons.plans.version_place import (
    ComputedVersion,
    StaticVersion,
    VersionInFile,
    VersionPlace,
    version_place,
    with_version,
)
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Workspace


def release_module(workspace: Workspace, name: str) -> SharedModule:
    """The module that is released: one that locations use, or a project that nobody uses yet.

    Raises:
        UsageError: nothing here has that name.

    """
    module = workspace.module(name)
    if module is not None:
        return module
    locations = {each.project for each in workspace.locations}
    unused = {each.name: each for each in workspace.projects if each.name not in locations}
    if name in unused:
        return SharedModule(name=name, version=unused[name].version, project=unused[name])
    from difflib import get_close_matches  # noqa: PLC0415 - only a typo pays for it

    known = sorted({each.name for each in workspace.modules} | set(unused))
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(known) or 'none'}"
    raise UsageError(f"there is no shared module `{name}` here", hint=hint)


def release_registry(workspace: Workspace, module: str, *, registry: str | None) -> EmbeddedRegistry:
    """The registry that `module` is released into: the named one, the one of `[sources.MODULE]`, or the only one.

    Raises:
        UsageError: there is none of that name, none at all, or several to choose from.
        RefusedError: it is not an embedded one.

    """
    configured = workspace.configuration.registries
    default = next((each.registry for each in workspace.configuration.sources if each.module == module), None)
    wanted = registry or default
    if wanted is None and len(configured) != 1:
        names = ", ".join(each.name for each in configured)
        if not configured:
            raise UsageError("no registry is configured", hint="commons registry init NAME")
        raise UsageError(f"say which registry {module} is released into: {names}", hint="--registry NAME")
    found = configured[0] if wanted is None else workspace.configuration.registry(wanted)
    if found is None:
        known = ", ".join(each.name for each in configured) or "none"
        raise UsageError(f"there is no registry `{wanted}` in commons.toml", hint=f"registries: {known}")
    return _embedded(found)


def reason_to_do_nothing(module: SharedModule, version: str, released: Collection[str]) -> str | None:
    """What to say where `version` is among the `released` and the tree has moved on; None where it is to be built.

    What is released and not older than the tree is built once more, so that the bytes can be compared.

    Raises:
        UsageError: `version` is not PEP 440.
        VersionPolicyError: it is older than the tree and not released: a release never sets a version back.

    """
    version = normalised_version(version)
    if module.version is None or not _is_older(version, module.version):
        return None
    if any(is_same_version(each, version) for each in released):
        return (
            f"{module.name} {version} is released already; the tree is at {module.version} and stays there, "
            "so the bytes were not compared"
        )
    raise VersionPolicyError(
        f"{module.name} is at {module.version} here, and a release never sets a version back to {version}",
        hint=f"release {version} from a checkout of what it is meant to hold, or name a version after {module.version}",
        file=module.project.file if module.project is not None else None,
    )


def release_project(module: SharedModule) -> Project:
    """The project that is built.

    Raises:
        RefusedError: it is not here, or it cannot be built or written.

    """
    project = module.project
    if project is None:
        raise RefusedError(
            f"the project of {module.name} is not here, only its releases", hint="run it where the module is developed"
        )
    if project.manager == "poetry":
        raise RefusedError(f"{module.name} is a poetry project: it is read, never written", file=project.file)
    if project.file.name != "pyproject.toml" or not project.is_package:
        raise RefusedError(
            f"{module.name} cannot be built", hint="give its pyproject.toml a [build-system]", file=project.file
        )
    return project


def files_to_read(project: Project, text: str) -> tuple[Path, ...]:
    """The files, beside pyproject.toml with `text`, whose bytes `release_plan` needs, where they are there.

    Raises:
        UsageError: the text is not TOML.

    """
    place = version_place(project.file, text)
    candidates = place.candidates if isinstance(place, VersionInFile) else ()
    return (*candidates, project.directory / changelog.FILE_NAME)


def release_plan(
    workspace: Workspace,
    module: SharedModule,
    *,
    version: str,
    registry: EmbeddedRegistry,
    files: Mapping[Path, bytes],
    released_on: datetime.date,
) -> Plan:
    """Set the version where the project keeps it and give the changelog its heading; nothing that is so already.

    `files` has the bytes of pyproject.toml and of those of `files_to_read` that are there.

    Raises:
        UsageError: `version` is not PEP 440, or pyproject.toml cannot be edited.
        RefusedError: the version is computed, the project is read only, or it holds the registry.

    """
    project = release_project(module)
    version = normalised_version(version)
    _require_writable(workspace, project, registry)
    texts = {path: content.decode("utf-8") for path, content in files.items()}
    place = version_place(project.file, texts[project.file])
    changed = _with_version(place, texts, version) if module.version != version else {}
    changes = project.directory / changelog.FILE_NAME
    if changes in texts:
        changed[changes] = changelog.with_release(texts[changes], version, released_on)
    steps = tuple(
        WriteFile(path=path, content=text.encode("utf-8"))
        for path, text in sorted(changed.items())
        if text != texts[path]
    )
    stale = _locks_made_stale(workspace, module.name) if isinstance(place, StaticVersion) and steps else ()
    return Plan(title=release_title(module.name, version, registry), steps=steps, warnings=stale)


def release_title(module: str, version: str, registry: EmbeddedRegistry) -> str:
    """How reports and the history name the release."""
    return f"release {module}=={version} to {registry.name}"


def normalised_version(version: str) -> str:
    """`version` as PEP 440 spells it.

    Raises:
        UsageError: it is none.

    """
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - lazy: packaging is slow to import

    try:
        return str(Version(version))
    except InvalidVersion as error:
        raise UsageError(f"`{version}` is not a version", hint="for example 0.1.3 (PEP 440)") from error


def _embedded(registry: Registry) -> EmbeddedRegistry:
    if isinstance(registry, EmbeddedRegistry):
        return registry
    raise RefusedError(
        f"registry {registry.name} is of kind {registry.kind}: only embedded registries are published into",
        hint="build with `uv build`, upload with `uv publish`",
    )


def _require_writable(workspace: Workspace, project: Project, registry: EmbeddedRegistry) -> None:
    repository = workspace.repository_of(project.directory)
    if repository is not None and repository.is_cached_clone:
        raise RefusedError(
            f"{project.name} is a cached clone here: it is read, never written",
            hint="name a checkout of it in [fleet] repositories",
            file=project.directory,
        )
    if registry.directory.is_relative_to(project.directory):
        raise RefusedError(
            f"registry {registry.name} lies inside the project of {project.name}: every sdist would hold all others",
            hint="move the registry, or the module into a directory of its own",
            file=registry.directory,
        )


def _with_version(place: VersionPlace, texts: Mapping[Path, str], version: str) -> dict[Path, str]:
    match place:
        case StaticVersion(file=file):
            with pyproject.editing(file):
                return {file: pyproject.set_version(texts[file], version)}
        case VersionInFile(candidates=candidates):
            found = next((each for each in candidates if each in texts), None)
            if found is None:
                raise RefusedError("the file that holds the version is missing", file=candidates[0])
            return {found: with_version(place, found, texts[found], version)}
        case ComputedVersion(reason=reason):
            raise RefusedError(
                f"the version cannot be set: {reason}", hint="keep it in [project] version, or in the code"
            )
        case _:
            assert_never(place)


def _is_older(version: str, other: str) -> bool:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - lazy, as above

    try:
        return Version(version) < Version(other)
    except InvalidVersion:
        return False  # the tree's is no version: the build says so


def _locks_made_stale(workspace: Workspace, module: str) -> tuple[str, ...]:
    """Warnings: a static version is copied by uv into the lock of everyone who uses the project from disk."""
    users = sorted(
        {
            use.location
            for use in workspace.uses_of(module)
            if source_kind(use.source) in ("path", "submodule", "member")
        }
    )
    if not users:
        return ()
    options = " ".join(f"-l {each}" for each in users)
    return (f"{module} has a static version, which uv copies into the locks of its users: commons lock {options}",)
