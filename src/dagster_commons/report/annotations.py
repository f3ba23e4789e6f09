"""Findings as GitHub's workflow commands: annotations in a pull request's files.

Source: docs.github.com, "Workflow commands for GitHub Actions": `::error file=…,line=…,title=…::message`, and what has
to be escaped in a property and in a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.paths import relative
from dagster_commons.report.findings import grouped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dagster_commons.model.findings import Checked, Finding

_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_MESSAGE, ":": "%3A", ",": "%2C"}


def github(checked: Checked, root: Path, *, top: Path, titles: Mapping[str, str]) -> str:
    """A line per finding and per rule that could not tell; paths are those below `top`, where the checkout begins."""
    return "".join(f"{line}\n" for line in _lines(checked, root, top, titles))


def _lines(checked: Checked, root: Path, top: Path, titles: Mapping[str, str]) -> Iterator[str]:
    for group in grouped(checked.findings, root):
        for each in group:
            yield _annotation(each, top, titles.get(each.rule, each.rule))
    for skipped in checked.skipped:
        yield f"::notice title={_escaped(f'{skipped.rule} skipped', _PROPERTY)}::{_escaped(skipped.reason, _MESSAGE)}"


def _annotation(finding: Finding, top: Path, title: str) -> str:
    properties = {"title": f"{finding.rule} {title}"}
    if finding.file is not None:
        properties["file"] = relative(finding.file, top)
        properties["line"] = str(finding.line or 1)
    worse = (f"{relative(each.file, top)}:{each.line or 1} {each.message}" for each in finding.related)
    fix = () if finding.fix is None else (f"fix: {finding.fix}",)
    text = "\n".join((f"{finding.subject}: {finding.message}", *worse, *fix))
    spelled = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in sorted(properties.items()))
    return f"::{finding.severity} {spelled}::{_escaped(text, _MESSAGE)}"


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
