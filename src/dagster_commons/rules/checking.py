"""Every rule over one Evidence, in a fixed order, less what was accepted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dagster_commons.analysis.restriction import restricted_evidence
from dagster_commons.errors import UsageError
from dagster_commons.model.findings import Checked, Finding, Skipped
from dagster_commons.rules import RULES
from dagster_commons.rules.acceptances import idle_acceptances, is_accepting
from dagster_commons.rules.rule import CannotTell

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterator

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.workspace import CodeLocation
    from dagster_commons.rules.rule import Rule

NOT_LOADED = "only --definitions loads them"
KNOWN = tuple(sorted(rule.id for rule in RULES))


def check(
    evidence: Evidence,
    *,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    locations: Collection[CodeLocation] | None = None,
    offline: bool = False,
    today: datetime.date,
) -> Checked:
    """What discovery and the rules find, sorted by rule, file and line, less the accepted ones.

    `locations` leaves out what concerns none of them; None: nothing.  Acceptances that accept nothing are findings,
    too; they are judged by all that there is, whatever is left out.  `offline` skips the rules that need a network.

    Raises:
        UsageError: `select` or `ignore` names a rule that there is not.

    """
    _require_known((*select, *ignore))
    configuration = evidence.workspace.configuration
    acceptances = configuration.acceptances
    everything = _found(evidence, offline=offline)
    looked_at = everything if locations is None else _found(restricted_evidence(evidence, locations), offline=offline)
    skipped = {each for each in looked_at if isinstance(each, Skipped) and is_chosen(each.rule, select, ignore)}
    if not select:  # that --definitions was not given is no news to anybody who did not ask for its rules
        skipped -= {each for each in skipped if each.reason == NOT_LOADED}
    unsure = {each.rule for each in everything if isinstance(each, Skipped)}
    findings = tuple(each for each in everything if isinstance(each, Finding))
    idle = idle_acceptances(configuration, findings, KNOWN, today, unsure)
    open_ones = (
        each
        for each in looked_at
        if isinstance(each, Finding) and not any(is_accepting(entry, each, today) for entry in acceptances)
    )
    kept = [each for each in (*open_ones, *idle) if is_chosen(each.rule, select, ignore)]
    return Checked(
        findings=tuple(sorted(kept, key=lambda each: (each.rule, str(each.file or ""), each.line or 0, each.subject))),
        skipped=tuple(sorted(skipped, key=lambda each: (each.rule, each.reason))),
    )


def headlines(evidence: Evidence, findings: Collection[Finding]) -> dict[str, str]:
    """What stands above the findings of each rule, by its id."""
    counts = Counter(each.rule for each in findings)
    return {
        rule.id: rule.title if rule.headline is None else rule.headline(evidence, counts[rule.id])
        for rule in RULES
        if rule.id in counts
    }


def rule_named(identifier: str) -> Rule:
    """The rule with that id.

    Raises:
        UsageError: there is none.

    """
    for rule in RULES:
        if rule.id == identifier.upper():
            return rule
    raise _unknown(identifier)


def _found(evidence: Evidence, *, offline: bool) -> tuple[Finding | Skipped, ...]:
    looked = (each for rule in RULES for each in _fired(rule, evidence, offline=offline))
    return (*evidence.workspace.findings, *looked)


def _fired(rule: Rule, evidence: Evidence, *, offline: bool) -> Iterator[Finding | Skipped]:
    if rule.look is None:
        return
    if rule.needs_network and offline:
        yield Skipped(rule=rule.id, reason="--offline")
        return
    if rule.needs_definitions and evidence.definitions is None:
        yield Skipped(rule=rule.id, reason=NOT_LOADED)
        return
    for hit in rule.look(evidence):
        if isinstance(hit, CannotTell):
            yield Skipped(rule=rule.id, reason=hit.reason)
            continue
        yield Finding(
            rule=rule.id,
            severity=rule.severity,
            subject=hit.subject,
            message=hit.message,
            file=hit.file,
            line=hit.line,
            fix=hit.fix or rule.fix,
            related=hit.related,
        )


def _require_known(identifiers: tuple[str, ...]) -> None:
    for identifier in identifiers:
        if not any(each.startswith(identifier.upper()) for each in KNOWN):
            raise _unknown(identifier)


def _unknown(identifier: str) -> UsageError:
    return UsageError(f"there is no rule {identifier}", hint=f"rules: {', '.join(KNOWN)}")


def is_chosen(identifier: str, select: Collection[str], ignore: Collection[str]) -> bool:
    """Ruff's convention: a prefix names all rules that begin with it."""
    is_selected = not select or any(identifier.startswith(each.upper()) for each in select)
    return is_selected and not any(identifier.startswith(each.upper()) for each in ignore)
