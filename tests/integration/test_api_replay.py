"""Releases of public libraries: no crash, nothing "gone" that can still be imported, no major where only code changed."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from dagster_commons.analysis.api.bases import may_give
from dagster_commons.analysis.api.rules import RULES
from environments import DAGSTER_VERSION, make_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.network, pytest.mark.matrix]

PAIRS = (
    ("click", "8.0.4", "8.1.7"),
    ("attrs", "22.2.0", "24.2.0"),
    ("httpx", "0.26.0", "0.28.1"),
    ("requests", "2.28.2", "2.32.3"),
    ("rich", "12.6.0", "13.9.4"),
    ("packaging", "22.0", "24.2"),
    ("pluggy", "1.0.0", "1.5.0"),
    ("jinja2", "3.0.3", "3.1.6"),
    ("urllib3", "1.26.20", "2.0.7"),
    ("dagster", "1.12.22", "1.13.27"),
    ("dagster-dbt", "0.28.22", "0.29.27"),
)
# Held out: none of these was looked at while the rules were written.  Stubs, C extensions, generated code, lazy modules.
HELD_OUT = (
    ("anyio", "3.7.1", "4.9.0"),
    ("cattrs", "22.2.0", "24.1.3"),
    ("celery", "5.2.7", "5.5.2"),
    ("dagster-aws", "0.25.13", "0.27.4"),
    ("dagster-k8s", "0.25.13", "0.27.4"),
    ("fastapi", "0.95.2", "0.115.12"),
    ("flask", "2.2.5", "3.1.0"),
    ("marshmallow", "3.19.0", "4.0.0"),
    ("more-itertools", "9.1.0", "10.7.0"),
    ("msgspec", "0.17.0", "0.19.0"),
    ("opentelemetry-proto", "1.20.0", "1.33.0"),
    ("pendulum", "3.0.0", "3.1.0"),
    ("polars", "0.20.31", "1.29.0"),
    ("pydantic", "2.4.2", "2.11.4"),
    ("sqlglot", "25.34.1", "26.16.4"),
    ("starlette", "0.27.0", "0.46.2"),
    ("structlog", "22.3.0", "25.3.0"),
    ("tenacity", "8.0.1", "9.1.2"),
    ("trio", "0.22.2", "0.30.0"),
    ("typer", "0.9.4", "0.15.3"),
    ("werkzeug", "2.3.8", "3.1.3"),
)
# Of these, each function's body is rewritten by the test: nothing else can have changed.
REWRITTEN = (
    ("anyio", "4.9.0"),
    ("click", "8.1.7"),
    ("marshmallow", "4.0.0"),
    ("structlog", "25.3.0"),
    ("trio", "0.30.0"),
)
BODIES_ALONE = (
    ("click", "8.1.6", "8.1.7"),
    ("rich", "13.9.3", "13.9.4"),
    ("jinja2", "3.1.5", "3.1.6"),
    ("requests", "2.32.2", "2.32.3"),
)
# Of each import path: the longest module of it that can be imported, then its attributes.
IMPORTING = """\
import importlib, json, sys, warnings
warnings.simplefilter("ignore")

def is_there(path):
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False

print(json.dumps([path for path in json.load(sys.stdin) if is_there(path)]))
"""
_GIVING = """\
import json, dagster, pydantic, pydantic_settings
names = "Config PermissiveConfig ConfigurableResource ConfigurableIOManager ConfigurableIOManagerFactory"
names += " ConfigurableLegacyIOManagerAdapter Component Model Resolvable"
classes = [getattr(dagster, name) for name in names.split() if hasattr(dagster, name)]
print(json.dumps(sorted({name for each in (*classes, pydantic.BaseModel, pydantic_settings.BaseSettings)
                         for name in dir(each) if not name.startswith("_")})))
