"""One location of one tree loaded: the cache first, then its environment, its inputs, and the probe."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError
from dagster_commons.model.definitions import Snapshot
from dagster_commons.model.verdicts import LoadFailure, MissingInput
from dagster_commons.probe.environments import environment_for
from dagster_commons.probe.snapshots import SnapshotRequest, probe_digest
from dagster_commons.proof.closures import closure_environment, site_packages
from dagster_commons.proof.contents import digest_of, path_digest, tree_digest
from dagster_commons.proof.ingredients import Ingredients, gather
from dagster_commons.proof.load_inputs import declared_inputs, freeze, prepare
from dagster_commons.proof.overlays import Overlay, installed_code, lay_over
from dagster_commons.proof.snapshot_cache import OVERLAYS, Surroundings
from dagster_commons.proof.uv_words import in_one_line

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.verdicts import How, LoadResult
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.proof.probing import Probing
    from dagster_commons.proof.snapshot_cache import SnapshotCache

NOTHING = Overlay(path=(), places=())
NOT_FOUND = frozenset(
    {"WrongModule", "ModuleNotFoundError", "ImportError", "PackageNotFoundError", "FileNotFoundError"}
)


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
        if isinstance(found, MissingInput):
            return None
        freeze(tree.user, tree.twin.at, found.users, location.path)
        return options.cache.get(_content_key(found, options), _surroundings(found))
    except (CommonsError, OSError):
        return None


def load(tree: Tree, location: CodeLocation, options: LoadOptions, probing: Probing, *, again: bool = False) -> Loaded:
    """The definitions of `location` (of `tree.workspace`), or why they could not be had: never an exception for it.

    `again` loads it even where a snapshot is kept, to see what differs between two loads of the same code.
    """
    started = time.monotonic()
    try:
        loaded = _load(tree, location, options, probing, again=again)
    except CommonsError as error:
        loaded = Loaded(result=MissingInput(reason=in_one_line(error, tree.user, tree.twin)))
    except OSError as error:
        loaded = Loaded(result=MissingInput(reason=str(error).replace(str(tree.twin.at), "")))
    return replace(loaded, seconds=time.monotonic() - started)


def _load(tree: Tree, location: CodeLocation, options: LoadOptions, probing: Probing, *, again: bool) -> Loaded:
    found = gather(tree, location, options.env_file)
    if isinstance(found, MissingInput):
        return Loaded(result=found)
    freeze(tree.user, tree.twin.at, found.users, location.path)
    key, around = _content_key(found, options), _surroundings(found)
    known = None if again else options.cache.get(key, around)
    if known is not None:
        return Loaded(result=known, is_cached=True)
    overlay = None if options.is_isolated else lay_over(found.installed, _overlay_directory(found))
    loaded = _load_overlaid(found, overlay, options, probing) if overlay is not None else None
    if loaded is None or _may_be_the_overlays_doing(found, loaded.result):
        loaded = _load_isolated(found, options, probing)
    if isinstance(loaded.result, Snapshot):
        options.cache.put(key, loaded.result, around)
    return loaded


def _may_be_the_overlays_doing(found: Ingredients, result: LoadResult) -> bool:
    """Whether a real environment has to confirm it: something was not found, or was read that no copy need have."""
    if isinstance(result, Snapshot):
        beside_code = [each for each in result.inputs.files if each.suffix != ".py"]
        return any(each.is_relative_to(directory) for each in beside_code for directory in found.copied)
    return isinstance(result, LoadFailure) and result.type in NOT_FOUND


def _load_overlaid(found: Ingredients, overlay: Overlay, options: LoadOptions, probing: Probing) -> Loaded:
    """In an environment shared with every location of the same third-party closure."""
    python = closure_environment(found.project.directory, found.closure, without=found.left_out)
    missing = _prepared(found, python)
    if missing is not None:
        return Loaded(result=missing)
    request = _request(found, overlay, python)
    result, how = probing.shared(python, request, timeout_seconds=options.timeout_seconds)
    return Loaded(result=result, how=how)


def _load_isolated(found: Ingredients, options: LoadOptions, probing: Probing) -> Loaded:
    """In a real environment of its own, first-party code installed as the use says."""
    identity = found.tree.twin.outside(found.project.directory)
    linked = found.linked.directory if found.linked is not None else None
    with environment_for(found.project.directory, identity=identity, linked=linked) as python:
        missing = _prepared(found, python)
        if missing is not None:
            return Loaded(result=missing)
        request = _request(found, NOTHING, python)
        result = probing.fresh(python, request, timeout_seconds=options.timeout_seconds)
    return Loaded(result=result, how="isolated")


def _prepared(found: Ingredients, python: Path) -> MissingInput | None:
    return prepare(found.tree.user, found.users, found.location.path, python, dict(found.variables))


def _surroundings(found: Ingredients) -> Surroundings:
    return Surroundings(
        environment={**os.environ, **dict(found.variables)},
        root=found.tree.workspace.root,
        scratch=found.tree.twin.at,
        covered=tuple(each.directory for each in found.first_party),
    )


def _content_key(found: Ingredients, options: LoadOptions) -> str:
    """The key of everything that is known before the load to decide what it gives."""
    target = found.location.target
    directory = target.working_directory or found.location.path
    declared = declared_inputs(found.tree.user, found.users)
    return digest_of(
        text.encode("utf-8", "surrogateescape")
        for text in (
            probe_digest(),
            "isolated" if options.is_isolated else "",
            found.closure,
            repr(declared.prepare),
            *(f"{name} {_input_digest(found.location.path / name)}" for name in declared.inputs),
            *(f"{found.shown(each.directory)} {tree_digest(each.directory)}" for each in found.first_party),
            *sorted(f"copied {found.shown(each)}" for each in found.copied),
            *sorted(f"not installed {found.shown(each)}" for each in found.uninstalled),
            f"{target.kind} {target.value} {target.attribute}",
            *(found.shown(each) for each in (found.location.path, directory)),
            *found.released_packages,
            *(f"{name}={value}" for name, value in found.variables),
        )
    )


def _input_digest(path: Path) -> str | None:
    return tree_digest(path) if path.is_dir() else path_digest(path)


def _overlay_directory(found: Ingredients) -> Path:
    name = digest_of((str(found.location.path).encode(), found.location.name.encode()))[:16]
    return found.tree.twin.at / OVERLAYS / name


def _request(found: Ingredients, overlay: Overlay, python: Path) -> SnapshotRequest:
    installed = site_packages(python)
    return SnapshotRequest(
        target=found.location.target,
        directory=found.location.target.working_directory or found.location.path,
        expect_modules=overlay.places,
        environment=found.variables,
        first_party=(
            *((each.directory, found.shown(each.directory)) for each in found.first_party),
            *(
                (installed / place, found.shown(file))
                for each in found.first_party
                if each.directory in found.copied
                for place, file in installed_code(each)
            ),
            *((installed / package, package) for package in found.released_packages),
        ),
        path=overlay.path,
    )
