from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_commons.errors import CommonsError, RefusedError, UsageError
from dagster_commons.model.configuration import Configuration, DefaultSource, EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.plan import Plan, RemoveFile, WriteFile
from dagster_commons.model.project import Project
from dagster_commons.model.release import Release
from dagster_commons.model.sources import IndexSource, PathSource
from dagster_commons.model.workspace import Repository, SharedModule, Use, Workspace
from dagster_commons.plans.release import (
    files_to_read,
    release_plan,
    release_project,
    release_registry,
)

ROOT = Path("/repo")
HERE = ROOT / "shared"
CORP = EmbeddedRegistry(name="corp", directory=ROOT / "registry")
TEAM = RemoteRegistry(name="team", kind="simple", index_url="https://index.example.com/simple/")
PROJECT = Project(directory=HERE, file=HERE / "pyproject.toml", name="shared", manager="uv")
MODULE = SharedModule(name="shared", version="0.1.2", project=PROJECT)
STATIC = b'[project]\r\nname = "shared"\r\nversion = "0.1.2"  # kept\r\n'
DYNAMIC = b"""\
[project]
name = "shared"
dynamic = ["version"]
[build-system]
build-backend = "hatchling.build"
[tool.hatch.version]
path = "src/shared/__init__.py"
"""
DAY = datetime.date(2026, 1, 2)


def workspace(*registries: EmbeddedRegistry | RemoteRegistry, sources: tuple[DefaultSource, ...] = ()) -> Workspace:
    return Workspace(
        root=ROOT,
        configuration=Configuration(registries=registries, sources=sources),
        modules=(MODULE,),
        projects=(PROJECT,),
    )


def plan(
    files: dict[str, bytes], *, version: str = "0.1.3", module: SharedModule = MODULE, found: Workspace | None = None
) -> Plan:
    return release_plan(
        found or workspace(CORP),
        module,
        Release(project=PROJECT, version=version, registry=CORP),
        files={HERE / name: content for name, content in files.items()},
        released_on=DAY,
    )


def written(planned: Plan) -> dict[str, bytes]:
    assert all(isinstance(step, WriteFile) for step in planned.steps)
    return {
        step.path.relative_to(HERE).as_posix(): step.content for step in planned.steps if isinstance(step, WriteFile)
    }


def test_static_version_and_changelog() -> None:
    planned = plan({"pyproject.toml": STATIC, "CHANGELOG.md": b"## [Unreleased]\n- a\n"})

    assert planned.title == "release shared==0.1.3 to corp"
    assert written(planned) == {
        "pyproject.toml": STATIC.replace(b"0.1.2", b"0.1.3"),
        "CHANGELOG.md": b"## [Unreleased]\n\n## [0.1.3] - 2026-01-02\n- a\n",
    }


def test_version_in_the_code() -> None:
    planned = plan({"pyproject.toml": DYNAMIC, "src/shared/__init__.py": b'__version__ = "0.1.2"\n'})

    assert written(planned) == {"src/shared/__init__.py": b'__version__ = "0.1.3"\n'}


def test_which_files_it_needs() -> None:
    assert files_to_read(PROJECT, STATIC.decode()) == (HERE / "CHANGELOG.md",)
    assert files_to_read(PROJECT, DYNAMIC.decode()) == (HERE / "src/shared/__init__.py", HERE / "CHANGELOG.md")


def test_what_is_so_already_is_left_alone() -> None:
    assert plan({"pyproject.toml": STATIC, "CHANGELOG.md": b"## [0.1.2]\n"}, version="0.1.2").steps == ()


def test_fragments_become_the_entry_and_are_removed() -> None:
    files = {"pyproject.toml": STATIC, "changelog.d/7.added.md": b"A factory\n", "changelog.d/b.md": b"- Faster\n"}

    planned = plan(files)

    new = "# Changelog\n\n## [Unreleased]\n\n## [0.1.3] - 2026-01-02\n\n### Added\n\n- A factory\n\n### Changed\n\n- Faster\n"
    changelog = next(step for step in planned.steps if step.path == HERE / "CHANGELOG.md")
    assert changelog == WriteFile(path=HERE / "CHANGELOG.md", content=new.encode())
    assert [step.path.name for step in planned.steps if isinstance(step, RemoveFile)] == ["7.added.md", "b.md"]


