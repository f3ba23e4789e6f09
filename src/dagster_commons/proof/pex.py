"""A bundle as one executable file (PEX), built from its directory and proven as Dagster+ Serverless would run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.plans.bundle_texts import REQUIREMENTS, WHEELHOUSE, WHEELS
from dagster_commons.probe.environments import python_of
from dagster_commons.proof.bundle_proof import Elsewhere, compared_elsewhere, interpreter_for
from dagster_commons.tools.builds import SOURCE_DATE_EPOCH
from dagster_commons.tools.cache import cache_directory
from dagster_commons.tools.process import Command, run
from dagster_commons.tools.scratch import scratch_directory
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.bundle import Bundle
    from dagster_commons.model.definitions import Snapshot
    from dagster_commons.model.verdicts import LocationVerdict
    from dagster_commons.proof.bundle_proof import Proof
    from dagster_commons.proof.materialising import Tree

PEX = "pex==2.105.0"
# What Dagster+ Serverless makes of a PEX before it runs it: an environment with a `pex` program.
UNPACKING = ("venv", "--collisions-ok", "--non-hermetic-scripts")


def build_pex(bundle: Bundle, at: Path) -> Path:
    """The PEX of `bundle`, in the new directory `at`: it acts as a Python with all of the bundle installed.

    Raises:
        RefusedError: it is for a platform or a Python that this machine has not.
        ToolError: something cannot be had.

    """
    interpreter = interpreter_for(bundle.plan)
    at.mkdir(parents=True)
    everything = at / "everything.txt"
    everything.write_text(_everything(bundle), encoding="utf-8")
    pex = at / f"{bundle.directory.name}.pex"
    vendored = ("--no-pypi", "--find-links", WHEELHOUSE) if bundle.plan.is_vendored else ()
    options = (
        *("--venv", "prepend", "--no-transitive", "--include-tools", "--find-links", WHEELS, *vendored),
        *("--python", str(interpreter)),
        *("--python-shebang", f"/usr/bin/env python{bundle.plan.target.python_version}"),
    )
    call = ("tool", "run", "--quiet", "--from", PEX, "pex", *options, "-r", str(everything), "-o", str(pex))
    root = str(cache_directory() / "pex")
    uv(bundle.directory, *call, environment={"SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH, "PEX_ROOT": root})
    return pex


def prove_pex(tree: Tree, bundle: Bundle, pex: Path, defined: Snapshot, proof: Proof) -> LocationVerdict:
    """As `prove_bundle`, of the PEX file: unpacked into an environment, as Dagster+ Serverless does, and booted by it.

    Raises:
        ToolError: it cannot be unpacked.

    """
    with scratch_directory() as at:
        environment = at / "venv"
        root = {"PEX_ROOT": str(at / "root"), "PEX_TOOLS": "1"}
        run(Command(argv=(str(pex), *UNPACKING, str(environment)), cwd=at, environment=root))
        if not python_of(environment).exists():
            raise ToolError(f"{pex.name} does not unpack into an environment")
        there = Elsewhere.below(at, python_of(environment), (str(environment / "pex"), "-m", "dagster"))
        return compared_elsewhere(tree, bundle, there, defined, proof)


def _everything(bundle: Bundle) -> str:
    """`requirements.txt` and the bundle's own wheels, by name and hash: no other file of that name will do."""
    own = "".join(f"{each.name}=={each.version} --hash=sha256:{each.sha256}\n" for each in bundle.wheels)
    return (bundle.directory / REQUIREMENTS).read_text(encoding="utf-8") + own
