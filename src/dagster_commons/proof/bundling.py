"""Bundles, made from a tree of our own: planned from its lock, wheels built or fetched, everything described."""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError, RefusedError, ToolError
from dagster_commons.model.bundle import Bundle, BundledWheel
from dagster_commons.model.verdicts import MissingInput
from dagster_commons.plans import bundle_texts as texts
from dagster_commons.plans.bundle import Surroundings, bundle_plan
from dagster_commons.proof.ingredients import gather
from dagster_commons.proof.wheel_building import fetch_release
from dagster_commons.proof.wheel_contents import installed_files, require_no_collision
from dagster_commons.tools.exports import hashed_requirements, locked_distributions
from dagster_commons.tools.interpreters import version_for
from dagster_commons.tools.process import ProgramFailedError
from dagster_commons.tools.versions_wheel import NAME as VERSIONS_WHEEL
from dagster_commons.tools.versions_wheel import VERSION, write_versions_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dagster_commons.model.bundle import BundlePlan, BundleRequest, Platform
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.proof.wheel_building import MadeWheel, WheelStore

DOWNLOADS_AT_A_TIME = 8
NOT_THERE = {
    "not-initialised": ("its submodule is not initialised", "commons sync"),
    "missing": ("its source is not there", "commons check"),
}
NOT_A_UV_PROJECT = (
    "make it a uv project: a pyproject.toml with [project] beside what is there, then commons lock -l {name}"
)


def planned_bundle(tree: Tree, location: CodeLocation, request: BundleRequest) -> BundlePlan:
    """The bundle of `location` (of `tree.workspace`), before anything is built.

    Raises:
        RefusedError: its lock is missing or stale, a submodule is not initialised, or the target lacks a wheel.
        ToolError: uv cannot say.

    """
    _require_sources(tree, location)
    found = gather(tree, location, None)
    if isinstance(found, MissingInput):
        project = tree.workspace.project_at(location.path)
        is_uv = project is not None and project.manager == "uv"
        hint = None if is_uv or location.not_loadable else NOT_A_UV_PROJECT.format(name=location.name)
        raise RefusedError(f"{location.name} cannot be bundled: {found.reason}", hint=hint)
    with _in_users_paths(tree):
        locked = locked_distributions(location.path)
        around = Surroundings(
            platform=own_platform(),
            python_pin=_python_pin(tree, location.path),
            own_python=version_for(location.path),
        )
        return bundle_plan(tree.workspace, location, locked, request, around)


def make_bundle(tree: Tree, plan: BundlePlan, at: Path, store: WheelStore) -> Bundle:
    """Fill the new directory `at` with what `plan` says; first-party wheels come from `store`.

    Raises:
        RefusedError: a wheel lacks files, collides with another, or is for another target; the location is in none;
            the lock lacks hashes.
        ToolError: something cannot be built or fetched.

    """
    at.mkdir(parents=True)
    with _in_users_paths(tree):
        made = tuple(store.wheel(each, plan.target, start=plan.location.path) for each in plan.first_party)
        files = _collected(made, at / texts.WHEELS)
        require_no_collision(files)
        installed = {name for file in files.values() for name in installed_files(file)}
        module = texts.target_module(plan.location.target, installed)
        command = texts.server_command(plan.location.target, module)
        wheels = (*(each.wheel for each in made), _versions_wheel(made, at / texts.WHEELS))
        _fetch_wheelhouse(plan, at)
        requirements = hashed_requirements(plan.location.path, without=plan.left_out)
        texts.require_hashes(requirements)
    (at / texts.REQUIREMENTS).write_text(requirements, encoding="utf-8")
    digests = [(f"{texts.WHEELS}/{each.file_name}", each.sha256) for each in wheels]
    (at / texts.DIGESTS).write_text(texts.digest_lines(digests), encoding="utf-8")
    (at / ".dockerignore").write_text(texts.DOCKERIGNORE, encoding="utf-8")
    (at / ".gitignore").write_text(texts.GITIGNORE, encoding="utf-8")
    (at / texts.DOCKERFILE).write_text(texts.dockerfile(plan, wheels, command), encoding="utf-8")
    bundle = Bundle(
        directory=at,
        plan=plan,
        wheels=tuple(sorted(wheels, key=lambda each: each.name)),
        module=module,
        command=command,
        warnings=(*plan.warnings, *_about_backends(made)),
    )
    return _described(bundle)


