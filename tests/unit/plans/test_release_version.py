from __future__ import annotations

from pathlib import Path

import pytest

from dagster_commons.errors import CommonsError, RefusedError, UsageError, VersionPolicyError
from dagster_commons.model.provenance import Tag
from dagster_commons.model.release import Bump, Ground, ReleaseRequest
from dagster_commons.model.workspace import SharedModule
from dagster_commons.plans.release_version import baseline, bumped, final_baseline, named_version


def ground(*tags: str, beyond: tuple[str, ...] = (), is_shallow: bool = False) -> Ground:
    """HEAD has `tags` in its history; `beyond` are on other branches."""
    return Ground(
        repository=Path("/repo"),
        head="1" * 40,
        branch="main",
        tags=tuple(Tag(name=each, commit="1" * 40) for each in (*tags, *beyond)),
        reachable=frozenset(tags),
        is_shallow=is_shallow,
    )


def module(version: str | None = "0.1.3") -> SharedModule:
    return SharedModule(name="shared", version=version)


@pytest.mark.parametrize(
    ("version", "bump", "expected"),
    [
        ("0.1.3", "patch", "0.1.4"),
        ("0.1.3", "minor", "0.2.0"),
        ("0.1.3", "major", "1.0.0"),
        ("1", "patch", "1.0.1"),
        ("1.2.3.4", "patch", "1.2.4"),
        ("0.2.0rc1", "patch", "0.2.0"),
        ("0.2.0rc1", "minor", "0.2.0"),
        ("0.2.1rc1", "minor", "0.3.0"),
        ("0.2.0rc1", "major", "1.0.0"),
        ("1.0.0.dev3", "major", "1.0.0"),
        ("0.1.3.post1", "patch", "0.1.4"),
        ("1!0.1.3", "minor", "1!0.2.0"),
    ],
)
def test_bumps(version: str, bump: Bump, expected: str) -> None:
    assert bumped(version, bump) == expected


@pytest.mark.parametrize(
    ("found", "tree", "released", "expected"),
    [
        (ground("shared-v0.1.2", "shared-v0.1.3"), "0.1.3", ("0.1.3",), "0.1.3"),
        (ground("shared-v0.1.3", beyond=("shared-v0.2.0",)), "0.1.3", ("0.1.3", "0.2.0"), "0.1.3"),  # a hotfix branch
        (ground("shared-v0.1.4", "shared-v0.2.0"), "0.2.0", (), "0.2.0"),  # the hotfix merged back
        (ground("other-v9.0.0", "v8.0.0", "shared-v0.1.3"), "0.1.3", (), "0.1.3"),
        (ground("v0.1.3"), "0.1.3", (), "0.1.3"),
        (ground(beyond=("shared-v0.2.0",)), "0.1.0", (), None),
        (ground(), "0.1.3", ("0.1.2", "0.1.3", "0.2.0"), "0.1.3"),
        (ground(), None, ("0.1.2", "0.10.0"), "0.10.0"),
        (None, "0.1.3", ("0.1.3",), "0.1.3"),
        (None, "0.1.3", (), None),
    ],
)
def test_the_release_that_head_comes_after(
    found: Ground | None, tree: str | None, released: tuple[str, ...], expected: str | None
) -> None:
    assert baseline(module(tree), found, released) == expected


@pytest.mark.parametrize(
    ("tags", "last", "compared"),
    [
        (("shared-v1.0.0", "shared-v1.1.0rc1", "shared-v1.1.0rc2"), "1.1.0rc2", "1.0.0"),
        (("shared-v1.0.0a1", "shared-v1.0.0a2"), "1.0.0a2", "1.0.0a2"),  # nothing final was promised yet
        (("shared-v1.0.0rc1", "shared-v1.0.0"), "1.0.0", "1.0.0"),
    ],
)
def test_a_pre_release_promises_nothing(tags: tuple[str, ...], last: str, compared: str) -> None:
    assert baseline(module(last), ground(*tags), ()) == last
    assert final_baseline(module(last), ground(*tags), ()) == compared
    assert final_baseline(module(last), None, [each.removeprefix("shared-v") for each in tags]) == compared


@pytest.mark.parametrize(
    ("request_", "found", "tree", "released", "expected"),
    [
        (ReleaseRequest(module="shared", version="v0.2.0-rc.1"), ground(), "0.1.3", (), "0.2.0rc1"),
        (ReleaseRequest(module="shared", version="0.1.3"), ground(), "0.1.3", ("0.1.3",), "0.1.3"),
        (ReleaseRequest(module="shared", version="0.1.3"), ground("shared-v0.2.0"), "0.2.0", ("0.1.3",), "0.1.3"),
        (ReleaseRequest(module="shared", version="0.1.4"), ground("shared-v0.1.3"), "0.1.3", ("0.2.0",), "0.1.4"),
        (ReleaseRequest(module="shared", version="0.1"), ground(), "not a version", (), "0.1"),
        (ReleaseRequest(module="shared", bump="minor"), ground("shared-v0.1.3"), "0.1.3", (), "0.2.0"),
        (ReleaseRequest(module="shared", bump="patch"), ground("shared-v0.1.3"), "0.1.3", ("0.2.0",), "0.1.4"),
    ],
)
def test_versions(request_: ReleaseRequest, found: Ground, tree: str, released: tuple[str, ...], expected: str) -> None:
    assert named_version(request_, module(tree), found, released) == expected


@pytest.mark.parametrize(
    ("request_", "found", "tree", "kind", "message"),
    [
        (ReleaseRequest(module="shared", version="one"), ground(), "0.1.3", UsageError, "`one` is not a version"),
        (ReleaseRequest(module="shared", version=""), ground(), "0.1.3", UsageError, "is not a version"),
        (ReleaseRequest(module="shared", version="0.2+abc"), ground(), "0.1.3", UsageError, "is a local version"),
        (ReleaseRequest(module="shared", version="0.1.2"), ground(), "0.1.3", VersionPolicyError, "is at 0.1.3 here"),
        (
            ReleaseRequest(module="shared", version="0.1.4"),
            ground("shared-v0.2.0"),
            "0.1.3",
            VersionPolicyError,
            "is at 0.2.0 here, and a release never sets a version back to 0.1.4",
        ),
        (ReleaseRequest(module="shared", bump="minor"), ground(), "0.1.3", UsageError, "has not been released"),
        (
            ReleaseRequest(module="shared", bump="minor"),
            ground(is_shallow=True),
            "0.1.3",
            RefusedError,
            "cannot be told in a shallow clone",
        ),
    ],
)
def test_versions_that_cannot_be(
    request_: ReleaseRequest, found: Ground, tree: str, kind: type[CommonsError], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        named_version(request_, module(tree), found, ())
    assert caught.value.hint
