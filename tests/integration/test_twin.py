"""The twin: everything as it is in the user's trees, and nothing of the user's touched."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.plan import AddSubmodule, FileEffect
from dagster_commons.proof.twin import Twin, build_twin, file_effect, submodule_effect
from dagster_commons.tools.submodules import add_submodule, nested, obstacles_to_removal, submodules
from git_fixtures import add_submodule as add_with_git
from git_fixtures import clone, commit, digests, git, head, init, push_to, remote, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("local_remotes")


@pytest.fixture
def at(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere/twin"


def twin_of(at: Path, *repositories: Path, directories: tuple[Path, ...] = ()) -> Twin:
    return build_twin(repositories[0], repositories, directories, at)


def tree(directory: Path) -> dict[str, str]:
    """The working tree without what git keeps."""
    return {name: each for name, each in digests(directory).items() if ".git" not in name.split("/")}


def test_a_working_tree_with_every_kind_of_change(tmp_path: Path, at: Path) -> None:
    app = init(
        tmp_path / "app", {"a.txt": "a\n", "b.txt": "b\n", "gone.txt": "x", "run.sh": "#!/bin/sh\n", "d/e.txt": "e"}
    )
    (app / "run.sh").chmod(0o755)
    (app / "link").symlink_to("a.txt")
    git(app, "add", "--all")
    git(app, "commit", "--quiet", "--message", "more")
    write(app / "a.txt", "staged\n")
    git(app, "add", "a.txt")
    write(app / "a.txt", "staged, then changed\n")
    (app / "gone.txt").unlink()
    write(app / "new file.txt", "untracked")
    write(app / "d/ünïcode.txt", "untracked")
    (app / "d/read-only.txt").touch(mode=0o444)
    expected = tree(app)
    twin = twin_of(at, app)
    assert tree(twin.inside(app)) == expected
    for arguments in (
        ("status", "--porcelain=v2", "--branch"),
        ("diff", "--cached"),
        ("diff",),
        ("log", "--format=%H %D"),
    ):
        assert git(twin.inside(app), *arguments) == git(app, *arguments)


def test_ignored_files_stay_behind_except_what_uv_reads(tmp_path: Path, at: Path) -> None:
    ignored = "uv.lock\n.python-version\n.venv/\n*.pyc\n"
    app = init(tmp_path / "app", {".gitignore": ignored, "sub/pyproject.toml": "x"})
    for name in ("uv.lock", ".venv/big.py", "a.pyc", "sub/uv.lock", "sub/.python-version", "sub/.venv/uv.lock"):
        write(app / name, name)
    names = [name for name in tree(twin_of(at, app).inside(app)) if "." in name]
    assert names == [".gitignore", "sub/.python-version", "sub/pyproject.toml", "sub/uv.lock", "uv.lock"]


def test_directories_and_repositories_keep_their_places(tmp_path: Path, at: Path) -> None:
    one, two = init(tmp_path / "work/one"), init(tmp_path / "work/two")
    plain = tmp_path / "work/plain"
    for name in ("module.py", ".venv/x", "node_modules/x", "deep/__pycache__/x", "deep/code.py", ".git/x"):
        write(plain / name, name)
    (plain / "to-code").symlink_to("deep", target_is_directory=True)
    write(tmp_path / "work/commons.toml", "")
    write(tmp_path / "work/unrelated/file.txt", "")
    write(tmp_path / "uv.toml", "")
    twin = build_twin(tmp_path / "work", [one, two], [plain], at)
    assert (twin.inside(one) / "../two/README.md").resolve() == twin.inside(two / "README.md")
    assert sorted(tree(twin.inside(plain))) == ["deep", "deep/code.py", "module.py", "to-code"]
    assert sorted(each.name for each in twin.inside(tmp_path / "work").iterdir()) == [
        "commons.toml",
        "one",
        "plain",
        "two",
    ]
    assert twin.inside(tmp_path / "uv.toml").exists()
    assert twin.repositories == (one, two)
    assert twin.outside(twin.inside(one / "a/b")) == one / "a/b"
    with pytest.raises(ValueError, match="is not in the subpath"):
        twin.outside(one)


def test_absolute_links_do_not_lead_back(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app")
    (app / "inner").symlink_to(app / "README.md")
    (app / "outer").symlink_to(tmp_path / "outside.txt")
    twin = twin_of(at, app)
    write(twin.inside(app) / "inner", "written in the twin\n")
    assert (app / "README.md").read_text() == "app\n"
    assert (twin.inside(app) / "outer").readlink() == tmp_path / "outside.txt"


def test_a_folder_replaced_by_a_link_and_a_file_by_a_folder(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app", {"folder/file.txt": "x", "file": "x", "target/file.txt": "y"})
    shutil.rmtree(app / "folder")
    (app / "folder").symlink_to("target")
    (app / "file").unlink()
    write(app / "file/inner.txt", "x")
    expected = tree(app)
    assert tree(twin_of(at, app).inside(app)) == expected


def detached(app: Path) -> None:
    git(app, "checkout", "--quiet", "--detach")


def tagged(app: Path) -> None:
    git(app, "tag", "v1")
    git(app, "tag", "-a", "-m", "annotated", "v2")
    git(app, "pack-refs", "--all")


def with_remote(app: Path) -> None:
    git(app, "remote", "add", "origin", "git@git.example.com:acme/app.git")


def stashed(app: Path) -> None:
    for content in ("first\n", "second\n"):
        write(app / "README.md", content)
        git(app, "stash", "--quiet")


def without_commits(app: Path) -> None:
    git(app, "checkout", "--quiet", "--orphan", "fresh")


def sparse(app: Path) -> None:
    commit(app, {"kept/a.txt": "x", "left/b.txt": "x"})
    git(app, "sparse-checkout", "set", "kept")


def split_index(app: Path) -> None:
    git(app, "update-index", "--split-index")


def own_configuration(app: Path) -> None:
    git(app, "config", "core.fsmonitor", "true")
    git(app, "config", "core.worktree", str(app))


@pytest.mark.parametrize(
    "happens", [detached, tagged, with_remote, stashed, without_commits, sparse, split_index, own_configuration]
)
def test_git_says_the_same_in_the_twin(tmp_path: Path, at: Path, happens: Callable[[Path], None]) -> None:
    app = init(tmp_path / "app")
    happens(app)
    twin = twin_of(at, app)
    inside = twin.inside(app)
    assert git(inside, "rev-parse", "--show-toplevel").strip() == str(inside)
    for arguments in (
        ("-c", "core.fsmonitor=false", "status", "--porcelain=v2", "--branch"),
        ("for-each-ref",),
        ("stash", "list"),
        ("ls-files", "-s", "-t"),
    ):
        assert git(inside, *arguments) == git(app, *arguments)
    if happens is with_remote:
        assert git(inside, "remote", "-v") == git(app, "remote", "-v")


@pytest.mark.parametrize("is_bare", [True, False])
def test_a_linked_worktree(tmp_path: Path, at: Path, *, is_bare: bool) -> None:
    main = init(tmp_path / "main")
    if is_bare:
        main = clone(main, tmp_path / "bare.git", "--bare")
    side = tmp_path / "side"
    git(main, "worktree", "add", "--quiet", "-b", "side", str(side))
    add_with_git(side, remote(tmp_path / "shared.git"), "shared")
    write(side / "README.md", "changed\n")
    twin = twin_of(at, side)
    for arguments in (("status", "--porcelain=v2", "--branch"), ("submodule", "status"), ("for-each-ref",)):
        assert git(twin.inside(side), *arguments) == git(side, *arguments)


def test_submodules_with_uncommitted_changes_and_inner_ones(tmp_path: Path, at: Path) -> None:
    middle = init(tmp_path / "middle")
    add_with_git(middle, remote(tmp_path / "inner.git"), "libs/inner")
    app = init(tmp_path / "app")
    add_with_git(app, middle, "middle", "--name", "named otherwise")
    add_with_git(app, remote(tmp_path / "plain.git"), "plain")
    git(app, "submodule", "--quiet", "update", "--init", "--recursive")
    git(app, "submodule", "--quiet", "deinit", "plain")
    write(app / "middle/README.md", "changed\n")
    write(app / "middle/libs/inner/new.txt", "untracked\n")
    commit(app / "middle/libs/inner", {"local.txt": "x"})
    expected = tree(app)
    twin = twin_of(at, app)
    inside = twin.inside(app)
    assert tree(inside) == expected
    assert git(inside, "submodule", "status", "--recursive") == git(app, "submodule", "status", "--recursive")
    assert git(inside, "status", "--porcelain=v2") == git(app, "status", "--porcelain=v2")
    assert [each.git_dir.relative_to(inside).as_posix() for each in nested(inside) if each.is_initialised] == [
        ".git/modules/named otherwise",
        ".git/modules/named otherwise/modules/libs/inner",
    ]
    assert [obstacles_to_removal(each) for each in submodules(inside)] == [
        obstacles_to_removal(each) for each in submodules(app)
    ]
    assert twin.repositories == (app, app / "middle", app / "middle/libs/inner")


def test_an_old_style_submodule_and_an_orphan_are_absorbed(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app")
    init(app / "old")
    git(app, "add", "old")
    write(app / ".gitmodules", f'[submodule "old"]\n\tpath = old\n\turl = {tmp_path}/old.git\n')
    orphan = init(app / "orphan")
    git(app, "update-index", "--add", "--cacheinfo", f"160000,{head(orphan)},orphan")
    twin = twin_of(at, app)
    inside = twin.inside(app)
    assert git(inside, "status", "--porcelain=v2") == git(app, "status", "--porcelain=v2")
    for name in ("old", "orphan"):
        assert (inside / name / ".git").is_file()
        assert (inside / ".git/modules" / name / "HEAD").exists()


def test_a_repository_inside_another_without_being_a_submodule(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app")
    init(app / "embedded")
    twin = twin_of(at, app, app / "embedded")
    assert twin.repositories == (app, app / "embedded")
    assert git(twin.inside(app), "status", "--porcelain") == "?? embedded/\n"
    assert head(twin.inside(app / "embedded")) == head(app / "embedded")


def test_a_submodule_asked_for_without_its_superproject(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app")
    submodule = add_with_git(app, remote(tmp_path / "shared.git"), "shared")
    twin = twin_of(at, submodule)
    assert git(twin.inside(submodule), "rev-parse", "--show-toplevel").strip() == str(twin.inside(submodule))
    assert git(twin.inside(submodule), "status", "--porcelain") == ""


def test_the_users_repositories_stay_byte_for_byte(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app", {"a.txt": "a", "b.txt": "b"})
    shared = remote(tmp_path / "shared.git")
    add_with_git(app, shared, "shared")
    os.utime(app / "a.txt")  # a status that may write would now refresh the index
    write(app / "b.txt", "changed")
    before = digests(app)
    twin = twin_of(at, app)
    inside = twin.inside(app)
    commit(inside / "shared", {"in-the-twin.txt": "x"})
    git(inside, "fetch", "--quiet", "--all", "--recurse-submodules")
    other = remote(tmp_path / "other.git")
    add_submodule(AddSubmodule(repository=inside, path=inside / "other", url=str(other)))
    git(inside, "commit", "--quiet", "--all", "--message", "in the twin")
    git(inside, "gc", "--quiet", "--prune=now")
    submodule_effect(twin, app, app / "other")
    twin.remove()
    assert not at.exists()
    assert digests(app) == before


def test_relative_urls_without_a_remote_mean_the_users_neighbours(tmp_path: Path, at: Path) -> None:
    app, shared = init(tmp_path / "app"), remote(tmp_path / "shared.git")
    inside = twin_of(at, app).inside(app)
    add_submodule(AddSubmodule(repository=inside, path=inside / "shared", url="../shared.git"))
    assert git(inside / "shared", "remote", "get-url", "origin").strip() == str(shared)


def test_effects_on_files(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app", {"changed.txt": "old", "removed.txt": "x", "same.txt": "x"})
    (app / "changed.txt").chmod(0o640)
    twin = twin_of(at, app)
    inside = twin.inside(app)
    write(inside / "changed.txt", "new")
    (inside / "changed.txt").chmod(0o600)
    (inside / "removed.txt").unlink()
    write(inside / "sub/created.txt", "x").chmod(0o755)
    paths = [app / name for name in ("changed.txt", "removed.txt", "sub/created.txt", "same.txt", "never.txt")]
    assert [file_effect(twin, path) for path in paths] == [
        FileEffect(path=paths[0], before=b"old", after=b"new", mode=0o640),
        FileEffect(path=paths[1], before=b"x", after=None),
        FileEffect(path=paths[2], before=None, after=b"x", mode=0o755),
        None,
        None,
    ]


def test_effects_on_submodules(tmp_path: Path, at: Path) -> None:
    app, shared = init(tmp_path / "app"), remote(tmp_path / "shared.git")
    add_with_git(app, shared, "same")
    add_with_git(app, shared, "moved")
    add_with_git(app, shared, "removed")
    newer = push_to(shared, {"newer.txt": "x"})
    twin = twin_of(at, app)
    inside = twin.inside(app)
    git(inside / "moved", "pull", "--quiet")
    git(inside, "add", "moved")
    git(inside, "rm", "--quiet", "removed")
    add_submodule(AddSubmodule(repository=inside, path=inside / "added", url=str(shared)))
    effects = {name: submodule_effect(twin, app, app / name) for name in ("same", "moved", "removed", "added", "never")}
    assert effects["same"] is None
    assert effects["never"] is None
    moved, removed, added = effects["moved"], effects["removed"], effects["added"]
    assert moved is not None
    assert moved.before is not None
    assert moved.after is not None
    assert (moved.before.commit, moved.after.commit) == (head(app / "moved"), newer)
    assert (moved.before.git_dir, moved.after.git_dir) == (app / ".git/modules/moved", inside / ".git/modules/moved")
    assert removed is not None
    assert removed.after is None
    assert added is not None
    assert added.before is None
    assert added.gitmodules_before == (app / ".gitmodules").read_bytes()
    assert added.gitmodules_after == (inside / ".gitmodules").read_bytes()


def test_nothing_is_left_when_it_fails(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app")
    with pytest.raises(ToolError, match="not a git repository"):
        twin_of(at, app, tmp_path)
    assert not at.exists()
    write(app / ".gitmodules", "[broken")
    with pytest.raises(UsageError):
        twin_of(at, app)
    assert not at.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app", {"secret.txt": "x"})
    (app / "secret.txt").chmod(0)
    with pytest.raises(ToolError, match=r"cannot copy .*secret\.txt"):
        twin_of(at, app)


def test_git_need_not_read_the_files_of_the_twin_again(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app", {f"{number}.py": "x = 1\n" for number in range(20)})
    (app / "link").symlink_to("0.py")
    git(app, "add", "link")
    hour_ago = time.time() - 3600
    for path in app.iterdir():
        if path.name != ".git":
            os.utime(path, (hour_ago, hour_ago), follow_symlinks=False)
    git(app, "status")
    inside = twin_of(at, app).inside(app)
    assert git(inside, "diff-files", "--raw") == ""


def test_five_thousand_files_cost_little_more_than_a_plain_copy(tmp_path: Path, at: Path) -> None:
    app = init(tmp_path / "app", {f"p_{number % 100}/m_{number}.py": "x = 1\n" * 100 for number in range(5000)})

    def seconds(copy: Callable[[Path], object], round_number: int) -> float:
        started = time.perf_counter()
        copy(at.with_name(f"copy-{copy.__name__}-{round_number}"))
        return time.perf_counter() - started

    def twin(place: Path) -> None:
        twin_of(place, app)

    def plain(place: Path) -> None:
        shutil.copytree(app, place, ignore=shutil.ignore_patterns(".git"))

    rounds = range(3)
    assert min(seconds(twin, number) for number in rounds) < 3 * min(seconds(plain, number) for number in rounds)
