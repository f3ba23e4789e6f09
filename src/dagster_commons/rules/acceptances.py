"""ACC: `[[accept]]` entries that accept nothing, to be removed.  They are looked for after everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.api.rules import RULES as API_RULES
from dagster_commons.model.findings import Finding
from dagster_commons.rules.rule import Rule

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterator

    from dagster_commons.model.configuration import Acceptance, Configuration

UNUSED = Rule(
    id="ACC001",
    severity="warning",
    title="acceptance that accepts nothing",
    why="What it was written for is gone, or it never said what was meant; left in place it may hide the next one.",
    fix="remove the entry from commons.toml",
    bad="an entry for LOCK001 of finance, whose lock is current",
    good="entries for what is found today",
)
EXPIRED = Rule(
    id="ACC002",
    severity="warning",
    title="acceptance that has ended",
    why="Its last day is over, so it accepts nothing any more; what it was written for is reported again.",
    fix="mend what it accepted and remove the entry, or give it a new date",
    bad="until = 2020-01-31",
    good="until = a day to come",
)
RULES = (UNUSED, EXPIRED)


def is_accepting(acceptance: Acceptance, finding: Finding, today: datetime.date) -> bool:
    """Whether `acceptance` covers `finding` on that day."""
    is_meant = acceptance.rule == finding.rule and acceptance.subject in (None, finding.subject)
    is_meant = is_meant and acceptance.object is None
    return is_meant and not acceptance.has_ended(today)


def idle_acceptances(
    configuration: Configuration,
    found: Collection[Finding],
    known: Collection[str],
    today: datetime.date,
    unsure: Collection[str] = (),
) -> Iterator[Finding]:
    """The entries that ended before `today` and those that cover nothing of `found`.

    `found` is everything that there is to accept, `known` are the ids of all rules, and `unsure` of those that could
    not tell.  Whether a change of definitions is still there cannot be told without loading them.
    """
    for acceptance in configuration.acceptances:
        if acceptance.has_ended(today):
            message = f"the acceptance of {_spelled(acceptance)} ended on {acceptance.until}"
            yield _finding(EXPIRED, acceptance, configuration, message)
        elif acceptance.object is not None:  # whether that changed a release says itself
            if acceptance.rule is not None and acceptance.rule not in {*known, *API_RULES}:
                yield _finding(UNUSED, acceptance, configuration, f"there is no rule {acceptance.rule}")
        elif acceptance.rule in (None, *unsure):
            continue
        elif acceptance.rule in API_RULES:
            message = f"{acceptance.rule} is a change of a module's API, which is accepted with `object`"
            yield _finding(UNUSED, acceptance, configuration, message)
        elif not any(is_accepting(acceptance, each, today) for each in found):
            is_known = acceptance.rule in known
            message = f"{_spelled(acceptance)} is not found" if is_known else f"there is no rule {acceptance.rule}"
            yield _finding(UNUSED, acceptance, configuration, message)


def _spelled(acceptance: Acceptance) -> str:
    if acceptance.rule is not None:
        return f"{acceptance.rule} of {acceptance.subject}" if acceptance.subject else acceptance.rule
    return f"{acceptance.object} in {acceptance.location}"


def _finding(rule: Rule, acceptance: Acceptance, configuration: Configuration, message: str) -> Finding:
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        subject=acceptance.subject or acceptance.location or "commons.toml",
        message=message,
        file=configuration.file,
        line=acceptance.line,
        fix=rule.fix,
    )
