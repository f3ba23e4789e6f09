"""REG009 by what registries on the web answered: yanked, not yanked, and what nothing is known of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_commons.model.configuration import Configuration, RemoteRegistry
from dagster_commons.model.registry import Listed, Listing, ReleasedFile, ReleasedVersion, Unread
from dagster_commons.rules.index import pins
from dagster_commons.rules.rule import CannotTell, Hit
from drawn_indexes import PINNED, URL, drawn
from drawn_uses import ROOT

CORP = RemoteRegistry(name="corp", kind="simple", index_url=URL)
NAMED = Configuration(file=ROOT / "commons.toml", registries=(CORP,))


def listed(**yanked: str | None) -> Listed:
    """0.1.2 and 0.1.3, yanked where a reason is given."""
    return Listed(
        versions=tuple(
            ReleasedVersion(
                version=version.replace("_", "."),
                files=(ReleasedFile(name=f"shared-{version}.whl", sha256="0" * 64, yanked=reason),),
            )
            for version, reason in yanked.items()
        )
    )


@pytest.mark.parametrize(
    ("listing", "hits", "reasons"),
    [
        (listed(**{"0_1_2": None, "0_1_3": "loses rows"}), ["shared 0.1.3 is yanked in its registry"], []),
        (listed(**{"0_1_2": "loses rows", "0_1_3": None}), [], []),
        (listed(), [], []),
        (Unread(reason="registry corp asks for credentials"), [], ["registry corp asks for credentials"]),
        (None, [], ["registry corp was not asked"]),
    ],
)
def test_what_a_registry_on_the_web_answered(listing: Listing | None, hits: list[str], reasons: list[str]) -> None:
    evidence = drawn(PINNED, configuration=NAMED)
    listings = {("corp", "shared"): listing} if listing is not None else None
    found = [*pins.yanked(replace(evidence, listings=listings))]
    assert [each.message for each in found if isinstance(each, Hit)] == hits
    assert [each.reason for each in found if isinstance(each, CannotTell)] == reasons


def test_an_index_that_commons_toml_does_not_name() -> None:
    (found,) = pins.yanked(drawn(PINNED))
    assert found == CannotTell(reason="the index that shared comes from is not among the registries of commons.toml")
