"""Whether an environment made from the twin imports what the plan promises, from where it promises it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dagster_commons.discovery.build_tables import import_packages
from dagster_commons.discovery.directories import read_directory
from dagster_commons.model.outcomes import ImportProof
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import AbsenceExpected, Expectation, ImportExpected
from dagster_commons.model.versions import is_same_version
from dagster_commons.probe.environments import environment_for
from dagster_commons.probe.imports import Imported, import_module

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.proof.twin import Twin


def prove(twin: Twin, expectation: Expectation) -> ImportProof:
    """Sync an environment of our own from the twin's lock and import the module in it.

    Raises:
        ToolError: the environment could not be made.

    """
    started = time.monotonic()
    extras, groups, names = _what_to_install_and_import(twin, expectation)
    project = twin.inside(expectation.project)
    with environment_for(project, identity=expectation.project, extras=extras, groups=groups) as python:
        imported = import_module(python, distribution=expectation.module, import_packages=names)
        failure = _failure(twin, expectation, imported)
    file = imported.files[0] if imported.files else None
    return ImportProof(
        location=expectation.location,
        module=expectation.module,
        version=imported.version,
        file=twin.outside(file) if file is not None and file.is_relative_to(twin.at) else None,
        failure=failure,
        seconds=time.monotonic() - started,
    )


def _what_to_install_and_import(
    twin: Twin, expectation: Expectation
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    match expectation:
        case AbsenceExpected():
            return (), (), ()
        case ImportExpected():
            names = expectation.import_packages
            if not names and expectation.place is not None:
                names = _import_packages_in(twin.inside(expectation.place), expectation.module)
            return expectation.extras, expectation.groups, names


def _import_packages_in(directory: Path, module: str) -> tuple[str, ...]:
    """Those of a project that nobody had read before the twin was made, e.g. in a new submodule."""
    project = read_directory(directory).project
    return import_packages(directory, module, project.import_hints) if project is not None else ()


def _failure(twin: Twin, expectation: Expectation, imported: Imported) -> str | None:
    match expectation:
        case AbsenceExpected():
            return None if imported.version is None else f"{expectation.module} {imported.version} is still installed"
        case ImportExpected():
            return _mismatch(twin, expectation, imported)


def _mismatch(twin: Twin, expected: ImportExpected, imported: Imported) -> str | None:
    if imported.error is not None:
        return f"importing {expected.module} fails: {imported.error}"
    if imported.version is None:
        return f"{expected.module} is not installed"
    if expected.version is not None and not is_same_version(expected.version, imported.version):
        return _other_version(expected, imported.version)
    for file in imported.files:
        place = expected.place
        is_there = file.is_relative_to(twin.inside(place)) if place is not None else not file.is_relative_to(twin.at)
        if not is_there:
            wanted = relative(place, twin.root) if place is not None else "the environment"
            return f"{expected.module} is imported from {_shown(twin, file)}, not from {wanted}"
    return None


def _other_version(expected: ImportExpected, version: str) -> str:
    said = f"it would get {expected.module} {version} where {expected.version} is expected"
    if expected.naming is None:
        return said
    return f"{said}; another version must be named: {expected.naming.replace('VERSION', version)}"


def _shown(twin: Twin, file: Path) -> str:
    """The user's path of a file in the twin, as seen from the root; nobody knows our environments' paths."""
    return relative(twin.outside(file), twin.root) if file.is_relative_to(twin.at) else "the environment"
