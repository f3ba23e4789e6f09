"""`commons diff` for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.verdicts import Broken, Changed, LoadFailure, Unchanged, Unverifiable
from dagster_commons.report import changes
from dagster_commons.report.machine import encode
from dagster_commons.report.status import location_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_commons.model.configuration import Acceptance
    from dagster_commons.model.definitions import Change, CodeChange, Value
    from dagster_commons.model.verdicts import DiffReport, LocationVerdict, Verdict
    from dagster_commons.model.workspace import Workspace


def as_json(report: DiffReport, workspace: Workspace) -> str:
    """The document of CLI.md; what a location is called elsewhere comes from `workspace`."""
    return encode(
        {
            "from": report.before,
            "to": report.after,
            "locations": verdict_documents(report.verdicts, workspace),
            "notes": list(report.notes),
            "unused_acceptances": [_acceptance_document(each) for each in report.unused],
            "expired_acceptances": [_acceptance_document(each) for each in report.expired],
        }
    )


def verdict_documents(verdicts: Iterable[LocationVerdict], workspace: Workspace) -> list[dict[str, object]]:
    """The verdicts as plain values, sorted by location, as `diff` and the changing verbs write them."""
    return [_document(each, workspace) for each in sorted(verdicts, key=lambda each: each.location)]


def _document(each: LocationVerdict, workspace: Workspace) -> dict[str, object]:
    location = workspace.location(each.location)
    verdict = each.verdict
    return {
        **({"name": each.location} if location is None else location_document(location, workspace.root)),
        "verdict": _word(verdict),
        "severity": verdict.severity if isinstance(verdict, Changed) else None,
        "changes": [_change_document(change) for change in verdict.diff.changes]
        if isinstance(verdict, Changed)
        else [],
        "code": [_code_document(change) for change in changes.code_of(verdict)],
        "error": _error_document(verdict),
        "reason": changes.redacted(verdict.reason) if isinstance(verdict, Unverifiable) else None,
        "masked": list(changes.masked_of(verdict)),
        "notes": list(changes.notes_of(verdict)),
        "seconds": each.seconds,
        "cached": each.is_cached,
        "how": each.how,
    }


def _word(verdict: Verdict) -> str:
    match verdict:
        case Unchanged():
            return "unchanged"
        case Changed():
            return "changed"
        case Broken():
            return "broken"
        case Unverifiable():
            return "unverifiable"


def _change_document(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind,
        "object": change.object,
        "name": change.name,
        "field": change.field,
        "old": _value(change.old),
        "new": _value(change.new),
        "severity": change.severity,
        "reason": change.reason,
        "rule": change.rule,
        "renamed_to": change.renamed_to,
        "accepted": change.accepted,
    }


def _value(value: Value) -> object:
    if isinstance(value, tuple):
        return [_value(each) for each in value]
    return changes.redacted(value) if isinstance(value, str) else value


def _code_document(change: CodeChange) -> dict[str, object]:
    return {
        "function": change.function,
        "file": change.file,
        "line": change.line,
        "assets": [name.removeprefix("asset ") for name in change.objects if name.startswith("asset ")],
        "objects": list(change.objects),
    }


def _error_document(verdict: Verdict) -> dict[str, object] | None:
    """What prevented a comparison: the error of the load, or what was missing for one."""
    if not isinstance(verdict, Broken | Unverifiable):
        return None
    failure = verdict.failure
    if failure is None and isinstance(verdict, Unverifiable):
        failure = LoadFailure(type="NotCompared", message=verdict.reason)
    if failure is None:
        return None
    return {
        "type": failure.type,
        "message": changes.redacted(failure.message),
        "file": failure.file,
        "line": failure.line,
    }


def _acceptance_document(acceptance: Acceptance) -> dict[str, object]:
    return {
        "location": acceptance.location,
        "object": acceptance.object,
        "because": acceptance.because,
        "until": None if acceptance.until is None else acceptance.until.isoformat(),
        "line": acceptance.line,
    }
