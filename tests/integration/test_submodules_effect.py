"""A submodule's appearance, disappearance and move carried into the user's tree, and taken back from every point."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import RefusedError, StalePlanError, ToolError
from dagster_commons.model.plan import AddSubmodule, RemoveSubmodule, SubmoduleEffect
from dagster_commons.proof.twin import Twin, build_twin, submodule_effect
from dagster_commons.tools.submodule_effect import (
    CopyTree,
    CreateCheckout,
    Fetch,
    MoveCheckout,
    MovePath,
    Operation,
    SetIndexEntry,
    WriteBytes,
    from_json,
    invert,
    is_done,
    lock_files,
    perform,
    primitive_operations,
    to_json,
)
from dagster_commons.tools.submodules import add_submodule, remove_submodule, submodule_states, submodules
from git_fixtures import add_submodule as add_with_git
from git_fixtures import clone, commit, git, head, init, push_to, remote, write

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("local_remotes")


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    return remote(tmp_path / "shared.git")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A repository with work in progress, staged and not."""
    repository = init(tmp_path / "app", {"README.md": "app\n", "kept.txt": "x\n"})
    write(repository / "README.md", "changed\n")
    write(repository / "staged.txt", "new\n")
    git(repository, "add", "staged.txt")
    return repository


def with_submodule(app: Path, shared: Path, path: str = "libs/shared") -> Path:
    git(app, "stash", "--quiet")
    submodule = add_with_git(app, shared, path)
    git(app, "stash", "pop", "--quiet", "--index")
    return submodule


def twin_of(app: Path) -> Twin:
    return build_twin(app, [app], [], app.parent / "twin")


def added(app: Path, url: Path | str, path: str = "libs/shared", **more: str) -> SubmoduleEffect:
    twin = twin_of(app)
    add_submodule(AddSubmodule(repository=twin.inside(app), path=twin.inside(app / path), url=str(url), **more))
    return effect_of(twin, app, path)


def removed(app: Path, path: str = "libs/shared") -> SubmoduleEffect:
    twin = twin_of(app)
    remove_submodule(RemoveSubmodule(repository=twin.inside(app), path=twin.inside(app / path)))
    return effect_of(twin, app, path)


def moved(app: Path, to: str, path: str = "libs/shared") -> SubmoduleEffect:
    twin = twin_of(app)
    inside = twin.inside(app / path)
    git(inside, "fetch", "--quiet", "--tags", "origin")
    git(inside, "checkout", "--quiet", "--detach", to)
    git(inside, "submodule", "--quiet", "update", "--init", "--recursive")
    git(twin.inside(app), "add", path)
    return effect_of(twin, app, path)


def effect_of(twin: Twin, app: Path, path: str) -> SubmoduleEffect:
    effect = submodule_effect(twin, app, app / path)
    assert effect is not None
    return effect


def backup_of(app: Path) -> Path:
    return app / ".git/dagster-commons/backups/000001"


def apply(effect: SubmoduleEffect) -> tuple[Operation, ...]:
    operations = primitive_operations(effect, backup_of(effect.repository))
    for operation in operations:
        perform(operation)
    for operation in operations:
        assert is_done(operation), operation
    return operations


def take_back(operations: tuple[Operation, ...]) -> None:
    for operation in reversed(operations):
        perform(invert(operation))


def picture(app: Path) -> dict[str, object]:
    """Everything that tells one state of a superproject from another."""
    return {
        "gitmodules": (app / ".gitmodules").read_bytes() if (app / ".gitmodules").exists() else None,
        "config": sorted(git(app, "config", "--list", "--local").splitlines()),
        "index": git(app, "ls-files", "-s"),
        "unrefreshed": git(app, "diff-files", "--raw", "--ignore-submodules=none"),
        "status": git(app, "status", "--porcelain=v2", "--branch", "--ignored"),
        "submodules": git(app, "submodule", "status", "--recursive"),
        "heads": [(each.relative_path, head_of(each.path)) for each in submodules(app) if each.is_initialised],
        "git_dirs": sorted(
            (file.relative_to(app).as_posix(), sorted(git(app, "config", "-f", str(file), "--list").splitlines()))
            for file in (app / ".git/modules").rglob("config")
        ),
        "files": sorted(
            each.relative_to(app).as_posix() for each in app.rglob("*") if ".git" not in each.relative_to(app).parts
        ),
        "references": [git(each.path, "for-each-ref") for each in submodules(app) if each.is_initialised],
    }