def _require_sources(tree: Tree, location: CodeLocation) -> None:
    for use in tree.user.uses:
        for state in use.state if use.location == location.name else ():
            if state in NOT_THERE:
                reason, command = NOT_THERE[state]
                raise RefusedError(f"{location.name} cannot be bundled: {use.module}: {reason}", hint=command)


def _collected(made: tuple[MadeWheel, ...], directory: Path) -> Mapping[str, Path]:
    directory.mkdir()
    for each in made:
        shutil.copyfile(each.file, directory / each.file.name)
    return {each.wheel.name: directory / each.file.name for each in made}


def _versions_wheel(made: tuple[MadeWheel, ...], directory: Path) -> BundledWheel:
    file = write_versions_wheel(directory, [(each.wheel.name, each.wheel.version) for each in made])
    return BundledWheel(
        name=VERSIONS_WHEEL,
        version=VERSION,
        kind="commons",
        file_name=file.name,
        sha256=_digest(file),
        generator="commons bundle",
    )


def _fetch_wheelhouse(plan: BundlePlan, at: Path) -> None:
    if not plan.is_vendored:
        return
    directory = at / texts.WHEELHOUSE
    directory.mkdir()
    (directory / ".keep").touch()  # an empty wheelhouse has to be copied, too
    with ThreadPoolExecutor(max_workers=DOWNLOADS_AT_A_TIME) as pool:
        fetching = [pool.submit(fetch_release, each, directory, start=plan.location.path) for each in plan.vendored]
        try:
            for each in fetching:
                each.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _described(bundle: Bundle) -> Bundle:
    """`bundle` with a digest of every file, after `bundle.json` was written, which holds them."""
    at = bundle.directory
    files = ((each.relative_to(at).as_posix(), _digest(each)) for each in at.rglob("*") if each.is_file())
    whole = replace(bundle, files=tuple(sorted(files)))
    document = {"format": 1, **texts.description(whole)}
    text = json.dumps(document, sort_keys=True, indent=2) + "\n"
    (at / texts.DESCRIPTION).write_text(text, encoding="utf-8")
    return whole


def _about_backends(made: tuple[MadeWheel, ...]) -> Iterator[str]:
    for each in made:
        if each.floating:
            names = ", ".join(each.floating)
            yield (
                f"{each.wheel.name} is built by whatever version of {names} is newest that day: "
                "two bundles may differ; name one version in [build-system]"
            )


@contextlib.contextmanager
def _in_users_paths(tree: Tree) -> Iterator[None]:
    """A failure in the tree tells of the user's own files."""
    try:
        yield
    except CommonsError as error:
        kind = ToolError if isinstance(error, ProgramFailedError) else type(error)
        file = error.file
        if file is not None:  # what lies in a checkout of ours is nobody's
            file = tree.twin.outside(file) if file.is_relative_to(tree.twin.at) else None
        message = error.message.replace(str(tree.twin.at), "")
        raise kind(message, hint=error.hint, file=file, line=error.line) from error


def own_platform() -> Platform:
    return "linux/arm64" if platform.machine() in ("aarch64", "arm64") else "linux/amd64"


def _python_pin(tree: Tree, project: Path) -> str | None:
    """The `.python-version` that uv finds for the project, inside its tree."""
    pins = (each / ".python-version" for each in (project, *project.parents) if each.is_relative_to(tree.twin.at))
    return next((each.read_text(encoding="utf-8") for each in pins if each.is_file()), None)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
