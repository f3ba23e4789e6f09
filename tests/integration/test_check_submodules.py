"""What `check` says of submodules, each state and each CI file made for real."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from builders import project_text
from dagster_commons.discovery.evidence import read_evidence
from dagster_commons.rules.checking import check
from git_fixtures import add_submodule, clone, commit, git, init, push_to, remote, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("local_remotes")

TODAY = datetime.date(2026, 6, 1)
DG = '[tool.dg]\ndirectory_type = "project"\n\n[tool.dg.project]\nroot_module = "app"\n'
APP = project_text("app", version="0.1.0", uses={"shared": '{ path = "./shared", editable = true }'}, more=DG)
MODULE = {"pyproject.toml": project_text("shared", version="0.1.0", uses={}), "src/shared/__init__.py": ""}
CHECKOUT = "jobs:\n  test:\n    steps:\n      - uses: actions/checkout@v4\n{with_}      - run: uv sync --locked\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A code location in a repository of its own, with the module as a submodule at release v0.1.0."""
    shared = remote(tmp_path / "shared.git", MODULE)
    git(shared, "tag", "v0.1.0", "main")
    made = init(tmp_path / "app", {"pyproject.toml": APP, "src/app/__init__.py": "import shared\n"})
    add_submodule(made, shared, "shared")
    return made


def found(root: Path) -> list[tuple[str, str | None, int | None]]:
    findings = check(read_evidence(root), select=("SUB",), today=TODAY).findings
    return [(each.rule, each.file.name if each.file else None, each.line) for each in findings]


def nothing(app: Path) -> None:
    assert (app / "shared/pyproject.toml").is_file()


def dirty(app: Path) -> None:
    write(app / "shared/pyproject.toml", "changed = true\n")


def untracked(app: Path) -> None:
    write(app / "shared/new.py", "")


def not_initialised(app: Path) -> None:
    git(app, "submodule", "--quiet", "deinit", "--force", "shared")


def on_no_remote(app: Path) -> None:
    commit(app / "shared", {"local.txt": "x"})
    git(app / "shared", "tag", "v0.2.0")
    git(app / "shared", "tag", "-d", "v0.2.0")
    git(app, "commit", "--quiet", "--all", "--message", "local")


def other_commit(app: Path) -> None:
    push_to(app.parent / "shared.git", {"newer.txt": "x"})
    git(app / "shared", "pull", "--quiet", "origin", "main")


def no_release(app: Path) -> None:
    other_commit(app)
    git(app, "commit", "--quiet", "--all", "--message", "newer")


def elsewhere(app: Path) -> None:
    git(app / "shared", "remote", "set-url", "origin", "https://git.example.com/elsewhere.git")


def no_gitlink(app: Path) -> None:
    git(app, "rm", "--cached", "--quiet", "shared")


def no_entry(app: Path) -> None:
    (app / ".gitmodules").unlink()


def left_over(app: Path) -> None:
    add_submodule(app, app.parent / "shared.git", "a/copy")
    git(app, "rm", "--quiet", "a/copy")
    git(app, "commit", "--quiet", "--message", "gone")


def nested(app: Path) -> None:
    inner = remote(app.parent / "inner.git")
    add_submodule(app.parent / "shared.git-seed", inner, "inner")
    git(app.parent / "shared.git-seed", "push", "--quiet", "origin", "HEAD:main")
    git(app / "shared", "pull", "--quiet", "origin", "main")
    git(app, "commit", "--quiet", "--all", "--message", "nested")


def ci_without(app: Path) -> None:
    commit(app, {".github/workflows/ci.yml": CHECKOUT.format(with_="")})


def ci_with(app: Path) -> None:
    commit(app, {".github/workflows/ci.yml": CHECKOUT.format(with_="        with: { submodules: recursive }\n")})


def gitlab_without(app: Path) -> None:
    commit(app, {".gitlab-ci.yml": "test:\n  script:\n    - uv sync --locked\n"})
    git(app, "config", "-f", ".gitmodules", "submodule.shared.url", "https://git.example.com/shared.git")
    git(app, "config", "submodule.shared.url", "https://git.example.com/shared.git")
    git(app / "shared", "remote", "set-url", "origin", "https://git.example.com/shared.git")


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        (nothing, []),
        (dirty, [("SUB004", ".gitmodules", 2)]),
        (untracked, [("SUB004", ".gitmodules", 2)]),
        (not_initialised, [("SUB001", "pyproject.toml", 6)]),
        (on_no_remote, [("SUB002", "pyproject.toml", 6), ("SUB013", ".gitmodules", 2)]),
        (other_commit, [("SUB003", "pyproject.toml", 6)]),
        (no_release, [("SUB013", ".gitmodules", 2)]),
        (elsewhere, [("SUB006", ".gitmodules", 2)]),
        (no_gitlink, [("SUB008", ".gitmodules", 2)]),
        (no_entry, [("SUB007", ".gitmodules", None)]),
        (left_over, [("SUB014", "copy", None)]),
        (nested, [("SUB009", ".gitmodules", 2), ("SUB013", ".gitmodules", 2)]),
        (ci_without, [("SUB010", "ci.yml", 4), ("SUB011", ".gitmodules", 2)]),  # the remote is a directory here
        (ci_with, [("SUB011", ".gitmodules", 2)]),
        (gitlab_without, [("SUB010", ".gitlab-ci.yml", 2)]),
    ],
)
def test_each_state_has_its_rule(
    app: Path, happens: Callable[[Path], None], expected: list[tuple[str, str | None, int | None]]
) -> None:
    happens(app)
    assert found(app) == expected


def test_a_shallow_submodule_says_what_cannot_be_told(app: Path) -> None:
    git(app, "config", "-f", ".gitmodules", "submodule.shared.url", f"file://{app.parent / 'shared.git'}")
    git(app, "commit", "--quiet", "--all", "--message", "url")
    git(app.parent / "shared.git", "tag", "-d", "v0.1.0")
    copy = clone(app, app.parent / "copy")
    git(copy, "submodule", "--quiet", "update", "--init", "--depth", "1")
    checked = check(read_evidence(copy), select=("SUB",), today=TODAY)
    assert [each.rule for each in checked.findings] == ["SUB005"]
    assert [(each.rule, each.reason) for each in checked.skipped] == [
        ("SUB013", "shared is shallow: its tags are not here")
    ]
