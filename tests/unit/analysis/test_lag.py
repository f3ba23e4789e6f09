from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from dagster_commons.analysis.lag import LAG_KINDS, Remedy, lags, worst
from dagster_commons.model.workspace import Repository
from drawn_uses import GIT, INDEX, MEMBER, PATH, ROOT, WHEEL, project, story, submodule_in, use, workspace

OLD = {"locked": "0.1.3", "available": "0.2.0"}
NEW = {"locked": "0.2.0", "available": "0.2.0"}
UPGRADE = "commons upgrade shared==0.2.0"

CASES = {
    # name: (use, kind, in use, behind, command)
    "path": (use("x", PATH, locked="0.1.0"), "current", "worktree", False, None),
    "path with a newer release": (use("x", PATH, available="9.0"), "current", "worktree", False, None),
    "path, stale": (use("x", PATH, "stale"), "stale", "worktree", False, "commons lock -l x"),
    "path, no lock": (use("x", PATH, "missing"), "stale", "worktree", False, "commons lock -l x"),
    "path, lock not known": (use("x", PATH, "unknown"), "unknown", "worktree", False, None),
    "path, gone": (use("x", PATH, "unknown", "missing"), "broken", None, None, None),
    "wheel": (use("x", WHEEL, locked="0.1.3"), "current", "0.1.3", None, None),
    "member": (use("x", MEMBER), "current", "worktree", False, None),
    "index, newest": (use("x", INDEX, **NEW), "current", "0.2.0", False, None),
    "index, behind": (use("x", INDEX, **OLD), "behind", "0.1.3", True, f"{UPGRADE} -l x"),
    "index, behind and stale": (use("x", INDEX, "stale", **OLD), "stale", "0.1.3", True, "commons lock -l x"),
    "index, ahead of a yanked newest": (
        use("x", INDEX, locked="0.3.0", available="0.2.0"),
        "current",
        "0.3.0",
        False,
        None,
    ),
    "index, offline": (use("x", INDEX, locked="0.1.3"), "current", "0.1.3", None, None),
    "index, ten is more than nine": (
        use("x", INDEX, locked="0.9.0", available="0.10.0"),
        "behind",
        "0.9.0",
        True,
        "commons upgrade shared==0.10.0 -l x",
    ),
    "index, trailing zero is the same": (
        use("x", INDEX, locked="0.2", available="0.2.0"),
        "current",
        "0.2",
        False,
        None,
    ),
    "index, no version": (use("x", INDEX, locked="HEAD", available="0.2.0"), "current", "HEAD", None, None),
    "index, pin without lock": (
        use("x", INDEX, "unknown", requirement="shared==0.1.3", available="0.2.0"),
        "behind",
        "0.1.3",
        True,
        f"{UPGRADE} -l x",
    ),
    "index, pin with a marker": (
        use("x", INDEX, "unknown", requirement="shared[io] == 0.1.3 ; python_version < '3.13'"),
        "unknown",
        "0.1.3",
        None,
        None,
    ),
    "index, range without lock": (use("x", INDEX, "unknown", requirement="shared>=0.1"), "unknown", None, None, None),
    "index, wildcard is no version": (
        use("x", INDEX, "unknown", requirement="shared==0.1.*"),
        "unknown",
        None,
        None,
        None,
    ),
    "git, dynamic version": (
        use("x", GIT, available="v0.2.0"),
        "behind",
        "v0.1.3",
        True,
        "commons upgrade shared==v0.2.0 -l x",
    ),
    "git, a tag that begins with the module's name": (
        use("x", replace(GIT, reference="shared-v0.1.3"), available="0.2.0"),
        "behind",
        "shared-v0.1.3",
        True,
        f"{UPGRADE} -l x",
    ),
    "git, a commit that looks like a number": (
        use("x", replace(GIT, reference_kind="rev", reference="1234567"), available="0.2.0"),
        "current",
        "1234567",
        None,
        None,
    ),
    "index, another module decides": (
        use("x", INDEX, through="base", **OLD),
        "behind",
        "0.1.3",
        True,
        None,
    ),
    "submodule, behind the module's own tree": (
        use("x", submodule_in("x"), available="0.2.0"),
        "behind",
        "0.1.3",
        True,
        f"{UPGRADE} -l x",
    ),
    "git, locked": (use("x", GIT, locked="0.1.3"), "current", "0.1.3", None, None),
    "submodule": (use("x", submodule_in("x"), locked="0.0.1", available="0.1.3"), "current", "0.1.3", False, None),
    "submodule, not initialised": (
        use("x", submodule_in("x"), "unknown", "not-initialised", **OLD),
        "broken",
        None,
        None,
        "commons sync -l x",
    ),
    "submodule, orphan": (use("x", submodule_in("x"), "current", "orphan"), "broken", None, None, None),
    "submodule, commits behind": (
        use("x", submodule_in("x"), "current", "behind"),
        "behind",
        "0.1.3",
        True,
        "commons upgrade shared -l x",
    ),
    "submodule, other commit": (
        use("x", submodule_in("x"), "current", "other-commit"),
        "local",
        "0.1.3",
        None,
        "commons sync -l x",
    ),
    "submodule, dirty": (use("x", submodule_in("x"), "current", "dirty"), "local", "0.1.3", None, None),
    "submodule, not pushed": (
        use("x", submodule_in("x"), "current", "not-on-remote"),
        "local",
        "0.1.3",
        None,
        "git -C x/shared push",
    ),
    "submodule, shallow": (
        use("x", submodule_in("x"), "current", "shallow"),
        "local",
        "0.1.3",
        None,
        "git -C x/shared fetch --unshallow",
    ),
    "submodule, other URL": (
        use("x", submodule_in("x"), "current", "url-mismatch"),
        "local",
        "0.1.3",
        None,
        "git -C x submodule sync shared",
    ),
    "linked": (use("x", INDEX, "current", "linked", **OLD), "behind", "linked", True, "commons unlink shared -l x"),
    "linked, up to date": (
        use("x", INDEX, "current", "linked", **NEW),
        "local",
        "linked",
        False,
        "commons unlink shared -l x",
    ),
    "a name for the shell": (use("data eng", PATH, "stale"), "stale", "worktree", False, "commons lock -l 'data eng'"),
}


