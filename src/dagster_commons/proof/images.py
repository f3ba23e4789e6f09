"""A bundle as an image: built from its directory into an OCI archive, looked into, and booted by its own command."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from dagster_commons.errors import CommonsError, RefusedError, ToolError
from dagster_commons.model.bundle import BundleFailure, ImagePlan, MadeImage
from dagster_commons.model.verdicts import MissingInput
from dagster_commons.plans.bundle_texts import PORT, WHEELS, server_command
from dagster_commons.probe.booting import booted
from dagster_commons.proof.closures import closure_environment
from dagster_commons.proof.ingredients import gather
from dagster_commons.proof.wheel_contents import installed_digests
from dagster_commons.tools.image_builders import Served
from dagster_commons.tools.oci_archive import digests_inside
from dagster_commons.tools.process import Command, run

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.bundle import Bundle, BundlePlan, BundleTarget, MadeBundle
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.proof.bundle_proof import Proof
    from dagster_commons.proof.ingredients import Ingredients
    from dagster_commons.proof.materialising import Tree
    from dagster_commons.tools.image_builders import ImageBuilder

ARCHIVE_SUFFIX = ".oci.tar"
SITE_PACKAGES = "venv/lib/python{version}/site-packages/{file}"  # where the Dockerfile installs
SHOWN = 5
LAST_WORDS = 10  # the builder says some of its own after those of the server, and Dagster some after the cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Imaging:
    """How images are made: by `builder`, below the directory `at`; without `proof` they are not booted."""

    builder: ImageBuilder
    at: Path
    proof: Proof | None


def planned_image(builder: ImageBuilder, plan: BundlePlan, context: str, place: Path) -> ImagePlan:
    """The archive at `place` that would be made of the bundle in `context`."""
    command = builder.build(context, _fresh_name(plan.location), plan.target.platform)
    return ImagePlan(builder=builder.name, command=command, place=place)


def with_image(tree: Tree, made: MadeBundle | BundleFailure, imaging: Imaging) -> MadeBundle | BundleFailure:
    """`made` with its image, where it is as it should be; a failure where there can be none.

    To be called by the main thread: when it is interrupted, other threads may start no program to clear up with.
    """
    if isinstance(made, BundleFailure) or made.bundle is None or not made.is_acceptable:
        return made
    try:
        return replace(made, image=_image(tree, made.bundle, imaging))
    except CommonsError as error:
        return BundleFailure(location=made.location, error=error)


def _image(tree: Tree, bundle: Bundle, imaging: Imaging) -> MadeImage:
    """Whatever happens, the builder is left with nothing of ours.

    Raises:
        RefusedError: the image lacks first-party code, or does not boot.
        ToolError: its base cannot be had, or the builder failed.

    """
    started = time.monotonic()
    builder, location = imaging.builder, bundle.plan.location
    image = _fresh_name(location)
    imaging.at.mkdir(exist_ok=True)
    file = imaging.at / f"{image.rpartition(':')[2]}{ARCHIVE_SUFFIX}"
    try:
        _require_base(builder, bundle.plan.target)
        _build(builder, bundle, image)
        _run(builder.save(image, file.name), imaging.at)
        _require_first_party(bundle, file)
        if imaging.proof is not None:
            _boot(tree, bundle, image, builder, imaging.proof)
    finally:
        _run(builder.remove_image(image), imaging.at, check=False)
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return MadeImage(
        file=file,
        builder=builder.name,
        sha256=digest,
        is_booted=imaging.proof is not None,
        seconds=time.monotonic() - started,
    )


def _require_base(builder: ImageBuilder, target: BundleTarget) -> None:
    """See that the base image is on this machine; its absence is told apart from all that a build may end with."""
    found = run(Command(argv=builder.platform_of(target.base)), check=False)
    if found.exit_code == 0 and found.text.strip() == target.platform:
        return
    try:
        run(Command(argv=builder.pull(target.base, target.platform)))
    except ToolError as error:
        raise ToolError(
            f"the base image {target.base} cannot be had for {target.platform}\n{error.message}",
            hint="name another one: --base-image IMAGE[@sha256:DIGEST]",
        ) from error


def _build(builder: ImageBuilder, bundle: Bundle, image: str) -> None:
    plan = bundle.plan
    try:
        _run(builder.build(".", image, plan.target.platform), bundle.directory)
    except ToolError as error:
        raise ToolError(
            f"{builder.name} could not build the image of {plan.location.name}\n{error.message}",
            hint=None if plan.is_vendored else "where an image build has no network, or no index: --vendor-all",
        ) from error


def _require_first_party(bundle: Bundle, archive: Path) -> None:
    """See that the image has every file of the bundle's own wheels, byte by byte."""
    version = bundle.plan.target.python_version
    expected = {
        SITE_PACKAGES.format(version=version, file=file): (wheel.name, digest)
        for wheel in bundle.wheels
        for file, digest in installed_digests(bundle.directory / WHEELS / wheel.file_name).items()
    }
    found = digests_inside(archive, expected)
    lacking = sorted(path for path, (_, digest) in expected.items() if found.get(path) != digest)
    if lacking:
        names = ", ".join(dict.fromkeys(expected[path][0] for path in lacking))
        shown = ", ".join(lacking[:SHOWN])
        raise RefusedError(
            f"the image of {bundle.plan.location.name} has not all of {names}: {shown}",
            hint=f"its base has to have Python {version}: --base-image IMAGE",
        )


def _boot(tree: Tree, bundle: Bundle, image: str, builder: ImageBuilder, proof: Proof) -> None:
    """Run what the image runs until Dagster's health check, asked from outside of it, is content."""
    found = gather(tree, bundle.plan.location, proof.options.env_file)
    if isinstance(found, MissingInput):
        raise RefusedError(f"the image of {bundle.plan.location.name} cannot be booted: {found.reason}")
    python = closure_environment(found.project.directory, found.closure, without=found.left_out)
    containers: list[str] = []

    def serve(host: str, port: int) -> Command:
        served = _served(bundle, found, image, host, port)
        containers.append(served.container)
        environment = dict(served.variables)
        run(Command(argv=builder.create(served), environment=environment))
        return Command(argv=builder.serve(served), environment=environment)

    try:
        with booted(serve, python, timeout_seconds=proof.options.timeout_seconds, last_words=LAST_WORDS):
            pass
    except ToolError as error:
        raise RefusedError(
            f"the image of {bundle.plan.location.name} does not boot: {error.message}",
            hint="--no-proof builds it without booting it",
        ) from error
    finally:
        for each in containers:
            run(Command(argv=builder.remove_container(each)), check=False)


def _served(bundle: Bundle, found: Ingredients, image: str, host: str, port: int) -> Served:
    return Served(
        image=image,
        container=f"{image.rpartition('/')[2].replace(':', '-')}-{port}",
        host=host,
        port=port,
        inner_port=PORT,
        command=server_command(found.location.target, bundle.module, host=host, port=str(port)),
        variables=dict(found.variables),
    )


def _fresh_name(location: CodeLocation) -> str:
    """One that nobody else uses, and that tells whose it is."""
    readable = re.sub(r"[^a-z0-9]+", "-", location.name.lower()).strip("-") or "location"
    return f"localhost/commons-bundle/{readable}:{uuid4().hex[:12]}"


def _run(argv: tuple[str, ...], at: Path, *, check: bool = True) -> None:
    run(Command(argv=argv, cwd=at), check=check)
