"""Where bundles go, and that no two go to the same place."""

from __future__ import annotations

import pytest

from dagster_commons.cli._bundling import Places
from dagster_commons.errors import UsageError
from drawn_uses import ROOT, location


def test_one_goes_where_it_was_asked_for_and_many_below_that() -> None:
    one = Places(root=ROOT, output=ROOT / "out", is_for_one=True)
    many = Places(root=ROOT, output=ROOT / "out", is_for_one=False)
    default = Places(root=ROOT, output=None, is_for_one=True)

    places = [each.of(location("acme: sales")) for each in (one, many, default)]

    assert places == [ROOT / "out", ROOT / "out/acme-sales", ROOT / "dist/bundles/acme-sales"]


@pytest.mark.parametrize("other", ["acme sales", "acme:sales", "acme-sales"])
def test_two_that_would_go_to_one_place_are_refused(other: str) -> None:
    places = Places(root=ROOT, output=None, is_for_one=False)
    places.require_each_its_own([location("acme-sales"), location("finance")])
    with pytest.raises(UsageError, match="would all go to dist/bundles/acme-sales"):
        places.require_each_its_own([location("acme-sales"), location(other)])
