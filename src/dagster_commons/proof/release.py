"""A release before it is one: built once in the twin, looked at, installed alone, tried on every known consumer."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.analysis.api.document import surface_to_json
from dagster_commons.analysis.judging import accept
from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.outcomes import ImportProof, StagedPlan
from dagster_commons.model.paths import relative
from dagster_commons.model.plan import RemoveFile, Step, Upload, WriteFile
from dagster_commons.model.release import KeptBuild
from dagster_commons.plans.changelog import FRAGMENTS
from dagster_commons.plans.release import files_to_read, is_fragment
from dagster_commons.plans.release_acceptances import idle_examples
from dagster_commons.plans.version_policy import tried
from dagster_commons.probe.environments import python_of
from dagster_commons.probe.imports import import_module, led_paths
from dagster_commons.proof.api_states import API_FILE, surface_of_project
from dagster_commons.proof.closures import site_packages
from dagster_commons.proof.consumers import consumer_verdicts
from dagster_commons.proof.contents import tree_digest
from dagster_commons.proof.contracts import contract_verdict
from dagster_commons.proof.pinned_builds import build_pinned, pins_of, require_history
from dagster_commons.proof.release_checks import require_apart_when_installed, require_publishable
from dagster_commons.proof.twin import build_twin, file_effect
from dagster_commons.tools.atomic_files import content_of
from dagster_commons.tools.git import git
from dagster_commons.tools.indexes.wheels import read_distribution
from dagster_commons.tools.scratch import scratch_directory
from dagster_commons.tools.uv import uv
from dagster_commons.tools.wheel_editing import add_to_dist_info

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from dagster_commons.model.api import Surface
    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.plan import FileEffect, Plan
    from dagster_commons.model.project import Project
    from dagster_commons.model.release import History, Release
    from dagster_commons.model.verdicts import LocationVerdict
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.planned_verdicts import Judging
    from dagster_commons.proof.twin import Twin
    from dagster_commons.tools.indexes.index import Index

NEW_ENVIRONMENT = "new environment"  # where a report of code locations names one


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedRelease:
    """A release plan carried out in the twin, with its Upload, and the build that is to be kept until it is done."""

    plan: StagedPlan
    build: KeptBuild
    history: History  # with what the build shows of it
    contracts: LocationVerdict | None = None  # what the module's own examples say


def release_files(project: Project, repository: Path | None) -> dict[Path, bytes]:
    """The files that a release plan starts from, as they are; fragments that git ignores in `repository` are none.

    Raises:
        UsageError: pyproject.toml is not TOML.
        RefusedError: git ignores a file that the release edits.
        ToolError: one of them cannot be read.

    """
    content = project.file.read_bytes()
    edited = files_to_read(project, content.decode("utf-8"))
    fragments = sorted(each for each in (project.directory / FRAGMENTS).glob("*") if is_fragment(each.name))
    ignored = _ignored(repository, (*edited, *fragments)) if repository is not None else frozenset()
    others = {path: content_of(path) for path in (*edited, *fragments) if path not in ignored}
    for path in ignored.intersection(edited):
        raise RefusedError(
            f"git ignores {path.name}, so the release cannot be committed", hint="git add --force", file=path
        )
    return {project.file: content} | {path: found for path, found in others.items() if found is not None}


@contextlib.contextmanager
def staged_release(
    workspace: Workspace,
    release: Release,
    plan: Plan,
    *,
    index: Index,
    judging: Judging,
    released_on: datetime.date,
    history: History,
) -> Iterator[StagedRelease]:
    """Carry a release plan out in a twin, build there once (or take what was kept), and try the result.

    The wheel carries its surface as its `api.json`.  The built files live as long as the context.  The Upload has the
    files that the registry lacks; with none of them lacking nothing is tried once more.

    Raises:
        RefusedError: the build is not what was asked for, is not fit to be published, or cannot be imported.
        VersionPolicyError: the registry has this version with other bytes.
        ToolError: the build failed, the wheel's requirements cannot be installed, or the registry cannot be read.

    """
    project = release.project
    with scratch_directory() as scratch:
        twin = _twin(workspace, project, scratch / "twin")
        for step in plan.steps:
            _carry_out(twin, step)
        surface = _surface(twin, release, plan, history.surface)
        build = _built(twin, release, scratch / "dist", released_on, surface)
        new = index.unreleased(build.files)
        upload = Upload(module=project.name, version=release.version, registry=release.registry.name, files=new)
        staged = StagedPlan(
            plan=replace(plan, publishes=(upload,) if new else ()),
            effects=tuple(effect for step in plan.steps if (effect := _effect(twin, step)) is not None),
            commands=(f"uv build {relative(project.directory, workspace.root)}",),
            proofs=(),
        )
        contracts: LocationVerdict | None = None
        if new:
            directory = twin.inside(project.directory)
            require_publishable(workspace, project, directory, build.files, today=judging.today)
            proof = _proof(release, build, scratch / "environment", directory=directory)
            wheel = _wheel(build)
            history = tried(history, led_paths(python_of(scratch / "environment"), history.to_import))
            contracts = contract_verdict(release, history, wheel, index=index, judging=judging)
            if contracts is not None:
                acceptances = workspace.configuration.acceptances
                marked = accept((contracts,), acceptances, today=judging.today)
                (contracts,) = marked.verdicts
                idle = idle_examples(acceptances, (*marked.unused, *marked.expired), contracts.location)
                history = replace(history, idle=(*history.idle, *idle))
            staged = replace(staged, proofs=(proof,), verdicts=consumer_verdicts(workspace, release, wheel, judging))
        yield StagedRelease(plan=staged, build=build, history=history, contracts=contracts)


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


def _ignored(repository: Path, files: tuple[Path, ...]) -> frozenset[Path]:
    asked = "".join(f"{each}\0" for each in files if each.exists())
    found = git(repository, "check-ignore", "-z", "--stdin", stdin=os.fsencode(asked), check=False)
    return frozenset(Path(each) for each in found.text.split("\0") if each)


def _carry_out(twin: Twin, step: Step) -> None:
    match step:
        case WriteFile():
            twin.inside(step.path).write_bytes(step.content)
        case RemoveFile():
            twin.inside(step.path).unlink()
        case _:
            raise TypeError(f"a release only writes and removes files: {step}")


def _effect(twin: Twin, step: Step) -> FileEffect | None:
    return file_effect(twin, step.path) if isinstance(step, WriteFile | RemoveFile) else None


def _surface(twin: Twin, release: Release, plan: Plan, before: Surface) -> Surface:
    """What the wheel offers: `before` with the new version, also where code says that."""
    if any(each.path.suffix == ".py" for each in plan.steps if isinstance(each, WriteFile)):
        directory = twin.inside(release.project.directory)
        return surface_of_project(replace(release.project, directory=directory, version=release.version))
    return replace(before, metadata=replace(before.metadata, version=release.version))


def _built(twin: Twin, release: Release, output: Path, released_on: datetime.date, surface: Surface) -> KeptBuild:
    """What was kept of the same source, else what is built now."""
    project, directory = release.project, twin.inside(release.project.directory)
    source = tree_digest(directory)
    if release.kept is not None and release.kept.source == source:
        return release.kept
    pins = pins_of(directory)
    require_history(project.name, directory, pins)
    try:
        files = build_pinned(project.name, directory, output, pins=pins)
    except ToolError as error:
        message = error.message.replace(str(twin.at), "")
        raise ToolError(message, hint=error.hint, file=project.file) from error
    for file in files:
        found = read_distribution(file).metadata
        if (found.name, found.version) != (project.name, release.version):
            raise RefusedError(
                f"the build gave {found.name} {found.version} ({file.name}), not {project.name} {release.version}",
                hint="see where the build backend takes the version from",
                file=project.file,
            )
    wheel = next(each for each in files if each.name.endswith(".whl"))
    add_to_dist_info(wheel, API_FILE, surface_to_json(surface).encode("utf-8"))
    return KeptBuild(released_on=released_on, source=source, files=files)


def _wheel(build: KeptBuild) -> Path:
    return next(each for each in build.files if each.name.endswith(".whl"))


def _proof(release: Release, build: KeptBuild, environment: Path, *, directory: Path) -> ImportProof:
    """Install the wheel with what it requires into a new environment, as uv is configured in `directory`; import it."""
    started = time.monotonic()
    project, wheel = release.project, _wheel(build)
    python = python_of(environment)
    uv(directory, "venv", "--quiet", str(environment))
    index = ("--index", _index_url(release.registry))
    uv(directory, "pip", "install", "--quiet", "--python", str(python), *index, str(wheel))
    require_apart_when_installed(project, site_packages(python))
    names = project.import_packages or (project.name.replace("-", "_"),)
    imported = import_module(python, distribution=project.name, import_packages=names)
    if imported.error is not None:
        raise RefusedError(
            f"{wheel.name} cannot be imported in an environment of its own: {imported.error}",
            hint="is everything it imports in its dependencies, and in the wheel?",
            file=project.file,
        )
    strangers = [each for each in imported.files if not each.is_relative_to(environment.resolve())]
    if imported.version != release.version or strangers:
        got = strangers[0] if strangers else f"version {imported.version}"
        raise RefusedError(f"a new environment with {wheel.name} imports {got}", file=project.file)
    return ImportProof(
        location=NEW_ENVIRONMENT,
        module=project.name,
        version=imported.version,
        seconds=time.monotonic() - started,
    )


def _index_url(registry: Registry) -> str:
    """As uv takes it: with the name that its credentials go by."""
    if isinstance(registry, EmbeddedRegistry):
        return registry.directory.as_uri()
    return f"{registry.name}={registry.index_url}"
