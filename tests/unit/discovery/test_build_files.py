"""Which files `check` reads beside the Workspace, and that a broken one is a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.discovery.build_files import kind_of
from dagster_commons.discovery.evidence import read_evidence

if TYPE_CHECKING:
    from pathlib import Path


LOCK = (
    'version = 1\nrevision = 3\nrequires-python = ">=3.10"\n\n'
    '[[package]]\nname = "sales"\nversion = "0.1.0"\nsource = { editable = "." }\n'
)


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


def test_a_script_may_have_any_encoding_and_a_tracked_file_may_be_gone(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).location("sales").file("gone.sh", "true\n").file("sales/Dockerfile", "FROM x\n")
    drawing.repository()
    (tmp_path / "gone.sh").unlink()
    (tmp_path / "build.sh").write_bytes("echo \u00e9\n".encode("latin-1") + b"uv sync --frozen\n")
    evidence = read_evidence(tmp_path)
    assert evidence.workspace.findings == ()
    [script] = evidence.of_kind("script")
    assert [each.line for each in script.commands] == [1, 2]


def test_evidence_finds_files_projects_and_locks_by_their_place(tmp_path: Path) -> None:
    workspace(tmp_path).location("sales").file("sales/uv.lock", LOCK).repository()
    evidence = read_evidence(tmp_path)
    lock, project = evidence.lock_of("sales"), evidence.project_at(tmp_path / "sales")
    assert lock is not None
    assert lock.names() == ("sales",)
    assert project is not None
    assert project.name == "sales"
    assert evidence.lock_of("nobody") is None
    assert evidence.file(tmp_path / "sales/pyproject.toml") is not None
    assert {str(tmp_path / "sales/src"), str(tmp_path / "sales/uv.lock")} <= evidence.listed


def test_code_is_read_once_and_again_when_it_changes(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).location("sales").repository()
    file = tmp_path / "sales/src/sales/definitions.py"

    def imported() -> list[str]:
        [found] = [each for each in read_evidence(tmp_path).sources if each.path == file]
        return [found.unread or "", *(each.package for each in found.imports)]

    assert imported() == ["", "dagster"]
    drawing.file("sales/src/sales/definitions.py", "import shared\n")
    assert imported() == ["", "shared"]
    drawing.file("sales/src/sales/definitions.py", "def (:\n")
    assert imported()[0].startswith("definitions.py:1 cannot be parsed by Python 3.")
