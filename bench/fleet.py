"""A repository whose code locations load for real: one shared factory, assets through it, several third-party closures.

Each closure is locked once by uv, from its own default index; the locks of the other locations differ in the name only.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.tools.uv import binary

if TYPE_CHECKING:
    from pathlib import Path

DAGSTER = "1.13.27"
ASSETS = 20
# Small packages in pure Python without dependencies: each pair of versions makes a closure of its own.
FIRST = ("humanize", ("4.9.0", "4.10.0", "4.11.0", "4.12.0"))
SECOND = ("more-itertools", ("10.1.0", "10.2.0", "10.3.0", "10.4.0", "10.5.0"))
MOST_CLOSURES = len(FIRST[1]) * len(SECOND[1])

_GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false")
_FACTORY = '''"""Assets of one shape for every team."""

import dagster as dg


def asset_factory(team: str, number: int) -> dg.AssetsDefinition:
    @dg.asset(key=[team, f"asset_{number}"], group_name=team, kinds={"python"}, tags={"tier": TIER})
    def built() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"rows": number})

    return built


TIER = "TIER-OF-THE-STATE"
'''
_DEFINITIONS = """import dagster as dg
from shared.factory import asset_factory

defs = dg.Definitions(assets=[asset_factory("{package}", number) for number in range({assets})])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The repository at `root`, committed before the change of the shared module."""

    root: Path
    locations: int
    closures: int

    def location(self, number: int) -> Path:
        return self.root / "locations" / f"team-{number:04}"

    def change_shared_module(self) -> None:
        """Every asset of every location gets another tag: a cosmetic change."""
        _write(self.root / "packages/shared/src/shared/factory.py", _FACTORY.replace("TIER-OF-THE-STATE", "gold"))

    def change_one_location(self) -> None:
        package = "team_0000"
        text = _DEFINITIONS.format(package=package, assets=ASSETS + 1)
        _write(self.location(0) / f"src/{package}/definitions.py", text)

    def commit(self) -> None:
        _git(self.root, "add", ".")
        _git(self.root, "commit", "--quiet", "-m", "a state")


def fleet(root: Path, *, locations: int, closures: int) -> Fleet:
    """Write it, lock it and commit it.

    Raises:
        ValueError: more closures than there are pairs of versions.

    """
    if closures > MOST_CLOSURES:
        raise ValueError(f"there are {MOST_CLOSURES} closures at most")
    own = Fleet(root=root, locations=locations, closures=closures)
    _write(root / ".gitignore", ".venv/\n__pycache__/\n")
    _write(root / "packages/shared/pyproject.toml", _project("shared", ("dagster",), ""))
    _write(root / "packages/shared/src/shared/__init__.py", "")
    _write(root / "packages/shared/src/shared/factory.py", _FACTORY.replace("TIER-OF-THE-STATE", "silver"))
    for number in range(locations):
        _write_location(own, number)
    for number in range(locations):
        _lock(own, number)
    subprocess.run((*_GIT, "init", "--quiet", root), check=True)  # noqa: S603 - git on PATH
    own.commit()
    return own


def big_location(root: Path, assets: int) -> Path:
    """One module of `assets` assets, each tenth the head of a chain of ten; the file is what is returned."""
    text = f"""import dagster as dg


def built(number):
    @dg.asset(name=f"asset_{{number}}", deps=[f"asset_{{number - 1}}"] if number % 10 else [], tags={{"tier": "gold"}})
    def asset():
        return number

    return asset


defs = dg.Definitions(assets=[built(number) for number in range({assets})])
"""
    return _write(root / "big_location.py", text)


def _write_location(own: Fleet, number: int) -> None:
    directory, package = own.location(number), f"team_{number:04}"
    pins = (f"dagster=={DAGSTER}", *_pins(number % own.closures), "shared")
    tables = f"""
[dependency-groups]
dev = ["dagster-dg-cli=={DAGSTER}"]

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "{package}"
code_location_target_module = "{package}.definitions"

[tool.uv.sources]
shared = {{ path = "../../packages/shared", editable = true }}
"""
    _write(directory / "pyproject.toml", _project(directory.name, pins, tables))
    _write(directory / f"src/{package}/__init__.py", "")
    _write(directory / f"src/{package}/definitions.py", _DEFINITIONS.format(package=package, assets=ASSETS))


def _pins(closure: int) -> tuple[str, str]:
    first = FIRST[1][closure % len(FIRST[1])]
    second = SECOND[1][closure // len(FIRST[1])]
    return f"{FIRST[0]}=={first}", f"{SECOND[0]}=={second}"


def _lock(own: Fleet, number: int) -> None:
    model = own.location(number % own.closures)
    if number < own.closures:
        subprocess.run((binary(), "--quiet", "lock"), cwd=model, check=True)  # noqa: S603 - our own uv
        return
    text = (model / "uv.lock").read_text(encoding="utf-8")
    _write(own.location(number) / "uv.lock", text.replace(f'"{model.name}"', f'"{own.location(number).name}"'))


def _project(name: str, dependencies: tuple[str, ...], tables: str) -> str:
    return f"""[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = [{", ".join(f'"{each}"' for each in dependencies)}]
{tables}"""


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _git(root: Path, *arguments: str) -> None:
    subprocess.run((*_GIT, "-C", root, *arguments), check=True)  # noqa: S603 - git on PATH
