"""Proof of a bundle: installed elsewhere, booted, and its definitions compared with the working tree's."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.judging import judge
from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.model.verdicts import Absent, LoadFailure, LocationVerdict, MissingInput, Unverifiable
from dagster_commons.model.workspace import Target
from dagster_commons.plans.bundle_texts import server_command
from dagster_commons.probe.booting import booted, clean
from dagster_commons.probe.snapshots import SnapshotRequest
from dagster_commons.proof.bundle_installation import install
from dagster_commons.proof.bundling import own_platform
from dagster_commons.proof.bytecode import share_bytecode
from dagster_commons.proof.closures import known_site_packages, site_packages
from dagster_commons.proof.ingredients import gather
from dagster_commons.proof.overlays import installed_code
from dagster_commons.tools.interpreters import interpreter_of
from dagster_commons.tools.process import Command
from dagster_commons.tools.scratch import scratch_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dagster_commons.model.bundle import Bundle, BundlePlan
    from dagster_commons.model.definitions import Snapshot
    from dagster_commons.model.verdicts import How, LoadResult, Verdict
    from dagster_commons.proof.bundle_installation import SharedBases
    from dagster_commons.proof.ingredients import Ingredients
    from dagster_commons.proof.loading import LoadOptions
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.proof.probing import Probing


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How bundles are proven; with `bases` a process that has imported Dagster is kept for many of them."""

    options: LoadOptions
    probes: Probing
    bases: SharedBases | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Where a bundle is installed: its Python, an empty working directory, and a home with nothing in it.

    `dagster` are the words that start Dagster's command line there.
    """

    python: Path
    dagster: tuple[str, ...]
    nowhere: Path
    home: Path

    @classmethod
    def below(cls, at: Path, python: Path, dagster: tuple[str, ...]) -> Elsewhere:
        """With the two directories made below `at`."""
        own = cls(python=python, dagster=dagster, nowhere=at / "nowhere", home=at / "home")
        own.nowhere.mkdir()
        own.home.mkdir()
        return own


def prove_bundle(tree: Tree, bundle: Bundle, defined: Snapshot, proof: Proof) -> LocationVerdict:
    """Whether what `bundle` installs boots, and defines what its code location (of `tree`) does: `defined`.

    It is installed into a fresh environment that is then moved, and loaded in an empty directory with nothing of this
    machine's user but the variables that loading the location is given.  The first-party code must come from there.

    Raises:
        RefusedError: a first-party wheel is not the one that `wheels.sha256` names.
        ToolError: the bundle cannot be installed.

    """
    started = time.monotonic()
    with scratch_directory() as at:
        compiled = _compiled(tree, bundle, proof)
        python = install(bundle, interpreter_for(bundle.plan), at, compiled=compiled)
        dagster = (str(python.with_name("dagster")),)
        found = compared_elsewhere(tree, bundle, Elsewhere.below(at, python, dagster), defined, proof)
        if compiled is not None:  # what the boot has compiled, the next one need not compile again
            share_bytecode(site_packages(python), compiled)
    return replace(found, seconds=time.monotonic() - started)


def compared_elsewhere(
    tree: Tree, bundle: Bundle, there: Elsewhere, defined: Snapshot, proof: Proof
) -> LocationVerdict:
    """The verdict of what is installed `there`: it has to boot, and to define just what is `defined`."""
    started = time.monotonic()
    found = gather(tree, bundle.plan.location, proof.options.env_file)
    how: How = "isolated"
    if isinstance(found, MissingInput):
        result: LoadResult = found
    else:
        result, how = _booted_and_loaded(bundle, found, there, proof)
    return LocationVerdict(
        location=bundle.plan.location.name,
        verdict=judge(defined, result),
        seconds=time.monotonic() - started,
        how=how,
    )


def what_lacks(plan: BundlePlan) -> MissingInput | None:
    """Why a bundle of `plan` could not be proven on this machine."""
    target = plan.target
    if target.platform != own_platform():
        return MissingInput(reason=f"it is for {target.platform}, and this machine is {own_platform()}")
    if interpreter_of(target.python_version) is None:
        return MissingInput(reason=f"it is for Python {target.python_version}, which is not on this machine")
    return None


def interpreter_for(plan: BundlePlan) -> Path:
    """The interpreter that a bundle of `plan` is for.

    Raises:
        RefusedError: this machine has none.

    """
    lacking, found = what_lacks(plan), interpreter_of(plan.target.python_version)
    if lacking is not None or found is None:
        reason = lacking.reason if lacking is not None else "its Python is gone"
        raise RefusedError(f"the bundle of {plan.location.name}: {reason}", hint="go on where it is to run")
    return found


def unproven(defined: LoadFailure | MissingInput | Absent) -> Verdict:
    """The verdict of a bundle that is not made, since what it should define is not known."""
    match defined:
        case LoadFailure():
            return Unverifiable(reason="the working tree's definitions do not load", failure=defined)
        case MissingInput():
            return Unverifiable(reason=defined.reason)
        case Absent():
            return Unverifiable(reason="the working tree has no such code location")


def _compiled(tree: Tree, bundle: Bundle, proof: Proof) -> Path | None:
    """Where the compiled files of the location's third-party packages are, if they are anywhere."""
    found = gather(tree, bundle.plan.location, proof.options.env_file)
    return known_site_packages(found.closure) if not isinstance(found, MissingInput) else None


def _booted_and_loaded(bundle: Bundle, found: Ingredients, there: Elsewhere, proof: Proof) -> tuple[LoadResult, How]:
    seconds = proof.options.timeout_seconds
    request = _request(bundle, found, there)
    try:
        with booted(_serving(bundle, found, there), there.python, timeout_seconds=seconds):
            pass
    except ToolError as error:
        said = proof.probes.fresh(there.python, request, timeout_seconds=seconds)  # says best why it does not load
        unhealthy = LoadFailure(type="NotHealthy", message=error.message)
        return said if isinstance(said, LoadFailure) else unhealthy, "isolated"
    if proof.bases is not None:
        compiled = known_site_packages(found.closure)
        kin = proof.bases.python(bundle, interpreter_for(bundle.plan), compiled=compiled)
        return proof.probes.shared(there.python, request, timeout_seconds=seconds, kin=kin)
    return proof.probes.fresh(there.python, request, timeout_seconds=seconds), "isolated"


def _serving(bundle: Bundle, found: Ingredients, there: Elsewhere) -> Callable[[str, int], Command]:
    environment, without = clean(dict(found.variables), home=there.home, programs=there.python.parent)

    def serve(host: str, port: int) -> Command:
        _, *options = server_command(found.location.target, bundle.module, host=host, port=str(port))
        return Command(argv=(*there.dagster, *options), cwd=there.nowhere, environment=environment, without=without)

    return serve


def _request(bundle: Bundle, found: Ingredients, there: Elsewhere) -> SnapshotRequest:
    installed = site_packages(there.python)
    copies = tuple(
        (installed / place, found.shown(file)) for each in found.first_party for place, file in installed_code(each)
    )
    target = found.location.target
    environment, without = clean(dict(found.variables), home=there.home, programs=there.python.parent)
    return SnapshotRequest(
        target=Target(
            kind="module" if target.kind == "file" else target.kind, value=bundle.module, attribute=target.attribute
        ),
        directory=there.nowhere,
        expect_modules=tuple((package, installed) for each in found.installed for package in each.import_packages),
        environment=tuple(environment.items()),
        without=without,
        first_party=(
            (there.nowhere, found.shown(target.working_directory or found.location.path)),
            *copies,
            *((installed / package, package) for package in found.released_packages),
        ),
    )
