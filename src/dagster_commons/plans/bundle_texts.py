"""The texts of a bundle: its Dockerfile, what it ignores, and `bundle.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dagster_commons.model.bundle import Bundle, BundledWheel, BundlePlan
    from dagster_commons.model.workspace import Target

PORT = "4000"
REQUIREMENTS, DIGESTS, WHEELS, WHEELHOUSE = "requirements.txt", "wheels.sha256", "wheels", "wheelhouse"
DESCRIPTION, DOCKERFILE = "bundle.json", "Dockerfile"
# The directory is made anew by every run, and a copy of it in a source distribution would be a copy too many.
GITIGNORE = "*\n"
DOCKERIGNORE = f"*\n!{REQUIREMENTS}\n!{DIGESTS}\n!{WHEELS}\n!{WHEELHOUSE}\n"
VERIFICATION = f"sha256sum --check --strict {DIGESTS}"
FIRST_PARTY = f"python -m pip install --no-index --no-deps {WHEELS}/*.whl"
CONSISTENCY = "python -m pip check"

# No `# syntax` line: it would have the builder fetch a front end.
_DOCKERFILE = """\
# Written by `commons bundle`, which replaces it; {title}.
# No build secret is needed: what only credentials can get was fetched when this bundle was made.
FROM {base} AS base
ENV PYTHONUNBUFFERED=1 PATH=/venv/bin:$PATH

FROM base AS build
WORKDIR /bundle
RUN python -m venv /venv
COPY {copied} ./
{wheelhouse}RUN --mount=type=cache,target=/root/.cache/pip \\
    {third_party}
COPY {wheels} {wheels}/
RUN {verification} \\
 && {first_party} \\
 && {consistency}

FROM base
{labels}
RUN groupadd --gid 10001 dagster && useradd --uid 10001 --gid dagster --create-home dagster
COPY --from=build /venv /venv
USER 10001:10001
WORKDIR /home/dagster
EXPOSE {port}
HEALTHCHECK --interval=30s --timeout=30s --start-period=60s --retries=3 \\
    CMD ["dagster", "api", "grpc-health-check", "-p", "{port}"]
# A command and no entry point: run launchers and Helm charts give commands of their own.
CMD {command}
"""


def third_party_command(*, is_vendored: bool) -> str:
    """What installs requirements.txt, in the bundle's directory with the environment's programs first on PATH."""
    source = f"--no-index --find-links {WHEELHOUSE} " if is_vendored else ""
    return f"python -m pip install {source}--no-deps --require-hashes -r {REQUIREMENTS}"


def install_commands(*, is_vendored: bool) -> tuple[str, ...]:
    """Every command that installs a bundle, in order; the Dockerfile runs them, and so does whoever uses none."""
    return third_party_command(is_vendored=is_vendored), VERIFICATION, FIRST_PARTY, CONSISTENCY


def server_command(
    target: Target,
    module: str | None,
    *,
    host: str = "0.0.0.0",  # noqa: S104 - in a container
    port: str = PORT,
) -> tuple[str, ...]:
    """What serves the location: `target`, which is `module` where it names a file.

    Raises:
        RefusedError: it is no target of this machine's own.

    """
    options = {"module": "-m", "file": "-m", "package": "--package-name", "autoload": "--autoload-defs-module-name"}
    if target.kind not in options:
        raise RefusedError(f"{target.value} is served elsewhere, so that there is nothing to bundle")
    attribute = ("-a", target.attribute) if target.attribute is not None else ()
    loaded = (options[target.kind], module or target.value, *attribute)
    return ("dagster", "api", "grpc", "-h", host, "-p", port, *loaded)


def target_module(target: Target, installed: Collection[str]) -> str:
    """The module that `target` is among the files `installed` (relative to site-packages, posix).

    Raises:
        RefusedError: no first-party wheel has it.

    """
    value = target.value.removeprefix("./")
    if target.kind == "file":
        parts = value.removesuffix(".py").split("/")
        found = (".".join(parts[start:]) for start in range(len(parts)) if "/".join(parts[start:]) + ".py" in installed)
        module = next(found, None)
        if module is not None:
            return module.removesuffix(".__init__")
    else:
        path = value.replace(".", "/")
        is_there = f"{path}.py" in installed or any(each.startswith(f"{path}/") for each in installed)
        if is_there:
            return value
    raise RefusedError(
        f"{target.value}, which Dagster is told to load, is in no wheel of the bundle",
        hint="put it into the import package of the code location's project",
    )


def dockerfile(plan: BundlePlan, wheels: Iterable[BundledWheel], command: tuple[str, ...]) -> str:
    """The Dockerfile of the bundle's directory."""
    return _DOCKERFILE.format(
        title=f"it builds the code location {plan.location.name!r} for {plan.target.platform}",
        base=plan.target.base,
        copied=f"{REQUIREMENTS} {DIGESTS}",
        wheelhouse=f"COPY {WHEELHOUSE} {WHEELHOUSE}/\n" if plan.is_vendored else "",
        third_party=third_party_command(is_vendored=plan.is_vendored),
        verification=VERIFICATION,
        first_party=FIRST_PARTY,
        consistency=CONSISTENCY,
        wheels=WHEELS,
        labels="\n".join(_labels(plan, tuple(wheels))),
        port=PORT,
        command=json.dumps(command),
    )


