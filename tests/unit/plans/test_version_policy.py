from __future__ import annotations

import pytest

from credentials import secret
from dagster_commons.errors import VersionPolicyError
from dagster_commons.model.api import ApiChange, RequiredBump, Surface
from dagster_commons.model.definitions import Change, DefinitionsDiff, Severity
from dagster_commons.model.release import History, Judgement
from dagster_commons.model.verdicts import Broken, Changed, LoadFailure, LocationVerdict, Unchanged, Unverifiable
from dagster_commons.plans.version_policy import (
    computed_version,
    judged,
    least_version,
    require_enough,
    require_readable,
    tried,
)

SURFACE = Surface(packages=(), objects={}, names={})


@pytest.mark.parametrize(
    ("baseline", "required", "least"),
    [
        ("1.2.3", "major", "2.0.0"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "none", "1.2.4"),
        ("0.2.3", "major", "0.3.0"),  # below 1.0 everything counts one less
        ("0.2.3", "minor", "0.2.4"),
        ("0.2.3", "patch", "0.2.4"),
        ("0.0.3", "major", "0.1.0"),
        ("1.2.3.post1", "patch", "1.2.4"),  # that somebody else published
    ],
)
def test_the_least_version(baseline: str, required: RequiredBump, least: str) -> None:
    assert least_version(baseline, required) == least


@pytest.mark.parametrize(
    ("last", "compared", "required", "version"),
    [
        ("1.2.3", "1.2.3", "minor", "1.3.0"),
        ("1.3.0rc1", "1.2.3", "patch", "1.3.0"),  # never back behind a pre-release
        ("1.3.0rc1", "1.2.3", "major", "2.0.0"),
        ("1.0.0a2", "1.0.0a2", "major", "1.0.0"),
    ],
)
def test_the_version_that_is_computed(last: str, compared: str, required: RequiredBump, version: str) -> None:
    assert computed_version(last, Judgement(baseline=compared, required=required)) == version


@pytest.mark.parametrize(
    ("version", "baseline", "required", "is_enough"),
    [
        ("2.0.0", "1.2.3", "major", True),
        ("3.0.0", "1.2.3", "patch", True),  # a person may go higher
        ("1.3.0", "1.2.3", "major", False),
        ("1.2.4", "1.2.3", "minor", False),
        ("2.0.0rc1", "1.2.3", "major", True),  # it counts as the final version that it leads to
        ("1.3.0rc1", "1.2.3", "major", False),
        ("0.3.0", "0.2.3", "major", True),
        ("0.2.4", "0.2.3", "major", False),
        ("1.2.3", "1.2.3", "major", True),  # released already: its bytes decide
        ("1.3", "1.2.3", "minor", True),
    ],
)
def test_whether_a_version_is_enough(version: str, baseline: str, required: RequiredBump, *, is_enough: bool) -> None:
    judgement = Judgement(baseline=baseline, required=required, behaviour=(f"{required} finance: would change",))
    if is_enough:
        require_enough("shared", version, judgement)
        return
    with pytest.raises(
        VersionPolicyError, match=f"shared {version} is not enough: what changed since {baseline}"
    ) as caught:
        require_enough("shared", version, judgement)
    assert f"{required} finance: would change" in caught.value.message
    assert f"commons release shared=={least_version(baseline, required)}" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("version", "what"),
    [("1!2.0.0", "epoch"), ("2.0.0.post1", "post-release"), ("2026.1", "calendar version")],
)
def test_versions_that_say_nothing_about_what_changed(version: str, what: str) -> None:
    with pytest.raises(VersionPolicyError, match=what):
        require_enough("shared", version, Judgement(baseline="1.0.0", required="patch"))


@pytest.mark.parametrize(
    ("version", "what"), [("1!2.0.0", "a version with an epoch"), ("2026.1", "a calendar version")]
)
def test_a_last_release_that_no_semantic_version_can_follow(version: str, what: str) -> None:
    with pytest.raises(VersionPolicyError, match=f"{version}, the last release, is {what}: none that says") as caught:
        least_version(version, "patch")
    with pytest.raises(VersionPolicyError, match="the last release"):
        require_enough("shared", "2!1", Judgement(baseline=version, required="patch"))
    assert "uv publish" in (caught.value.hint or "")


def test_no_version_is_computed_of_what_cannot_be_read() -> None:
    require_readable("shared", History(baseline="1.0.0", surface=SURFACE))
    with pytest.raises(VersionPolicyError) as caught:
        require_readable("shared", History(baseline="1.0.0", surface=SURFACE, unread=("m/part.py: line 3: no",)))
    assert caught.value.message == (
        "what changed in shared since 1.0.0 cannot be told\n  not read: m/part.py: line 3: no"
    )
    assert "commons release shared --bump" in (caught.value.hint or "")


def test_the_first_release_may_have_any_version_that_another_can_follow() -> None:
    for version in ("0.1.0", "3.0.0", "1.0.0a1"):
        require_enough("shared", version, Judgement(baseline=None, required="major"))
    for version in ("2026.1", "1!1.0", "1.0.0.post1"):
        with pytest.raises(VersionPolicyError, match="says nothing about what changed"):
            require_enough("shared", version, Judgement(baseline=None, required="none"))


