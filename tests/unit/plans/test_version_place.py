from __future__ import annotations

import re
from pathlib import Path

import pytest

from dagster_commons.errors import RefusedError
from dagster_commons.plans.version_place import (
    ComputedVersion,
    StaticVersion,
    VersionInFile,
    version_place,
    with_version,
)

HERE = Path("/repo/shared")
FILE = HERE / "pyproject.toml"
DYNAMIC = '[project]\nname = "shared"\ndynamic = ["version"]\n'
HATCH = f'{DYNAMIC}[build-system]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = f'{DYNAMIC}[build-system]\nbuild-backend = "setuptools.build_meta"\n[tool.setuptools.dynamic]\n'


def test_static() -> None:
    assert version_place(FILE, '[project]\nname = "shared"\nversion = "0.1"\n') == StaticVersion(file=FILE)


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        (f'{HATCH}[tool.hatch.version]\npath = "src/shared/__init__.py"\n', ["src/shared/__init__.py"]),
        (f'{HATCH}[tool.hatch]\nversion = {{ path = "about.py", source = "regex" }}\n', ["about.py"]),
        (
            f'{SETUPTOOLS}version = {{ attr = "shared.about.__version__" }}\n',
            ["src/shared/about/__init__.py", "src/shared/about.py", "shared/about/__init__.py", "shared/about.py"],
        ),
        (f'{SETUPTOOLS}version = {{ file = "VERSION" }}\n', ["VERSION"]),
        (f'{SETUPTOOLS}version = {{ file = ["VERSION"] }}\n', ["VERSION"]),
    ],
)
def test_in_a_file(text: str, candidates: list[str]) -> None:
    place = version_place(FILE, text)

    assert isinstance(place, VersionInFile)
    assert place.candidates == tuple(HERE / each for each in candidates)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[project]\nname = "shared"\n', r"no \[project\] version"),
        (f'{HATCH}[tool.hatch.version]\nsource = "vcs"\n', "git tags"),
        (f'{HATCH}[tool.hatch.version]\nsource = "code"\npath = "about.py"\n', "computed by hatchling .source 'code'"),
        (HATCH, "computed by hatchling"),
        (DYNAMIC, "computed by setuptools"),
        (f"{SETUPTOOLS}", "computed by setuptools"),
        (f'{SETUPTOOLS}version = {{ file = ["MAJOR", "MINOR"] }}\n', "computed by setuptools"),
        (f'{DYNAMIC}[build-system]\nbuild-backend = "pdm.backend"\n', "computed by pdm.backend"),
    ],
)
def test_computed(text: str, reason: str) -> None:
    place = version_place(FILE, text)

    assert isinstance(place, ComputedVersion)
    assert re.search(reason, place.reason)


HATCH_PATTERN = version_place(FILE, f'{HATCH}[tool.hatch.version]\npath = "a.py"\n')
ATTRIBUTE_PATTERN = version_place(FILE, f'{SETUPTOOLS}version = {{ attr = "shared.VERSION" }}\n')
FILE_PATTERN = version_place(FILE, f'{SETUPTOOLS}version = {{ file = "VERSION" }}\n')
OWN_PATTERN = version_place(
    FILE, f"{HATCH}[tool.hatch.version]\npath = 'a.py'\npattern = 'release is (?P<version>[0-9.]+)'\n"
)


@pytest.mark.parametrize(
    ("place", "before", "after"),
    [
        (
            HATCH_PATTERN,
            '"""Doc."""\r\n__version__ = "0.1.2"  # kept\r\n',
            '"""Doc."""\r\n__version__ = "0.1.3"  # kept\r\n',
        ),
        (HATCH_PATTERN, "__version__: str = '0.1.2'\n", "__version__: str = '0.1.3'\n"),
        (
            HATCH_PATTERN,
            "x = 1\nVERSION='v0.1.2'\n__version__ = VERSION",
            "x = 1\nVERSION='v0.1.3'\n__version__ = VERSION",
        ),
        (ATTRIBUTE_PATTERN, '__version__ = "9"\nVERSION = "0.1.2"', '__version__ = "9"\nVERSION = "0.1.3"'),
        (FILE_PATTERN, "0.1.2\n", "0.1.3\n"),
        (OWN_PATTERN, "release is 0.1.2, at last", "release is 0.1.3, at last"),
    ],
)
def test_only_the_version_changes(place: VersionInFile, before: str, after: str) -> None:
    assert with_version(place, HERE / "a.py", before, "0.1.3") == after


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (HATCH_PATTERN, "__version__ = metadata.version('shared')\n"),
        (HATCH_PATTERN, "    __version__ = '0.1'\n"),
        (ATTRIBUTE_PATTERN, '__version__ = "9"\n'),
        (FILE_PATTERN, "version 0.1.2\n"),
        (VersionInFile(candidates=(HERE / "a.py",), pattern="(unclosed"), "0.1.2"),
        (VersionInFile(candidates=(HERE / "a.py",), pattern="no group"), "no group"),
    ],
)
def test_what_cannot_be_edited_is_refused(place: VersionInFile, text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        with_version(place, HERE / "a.py", text, "0.1.3")

    assert caught.value.file == HERE / "a.py"
