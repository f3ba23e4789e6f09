"""pyproject.toml (PEP 621, PEP 735, uv, Poetry) as facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.discovery.build_tables import import_hints, version_hint
from dagster_commons.discovery.facts import ProjectFacts
from dagster_commons.discovery.poetry_tables import poetry_dependencies
from dagster_commons.discovery.uv_tables import declared_indexes, declared_sources, declared_workspace
from dagster_commons.errors import UsageError
from dagster_commons.model.names import normalise_name, requirement_name
from dagster_commons.model.project import Dependency, ProjectManager

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.discovery.documents import Document, Key

_PROJECT = ("project",)
_POETRY = ("tool", "poetry")


def pyproject_facts(document: Document) -> ProjectFacts | None:
    """What a pyproject.toml declares; None where it declares no project (it only configures tools)."""
    has_project = document.value(*_PROJECT) is not None
    is_poetry = _is_poetry(document)
    workspace = declared_workspace(document)
    if not has_project and not is_poetry and workspace is None and document.value("tool", "uv", "sources") is None:
        return None
    dynamic = {text for _, text in document.texts(*_PROJECT, "dynamic")}
    sources, unmanaged = declared_sources(document)
    from_poetry = poetry_dependencies(document) if is_poetry else ((), ())
    dependencies = tuple(_dependencies(document)) or from_poetry[0]
    name = document.text(*_PROJECT, "name") or document.text(*_POETRY, "name")
    if has_project and not name:
        document.complain("`[project]` has no `name`", *_PROJECT, fix='add `name = "…"`')
    manager: ProjectManager = "poetry" if is_poetry else "uv"
    return ProjectFacts(
        directory=document.file.parent,
        file=document.file,
        manager=manager,
        name=normalise_name(name) if name else None,
        version=document.text(*_PROJECT, "version") or document.text(*_POETRY, "version"),
        version_hint=version_hint(document) if "version" in dynamic else None,
        is_version_dynamic="version" in dynamic,
        are_dependencies_dynamic=bool(dynamic & {"dependencies", "optional-dependencies"}),
        requires_python=document.text(*_PROJECT, "requires-python"),
        dependencies=dependencies,
        sources=(*sources, *from_poetry[1]),
        unmanaged=unmanaged,
        indexes=declared_indexes(document),
        import_hints=import_hints(document),
        uv_workspace=workspace,
        is_package=_is_package(document),
    )


def _is_poetry(document: Document) -> bool:
    if document.value("tool", "uv") is not None:
        return False
    return any(document.value(*_POETRY, key) is not None for key in ("name", "dependencies", "group"))


def _is_package(document: Document) -> bool:
    declared = document.flag("tool", "uv", "package")
    return declared if declared is not None else document.value("build-system") is not None


def _dependencies(document: Document) -> Iterator[Dependency]:
    yield from _requirements(document, (*_PROJECT, "dependencies"))
    for extra in document.table(*_PROJECT, "optional-dependencies"):
        yield from _requirements(document, (*_PROJECT, "optional-dependencies", extra), extra=normalise_name(extra))
    for group in document.table("dependency-groups"):
        yield from _requirements(document, ("dependency-groups", group), group=normalise_name(group))
    yield from _requirements(document, ("tool", "uv", "dev-dependencies"), group="dev")


def _requirements(
    document: Document, keys: tuple[Key, ...], *, extra: str | None = None, group: str | None = None
) -> Iterator[Dependency]:
    for position, item in enumerate(document.items(*keys)):
        if group is not None and isinstance(item, dict):
            _check_include(document, (*keys, position))
            continue
        text = document.text(*keys, position)
        if text is None:
            continue
        try:
            name = requirement_name(text)
        except UsageError as error:
            document.complain(error.message, *keys, position, fix=error.hint)
            continue
        yield Dependency(name=name, requirement=text, line=document.line(*keys, position), extra=extra, group=group)


def _check_include(document: Document, keys: tuple[Key, ...]) -> None:
    """An included group's requirements are declared where that group stands (PEP 735)."""
    included = document.text(*keys, "include-group")
    groups = {normalise_name(each) for each in document.table("dependency-groups")}
    if included is None:
        document.complain("a table in a dependency group must be `{ include-group = … }`", *keys)
    elif normalise_name(included) not in groups:
        document.complain(f"there is no dependency group `{included}` to include", *keys)
