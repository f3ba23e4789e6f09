"""Submodules: a run killed at every step of ours and inside every git leaves the submodule old or new, never between."""

from __future__ import annotations

import os
import pickle
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import crash_driver
from dagster_commons import execution
from dagster_commons.model.plan import SubmoduleEffect
from dagster_commons.tools import children
from dagster_commons.tools.atomic_files import content_of
from dagster_commons.tools.submodules import record
from drawn_changes import change, tree
from drawn_fleet import draw_fleet
from git_fixtures import add_submodule, clone, git, push_to, remote

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.plan import Effect
    from drawn_fleet import Fleet

MOST_STEPS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmodulePlan:
    """A repository in which a file and the submodule `shared` are to change, and the effects that do it."""

    fleet: Fleet
    effects_file: Path
    commit: str | None  # where the submodule is to be; None: it is to be removed

    def state(self) -> tuple[object, ...]:
        """The files, the index, the repository's own configuration, and where the submodule is."""
        root = self.fleet.root
        head = git(root / "shared", "rev-parse", "HEAD") if (root / "shared").exists() else None
        kept = (root / ".git" / "modules" / "shared").exists()
        return tree(root), git(root, "ls-files", "--stage"), git(root, "config", "--local", "--list"), head, kept

    def require_whole(self) -> None:
        """The submodule is as git itself would have left it."""
        root = self.fleet.root
        if self.commit is None:
            assert (git(root, "submodule", "status"), (root / "shared").exists()) == ("", False)
            assert not (root / ".git" / "modules" / "shared").exists()
            return
        assert git(root, "submodule", "status").startswith(f" {self.commit} ")
        assert git(root / "shared", "status", "--porcelain") == ""
        assert (root / "shared" / "pyproject.toml").exists()


@pytest.fixture(params=["add"])
def plan(request: pytest.FixtureRequest, tmp_path: Path, local_remotes: None) -> SubmodulePlan:
    fleet = draw_fleet(tmp_path)
    url = remote(tmp_path / "shared.git", {"pyproject.toml": "shared\n"})
    if request.param != "add":
        add_submodule(fleet.root, url, "shared")
    twin = clone(fleet.root, tmp_path / "twin", "--recurse-submodules")
    match request.param:
        case "add":
            git(twin, "submodule", "--quiet", "add", "--", str(url), "shared")
        case "move":
            push_to(url, {"pyproject.toml": "newer\n"})
            git(twin, "submodule", "--quiet", "update", "--remote")
            git(twin, "add", "shared")
        case "remove":
            git(twin, "rm", "--quiet", "-f", "shared", ".gitmodules")
    after = record(twin, twin / "shared")
    submodule = SubmoduleEffect(
        repository=fleet.root,
        path=fleet.root / "shared",
        before=record(fleet.root, fleet.root / "shared"),
        after=after,
        gitmodules_before=content_of(fleet.root / ".gitmodules"),
        gitmodules_after=content_of(twin / ".gitmodules"),
    )
    effects: tuple[Effect, ...] = (change(fleet.root / "sales" / "pyproject.toml", "two\n"), submodule)
    (tmp_path / "effects").write_bytes(pickle.dumps(effects))
    commit = after.commit if after is not None else None
    return SubmodulePlan(fleet=fleet, effects_file=tmp_path / "effects", commit=commit)


def test_a_submodule_is_added_and_taken_back_whole(plan: SubmodulePlan) -> None:
    root, old = plan.fleet.root, plan.state()
    assert crash_driver.call(root, effects_file=plan.effects_file).returncode == 0
    plan.require_whole()
    assert execution.history(root)[0].submodules == (root / "shared",)
    (root / "shared" / "pyproject.toml").write_text("edited\n")
    ended = crash_driver.call(root, "undo")
    assert (ended.returncode, "StalePlanError" in ended.stdout) == (6, True), ended
    git(root / "shared", "checkout", "--quiet", ".")
    assert execution.undo(root, argv=("undo",)).kind == "applied"
    assert plan.state() == old