def require_hashes(requirements: str) -> None:
    """See that every requirement of the export has a hash, without which pip installs none of them.

    Raises:
        RefusedError: the lock has none for some: their index gave none when it was locked.

    """
    starts = [line for line in requirements.splitlines() if line and not line[0].isspace()]
    without = sorted(line.partition(" ")[0] for line in starts if not line.endswith("\\"))
    if without:
        raise RefusedError(
            f"the lock has no hash of {', '.join(without)}, so that nothing says which file is meant",
            hint="lock it from an index that gives hashes: commons lock",
        )


def digest_lines(files: Iterable[tuple[str, str]]) -> str:
    """`wheels.sha256` for `files`, as sha256sum writes and reads it."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(files))


def description(bundle: Bundle) -> dict[str, object]:
    """`bundle.json` as a value: what is inside, which versions and commits, and a digest of every file."""
    plan = bundle.plan
    return {
        "location": {"name": plan.location.name, "project": plan.location.project},
        "platform": plan.target.platform,
        "python": plan.target.python_version,
        "base": plan.target.base,
        "command": list(bundle.command),
        "first_party": [_wheel_document(each) for each in bundle.wheels],
        "third_party": [{"name": each.name, "version": each.version} for each in plan.third_party],
        "vendored": plan.is_vendored,
        "files": [{"path": path, "sha256": digest} for path, digest in sorted(bundle.files)],
    }


def _wheel_document(wheel: BundledWheel) -> dict[str, object]:
    return {
        "name": wheel.name,
        "version": wheel.version,
        "source": wheel.kind,
        "commit": wheel.commit,
        "dirty": wheel.is_dirty,
        "wheel": f"{WHEELS}/{wheel.file_name}",
        "sha256": wheel.sha256,
        "build_requires": list(wheel.build_requires),
        "generator": wheel.generator,
    }


def _labels(plan: BundlePlan, wheels: tuple[BundledWheel, ...]) -> Iterable[str]:
    own = next((each for each in wheels if each.kind == "location"), None)
    yield f"LABEL org.opencontainers.image.title={_quoted(plan.location.name)}"
    if own is not None:
        yield f"LABEL org.opencontainers.image.version={_quoted(own.version)}"
    if own is not None and own.commit is not None:
        yield f"LABEL org.opencontainers.image.revision={_quoted(_commit(own))}"
    for each in wheels:
        if each.kind == "commons":
            continue
        yield f"LABEL dagster-commons.module.{each.name}.version={_quoted(each.version)}"
        if each.commit is not None:
            yield f"LABEL dagster-commons.module.{each.name}.commit={_quoted(_commit(each))}"


def _commit(wheel: BundledWheel) -> str:
    return f"{wheel.commit}-dirty" if wheel.is_dirty else f"{wheel.commit}"


def _quoted(text: str) -> str:
    return json.dumps(text).replace("$", "\\$")
