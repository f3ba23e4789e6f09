"""SUB: what superprojects record of their submodules, and what a fleet pins."""

from __future__ import annotations

import shlex
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.model.sources import SubmoduleSource
from dagster_commons.rules.rule import CannotTell, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.submodules import RecordedSubmodule
    from dagster_commons.model.workspace import Use, UseState

_COMMIT_SHOWN = 9


def recorded_as(
    evidence: Evidence, *, states: tuple[UseState, ...], message: str, fix: str, is_used_only: bool = False
) -> Iterator[Hit]:
    """Submodules in one of `states`; `{path}` and `{repository}` in the texts are seen from the root."""
    used = _used(evidence)
    for each in evidence.submodules:
        if (each.path not in used and is_used_only) or not set(states) & set(each.states):
            continue
        words = {
            "path": shlex.quote(relative(each.path, evidence.workspace.root)),
            "repository": shlex.quote(relative(each.repository, evidence.workspace.root)),
            "name": shlex.quote(each.path.relative_to(each.repository).as_posix()),
        }
        yield Hit(
            subject=relative(each.path, evidence.workspace.root),
            message=message.format_map(words),
            file=each.repository / ".gitmodules",
            line=line_of(evidence, each),
            fix=fix.format_map(words),
        )


def nested(evidence: Evidence) -> Iterator[Hit]:
    """Submodules inside a used submodule that are not checked out."""
    used = _used(evidence)
    for each in evidence.submodules:
        if each.repository in used and "not-initialised" in each.states:
            place = shlex.quote(relative(each.path, evidence.workspace.root))
            yield Hit(
                subject=relative(each.repository, evidence.workspace.root),
                message=f"the submodule at {place} inside it is not checked out",
                file=each.repository / ".gitmodules",
                line=line_of(evidence, each),
                fix="commons sync",
            )


def differing_pins(evidence: Evidence) -> Iterator[Hit]:
    """Modules of which several submodules pin several commits."""
    by_path = {each.path: each for each in evidence.submodules}
    for module in evidence.workspace.modules:
        pins: defaultdict[str, list[Use]] = defaultdict(list)
        for use in evidence.workspace.uses_of(module.name):
            found = by_path.get(use.source.submodule) if isinstance(use.source, SubmoduleSource) else None
            if found is not None and found.commit is not None:
                pins[found.commit].append(use)
        if len(pins) > 1:
            told = (f"{commit[:_COMMIT_SHOWN]} in {_names(uses)}" for commit, uses in pins.items())
            first = next(iter(pins.values()))[0]
            yield Hit(
                subject=module.name,
                message=f"pinned at {'; '.join(told)}",
                file=first.project / "pyproject.toml",
                line=first.line,
                fix=f"commons upgrade {module.name}",
            )


def unreleased(evidence: Evidence) -> Iterator[Hit | CannotTell]:
    """Used submodules at a commit without a release tag, where the module has releases."""
    used = _used(evidence)
    for each in evidence.submodules:
        if each.path not in used or each.commit is None or "not-initialised" in each.states:
            continue
        shown = relative(each.path, evidence.workspace.root)
        if "shallow" in each.states and not each.tags:
            yield CannotTell(reason=f"{shown} is shallow: its tags are not here")
        elif each.has_releases and not each.tags:
            yield Hit(
                subject=shown,
                message=f"{each.commit[:_COMMIT_SHOWN]} is pinned, which no release tag names",
                file=each.repository / ".gitmodules",
                line=line_of(evidence, each),
            )


def left_over(evidence: Evidence) -> Iterator[Hit]:
    """Git directories of submodules that were removed without them."""
    for each in evidence.leftovers:
        shown = relative(each, evidence.workspace.root)
        yield Hit(
            subject=each.name,
            message="the git directory of a submodule that there is no more: adding one of that name again fails",
            file=each,
            fix=f"look for commits that exist only there, then remove {shown}",
        )


def line_of(evidence: Evidence, submodule: RecordedSubmodule) -> int | None:
    """Where `.gitmodules` names its path."""
    file = evidence.file(submodule.repository / ".gitmodules")
    path = submodule.path.relative_to(submodule.repository).as_posix()
    settings = file.settings if file is not None else ()
    return next((each.line for each in settings if each.name == "path" and each.value == path), None)


