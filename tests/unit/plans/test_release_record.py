from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_commons.errors import CommonsError, RefusedError, VersionPolicyError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.plan import Plan, WriteFile
from dagster_commons.model.project import Project
from dagster_commons.model.provenance import Tag
from dagster_commons.model.release import Ground, KeptBuild, Release, Remote
from dagster_commons.plans.release_record import is_recorded, release_commit, require_releasable, warnings

ROOT = Path("/repo")
FILE = ROOT / "shared/pyproject.toml"
PROJECT = Project(directory=ROOT / "shared", file=FILE, name="shared", manager="uv")
CORP = EmbeddedRegistry(name="corp", directory=ROOT / "registry")
RELEASE = Release(project=PROJECT, version="0.2.0", registry=CORP)
GROUND = Ground(repository=ROOT, head="1" * 40, branch="main")
EDIT = Plan(title="release", steps=(WriteFile(path=FILE, content=b"new"),))
NOTHING = Plan(title="release", steps=())
TAG = Tag(name="shared-v0.2.0", commit="2" * 40)
OTHER = Tag(name="shared-v0.2.0", commit="3" * 40)
KEPT = KeptBuild(released_on=datetime.date(2026, 1, 2), source="", files=(), written=frozenset({FILE}))


@pytest.mark.parametrize(
    ("release", "ground", "plan"),
    [
        (RELEASE, GROUND, EDIT),
        (RELEASE, None, EDIT),
        (RELEASE, replace(GROUND, branch=None), EDIT),
        (replace(RELEASE, kept=KEPT), replace(GROUND, changed=(FILE,)), NOTHING),
        (RELEASE, replace(GROUND, tags=(TAG,), unchanged_since=frozenset({TAG.name})), NOTHING),
        (RELEASE, replace(GROUND, remote=Remote(name="origin", unread="down")), EDIT),
        (
            RELEASE,
            replace(GROUND, tags=(TAG,), unchanged_since=frozenset({TAG.name}), remote=Remote(name="o", tags=(TAG,))),
            NOTHING,
        ),
    ],
)
def test_what_may_be_released(release: Release, ground: Ground | None, plan: Plan) -> None:
    require_releasable(release, ground, plan)


