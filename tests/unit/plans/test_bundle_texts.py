"""What a bundle's server is told to load, and the texts that say so."""

from __future__ import annotations

import pytest

from dagster_commons.errors import RefusedError
from dagster_commons.model.workspace import Target
from dagster_commons.plans.bundle_texts import digest_lines, require_hashes, server_command, target_module

INSTALLED = frozenset({"sales/__init__.py", "sales/definitions.py", "sales/defs/assets.py"})
SERVER = ("dagster", "api", "grpc", "-h", "0.0.0.0", "-p", "4000")  # noqa: S104 - in a container


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target(kind="module", value="sales.definitions"), ("-m", "sales.definitions")),
        (Target(kind="module", value="sales", attribute="make"), ("-m", "sales", "-a", "make")),
        (Target(kind="package", value="sales.defs"), ("--package-name", "sales.defs")),
        (Target(kind="autoload", value="sales.defs"), ("--autoload-defs-module-name", "sales.defs")),
        (Target(kind="file", value="src/sales/definitions.py"), ("-m", "sales.definitions")),
        (Target(kind="file", value="./sales/__init__.py", attribute="defs"), ("-m", "sales", "-a", "defs")),
    ],
)
def test_what_is_served(target: Target, expected: tuple[str, ...]) -> None:
    assert server_command(target, target_module(target, INSTALLED)) == (*SERVER, *expected)


@pytest.mark.parametrize(
    "target",
    [
        Target(kind="module", value="sales.other"),
        Target(kind="module", value="sale"),
        Target(kind="file", value="repo.py"),
        Target(kind="autoload", value="finance.defs"),
    ],
)
def test_what_no_wheel_installs(target: Target) -> None:
    with pytest.raises(RefusedError, match="is in no wheel of the bundle"):
        target_module(target, INSTALLED)


def test_a_server_that_runs_elsewhere() -> None:
    with pytest.raises(RefusedError, match="nothing to bundle"):
        server_command(Target(kind="grpc", value="sales:4000"), "sales")


def test_digests_as_sha256sum_reads_them() -> None:
    assert digest_lines([("wheels/b.whl", "2" * 64), ("wheels/a.whl", "1" * 64)]) == (
        f"{'1' * 64}  wheels/a.whl\n{'2' * 64}  wheels/b.whl\n"
    )


def test_a_requirement_without_a_hash_is_refused() -> None:
    hashed = "dagster==1.0 ; python_version < '4' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    require_hashes(hashed)
    with pytest.raises(RefusedError, match=r"the lock has no hash of bare==1\.0, third==2\.0, so"):
        require_hashes(f"third==2.0 ; python_version < '4'\n{hashed}bare==1.0\n")
