"""One location of one tree loaded: the cache first, then its environment, its inputs, and the probe."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.definitions import Snapshot
from dagster_commons.model.verdicts import MissingInput
from dagster_commons.probe.environments import environment_for
from dagster_commons.probe.snapshots import SnapshotRequest, probe_digest
from dagster_commons.proof.closures import closure_environment, closure_key, site_packages
from dagster_commons.proof.contents import digest_of, tree_digest
from dagster_commons.proof.ingredients import Ingredients, gather
from dagster_commons.proof.load_inputs import freeze, prepare
from dagster_commons.proof.overlays import Overlay, lay_over

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.verdicts import How, LoadResult
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.proof.probing import Probing
    from dagster_commons.proof.snapshot_cache import SnapshotCache

NOTHING = Overlay(path=(), places=())


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How locations are loaded; `timeout_seconds` is for one load."""

    cache: SnapshotCache
    env_file: Path | None = None
    timeout_seconds: float = 300.0
    is_isolated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading came to, and how."""

    result: LoadResult
    seconds: float = 0.0
    is_cached: bool = False
    how: How = "fresh"


def kept(tree: Tree, location: CodeLocation, options: LoadOptions) -> Snapshot | None:
    """The snapshot of `location` if one is kept for just this content; nothing is loaded."""
    try:
        found = gather(tree, location, options.env_file)
    except (ToolError, UsageError):
        return None
    if isinstance(found, MissingInput):
        return None
    return options.cache.get(_content_key(found), {**os.environ, **dict(found.variables)})


def load(tree: Tree, location: CodeLocation, options: LoadOptions, probing: Probing, *, again: bool = False) -> Loaded:
    """The definitions of `location` (of `tree.workspace`), or why they could not be had: never an exception for it.

    `again` loads it even where a snapshot is kept, to see what differs between two loads of the same code.
    """
    started = time.monotonic()
    try:
        loaded = _load(tree, location, options, probing, again=again)
    except (ToolError, UsageError) as error:
        loaded = Loaded(result=MissingInput(reason=error.message.replace(str(tree.twin.at), "")))
    return replace(loaded, seconds=time.monotonic() - started)


def _load(tree: Tree, location: CodeLocation, options: LoadOptions, probing: Probing, *, again: bool) -> Loaded:
    found = gather(tree, location, options.env_file)
    if isinstance(found, MissingInput):
        return Loaded(result=found)
    freeze(tree.user, tree.workspace.root, found.users, location.path)
    key = _content_key(found)
    environment: Mapping[str, str] = {**os.environ, **dict(found.variables)}
    kept = None if again else options.cache.get(key, environment)
    if kept is not None:
        return Loaded(result=kept, is_cached=True)
    overlay = None if options.is_isolated else lay_over(found.first_party, _overlay_directory(found))
    if overlay is None:
        loaded = _load_isolated(found, options, probing)
    else:
        loaded = _load_overlaid(found, overlay, options, probing)
    if isinstance(loaded.result, Snapshot):
        options.cache.put(key, loaded.result, environment, below=tree.twin.at)
    return loaded


def _load_overlaid(found: Ingredients, overlay: Overlay, options: LoadOptions, probing: Probing) -> Loaded:
    """In an environment shared with every location of the same third-party closure."""
    python = closure_environment(found.project.directory, closure_key(found.lock, found.project.requires_python))
    missing = prepare(found.tree.user, found.users, found.location.path, python)
    if missing is not None:
        return Loaded(result=missing)
    request = _request(found, overlay, python)
    result, how = probing.shared(python, request, timeout_seconds=options.timeout_seconds)
    return Loaded(result=result, how=how)


def _load_isolated(found: Ingredients, options: LoadOptions, probing: Probing) -> Loaded:
    """In a real environment of its own, first-party code installed as the use says."""
    identity = found.tree.twin.outside(found.project.directory)
    with environment_for(found.project.directory, identity=identity) as python:
        missing = prepare(found.tree.user, found.users, found.location.path, python)
        if missing is not None:
            return Loaded(result=missing)
        request = _request(found, NOTHING, python)
        result = probing.fresh(python, request, timeout_seconds=options.timeout_seconds)
    return Loaded(result=result, how="isolated")


def _content_key(found: Ingredients) -> str:
    """The key of everything that is known before the load to decide what it gives."""
    target = found.location.target
    return digest_of(
        text.encode("utf-8", "surrogateescape")
        for text in (
            probe_digest(),
            closure_key(found.lock, found.project.requires_python),
            *(f"{found.shown(each.directory)} {tree_digest(each.directory)}" for each in found.first_party),
            f"{target.kind} {target.value} {target.attribute} {found.shown(found.location.path)}",
            *(f"{name}={value}" for name, value in found.variables),
        )
    )


def _overlay_directory(found: Ingredients) -> Path:
    name = digest_of((str(found.location.path).encode(), found.location.name.encode()))[:16]
    return found.tree.twin.at / ".overlays" / name


def _request(found: Ingredients, overlay: Overlay, python: Path) -> SnapshotRequest:
    installed = site_packages(python)
    return SnapshotRequest(
        target=found.location.target,
        directory=found.location.target.working_directory or found.location.path,
        expect_modules=overlay.places,
        environment=found.variables,
        first_party=(
            *((each.directory, found.shown(each.directory)) for each in found.first_party),
            *((installed / package, package) for package in found.released_packages),
        ),
        path=overlay.path,
    )
