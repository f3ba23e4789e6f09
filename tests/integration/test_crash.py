"""A run killed at every change of the file system and inside every child: everything is old or new, never in between."""

from __future__ import annotations

import itertools
import os
import pickle
import shutil
import signal
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

import crash_driver
from dagster_commons import execution
from dagster_commons.errors import RollbackIncompleteError, ToolError
from dagster_commons.model.plan import SubmoduleEffect
from dagster_commons.tools import children
from dagster_commons.tools.journal import (
    POINTER,
    ChildRecorder,
    Run,
    begin,
    create,
    journal_directory,
    journal_of,
    read_run,
)
from dagster_commons.tools.submodules import record
from drawn_changes import change, tree
from git_fixtures import git, init, remote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.plan import Effect

KILLED = -signal.SIGKILL
INTERRUPTED = 130
MOST_STEPS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A root and another repository of its fleet, changed together."""

    root: Path
    other: Path

    @property
    def files(self) -> tuple[tuple[Path, str | None], ...]:
        return (
            (self.root / "sales" / "pyproject.toml", "two\n"),
            (self.root / "gone.txt", None),
            (self.other / "made" / "deep" / "file.txt", "made\n"),
            (self.other / "uv.lock", "lock two\n"),
        )

    def state(self) -> tuple[dict[str, str], dict[str, str]]:
        return tree(self.root), tree(self.other)

    def require_settled(self) -> None:
        """No run is open, no pointer and no lock of git's is left."""
        for repository in (self.root, self.other):
            assert execution.unfinished_run(repository) is None
            assert not (repository / ".git" / POINTER).exists()
            assert not (repository / ".git" / "index.lock").exists()


def draw(directory: Path) -> Fleet:
    files = {"sales/pyproject.toml": "one\n", "gone.txt": "gone\n"}
    return Fleet(root=init(directory / "root", files), other=init(directory / "other", {"uv.lock": "lock one\n"}))


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return draw(tmp_path)


def fresh_fleets(directory: Path) -> Iterator[tuple[int, Fleet]]:
    """The same fleet again and again at the same place, as it was in the beginning, with a number."""
    draw(directory / "drawn")
    place = directory / "place"
    for number in itertools.count():
        assert number < MOST_STEPS
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(directory / "drawn", place, symlinks=True)
        yield number, Fleet(root=place / "root", other=place / "other")


@pytest.mark.parametrize("who_notices", ["root", "other"])
def test_a_run_killed_before_any_step_is_taken_back_by_the_next_one(tmp_path: Path, who_notices: str) -> None:
    rolled_back = 0
    finished = draw(tmp_path / "finished")
    old = finished.state()
    crash_driver.call(finished.root, files=finished.files)
    new = finished.state()
    for number, fleet in fresh_fleets(tmp_path):
        assert fleet.state() == old != new
        ended = crash_driver.call(fleet.root, files=fleet.files, die_before=number)
        killed_at = fleet.state()
        said = execution.recover(fleet.root if who_notices == "root" or killed_at == old else fleet.other)
        if said is None:
            assert execution.recover(fleet.root if who_notices == "other" else fleet.other) is None
            assert fleet.state() == killed_at
            assert killed_at in (old, new)
        else:
            assert said == "an earlier `commons add shared` was interrupted; its changes were rolled back"
            assert fleet.state() == old
            rolled_back += killed_at != old
        fleet.require_settled()
        if ended.returncode == 0:
            break
        assert ended.returncode == KILLED, ended
    assert ended.stdout.startswith("applied")
    assert rolled_back > len(fleet.files)


def test_an_undo_killed_before_any_step_is_taken_back_by_the_next_run(tmp_path: Path) -> None:
    rolled_back = 0
    for number, fleet in fresh_fleets(tmp_path):
        old = fleet.state()
        assert crash_driver.call(fleet.root, files=fleet.files).returncode == 0
        applied = fleet.state()
        ended = crash_driver.call(fleet.root, "undo", die_before=number)
        said = execution.recover(fleet.root)
        assert execution.recover(fleet.other) is None
        is_undone = len(execution.history(fleet.root)) == 0
        assert fleet.state() == (old if is_undone else applied)
        assert said is None or not is_undone
        rolled_back += said is not None
        fleet.require_settled()
        if ended.returncode == 0:
            break
        assert ended.returncode == KILLED, ended
    assert is_undone
    assert rolled_back > len(fleet.files)


