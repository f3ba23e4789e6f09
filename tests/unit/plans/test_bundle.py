"""What goes into a bundle: built, fetched, or left to the image build."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.bundle import (
    BuiltFromDirectory,
    BuiltFromGit,
    BundlePlan,
    BundleRequest,
    FetchedRelease,
    GitRevision,
    LockedDistribution,
    LockedFile,
)
from dagster_commons.model.configuration import Configuration, RemoteRegistry
from dagster_commons.model.project import DeclaredIndex
from dagster_commons.model.workspace import Repository, Workspace
from dagster_commons.plans.bundle import Surroundings, bundle_plan
from drawn_uses import INDEX, PATH, ROOT, project, submodule_in, use, workspace

SALES = replace(project("sales", "0.1.0", "acme-sales"), requires_python=">=3.10")
OWN = LockedDistribution(name="acme-sales", directory=".")
AROUND = Surroundings(platform="linux/amd64")
PUBLIC = "https://public.example/simple"


def released(name: str, *tags: str, index: str = PUBLIC, is_source_there: bool = True) -> LockedDistribution:
    wheels = tuple(LockedFile(name=f"{name}-1.0-{tag}.whl", url=f"{index}/{name}-{tag}", sha256="") for tag in tags)
    sdist = LockedFile(name=f"{name}-1.0.tar.gz", url="https://f/s", sha256="") if is_source_there else None
    return LockedDistribution(name=name, version="1.0", index=index, wheels=wheels, sdist=sdist)


def planned(
    *locked: LockedDistribution, drawn: Workspace | None = None, asked: BundleRequest | None = None
) -> BundlePlan:
    given = drawn or workspace(use("sales", PATH), projects=(SALES,))
    return bundle_plan(given, given.locations[0], (OWN, *locked), asked or BundleRequest(), AROUND)


def test_each_kind_of_first_party_code() -> None:
    member = replace(project("libs", "1", "libs"), uv_root=ROOT / "sales")
    drawn = workspace(use("sales", PATH), use("sales", INDEX), projects=(SALES, member, project("sales/shared", "1")))
    drawn = replace(
        drawn,
        repositories=(
            Repository(root=ROOT, git_dir=ROOT / ".git"),
            Repository(root=ROOT / "sales/shared", git_dir=ROOT / ".git/modules/shared", superproject=ROOT),
        ),
    )
    revision = GitRevision(url="https://g/tools", commit="c0ffee")

    plan = planned(
        LockedDistribution(name="base", directory="../packages/base"),
        LockedDistribution(name="libs", directory="../libs"),
        LockedDistribution(name="nested", directory="shared"),
        LockedDistribution(name="tools", version="1.0", git=revision),
        released("shared", "py3-none-any"),
        released("dagster", "py3-none-any"),
        drawn=drawn,
    )

    assert plan.first_party == (
        BuiltFromDirectory(name="acme-sales", kind="location", directory=ROOT / "sales"),
        BuiltFromDirectory(name="base", kind="path", directory=ROOT / "packages/base"),
        BuiltFromDirectory(name="libs", kind="member", directory=ROOT / "libs"),
        BuiltFromDirectory(name="nested", kind="submodule", directory=ROOT / "sales/shared"),
        FetchedRelease(name="shared", version="1.0", wheel=released("shared", "py3-none-any").wheels[0]),
        BuiltFromGit(name="tools", revision=revision),
    )
    assert [each.name for each in plan.third_party] == ["dagster"]
    assert plan.left_out == ("acme-sales", "base", "libs", "nested", "shared", "tools")


@pytest.mark.parametrize(
    ("index", "name"),
    [("https://corp.example/simple/", "corp"), ("https://extra.example/simple", "extra"), (PUBLIC, None)],
)
def test_what_an_image_builds_pip_does_not_ask_is_fetched(index: str, name: str | None) -> None:
    corp = RemoteRegistry(name="corp", kind="simple", index_url="https://corp.example/simple")
    declared = (
        DeclaredIndex(name="extra", url="https://extra.example/simple/"),
        DeclaredIndex(name="mirror", url=PUBLIC, default=True),
    )
    drawn = workspace(use("sales", PATH), projects=(replace(SALES, indexes=declared),))
    drawn = replace(drawn, configuration=Configuration(registries=(corp,)))

    plan = planned(released("torch", "py3-none-any", index=index), drawn=drawn)

    fetched = [each for each in plan.first_party if isinstance(each, FetchedRelease)]
    assert [each.index_name for each in fetched] == ([name] if name is not None else [])
    assert [each.name for each in plan.third_party] == ([] if name is not None else ["torch"])


def test_a_file_on_another_host_gets_no_credentials_of_the_index() -> None:
    corp = RemoteRegistry(name="corp", kind="simple", index_url="https://corp.example/simple")
    drawn = workspace(use("sales", PATH), projects=(SALES,))
    drawn = replace(drawn, configuration=Configuration(registries=(corp,)))
    torch = released("torch", "py3-none-any", index=corp.index_url)
    elsewhere = replace(torch.wheels[0], url="https://elsewhere.example/torch.whl")

    plan = planned(replace(torch, wheels=(elsewhere,)), drawn=drawn)

    assert [each.index_name for each in plan.first_party if isinstance(each, FetchedRelease)] == [None]


def test_markers_count_on_the_target() -> None:
    marker = "sys_platform == 'win32'"
    revision = GitRevision(url="https://g/tools", commit="c0ffee")
    other = LockedDistribution(name="winshared", directory="../winshared", marker=marker)
    tools = LockedDistribution(name="tools", version="1.0", git=revision, marker=marker)
    native = replace(released("shared", "cp312-cp312-win_amd64"), marker=marker)

    plan = planned(
        other, tools, native, replace(released("colorama", "py3-none-any"), marker="sys_platform == 'win32'")
    )

    assert [each.name for each in plan.first_party] == ["acme-sales"]
    assert plan.third_party == ()
    assert plan.left_out == ("acme-sales", "shared", "tools", "winshared")


def test_without_a_wheel_the_image_build_compiles_and_a_wheelhouse_cannot() -> None:
    native = released("native", "cp312-cp312-win_amd64")

    assert (
        "no wheel for linux/amd64, Python 3.12, so that the image build compiles: native 1.0"
        in planned(native).warnings
    )
    with pytest.raises(RefusedError, match=r"no wheel for linux/amd64, Python 3\.12: native 1\.0"):
        planned(native, asked=BundleRequest(is_vendored=True))
    with pytest.raises(RefusedError, match=r"no wheel for linux/amd64, Python 3\.12: native 1\.0"):
        planned(replace(native, sdist=None))
    with pytest.raises(RefusedError, match=r"shared 1\.0 has no wheel"):
        planned(released("shared", "cp312-cp312-win_amd64"))


def test_a_wheelhouse_has_the_best_wheel_of_each() -> None:
    plan = planned(
        released("x", "cp312-cp312-manylinux_2_17_aarch64", "cp312-cp312-manylinux_2_17_x86_64"),
        asked=BundleRequest(is_vendored=True, platform="linux/arm64"),
    )

    assert [each.wheel.name for each in plan.vendored] == ["x-1.0-cp312-cp312-manylinux_2_17_aarch64.whl"]


@pytest.mark.parametrize(
    ("requires", "pin", "asked", "expected"),
    [
        (">=3.10", None, None, "3.12"),
        (">=3.10,<3.12", None, None, "3.11"),
        (">=3.13", None, None, "3.13"),
        (None, None, None, "3.12"),
        (">=3.10", "3.11\n", None, "3.11"),
        (">=3.10", "cpython-3.13.1\n", None, "3.13"),
        (">=3.10", "pypy\n", None, "3.12"),
        (">=3.10", "3.11", "3.10", "3.10"),
    ],
)
def test_the_python_of_the_target(requires: str | None, pin: str | None, asked: str | None, expected: str) -> None:
    drawn = workspace(use("sales", PATH), projects=(replace(SALES, requires_python=requires),))
    around = replace(AROUND, python_pin=pin)

    plan = bundle_plan(drawn, drawn.locations[0], (OWN,), BundleRequest(python_version=asked), around)

    assert (plan.target.python_version, plan.target.base) == (expected, f"python:{expected}-slim")


@pytest.mark.parametrize(("requires", "asked"), [(">=3.12", "3.11"), (">=3.99", None)])
def test_a_python_that_the_project_does_not_admit(requires: str, asked: str | None) -> None:
    drawn = workspace(use("sales", PATH), projects=(replace(SALES, requires_python=requires),))

    with pytest.raises(UsageError, match=f"acme-sales requires Python {requires}"):
        planned(drawn=drawn, asked=BundleRequest(python_version=asked))


def test_a_base_by_digest_needs_no_warning() -> None:
    assert planned(asked=BundleRequest(base=f"acme/base@sha256:{'0' * 64}")).warnings == ()
    assert planned(asked=BundleRequest(base="acme/base:1")).warnings == (
        "acme/base:1 is a tag, which moves; to fix the base: --base-image acme/base:1@sha256:DIGEST",
    )


def test_what_is_strange_about_a_submodule_is_said() -> None:
    drawn = workspace(
        use("sales", submodule_in("sales"), "current", "not-on-remote", "other-commit"), projects=(SALES,)
    )

    said = planned(drawn=drawn).warnings

    assert [each.partition(":")[0] for each in said] == ["shared", "shared", "python"]


def test_a_location_that_is_not_installed() -> None:
    drawn = workspace(use("sales", PATH), projects=(SALES,))

    with pytest.raises(RefusedError, match="is not installed by its own lock"):
        bundle_plan(drawn, drawn.locations[0], (), BundleRequest(), AROUND)