def head_of(repository: Path) -> str:
    return (Path(git(repository, "rev-parse", "--absolute-git-dir").strip()) / "HEAD").read_text()


def test_an_added_submodule_is_what_git_would_have_added(app: Path, shared: Path, tmp_path: Path) -> None:
    by_git = tmp_path / "by-git/app"
    shutil.copytree(app, by_git, symlinks=True)
    apply(added(app, shared))
    git(by_git, "submodule", "--quiet", "add", str(shared), "libs/shared")
    git(by_git, "status")  # lets the copied index know the copied files
    assert picture(app) == picture(by_git)
    assert (app / "libs/shared/.git").read_bytes() == (by_git / "libs/shared/.git").read_bytes()


def test_an_added_submodule_works_afterwards(app: Path, shared: Path, tmp_path: Path) -> None:
    apply(added(app, shared))
    shutil.rmtree(tmp_path / "twin")
    assert submodule_states(app, submodules(app)) == {app / "libs/shared": ("ok",)}
    newer = push_to(shared, {"newer.txt": "x"})
    git(app / "libs/shared", "fetch", "--quiet")
    assert git(app / "libs/shared", "rev-parse", "origin/main").strip() == newer
    git(app, "submodule", "--quiet", "update", "--remote")
    assert head(app / "libs/shared") == newer
    git(app / "libs/shared", "fsck", "--strict")
    git(app, "commit", "--quiet", "--all", "--message", "share")
    copy = clone(app, tmp_path / "copy", "--recurse-submodules")
    assert (copy / "libs/shared/newer.txt").exists()
    git(app, "rm", "--quiet", "libs/shared")


def test_added_at_an_older_commit_beside_another(app: Path, shared: Path, tmp_path: Path) -> None:
    with_submodule(app, remote(tmp_path / "other.git"), "libs/other")
    old = head(shared)
    push_to(shared, {"newer.txt": "x"})
    apply(added(app, shared, commit=old))
    assert head(app / "libs/shared") == old
    assert (app / "libs/other/README.md").exists()
    assert git(app, "ls-files", "-s", "libs/shared").split()[1] == old


def test_added_with_submodules_of_its_own(app: Path, shared: Path, tmp_path: Path) -> None:
    middle = init(tmp_path / "middle")
    add_with_git(middle, shared, "inner")
    before = picture(app)
    operations = apply(added(app, middle, "middle"))
    shutil.rmtree(tmp_path / "twin")
    assert (app / "middle/inner/README.md").exists()
    assert git(app, "status", "--porcelain", "middle") == "A  middle\n"
    git(app / "middle/inner", "fetch", "--quiet")
    take_back(operations)
    assert picture(app) == before


def test_added_in_a_linked_worktree(app: Path, shared: Path, tmp_path: Path) -> None:
    side = tmp_path / "deeper/side"
    git(app, "worktree", "add", "--quiet", "-b", "side", str(side))
    twin = build_twin(side, [side], [], tmp_path / "twin")
    add_submodule(AddSubmodule(repository=twin.inside(side), path=twin.inside(side / "shared"), url=str(shared)))
    effect = effect_of(twin, side, "shared")
    for operation in primitive_operations(effect, tmp_path / "backup"):
        perform(operation)
    assert git(side, "status", "--porcelain") == "A  .gitmodules\nA  shared\n"
    assert git(side / "shared", "rev-parse", "--show-toplevel").strip() == str(side / "shared")
    assert (app / ".git/worktrees/side/modules/shared").is_dir()