"""
_GONE = ("removed", "moved", "reexport-removed")


def _wheel(name: str, version: str, at: Path) -> Path:
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    place = at / version
    subprocess.run([*argv, "--dest", str(place), f"{name}=={version}"], check=True, stderr=subprocess.DEVNULL)
    (wheel,) = place.glob("*.whl")
    return wheel


def _compared(old: Path, new: Path, at: Path) -> list[dict[str, Any]]:
    """The changes that `commons api` tells between the two."""
    argv = [sys.executable, "-m", "dagster_commons", "api", str(old), str(new), "--format", "json"]
    done = subprocess.run(argv, cwd=at, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    changes: list[dict[str, Any]] = json.loads(done.stdout)["changes"]
    return changes


def _of_releases(name: str, old: str, new: str, at: Path) -> list[dict[str, Any]]:
    return _compared(_wheel(name, old, at), _wheel(name, new, at), at)


def _importable(name: str, version: str, paths: Iterable[str], at: Path) -> list[str]:
    """Those of `paths` that can be imported, or read off what can, in an environment of that version."""
    environment = make_environment(at, f"{name}=={version}", *_BESIDE.get(name, ()))
    argv = [str(environment.python), "-c", IMPORTING]
    done = subprocess.run(argv, input=json.dumps(list(paths)), capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


# What optional modules of them import.
_BESIDE = {"urllib3": ("pysocks", "pyopenssl"), "httpx": ("h2",), "dagster": ("dagster-webserver==1.13.27",)}


@pytest.mark.parametrize(("name", "old", "new"), PAIRS, ids=[each[0] for each in PAIRS])
def test_what_is_told_as_gone_cannot_be_imported(name: str, old: str, new: str, tmp_path: Path) -> None:
    changes = _of_releases(name, old, new, tmp_path)

    assert changes
    assert all(each["file"] and each["line"] >= 1 and each["rule"] in RULES for each in changes)
    gone = [path for each in changes if each["rule"] in _GONE for path in each["paths"]]
    assert _importable(name, new, gone, tmp_path / "environment") == []


@pytest.mark.parametrize(("name", "old", "new"), HELD_OUT, ids=[each[0] for each in HELD_OUT])
def test_what_could_be_imported_and_is_told_as_gone_cannot_any_more(
    name: str, old: str, new: str, tmp_path: Path
) -> None:
    """Constants and class attributes included.

    An attribute that an instance only has after `__init__` cannot be read off its class in either version: that it
    cannot is no evidence, so what the old version did not have when it was imported is left out.
    """
    changes = _of_releases(name, old, new, tmp_path)

    assert all(each["file"] and each["line"] >= 1 and each["rule"] in RULES for each in changes)
    gone = [path for each in changes if each["rule"] in _GONE for path in each["paths"]]
    unlisted = {path for each in changes if each["rule"] == "export-removed" for path in each["paths"]}
    was_there = _importable(name, old, [*gone, *sorted(unlisted)], tmp_path / "before")
    still_there = set(_importable(name, new, was_there, tmp_path / "after"))
    assert still_there == unlisted & set(was_there)


@pytest.mark.parametrize(("name", "version"), REWRITTEN, ids=[each[0] for each in REWRITTEN])
def test_nothing_above_patch_is_told_where_every_body_was_rewritten(name: str, version: str, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    with zipfile.ZipFile(_wheel(name, version, tmp_path)) as wheel:
        wheel.extractall(old)
        wheel.extractall(new)
    rewritten = sum(_rewrite(file) for file in new.rglob("*.py"))
    for file in old.rglob("*.py"):
        assert _without_bodies(file) == _without_bodies(new / file.relative_to(old))

    changes = _compared(old / name, new / name, tmp_path)

    assert {(each["rule"], each["bump"]) for each in changes} == {("body-changed", "patch")}
    # A name that is defined twice, as a property and its setter are, is told once.
    assert 0.7 * rewritten < len(changes) <= rewritten


def _rewrite(file: Path) -> int:
    """Give every function that is not in another one another body, which still returns, yields and raises the same."""
    tree = ast.parse(file.read_bytes())
    functions = list(_functions(tree.body))
    for each in functions:
        start = 1 if ast.get_docstring(each, clean=False) is not None else 0
        body = each.body[start:] or [ast.Pass()]
        marker = ast.parse("rewritten = len(__name__)").body
        each.body[start:] = [
            *marker,
            ast.Try(body=body, handlers=[], orelse=[], finalbody=ast.parse("del rewritten").body),
        ]
    file.write_text(ast.unparse(ast.fix_missing_locations(tree)), "utf-8")
    compile(file.read_bytes(), str(file), "exec")
    return len(functions)


def _functions(body: Iterable[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions and methods, under conditions too; none that is inside another one."""
    for each in body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            yield each
        else:
            for block in ("body", "orelse", "finalbody"):
                yield from _functions(getattr(each, block, ()))


def _without_bodies(file: Path) -> str:
    """The whole syntax tree, but for the statements of functions: signatures, decorators, classes, modules."""
    tree = ast.parse(file.read_bytes())
    for each in _functions(tree.body):
        each.body = [ast.Pass()]
    return ast.dump(tree)


def test_it_is_known_what_dagsters_base_classes_give(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "environment", f"dagster=={DAGSTER_VERSION}", "pydantic-settings")
    done = subprocess.run([str(environment.python), "-c", _GIVING], capture_output=True, text=True, check=True)

    given = json.loads(done.stdout.splitlines()[-1])
    assert len(given) > 40
    assert [each for each in given if not may_give("dagster.ConfigurableResource", each)] == []
    assert not may_give("dagster.ConfigurableResource", "query")


@pytest.mark.parametrize(("name", "old", "new"), BODIES_ALONE, ids=[each[0] for each in BODIES_ALONE])
def test_nothing_is_major_where_only_bodies_changed(name: str, old: str, new: str, tmp_path: Path) -> None:
    changes = _of_releases(name, old, new, tmp_path)

    assert "body-changed" in {each["rule"] for each in changes}
    assert [each for each in changes if each["bump"] == "major"] == []


def test_dagsters_asset_is_compared_by_all_its_paths(tmp_path: Path) -> None:
    changes = _of_releases("dagster", "1.12.22", "1.13.27", tmp_path)

    assert "dagster.asset" in {path for each in changes for path in each["paths"]}
