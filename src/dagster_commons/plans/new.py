"""`commons new`: a shared module that is ready to be released, from the files that the examples show."""

from __future__ import annotations

import keyword
import re
import sys
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.names import normalise_name
from dagster_commons.model.plan import Plan, WriteFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path, PurePosixPath

TEMPLATE = "path/shared"
TEMPLATE_MODULE = "shared"
DEFAULT_REQUIRES_PYTHON = ">=3.10"
FIRST_VERSION = "0.1.0"

_VALID_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_BOUND_BELOW = frozenset({">=", ">", "~=", "=="})
_TAKEN_BY_DAGSTER = frozenset({"dagster", "dagster_commons", "dagster_commons_probe"})
_NAME_AS_IMPORTED = re.compile(rf"\b{TEMPLATE_MODULE}(?=\.\w)|(?<=src/){TEMPLATE_MODULE}\b")
_NAME = re.compile(rf"\b{TEMPLATE_MODULE}\b")
_VERSION = re.compile(r'^__version__ = ".*"$', re.MULTILINE)
_REQUIRES_PYTHON = re.compile(r'^requires-python = ".*"$', re.MULTILINE)


def new_plan(
    template: tuple[tuple[PurePosixPath, bytes], ...], *, directory: Path, module: str, requires_python: str
) -> Plan:
    """Write `template` (the files of `TEMPLATE`) to `directory` as the shared module `module`.

    Raises:
        UsageError: `module` is no valid name, or its import package's name is taken.
        RefusedError: `directory` exists.

    """
    distribution, package = module_names(module)
    if directory.exists() or directory.is_symlink():
        raise RefusedError(
            f"{directory.name} exists", hint="name another directory, or remove this one", file=directory
        )
    steps = tuple(
        WriteFile(
            path=directory.joinpath(*(package if part == TEMPLATE_MODULE else part for part in path.parts)),
            content=_renamed(path, content, distribution, package, requires_python),
        )
        for path, content in template
    )
    return Plan(title=f"new shared module {distribution}", steps=steps)


def module_names(module: str) -> tuple[str, str]:
    """The distribution package's name (normalised, PEP 503) and the import package's name for `module`.

    Raises:
        UsageError: `module` is no valid name, or its import package's name is taken.

    """
    if not _VALID_NAME.fullmatch(module):
        raise UsageError(
            f"`{module}` cannot be the name of a distribution package",
            hint="letters, digits, `-`, `_` and `.`, beginning and ending with a letter or a digit",
        )
    distribution = normalise_name(module)
    package = distribution.replace("-", "_")
    longer = f"a longer name, say `acme-{distribution}`"
    if keyword.iskeyword(package):
        raise UsageError(f"`{package}` cannot be imported: it is a keyword of Python", hint=longer)
    if not package.isidentifier():
        raise UsageError(f"`{package}` cannot be imported: it is no Python name", hint="begin with a letter")
    if package in sys.stdlib_module_names:
        raise UsageError(f"`import {package}` means Python's standard library", hint=longer)
    if package in _TAKEN_BY_DAGSTER:
        raise UsageError(f"`{package}` is installed in the environments that would use it", hint=longer)
    return distribution, package


def lowest_requires_python(admitted: Iterable[str | None]) -> str:
    """A `requires-python` that every code location can use, given theirs: the lowest lower bound among them.

    A consumer must not admit a Python that the module excludes, or uv cannot lock it.  Specifiers without a lower
    bound, or that cannot be read, say nothing.
    """
    bounds = [bound for specifiers in admitted if specifiers and (bound := _lower_bound(specifiers))]
    return f">={'.'.join(map(str, min(bounds)))}" if bounds else DEFAULT_REQUIRES_PYTHON


def _lower_bound(specifiers: str) -> tuple[int, ...] | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - lazy: only `new` pays for it
    from packaging.version import Version  # noqa: PLC0415

    try:
        parsed = SpecifierSet(specifiers)
    except InvalidSpecifier:
        return None
    return max(
        (Version(each.version.removesuffix(".*")).release for each in parsed if each.operator in _BOUND_BELOW),
        default=None,
    )


def _renamed(path: PurePosixPath, content: bytes, distribution: str, package: str, requires_python: str) -> bytes:
    text = content.decode()
    if path.suffix == ".py":
        text = _NAME.sub(package, text)
    else:
        text = _NAME.sub(distribution, _NAME_AS_IMPORTED.sub(package, text))
    text = _VERSION.sub(f'__version__ = "{FIRST_VERSION}"', text)
    return _REQUIRES_PYTHON.sub(f'requires-python = "{requires_python}"', text).encode()