def test_a_rollback_killed_before_any_step_is_finished_by_the_next_run(tmp_path: Path) -> None:
    killed_again = 0
    for number, fleet in fresh_fleets(tmp_path):
        old = fleet.state()
        crashed = crash_driver.start(fleet.root, files=fleet.files, is_publishing=True)
        assert crashed.stdout is not None
        assert crashed.stdout.readline() == "publishing 0.2.0\n"
        crashed.kill()
        crashed.communicate()
        assert fleet.state() != old
        ended = crash_driver.call(fleet.root, "recover", die_before=number)
        for root in (fleet.root, fleet.other):
            execution.recover(root)
        assert fleet.state() == old
        fleet.require_settled()
        if ended.returncode == 0:
            break
        assert ended.returncode == KILLED, ended
        killed_again += 1
    assert "whether shared 0.2.0 arrived in the registry is not known" in ended.stdout
    assert killed_again > len(fleet.files)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_run_waits_takes_everything_back(fleet: Fleet, number: signal.Signals) -> None:
    old = fleet.state()
    child = crash_driver.start(fleet.root, files=fleet.files, is_publishing=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "publishing 0.2.0\n"
    child.send_signal(number)
    stdout, _ = child.communicate(timeout=crash_driver.SECONDS_ALLOWED)
    assert child.returncode == INTERRUPTED, stdout
    assert "rolled back" in stdout
    assert fleet.state() == old
    fleet.require_settled()


def test_a_second_commons_in_the_root_or_in_the_fleet_refuses_while_the_first_is_at_work(fleet: Fleet) -> None:
    child = crash_driver.start(fleet.root, files=fleet.files, is_publishing=True)
    assert child.stdout is not None
    child.stdout.readline()
    for root in (fleet.root, fleet.other):
        with pytest.raises(ToolError, match=rf"another commons \(pid {child.pid}, `commons add shared`, since "):
            execution.recover(root)
        ended = crash_driver.call(root, files=[(root / "new.txt", "mine\n")])
        assert ended.returncode == ToolError.exit_code
        assert not (root / "new.txt").exists()
    child.kill()
    child.communicate()
    assert "was interrupted" in str(execution.recover(fleet.other))
    fleet.require_settled()


def test_a_repository_of_the_fleet_with_an_interrupted_run_of_its_own_is_recovered_before_it_is_changed(
    fleet: Fleet,
) -> None:
    child = crash_driver.start(fleet.other, files=[(fleet.other / "uv.lock", "lock two\n")], is_publishing=True)
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    child.communicate()
    ended = crash_driver.call(fleet.root, files=[(fleet.other / "new.txt", "new\n")])
    assert (ended.returncode, "its changes were rolled back" in ended.stdout) == (0, True), ended
    assert (fleet.other / "uv.lock").read_text() == "lock one\n"
    assert (fleet.other / "new.txt").read_text() == "new\n"
    fleet.require_settled()


def test_what_cannot_be_restored_for_want_of_space_is_restored_once_there_is_space(fleet: Fleet) -> None:
    large = fleet.root / "large.txt"
    large.write_text("x" * 100_000)
    old = fleet.state()
    child = crash_driver.start(fleet.root, files=[*fleet.files, (large, "small\n")], is_publishing=True)
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    child.communicate()
    ended = crash_driver.call(fleet.root, "recover", largest_file=50_000)
    assert ended.returncode == RollbackIncompleteError.exit_code, ended
    assert str(journal_directory(fleet.root)) in ended.stdout
    assert large.read_text() == "small\n"
    assert "was interrupted" in str(execution.unfinished_run(fleet.root))
    assert execution.recover(fleet.root) is not None
    assert fleet.state() == old
    fleet.require_settled()


@pytest.fixture
def left_over(tmp_path: Path) -> Iterator[children.RecordedChild]:
    """A program as a killed run leaves it: alive, in a process group of its own, recorded in a journal."""
    journal = journal_of(tmp_path)
    create(journal)
    begin(journal, Run(id="1", kind="apply", time="", argv=(), title="", operations=(), git_dirs=()))
    recorder = ChildRecorder(file=journal.run_file("1"))
    program = ("sleep", "60")
    child = subprocess.Popen(
        program,
        start_new_session=True,
        preexec_fn=lambda: recorder.started(os.getpid(), program),  # noqa: PLW1509 - as `tools.process` does it
    )
    (recorded,) = read_run(journal, "1").children
    yield recorded
    child.kill()
    child.wait()


def test_a_child_left_over_is_recognised_and_ended(left_over: children.RecordedChild) -> None:
    assert (left_over.argv, children.is_alive(left_over)) == (("sleep", "60"), True)
    assert children.end_child(left_over)
    assert not children.is_alive(left_over)
    assert not children.end_child(left_over)


@pytest.mark.parametrize("boot", ["same boot", "another boot"])
def test_a_stranger_with_the_number_of_our_child_is_left_alone(left_over: children.RecordedChild, boot: str) -> None:
    strange = replace(left_over, started=left_over.started - 10, ticks=left_over.ticks and left_over.ticks - 1000)
    if boot == "another boot":
        strange = replace(left_over, boot="another")
    assert not children.end_child(strange)
    assert children.is_alive(left_over)


def test_where_there_is_no_proc_children_are_told_apart_by_ps(
    left_over: children.RecordedChild, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(children, "PROC", tmp_path / "no proc")
    told_less = replace(left_over, ticks=None, boot=None)
    assert not children.is_alive(replace(told_less, started=told_less.started - 60))
    assert children.is_alive(told_less)
    assert children.end_child(told_less)


# --- submodules: steps that are children of ours ---


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmodulePlan:
    """A repository to which the submodule `shared` is to be added along with a file, and the effects that do it."""

    fleet: Fleet
    effects_file: Path

    def state(self) -> tuple[dict[str, str], str, str]:
        """The files, what the index holds, and the repository's own configuration."""
        root = self.fleet.root
        return tree(root), git(root, "ls-files", "--stage"), git(root, "config", "--local", "--list")

    def require_whole(self) -> None:
        """The submodule is there as git itself would have added it."""
        root = self.fleet.root
        assert git(root, "submodule", "status").startswith(" ")
        assert git(root / "shared", "status", "--porcelain") == ""
        assert (root / "shared" / "pyproject.toml").read_text() == "shared\n"


@pytest.fixture
def plan(tmp_path: Path, local_remotes: None) -> SubmodulePlan:
    fleet = draw(tmp_path)
    url = remote(tmp_path / "shared.git", {"pyproject.toml": "shared\n"})
    twin = tmp_path / "twin"
    git(tmp_path, "clone", "--quiet", str(fleet.root), str(twin))
    git(twin, "submodule", "--quiet", "add", "--", str(url), "shared")
    effect = SubmoduleEffect(
        repository=fleet.root,
        path=fleet.root / "shared",
        before=None,
        after=record(twin, twin / "shared"),
        gitmodules_before=None,
        gitmodules_after=(twin / ".gitmodules").read_bytes(),
    )
    effects: tuple[Effect, ...] = (change(fleet.root / "sales" / "pyproject.toml", "two\n"), effect)
    (tmp_path / "effects").write_bytes(pickle.dumps(effects))
    return SubmodulePlan(fleet=fleet, effects_file=tmp_path / "effects")


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
    assert not (root / ".git" / "modules" / "shared").exists()


@pytest.mark.timeout(600)
def test_a_submodules_addition_killed_before_any_step_of_ours_is_taken_back(plan: SubmodulePlan) -> None:
    root, old = plan.fleet.root, plan.state()
    rolled_back = 0
    for number in range(MOST_STEPS):
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
        assert ended.returncode == KILLED, ended
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
def test_a_run_killed_inside_any_git_is_taken_back_after_that_git_was_ended(plan: SubmodulePlan) -> None:
    root, old = plan.fleet.root, plan.state()
    ended_children = 0
    for number in range(1, MOST_STEPS):
        code = kill_inside_git(plan, number)
        said = execution.recover(root)
        plan.fleet.require_settled()
        if code == 0:
            break
        assert code == KILLED
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
        assert kill_inside_git(plan, number, trap=trap) == KILLED
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
