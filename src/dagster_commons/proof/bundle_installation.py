"""A bundle installed as its image would install it, into a new environment that is then moved elsewhere."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError
from dagster_commons.plans.bundle_texts import DIGESTS, REQUIREMENTS, WHEELHOUSE, WHEELS
from dagster_commons.probe.environments import python_of
from dagster_commons.proof.bytecode import share_bytecode
from dagster_commons.proof.closures import site_packages
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.bundle import Bundle

OFFLINE = ("--no-index", "--find-links")


def install(bundle: Bundle, interpreter: Path, at: Path, *, compiled: Path | None) -> Path:
    """The Python of a new environment below `at` with all of the bundle in it.

    uv does what the Dockerfile's pip does, from the same files with the same checks.  The environment is made under
    another name and moved, so that nothing can lead back to where it was made.  Compiled files are taken over from the
    site-packages directory `compiled` where the source is the very same.

    Raises:
        RefusedError: a first-party wheel is not the one that `wheels.sha256` names.
        ToolError: something cannot be installed, or what is installed does not go together.

    """
    directory = bundle.directory
    require_digests(directory)
    made = at / "made"
    uv(directory, "venv", "--quiet", "--relocatable", "--no-project", "--python", str(interpreter), str(made))
    python = python_of(made)
    into = ("--python", str(python))
    third_party = (*OFFLINE, WHEELHOUSE) if bundle.plan.is_vendored else ()
    uv(directory, "pip", "install", *into, *third_party, "--no-deps", "--require-hashes", "-r", REQUIREMENTS)
    wheels = sorted(f"{WHEELS}/{each.file_name}" for each in bundle.wheels)
    uv(directory, "pip", "install", *into, "--no-index", "--no-deps", *wheels)
    uv(directory, "pip", "check", *into)
    elsewhere = at / "elsewhere" / "venv"
    elsewhere.parent.mkdir()
    made.rename(elsewhere)
    python = python_of(elsewhere)
    if compiled is not None:
        share_bytecode(compiled, site_packages(python))
    return python


def require_digests(bundle: Path) -> None:
    """See that every first-party wheel is the one that `wheels.sha256` names, as `sha256sum --check` does.

    Raises:
        RefusedError: one is not, or is missing.

    """
    for line in (bundle / DIGESTS).read_text(encoding="utf-8").splitlines():
        expected, _, name = line.partition("  ")
        file = bundle / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != expected:
            raise RefusedError(f"{name} is not the wheel that {DIGESTS} names", file=file, hint="make the bundle anew")
