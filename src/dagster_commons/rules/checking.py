"""Every rule over one Workspace, in a fixed order, less what was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.restriction import restricted
from dagster_commons.errors import UsageError
from dagster_commons.model.findings import Finding
from dagster_commons.rules import RULES
from dagster_commons.rules.acceptances import idle_acceptances, is_accepting

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection

    from dagster_commons.model.workspace import CodeLocation, Workspace
    from dagster_commons.rules.rule import Rule

KNOWN = tuple(sorted(rule.id for rule in RULES))


def check(
    workspace: Workspace,
    *,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    locations: Collection[CodeLocation] | None = None,
    today: datetime.date,
) -> tuple[Finding, ...]:
    """What discovery and the rules find, sorted by rule, file and line, less the accepted ones.

    `locations` leaves out what concerns none of them; None: nothing.  Acceptances that accept nothing are findings,
    too; they are judged by all that there is, whatever is left out.

    Raises:
        UsageError: `select` or `ignore` names a rule that there is not.

    """
    _require_known((*select, *ignore))
    everything = _found(workspace)
    acceptances = workspace.configuration.acceptances
    idle = idle_acceptances(workspace.configuration, everything, KNOWN, today)
    looked_at = everything if locations is None else _found(restricted(workspace, locations))
    open_ones = (each for each in looked_at if not any(is_accepting(entry, each, today) for entry in acceptances))
    kept = [each for each in (*open_ones, *idle) if _is_chosen(each.rule, select, ignore)]
    return tuple(sorted(kept, key=lambda each: (each.rule, str(each.file or ""), each.line or 0, each.subject)))


def rule_named(identifier: str) -> Rule:
    """The rule with that id.

    Raises:
        UsageError: there is none.

    """
    for rule in RULES:
        if rule.id == identifier.upper():
            return rule
    raise _unknown(identifier)


def _found(workspace: Workspace) -> tuple[Finding, ...]:
    return (*workspace.findings, *(finding for rule in RULES for finding in _fired(rule, workspace)))


def _fired(rule: Rule, workspace: Workspace) -> tuple[Finding, ...]:
    if rule.look is None:
        return ()
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


def _require_known(identifiers: tuple[str, ...]) -> None:
    for identifier in identifiers:
        if not any(each.startswith(identifier.upper()) for each in KNOWN):
            raise _unknown(identifier)


def _unknown(identifier: str) -> UsageError:
    return UsageError(f"there is no rule {identifier}", hint=f"rules: {', '.join(KNOWN)}")


def _is_chosen(identifier: str, select: Collection[str], ignore: Collection[str]) -> bool:
    """Ruff's convention: a prefix names all rules that begin with it."""
    is_selected = not select or any(identifier.startswith(each.upper()) for each in select)
    return is_selected and not any(identifier.startswith(each.upper()) for each in ignore)