@pytest.mark.parametrize(("drawn", "kind", "in_use", "is_behind", "command"), CASES.values(), ids=CASES.keys())
def test_one_use(drawn, kind, in_use, is_behind, command):
    repositories = (
        Repository(root=ROOT / "x/shared", git_dir=ROOT / "x/.git/modules/shared", superproject=ROOT / "x"),
    )
    one = replace(workspace(drawn, projects=(project("x/shared", "0.1.3"),)), repositories=repositories)

    [module] = lags(one)
    [lag] = module.uses

    assert (lag.kind, lag.in_use, lag.is_behind) == (kind, in_use, is_behind)
    assert (lag.remedy and lag.remedy.command) == command


def test_newest_is_what_the_source_could_give():
    [module] = lags(story())
    assert [(lag.use.location, lag.newest) for lag in module.uses] == [
        ("sales", None),
        ("marketing", "0.2.0"),
        ("finance", "0.2.0"),
    ]


def test_a_remedy_for_every_location_leaves_the_name_out():
    [module] = lags(workspace(use("x", PATH, "stale")))
    assert module.uses[0].remedy == Remedy(command="commons lock -l x", everywhere="commons lock")


def test_the_order_of_discovery_does_not_matter():
    uses = story().uses
    expected = ["sales", "marketing", "finance"]
    for order in itertools.permutations(uses):
        [module] = lags(replace(story(), uses=order))
        assert [lag.use.location for lag in module.uses] == expected


def test_modules_are_sorted_and_stay_without_uses():
    found = lags(workspace(use("x", INDEX, module="aardvark"), use("x", INDEX, module="zebra")))
    assert [(lag.module.name, len(lag.uses)) for lag in found] == [("aardvark", 1), ("shared", 0), ("zebra", 1)]


def test_worst_follows_the_declared_order():
    assert worst(()) == "current"
    assert worst(tuple(reversed(LAG_KINDS))) == "broken"
    assert worst(("current", "behind", "unknown")) == "behind"
