"""SRC: path sources that other tools misread or that lead nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.sources import PathSource, SubmoduleSource
from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.evidence import Evidence


def bare(evidence: Evidence) -> Iterator[Hit]:
    """Path sources written without a leading `./`, `../` or `/`."""
    for project in evidence.workspace.projects:
        if project.manager != "uv":
            continue
        for declared in project.sources:
            source = declared.source
            if not isinstance(source, PathSource | SubmoduleSource) or source.written.startswith(("./", "../", "/")):
                continue
            if source.written in (".", ".."):
                continue
            yield Hit(
                subject=project.name,
                message=f'{declared.name} is at path = "{source.written}"',
                file=project.file,
                line=declared.line,
                fix=f'write path = "./{source.written}"',
            )


def missing(evidence: Evidence) -> Iterator[Hit]:
    """Direct uses whose source directory is not there."""
    for use in evidence.workspace.uses:
        if "missing" not in use.state or use.through is not None or not isinstance(use.source, PathSource):
            continue
        yield Hit(
            subject=use.location,
            message=f"{use.module} is not at {use.source.written}",
            file=use.project / "pyproject.toml",
            line=use.line,
            fix=f"commons remove {use.module} -l {use.location}, or bring the directory back",
        )


RULES = (
    Rule(
        id="SRC001",
        severity="warning",
        title="path without ./ or ../",
        why="Dagster+'s dependency collector turns a bare path into a public requirement of that name.",
        fix="write the path with a leading ./ or ../",
        bad='shared = { path = "shared" }',
        good='shared = { path = "./shared", editable = true }',
        is_mendable=True,
        look=bare,
    ),
    Rule(
        id="SRC002",
        severity="error",
        title="path that leads nowhere",
        why="Locking and syncing fail, here and in every clone.",
        fix="bring the directory back, or remove the use",
        bad='shared = { path = "../gone" }',
        good="the directory is there and holds a pyproject.toml",
        look=missing,
    ),
)
