"""TOML among the build files as values, each parsed once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from dagster_commons.model.build_files import BuildFile
    from dagster_commons.tools.pyproject import Document


@lru_cache(maxsize=2048)
def document(file: BuildFile) -> Document:
    """What the TOML file says; nothing where it is malformed, which discovery reported."""
    try:
        return pyproject.read(file.text, file.path)
    except UsageError:
        return {}


def build_backend(file: BuildFile) -> str:
    """The build backend that `[build-system]` of a pyproject.toml names; setuptools is what pip takes without one."""
    backend = pyproject.string(document(file), "build-system", "build-backend")
    return backend or "setuptools.build_meta"


def build_requirements(file: BuildFile) -> tuple[str, ...]:
    """What `[build-system]` requires, as written."""
    return pyproject.strings(document(file), "build-system", "requires")
