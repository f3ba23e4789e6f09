"""Whatever two modules say: the same gives nothing, and `api.json` tells as much as the source did."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings

from api_texts import surface_of
from dagster_commons.analysis.api.comparison import api_changes, required_bump
from dagster_commons.analysis.api.document import surface_from_json, surface_to_json
from dagster_commons.analysis.api.rules import RULES
from drawn_apis import modules

if TYPE_CHECKING:
    from dagster_commons.model.api import Surface


def _surface(text: str) -> Surface:
    with tempfile.TemporaryDirectory() as name:
        return surface_of(Path(name), text)


def _recorded(surface: Surface) -> Surface:
    return surface_from_json(surface_to_json(surface), name="api.json")


@given(text=modules())
@settings(max_examples=40, deadline=None)
def test_the_same_module_gives_nothing(text: str) -> None:
    assert api_changes(_surface(text), _surface(text)) == ()
    assert api_changes(_surface(text), _surface(f"# a comment\n{text}")) == ()


@given(old=modules(), new=modules())
@settings(max_examples=60, deadline=None)
def test_a_recorded_surface_gives_the_same_changes(old: str, new: str) -> None:
    before, after = _surface(old), _surface(new)
    changes = api_changes(before, after)

    assert api_changes(_recorded(before), before) == ()
    assert api_changes(_recorded(before), after) == changes
    assert api_changes(_recorded(before), _recorded(after)) == changes
    assert surface_to_json(_recorded(before)) == surface_to_json(before)


@given(old=modules(), new=modules())
@settings(max_examples=40, deadline=None)
def test_every_finding_has_a_place_and_the_bump_of_its_rule(old: str, new: str) -> None:
    changes = api_changes(_surface(old), _surface(new))

    for each in changes:
        assert each.file == "m/__init__.py"
        assert each.line >= 1
        assert each.bump == RULES[each.rule].bump
    assert required_bump(changes) == (changes[0].bump if changes else "none")
    assert len(set(changes)) == len(changes)