def test_a_refusal_names_what_can_be_accepted_and_the_entries_that_do_not_help() -> None:
    idle = "commons.toml:4: [[accept]] parameter-renmaed of shared.f accepts nothing: no such change since 1.0.0"
    judgement = Judgement(baseline="1.0.0", required="major", changes=(change("patch"), change("major")), idle=(idle,))

    with pytest.raises(VersionPolicyError) as caught:
        require_enough("shared", "1.0.1", judgement)

    assert "\n  major shared.f: m (x)\n" in caught.value.message
    assert caught.value.message.endswith(f"\n  {idle}")
    assert '[[accept]] rule = "x", object = "shared.f", because' in (caught.value.hint or "")


def change(bump: RequiredBump) -> ApiChange:
    return ApiChange(rule="x", object="shared.f", paths=(), file="f.py", line=1, bump=bump, message="m")


def verdict(severity: Severity, *, accepted: str | None = None) -> LocationVerdict:
    each = Change(
        kind="changed",
        object="asset",
        name="a",
        field="x",
        old=1,
        new=2,
        severity=severity,
        reason="r",
        accepted=accepted,
    )
    return LocationVerdict(
        location="finance", verdict=Changed(diff=DefinitionsDiff(changes=(each,)), severity=severity)
    )


@pytest.mark.parametrize(
    ("changes", "verdicts", "required"),
    [
        ((), (), "none"),
        (("patch", "minor"), (), "minor"),
        (("patch",), (verdict("breaking"),), "major"),
        ((), (verdict("notable"),), "minor"),
        ((), (verdict("added"),), "minor"),
        ((), (verdict("cosmetic"),), "patch"),
        ((), (verdict("breaking", accepted="on purpose"),), "none"),
        ((), (LocationVerdict(location="f", verdict=Unchanged()),), "none"),
        ((), (LocationVerdict(location="f", verdict=Unverifiable(reason="?")),), "none"),
        ((), (LocationVerdict(location="f", verdict=Broken(failure=LoadFailure(type="E", message="m"))),), "major"),
        (("major",), (verdict("cosmetic"),), "major"),
    ],
)
def test_api_and_behaviour_together(
    changes: tuple[RequiredBump, ...], verdicts: tuple[LocationVerdict, ...], required: RequiredBump
) -> None:
    history = History(baseline="1.0.0", surface=SURFACE, changes=tuple(change(each) for each in changes))

    assert judged(history, verdicts).required == required


def test_what_does_not_load_is_told_with_what_was_raised() -> None:
    failure = LoadFailure(type="KeyError", message="'wh'\nmore", file="contracts/orders.py", line=4)
    verdicts = (
        LocationVerdict(location="finance", verdict=Unverifiable(reason="FINANCE_DSN is not set")),
        LocationVerdict(location="shared contracts", verdict=Unverifiable(reason="it does not load", failure=failure)),
        LocationVerdict(location="sales", verdict=Broken(failure=failure)),
    )

    found = judged(History(baseline="1.0.0", surface=SURFACE), verdicts)

    raised = "KeyError: 'wh' (contracts/orders.py:4)"
    assert found.behaviour == (f"major sales: its definitions do not load any more: {raised}",)
    assert found.unverified == (
        "finance: FINANCE_DSN is not set",
        f"shared contracts: it does not load: {raised}",
    )


def test_a_password_in_what_was_raised_is_not_told() -> None:
    failure = LoadFailure(type="OperationalError", message=f"no postgresql://etl:{secret('dsn')}@db/raw")

    (told,) = judged(
        History(baseline="1.0.0", surface=SURFACE),
        (LocationVerdict(location="finance", verdict=Broken(failure=failure)),),
    ).behaviour

    assert told.endswith(": OperationalError: no postgresql://db/raw")


def test_what_may_be_gone_is_gone_or_there_once_it_was_imported() -> None:
    def unproven(path: str) -> ApiChange:
        return ApiChange(
            rule="removed-unproven",
            object=path,
            paths=(path,),
            file="f.py",
            line=1,
            bump="minor",
            message="m",
            is_to_review=True,
        )

    changes = (*map(unproven, ("m.gone", "m.there", "m.untold", "m.C.attribute")), change("minor"))
    history = History(baseline="1.0.0", surface=SURFACE, changes=changes, to_import=("m.gone", "m.there", "m.untold"))

    found = tried(history, {"m.gone": False, "m.there": True})

    assert [(each.object, each.bump, each.is_to_review) for each in found.changes] == [
        ("m.gone", "major", False),
        ("m.there", "patch", True),
        ("m.untold", "minor", True),
        ("m.C.attribute", "minor", True),
        ("shared.f", "minor", False),
    ]
    assert found.changes[0].message == "m.gone cannot be imported any more"
    assert found.unverified == ("whether m.untold is gone: it could not be imported",)