@pytest.mark.parametrize(
    ("release", "ground", "plan", "kind", "message"),
    [
        (RELEASE, replace(GROUND, obstacle="a merge is not finished"), EDIT, RefusedError, "a merge is not finished"),
        (replace(RELEASE, is_pushed=True), GROUND, EDIT, RefusedError, "no remote to push"),
        (replace(RELEASE, is_pushed=True), None, EDIT, RefusedError, "nothing to push"),
        (
            replace(RELEASE, is_pushed=True),
            replace(GROUND, remote=Remote(name="origin", unread="is down")),
            EDIT,
            RefusedError,
            "could not be pushed: origin is down",
        ),
        (
            replace(RELEASE, is_pushed=True),
            replace(GROUND, remote=Remote(name="origin", refusal="[rejected] (fetch first)")),
            EDIT,
            RefusedError,
            r"origin would not take a push of main: \[rejected\]",
        ),
        (RELEASE, replace(GROUND, changed=(FILE,)), EDIT, RefusedError, "not committed: shared/pyproject.toml"),
        (replace(RELEASE, kept=KEPT), replace(GROUND, changed=(FILE,)), EDIT, RefusedError, "not committed"),
        (
            replace(RELEASE, kept=KEPT),
            replace(GROUND, changed=(FILE, ROOT / "shared/new.py")),
            NOTHING,
            RefusedError,
            "not committed: shared/new.py$",
        ),
        (
            RELEASE,
            replace(GROUND, changed=tuple(ROOT / f"shared/{letter}.py" for letter in "abcde")),
            EDIT,
            RefusedError,
            "shared/a.py, shared/b.py, shared/c.py and 2 more",
        ),
        (RELEASE, replace(GROUND, tags=(TAG,)), NOTHING, VersionPolicyError, "shared-v0.2.0 at 222222222 is not what"),
        (
            RELEASE,
            replace(GROUND, tags=(TAG,), unchanged_since=frozenset({TAG.name})),
            EDIT,
            VersionPolicyError,
            "is tagged already",
        ),
        (
            RELEASE,
            replace(GROUND, remote=Remote(name="origin", tags=(TAG,))),
            EDIT,
            VersionPolicyError,
            "origin has the tag shared-v0.2.0 already, at 222222222, and it is not here",
        ),
        (
            RELEASE,
            replace(
                GROUND, tags=(TAG,), unchanged_since=frozenset({TAG.name}), remote=Remote(name="origin", tags=(OTHER,))
            ),
            NOTHING,
            VersionPolicyError,
            "shared-v0.2.0 at 333333333 on origin is another",
        ),
    ],
)
def test_what_must_not(
    release: Release, ground: Ground | None, plan: Plan, kind: type[CommonsError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        require_releasable(release, ground, plan)


@pytest.mark.parametrize(
    ("directory", "tags", "expected"),
    [
        ("shared", (), "shared-v0.2.0"),
        ("shared", ("shared-0.1.3",), "shared-0.2.0"),
        ("shared", ("v0.1.3",), "shared-v0.2.0"),
        (".", ("v0.1.3",), "v0.2.0"),
        (".", ("0.1.2", "0.1.3"), "0.2.0"),
        (".", ("v0.1.3", "shared-v0.1.4"), "shared-v0.2.0"),
        (".", (), "shared-v0.2.0"),
        ("shared", ("shared/v0.1.3",), "shared-v0.2.0"),
        ("shared", ("v0.2.0",), "v0.2.0"),  # it is there: the release is made from it
    ],
)
def test_the_name_of_the_tag(directory: str, tags: tuple[str, ...], expected: str) -> None:
    project = replace(PROJECT, directory=ROOT / directory)
    ground = replace(GROUND, tags=tuple(Tag(name=each, commit="1" * 40) for each in tags))

    assert release_commit(replace(RELEASE, project=project), ground, NOTHING).tag == expected


def test_what_is_committed_and_pushed() -> None:
    left = ROOT / "shared/CHANGELOG.md"
    ground = replace(GROUND, changed=(left,), remote=Remote(name="upstream"))

    commit = release_commit(replace(RELEASE, is_pushed=True), ground, EDIT)

    assert (commit.files, commit.message) == ((left, FILE), "Release shared 0.2.0")
    assert (commit.push_to, commit.branch) == ("upstream", "main")
    assert release_commit(RELEASE, ground, EDIT).push_to is None


def test_when_git_has_all_of_it() -> None:
    tagged = replace(GROUND, tags=(TAG,), unchanged_since=frozenset({TAG.name}))

    assert is_recorded(RELEASE, tagged, NOTHING)
    assert not is_recorded(RELEASE, tagged, EDIT)
    assert not is_recorded(RELEASE, replace(tagged, changed=(FILE,)), NOTHING)
    assert not is_recorded(RELEASE, replace(tagged, unchanged_since=frozenset()), NOTHING)
    pushed = replace(RELEASE, is_pushed=True)
    assert not is_recorded(pushed, replace(tagged, remote=Remote(name="origin")), NOTHING)
    assert is_recorded(pushed, replace(tagged, remote=Remote(name="origin", tags=(TAG,))), NOTHING)


def test_what_a_reader_is_warned_of() -> None:
    odd = replace(
        GROUND, is_on_remote=False, branch=None, is_shallow=True, remote=Remote(name="origin", unread="is down")
    )

    said = tuple(warnings(odd, is_pushed=False))

    assert [
        word for word in ("no remote of", "detached", "shallow", "it is down") if not any(word in each for each in said)
    ] == []
    assert not any("no remote of" in each for each in warnings(odd, is_pushed=True))
    assert tuple(warnings(GROUND, is_pushed=False)) == ()
    assert "no git repository" in "".join(warnings(None, is_pushed=False))
