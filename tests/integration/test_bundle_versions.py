"""Dagster's own registry tells the versions of a bundle's modules, and nothing else happens, whatever Dagster it is."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.tools.uv import uv
from dagster_commons.tools.versions_wheel import write_versions_wheel
from dagster_environments import NEWEST_DAGSTER, OLDEST_DAGSTER, OWN_PYTHON, dagster_of

if TYPE_CHECKING:
    from pathlib import Path

MODULES = (("sales", "0.1.0"), ("shared", "0.2.0"))
TOLD = "import dagster; from dagster._core.libraries import DagsterLibraryRegistry as R; print(sorted(R.get().items()))"
# What a Dagster that we do not know might look like.
OTHER_DAGSTERS = {
    "no registry": "value = 1\n",
    "another way to register": "class DagsterLibraryRegistry:\n    register = None\n",
    "a registry that refuses": (
        "class DagsterLibraryRegistry:\n    @staticmethod\n    def register(*given, **named):\n        raise ValueError\n"
    ),
}


def told(python: Path, code: str, at: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, "-I", "-c", code], cwd=at, capture_output=True, check=True, text=True)


def with_versions(python: Path, at: Path) -> None:
    wheel = write_versions_wheel(at, MODULES)
    uv(at, "pip", "install", "--quiet", "--reinstall", "--no-deps", "--no-index", "--python", str(python), str(wheel))


@pytest.mark.network
@pytest.mark.parametrize(
    ("dagster", "python"),
    [
        pytest.param(OLDEST_DAGSTER, OWN_PYTHON, marks=pytest.mark.matrix),
        (NEWEST_DAGSTER, OWN_PYTHON),
        *(
            pytest.param(dagster, python, marks=pytest.mark.matrix)
            for dagster in (OLDEST_DAGSTER, NEWEST_DAGSTER)
            for python in ("3.10", "3.12", "3.13")
            if (dagster, python) != (OLDEST_DAGSTER, "3.13")  # it does not admit that Python
        ),
    ],
)
def test_dagster_tells_the_versions(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, dagster: str, python: str
) -> None:
    environment = dagster_of(tmp_path_factory, dagster, python)
    with_versions(environment.python, tmp_path)

    said = told(environment.python, TOLD, tmp_path)

    assert said.stderr == ""
    assert "('sales', '0.1.0'), ('shared', '0.2.0')" in said.stdout
    assert f"('dagster', '{dagster}')" in said.stdout
    # Its own hook has gone, and nothing of Dagster is imported before somebody asks for it.
    quiet = "import sys; print([each for each in sys.modules if each.startswith('dagster')])"
    assert told(environment.python, quiet, tmp_path).stdout == "[]\n"
    gone = "import dagster._core.libraries, sys; print([each for each in sys.meta_path if 'Registry' in str(each)])"
    assert told(environment.python, gone, tmp_path).stdout == "[]\n"


@pytest.mark.parametrize("other", [None, *OTHER_DAGSTERS])
def test_without_dagster_or_with_an_unknown_one_nothing_happens(tmp_path: Path, other: str | None) -> None:
    uv(tmp_path, "venv", "--quiet", "--python", sys.executable, "environment")
    python = tmp_path / "environment/bin/python"
    with_versions(python, tmp_path)
    if other is not None:
        installed = next((tmp_path / "environment/lib").glob("python*/site-packages"))
        draw(installed / "dagster_shared", {"__init__.py": "", "libraries.py": OTHER_DAGSTERS[other]})

    code = "import dagster_shared.libraries as it; print(it.__name__)" if other is not None else "print(1)"
    said = told(python, code, tmp_path)

    assert (said.stderr, said.stdout) == ("", "dagster_shared.libraries\n" if other is not None else "1\n")
    missing = "try:\n    import dagster_shared.libraries\nexcept ImportError as error:\n    print(error.name)"
    if other is None:
        assert told(python, missing, tmp_path).stdout == "dagster_shared\n"


def test_the_same_modules_give_the_same_bytes(tmp_path: Path) -> None:
    for name, modules in (("one", MODULES), ("two", MODULES[::-1])):
        (tmp_path / name).mkdir()
        write_versions_wheel(tmp_path / name, modules)

    first, second = (next((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    assert first.name == second.name
