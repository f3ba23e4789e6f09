from __future__ import annotations

import datetime

import pytest

from dagster_commons.model.api import ApiChange
from dagster_commons.model.configuration import Acceptance
from dagster_commons.plans.release_acceptances import accept_changes, idle_examples

TODAY = datetime.date(2026, 3, 1)
YESTERDAY = TODAY - datetime.timedelta(days=1)
RENAMED = ApiChange(
    rule="parameter-renamed", object="shared.load", paths=(), file="f.py", line=1, bump="major", message="m"
)
EXTRA = ApiChange(rule="extra-removed", object="shared, tools", paths=(), file="f", line=1, bump="major", message="m")


def entry(
    rule: str = "parameter-renamed", thing: str = "shared.load", *, until: datetime.date | None = None
) -> Acceptance:
    return Acceptance(because="on purpose", rule=rule, object=thing, until=until, line=4)


@pytest.mark.parametrize(
    ("acceptance", "accepted", "reason"),
    [
        (entry(), (RENAMED,), None),
        (entry(until=TODAY), (RENAMED,), None),
        (entry(until=YESTERDAY), (), "it ended on 2026-02-28"),
        (entry("extra-removed", "shared, tools"), (EXTRA,), None),
        (entry("parameter-renmaed"), (), "no such change since 1.0.0 (there it is parameter-renamed)"),
        (entry(thing="shared.laod"), (), "no such change since 1.0.0 (nothing of that name)"),
        (entry(thing="other.load"), (), None),  # another module's
        (Acceptance(because="x", rule="REG011", object="shared.pem"), (), None),
    ],
)
def test_what_an_entry_accepts_or_why_it_accepts_nothing(
    acceptance: Acceptance, accepted: tuple[ApiChange, ...], reason: str | None
) -> None:
    found = accept_changes(
        (RENAMED, EXTRA),
        (acceptance,),
        packages=("shared", "tools"),
        baseline="1.0.0",
        at_baseline=(),
        today=TODAY,
    )

    assert found.accepted == accepted
    assert found.left == tuple(each for each in (RENAMED, EXTRA) if each not in accepted)
    spelled = f"commons.toml:4: [[accept]] {acceptance.rule} of {acceptance.object} accepts nothing: {reason}"
    assert found.idle == ((spelled,) if reason is not None else ())


def test_an_entry_of_the_last_release_is_over() -> None:
    over = ("parameter-renamed", "shared.load", "on purpose")

    found = accept_changes(
        (RENAMED,), (entry(),), packages=("shared",), baseline="1.0.0", at_baseline=(over,), today=TODAY
    )

    assert found.left == (RENAMED,)
    assert found.idle[0].endswith("accepts nothing: it was for 1.0.0, remove it")


def test_entries_about_the_examples() -> None:
    one, two = (
        Acceptance(because="x", location=name, object="asset a", line=7) for name in ("shared contracts", "finance")
    )

    assert list(idle_examples((one, two), (one, two), "shared contracts")) == [
        "commons.toml:7: [[accept]] of asset a in shared contracts accepts nothing: remove it"
    ]
    assert list(idle_examples((one, two), (two,), "shared contracts")) == []
