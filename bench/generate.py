"""A workspace of many code locations, each with a lock as large and as shaped as uv writes for a Dagster project.

Names, versions and hashes are made up, the same for the same seed; no file is ever downloaded.
"""

from __future__ import annotations

import random
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "https://index.example.com"
THIRD_PARTY_PACKAGES = 72
LOCK_BYTES = 400_000
MODULE_VERSION = "0.2.0"
OLD_VERSION = "0.1.3"
_PLATFORMS = (
    "macosx_10_13_x86_64",
    "macosx_11_0_arm64",
    "manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64",
    "manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64",
    "musllinux_1_2_aarch64",
    "musllinux_1_2_x86_64",
    "win_amd64",
    "win_arm64",
)
_DEFINITIONS = "import dagster as dg\nimport shared\n\ndefs = dg.Definitions()\n"
_DOCKERFILE = """FROM python:3.12
COPY packages/shared /app/packages/shared
COPY locations/{name} /app/locations/{name}
WORKDIR /app/locations/{name}
RUN uv sync --frozen --no-dev
"""
_PYTHONS = ("cp311", "cp312", "cp313", "cp314")


def workspace(root: Path, locations: int, *, seed: int = 20) -> None:
    """Write `locations` code locations and one shared module below `root`, in a git repository that lists them all.

    Of every three locations one has the module by path, one by path with a stale lock, one from an index behind.
    """
    third_party = _third_party(random.Random(seed))  # noqa: S311 - made-up hashes, not secrets
    _write(root / "packages/shared/pyproject.toml", _module_project())
    _write(root / "packages/shared/src/shared/__init__.py", "")
    for number in range(locations):
        name = f"team-{number:04}"
        package = name.replace("-", "_")
        directory = root / "locations" / name
        is_by_path = number % 3 != 2  # noqa: PLR2004 - one third from an index
        locked = OLD_VERSION if number % 3 else MODULE_VERSION
        _write(directory / "pyproject.toml", _location_project(name, is_by_path=is_by_path))
        _write(directory / f"src/{package}/definitions.py", _DEFINITIONS)
        _write(directory / "Dockerfile", _DOCKERFILE.format(name=name))
        _write(directory / f"src/{package}/__init__.py", "")
        _write(directory / "uv.lock", _lock(name, third_party, locked, is_by_path=is_by_path))
    subprocess.run(("git", "init", "--quiet", root), check=True)  # noqa: S603, S607 - git on PATH
    subprocess.run(("git", "-C", root, "add", "--intent-to-add", "."), check=True)  # noqa: S603, S607 - git on PATH


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _module_project() -> str:
    return f"""[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "shared"
version = "{MODULE_VERSION}"
requires-python = ">=3.11"
dependencies = ["dagster"]
"""


def _location_project(name: str, *, is_by_path: bool) -> str:
    source = '{ path = "../../packages/shared", editable = true }' if is_by_path else '{ index = "corp" }'
    requirement = "shared" if is_by_path else f"shared=={OLD_VERSION}"
    index = "" if is_by_path else f'\n[[tool.uv.index]]\nname = "corp"\nurl = "{INDEX}/simple"\nexplicit = true\n'
    return f"""[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["dagster", "{requirement}"]

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "{name.replace("-", "_")}"

[tool.uv.sources]
shared = {source}
{index}"""


def _lock(name: str, third_party: str, locked: str, *, is_by_path: bool) -> str:
    if is_by_path:
        recorded = '{ name = "shared", editable = "../../packages/shared" }'
        source = '{ editable = "../../packages/shared" }'
        files = '\n[package.metadata]\nrequires-dist = [{ name = "dagster" }]\n'
    else:
        recorded = f'{{ name = "shared", specifier = "=={OLD_VERSION}", index = "{INDEX}/simple" }}'
        source = f'{{ registry = "{INDEX}/simple" }}'
        files = f"wheels = [\n{_file('shared', OLD_VERSION, 'py3-none-any', random.Random(1))}]\n"  # noqa: S311
    return f"""version = 1
revision = 3
requires-python = ">=3.11"
resolution-markers = [
    "python_full_version >= '3.13'",
    "python_full_version < '3.13'",
]
{third_party}
[[package]]
name = "shared"
version = "{locked}"
source = {source}
dependencies = [
    {{ name = "dagster" }},
]
{files}
[[package]]
name = "{name}"
version = "0.1.0"
source = {{ editable = "." }}
dependencies = [
    {{ name = "dagster" }},
    {{ name = "shared" }},
]

[package.metadata]
requires-dist = [
    {{ name = "dagster" }},
    {recorded},
]
"""


def _third_party(dice: random.Random) -> str:
    """The packages that every lock repeats, `dagster` first; sized so that a lock has `LOCK_BYTES`."""
    names = ["dagster", *(f"library-{number:02}" for number in range(1, THIRD_PARTY_PACKAGES))]
    blocks = [""]
    size = 0
    for done, name in enumerate(names):
        wanted = LOCK_BYTES * (done + 1) // len(names) - size
        block = _package(name, names[done + 1 : done + 4], wanted, dice)
        blocks.append(block)
        size += len(block)
    return "\n".join(blocks)


def _package(name: str, dependencies: list[str], wanted_bytes: int, dice: random.Random) -> str:
    version = f"{dice.randrange(9)}.{dice.randrange(30)}.{dice.randrange(9)}"
    wheels = ""
    tags = [f"{python}-{python}-{platform}" for python in _PYTHONS for platform in _PLATFORMS]
    while len(wheels) < wanted_bytes - 600:
        wheels += _file(name, version, tags[len(wheels) % len(tags)], dice)
    dependency_lines = "".join(f'    {{ name = "{each}" }},\n' for each in dependencies)
    listed = f"dependencies = [\n{dependency_lines}]\n" if dependencies else ""
    wheels += _file(name, version, "py3-none-any", dice)
    return f"""[[package]]
name = "{name}"
version = "{version}"
source = {{ registry = "{INDEX}/simple" }}
{listed}wheels = [
{wheels}]
"""


def _file(name: str, version: str, tag: str, dice: random.Random) -> str:
    digest = f"{dice.getrandbits(256):064x}"
    folder = f"{dice.getrandbits(8):02x}/{dice.getrandbits(8):02x}/{dice.getrandbits(240):060x}"
    file = f"{name.replace('-', '_')}-{version}-{tag}.whl"
    return (
        f'    {{ url = "{INDEX}/packages/{folder}/{file}", hash = "sha256:{digest}", '
        f'size = {dice.randrange(9_000, 9_000_000)}, upload-time = "2026-01-02T03:04:05.678Z" }},\n'
    )
