"""What an installer looks at, from a project's pyproject.toml or from a distribution's METADATA."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.model.api import METADATA_PARTS, Metadata
from dagster_commons.model.names import normalise_name, requirement_name
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SCRIPTS = {"console_scripts": "scripts", "gui_scripts": "gui-scripts"}  # entry point groups with a table of their own
_HEADER = re.compile(r"(Requires-Python|Requires-Dist|Provides-Extra):\s*(.+)", re.IGNORECASE)

Place = tuple[str, int]


def read_metadata(directory: Path, packages: Iterable[str], *, code: Path | None = None) -> Metadata:
    """Of the project in `directory`, whose import packages lie in `code` (default: `directory` itself).

    Without a pyproject.toml, or where it leaves that to the build, nothing is known of dependencies and the like.

    Raises:
        UsageError: pyproject.toml is not TOML.

    """
    file = directory / "pyproject.toml"
    typed = _typed(directory, code or directory, packages)
    if not file.is_file():
        return Metadata(has_py_typed=typed is not None, unknown=METADATA_PARTS, places=dict(typed or ()))
    text = file.read_text("utf-8")
    document = pyproject.read(text, file)
    extras = pyproject.table(document, "project", "optional-dependencies")
    decided = pyproject.strings(document, "project", "dynamic") if "project" in document else METADATA_PARTS
    entry_points = {name: str(target) for name, _, target in _entry_points(document)}
    return Metadata(
        version=pyproject.string(document, "project", "version"),
        requires_python=pyproject.string(document, "project", "requires-python"),
        dependencies=pyproject.strings(document, "project", "dependencies"),
        extras={name: pyproject.strings(document, "project", "optional-dependencies", name) for name in extras},
        entry_points=entry_points,
        has_py_typed=typed is not None,
        unknown=tuple(each for each in METADATA_PARTS if each in decided),
        places={**dict(typed or ()), **dict(_places(text, document, file.name))},
    )


def _typed(directory: Path, code: Path, packages: Iterable[str]) -> list[tuple[str, Place]] | None:
    """Where the first marker is; None where a package has none."""
    markers = [code / each / "py.typed" for each in packages]
    if not all(each.is_file() for each in markers):
        return None
    return [("py.typed", (each.relative_to(directory).as_posix(), 1)) for each in markers[:1]]


def _entry_points(document: pyproject.Document) -> Iterator[tuple[str, tuple[str, ...], object]]:
    """`group:name`, the keys that it stands under, and what it names."""
    named = pyproject.table(document, "project", "entry-points")
    groups = {name: ("project", "entry-points", name) for name in named}
    tables = {**groups, **{group: ("project", key) for group, key in SCRIPTS.items()}}
    for group, keys in sorted(tables.items()):
        for name, target in pyproject.table(document, *keys).items():
            yield f"{group}:{name}", (*keys, name), target


def _places(text: str, document: pyproject.Document, file: str) -> Iterator[tuple[str, Place]]:
    """File and line of each part that the project says."""
    keys: dict[str, tuple[str | int, ...]] = {"requires-python": ("project", "requires-python")}
    for position, each in enumerate(pyproject.strings(document, "project", "dependencies")):
        keys[_dependency(each)] = ("project", "dependencies", position)
    for name in pyproject.table(document, "project", "optional-dependencies"):
        keys[f"extra {normalise_name(name)}"] = ("project", "optional-dependencies", name)
    keys |= {f"entry point {name}": at for name, at, _ in _entry_points(document)}
    index = pyproject.LineIndex(text)
    for part, at in keys.items():
        line = index.line_of(*at)
        if line is not None:
            yield part, (file, line)


def _dependency(requirement: str) -> str:
    """The part that it is; what is no requirement is found by its text."""
    try:
        return f"dependency {requirement_name(requirement)}"
    except UsageError:
        return f"dependency {requirement}"


def read_distribution_metadata(directory: Path, packages: Iterable[str]) -> Metadata:
    """Of the one distribution that is unpacked or installed in `directory`, by its `.dist-info` (PEP 566)."""
    from importlib.metadata import Distribution  # noqa: PLC0415 - lazy: only a distribution pays for it

    place = next(iter(sorted(directory.glob("*.dist-info"))), None)
    typed = _typed(directory, directory, packages)
    if place is None:
        return Metadata(has_py_typed=typed is not None, unknown=METADATA_PARTS, places=dict(typed or ()))
    found = Distribution.at(place)
    fields = found.metadata
    return Metadata(
        version=found.version,
        requires_python=next(iter(fields.get_all("Requires-Python") or ()), None),
        dependencies=tuple(each for each in found.requires or () if "extra ==" not in each),
        extras=dict.fromkeys(fields.get_all("Provides-Extra") or (), ()),
        entry_points={f"{each.group}:{each.name}": each.value for each in found.entry_points},
        has_py_typed=typed is not None,
        places={**dict(typed or ()), **dict(_distribution_places(place))},
        file=f"{place.name}/METADATA",
    )


def _distribution_places(place: Path) -> Iterator[tuple[str, Place]]:
    shown = f"{place.name}/METADATA"
    for number, line in enumerate(_lines(place / "METADATA"), start=1):
        if not line:
            break  # what follows is the description
        found = _HEADER.match(line)
        match found[1].lower() if found is not None else None, found[2] if found is not None else "":
            case "requires-python", _:
                yield "requires-python", (shown, number)
            case "requires-dist", requirement if "extra ==" not in requirement:
                yield _dependency(requirement), (shown, number)
            case "provides-extra", extra:
                yield f"extra {normalise_name(extra)}", (shown, number)
    group = ""
    for number, line in enumerate(_lines(place / "entry_points.txt"), start=1):
        name = line.partition("=")[0].strip()
        if line.startswith("["):
            group = line.strip(" []")
        elif name:
            yield f"entry point {group}:{name}", (f"{place.name}/entry_points.txt", number)


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
