"""Whether an earlier text of a project already says what a plan is about to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.plans.wiring import EmbeddedIndexWiring, RemoteIndexWiring, Texts
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Callable

    from dagster_commons.plans.offers import Provision


def says_same_source(wired: Texts, module: str, provision: Provision) -> Callable[[pyproject.Document], bool]:
    """A test of a document: same kind and address of source for `module`, and the version admitted if one is wanted.

    The requirement itself may differ (a range where we would write a pin): that is what an image is kept for.
    """
    file = wired.project.file
    wanted = tuple(_address(table) for table in pyproject.source_tables(pyproject.read(wired.own, file), module))
    is_index = isinstance(provision.wiring, EmbeddedIndexWiring | RemoteIndexWiring)

    def test(document: pyproject.Document) -> bool:
        entries = pyproject.module_entries(document, module)
        found = tuple(_address(table) for table in pyproject.source_tables(document, module))
        return bool(entries) and found == wanted and (not is_index or _all_admit(entries, provision.version))

    return test


def _address(source: pyproject.Document) -> tuple[tuple[str, object], ...]:
    return tuple(sorted((key, value) for key, value in source.items() if key != "editable"))


def _all_admit(entries: tuple[pyproject.RequirementEntry, ...], version: str | None) -> bool:
    from packaging.requirements import Requirement  # noqa: PLC0415 - start-up stays fast

    return version is not None and all(
        Requirement(entry.requirement).specifier.contains(version, prereleases=True) for entry in entries
    )
