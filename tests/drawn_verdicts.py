"""Verdicts and reports of a diff, drawn in a few lines."""

from __future__ import annotations

from dagster_commons.model.definitions import Change, CodeChange, DefinitionsDiff
from dagster_commons.model.verdicts import (
    Broken,
    Changed,
    DiffReport,
    LoadFailure,
    LocationVerdict,
    Unchanged,
    Unverifiable,
    Verdict,
)

RENAMED = Change(
    kind="renamed",
    object="asset",
    name="sales/asset_2",
    field=None,
    old=None,
    new=None,
    severity="breaking",
    reason="its history stays on the old key: materialisations and partitions",
    rule="asset-renamed",
    renamed_to="asset_two",
)
CRON = Change(
    kind="changed",
    object="schedule",
    name="nightly",
    field="cron",
    old="0 3 * * *",
    new="0 5 * * *",
    severity="notable",
    reason="it runs at other times",
    rule="cron",
)
BODY = CodeChange(
    function="ParquetIO.handle_output",
    file="shared/io.py",
    line=12,
    objects=tuple(f"asset marketing/asset_{number}" for number in range(41)),
)
FAILURE = LoadFailure(
    type="ImportError", message="cannot import name 'load' from 'shared'", file="sales/definitions.py", line=3
)


def at(location: str, verdict: Verdict) -> LocationVerdict:
    return LocationVerdict(location=location, verdict=verdict, seconds=0.5)


def changed(location: str, *changes: Change, code: tuple[CodeChange, ...] = ()) -> LocationVerdict:
    worst = max((each.severity for each in changes), key=("cosmetic", "added", "notable", "breaking").index)
    return at(location, Changed(diff=DefinitionsDiff(changes=changes, code=code), severity=worst))


def unchanged(location: str, *code: CodeChange) -> LocationVerdict:
    return at(location, Unchanged(code=code))


def broken(location: str, failure: LoadFailure = FAILURE) -> LocationVerdict:
    return at(location, Broken(failure=failure))


def unverifiable(location: str, reason: str = "FINANCE_DSN is not set") -> LocationVerdict:
    return at(location, Unverifiable(reason=reason))


def story() -> DiffReport:
    """The example of CLI.md."""
    return DiffReport(
        before="shared 0.1.3",
        after="worktree",
        verdicts=(changed("sales", RENAMED, CRON), unchanged("marketing", BODY), unverifiable("finance")),
    )
