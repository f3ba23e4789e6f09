"""Every knob of a location turned alone shows in a snapshot, in the field it belongs to and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dagster_commons.model.definitions import Snapshot
from dagster_commons.probe.snapshots import ProbeServer
from dagster_environments import NEWEST_DAGSTER, OLDEST_DAGSTER, dagster_of
from knobs import KNOBS, Knobbed, differences, make_knobbed

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.network


class Bench:
    """A location whose knobs are turned, and what it is with none turned."""

    def __init__(self, knobbed: Knobbed, server: ProbeServer) -> None:
        self._knobbed = knobbed
        self._server = server
        self.untouched = self.with_turned(None)

    def with_turned(self, knob: str | None) -> Snapshot:
        snapshot = self._server.snapshot(self._knobbed.turned(knob))
        assert isinstance(snapshot, Snapshot), snapshot
        return snapshot


@pytest.fixture(scope="module", params=[NEWEST_DAGSTER, pytest.param(OLDEST_DAGSTER, marks=pytest.mark.matrix)])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    environment = dagster_of(tmp_path_factory, request.param)
    with ProbeServer(environment.python) as server:
        yield Bench(make_knobbed(tmp_path_factory.mktemp("knobbed")), server)


@pytest.mark.parametrize("knob", KNOBS)
def test_a_turned_knob_shows_in_its_field(bench: Bench, knob: str):
    assert differences(bench.untouched, bench.with_turned(knob)) == sorted(KNOBS[knob])


def test_the_order_of_definitions_does_not_show(bench: Bench):
    assert bench.with_turned("order") == bench.untouched


def test_the_net_holds_what_no_field_says(bench: Bench):
    facts = next(each for each in bench.untouched.objects if each.name == "facts")
    assert ("output_name", "result") in facts.raw
