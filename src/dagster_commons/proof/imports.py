"""Whether an environment made from the twin imports what the plan promises, from where it promises it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.model.outcomes import ImportProof
from dagster_commons.model.plan import AbsenceExpected, Expectation, ImportExpected
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
    extras, groups, names = _what_to_install_and_import(expectation)
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
    expectation: Expectation,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    match expectation:
        case AbsenceExpected():
            return (), (), ()
        case ImportExpected():
            return expectation.extras, expectation.groups, expectation.import_packages


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
    if expected.version is not None and not _is_same_version(expected.version, imported.version):
        return (
            f"it would get {expected.module} {imported.version} where {expected.version} is expected; "
            f"another version must be named: {expected.module}=={imported.version}"
        )
    for file in imported.files:
        if expected.place is not None and not file.is_relative_to(twin.inside(expected.place)):
            return f"{expected.module} is imported from {_outside(twin, file)}, not from {expected.place}"
        if expected.place is None and file.is_relative_to(twin.at):
            return f"{expected.module} is imported from {twin.outside(file)}, not from the environment"
    return None


def _outside(twin: Twin, file: Path) -> Path:
    """The user's path of a file in the twin; a file of the environment stays as it is."""
    return twin.outside(file) if file.is_relative_to(twin.at) else file


def _is_same_version(first: str, second: str) -> bool:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - start-up stays fast

    try:
        return Version(first) == Version(second)
    except InvalidVersion as error:
        raise ToolError(f"a distribution has a version that is none: {error}") from error
