"""Evidence drawn from texts, for tests of rules: nothing is read from disk."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from dagster_commons.analysis.build_files import parsed
from dagster_commons.analysis.evidence import Evidence
from dagster_commons.analysis.imports import imports_of, mentions_of
from dagster_commons.discovery.build_files import kind_of
from dagster_commons.model.source_files import SourceFile
from dagster_commons.tools import lockfile
from drawn_uses import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dagster_commons.model.build_files import BuildFile
    from dagster_commons.model.submodules import RecordedSubmodule
    from dagster_commons.model.workspace import Workspace


def evidence(
    drawn: Workspace, files: Mapping[str, str] | None = None, *, submodules: tuple[RecordedSubmodule, ...] = ()
) -> Evidence:
    """`drawn` with `files` (path below the root: text), each understood as `check` would; `uv.lock` is a lock."""
    texts = {ROOT / path: dedent(text).lstrip("\n") for path, text in (files or {}).items()}
    places = {each for path in texts for each in (path, *path.parents) if each.is_relative_to(ROOT)}
    return Evidence(
        workspace=drawn,
        files=tuple(_build_files(texts)),
        locks=tuple(
            lockfile.parse(text.encode(), path) for path, text in sorted(texts.items()) if path.name == "uv.lock"
        ),
        sources=tuple(_sources(texts, drawn)),
        python_folders=frozenset(path.parent for path in texts if path.suffix == ".py"),
        listed=frozenset(map(str, places)),
        submodules=submodules,
    )


def lock(*packages: str) -> str:
    """A `uv.lock`; a package is written `NAME VERSION SOURCE [NAME …]`, the names those that it depends on."""
    blocks = (_package(*each.split()) for each in packages)
    return 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n' + "".join(blocks)


def _package(name: str, version: str, source: str, *dependencies: str) -> str:
    kind, _, value = source.partition("=")
    listed = "".join(f'    {{ name = "{each}" }},\n' for each in dependencies)
    return f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ {kind} = "{value}" }}\n' + (
        f"dependencies = [\n{listed}]\n" if listed else ""
    )


def _build_files(texts: Mapping[Path, str]) -> Iterator[BuildFile]:
    for path, text in sorted(texts.items()):
        kind = kind_of(path.relative_to(ROOT).as_posix())
        if kind is not None:
            yield parsed(path, kind, text)


def _sources(texts: Mapping[Path, str], drawn: Workspace) -> Iterator[SourceFile]:
    names = frozenset(name for each in drawn.projects for name in each.import_packages)
    directories = {each.directory for each in drawn.projects}
    for path, text in sorted(texts.items()):
        project = next((each for each in path.parents if each in directories), None)
        if project is not None and path.suffix in (".py", ".yaml", ".toml"):
            imports = imports_of(text) if path.suffix == ".py" else ()
            yield SourceFile(path=path, project=project, imports=imports, mentions=mentions_of(text, names))
