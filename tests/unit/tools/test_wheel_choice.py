"""The wheel that pip would take, and the requirements that count, on another machine than this one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_commons.model.bundle import BundleTarget, LockedFile
from dagster_commons.tools.wheel_choice import applies, best_wheel, fits

AMD64 = BundleTarget(platform="linux/amd64", python_version="3.12", base="python:3.12-slim")
ARM64 = replace(AMD64, platform="linux/arm64")
OLD = replace(AMD64, python_version="3.10")


@pytest.mark.parametrize(
    ("tags", "target", "expected"),
    [
        (("py3-none-any",), AMD64, "py3-none-any"),
        (("py2.py3-none-any",), OLD, "py2.py3-none-any"),
        (("py3-none-any", "cp312-cp312-manylinux_2_17_x86_64"), AMD64, "cp312-cp312-manylinux_2_17_x86_64"),
        (
            ("cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64",),
            AMD64,
            "cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64",
        ),
        (
            ("cp310-abi3-manylinux_2_28_x86_64", "cp311-cp311-manylinux_2_28_x86_64"),
            AMD64,
            "cp310-abi3-manylinux_2_28_x86_64",
        ),
        (
            ("cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-manylinux_2_17_aarch64"),
            ARM64,
            "cp312-cp312-manylinux_2_17_aarch64",
        ),
        (("cp312-cp312-manylinux_2_17_x86_64",), OLD, None),
        (("cp312-cp312t-manylinux_2_17_x86_64",), AMD64, None),
        (("cp312-cp312-musllinux_1_2_x86_64", "cp312-cp312-win_amd64", "cp312-cp312-macosx_11_0_arm64"), AMD64, None),
        (("cp312-cp312-manylinux_2_99_x86_64",), AMD64, None),
        ((), AMD64, None),
    ],
)
def test_the_best_wheel(tags: tuple[str, ...], target: BundleTarget, expected: str | None) -> None:
    wheels = tuple(LockedFile(name=f"x-1.0-{each}.whl", url="", sha256="") for each in tags)

    found = best_wheel(wheels, target)

    assert (found.name if found is not None else None) == (f"x-1.0-{expected}.whl" if expected else None)


def test_what_is_no_wheel_fits_nowhere() -> None:
    assert not fits("x.whl", AMD64)


@pytest.mark.parametrize(
    ("marker", "target", "expected"),
    [
        (None, AMD64, True),
        ("sys_platform == 'linux'", AMD64, True),
        ("sys_platform == 'win32'", AMD64, False),
        ("platform_machine == 'aarch64'", AMD64, False),
        ("platform_machine == 'aarch64'", ARM64, True),
        ("python_full_version < '3.11'", AMD64, False),
        ("python_full_version < '3.11'", OLD, True),
        ("python_version >= '3.12' and implementation_name == 'cpython'", AMD64, True),
    ],
)
def test_whether_a_requirement_counts(marker: str | None, target: BundleTarget, *, expected: bool) -> None:
    assert applies(marker, target) is expected
