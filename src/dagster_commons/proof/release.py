"""A release before it is one: built in the twin, read, compared with the registry, imported in a new environment."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.model.outcomes import ImportProof, StagedPlan
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import Step, Upload, WriteFile
from dagster_commons.plans.release import files_to_read
from dagster_commons.probe.environments import python_of
from dagster_commons.probe.imports import import_module
from dagster_commons.proof.twin import build_twin, file_effect
from dagster_commons.tools.atomic_files import content_of
from dagster_commons.tools.builds import build
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.indexes.wheels import read_distribution
from dagster_commons.tools.scratch import scratch_directory
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.configuration import EmbeddedRegistry
    from dagster_commons.model.plan import FileEffect, Plan
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.twin import Twin

NEW_ENVIRONMENT = "new environment"  # where a report of code locations names one


def release_files(project: Project) -> dict[Path, bytes]:
    """The files that a release plan starts from, as they are.

    Raises:
        UsageError: pyproject.toml is not TOML.
        ToolError: one of them cannot be read.

    """
    content = project.file.read_bytes()
    others = {path: content_of(path) for path in files_to_read(project, content.decode("utf-8"))}
    return {project.file: content} | {path: found for path, found in others.items() if found is not None}


@contextlib.contextmanager
def staged_release(
    workspace: Workspace, plan: Plan, *, project: Project, version: str, registry: EmbeddedRegistry
) -> Iterator[StagedPlan]:
    """Carry a release plan out in a twin, build there once, and yield it with the Upload of what was built.

    The built files live as long as the context.  Nothing is to be uploaded when the registry has these very bytes.

    Raises:
        RefusedError: the wheel is not what was asked for, or cannot be imported in an environment of its own.
        VersionPolicyError: the registry has this version with other bytes.
        ToolError: the build failed, or the wheel's requirements cannot be installed.

    """
    with scratch_directory() as scratch:
        twin = _twin(workspace, project, scratch / "twin")
        for step in plan.steps:
            _write(twin, step)
        files = _built(twin, project, version, scratch / "dist")
        new = embedded.unreleased(registry.directory, files)
        upload = Upload(module=project.name, version=version, registry=registry.name, files=files)
        proofs: tuple[ImportProof, ...] = ()
        if new:
            directory = twin.inside(project.directory)
            proofs = (_proof(project, upload, scratch / "environment", directory=directory, registry=registry),)
        yield StagedPlan(
            plan=replace(plan, publishes=(upload,) if new else ()),
            effects=tuple(effect for step in plan.steps if (effect := _effect(twin, step)) is not None),
            commands=(f"uv build {relative(project.directory, workspace.root)}",),
            proofs=proofs,
        )


def _twin(workspace: Workspace, project: Project, at: Path) -> Twin:
    """The outermost working tree that holds the project; the project's directory where there is none."""
    home = workspace.repository_of(project.directory)
    while home is not None and home.superproject is not None:
        above = next((each for each in workspace.repositories if each.root == home.superproject), None)
        if above is None:
            break
        home = above
    repositories, directories = ((home.root,), ()) if home is not None else ((), (project.directory,))
    return build_twin(workspace.root, repositories, directories, at)


def _write(twin: Twin, step: Step) -> None:
    if not isinstance(step, WriteFile):
        raise TypeError(f"a release only writes files: {step}")
    twin.inside(step.path).write_bytes(step.content)


def _effect(twin: Twin, step: Step) -> FileEffect | None:
    return file_effect(twin, step.path) if isinstance(step, WriteFile) else None


def _built(twin: Twin, project: Project, version: str, output: Path) -> tuple[Path, ...]:
    try:
        files = build(twin.inside(project.directory), output)
    except ToolError as error:
        _, _, said = error.message.replace(str(twin.at), "").partition("\n")
        raise ToolError(
            f"{project.name} cannot be built\n{said}".rstrip(), hint=error.hint, file=project.file
        ) from error
    for file in files:
        found = read_distribution(file).metadata
        if (found.name, found.version) != (project.name, version):
            raise RefusedError(
                f"the build gave {found.name} {found.version} ({file.name}), not {project.name} {version}",
                hint="see where the build backend takes the version from",
                file=project.file,
            )
    return files


def _proof(
    project: Project, upload: Upload, environment: Path, *, directory: Path, registry: EmbeddedRegistry
) -> ImportProof:
    """Install the wheel with what it requires into a new environment, as uv is configured in `directory`; import it."""
    started = time.monotonic()
    wheel = next(each for each in upload.files if each.name.endswith(".whl"))
    python = python_of(environment)
    uv(directory, "venv", "--quiet", str(environment))
    index = ("--index", registry.directory.as_uri())
    uv(directory, "pip", "install", "--quiet", "--python", str(python), *index, str(wheel))
    names = project.import_packages or (project.name.replace("-", "_"),)
    imported = import_module(python, distribution=project.name, import_packages=names)
    if imported.error is not None:
        raise RefusedError(
            f"{wheel.name} cannot be imported in an environment of its own: {imported.error}",
            hint="is everything it imports in its dependencies, and in the wheel?",
            file=project.file,
        )
    strangers = [each for each in imported.files if not each.is_relative_to(environment.resolve())]
    if imported.version != upload.version or strangers:
        got = strangers[0] if strangers else f"version {imported.version}"
        raise RefusedError(f"a new environment with {wheel.name} imports {got}", file=project.file)
    return ImportProof(
        location=NEW_ENVIRONMENT,
        module=project.name,
        version=imported.version,
        seconds=time.monotonic() - started,
    )
