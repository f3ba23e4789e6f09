"""The examples of `docs/reference/json.md`, got by running the commands above them in a drawn repository."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.tools.git import git
from dagster_commons.tools.process import Command, run
from dagster_commons.tools.uv import uv

from .commands import PROMPT
from .pages import ROOT, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

FILE = ROOT / "docs/reference/json.md"
COMMONS = Path(sys.executable).with_name("commons")
SECONDS = 0.5  # stands for every duration

_EXAMPLE = re.compile(r"```console\n(?P<call>\$ commons [^\n]+)\n```\n\n```json\n(?P<answer>.*?)```\n", re.DOTALL)
# uv's own backend comes with uv: nothing has to be fetched.
_MODULE = """\
[project]
name = "shared"
version = "{version}"
requires-python = ">=3.10"

[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
"""
_LOCATION = """\
[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.10"
dependencies = [{dependencies}]

[tool.uv]
package = false

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "{name}"
"""
_SOURCE = '\n[tool.uv.sources]\nshared = { path = "../shared", editable = true }\n'


def examples(page: Page) -> tuple[tuple[str, Json], ...]:
    """Each call on the page with the answer below it."""
    return tuple((match["call"], json.loads(match["answer"])) for match in _EXAMPLE.finditer(page.text))


def answers(root: Path, calls: tuple[str, ...]) -> Iterator[Json]:
    """What the calls say, one after the other, in a repository drawn in `root`; durations become `SECONDS`."""
    _draw(root / "repository")
    # The drawn locations have no Dagster, so that no index is needed: their definitions cannot be compared.
    environment = {"DAGSTER_COMMONS_CACHE": str(root / "cache"), "COMMONS_FAIL_ON": "breaking,broken"}
    for call in calls:
        argv = (str(COMMONS), *call.removeprefix(PROMPT).split()[1:])
        answer = run(Command(argv=argv, cwd=root / "repository", environment=environment), check=False)
        yield _without_durations(json.loads(answer.text))


def write() -> bool:
    """Put today's answers into the page; whether that changed it."""
    text = FILE.read_text("utf-8")
    calls = tuple(match["call"] for match in _EXAMPLE.finditer(text))
    with tempfile.TemporaryDirectory() as name:
        remaining = answers(Path(name).resolve(), calls)
        written = _EXAMPLE.sub(lambda match: _rendered(match["call"], next(remaining)), text)
    if written != text:
        FILE.write_text(written, "utf-8")
    return written != text


def _rendered(call: str, answer: Json) -> str:
    return f"```console\n{call}\n```\n\n```json\n{json.dumps(answer, indent=2, sort_keys=True)}\n```\n"


def _without_durations(value: Json) -> Json:
    if isinstance(value, list):
        return [_without_durations(each) for each in value]
    if isinstance(value, dict):
        return {key: SECONDS if key == "seconds" else _without_durations(each) for key, each in value.items()}
    return value


def _draw_versions(place: Path) -> None:
    """Two versions of `shared` side by side, outside the repository."""
    for version, parameter in (("0.1.3", "prefix"), ("0.2.0", "key_prefix")):
        package = place / version / "shared"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("from .factory import asset_factory as asset_factory\n", "utf-8")
        factory = (
            f'def asset_factory(name: str, {parameter}: str = "raw") -> str:\n    return f"{{{parameter}}}/{{name}}"\n'
        )
        (package / "factory.py").write_text(factory, "utf-8")


def _draw(repository: Path) -> None:
    """`sales` uses `shared` by path and was locked before the module's version was raised; `finance` does not use it."""
    files = {
        "shared/pyproject.toml": _MODULE.format(version="0.1.3"),
        "shared/src/shared/__init__.py": "",
        "sales/pyproject.toml": _LOCATION.format(name="sales", dependencies='"shared"') + _SOURCE,
        "sales/src/sales/definitions.py": "import shared\n",
        "finance/pyproject.toml": _LOCATION.format(name="finance", dependencies=""),
        "finance/src/finance/definitions.py": "",
    }
    for path, text in files.items():
        file = repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    _draw_versions(repository.parent / "versions")
    uv(repository / "sales", "lock")
    (repository / "shared/pyproject.toml").write_text(_MODULE.format(version="0.2.0"), "utf-8")
    git(repository, "init", "--quiet")
    git(repository, "add", "--all")
    identity = ("-c", "user.name=Tess Ting", "-c", "user.email=tess@example.com")
    git(repository, *identity, "commit", "--quiet", "--message", "Begin")
