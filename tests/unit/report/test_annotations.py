"""What GitHub is told: escaped as its runner wants it, with paths from where the checkout begins."""

from __future__ import annotations

from dagster_commons.model.findings import Checked, Finding, Place, Skipped
from dagster_commons.report.annotations import github
from drawn_uses import ROOT


def test_a_line_per_finding_errors_first() -> None:
    lock = ROOT / "sales/uv.lock"
    image = Place(file=ROOT / "sales/Dockerfile", line=3, message="`uv sync --frozen` installs it anyway")
    found = Checked(
        findings=(
            Finding(rule="LOCK002", severity="warning", subject="ops", message="there is no uv.lock"),
            Finding(
                rule="LOCK001",
                severity="error",
                subject="sales",
                message="100% stale,\nreally",
                file=lock,
                line=None,
                fix="commons lock -l sales",
                related=(image,),
            ),
        ),
        skipped=(Skipped(rule="REG010", reason="--offline"),),
    )
    titles = {"LOCK001": "stale: 1 of 2, in all", "LOCK002": "no lock"}
    assert github(found, ROOT, top=ROOT.parent, titles=titles).splitlines() == [
        (
            "::error file=repo/sales/uv.lock,line=1,title=LOCK001 stale%3A 1 of 2%2C in all"
            "::sales: 100%25 stale,%0Areally%0Arepo/sales/Dockerfile:3 `uv sync --frozen` installs it anyway"
            "%0Afix: commons lock -l sales"
        ),
        "::warning title=LOCK002 no lock::ops: there is no uv.lock",
        "::notice title=REG010 skipped::--offline",
    ]
