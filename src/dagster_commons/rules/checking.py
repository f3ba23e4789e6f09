"""Every rule over one Workspace, in a fixed order, less what was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.errors import UsageError
from dagster_commons.model.findings import Finding
from dagster_commons.rules import RULES

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection

    from dagster_commons.model.workspace import Workspace
    from dagster_commons.rules.rule import Rule


def check(
    workspace: Workspace, *, select: Collection[str] = (), ignore: Collection[str] = (), today: datetime.date
) -> tuple[Finding, ...]:
    """What discovery and the rules find, sorted by rule, file and line, less the accepted ones.

    Raises:
        UsageError: `select` or `ignore` names a rule that there is not.

    """
    own = {finding.rule for finding in workspace.findings}
    _require_known((*select, *ignore), own)
    found = [*workspace.findings, *(finding for rule in RULES for finding in _fired(rule, workspace))]
    kept = [
        finding
        for finding in found
        if _is_chosen(finding.rule, select, ignore) and not _is_accepted(finding, workspace, today)
    ]
    return tuple(sorted(kept, key=lambda each: (each.rule, str(each.file or ""), each.line or 0, each.subject)))


def rule_named(identifier: str) -> Rule:
    """The rule with that id.

    Raises:
        UsageError: there is none.

    """
    for rule in RULES:
        if rule.id == identifier.upper():
            return rule
    raise UsageError(f"there is no rule {identifier}", hint=f"rules: {', '.join(rule.id for rule in RULES)}")


def _fired(rule: Rule, workspace: Workspace) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            rule=rule.id,
            severity=rule.severity,
            subject=hit.subject,
            message=hit.message,
            file=hit.file,
            line=hit.line,
            fix=hit.fix or rule.fix,
        )
        for hit in rule.look(workspace)
    )


def _require_known(identifiers: tuple[str, ...], own: set[str]) -> None:
    known = {rule.id for rule in RULES} | own
    for identifier in identifiers:
        if not any(each.startswith(identifier.upper()) for each in known):
            raise UsageError(f"there is no rule {identifier}", hint=f"rules: {', '.join(sorted(known))}")


def _is_chosen(identifier: str, select: Collection[str], ignore: Collection[str]) -> bool:
    """Ruff's convention: a prefix names all rules that begin with it."""
    is_selected = not select or any(identifier.startswith(each.upper()) for each in select)
    return is_selected and not any(identifier.startswith(each.upper()) for each in ignore)


def _is_accepted(finding: Finding, workspace: Workspace, today: datetime.date) -> bool:
    return any(
        acceptance.rule == finding.rule
        and acceptance.subject in (None, finding.subject)
        and (acceptance.until is None or acceptance.until >= today)
        for acceptance in workspace.configuration.acceptances
    )