def test_a_leftover_git_directory_makes_room_and_comes_back(app: Path, shared: Path, tmp_path: Path) -> None:
    with_submodule(app, remote(tmp_path / "elsewhere.git"))
    git(app, "rm", "--quiet", "libs/shared")
    leftover = (app / ".git/modules/libs/shared/config").read_text()
    before = picture(app)
    operations = apply(added(app, shared))
    assert (app / ".git/modules/libs/shared/config").read_text() != leftover
    take_back(operations)
    assert (app / ".git/modules/libs/shared/config").read_text() == leftover
    assert picture(app) == before


def test_an_added_submodule_reads_no_objects_of_others(app: Path, shared: Path, tmp_path: Path) -> None:
    with_submodule(app, shared)
    git(app, "rm", "--quiet", "libs/shared")
    git(app, "config", "submodule.alternateLocation", "superproject")
    apply(added(app, shared))
    shutil.rmtree(tmp_path / "twin")
    shutil.rmtree(backup_of(app))
    assert not (app / ".git/modules/libs/shared/objects/info/alternates").exists()
    git(app / "libs/shared", "fsck", "--strict")


def test_a_leftover_git_directory_with_work_is_not_touched(app: Path, shared: Path, tmp_path: Path) -> None:
    commit(with_submodule(app, remote(tmp_path / "elsewhere.git")), {"local.txt": "x"})
    git(app, "rm", "--quiet", "--force", "libs/shared")
    with pytest.raises(RefusedError, match="is left over from a submodule"):
        primitive_operations(added(app, shared), backup_of(app))


def test_a_removed_submodule_leaves_nothing_and_comes_back_whole(app: Path, shared: Path) -> None:
    before_it = picture(app)
    submodule = with_submodule(app, shared)
    write(app / ".git/modules/libs/shared/info/exclude", "*.pyc\n")
    write(submodule / "cache.pyc", "ignored, and kept\n")
    git(app, "config", "submodule.libs/shared.ignore", "dirty")
    before = picture(app)
    operations = apply(removed(app))
    after = picture(app)
    for each in ("gitmodules", "config", "submodules", "git_dirs", "files"):
        assert after[each] == before_it[each]
    assert not (app / ".git/modules").exists()
    take_back(operations)
    assert picture(app) == before
    assert (submodule / "cache.pyc").exists()


def old_style(app: Path) -> None:
    """The git directory inside the work tree, as before git 1.7.8."""
    submodule = app / "libs/shared"
    (submodule / ".git").unlink()
    shutil.move(app / ".git/modules/libs/shared", submodule / ".git")
    git(app, "config", "-f", "libs/shared/.git/config", "--unset", "core.worktree")
    shutil.rmtree(app / ".git/modules")


def not_initialised(app: Path) -> None:
    git(app, "submodule", "--quiet", "deinit", "libs/shared")


def never_cloned(app: Path) -> None:
    not_initialised(app)
    shutil.rmtree(app / ".git/modules")


@pytest.mark.parametrize("happens", [old_style, not_initialised, never_cloned])
def test_other_forms_are_removed_and_come_back(app: Path, shared: Path, happens: Callable[[Path], None]) -> None:
    with_submodule(app, shared)
    happens(app)
    before = picture(app)
    operations = apply(removed(app))
    assert not (app / "libs").exists()
    assert not (app / ".git/modules").exists()
    take_back(operations)
    assert picture(app) == before


def test_a_moved_submodule_needs_no_network(app: Path, shared: Path, tmp_path: Path) -> None:
    submodule = with_submodule(app, shared)
    git(submodule, "branch", "mine")
    newer = push_to(shared, {"newer.txt": "x", "README.md": "newer\n"})
    git(shared, "tag", "v2", newer)
    before = picture(app)
    effect = moved(app, newer)
    shared.rename(tmp_path / "gone.git")
    operations = apply(effect)
    assert not any(isinstance(each, MovePath | CopyTree | CreateCheckout) for each in operations)
    assert head(submodule) == newer
    assert (submodule / "README.md").read_text() == "newer\n"
    assert git(app, "ls-files", "-s", "libs/shared").split()[1] == newer
    assert submodule_states(app, submodules(app)) == {submodule: ("ok",)}
    assert git(submodule, "rev-parse", "mine", "v2").split() == [effect.before.commit if effect.before else "", newer]
    take_back(operations)
    assert picture(app) == before


