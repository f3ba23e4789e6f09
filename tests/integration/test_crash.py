"""A run killed at every change of the file system and inside every child: everything is old or new, never in between."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import crash_driver
from dagster_commons import execution
from dagster_commons.errors import RollbackIncompleteError, ToolError
from dagster_commons.tools import children
from dagster_commons.tools.journal import (
    ChildRecorder,
    Run,
    begin,
    create,
    journal_directory,
    journal_of,
    read_run,
)
from drawn_fleet import Fleet, draw_fleet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INTERRUPTED = 130
MOST_STEPS = 400


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return draw_fleet(tmp_path)


def fresh_fleets(directory: Path) -> Iterator[tuple[int, Fleet]]:
    """The same fleet again and again at the same place, as it was in the beginning, with a number."""
    draw_fleet(directory / "drawn")
    place = directory / "place"
    for number in itertools.count():
        assert number < MOST_STEPS
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(directory / "drawn", place, symlinks=True)
        yield number, Fleet(root=place / "root", other=place / "other")


@pytest.mark.parametrize("who_notices", ["root", "other"])
def test_a_run_killed_before_any_step_is_taken_back_by_the_next_one(tmp_path: Path, who_notices: str) -> None:
    rolled_back = 0
    finished = draw_fleet(tmp_path / "finished")
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
        assert ended.returncode == crash_driver.KILLED, ended
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
        assert ended.returncode == crash_driver.KILLED, ended
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
        assert ended.returncode == crash_driver.KILLED, ended
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
