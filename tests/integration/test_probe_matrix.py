"""The knobs on every Dagster minor and every Python that the probe must run on."""

from __future__ import annotations

import pytest

from dagster_commons.model.definitions import Snapshot
from dagster_commons.probe.snapshots import ProbeServer
from dagster_environments import NEWEST_DAGSTER, OLDEST_DAGSTER, dagster_of
from knobs import KNOBS, differences, make_knobbed

pytestmark = [pytest.mark.network, pytest.mark.matrix]

MATRIX = [
    *((dagster, "3.11") for dagster in (OLDEST_DAGSTER, "1.10.21", "1.11.16", "1.12.22", NEWEST_DAGSTER)),
    (OLDEST_DAGSTER, "3.10"),
    (OLDEST_DAGSTER, "3.12"),
    (NEWEST_DAGSTER, "3.10"),
    (NEWEST_DAGSTER, "3.12"),
    (NEWEST_DAGSTER, "3.13"),
]


@pytest.mark.parametrize(("dagster", "python"), MATRIX)
def test_every_knob_shows(dagster: str, python: str, tmp_path_factory: pytest.TempPathFactory):
    environment = dagster_of(tmp_path_factory, dagster, python)
    knobbed = make_knobbed(tmp_path_factory.mktemp("knobbed"))
    with ProbeServer(environment.python) as server:
        untouched = server.snapshot(knobbed.turned(None))
        assert isinstance(untouched, Snapshot), untouched
        found = {}
        for knob in KNOBS:
            turned = server.snapshot(knobbed.turned(knob))
            assert isinstance(turned, Snapshot), turned
            found[knob] = differences(untouched, turned)
    assert found == {knob: sorted(expected) for knob, expected in KNOBS.items()}


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_a_code_digest_is_the_same_on_every_python(python: str, tmp_path_factory: pytest.TempPathFactory):
    reference = dagster_of(tmp_path_factory, NEWEST_DAGSTER, "3.11")
    other = dagster_of(tmp_path_factory, NEWEST_DAGSTER, python)
    request = make_knobbed(tmp_path_factory.mktemp("knobbed")).turned(None)
    with ProbeServer(reference.python) as one, ProbeServer(other.python) as another:
        expected, found = one.snapshot(request), another.snapshot(request)
    assert isinstance(expected, Snapshot), expected
    assert isinstance(found, Snapshot), found
    assert found.code == expected.code
