"""The own tests of code locations, run before and after a plan in environments of our cache."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from dagster_commons.errors import ToolError
from dagster_commons.model.own_tests import OwnTests, TestRun
from dagster_commons.model.plan import ImportExpected
from dagster_commons.probe.environments import environment_for
from dagster_commons.proof.load_inputs import freeze, variables
from dagster_commons.proof.twin import Twin, build_twin
from dagster_commons.tools import lockfile, pyproject
from dagster_commons.tools.process import Command, run
from dagster_commons.tools.scratch import scratch_directory

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.plan import Plan
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import CodeLocation, Workspace

TIMEOUT_SECONDS = 3600.0
ALL_PASSED, SOME_FAILED, NONE_FOUND = 0, 1, 5  # pytest's exit codes


def compare_own_tests(workspace: Workspace, plan: Plan, after: Twin, env_file: Path | None) -> tuple[OwnTests, ...]:
    """What the tests of each project that `plan` concerns say in the working tree and in the plan's twin `after`.

    Raises:
        ToolError: the working tree could not be copied, or an environment not be made.

    """
    found: dict[Path, OwnTests] = {}
    named = dict.fromkeys(each.location for each in plan.expectations if isinstance(each, ImportExpected))
    with scratch_directory() as at:
        roots = tuple(each.root for each in workspace.repositories if each.superproject is None)
        copied = [each for each in roots if each in set(after.repositories)]
        before = build_twin(workspace.root, copied, after.directories, at / "before")
        for location in (workspace.location(name) for name in named):
            project = workspace.project_at(location.path) if location is not None else None
            if location is not None and project is not None and project.directory not in found:
                found[project.directory] = _compared(workspace, location, project, (before, after), env_file)
    return tuple(found.values())


def _compared(
    workspace: Workspace, location: CodeLocation, project: Project, sides: tuple[Twin, Twin], env_file: Path | None
) -> OwnTests:
    skipped = _why_not(project)
    if skipped is not None:
        return OwnTests(location=location.name, skipped=skipped)
    given = dict(variables(workspace, location, env_file))
    before, after = (_run(workspace, location, project, side, given) for side in sides)
    return OwnTests(location=location.name, before=before, after=after)


def _why_not(project: Project) -> str | None:
    if not any(each.is_dir() for pattern in ("tests", "test", "*_tests") for each in project.directory.glob(pattern)):
        return f"{project.name} has no tests folder"
    lock = (project.uv_root or project.directory) / "uv.lock"
    if not lock.is_file() or "pytest" not in lockfile.reachable_names(lockfile.read(lock), project.name):
        return f"pytest is not in the lock of {project.name}"
    return None


def _run(workspace: Workspace, location: CodeLocation, project: Project, side: Twin, given: dict[str, str]) -> TestRun:
    directory = side.inside(project.directory)
    freeze(workspace, side.inside(workspace.root), location, directory)
    text = (directory / project.file.name).read_text("utf-8")
    entries = pyproject.module_entries(pyproject.read(text, project.file), "pytest")
    extras = tuple(dict.fromkeys(each.extra for each in entries if each.extra is not None))
    groups = tuple(dict.fromkeys(each.group for each in entries if each.group is not None))
    report = side.at / "own-tests.xml"
    report.unlink(missing_ok=True)
    with environment_for(directory, identity=project.directory, extras=extras, groups=groups) as python:
        path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        command = Command(
            argv=(str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"),
            cwd=directory,
            environment={"PATH": path, **given},
            timeout_seconds=TIMEOUT_SECONDS,
        )
        try:
            ended = run(command, check=False)
        except ToolError as error:
            return TestRun(failing=None, reason=error.message)
    if ended.exit_code == NONE_FOUND:
        return TestRun(failing=())
    if ended.exit_code not in (ALL_PASSED, SOME_FAILED) or not report.is_file():
        said = (ended.error_text or ended.text.strip()).splitlines()
        return TestRun(failing=None, reason=said[-1] if said else f"pytest ended with exit code {ended.exit_code}")
    return TestRun(failing=_failing(report))


def _failing(report: Path) -> tuple[str, ...]:
    """The tests that failed or could not be set up, as `module::name`, sorted."""
    cases = ElementTree.parse(report).getroot().iter("testcase")  # noqa: S314 - the run that we started has written it
    failed = (case for case in cases if case.find("failure") is not None or case.find("error") is not None)
    return tuple(sorted({f"{case.get('classname') or ''}::{case.get('name') or ''}" for case in failed}))