def test_a_move_follows_the_submodules_inside(app: Path, shared: Path, tmp_path: Path) -> None:
    middle = init(tmp_path / "middle")
    add_with_git(middle, shared, "inner")
    submodule = with_submodule(app, middle, "middle")
    git(app, "submodule", "--quiet", "update", "--init", "--recursive")
    inner_commit = push_to(shared, {"newer.txt": "x"})
    git(middle / "inner", "pull", "--quiet")
    git(middle, "commit", "--quiet", "--all", "--message", "inner")
    add_with_git(middle, remote(tmp_path / "second.git"), "libs/second")
    before = picture(app)
    effect = moved(app, head(middle), "middle")
    middle.rename(tmp_path / "gone")
    operations = apply(effect)
    assert head(submodule / "inner") == inner_commit
    assert (submodule / "libs/second/README.md").exists()
    assert git(app, "status", "--porcelain", "middle") == "M  middle\n"
    take_back(operations)
    after = picture(app)
    assert after["heads"] == before["heads"]
    assert after["status"] == before["status"]
    assert head(submodule / "inner") != inner_commit


def test_a_submodule_with_changes_is_not_moved(app: Path, shared: Path) -> None:
    submodule = with_submodule(app, shared)
    effect = moved(app, push_to(shared, {"newer.txt": "x"}))
    write(submodule / "README.md", "changed\n")
    with pytest.raises(RefusedError, match="has changed files"):
        primitive_operations(effect, backup_of(app))


def test_replaced_by_another_at_the_same_place(app: Path, shared: Path, tmp_path: Path) -> None:
    with_submodule(app, shared)
    other = remote(tmp_path / "other.git")
    twin = twin_of(app)
    inside, path = twin.inside(app), twin.inside(app / "libs/shared")
    remove_submodule(RemoveSubmodule(repository=inside, path=path))
    add_submodule(AddSubmodule(repository=inside, path=path, url=str(other)))
    before = picture(app)
    operations = apply(effect_of(twin, app, "libs/shared"))
    assert submodules(app)[0].url == str(other)
    assert submodule_states(app, submodules(app)) == {app / "libs/shared": ("ok",)}
    take_back(operations)
    assert picture(app) == before


def adding(app: Path, shared: Path) -> SubmoduleEffect:
    return added(app, shared)


def removing(app: Path, shared: Path) -> SubmoduleEffect:
    with_submodule(app, shared)
    return removed(app)


def moving(app: Path, shared: Path) -> SubmoduleEffect:
    with_submodule(app, shared)
    return moved(app, push_to(shared, {"newer.txt": "x", "README.md": "newer\n"}))


@pytest.mark.parametrize("kind", [adding, removing, moving])
def test_taken_back_from_every_point_by_what_stands_in_the_journal(
    app: Path, shared: Path, kind: Callable[[Path, Path], SubmoduleEffect]
) -> None:
    effect = kind(app, shared)
    before = picture(app)
    operations = primitive_operations(effect, backup_of(app))
    journal = [json.dumps(to_json(each, lambda path: path.relative_to(app.parent).as_posix())) for each in operations]
    for reached in range(len(operations) + 1):
        for operation in operations[:reached]:
            perform(operation)
            perform(operation)
            assert is_done(operation)
        # The next one was begun: performed just before the kill, or not at all.
        for begun in (operations[: reached + 1], operations[:reached]):
            for operation in begun[reached:]:
                perform(operation)
            read = [from_json(json.loads(line), lambda text: app.parent / text) for line in journal[: reached + 1]]
            assert read == list(operations[: reached + 1])
            for operation in reversed(read):
                perform(invert(operation))
                perform(invert(operation))
            assert picture(app) == before
            shutil.rmtree(backup_of(app), ignore_errors=True)
            for operation in operations[:reached]:
                perform(operation)
        take_back(operations[:reached])
        shutil.rmtree(backup_of(app), ignore_errors=True)


