"""Definitions in every form there is are said in the same fields, by the newest Dagster and by the oldest."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from dagster_commons.model.workspace import Target
from dagster_commons.probe.snapshots import ProbeServer, SnapshotRequest
from dagster_environments import NEWEST_DAGSTER, OLDEST_DAGSTER, dagster_of
from drawn_locations import find, loaded
from knobs import FIXTURES

if TYPE_CHECKING:
    from dagster_commons.model.definitions import ObjectKind, Snapshot, Value

pytestmark = pytest.mark.network

SAID: list[tuple[ObjectKind, str, str, Value]] = [
    ("asset", "custom", "partitions.kind", "mine"),
    ("asset", "custom", "partition_mapping.outside", "AllPartitionMapping()"),
    ("asset", "custom", "inputs.up.manager", "im"),
    ("asset", "custom", "inputs.up.type", "Int"),
    ("asset", "windowed", "partitions.cron", "0 */6 * * *"),
    ("asset", "windowed", "partitions.end", "2030-01-01T00:00:00+00:00"),
    ("asset", "windowed", "required_resources", ("legacy", "own")),
    ("asset", "windowed", "resources.own.value", 3),
    ("asset", "ga", "ops.two.outputs.b.io_manager_key", "im"),
    ("asset", "ga", "ops.output_mappings.ga", "two.a"),
    ("asset", "gb", "io_manager_key", "im"),
    ("asset", "m1", "deps", ("m0",)),
    ("asset", "m1", "config.type", None),
    ("asset", "observed", "execution", "observation"),
    ("asset", "outside", "execution", "unexecutable"),
    ("asset", "legacy_source", "metadata.json", "JsonMetadataEntryData(data={a: [1, 2]})"),
    ("asset", "legacy_source", "metadata.text", "plain"),
    ("check", "m1:inline", "blocking", True),
    ("check", "m2:c2", "metadata.a", 1),
    ("check", "custom:freshness_check", "asset", "custom"),
    ("job", "config_mapped", "config.n.required", True),
    ("job", "of_inner", "input_values.number", 4),
    ("job", "of_inner", "ops.input_mappings.number.two.number", True),
    ("job", "partitioned", "partitions.start", "2024-01-01T00:00:00+00:00"),
    ("job", "windows", "selection", ("windowed",)),
    ("job", "windows", "hooks", ("on_fail",)),
    ("job", "windows", "loggers", None),
    ("job", "work", "ops.again.definition", "emit"),
    ("job", "work", "ops.again.hooks", ("on_fail",)),
    ("job", "work", "ops.again.op_tags.t", "1"),
    ("job", "work", "ops.again.retry_policy", 'RetryPolicy(backoff="EXPONENTIAL", delay=1, max_retries=2)'),
    ("job", "work", "ops.again.config.colour.default", "RED"),
    ("job", "work", "ops.again.config.colour.type", "Noneable[Enum(Colour: BLUE, RED)]"),
    ("job", "work", "ops.again.config.inner.depth.default", 2),
    ("job", "work", "ops.configured_op.configured.a", 7),
    ("job", "work", "ops.each.inputs.number.from", ("many.result",)),
    ("job", "work", "ops.first.two.inputs.number.default", 3),
    ("job", "work", "ops.inner.inputs.number.from", ("again.result",)),
    ("job", "work", "ops.many.outputs.result.dynamic", True),
    ("job", "work", "ops.mapped.config.limit.default", 2),
    ("job", "work", "ops.mapped.old_style.config.b.type", "Selector"),
    ("job", "work", "ops.mapped.old_style.config.c[].d.type", "Noneable[String]"),
    ("job", "work", "ops.mapped.old_style.config.m.type", "Map[String, Int]"),
    ("resource", "by_function", "config.h.required", True),
    ("resource", "client", "nested.connection", "connection"),
    ("resource", "client", "nested.nested.config.url.value", "z"),
    ("resource", "connection", "config.url.value", "EnvVar(URL)"),
    ("resource", "im", "config.base.default", "EnvVar(BASE)"),
    ("resource", "late", "config.url.value", None),
    ("resource", "legacy", "config.host.value", "h"),
    ("resource", "legacy", "config.port.type", "Int"),
    ("resource", "legacy", "type", "forms.definitions:legacy"),
    ("resource", "stores", "config.prefix.value", "p"),
    ("schedule", "partitioned_schedule", "job", "partitioned"),
    ("sensor", "automatic", "targets", ("m2", "m2:c2")),
    ("sensor", "automatic", "run_tags.a", "b"),
    ("sensor", "freshness_checks_sensor", "targets", ("custom:freshness_check",)),
    ("sensor", "of_keys", "monitors.monitored_assets", ("m1", "m2")),
    ("sensor", "of_runs", "monitors.monitor_all_code_locations", True),
    ("definitions", "", "loggers", ("console",)),
    ("definitions", "", "resource_variables", ("BASE", "URL")),
]


@pytest.fixture(scope="module", params=[NEWEST_DAGSTER, OLDEST_DAGSTER])
def forms(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    sources = tmp_path_factory.mktemp("forms")
    shutil.copytree(FIXTURES / "forms", sources / "forms")
    (sources / "forms" / "__init__.py").touch()
    asked = SnapshotRequest(
        target=Target(kind="module", value="forms.definitions"), directory=sources, first_party=((sources, "src"),)
    )
    with ProbeServer(dagster_of(tmp_path_factory, request.param).python) as server:
        return loaded(server.snapshot(asked))


@pytest.mark.parametrize(("kind", "name", "field", "value"), SAID)
def test_it_is_said_in_its_field(forms: Snapshot, kind: ObjectKind, name: str, field: str, value: Value):
    assert dict(find(forms, kind, name).fields).get(field) == value


def test_a_condition_is_said_whole(forms: Snapshot):
    said = dict(find(forms, "asset", "m2").fields)["automation_condition"]
    assert "on_cron(0 * * * *, UTC)" in str(said)
    assert "NotAssetCondition" in str(said)


def test_an_asset_that_is_only_depended_on_is_no_object(forms: Snapshot):
    assert not [each for each in forms.objects if each.name == "m0"]
