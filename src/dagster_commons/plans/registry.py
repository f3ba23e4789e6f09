"""`commons registry init`: a directory becomes a registry, `commons.toml` names it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from dagster_commons.analysis.candidates import unused_packages
from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.names import normalise_name
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import Plan, WriteFile
from dagster_commons.model.sources import IndexSource
from dagster_commons.tools import pyproject
from dagster_commons.tools.pyproject.splices import newline_of, string_literal
from dagster_commons.tools.simple_pages import PAGE_NAME, REPOSITORY_FILES, render_page

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.configuration import RegistryKind
    from dagster_commons.model.workspace import Use, Workspace

CONFIGURATION_FILE = "commons.toml"
DEFAULT_DIRECTORY = "registry"

# What commons.toml says of a registry that others run; only the embedded kind is made by us.
REMOTE_LINES: dict[RegistryKind, tuple[str, ...]] = {
    "simple": ('url = "https://index.example.com/simple/"', 'publish-url = "https://index.example.com/"'),
    "codeartifact": (
        'domain = "acme"',
        'domain-owner = "111122223333"',
        'repository = "python"',
        'region = "eu-west-1"',
    ),
    "artifact-registry": ('project = "acme"', 'location = "europe-west1"', 'repository = "python"'),
    "azure-artifacts": ('organization = "acme"', 'project = "data"', 'feed = "python"'),
}

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?", re.ASCII)


def init_plan(
    workspace: Workspace, *, name: str, directory: Path, configuration: str | None, existing: frozenset[Path]
) -> Plan:
    """Make `directory` the embedded registry `name`, with every declared module reserved.

    `configuration` is the text of commons.toml, None without one; `existing` are the files in `directory`.
    Done once more, it reserves what has been declared since and changes nothing else.

    Raises:
        UsageError: the name cannot be one, is taken, or commons.toml cannot be edited.
        RefusedError: the directory is another registry's.

    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"`{name}` cannot be the name of a registry", hint="letters, digits, `-` and `_`")
    names = declared_modules(workspace)
    content = {directory / file: text for file, text in REPOSITORY_FILES}
    content |= {directory / each / PAGE_NAME: render_page(each, ()).encode() for each in names}
    pages = tuple(WriteFile(path=path, content=text) for path, text in sorted(content.items()) if path not in existing)
    nothing_known = (
        "no shared module is known yet, so no name is reserved: declare them as `modules` in commons.toml",
    )
    return Plan(
        title=f"registry {name} in {relative(directory, workspace.root)}",
        steps=(*pages, *_configured(workspace, name, directory, configuration)),
        warnings=() if names else nothing_known,
    )


def declared_modules(workspace: Workspace) -> tuple[str, ...]:
    """The names that a registry reserves: every shared module found, used or not, or named in commons.toml; sorted."""
    configuration = workspace.configuration
    found = {each.name for each in workspace.modules} | {each.name for each in unused_packages(workspace)}
    found |= {each.module for each in configuration.sources}
    return tuple(sorted(normalise_name(each) for each in found | set(configuration.modules)))


def first_consumer(workspace: Workspace) -> Path:
    """Where the pyproject.toml that is to name an index lies: at the uv workspace root, if a location has one."""
    projects = (workspace.project_at(each.path) for each in workspace.locations)
    roots = {each.uv_root for each in projects if each is not None and each.uv_root is not None}
    return min(roots, default=workspace.root)


def consumer_lines(registry: EmbeddedRegistry, consumer: Path) -> tuple[str, ...]:
    """What the pyproject.toml in `consumer`, a uv workspace root, says to use the registry; before other indexes."""
    path = relative(registry.directory, consumer)
    return (
        "[[tool.uv.index]]",
        f'name = "{registry.name}"',
        f'url = "{path if path.startswith("../") else f"./{path}"}"',
    )


def remote_lines(name: str, kind: RegistryKind) -> tuple[str, ...]:
    """What commons.toml says of a registry of a kind that is not made by us."""
    return (f"[registries.{name}]", f'kind = "{kind}"', *REMOTE_LINES[kind])


def users_of_registry(workspace: Workspace, registry: EmbeddedRegistry, module: str) -> tuple[tuple[str, str], ...]:
    """The code locations that get `module` from `registry`, each with the version that its lock says; sorted."""
    return tuple(
        sorted(
            {
                (use.location, use.locked)
                for use in workspace.uses_of(module)
                if use.locked is not None and _comes_from(workspace, use, registry)
            }
        )
    )


def _configured(workspace: Workspace, name: str, directory: Path, text: str | None) -> tuple[WriteFile, ...]:
    """The step that names the registry in commons.toml; none when it is named there already."""
    for each in workspace.configuration.registries:
        is_here = isinstance(each, EmbeddedRegistry) and each.directory == directory
        if each.name == name and is_here:
            return ()
        if each.name == name:
            raise UsageError(f"there is another registry `{name}`", hint="choose another name")
        if is_here:
            raise RefusedError(f"{relative(directory, workspace.root)} is registry `{each.name}` already")
    file = workspace.root / CONFIGURATION_FILE
    place = relative(directory, workspace.root)
    entry = (f"[registries.{name}]", 'kind = "embedded"', f"path = {string_literal(place)}")
    edited = _appended(text, entry)
    if text is not None:
        _require_only_added(file, text, edited, name, place)
    return (WriteFile(path=file, content=edited.encode("utf-8")),)


def _appended(text: str | None, lines: tuple[str, ...]) -> str:
    if not text:
        return "".join(f"{line}\n" for line in lines)
    newline = newline_of(text)
    gap = newline if text.endswith("\n") else newline * 2
    return text + gap + "".join(f"{line}{newline}" for line in lines)


def _require_only_added(file: Path, before: str, after: str, name: str, place: str) -> None:
    was = dict(pyproject.read(before, file))
    entry = {"kind": "embedded", "path": place}
    try:
        read = dict(pyproject.read(after, file))
    except UsageError:
        read = {}
    if read != {**was, "registries": {**pyproject.table(was, "registries"), name: entry}}:
        raise UsageError(
            "commons.toml is written in a form to which no registry can be added",
            hint=f'add by hand: registries.{name} = {{ kind = "embedded", path = {string_literal(place)} }}',
            file=file,
        )


def _comes_from(workspace: Workspace, use: Use, registry: EmbeddedRegistry) -> bool:
    if not isinstance(use.source, IndexSource):
        return False
    project = workspace.project_at(use.project)
    root = workspace.project_at(project.uv_root) if project is not None and project.uv_root is not None else project
    if root is None:
        return False
    named = [each for each in root.indexes if use.source.index in (None, each.name)]
    return any(os.path.normpath(root.directory / each.url) == str(registry.directory) for each in named)
