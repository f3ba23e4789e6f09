"""What `commons api` says in every form."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dagster_commons.model.api import ApiChange, RequiredBump, YamlChange
from dagster_commons.report import api

RENAMED = ApiChange(
    rule="parameter-renamed",
    object="shared.factory.asset_factory",
    paths=("shared.asset_factory", "shared.factory.asset_factory"),
    file="src/shared/factory.py",
    line=10,
    bump="major",
    message="prefix became key_prefix: a call that gives it by name fails",
)
BODY = replace(RENAMED, rule="body-changed", object="shared.io._write", paths=(), line=30, bump="patch", message="…")
REPORT = api.ApiReport(
    before="shared==0.1.3",
    after="platform/shared",
    required_bump="major",
    changes=(RENAMED, BODY),
    yaml=(YamlChange(file="finance/defs.yaml", line=4, component="shared.Table", advice="write `key:`"),),
)


def test_in_a_terminal() -> None:
    assert api.terminal(REPORT, width=80, colour=False) == (
        "shared==0.1.3 → platform/shared\n"
        "required bump: major  2 changes: 1 major, 1 patch\n"
        "major shared.factory.asset_factory\n"
        "        prefix became key_prefix: a call that gives it by name fails\n"
        "        src/shared/factory.py:10 · as shared.asset_factory  parameter-renamed\n"
        "code that changed, which no signature says\n"
        "  src/shared/factory.py:30  shared.io._write\n"
        "finance/defs.yaml:4  shared.Table: write `key:`\n"
    )


@pytest.mark.parametrize(
    ("bump", "unread", "said"),
    [
        ("minor", (), "minor"),
        ("minor", ("m/part.py: line 1: no",), "minor, or more"),
        ("none", ("m/part.py: line 1: no",), "none, or more"),
        ("major", ("m/part.py: line 1: no",), "major"),
    ],
)
def test_a_bump_that_what_was_not_read_may_exceed(bump: RequiredBump, unread: tuple[str, ...], said: str) -> None:
    report = replace(REPORT, required_bump=bump, unread=unread)

    assert f"required bump: {said}  2 changes" in api.terminal(report, width=80, colour=False)
    assert api.markdown(report).startswith(f"### shared==0.1.3 → platform/shared: {said}\n")
    document = json.loads(api.as_json(report))
    assert (document["required_bump"], document["unread"]) == (bump, list(unread))


def test_markdown() -> None:
    said = api.markdown(REPORT)
    assert "| major | `shared.factory.asset_factory` | prefix became key_prefix: " in said
    assert "- `finance/defs.yaml:4` shared.Table: write `key:`\n" in said


def test_a_place_in_yaml_that_does_not_fit_has_the_advice_below_it() -> None:
    place = YamlChange(
        file="finance/src/finance/defs/family/defs.yaml",
        line=4,
        component="acme_base.components.AssetFamily",
        advice="write `group_prefix:` instead of `prefix:`",
    )

    said = api.terminal(replace(REPORT, yaml=(place,)), width=60, colour=False).splitlines()

    assert said[-3:] == [
        "finance/src/finance/defs/family/defs.yaml:4",
        "        acme_base.components.AssetFamily: write",
        "        `group_prefix:` instead of `prefix:`",
    ]
