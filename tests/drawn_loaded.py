"""For every DEF rule definitions in which it fires, exactly once and there, and a near miss."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.evidence import Evidence
from dagster_commons.model.verdicts import LoadFailure
from drawn_rules import Example
from drawn_snapshots import asset, snapshot, thing
from drawn_uses import location, workspace

if TYPE_CHECKING:
    from dagster_commons.model.verdicts import LoadResult

SALES, OPS = "sales/pyproject.toml:7", "ops/pyproject.toml:7"
SAME_OP = 'Detected conflicting node definitions with the same name "load"'


def loaded(**results: LoadResult) -> Evidence:
    """One code location for each result, named like it."""
    locations = tuple(location(name) for name in sorted(results))
    return Evidence(workspace=replace(workspace(), locations=locations), definitions=results)


def failed(message: str, *, file: str | None = None, line: int | None = None) -> LoadFailure:
    return LoadFailure(type="DagsterInvalidDefinitionError", message=message, file=file, line=line)


EXAMPLES = {
    "DEF001": Example(
        fires=loaded(ops=snapshot(asset("raw/a")), sales=snapshot(asset("raw/a"), asset("b"))),
        place=SALES,
        near=loaded(ops=snapshot(asset("raw/a")), sales=snapshot(asset("raw/a", execution="unexecutable"))),
    ),
    "DEF002": Example(
        fires=loaded(ops=snapshot(asset("raw/a")), sales=snapshot(asset("b", "raw/b"), asset("c", "raw/b"))),
        place=SALES,
        near=loaded(ops=snapshot(asset("raw/a", execution="unexecutable")), sales=snapshot(asset("b", "raw/a"))),
    ),
    "DEF003": Example(
        fires=loaded(sales=failed(SAME_OP, file="sales/src/sales/definitions.py", line=3)),
        place="sales/src/sales/definitions.py:3",
        near=loaded(sales=snapshot(asset("a", op="load"), asset("b", op="load"))),
    ),
    "DEF004": Example(
        fires=loaded(sales=snapshot(thing("job", "nightly"), thing("schedule", "s", {"job": "nightly"}))),
        place=SALES,
        near=loaded(
            sales=snapshot(
                thing("job", "nightly", {"selection": ("a",)}),
                thing("job", "of_ops", {"ops.a.definition": "a"}),
                thing("schedule", "s", {"job": "nightly"}),
                thing("schedule", "t", {"job": "of_ops"}),
                thing("schedule", "u", {"targets": ("a",)}),
                thing("schedule", "elsewhere", {"job": "made_by_a_name"}),
                thing("sensor", "side_effects", {"kind": "STANDARD"}),
                thing("sensor", "default_automation_condition_sensor", {"kind": "AUTOMATION"}),
                thing("sensor", "w", {"kind": "RUN_STATUS", "monitors.monitored_jobs": ("sales/nightly", "far/x")}),
            )
        ),
    ),
    "DEF005": Example(
        fires=loaded(ops=failed("No module named 'x'\n…")), place=OPS, near=loaded(ops=snapshot(asset("a")))
    ),
}