def _used(evidence: Evidence) -> frozenset[Path]:
    return frozenset(use.source.submodule for use in evidence.workspace.uses if isinstance(use.source, SubmoduleSource))


def _names(uses: list[Use]) -> str:
    return ", ".join(sorted({use.location for use in uses}))


RULES = (
    Rule(
        id="SUB004",
        severity="warning",
        title="submodule with changes that are nowhere recorded",
        why="The location runs with them here; no commit has them, so no clone gets them.",
        fix="commit and push them in the submodule, then record its new commit",
        bad="an edited file in sales/shared",
        good="git -C sales/shared status says that there is nothing to commit",
        look=partial(
            recorded_as,
            states=("dirty", "untracked"),
            is_used_only=True,
            message="{path} has changes that no commit has",
            fix="git -C {path} status shows them",
        ),
    ),
    Rule(
        id="SUB005",
        severity="warning",
        title="shallow submodule",
        why="Tags and history are not here: a version from git becomes 0.1.dev1, and nothing can be said of its pin.",
        fix="fetch all of it",
        bad="git submodule update --depth 1",
        good="git submodule update",
        look=partial(
            recorded_as,
            states=("shallow",),
            is_used_only=True,
            message="{path} is a shallow clone",
            fix="git -C {path} fetch --unshallow --tags",
        ),
    ),
    Rule(
        id="SUB006",
        severity="warning",
        title="submodule fetched from another URL than recorded",
        why="A fetch or push here goes elsewhere than everybody else's.",
        fix="git submodule sync",
        bad="url = …/shared.git in .gitmodules, another one in .git/config",
        good="both name one URL",
        look=partial(
            recorded_as,
            states=("url-mismatch",),
            message="{path} is fetched from another URL than .gitmodules has",
            fix="git -C {repository} submodule sync {name}",
        ),
    ),
    Rule(
        id="SUB007",
        severity="error",
        title="submodule without an entry",
        why="`git submodule update --init` fails for everybody: no URL is known for what the commit records.",
        fix="add the entry to .gitmodules, or take the gitlink away",
        bad="a gitlink at sales/shared, and no .gitmodules",
        good="[submodule] with path and url for each gitlink",
        look=partial(
            recorded_as,
            states=("orphan",),
            message="{path} is recorded as a submodule, and .gitmodules has no entry for it",
            fix="git -C {repository} rm --cached {name} takes it away",
        ),
    ),
    Rule(
        id="SUB008",
        severity="warning",
        title="entry without a submodule",
        why="The commit records nothing at its path: a clone has no such directory.",
        fix="add the submodule, or remove the entry",
        bad="an entry in .gitmodules that a merge brought back",
        good="each entry has its gitlink",
        look=partial(
            recorded_as,
            states=("missing",),
            message=".gitmodules has an entry for {path}, and nothing is recorded there",
            fix="remove the entry from .gitmodules, or git -C {repository} submodule add URL {name}",
        ),
    ),
    Rule(
        id="SUB009",
        severity="error",
        title="nested submodule not initialised",
        why="The module's own submodule is empty, so what the module needs of it is missing.",
        fix="commons sync",
        bad="git submodule update --init",
        good="git submodule update --init --recursive",
        look=nested,
    ),
    Rule(
        id="SUB012",
        severity="warning",
        title="commits of one module that differ from repository to repository",
        why="The locations of the fleet run different code of the module, and no version says so.",
        fix="move those that are behind: commons upgrade MODULE",
        bad="1f3a9c in marketing, 7be011 in finance",
        good="one commit, or releases that say what differs",
        look=differing_pins,
    ),
    Rule(
        id="SUB013",
        severity="warning",
        title="pinned commit without a release tag",
        why="The module has releases, and what runs here is none of them: nobody can tell which version it is.",
        fix="pin the commit of a release: commons upgrade MODULE==VERSION",
        bad="a commit in the middle of a branch",
        good="the commit that v0.2.0 names",
        look=unreleased,
    ),
    Rule(
        id="SUB014",
        severity="warning",
        title="leftover of a removed submodule",
        why="`git rm` leaves .git/modules/NAME behind: adding a submodule of that name from another URL fails.",
        fix="look for commits that exist only there, then remove the directory",
        bad="git rm sales/shared",
        good="commons remove shared, which leaves nothing behind",
        look=left_over,
    ),
)