def test_users_whose_locks_hold_a_static_version_are_named() -> None:
    by_path = PathSource(path=HERE, written="./shared", editable=True)
    uses = tuple(
        Use(location=name, module="shared", source=source, project=ROOT / name, requirement="shared")
        for name, source in (("sales", by_path), ("finance", IndexSource()), ("crm", by_path))
    )
    found = replace(workspace(CORP), uses=uses)

    (warning,) = plan({"pyproject.toml": STATIC}, found=found).warnings

    assert warning.endswith("commons lock -l crm -l sales")
    assert plan({"pyproject.toml": DYNAMIC, "src/shared/__init__.py": b"VERSION = '1'"}, found=found).warnings == ()


@pytest.mark.parametrize(
    ("files", "kind", "message"),
    [
        ({"pyproject.toml": DYNAMIC}, RefusedError, "the file that holds the version is missing"),
        (
            {"pyproject.toml": DYNAMIC.replace(b"path =", b"source = 'vcs'\npath =")},
            RefusedError,
            "comes from git tags",
        ),
        ({"pyproject.toml": b"[project\n"}, UsageError, "pyproject.toml"),
        ({"pyproject.toml": STATIC, "CHANGELOG.md": b"caf\xe9\n"}, RefusedError, r"not UTF-8 \(byte 3\)"),
    ],
)
def test_versions_that_cannot_be_set(files: dict[str, bytes], kind: type[CommonsError], message: str) -> None:
    with pytest.raises(kind, match=message):
        plan(files)


@pytest.mark.parametrize(
    ("project", "message"),
    [
        (None, "is not here, only its releases"),
        (replace(PROJECT, manager="poetry"), "read, never written"),
        (replace(PROJECT, file=HERE / "setup.py", manager="setup.py"), "cannot be built"),
        (replace(PROJECT, is_package=False), "cannot be built"),
    ],
)
def test_projects_that_are_not_released(project: Project | None, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        release_project(replace(MODULE, project=project))


def test_a_cached_clone_is_not_written() -> None:
    clone = Repository(root=ROOT, git_dir=ROOT / ".git", is_cached_clone=True)

    with pytest.raises(RefusedError, match="cached clone"):
        plan({"pyproject.toml": STATIC}, found=replace(workspace(CORP), repositories=(clone,)))


def test_a_registry_inside_the_module_is_refused() -> None:
    inside = EmbeddedRegistry(name="corp", directory=HERE / "registry")

    with pytest.raises(RefusedError, match="lies inside the project of shared"):
        release_plan(
            workspace(inside),
            MODULE,
            Release(project=PROJECT, version="0.1.3", registry=inside),
            files={PROJECT.file: STATIC},
            released_on=DAY,
        )


VIA_CORP = (DefaultSource(module="shared", via="index", registry="corp"),)


@pytest.mark.parametrize(
    ("found", "named"),
    [
        (workspace(CORP), None),
        (workspace(TEAM, CORP), "corp"),
        (workspace(TEAM, CORP, sources=VIA_CORP), None),
    ],
)
def test_the_registry(found: Workspace, named: str | None) -> None:
    assert release_registry(found, "shared", registry=named) == CORP


@pytest.mark.parametrize(
    ("found", "named", "kind", "message"),
    [
        (workspace(), None, UsageError, "no registry is configured"),
        (workspace(TEAM, CORP), None, UsageError, "say which registry shared is released into: team, corp"),
        (workspace(CORP), "crop", UsageError, "there is no registry `crop`"),
        (workspace(TEAM), None, UsageError, "does not say where registry team takes uploads"),
    ],
)
def test_no_registry(found: Workspace, named: str | None, kind: type[CommonsError], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        release_registry(found, "shared", registry=named)

    assert caught.value.hint
