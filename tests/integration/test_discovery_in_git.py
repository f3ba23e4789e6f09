"""Discovery in real git repositories: roots, ignored files, nested repositories, submodules."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import add_submodule, commit, draw, make_bare_remote, make_repository, workspace
from dagster_commons.discovery import find_root, read_workspace
from dagster_commons.model.sources import PathSource, SubmoduleSource
from dagster_commons.tools.git import git

PATH = '{ path = "./shared", editable = true }'
MODULE = {
    "pyproject.toml": '[project]\nname = "shared"\nversion = "0.1.3"\n[build-system]\nrequires = ["hatchling"]\n',
    "src/shared/__init__.py": "",
}


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """The bare remote of the shared module."""
    module = make_repository(draw(tmp_path / "upstream/shared", MODULE))
    return make_bare_remote(module, tmp_path / "remotes/shared.git")


@pytest.fixture
def marketing(tmp_path: Path, remote: Path) -> Path:
    """A location in its own repository with the shared module as a submodule, all committed."""
    root = workspace(tmp_path / "marketing").location("marketing", at=".", uses={"shared": PATH}).repository().root
    add_submodule(root, remote, "shared")
    return commit(root, "share")


def test_the_root_is_the_outermost_working_tree(marketing: Path) -> None:
    (marketing / "src/deep").mkdir()
    assert find_root(marketing / "src/deep") == marketing
    assert find_root(marketing / "shared/src") == marketing
    (marketing / "shared/src/pyproject.toml").write_text("")
    assert find_root(marketing / "shared/src") == marketing


def test_a_clone_that_the_outer_repository_ignores_is_its_own_root(tmp_path: Path) -> None:
    outer = make_repository(draw(tmp_path / "outer", {".gitignore": "ignored/\n"}))
    ignored = make_repository(outer / "ignored/clone")
    seen = make_repository(outer / "seen/clone")
    assert find_root(ignored) == ignored
    assert find_root(seen) == outer


def test_a_home_directory_in_git_is_no_root_of_the_clones_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_repository(tmp_path / "home")
    clone = make_repository(home / "code/clone")
    monkeypatch.setenv("HOME", str(home))
    assert find_root(clone) == clone


def test_a_linked_worktree_is_a_working_tree_of_its_own(tmp_path: Path) -> None:
    main = workspace(tmp_path / "main").location("sales").repository().root
    git(main, "worktree", "add", "--quiet", "../linked")
    assert find_root(tmp_path / "linked/sales") == tmp_path / "linked"
    found = read_workspace(tmp_path / "linked")
    assert [each.path for each in found.locations] == [tmp_path / "linked/sales"]
    (repository,) = found.repositories
    assert repository.git_dir == main / ".git/worktrees/linked"


def test_ignored_and_installed_files_are_not_looked_at(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).file(".gitignore", "scratch/\n").location("sales").location("new", at="scratch/new")
    drawing.location("installed", at=".venv/lib/site-packages/installed").repository()
    drawing.location("untracked")
    drawing.location("modelled", at="{{cookiecutter.name}}")
    found = read_workspace(tmp_path)
    assert [each.name for each in found.locations] == ["sales", "untracked"]


def test_a_directory_that_git_ignores_is_walked_when_it_is_the_root(tmp_path: Path) -> None:
    drawing = workspace(tmp_path).file(".gitignore", "scratch/\n").repository().location("new", at="scratch/new")
    assert [each.name for each in read_workspace(drawing.root / "scratch").locations] == ["new"]


def test_a_file_that_is_deleted_but_still_tracked_is_gone(tmp_path: Path) -> None:
    root = workspace(tmp_path).location("sales").location("marketing").repository().root
    shutil.rmtree(root / "sales")
    found = read_workspace(root)
    assert [each.name for each in found.locations] == ["marketing"]
    assert found.findings == ()


def test_repositories_side_by_side_in_a_plain_directory(tmp_path: Path, marketing: Path) -> None:
    workspace(tmp_path / "sales").location("sales", at=".").repository()
    found = read_workspace(tmp_path)
    assert [each.name for each in found.locations] == ["marketing", "sales"]
    assert {each.root.relative_to(tmp_path).as_posix() for each in found.repositories} == {
        "marketing",
        "marketing/shared",
        "sales",
        "upstream/shared",
    }
    (module,) = found.modules
    assert module.project is not None
    assert module.project.directory == tmp_path / "upstream/shared"
    assert marketing.exists()


def test_one_name_in_two_repositories_gets_the_directory(tmp_path: Path) -> None:
    for place in ("east", "west"):
        workspace(tmp_path / place).location("main").repository()
    assert [each.name for each in read_workspace(tmp_path).locations] == ["main@east/main", "main@west/main"]


def test_a_repository_nested_untracked_in_another(tmp_path: Path) -> None:
    root = workspace(tmp_path).location("sales").repository().root
    workspace(root / "side/clone").location("other").repository()
    found = read_workspace(root)
    assert [each.name for each in found.locations] == ["other", "sales"]
    assert [(each.root, each.superproject) for each in found.repositories] == [
        (root, None),
        (root / "side/clone", None),
    ]


def test_a_submodule_use_and_its_repositories(marketing: Path) -> None:
    found = read_workspace(marketing)
    (use,) = found.uses
    checkout = marketing / "shared"
    assert use.source == SubmoduleSource(path=checkout, written="./shared", editable=True, submodule=checkout)
    assert use.state == ("ok",)
    assert [(each.root, each.superproject, each.git_dir) for each in found.repositories] == [
        (marketing, None, marketing / ".git"),
        (checkout, marketing, marketing / ".git/modules/shared"),
    ]
    (declared,) = [source for project in found.projects for source in project.sources]
    assert isinstance(declared.source, SubmoduleSource)


def test_the_states_of_a_submodule_reach_the_use(marketing: Path) -> None:
    (marketing / "shared/src/shared/__init__.py").write_text("changed = True\n")
    commit(marketing / "shared", "work")
    (marketing / "shared/src/shared/more.py").write_text("")
    (use,) = read_workspace(marketing).uses
    assert {"other-commit", "untracked", "ahead"} <= {*use.state}


def test_the_newest_of_a_submodule_is_what_the_modules_own_tree_has(tmp_path: Path, marketing: Path) -> None:
    (alone,) = read_workspace(marketing).uses
    assert alone.available is None  # the checkout itself is not what it could be moved to

    own = draw(tmp_path / "upstream/shared", {"pyproject.toml": MODULE["pyproject.toml"].replace("0.1.3", "0.2.0")})
    found = read_workspace(tmp_path)

    (use,) = found.uses
    assert (use.available, found.modules[0].version) == ("0.2.0", "0.2.0")
    assert found.modules[0].project == found.project_at(own)
    assert [project.version for project in found.projects if project.name == "shared"] == ["0.1.3", "0.2.0"]


def test_a_plain_clone_says_that_the_submodule_is_not_initialised(tmp_path: Path, marketing: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(marketing), str(clone))
    found = read_workspace(clone)
    (use,) = found.uses
    assert isinstance(use.source, SubmoduleSource)
    assert use.state == ("not-initialised",)
    assert [(module.name, module.project) for module in found.modules] == [("shared", None)]


def test_a_project_below_the_submodules_root(tmp_path: Path) -> None:
    files = {f"libs/shared/{path}": text for path, text in MODULE.items()}
    remote = make_bare_remote(make_repository(draw(tmp_path / "upstream", files)), tmp_path / "remote.git")
    path = '{ path = "../vendor/libs/shared" }'
    root = workspace(tmp_path / "root").location("sales", uses={"shared": path}).repository().root
    add_submodule(root, remote, "vendor")
    (use,) = read_workspace(root).uses
    assert use.source == SubmoduleSource(
        path=root / "vendor/libs/shared", written="../vendor/libs/shared", editable=False, submodule=root / "vendor"
    )


def test_a_path_within_a_submodule_is_a_path_for_what_lies_in_it(tmp_path: Path) -> None:
    inner = workspace(tmp_path / "inner").module("shared").location("sales", uses={"shared": '{ path = "../shared" }'})
    remote = make_bare_remote(inner.repository().root, tmp_path / "remote.git")
    root = make_repository(tmp_path / "root")
    add_submodule(root, remote, "inner")
    (use,) = read_workspace(root).uses
    assert isinstance(use.source, PathSource)
    assert use.location == "sales"


def test_nested_submodules(tmp_path: Path, remote: Path) -> None:
    middle = make_repository(draw(tmp_path / "middle", {"README": ""}))
    add_submodule(middle, remote, "shared")
    middle_remote = make_bare_remote(commit(middle, "nest"), tmp_path / "middle.git")
    path = '{ path = "./middle/shared" }'
    root = workspace(tmp_path / "root").location("sales", at=".", uses={"shared": path}).repository().root
    add_submodule(root, middle_remote, "middle")
    (use,) = read_workspace(root).uses
    assert isinstance(use.source, SubmoduleSource)
    assert (use.source.submodule, use.state) == (root / "middle", ("not-initialised",))

    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive")
    found = read_workspace(root)
    assert found.uses[0].state == ("ok",)
    assert root / "middle/shared" in {each.root for each in found.repositories}


def test_a_broken_gitmodules_is_a_finding(marketing: Path) -> None:
    with (marketing / ".gitmodules").open("a") as stream:
        stream.write("[submodule\n")
    found = read_workspace(marketing)
    assert [each.name for each in found.locations] == ["marketing"]
    (finding,) = found.findings
    assert (finding.file, finding.line) == (marketing / ".gitmodules", 4)


def test_a_repository_that_git_refuses_is_a_finding_and_is_walked(tmp_path: Path) -> None:
    root = workspace(tmp_path).location("sales").repository().root
    (root / ".git/config").write_text("[core\n")
    found = read_workspace(root)
    assert [each.name for each in found.locations] == ["sales"]
    (finding,) = found.findings
    assert (finding.rule, finding.file) == ("FILE001", root)


def test_names_with_spaces_and_umlauts(tmp_path: Path) -> None:
    root = workspace(tmp_path / "Verkäufe im Süden").location("sales", at="äpfel und birnen").repository().root
    (location,) = read_workspace(root).locations
    assert (location.name, location.path) == ("äpfel und birnen", root / "äpfel und birnen")


@pytest.mark.parametrize(
    ("remote_url", "modules"),
    [
        ("git@git.example.com:acme/finance.git", ["own"]),
        ("https://git.example.com/else/finance.git", []),
        ("/srv/git/finance.git", ["own", "theirs"]),
        (None, ["own", "theirs"]),
    ],
)
@pytest.mark.parametrize("is_linked", [False, True])
def test_packages_from_the_git_of_others_are_third_party(
    tmp_path: Path, *, remote_url: str | None, modules: list[str], is_linked: bool
) -> None:
    git_sources = {
        "own": '{ git = "https://git.example.com/acme/own" }',
        "theirs": '{ git = "https://git.example.com/numbers/theirs", tag = "v1" }',
    }
    root = workspace(tmp_path / "root").location("finance", uses=git_sources).repository().root
    if remote_url is not None:
        git(root, "remote", "add", "origin", remote_url)
    if is_linked:
        git(root, "worktree", "add", "--quiet", "../linked")
        root = tmp_path / "linked"
    assert [use.module for use in read_workspace(root).uses] == modules


def test_reading_leaves_no_trace_in_the_repository(marketing: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path(marketing).rglob("*")}
    read_workspace(marketing)
    assert {path: path.stat().st_mtime_ns for path in Path(marketing).rglob("*")} == before
