"""SUB: submodules that are not as the superproject records them, or that others cannot clone."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.model.sources import SubmoduleSource
from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.workspace import UseState, Workspace


def in_state(evidence: Evidence, *, state: UseState, message: str, fix: str) -> Iterator[Hit]:
    """Submodules in `state`, each once.

    `{path}`, `{location}` and `{add}` in the texts become the submodule's path as seen from the root, the code
    location, and the command that stages the submodule's commit.
    """
    seen: set[Path] = set()
    for use in evidence.workspace.uses:
        if not isinstance(use.source, SubmoduleSource) or state not in use.state or use.source.submodule in seen:
            continue
        seen.add(use.source.submodule)
        words = {
            "path": shlex.quote(relative(use.source.submodule, evidence.workspace.root)),
            "location": shlex.quote(use.location),
            "add": _staging(evidence.workspace, use.source.submodule),
        }
        yield Hit(
            subject=use.location,
            message=message.format_map(words),
            file=use.project / "pyproject.toml",
            line=use.line,
            fix=fix.format_map(words),
        )


def _staging(workspace: Workspace, submodule: Path) -> str:
    above = next((each.superproject for each in workspace.repositories if each.root == submodule), None)
    superproject = above or submodule.parent
    place = relative(superproject, workspace.root)
    options = "" if place == "." else f" -C {shlex.quote(place)}"
    return f"git{options} add {shlex.quote(relative(submodule, superproject))}"


RULES = (
    Rule(
        id="SUB001",
        severity="error",
        title="submodule not initialised",
        why="Its directory is empty: uv says that it does not appear to be a Python project.",
        fix="commons sync",
        bad="git clone URL",
        good="git clone --recurse-submodules URL",
        look=partial(
            in_state,
            state="not-initialised",
            message="the submodule at {path} is not checked out",
            fix="commons sync -l {location}",
        ),
    ),
    Rule(
        id="SUB002",
        severity="error",
        title="pinned commit on no remote",
        why="`git clone --recurse-submodules` fails for everybody else.",
        fix="push the submodule's branch",
        bad="the gitlink names a commit that exists only here",
        good="the commit is on a remote branch or tag",
        look=partial(
            in_state,
            state="not-on-remote",
            message="no remote branch or tag that we know of holds the commit pinned for {path}",
            fix="git -C {path} push",
        ),
    ),
    Rule(
        id="SUB003",
        severity="warning",
        title="submodule checked out at another commit",
        why="What runs here is not what a clone gets.",
        fix="commit the new gitlink, or commons sync to go back",
        bad="the checkout is at another commit than the gitlink",
        good="both name the same commit",
        look=partial(
            in_state,
            state="other-commit",
            message="{path} is checked out at another commit than the one recorded",
            fix="{add} records it, commons sync -l {location} goes back",
        ),
    ),
)
