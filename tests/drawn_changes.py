"""Staged plans drawn in a line, and a directory tree as a value, for tests of what writes files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.model.outcomes import StagedPlan
from dagster_commons.model.plan import FileEffect, Plan, Upload

if TYPE_CHECKING:
    from dagster_commons.model.plan import Effect


def change(path: Path, text: str | None, *, mode: int | None = None) -> FileEffect:
    """The file as it is now becomes `text`; None removes it."""
    before = path.read_bytes() if path.exists() else None
    return FileEffect(path=path, before=before, after=None if text is None else text.encode(), mode=mode)


def staged(*effects: Effect, title: str = "add shared", uploads: tuple[str, ...] = ()) -> StagedPlan:
    """A plan with these effects that publishes `shared` in each of the versions `uploads`."""
    publishes = tuple(Upload(module="shared", version=version, registry="corp", files=()) for version in uploads)
    plan = Plan(title=title, steps=(), publishes=publishes)
    return StagedPlan(plan=plan, effects=effects, commands=(), proofs=())


def tree(root: Path) -> dict[str, str]:
    """Every file and directory below `root`: content and permission bits; git's and our own directories left out."""
    found: dict[str, str] = {}
    for name, directories, files in os.walk(root):
        directory = Path(name)
        directories[:] = sorted(set(directories) - {".git", ".commons"})
        for each in directories:
            found[f"{(directory / each).relative_to(root)}/"] = "directory"
        for path in (directory / each for each in files if each != ".git"):
            permissions = path.stat().st_mode & 0o7777
            found[str(path.relative_to(root))] = f"{permissions:o} {path.read_bytes()!r}"
    return found
