"""A bundle installed as its image would install it, into a new environment that is then moved elsewhere."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError
from dagster_commons.plans.bundle_texts import DIGESTS, REQUIREMENTS, WHEELHOUSE, WHEELS
from dagster_commons.probe.environments import python_of
from dagster_commons.proof.bytecode import share_bytecode
from dagster_commons.proof.closures import site_packages
from dagster_commons.proof.contents import digest_of
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
    python = _third_party(bundle, interpreter, made)
    wheels = sorted(f"{WHEELS}/{each.file_name}" for each in bundle.wheels)
    uv(directory, "pip", "install", "--python", str(python), "--no-index", "--no-deps", *wheels)
    uv(directory, "pip", "check", "--python", str(python))
    elsewhere = at / "elsewhere" / "venv"
    elsewhere.parent.mkdir()
    made.rename(elsewhere)
    python = python_of(elsewhere)
    if compiled is not None:
        share_bytecode(compiled, site_packages(python))
    return python


class SharedBases:
    """Environments with the third-party packages of bundles alone, below `at`: one for all with the same requirements.

    A process that imports Dagster there once can take the snapshots of all of them.
    """

    def __init__(self, at: Path) -> None:
        self._at = at
        self._made: dict[str, Path] = {}
        self._making = threading.Lock()

    def python(self, bundle: Bundle, interpreter: Path, *, compiled: Path | None) -> Path:
        """The Python of the environment for `bundle`.

        Raises:
            ToolError: something cannot be installed.

        """
        requirements = (bundle.directory / REQUIREMENTS).read_bytes()
        key = digest_of((os.fsencode(interpreter), requirements))
        with self._making:
            if key not in self._made:
                made = _third_party(bundle, interpreter, self._at / key[:16])
                if compiled is not None:
                    share_bytecode(compiled, site_packages(made))
                self._made[key] = made
            return self._made[key]


def _third_party(bundle: Bundle, interpreter: Path, at: Path) -> Path:
    """The Python of the new environment `at` with what `requirements.txt` names."""
    directory, python = bundle.directory, python_of(at)
    uv(directory, "venv", "--quiet", "--relocatable", "--no-project", "--python", str(interpreter), str(at))
    source = (*OFFLINE, WHEELHOUSE) if bundle.plan.is_vendored else ()
    into = ("--python", str(python))
    uv(directory, "pip", "install", *into, *source, "--no-deps", "--require-hashes", "-r", REQUIREMENTS)
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
