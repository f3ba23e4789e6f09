"""Every rule on every kind of change of the corpus: what is missed and what is a false alarm both fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bench.corpus import Kind, kinds, write_package

from dagster_commons.analysis.api.comparison import api_changes, required_bump
from dagster_commons.tools.api.extraction import read_surface
from dagster_commons.tools.api.metadata import read_metadata

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", [pytest.param(each, id=each.name) for each in kinds()])
def test_what_is_said_of_a_kind_of_change(kind: Kind, tmp_path: Path) -> None:
    places = [write_package(tmp_path / side, kind.name, getattr(kind, side)) for side in ("old", "new")]
    before, after = (read_surface(each, [kind.name], read_metadata(each, [kind.name])) for each in places)

    changes = api_changes(before, after)

    assert (required_bump(changes), tuple(sorted({each.rule for each in changes}))) == (kind.bump, kind.rules)
    assert all(each.file.startswith(f"{kind.name}/") and each.line >= 1 for each in changes)
    assert api_changes(after, after) == ()
