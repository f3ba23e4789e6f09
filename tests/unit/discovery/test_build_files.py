"""Which files `check` reads beside the Workspace, and that a broken one is a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.discovery.build_files import kind_of
from dagster_commons.discovery.evidence import read_evidence

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/Dockerfile", "dockerfile"),
        ("Dockerfile.dev", "dockerfile"),
        ("a/b.dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        (".dockerignore", "dockerignore"),
        ("Dockerfile.dockerignore", "dockerignore"),
        (".github/workflows/ci.yml", "github"),
        ("action.yml", "github"),
        (".gitlab-ci.yml", "gitlab"),
        (".circleci/config.yml", "ci"),
        ("x/dagster_cloud.yaml", "cloud"),
        ("requirements-dev.txt", "requirements"),
        ("pip.conf", "pip"),
        (".env.production", "env"),
        ("scripts/build.sh", "script"),
        ("Makefile", "script"),
        ("docker-compose.override.yml", "compose"),
        ("x/pyproject.toml", "pyproject"),
        ("src/a.py", None),
        ("workflows/ci.yml", None),
    ],
)
def test_kinds(path: str, kind: str | None) -> None:
    assert kind_of(path) == kind


def test_what_git_does_not_ignore_is_read_and_the_repository_settings_too(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).location("sales").file("sales/Dockerfile", "FROM x\n").file(".gitignore", "dist/\n")
    drawing.file("dist/Dockerfile", "FROM y\n").file(".github/workflows/a.yml", "jobs: {}\n").repository()
    files = read_evidence(tmp_path).files
    found = [(each.path.relative_to(tmp_path).as_posix(), each.kind) for each in files]
    assert found == [
        (".git/config", "git-config"),
        (".github/workflows/a.yml", "github"),
        (".gitignore", "gitignore"),
        ("sales/Dockerfile", "dockerfile"),
        ("sales/pyproject.toml", "pyproject"),
    ]


def test_without_git_the_files_of_every_directory_are_read(tmp_path: Path) -> None:
    workspace(tmp_path).location("sales").file("sales/Dockerfile", "FROM x\n")
    assert [each.kind for each in read_evidence(tmp_path).files] == ["dockerfile", "pyproject"]


def test_a_broken_file_is_a_finding(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).location("sales").file(".github/workflows/a.yml", "jobs: [\n  }\n")
    drawing.repository()
    evidence = read_evidence(tmp_path)
    assert [(each.rule, each.line) for each in evidence.workspace.findings] == [("FILE001", 2)]