def test_undone_and_done_again(app: Path, shared: Path) -> None:
    operations = apply(added(app, shared))
    after = picture(app)
    take_back(operations)
    for operation in reversed(tuple(invert(each) for each in reversed(operations))):
        perform(invert(operation))
    assert picture(app) == after


def torn_copy(operation: CopyTree) -> None:
    partial = operation.destination.with_name(f".{operation.destination.name}.commons-part")
    write(partial / "HEAD", "half")


def torn_checkout(operation: CreateCheckout) -> None:
    write(operation.worktree / "README.md", "half")


@pytest.mark.parametrize(("kind", "torn"), [(CopyTree, torn_copy), (CreateCheckout, torn_checkout)])
def test_a_torn_addition_is_taken_back_or_completed(
    app: Path, shared: Path, kind: type[Operation], torn: Callable[[Operation], None]
) -> None:
    before = picture(app)
    operations = primitive_operations(added(app, shared), backup_of(app))
    index = next(number for number, each in enumerate(operations) if isinstance(each, kind))
    for operation in operations[:index]:
        perform(operation)
    torn(operations[index])
    assert not is_done(operations[index])
    take_back(operations[: index + 1])
    assert picture(app) == before
    for operation in operations[:index]:
        perform(operation)
    torn(operations[index])
    for operation in operations[index:]:
        perform(operation)
    assert all(is_done(each) for each in operations)


def torn_move(app: Path, shared: Path) -> tuple[MoveCheckout, Path]:
    effect = moving(app, shared)
    operations = primitive_operations(effect, backup_of(app))
    move = next(each for each in operations if isinstance(each, MoveCheckout))
    for operation in operations[: operations.index(move)]:
        perform(operation)
    write(effect.path / "newer.txt", "x")
    write(effect.path / "README.md", "new")
    return move, effect.path


