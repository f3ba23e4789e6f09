from __future__ import annotations

import pytest

from dagster_commons.analysis.lag import lags
from dagster_commons.analysis.running import Running, undeclared, undeployed
from dagster_commons.model.deployment import DeployedLocation, Library
from drawn_deployments import deployment, fails, runs
from drawn_uses import GIT, INDEX, MEMBER, PATH, WHEEL, project, story, submodule_in, use, workspace


def running_of(drawn_use, deployed, **more):
    [lag] = lags(workspace(drawn_use, **more), deployed)
    [of_use] = lag.uses
    return of_use.running


@pytest.mark.parametrize(
    ("deployed", "state", "version"),
    [
        (runs("x", shared="0.2.0"), "same-version", "0.2.0"),
        (runs("x", shared="0.2"), "same-version", "0.2"),
        (runs("x", shared="0.1.3"), "behind", "0.1.3"),
        (runs("x", shared="0.10.0"), "ahead", "0.10.0"),
        (runs("x", shared="some-commit"), "not-compared", "some-commit"),
        (runs("x"), "not-told", None),
        (runs("x", other="0.2.0"), "not-told", None),
        (DeployedLocation(name="x"), "not-told", None),
        (DeployedLocation(name="x", is_loading=True), "loading", None),
        (fails("x", "ModuleNotFoundError: No module named 'shared'"), "not-loaded", None),
        (runs("y", shared="0.2.0"), "not-deployed", None),
    ],
)
def test_what_runs_is_measured_by_what_is_locked(deployed, state, version):
    of_use = running_of(use("x", INDEX, locked="0.2.0", available="0.3.0"), deployment(deployed))
    assert of_use == Running(state=state, version=version, expected="0.2.0")


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (use("x", PATH), "0.2.0"),
        (use("x", MEMBER), "0.2.0"),
        (use("x", PATH, "stale", locked="0.1.3"), "0.1.3"),
        (use("x", WHEEL), None),
        (use("x", submodule_in("x")), "0.1.9"),
        (use("x", INDEX, requirement="shared==0.1.3"), "0.1.3"),
        (use("x", INDEX, requirement="shared>=0.1"), None),
        (use("x", INDEX, "current", "linked", locked="0.2.0"), "0.2.0"),
        (use("x", GIT), "v0.1.3"),
    ],
)
def test_without_a_locked_version_that_in_the_tree_counts(drawn, expected):
    of_use = running_of(drawn, deployment(runs("x", shared="0.1.0")), projects=(project("x/shared", "0.1.9"),))
    assert (of_use.expected, of_use.state) == (expected, "behind" if expected else "not-compared")


def test_a_module_is_found_in_whatever_spelling_it_is_used():
    deployed = DeployedLocation(name="x", libraries=(Library(name="acme-shared", version="1.0"),))
    drawn = workspace(use("x", INDEX, module="Acme_Shared", locked="1.0"))
    assert [each.running.state for lag in lags(drawn, deployment(deployed)) for each in lag.uses] == ["same-version"]


def test_nothing_runs_where_nobody_asked():
    assert {each.running for lag in lags(story()) for each in lag.uses} == {None}


def test_what_one_side_alone_knows_is_found():
    deployed = deployment(runs("sales"), runs("legacy"), fails("older", "no"))
    assert [each.name for each in undeclared(story(), deployed)] == ["legacy", "older"]
    assert undeployed(story(), deployed) == ("finance", "marketing")


def test_a_restricted_deployment_knows_no_others():
    deployed = deployment(runs("sales"), runs("legacy")).restricted({"sales"})
    assert [each.name for each in deployed.locations] == ["sales"]


def test_uses_that_read_the_same_stand_together():
    names = [f"team_{number}" for number in range(6)]
    drawn = workspace(*(use(name, INDEX, locked="0.2.0", available="0.2.0") for name in names))
    deployed = deployment(*(runs(name, shared="0.2.0" if int(name[-1]) % 2 else "0.1.0") for name in names))
    [lag] = lags(drawn, deployed)
    assert [each.running.version for each in lag.uses] == ["0.1.0"] * 3 + ["0.2.0"] * 3
