"""`commons api` on each Python that it runs on, over modules in the syntax of the newest (PEP 695)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import dagster_commons
from dagster_commons.tools.process import Command, run
from dagster_commons.tools.uv import uv
from dagster_environments import every_pyenv_version

pytestmark = [pytest.mark.network, pytest.mark.matrix]

OLD = """\
type Pair = tuple[int, str]
type Tree[T] = dict[str, Tree[T]] | T

def first[T](items: list[T], n: int = 0) -> T:
    return items[n]

class Box[T]:
    def get(self) -> T: ...
    def put(self, thing: T) -> None: ...
"""
NEW = """\
type Pair = tuple[int, str, int]

def first[T](items: list[T], n: int = 0, *, strict: bool) -> T:
    return items[n]

class Box[T]:
    def get(self) -> T: ...
"""
PLAIN = "def g(a: int) -> int:\n    return a\n"


def _run_on(python: str, at: Path, *argv: str) -> str:
    """The command of this repository on that Python, with the packages that it needs."""
    every = every_pyenv_version()
    if not uv(at, "python", "find", "--no-python-downloads", python, environment=every, check=False).text.strip():
        pytest.skip(f"there is no CPython {python} here")
    uv(at, "venv", "--quiet", "--no-python-downloads", "--python", python, "of-commons", environment=every)
    project = Path(dagster_commons.__file__).parents[2]
    program = at / "of-commons/bin/python"
    uv(at, "pip", "install", "--quiet", "--python", str(program), str(project))
    return run(Command(argv=(str(program), "-m", "dagster_commons", "api", *argv), cwd=at)).text


def _write(at: Path, init: str, part: str) -> Path:
    (at / "m").mkdir(parents=True)
    (at / "m/__init__.py").write_text(init)
    (at / "m/part.py").write_text(part)
    return at / "m"


@pytest.mark.parametrize("python", ["3.12", "3.13"])
def test_type_parameters_and_type_statements_are_compared(python: str, tmp_path: Path) -> None:
    old, new = _write(tmp_path / "old", OLD, PLAIN), _write(tmp_path / "new", NEW, PLAIN)

    out = _run_on(python, tmp_path, str(old), str(new), "--format", "json")

    told = {(each["rule"], each["object"]) for each in _changes(out)}
    assert told == {
        ("removed", "m.Tree"),
        ("removed", "m.Box.put"),
        ("parameter-added-required", "m.first"),
        ("body-changed", "m"),
    }


def test_an_older_python_says_what_it_cannot_read_and_tells_the_rest(tmp_path: Path) -> None:
    old, new = _write(tmp_path / "old", PLAIN, OLD), _write(tmp_path / "new", PLAIN.replace("a:", "b:"), NEW)

    out = _run_on("3.11", tmp_path, str(old), str(new))

    assert "parameter-renamed" in out
    assert "m/part.py: line 1: invalid syntax for Python 3.11" in " ".join(out.split())
    assert "m.part" not in out


def _changes(out: str) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = json.loads(out)["changes"]
    return changes