def test_a_torn_move_is_taken_back(app: Path, shared: Path) -> None:
    move, submodule = torn_move(app, shared)
    perform(invert(move))
    assert git(submodule, "status", "--porcelain") == ""
    assert git(submodule, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert not (submodule / "newer.txt").exists()


def test_a_torn_move_is_completed(app: Path, shared: Path) -> None:
    move, submodule = torn_move(app, shared)
    perform(move)
    assert git(submodule, "status", "--porcelain") == ""
    assert head(submodule) == move.after


def test_a_users_edit_in_the_way_of_a_move_is_kept(app: Path, shared: Path) -> None:
    operations = apply(moving(app, shared))
    move = next(each for each in operations if isinstance(each, MoveCheckout))
    write(app / "libs/shared/README.md", "mine\n")
    with pytest.raises(StalePlanError, match=r"README\.md was changed"):
        perform(invert(move))
    assert (app / "libs/shared/README.md").read_text() == "mine\n"


def test_work_done_in_an_added_submodule_is_kept_when_it_is_taken_back(app: Path, shared: Path) -> None:
    operations = apply(added(app, shared))
    commit(app / "libs/shared", {"local.txt": "mine\n"})
    checkout = next(each for each in operations if isinstance(each, CreateCheckout))
    assert not is_done(checkout)
    take_back(operations)
    assert (checkout.set_aside / "local.txt").read_text() == "mine\n"


@pytest.mark.parametrize(
    "happens",
    [
        lambda app: write(app / "libs/shared/file.txt", "x"),
        lambda app: write(app / ".gitmodules", "# mine\n"),
        lambda app: git(app, "update-index", "--add", "--cacheinfo", f"160000,{head(app)},libs/shared"),
    ],
)
def test_a_repository_that_changed_meanwhile(app: Path, shared: Path, happens: Callable[[Path], object]) -> None:
    effect = added(app, shared)
    happens(app)
    with pytest.raises(StalePlanError, match="has changed since the plan was made"):
        primitive_operations(effect, backup_of(app))


def test_changes_of_others_are_not_overwritten(app: Path, shared: Path) -> None:
    operations = apply(added(app, shared))
    write(app / ".gitmodules", "# mine\n")
    git(app, "update-index", "--cacheinfo", f"160000,{head(app)},libs/shared")
    for kind in (WriteBytes, SetIndexEntry):
        with pytest.raises(StalePlanError, match="by somebody else meanwhile"):
            perform(invert([each for each in operations if isinstance(each, kind)][-1]))
    assert (app / ".gitmodules").read_text() == "# mine\n"


def test_two_submodules_of_one_plan(app: Path, shared: Path, tmp_path: Path) -> None:
    twin = twin_of(app)
    for path, url in (("one", shared), ("two", remote(tmp_path / "other.git"))):
        add_submodule(AddSubmodule(repository=twin.inside(app), path=twin.inside(app / path), url=str(url)))
    before = picture(app)
    effects = [effect_of(twin, app, path) for path in ("one", "two")]
    operations = tuple(each for effect in effects for each in primitive_operations(effect, backup_of(app)))
    for operation in operations:
        perform(operation)
    assert sorted(git(app, "submodule", "status").split()[1::3]) == ["one", "two"]
    take_back(operations)
    assert picture(app) == before


def move_between(one: Path, other: Path) -> MovePath:
    return MovePath(
        source=one / "inner/tree", destination=other / "inner/tree", source_root=one, destination_root=other
    )


@pytest.fixture
def other_file_system(tmp_path: Path) -> Path:
    memory = Path("/dev/shm")  # noqa: S108 - the one other file system that is always there on Linux
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("one file system only")
    place = memory / f"commons-{tmp_path.name}-{tmp_path.stat().st_ino}"
    place.mkdir()
    try:
        yield place
    finally:
        shutil.rmtree(place)


@pytest.mark.parametrize("interrupted", ["copying", "before-the-swap", "within-the-swap", "removing", "not"])
@pytest.mark.parametrize("is_taken_back", [True, False])
def test_a_move_to_another_file_system_survives_a_kill(
    tmp_path: Path, other_file_system: Path, interrupted: str, *, is_taken_back: bool
) -> None:
    here = tmp_path / "here"
    write(here / "inner/tree/sub/file.txt", "x")
    move = move_between(here, other_file_system)
    partial, trash = move.destination.with_name(".tree.commons-part"), move.source.with_name(".tree.commons-part")
    if interrupted == "copying":
        write(partial / "sub/file.txt", "")
    elif interrupted == "not":
        perform(move)
    else:
        shutil.copytree(move.source, partial)
    if interrupted in {"within-the-swap", "removing"}:
        move.source.rename(trash)
    if interrupted == "removing":
        partial.rename(move.destination)
        (trash / "sub/file.txt").unlink()
    last = invert(move) if is_taken_back else move
    assert is_done(last) is (interrupted == "not" and not is_taken_back)
    perform(last)
    assert is_done(last)
    present, absent = (here, other_file_system) if is_taken_back else (other_file_system, here)
    assert (present / "inner/tree/sub/file.txt").read_text() == "x"
    assert [each.name for each in (present / "inner").iterdir()] == ["tree"]
    assert list(absent.iterdir()) == []


def test_a_move_never_replaces_what_is_there(tmp_path: Path) -> None:
    write(tmp_path / "a/inner/tree/file.txt", "x")
    write(tmp_path / "b/inner/tree/file.txt", "y")
    with pytest.raises(ToolError, match="is in the way"):
        perform(move_between(tmp_path / "a", tmp_path / "b"))


def test_the_locks_of_a_killed_git_can_be_named(app: Path, shared: Path) -> None:
    operations = primitive_operations(moving(app, shared), backup_of(app))
    names = {file.relative_to(app).as_posix() for each in operations for file in lock_files(each)}
    assert {".git/index.lock", ".git/modules/libs/shared/index.lock"} <= names
    fetch = next(each for each in operations if isinstance(each, Fetch))
    assert fetch.git_dir / "refs/remotes/origin/main.lock" in lock_files(fetch)
