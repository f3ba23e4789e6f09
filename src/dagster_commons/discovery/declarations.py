"""Code locations as the files declare them, one reader per format.

Names and defaults are Dagster's: `dagster._core.workspace.load` for workspace.yaml and `[tool.dagster]`,
`dagster_dg_core.context` for dg, `dagster_cloud_cli.config.models` for Dagster+.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.discovery.facts import Declaration
from dagster_commons.model.workspace import Target, TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_commons.discovery.documents import Document, Key

_UNKNOWN_TARGET = Target(kind="module", value="")

_WORKSPACE_KINDS: Mapping[str, tuple[TargetKind, str]] = {
    "python_file": ("file", "relative_path"),
    "python_module": ("module", "module_name"),
    "python_package": ("package", "package_name"),
    "autoload_defs_module": ("autoload", "module_name"),
}
_CLOUD_KINDS: Mapping[str, TargetKind] = {
    "python_file": "file",
    "module_name": "module",
    "package_name": "package",
    "autoload_defs_module_name": "autoload",
}


def dg_project(document: Document, *prefix: str) -> Iterator[Declaration]:
    """`[tool.dg.project]`, or `[project]` of a dg.toml."""
    keys = (*prefix, "project")
    if document.value(*keys) is None:
        return
    directory = document.file.parent
    root_module = document.text(*keys, "root_module")
    reason = None
    target = _UNKNOWN_TARGET
    if root_module is None:
        reason = f"`[{'.'.join(keys)}]` has no `root_module`"
        document.complain(reason, *keys, fix='add `root_module = "…"`')
    elif document.flag(*keys, "autoload_defs"):
        value = document.text(*keys, "defs_module") or f"{root_module}.defs"
        target = Target(kind="autoload", value=value, working_directory=directory)
    else:
        value = document.text(*keys, "code_location_target_module") or f"{root_module}.definitions"
        target = Target(kind="module", value=value, working_directory=directory)
    yield Declaration(
        origin="dg",
        file=document.file,
        line=document.line(*keys),
        name=document.text(*keys, "code_location_name"),
        default_name=directory.name,
        target=target,
        place=directory,
        not_loadable=reason,
    )


def dg_workspace_projects(document: Document, *prefix: str) -> Iterator[tuple[Path, int | None]]:
    """The directories that `[tool.dg.workspace]`, or `[workspace]` of a dg.toml, names, with their lines."""
    keys = (*prefix, "workspace", "projects")
    for position in range(len(document.items(*keys))):
        path = document.text(*keys, position, "path")
        if path is None:
            document.complain("a project of the dg workspace has no `path`", *keys, position)
        else:
            yield _beside(document, path), document.line(*keys, position, "path")


def dagster_table(document: Document) -> Iterator[Declaration]:
    """`[tool.dagster]`: one `module_name`, or a list of `modules`."""
    keys = ("tool", "dagster")
    if document.value(*keys) is None:
        return
    name = document.text(*keys, "code_location_name")
    module = document.text(*keys, "module_name")
    if module is not None:
        yield _of_dagster_table(document, (*keys, "module_name"), module, name)
        return
    positions = range(len(document.items(*keys, "modules")))
    for position in positions:
        listed = document.text(*keys, "modules", position, "name")
        if listed is None:
            document.complain("a module of `[tool.dagster]` has no `name`", *keys, "modules", position)
        else:
            # Dagster gives every listed module the same name; only a single one can keep it.
            own_name = name if len(positions) == 1 else None
            yield _of_dagster_table(document, (*keys, "modules", position), listed, own_name)


def workspace_yaml(document: Document) -> Iterator[Declaration]:
    """The `load_from` entries of a workspace.yaml."""
    if document.value("load_from") is None:
        document.complain("workspace.yaml has no `load_from`", fix="list the code locations under `load_from:`")
    for position, item in enumerate(document.items("load_from")):
        keys: tuple[Key, ...] = ("load_from", position)
        form = next(
            (form for form in (*_WORKSPACE_KINDS, "grpc_server") if isinstance(item, dict) and form in item), None
        )
        if form is None:
            known = ", ".join((*_WORKSPACE_KINDS, "grpc_server"))
            document.complain(f"an entry of `load_from` needs one of {known}", *keys)
        elif form == "grpc_server":
            yield _grpc_server(document, (*keys, form))
        else:
            yield from _loaded_from(document, (*keys, form), *_WORKSPACE_KINDS[form])


def cloud_yaml(document: Document) -> Iterator[Declaration]:
    """The `locations` of a dagster_cloud.yaml."""
    if document.value("locations") is None:
        document.complain(f"{document.file.name} has no `locations`", fix="list the code locations under `locations:`")
    default_build = document.text("defaults", "build", "directory")
    for position in range(len(document.items("locations"))):
        keys: tuple[Key, ...] = ("locations", position)
        name = document.text(*keys, "location_name")
        if name is None:
            document.complain("a location has no `location_name`", *keys)
            continue
        written_build = document.text(*keys, "build", "directory") or default_build
        build = _beside(document, written_build or ".")
        target = _cloud_target(document, keys, build)
        yield Declaration(
            origin="cloud",
            file=document.file,
            line=document.line(*keys, "location_name"),
            name=name,
            default_name=name,
            target=target or _UNKNOWN_TARGET,
            place=_place(target, build),
            build_directory=build if written_build else None,
            not_loadable=None if target else f"{document.file.name} gives it no `code_source`",
        )


def _of_dagster_table(document: Document, keys: tuple[Key, ...], module: str, name: str | None) -> Declaration:
    directory = document.file.parent
    return Declaration(
        origin="dagster",
        file=document.file,
        line=document.line(*keys),
        name=name,
        default_name=module,
        target=Target(kind="module", value=module, working_directory=directory),
        place=directory,
    )


def _loaded_from(document: Document, keys: tuple[Key, ...], kind: TargetKind, value_key: str) -> Iterator[Declaration]:
    is_short = isinstance(document.value(*keys), str)
    value = document.text(*keys) if is_short else document.text(*keys, value_key)
    if value is None:
        document.complain(f"`{keys[-1]}` needs `{value_key}`", *keys)
        return
    settings = {} if is_short else document.table(*keys)

    def setting(key: str) -> str | None:
        return document.text(*keys, key) if key in settings else None

    attribute, executable = setting("attribute"), setting("executable_path")
    directory = _beside(document, setting("working_directory") or ".")
    base = _beside(document, value).name if kind == "file" else value
    target = Target(
        kind=kind,
        value=os.path.relpath(_beside(document, value), directory) if kind == "file" else value,
        attribute=attribute,
        working_directory=directory,
        executable=_beside(document, executable) if executable else None,
    )
    yield Declaration(
        origin="workspace",
        file=document.file,
        line=document.line(*keys),
        name=setting("location_name"),
        default_name=f"{base}:{attribute}" if attribute else base,
        target=target,
        place=_place(target, directory),
    )


def _grpc_server(document: Document, keys: tuple[Key, ...]) -> Declaration:
    host = document.text(*keys, "host") or "localhost"
    port = document.value(*keys, "port")
    address = f"{host}:{port if port is not None else document.text(*keys, 'socket') or ''}"
    return Declaration(
        origin="workspace",
        file=document.file,
        line=document.line(*keys),
        name=document.text(*keys, "location_name"),
        default_name=f"grpc:{address}",
        target=Target(kind="grpc", value=address),
        place=document.file.parent,
        not_loadable=f"served by a gRPC server at {address}: its code is not named here",
    )


def _cloud_target(document: Document, keys: tuple[Key, ...], build: Path) -> Target | None:
    source = (*keys, "code_source")
    form = next((form for form in _CLOUD_KINDS if document.table(*source).get(form)), None)
    value = document.text(*source, form) if form else None
    if form is None or value is None:
        return None
    directory = document.text(*keys, "working_directory") or document.text("defaults", "working_directory")
    executable = document.text(*keys, "executable_path") or document.text("defaults", "executable_path")
    return Target(
        kind=_CLOUD_KINDS[form],
        value=value,
        attribute=document.text(*keys, "attribute"),
        working_directory=Path(os.path.normpath(build / directory)) if directory else build,
        executable=Path(os.path.normpath(build / executable)) if executable else None,
    )


def _place(target: Target | None, directory: Path) -> Path:
    """A file's own directory, where it is there; else the working directory."""
    if target is None or target.kind != "file" or target.working_directory is None:
        return directory
    return Path(os.path.normpath(target.working_directory / target.value)).parent


def _beside(document: Document, written: str) -> Path:
    return Path(os.path.normpath(document.file.parent / os.path.expanduser(written)))  # noqa: PTH111 - text, and `~` alone
