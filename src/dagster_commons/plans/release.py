"""`commons release MODULE --version V`: what shall become of the module's files before it is built and published."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.configuration import EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.plan import Plan, RemoveFile, WriteFile
from dagster_commons.model.sources import source_kind
from dagster_commons.model.workspace import SharedModule
from dagster_commons.plans import changelog
from dagster_commons.plans.version_place import (
    ComputedVersion,
    StaticVersion,
    VersionInFile,
    version_place,
    with_version,
)
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.api import ApiChange
    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.plan import Step
    from dagster_commons.model.project import Project
    from dagster_commons.model.release import Release
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


def release_registry(workspace: Workspace, module: str, *, registry: str | None) -> Registry:
    """The registry that `module` is released into: the named one, the one of `[sources.MODULE]`, or the only one.

    Raises:
        UsageError: there is none of that name, none at all, several to choose from, or nowhere to upload to.

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
    if isinstance(found, RemoteRegistry) and found.publish_url is None:
        raise UsageError(
            f"commons.toml does not say where registry {found.name} takes uploads",
            hint=f'add publish-url = "https://…" to [registries.{found.name}]',
            file=workspace.configuration.file,
        )
    return found


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


def is_fragment(name: str) -> bool:
    """Whether a file of `changelog.d` of that name is one change for the changelog."""
    return name.endswith(".md") and not name.startswith(".") and name.lower() != "readme.md"


def release_plan(
    workspace: Workspace,
    module: SharedModule,
    release: Release,
    *,
    files: Mapping[Path, bytes],
    released_on: datetime.date,
    changes: tuple[ApiChange, ...] = (),
) -> Plan:
    """Set the version where the project keeps it and write the changelog's entry; nothing that is so already.

    Where nobody has written anything for the changelog, `changes` of the API are its draft.

    `files` has the bytes of pyproject.toml, of those of `files_to_read` that are there, and of the fragments in
    `changelog.d`, which are removed once they stand in the changelog.

    Raises:
        UsageError: pyproject.toml cannot be edited.
        RefusedError: the version is computed, the project is read only or holds the registry, or a file is not UTF-8.

    """
    project, version = release.project, release.version
    _require_writable(workspace, project, release.registry)
    texts = {path: _text(path, content) for path, content in files.items()}
    place = version_place(project.file, texts[project.file])
    if isinstance(place, ComputedVersion):
        raise _computed(project, place)
    changed = _with_version(place, texts, version) if module.version != version else {}
    file = project.directory / changelog.FILE_NAME
    fragments = {path: text for path, text in texts.items() if path.parent == project.directory / changelog.FRAGMENTS}
    before = texts.get(file, changelog.NEW if fragments else "")
    written_by_people = {path.name: text for path, text in fragments.items()}
    draft = changelog.draft(changes) if not written_by_people and changelog.is_empty(before) else {}
    entry = changelog.with_release(before, version, released_on, written_by_people or draft)
    if entry:
        changed[file] = entry
    written = {path: text for path, text in sorted(changed.items()) if text != texts.get(path)}
    steps: tuple[Step, ...] = tuple(
        WriteFile(path=path, content=text.encode("utf-8")) for path, text in written.items()
    )
    steps += tuple(RemoveFile(path=path) for path in sorted(fragments) if file in written)
    stale = _locks_made_stale(workspace, module.name) if isinstance(place, StaticVersion) and written else ()
    return Plan(title=release.title, steps=steps, warnings=stale)


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(f"it is not UTF-8 (byte {error.start}), and a release edits it", file=path) from error


def _computed(project: Project, place: ComputedVersion) -> RefusedError:
    return RefusedError(
        f"the version of {project.name} cannot be set: {place.reason}",
        hint="keep it in [project] version, or in the code; a version that comes from tags is released by making the"
        " tag yourself, uv build and uv publish",
        file=project.file,
    )


def _require_writable(workspace: Workspace, project: Project, registry: Registry) -> None:
    repository = workspace.repository_of(project.directory)
    if repository is not None and repository.is_cached_clone:
        raise RefusedError(
            f"{project.name} is a cached clone here: it is read, never written",
            hint="name a checkout of it in [fleet] repositories",
            file=project.directory,
        )
    if isinstance(registry, EmbeddedRegistry) and registry.directory.is_relative_to(project.directory):
        raise RefusedError(
            f"registry {registry.name} lies inside the project of {project.name}: every sdist would hold all others",
            hint="move the registry, or the module into a directory of its own",
            file=registry.directory,
        )


def _with_version(place: StaticVersion | VersionInFile, texts: Mapping[Path, str], version: str) -> dict[Path, str]:
    match place:
        case StaticVersion(file=file):
            with pyproject.editing(file):
                return {file: pyproject.set_version(texts[file], version)}
        case VersionInFile(candidates=candidates):
            found = next((each for each in candidates if each in texts), None)
            if found is None:
                raise RefusedError("the file that holds the version is missing", file=candidates[0])
            return {found: with_version(place, found, texts[found], version)}
        case _:
            assert_never(place)


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
