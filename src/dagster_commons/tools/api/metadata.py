"""What an installer looks at, from a project's pyproject.toml or from a distribution's METADATA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.api import Metadata
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SCRIPTS = ("console_scripts", "gui_scripts")  # the groups of [project.scripts] and [project.gui-scripts]


def read_metadata(directory: Path, packages: Iterable[str], *, code: Path | None = None) -> Metadata:
    """Of the project in `directory`, whose import packages lie in `code` (default: `directory` itself).

    Without a pyproject.toml, or where it does not say it, nothing is known of dependencies and the like.

    Raises:
        UsageError: pyproject.toml is not TOML.

    """
    file = directory / "pyproject.toml"
    has_py_typed = all((code or directory).joinpath(each, "py.typed").is_file() for each in packages)
    if not file.is_file():
        return Metadata(has_py_typed=has_py_typed)
    document = pyproject.read(file.read_text("utf-8"), file)
    extras = pyproject.table(document, "project", "optional-dependencies")
    return Metadata(
        requires_python=pyproject.string(document, "project", "requires-python"),
        dependencies=pyproject.strings(document, "project", "dependencies"),
        extras={name: pyproject.strings(document, "project", "optional-dependencies", name) for name in extras},
        entry_points=_entry_points(document),
        has_py_typed=has_py_typed,
    )


def _entry_points(document: pyproject.Document) -> dict[str, str]:
    named = pyproject.table(document, "project", "entry-points")
    groups: dict[str, tuple[str, ...]] = {name: ("project", "entry-points", name) for name in named}
    groups |= {SCRIPTS[0]: ("project", "scripts"), SCRIPTS[1]: ("project", "gui-scripts")}
    return {
        f"{group}:{name}": str(target)
        for group, keys in sorted(groups.items())
        for name, target in pyproject.table(document, *keys).items()
    }


def read_distribution_metadata(directory: Path, packages: Iterable[str]) -> Metadata:
    """Of the one distribution that is unpacked or installed in `directory`, by its `.dist-info` (PEP 566)."""
    from importlib.metadata import Distribution  # noqa: PLC0415 - lazy: only a distribution pays for it

    place = next(iter(sorted(directory.glob("*.dist-info"))), None)
    has_py_typed = all((directory / each / "py.typed").is_file() for each in packages)
    if place is None:
        return Metadata(has_py_typed=has_py_typed)
    found = Distribution.at(place)
    fields = found.metadata
    return Metadata(
        requires_python=next(iter(fields.get_all("Requires-Python") or ()), None),
        dependencies=tuple(each for each in found.requires or () if "extra ==" not in each),
        extras=dict.fromkeys(fields.get_all("Provides-Extra") or (), ()),
        entry_points={f"{each.group}:{each.name}": each.value for each in found.entry_points},
        has_py_typed=has_py_typed,
        file=f"{place.name}/METADATA",
    )
