"""`commons registry init`: commons.toml names a registry, and a directory becomes one; which one `login` asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never
from urllib.parse import urlsplit

from dagster_commons.analysis.candidates import unused_packages
from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.configuration import EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.names import normalise_name
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import Plan, WriteFile
from dagster_commons.model.registry_kinds import REGISTRY_KEYS, remote_registry
from dagster_commons.tools import pyproject
from dagster_commons.tools.pyproject.splices import newline_of, string_literal
from dagster_commons.tools.simple_pages import PAGE_NAME, REPOSITORY_FILES, render_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.configuration import Configuration, Registry, RegistryKind
    from dagster_commons.model.workspace import Workspace

CONFIGURATION_FILE = "commons.toml"
DEFAULT_DIRECTORY = "registry"

NAME_OF_NOTHING = "commons-registry-login"

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?", re.ASCII)
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)


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
    _require_name(name)
    _require_free(workspace, directory, name)
    names = declared_modules(workspace)
    content = {directory / file: text for file, text in REPOSITORY_FILES}
    content |= {directory / each / PAGE_NAME: render_page(each, ()).encode() for each in names}
    pages = tuple(WriteFile(path=path, content=text) for path, text in sorted(content.items()) if path not in existing)
    nothing_known = (
        "no shared module is known yet, so no name is reserved: declare them as `modules` in commons.toml",
    )
    return Plan(
        title=f"registry {name} in {relative(directory, workspace.root)}",
        steps=(
            *pages,
            *_configured(
                workspace,
                EmbeddedRegistry(name=name, directory=directory),
                {"kind": "embedded", "path": relative(directory, workspace.root)},
                configuration,
            ),
        ),
        warnings=() if names else nothing_known,
    )


def remote_init_plan(
    workspace: Workspace, *, name: str, kind: RegistryKind, settings: Mapping[str, str], configuration: str | None
) -> tuple[Plan, RemoteRegistry]:
    """Name a registry that others run in commons.toml, whose text is `configuration` (None without one).

    `settings` are the keys of its table, as `require_settings` wants them.  Done once more, it changes nothing.

    Raises:
        UsageError: the name cannot be one, is taken, or commons.toml cannot be edited.

    """
    _require_name(name)
    registry = remote_registry(name, kind, settings)
    keys = (each.name for each in REGISTRY_KEYS[kind] if each.name in settings)
    table = {"kind": kind, **{key: settings[key] for key in keys}}
    steps = _configured(workspace, registry, table, configuration)
    return Plan(title=f"registry {name} of kind {kind} in {CONFIGURATION_FILE}", steps=steps), registry


def require_settings(kind: RegistryKind, settings: Mapping[str, str]) -> None:
    """See that `settings` are what commons.toml needs of a registry of this kind, and nothing else.

    Raises:
        UsageError: they are not.

    """
    keys = REGISTRY_KEYS[kind]
    for key in settings:
        if key not in {each.name for each in keys}:
            known = ", ".join(f"--{each.name}" for each in keys)
            raise UsageError(f"a registry of kind {kind} has no --{key}", hint=f"it has {known}")
    missing = [each for each in keys if each.is_required and not settings.get(each.name)]
    if missing and kind != "embedded":  # its directory has a default
        names = ", ".join(f"--{each.name}" for each in missing)
        example = " ".join(f"--{each.name} {each.example}" for each in missing)
        raise UsageError(f"a registry of kind {kind} needs {names}", hint=f"for example {example}")
    for key, value in settings.items():
        if key in ("url", "publish-url"):
            _require_url(key, value)
        elif key == "domain-owner" and not _ACCOUNT.fullmatch(value):
            raise UsageError(f"`{value}` is no AWS account", hint="--domain-owner has twelve digits: 111122223333")


def registry_to_ask(configuration: Configuration, name: str | None) -> Registry:
    """The registry `name`; without a name the only one on the web.

    Raises:
        UsageError: there is none of this name, or not exactly one that can be meant.

    """
    known = ", ".join(each.name for each in configuration.registries)
    if name is not None:
        registry = configuration.registry(name)
        if registry is None:
            hint = f"there are: {known}" if known else "commons registry init NAME --kind KIND"
            raise UsageError(f"there is no registry `{name}` in commons.toml", hint=hint)
        return registry
    remote = [each for each in configuration.registries if isinstance(each, RemoteRegistry)]
    if len(remote) == 1:
        return remote[0]
    if remote:
        names = ", ".join(each.name for each in remote)
        raise UsageError(f"say which registry: {names}", hint=f"commons registry login {remote[0].name}")
    besides = f"; {known} needs no credentials" if known else ""
    raise UsageError(
        f"commons.toml names no registry on the web{besides}", hint="commons registry init NAME --kind KIND"
    )


def module_to_ask_for(workspace: Workspace, registry: str) -> str:
    """A module that comes from `registry`, or is declared at all; where there is none, a name that nothing has."""
    tied = [each.module for each in workspace.configuration.sources if each.registry == registry]
    return next(iter((*tied, *declared_modules(workspace))), NAME_OF_NOTHING)


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


def consumer_lines(registry: Registry, consumer: Path, module: str) -> tuple[str, ...]:
    """What the pyproject.toml in `consumer`, a uv workspace root, says to use the registry for `module`."""
    table = ("[[tool.uv.index]]", f'name = "{registry.name}"')
    match registry:
        case EmbeddedRegistry():  # before other indexes
            path = relative(registry.directory, consumer)
            return (*table, f'url = "{path if path.startswith("../") else f"./{path}"}"')
        case RemoteRegistry():
            index = (f'url = "{registry.index_url}"', "explicit = true", 'authenticate = "always"')
            return (*table, *index, "", "[tool.uv.sources]", f'{module} = {{ index = "{registry.name}" }}')
        case _:
            assert_never(registry)


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(f"`{name}` cannot be the name of a registry", hint="letters, digits, `-` and `_`")


def _require_url(key: str, value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"--{key} is no http or https URL", hint=f"for example --{key} https://index.example.com/")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"--{key} has credentials in it, and commons.toml is for everybody to read",
            hint="leave them out; uv takes them from UV_INDEX_<NAME>_USERNAME and UV_INDEX_<NAME>_PASSWORD",
        )


def _require_free(workspace: Workspace, directory: Path, name: str) -> None:
    for each in workspace.configuration.registries:
        if isinstance(each, EmbeddedRegistry) and each.directory == directory and each.name != name:
            raise RefusedError(f"{relative(directory, workspace.root)} is registry `{each.name}` already")


def _configured(
    workspace: Workspace, registry: Registry, table: Mapping[str, str], text: str | None
) -> tuple[WriteFile, ...]:
    """The step that names the registry in commons.toml; none when it is named there already."""
    known = workspace.configuration.registry(registry.name)
    if known == registry:
        return ()
    if known is not None:
        raise UsageError(f"there is another registry `{registry.name}`", hint="choose another name")
    file = workspace.root / CONFIGURATION_FILE
    lines = (f"{key} = {string_literal(value)}" for key, value in table.items())
    edited = _appended(text, (f"[registries.{registry.name}]", *lines))
    if text is not None:
        _require_only_added(file, text, edited, registry.name, table)
    return (WriteFile(path=file, content=edited.encode("utf-8")),)


def _appended(text: str | None, lines: tuple[str, ...]) -> str:
    if not text:
        return "".join(f"{line}\n" for line in lines)
    newline = newline_of(text)
    gap = newline if text.endswith("\n") else newline * 2
    return text + gap + "".join(f"{line}{newline}" for line in lines)


def _require_only_added(file: Path, before: str, after: str, name: str, table: Mapping[str, str]) -> None:
    was = dict(pyproject.read(before, file))
    try:
        read = dict(pyproject.read(after, file))
    except UsageError:
        read = {}
    if read != {**was, "registries": {**pyproject.table(was, "registries"), name: dict(table)}}:
        entry = ", ".join(f"{key} = {string_literal(value)}" for key, value in table.items())
        raise UsageError(
            "commons.toml is written in a form to which no registry can be added",
            hint=f"add by hand: registries.{name} = {{ {entry} }}",
            file=file,
        )