@pytest.mark.parametrize("plan", ["move", "remove"], indirect=True)
def test_a_submodule_that_was_moved_or_removed_is_as_before_after_undo(plan: SubmodulePlan) -> None:
    root, old = plan.fleet.root, plan.state()
    assert crash_driver.call(root, effects_file=plan.effects_file).returncode == 0
    assert plan.state() != old
    plan.require_whole()
    assert execution.undo(root, argv=("undo",)).kind == "applied"
    assert plan.state() == old
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.matrix)])
def test_a_submodules_addition_killed_before_any_step_of_ours_is_taken_back(plan: SubmodulePlan, every: int) -> None:
    root, old = plan.fleet.root, plan.state()
    rolled_back = 0
    for number in range(0, MOST_STEPS, every):
        ended = crash_driver.call(root, effects_file=plan.effects_file, die_before=number)
        said = execution.recover(root)
        plan.fleet.require_settled()
        if said is None and plan.state() != old:
            plan.require_whole()
            assert len(execution.history(root)) == 1
            execution.undo(root, argv=("undo",))
        assert plan.state() == old
        rolled_back += said is not None
        if ended.returncode == 0:
            break
        assert ended.returncode == crash_driver.KILLED, ended
    assert ended.returncode == 0
    assert rolled_back > 2


GIT_THAT_KILLS_ITS_PARENT = """\
#!/bin/sh
# The {number}th git that is started here kills who started it, then goes on slowly.
echo call >> {calls}
if [ "$(wc -l < {calls})" -eq {number} ]; then
    {trap}
    kill -9 "$PPID"
    sleep 0.7
fi
exec {git} "$@"
"""


def kill_inside_git(plan: SubmodulePlan, number: int, *, trap: str = ":") -> int:
    """Apply the plan with a git that kills us in its call with this number, from 1; the exit code of the run."""
    programs = plan.effects_file.with_name("programs")
    programs.mkdir(exist_ok=True)
    calls = programs / "calls"
    calls.write_text("")
    script = GIT_THAT_KILLS_ITS_PARENT.format(number=number, calls=calls, trap=trap, git=shutil.which("git"))
    (programs / "git").write_text(script)
    (programs / "git").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return crash_driver.call(plan.fleet.root, effects_file=plan.effects_file, environment={"PATH": path}).returncode


@pytest.mark.timeout(600)
@pytest.mark.parametrize("plan", ["add", "move", "remove"], indirect=True)
def test_a_run_killed_inside_any_git_is_taken_back_after_that_git_was_ended(plan: SubmodulePlan) -> None:
    root, old = plan.fleet.root, plan.state()
    ended_children = 0
    for number in range(1, MOST_STEPS):
        code = kill_inside_git(plan, number)
        said = execution.recover(root)
        plan.fleet.require_settled()
        if code == 0:
            break
        assert code == crash_driver.KILLED
        assert plan.state() == old
        ended_children += said is not None and "(its `git` was still running and was ended)" in said
    plan.require_whole()
    assert ended_children > 2


def test_a_git_that_does_not_end_when_asked_is_killed_and_its_locks_are_removed(
    plan: SubmodulePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, old = plan.fleet.root, plan.state()
    monkeypatch.setattr(children, "TERMINATION_GRACE_SECONDS", 0.2)
    lock = root / ".git" / "index.lock"
    calls = number_of_git_calls(plan)
    for number in range(1, calls + 1):
        trap = f"trap '' TERM; [ \"$1\" = update-index ] && touch {lock} && sleep 5"
        assert kill_inside_git(plan, number, trap=trap) == crash_driver.KILLED
        was_locked = lock.exists()
        execution.recover(root)
        assert plan.state() == old
        if was_locked:
            break
    assert was_locked
    plan.fleet.require_settled()


def number_of_git_calls(plan: SubmodulePlan) -> int:
    assert kill_inside_git(plan, MOST_STEPS) == 0
    execution.undo(plan.fleet.root, argv=("undo",))
    return len((plan.effects_file.with_name("programs") / "calls").read_text().splitlines())
