"""Bundles of every source: whole without the development tree, the same bytes each time, refused when tampered with."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundles import SOURCES, bundle, by_index, by_path, bytes_of, evaluate, install
from dagster_commons.plans.bundle_texts import install_commands
from dagster_commons.tools.git import git
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("local_remotes")

KINDS = {"git": ("git", "git"), "index": ("index", "index"), "member": ("member", "member")}


@pytest.mark.parametrize("source", SOURCES)
def test_a_bundle_needs_nothing_of_the_tree_that_it_was_made_in(tmp_path: Path, source: str) -> None:
    root = SOURCES[source](tmp_path / "work/root")

    said = bundle(root, "-l", "sales", "-o", str(tmp_path / "bundle"))

    assert said.exit_code == 0, said.err
    document = json.loads((tmp_path / "bundle/bundle.json").read_text())
    kinds = {each["name"]: each["source"] for each in document["first_party"]}
    kind_of_base, kind_of_shared = KINDS.get(source, (source, source))
    assert kinds == {
        "base": kind_of_base,
        "dagster-commons-bundle-versions": "commons",
        "sales": "location",
        "shared": kind_of_shared,
    }
    (tmp_path / "work").rename(tmp_path / "gone")
    (tmp_path / "bundle").rename(tmp_path / "moved")
    install(tmp_path / "moved", tmp_path / "environment")
    found = evaluate(tmp_path / "environment", "i.import_module('sales.definitions').defs", tmp_path)
    assert found == "('0.2.0', '0.3.0')"
    place = evaluate(tmp_path / "environment", "i.import_module('shared').__file__", tmp_path)
    assert place.startswith(f"{tmp_path / 'environment'}/")


@pytest.mark.parametrize("source", SOURCES)
def test_two_runs_give_the_same_bytes_whatever_directory_time_and_umask(tmp_path: Path, source: str) -> None:
    first = SOURCES[source](tmp_path / "work/root")
    (tmp_path / "work").rename(tmp_path / "other-place")
    shutil.copytree(tmp_path / "other-place", tmp_path / "work", symlinks=True)
    second = tmp_path / "other-place/root"
    for each in second.rglob("*.py"):
        os.utime(each, (1_000_000_000, 1_000_000_000))
        each.chmod(0o664)

    assert bundle(first, "-l", "sales").exit_code == 0
    assert bundle(second, "-l", "sales", "-o", "elsewhere").exit_code == 0

    assert bytes_of(second / "elsewhere") == bytes_of(first / "dist/bundles/sales")


def test_what_the_description_says_is_what_is_there(tmp_path: Path) -> None:
    root = by_path(tmp_path / "root")
    (root / "shared/src/shared/new.py").write_text("")

    said = bundle(root, "-l", "sales", "--format", "json")

    document = json.loads((root / "dist/bundles/sales/bundle.json").read_text())
    assert {each["path"]: each["sha256"] for each in document["files"]} == {
        name: digest for name, digest in bytes_of(root / "dist/bundles/sales").items() if name != "bundle.json"
    }
    assert {each["name"]: each["dirty"] for each in document["first_party"]} == {
        "base": False,
        "dagster-commons-bundle-versions": False,
        "sales": False,
        "shared": True,
    }
    assert str(tmp_path) not in (root / "dist/bundles/sales/bundle.json").read_text()
    (printed,) = json.loads(said.out)["bundles"]
    assert [printed.pop(key) for key in ("verdict", "pex", "image")] == [None, None, None]
    assert (printed.pop("outcome"), printed.pop("directory")) == ("applied", "dist/bundles/sales")
    assert len(printed.pop("warnings")) == 1  # the base is a tag
    assert {"format": 1, **printed} == document
    assert git(root, "status", "--porcelain").text == "?? shared/src/shared/new.py\n"


def test_the_dockerfile_runs_the_commands_that_the_tests_run(tmp_path: Path) -> None:
    root = by_path(tmp_path / "root")
    assert bundle(root, "-l", "sales", "--base-image", "registry.example/python@sha256:" + "a" * 64).exit_code == 0

    text = (root / "dist/bundles/sales/Dockerfile").read_text()

    assert all(each in text for each in install_commands(is_vendored=False))
    assert f"FROM registry.example/python@sha256:{'a' * 64} AS base\n" in text
    assert 'LABEL dagster-commons.module.shared.version="0.2.0"\n' in text
    assert text.endswith('"-p", "4000", "-m", "sales.definitions"]\n')


def test_package_data_and_extras_come_along_and_groups_do_not(tmp_path: Path) -> None:
    root = by_path(tmp_path / "root")
    project = root / "sales/pyproject.toml"
    text = project.read_text().replace('"shared"', '"shared[more]"')
    project.write_text(text + '\n[dependency-groups]\ndev = ["other"]\n')
    module = root / "shared/pyproject.toml"
    module.write_text(module.read_text() + '\n[project.optional-dependencies]\nmore = ["extra"]\n')
    for name in ("extra", "other"):
        shutil.copytree(root / "base", root / name)
        (root / name / "src/base").rename(root / name / f"src/{name}")
        file = root / name / "pyproject.toml"
        file.write_text(file.read_text().replace('"base"', f'"{name}"'))
    module.write_text(_with_source(module.read_text(), 'extra = { path = "../extra" }'))
    project.write_text(_with_source(project.read_text(), 'other = { path = "../other" }'))
    uv(root / "sales", "lock")

    said = bundle(root, "-l", "sales")

    assert said.exit_code == 0, said.err
    names = {each.name.partition("-")[0] for each in (root / "dist/bundles/sales/wheels").iterdir()}
    assert names == {"base", "dagster_commons_bundle_versions", "extra", "sales", "shared"}
    wheel = next((root / "dist/bundles/sales/wheels").glob("shared-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("shared/data/greeting.txt") == b"hello"


def _with_source(text: str, line: str) -> str:
    return text.replace("[tool.uv.sources]\n", f"[tool.uv.sources]\n{line}\n")


@pytest.mark.parametrize("what", ["wheel", "digest", "wheel and digest of another"])
def test_a_bundle_that_was_tampered_with_is_not_installed(tmp_path: Path, what: str) -> None:
    root = by_path(tmp_path / "root")
    assert bundle(root, "-l", "sales").exit_code == 0
    made = root / "dist/bundles/sales"
    wheel, digests = next(made.glob("wheels/shared-*.whl")), made / "wheels.sha256"
    if what == "digest":
        digests.write_text(digests.read_text().replace(hashlib.sha256(wheel.read_bytes()).hexdigest(), "0" * 64))
    else:
        wheel.write_bytes(wheel.read_bytes() + b"\0")

    with pytest.raises(subprocess.CalledProcessError) as refused:
        install(made, tmp_path / "environment")

    assert "sha256sum" in str(refused.value)


@pytest.mark.network
@pytest.mark.parametrize("is_vendored", [pytest.param(False, marks=pytest.mark.matrix), True])
def test_a_tampered_requirement_is_not_installed(tmp_path: Path, *, is_vendored: bool) -> None:
    root = _with_third_party(tmp_path / "root", "iniconfig==2.0.0")
    said = bundle(root, "-l", "sales", *(("--vendor-all",) if is_vendored else ()))
    assert said.exit_code == 0, said.err
    made = root / "dist/bundles/sales"
    requirements = made / "requirements.txt"
    whole = requirements.read_text()

    requirements.write_text(whole.replace("iniconfig==2.0.0", "iniconfig==1.1.1"))
    with pytest.raises(subprocess.CalledProcessError):
        install(made, tmp_path / "refused", is_vendored=is_vendored)

    requirements.write_text(whole)
    install(made, tmp_path / "accepted", is_vendored=is_vendored)
    assert evaluate(tmp_path / "accepted", "i.import_module('iniconfig').__name__", tmp_path) == "iniconfig"


def _with_third_party(root: Path, requirement: str) -> Path:
    by_path(root)
    project = root / "sales/pyproject.toml"
    project.write_text(project.read_text().replace('"shared"', f'"shared",\n    "{requirement}"'))
    uv(root / "sales", "lock")
    return root


def test_an_earlier_bundle_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    root = by_index(tmp_path / "root")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file.txt").write_text("mine")

    said = bundle(root, "-l", "sales", "-o", str(tmp_path / "mine"))
    assert (said.exit_code, [each.name for each in (tmp_path / "mine").iterdir()]) == (1, ["file.txt"])
    assert "is there already and is no bundle" in said.err

    place = tmp_path / "bundle"
    assert bundle(root, "-l", "sales", "-o", str(place)).exit_code == 0
    (place / "leftover").touch()
    assert bundle(root, "-l", "sales", "-o", str(place)).exit_code == 0
    assert not (place / "leftover").exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bundle", "mine", "root", "root-wheels"]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    root = by_path(tmp_path / "root")

    said = bundle(root, "-l", "sales", "--dry-run")

    assert said.exit_code == 0, said.err
    assert "shared  path, built from shared" in said.out
    assert not (root / "dist").exists()
    (document,) = json.loads(bundle(root, "-l", "sales", "--dry-run", "--format", "json").out)["bundles"]
    assert document["outcome"] == "planned"
    assert [each["name"] for each in document["first_party"]] == ["base", "sales", "shared"]
