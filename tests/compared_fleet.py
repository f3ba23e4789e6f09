"""Two code locations with real Dagster that use a module by path, for tests that compare definitions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from builders import commit, draw, make_repository, workspace
from dagster_commons.tools.uv import uv
from environments import DAGSTER_VERSION

SHARED = '{ path = "../shared", editable = true }'
FACTORY = """\
import dagster as dg


def payload():
    return 1


def asset_factory(name, prefix, **more):
    @dg.asset(name=name, key_prefix=prefix, **more)
    def build():
        return payload()

    return build
"""
DEFINITIONS = """\
import dagster as dg

from shared.factory import asset_factory

defs = dg.Definitions(assets=[asset_factory("asset_1", "{name}"), asset_factory("asset_2", "{name}")])
"""
LOCATIONS = ("sales", "marketing")
COMMONS = Path(sys.executable).with_name("commons")


class Fleet:
    """A repository with the module `shared` and two code locations that use it by path."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *words: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run([COMMONS, *words], cwd=at or self.root, capture_output=True, text=True, check=False)

    def diff(self, *words: str, code: int) -> dict[str, Any]:
        """The report as JSON, and per location what it says of it under `by_name`."""
        ended = self.run("diff", "--format", "json", *words)
        assert ended.returncode == code, ended.stdout + ended.stderr
        report: dict[str, Any] = json.loads(ended.stdout)
        report["by_name"] = {each["name"]: each for each in report["locations"]}
        return report

    def write(self, path: str, text: str) -> None:
        draw(self.root, {path: text})

    def replace(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    def commit(self) -> None:
        commit(self.root, "as it was")


def make_fleet(base: Path) -> None:
    """The repository of a `Fleet` at `root` below `base`, locked and committed."""
    uses = {f"dagster=={DAGSTER_VERSION}": "", "shared": SHARED}
    drawing = (
        workspace(base / "root").module("shared", uses={"dagster": ""}).file("shared/src/shared/factory.py", FACTORY)
    )
    for name in LOCATIONS:
        drawing = drawing.location(name, uses=uses)
        drawing = drawing.file(f"{name}/src/{name}/definitions.py", DEFINITIONS.format(name=name))
        uv(base / "root" / name, "lock", "--quiet")
    draw(base / "root", {".gitignore": ".env\n.venv\nignored/\n.local_defs_state\n"})
    make_repository(base / "root")
